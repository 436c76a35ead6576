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
      throw SJError(
        .shape, "matmul input operands must have ndim at least 1, but got \(x.aval) and \(y.aval)", raises: .valueError)
    }
    let (i, j) = (x.rank - 1, Swift.max(y.rank - 2, 0))
    guard x.shape[i] == y.shape[j] else { throw mismatch("matmul", x, y, i, j) }
    if x.rank <= 2 && y.rank <= 2 {
      return try product(x, y, DotDimensionNumbers(lhsContracting: [i], rhsContracting: [j]), "matmul")
    }
    return try batchedMatmul(x, y, MatmulAxes(x.shape, y.shape))
  }

  private static func batchedMatmul(_ x: Value, _ y: Value, _ axes: MatmulAxes) throws -> Value {
    func squeezed(_ value: Value, _ dimensions: [Int]) throws -> Value {
      dimensions.isEmpty ? value : try Lax.squeeze(value, dimensions)
    }
    let result = try product(
      squeezed(x, axes.lhsSqueezed), squeezed(y, axes.rhsSqueezed), axes.dimensionNumbers, "matmul")
    return axes.permutation == Array(axes.permutation.indices) ? result : try Lax.transpose(result, axes.permutation)
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

/// How a product over the last two axes, the others broadcast, is a `dot_general`: axes that one operand lacks, or
/// has with size 1, are free axes of the other, so that nothing is copied along them.
private struct MatmulAxes {
  var lhsSqueezed: [Int] = []
  var rhsSqueezed: [Int] = []
  var dimensionNumbers = DotDimensionNumbers(lhsContracting: [], rhsContracting: [])
  /// From the result of `dot_general` to that of `matmul`.
  var permutation: [Int] = []

  /// - Throws: `shape` where the leading axes do not broadcast.
  init(_ x: Shape, _ y: Shape) throws {
    let (xBatch, yBatch) = (Swift.max(x.count - 2, 0), Swift.max(y.count - 2, 0))
    let count = Swift.max(xBatch, yBatch)
    // Places of the result: 0 ..< count for the leading axes, then rows and columns.
    var (shared, lhsFree, rhsFree): ([Int], [Int], [Int]) = ([], [], [])
    for place in 0..<count {
      let (i, j) = (place - (count - xBatch), place - (count - yBatch))
      if i < 0 {
        rhsFree.append(place)
      } else if j < 0 {
        lhsFree.append(place)
      } else if x[i] == y[j] {
        shared.append(place)
        dimensionNumbers.lhsBatch.append(i - lhsSqueezed.count)
        dimensionNumbers.rhsBatch.append(j - rhsSqueezed.count)
      } else if x[i] == 1 {
        lhsSqueezed.append(i)
        rhsFree.append(place)
      } else if y[j] == 1 {
        rhsSqueezed.append(j)
        lhsFree.append(place)
      } else {
        throw SJError(
          .shape,
          "matmul: incompatible shapes for broadcasting: \(x.dropLast(2).map { $0 }.tupleText), \(y.dropLast(2).map { $0 }.tupleText)"
        )
      }
    }
    if x.count > 1 { lhsFree.append(count) }
    if y.count > 1 { rhsFree.append(count + 1) }
    dimensionNumbers.lhsContracting = [x.count - 1 - lhsSqueezed.count]
    dimensionNumbers.rhsContracting = [Swift.max(y.count - 2, 0) - rhsSqueezed.count]
    let places = shared + lhsFree + rhsFree
    permutation = places.indices.sorted { places[$0] < places[$1] }
  }
}
