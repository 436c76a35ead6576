// What profiles call the parts of a program.

extension Program {
  /// `jit(update)/scan`.
  public func label(_ part: String) -> String { path.isEmpty ? part : "\(path)/\(part)" }

  /// `jit(update)/reduce_sum_mul_sub`.
  public func label(_ kernel: Kernel) -> String { label(kernel.contents(of: name)) }

  /// The same program as a part of another.
  public func placed(at path: String) -> Program {
    var result = self
    result.path = path
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
