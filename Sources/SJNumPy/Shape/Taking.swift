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
    guard indices.dtype.isInteger else {
      throw SJError(.dtype, "take requires integer indices, got \(indices.dtype)")
    }
    let position = try canonicalAxis(axis, rank: x.rank, "take")
    let size = x.shape[position]
    let wrapped = try `where`(
      less(indices, Lax.scalar(0, indices.dtype)), add(indices, Lax.scalar(size, indices.dtype)), indices)
    let offsets = x.shape.indices.filter { $0 != position }.map { $0 < position ? $0 : $0 + indices.rank - 1 }
    let dimensions = GatherDimensionNumbers(
      offsetDims: offsets, collapsedSliceDims: [position], startIndexMap: [position])
    var sizes = x.shape
    sizes[position] = 1
    return try Lax.gather(x, Lax.expandDims(wrapped, [indices.rank]), dimensions, sliceSizes: sizes, mode: mode)
  }

  /// Where elements would have to go to keep a sorted vector sorted: before equal ones, or after them.
  public static func searchsorted(_ sorted: Value, _ values: Value, right: Bool = false) throws -> Value {
    guard sorted.rank == 1 else { throw SJError(.shape, "searchsorted: a should be 1-dimensional, got \(sorted.aval)") }
    let operands = try promoted([sorted, values], "searchsorted")
    let count = sorted.shape[0]
    let shape = values.shape
    var low = try Lax.zeros(shape, defaultInt)
    var high = try Lax.full(shape, Double(count), defaultInt)
    // Binary search, one halving a step for all values at once.
    var steps = 0
    while (1 << steps) <= count { steps += 1 }
    for _ in 0..<steps {
      let middle = try Lax.div(Lax.add(low, high), Lax.scalar(2, defaultInt))
      let pivot = try take(operands[0], middle, axis: 0, mode: .clip)
      let goesLeft = try right ? Lax.lt(operands[1], pivot) : Lax.le(operands[1], pivot)
      let isOpen = try Lax.lt(low, high)
      let next = try Lax.add(middle, Lax.scalar(1, defaultInt))
      high = try Lax.select(Lax.bitwiseAnd(isOpen, goesLeft), middle, high)
      low = try Lax.select(Lax.bitwiseAnd(isOpen, Lax.bitwiseNot(goesLeft)), next, low)
    }
    return low
  }
}
