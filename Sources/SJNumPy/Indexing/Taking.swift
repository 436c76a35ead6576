import SJCore
import SJLax
import SJTypes

extension NumPy {
  /// Slices of `x` along an axis (nil: elements of the flattened array) at integer indices.
  ///
  /// Negative indices count from the end. Out of range: NaN (or the smallest or largest integer) under `fill`, the default,
  /// the nearest slice under `clip`.
  public static func take(_ x: Value, _ indices: Value, axis: Int? = nil, mode: GatherScatterMode = .fillOrDrop) throws -> Value {
    guard let axis else { return try take(ravel(x), indices, axis: 0, mode: mode) }
    let position = try canonicalAxis(axis, rank: x.rank, "take")
    return try gathered(x, resolvedIndices(integers(indices), size: x.shape[position], .fill), position, mode)
  }

  /// `take` with JAX's names of modes, `wrap` among them, and a value for what is out of range under `fill`.
  public static func take(
    _ x: Value, _ indices: Value, axis: Int? = nil, mode: String, fillValue: Value? = nil
  ) throws -> Value {
    guard let axis else { return try take(ravel(x), indices, axis: 0, mode: mode, fillValue: fillValue) }
    let mode = try IndexMode(named: mode)
    let position = try canonicalAxis(axis, rank: x.rank, "take")
    let size = x.shape[position]
    let resolved = try resolvedIndices(integers(indices), size: size, mode)
    let taken = try gathered(x, resolved, position, mode.gather)
    guard mode == .fill, fillValue != nil else { return taken }
    let after = x.rank - 1 - position
    let aligned = try Lax.expandDims(resolved, (0..<after).map { indices.rank + $0 })
    return try filling(taken, where: aligned, size: size, mode, fillValue)
  }

  private static func integers(_ indices: Value) throws -> Value {
    guard indices.dtype.isInteger else {
      throw SJError(.dtype, "take requires integer indices, got \(indices.dtype)", raises: .valueError)
    }
    return indices
  }

  private static func gathered(_ x: Value, _ indices: Value, _ axis: Int, _ mode: GatherScatterMode) throws -> Value {
    let offsets = x.shape.indices.filter { $0 != axis }.map { $0 < axis ? $0 : $0 + indices.rank - 1 }
    let dimensions = GatherDimensionNumbers(offsetDims: offsets, collapsedSliceDims: [axis], startIndexMap: [axis])
    var sizes = x.shape
    sizes[axis] = 1
    return try Lax.gather(x, Lax.expandDims(indices, [indices.rank]), dimensions, sliceSizes: sizes, mode: mode)
  }

  /// Where elements would have to go to keep a sorted vector sorted: before equal ones, or after them.
  public static func searchsorted(_ sorted: Value, _ values: Value, right: Bool = false) throws -> Value {
    guard sorted.rank == 1 else { throw SJError(.shape, "searchsorted: a should be 1-dimensional, got \(sorted.aval)") }
    let operands = try promoted([sorted, values], "searchsorted")
    let count = sorted.shape[0]
    let shape = values.shape
    var low = try Lax.zeros(shape, .int32)
    var high = try Lax.full(shape, Double(count), .int32)
    // Binary search, one halving a step for all values at once.
    var steps = 0
    while (1 << steps) <= count { steps += 1 }
    for _ in 0..<steps {
      let middle = try Lax.div(Lax.add(low, high), Lax.scalar(2, .int32))
      let pivot = try take(operands[0], middle, axis: 0, mode: .clip)
      let goesLeft = try right ? precedes(operands[1], pivot) : !precedes(pivot, operands[1])
      let isOpen = try Lax.lt(low, high)
      let next = try Lax.add(middle, Lax.scalar(1, .int32))
      high = try Lax.select(Lax.bitwiseAnd(isOpen, goesLeft), middle, high)
      low = try Lax.select(Lax.bitwiseAnd(isOpen, Lax.bitwiseNot(goesLeft)), next, low)
    }
    return low
  }

  /// The order of sorting, which has NaN after all numbers.
  private static func precedes(_ x: Value, _ y: Value) throws -> Value {
    let isLess = try Lax.lt(x, y)
    return x.dtype.isInexact ? try isLess || (isnan(y) && !isnan(x)) : isLess
  }
}
