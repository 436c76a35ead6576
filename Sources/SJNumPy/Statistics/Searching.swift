import SJCore
import SJLax
import SJTypes

// Elements found by a condition. How many there are is part of a result's shape: without a `size`
// the values must be known.

extension NumPy {
  /// The positions of elements that are not zero, one array for each axis, in order.
  /// - Parameters:
  ///   - size: the number of positions; fewer are filled up, more are cut off.
  ///   - fillValue: what fills up, broadcast over the axes; 0 unless given.
  public static func nonzero(_ x: Value, size: Int? = nil, fillValue: Value? = nil) throws -> [Value] {
    guard x.rank > 0 else {
      throw SJError(
        .invalidArgument, "Calling nonzero on 0d arrays is not allowed. Use jnp.atleast_1d(scalar).nonzero() instead.")
    }
    let mask = try ravel(asBool(x))
    let total = try sum(mask, dtype: defaultInt)
    let count =
      try size
      ?? concreteInteger(
        total, for: "The size argument of jnp.nonzero must be statically specified to use jnp.nonzero within JAX transformations")
    guard count > 0, x.aval.elementCount > 0 else { return try x.shape.map { _ in try Lax.zeros([count], defaultInt) } }
    let flat = try nonzeroPositions(mask, count)
    let beyond = try Lax.iota(defaultInt, count) >= total
    let strides = x.shape.rowMajorStrides
    return try x.shape.indices.map { axis in
      let position = try Lax.rem(
        floorDivide(flat, constant(Double(strides[axis]), like: flat)), Lax.full([count], Double(x.shape[axis]), defaultInt))
      guard let fillValue else { return position }
      let fill = fillValue.rank == 0 ? fillValue : try pick(fillValue, axis)
      return try `where`(beyond, converted(fill, defaultInt), position)
    }
  }

  /// Positions in a mask; those beyond its true elements are its size.
  ///
  /// The n-th true element is where the running count of true elements comes to n: as many elements have a
  /// smaller running count as stand before it.
  private static func nonzeroPositions(_ mask: Value, _ count: Int) throws -> Value {
    let running = try cumsum(mask)
    return try cumsum(bincount(running, length: count))
  }

  public static func flatnonzero(_ x: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    try nonzero(ravel(x), size: size, fillValue: fillValue)[0]
  }

  /// The positions of elements that are not zero as rows, [n, rank].
  public static func argwhere(_ x: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    guard x.rank > 0 else {
      let found = try nonzero(Lax.reshape(x, [1]), size: size, fillValue: fillValue)[0]
      return try Lax.zeros([found.shape[0], 0], defaultInt)
    }
    return try stack(nonzero(x, size: size, fillValue: fillValue), axis: 1)
  }

  /// The slices of an axis (nil: elements) for which the condition holds.
  public static func compress(
    _ condition: Value, _ x: Value, axis: Int? = nil, size: Int? = nil, fillValue: Value? = nil
  ) throws -> Value {
    guard condition.rank == 1 else { throw SJError(.invalidArgument, "condition must be a 1D array, got \(condition.aval)") }
    guard let axis else { return try compress(condition, ravel(x), axis: 0, size: size, fillValue: fillValue) }
    let position = try canonicalAxis(axis, rank: x.rank, "compress")
    let shared = Swift.min(condition.shape[0], x.shape[position])
    if condition.shape[0] > shared {
      let extra = try slice(condition, shared..<condition.shape[0])
      guard try size != nil || concreteInteger(any(extra), for: "compress") == 0 else {
        throw SJError(.invalidArgument, "condition contains entries that are out of bounds")
      }
    }
    let mask = try slice(condition, 0..<shared)
    let chosen = try flatnonzero(mask, size: size)
    let taken = try take(x, chosen, axis: position, mode: .clip)
    guard let size else { return taken }
    let isFound = try Lax.iota(defaultInt, size) < countNonzero(mask)
    let aligned = try Lax.reshape(isFound, taken.shape.indices.map { $0 == position ? size : 1 })
    return try `where`(aligned, taken, converted(fillValue ?? Lax.scalar(0, .int32), x.dtype))
  }

  /// The elements for which a condition of the same number of elements holds.
  public static func extract(_ condition: Value, _ x: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    try compress(ravel(condition), ravel(x), axis: 0, size: size, fillValue: fillValue)
  }

  /// Whether elements occur among others.
  public static func isin(_ elements: Value, _ candidates: Value, invert: Bool = false) throws -> Value {
    let operands = try promoted([elements, candidates], "isin")
    let pairs = try equal(Lax.expandDims(operands[0], [elements.rank]), ravel(operands[1]))
    let found = try any(pairs, axis: [-1])
    return invert ? try !found : found
  }
}
