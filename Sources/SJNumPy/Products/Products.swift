import SJCore
import SJLax
import SJTypes

extension NumPy {
  /// Operands of a product in their common dtype, and that dtype as the wanted result.
  private static func productOperands(_ x: Value, _ y: Value, _ name: String) throws -> (Value, Value, PromotionType) {
    let type = try resultType([x, y], name)
    return (try cast(x, to: type), try cast(y, to: type), type)
  }

  private static func product(_ x: Value, _ y: Value, _ dimensions: DotDimensionNumbers, _ name: String) throws -> Value {
    let (a, b, type) = try productOperands(x, y, name)
    let result = try Lax.dotGeneral(a, b, dimensions, preferredElementType: type.dtype)
    return try cast(result, to: type)
  }

  private static func mismatch(_ name: String, _ x: Value, _ y: Value, _ i: Int, _ j: Int) -> SJError {
    SJError(
      .shape,
      "\(name): contracting dimensions differ: lhs \(x.aval) axis \(i) is \(x.shape[i]), rhs \(y.aval) axis \(j) is \(y.shape[j])"
    )
  }

  /// NumPy's `dot`: the last axis of `x` with the last but one of `y`; scalars multiply.
  public static func dot(_ x: Value, _ y: Value) throws -> Value {
    if x.rank == 0 || y.rank == 0 { return try multiply(x, y) }
    let (i, j) = (x.rank - 1, Swift.max(y.rank - 2, 0))
    guard x.shape[i] == y.shape[j] else { throw mismatch("dot", x, y, i, j) }
    return try product(x, y, DotDimensionNumbers(lhsContracting: [i], rhsContracting: [j]), "dot")
  }

  /// NumPy's `matmul` (`@`): products of matrices over broadcast leading axes.
  public static func matmul(_ x: Value, _ y: Value) throws -> Value {
    guard x.rank > 0, y.rank > 0 else {
      throw SJError(.shape, "matmul input operands must have ndim at least 1, but got \(x.aval) and \(y.aval)")
    }
    let (i, j) = (x.rank - 1, Swift.max(y.rank - 2, 0))
    guard x.shape[i] == y.shape[j] else { throw mismatch("matmul", x, y, i, j) }
    if x.rank <= 2 && y.rank <= 2 {
      return try product(x, y, DotDimensionNumbers(lhsContracting: [i], rhsContracting: [j]), "matmul")
    }
    let left = x.rank == 1 ? try Lax.expandDims(x, [0]) : x
    let right = y.rank == 1 ? try Lax.expandDims(y, [1]) : y
    let batch = try broadcastShapes([Array(left.shape.dropLast(2)), Array(right.shape.dropLast(2))], "matmul")
    let a = try broadcastTo(left, batch + left.shape.suffix(2))
    let b = try broadcastTo(right, batch + right.shape.suffix(2))
    let axes = Array(batch.indices)
    let result = try product(
      a, b,
      DotDimensionNumbers(
        lhsContracting: [batch.count + 1], rhsContracting: [batch.count], lhsBatch: axes, rhsBatch: axes), "matmul")
    var vanishing: [Int] = []
    if x.rank == 1 { vanishing.append(result.rank - 2) }
    if y.rank == 1 { vanishing.append(result.rank - 1) }
    return vanishing.isEmpty ? result : try Lax.squeeze(result, vanishing)
  }

  /// Sums over the last `axes` axes of `x` with the first of `y`.
  public static func tensordot(_ x: Value, _ y: Value, axes: Int = 2) throws -> Value {
    guard axes >= 0, axes <= x.rank, axes <= y.rank else {
      throw SJError(.invalidArgument, "tensordot: cannot contract \(axes) axes of \(x.aval) and \(y.aval)")
    }
    return try tensordot(x, y, Array((x.rank - axes)..<x.rank), Array(0..<axes))
  }

  public static func tensordot(_ x: Value, _ y: Value, _ xAxes: [Int], _ yAxes: [Int]) throws -> Value {
    let left = try canonicalAxes(xAxes, rank: x.rank, "tensordot")
    let right = try canonicalAxes(yAxes, rank: y.rank, "tensordot")
    guard left.count == right.count else {
      throw SJError(.invalidArgument, "tensordot: axes lists must have the same length, got \(left) and \(right)")
    }
    for (i, j) in zip(left, right) where x.shape[i] != y.shape[j] { throw mismatch("tensordot", x, y, i, j) }
    return try product(x, y, DotDimensionNumbers(lhsContracting: left, rhsContracting: right), "tensordot")
  }

  /// The sum over the last axes of both.
  public static func inner(_ x: Value, _ y: Value) throws -> Value {
    if x.rank == 0 || y.rank == 0 { return try multiply(x, y) }
    return try tensordot(x, y, [-1], [-1])
  }

  /// The dot product of the flattened arrays; the first is conjugated.
  public static func vdot(_ x: Value, _ y: Value) throws -> Value {
    let left = x.dtype.isComplex ? try Lax.conj(x) : x
    return try dot(ravel(left), ravel(y))
  }

  public static func outer(_ x: Value, _ y: Value) throws -> Value {
    let (a, b) = (try ravel(x), try ravel(y))
    return try multiply(Lax.expandDims(a, [1]), Lax.expandDims(b, [0]))
  }

  public static func trace(_ x: Value, offset: Int = 0, axis1: Int = 0, axis2: Int = 1, dtype: DType? = nil) throws -> Value {
    let i = try canonicalAxis(axis1, rank: x.rank, "trace")
    let j = try canonicalAxis(axis2, rank: x.rank, "trace")
    let moved = try moveaxis(x, [i, j], [-2, -1])
    let shape = moved.shape
    let mask = try Lax.eye(rows: shape[shape.count - 2], columns: shape[shape.count - 1], offset: offset, dtype: .bool)
    let kept = try `where`(mask, moved, Lax.scalar(0, x.dtype))
    return try sum(kept, axis: [-2, -1], dtype: dtype)
  }
}
