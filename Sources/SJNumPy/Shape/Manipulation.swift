import SJCore
import SJLax
import SJTypes

extension NumPy {
  /// The same elements in another shape; one -1 is inferred.
  public static func reshape(_ x: Value, _ newShape: Shape) throws -> Value {
    let unknown = newShape.indices.filter { newShape[$0] == -1 }
    guard unknown.count <= 1, !newShape.contains(where: { $0 < -1 }) else {
      throw SJError(.shape, "reshape: shape \(newShape.tupleText) has more than one -1 or a negative size")
    }
    var shape = newShape
    let total = x.aval.elementCount
    if let axis = unknown.first {
      let rest = newShape.indices.filter { $0 != axis }.map { newShape[$0] }.checkedElementCount ?? 0
      guard rest > 0, total % rest == 0 else {
        throw SJError(
          .shape, "cannot reshape array of shape \(x.shape.tupleText) (size \(total)) into shape \(newShape.tupleText)")
      }
      shape[axis] = total / rest
    }
    guard shape.checkedElementCount == total else {
      throw SJError(
        .shape,
        "cannot reshape array of shape \(x.shape.tupleText) (size \(total)) into shape \(shape.tupleText) (size \(shape.checkedElementCount.map(String.init) ?? "too large"))"
      )
    }
    return try shape == x.shape ? x : Lax.reshape(x, shape)
  }

  public static func ravel(_ x: Value) throws -> Value { try reshape(x, [x.aval.elementCount]) }

  /// Axes permuted (nil: reversed).
  public static func transpose(_ x: Value, _ axes: [Int]? = nil) throws -> Value {
    let order = try axes?.map { try canonicalAxis($0, rank: x.rank, "transpose") } ?? x.shape.indices.reversed()
    guard order.sorted() == Array(x.shape.indices) else {
      throw SJError(.invalidArgument, "transpose: axes \(order) are no permutation of those of \(x.aval)", raises: .typeError)
    }
    return order == Array(x.shape.indices) ? x : try Lax.transpose(x, order)
  }

  public static func swapaxes(_ x: Value, _ axis1: Int, _ axis2: Int) throws -> Value {
    let i = try canonicalAxis(axis1, rank: x.rank, "swapaxes", raises: .indexError)
    let j = try canonicalAxis(axis2, rank: x.rank, "swapaxes", raises: .indexError)
    var order = Array(x.shape.indices)
    order.swapAt(i, j)
    return try transpose(x, order)
  }

  public static func moveaxis(_ x: Value, _ source: [Int], _ destination: [Int]) throws -> Value {
    let from = try canonicalAxes(source, rank: x.rank, "moveaxis")
    let to = try canonicalAxes(destination, rank: x.rank, "moveaxis")
    guard from.count == to.count else {
      throw SJError(
        .invalidArgument,
        "moveaxis: source and destination must have the same number of elements, got \(from.count) and \(to.count)")
    }
    var order = x.shape.indices.filter { !from.contains($0) }
    for (target, axis) in zip(to, from).sorted(by: { $0.0 < $1.0 }) { order.insert(axis, at: target) }
    return try transpose(x, order)
  }

  /// New axes of size 1 at the given positions of the result.
  public static func expandDims(_ x: Value, _ axes: [Int]) throws -> Value {
    try Lax.expandDims(x, canonicalAxes(axes, rank: x.rank + axes.count, "expand_dims"))
  }

  /// Axes of size 1 removed (nil: all of them).
  public static func squeeze(_ x: Value, _ axes: [Int]? = nil) throws -> Value {
    let chosen = try axes.map { try canonicalAxes($0, rank: x.rank, "squeeze") } ?? x.shape.indices.filter { x.shape[$0] == 1 }
    if let bad = chosen.first(where: { x.shape[$0] != 1 }) {
      throw SJError(
        .shape,
        "cannot select an axis to squeeze out which has size not equal to one, got shape=\(x.shape.tupleText) and axis \(bad)",
        raises: .valueError)
    }
    return chosen.isEmpty ? x : try Lax.squeeze(x, chosen)
  }

  public static func concatenate(_ arrays: [Value], axis: Int? = 0, dtype: DType? = nil) throws -> Value {
    guard !arrays.isEmpty else { throw SJError(.invalidArgument, "Need at least one array to concatenate.") }
    guard let axis else { return try concatenate(arrays.map(ravel), axis: 0, dtype: dtype) }
    guard arrays.allSatisfy({ $0.rank > 0 }) else {
      throw SJError(.shape, "Zero-dimensional arrays cannot be concatenated.", raises: .valueError)
    }
    let resolved = try canonicalAxis(axis, rank: arrays[0].rank, "concatenate")
    let operands =
      try dtype.map { type in try arrays.map { try Lax.convertElementType($0, canonical(type)) } }
      ?? promoted(arrays, "concatenate")
    return try Lax.concatenate(operands, dimension: resolved)
  }

  /// The arrays along a new axis.
  public static func stack(_ arrays: [Value], axis: Int = 0, dtype: DType? = nil) throws -> Value {
    guard let first = arrays.first else { throw SJError(.invalidArgument, "Need at least one array to stack.") }
    if let odd = arrays.first(where: { $0.shape != first.shape }) {
      throw SJError(
        .shape, "All input arrays must have the same shape: stack got \(first.aval) and \(odd.aval)", raises: .valueError)
    }
    let resolved = try canonicalAxis(axis, rank: first.rank + 1, "stack")
    return try concatenate(arrays.map { try Lax.expandDims($0, [resolved]) }, axis: resolved, dtype: dtype)
  }

  public static func flip(_ x: Value, axis: [Int]? = nil) throws -> Value {
    try Lax.rev(x, canonicalAxes(axis, rank: x.rank, "flip"))
  }

  public static func astype(_ x: Value, _ dtype: DType) throws -> Value {
    try Lax.convertElementType(x, canonical(dtype))
  }
}
