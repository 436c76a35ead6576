/// Where a program comes from: what profiles call it and its parts.
public struct Origin: Hashable, Sendable {
  private let function: String
  private var path: String

  public init() { (function, path) = ("", "") }

  /// Of a jitted function's program: `jit(update)`.
  public init(function: String) {
    self.function = function
    path = "jit(\(function))"
  }

  /// Of a part of the program: `jit(update)/scan/body`.
  public func inside(_ part: String) -> Origin {
    var result = self
    result.path = label(part)
    return result
  }

  public func label(_ part: String) -> String { path.isEmpty ? part : "\(path)/\(part)" }

  /// `jit(update)/reduce_sum_mul_sub`.
  public func label(_ kernel: Kernel) -> String { label(kernel.contents(of: function)) }
}

extension Program {
  /// The same program as a part of `other`.
  public func inside(_ other: Program, _ part: String) -> Program {
    var result = self
    result.origin = other.origin.inside(part)
    return result
  }
}

extension Kernel {
  private static let longestList = 5

  /// The first few of the primitives and operations that a kernel consists of.
  /// - Parameter function: a name that says nothing, since all of the program has it.
  fileprivate func contents(of function: String) -> String {
    let primitives = name.split(separator: "+").map(String.init).filter { ![function, "fusion", "…"].contains($0) }
    var parts: [String] = []
    for part in primitives + operations where !parts.contains(part) { parts.append(part) }
    if parts.isEmpty { return "copy" }
    return parts.prefix(Kernel.longestList).joined(separator: "_") + (parts.count > Kernel.longestList ? "…" : "")
  }

  /// What is done to values, in order.
  private var operations: [String] {
    zip(exprs, OperandNeeds(self).all).compactMap { expr, need in
      if need != .value { return nil }
      return switch expr {
      case .unary(let op, _): "\(op)"
      case .binary(let op, _, _): "\(op)"
      case .ternary(let op, _, _, _): "\(op)"
      default: nil
      }
    }
  }
}
