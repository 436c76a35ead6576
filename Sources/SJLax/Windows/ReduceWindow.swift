import SJCore
import SJTypes

/// What `reduceWindow` combines elements by.
public enum WindowReduction: String, Sendable, CaseIterable {
  case add, mul, max, min

  public init(named name: String) throws {
    guard let reduction = WindowReduction(rawValue: name) else {
      throw SJError(.unsupported, "reduce_window: there are the reductions add, mul, max and min, not '\(name)'")
    }
    self = reduction
  }

  func combine(_ x: Value, _ y: Value) throws -> Value {
    switch self {
    case .add: return try Lax.add(x, y)
    case .mul: return try Lax.mul(x, y)
    // Among equals the first one is taken, and gets the gradient, as with JAX's select_and_scatter_add.
    case .max: return try Lax.select(first(Lax.ge(x, y), x), x, y)
    case .min: return try Lax.select(first(Lax.le(x, y), x), x, y)
    }
  }

  /// Where the first operand wins; NaN always does.
  private func first(_ isBetter: Value, _ x: Value) throws -> Value {
    x.dtype.isInexact ? try Lax.bitwiseOr(isBetter, Lax.ne(x, x)) : isBetter
  }
}

extension Lax {
  /// `jax.lax.reduce_window`: the elements under a window that goes over all axes, combined with `initial`.
  ///
  /// A composition: one strided slice for each place in the window, which fuse into one pass over the operand.
  public static func reduceWindow(
    _ x: Value, _ initial: Value, _ reduction: WindowReduction, window: [Int], strides: [Int]? = nil, padding: WindowPadding,
    baseDilation: [Int]? = nil, windowDilation: [Int]? = nil
  ) throws -> Value {
    guard initial.rank == 0, initial.dtype == x.dtype else {
      throw SJError(.dtype, "reduce_window: the initial value must be a scalar of dtype \(x.dtype), got \(initial.aval)")
    }
    let axes = try windowAxes("reduce_window", x.shape, window, strides, padding, baseDilation, windowDilation)
    let slices = try windowSlices(x, initial, axes)
    let combined = try slices.dropFirst().reduce(slices[0]) { try reduction.combine($0, $1) }
    return try reduction.combine(combined, broadcast(initial, combined.shape))
  }
}
