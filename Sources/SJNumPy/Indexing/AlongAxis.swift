import SJCore
import SJLax
import SJTypes

// Elements taken and put at positions that differ from row to row.

/// What indices out of range mean to `take` and its like, by NumPy's and JAX's names.
public enum IndexMode: String, Sendable, CaseIterable {
  /// NaN, or the value given.
  case fill
  case clip
  /// Counted round and round.
  case wrap
  case promiseInBounds = "promise_in_bounds"

  init(named name: String) throws {
    guard let mode = IndexMode(rawValue: name) else {
      throw SJError(.invalidArgument, "Invalid mode '\(name)' for take op; there are fill, clip, wrap and promise_in_bounds")
    }
    self = mode
  }

  var gather: GatherScatterMode {
    switch self {
    case .fill: .fillOrDrop
    case .clip: .clip
    case .wrap, .promiseInBounds: .promiseInBounds
    }
  }
}

extension NumPy {
  /// Indices with negative ones counted from the end, all of them round and round under `wrap`, none under `clip`.
  static func resolvedIndices(_ indices: Value, size: Int, _ mode: IndexMode) throws -> Value {
    if mode == .clip { return indices }
    let count = try Lax.scalar(size, indices.dtype)
    if mode == .wrap { return size == 0 ? indices : try remainder(indices, count) }
    return indices.dtype.isUnsignedInteger ? indices : try `where`(indices < 0, indices + count, indices)
  }

  /// `x[…, indices[…, i, …], …]`: the elements at one index for each element of the result.
  public static func takeAlongAxis(
    _ x: Value, _ indices: Value, axis: Int? = -1, mode: String = "fill", fillValue: Value? = nil
  ) throws -> Value {
    guard indices.dtype.isInteger else {
      throw SJError(.dtype, "take_along_axis indices must be of integer type, got \(indices.dtype)")
    }
    guard let axis else { return try takeAlongAxis(ravel(x), ravel(indices), axis: 0, mode: mode, fillValue: fillValue) }
    guard x.rank == indices.rank else {
      throw SJError(.invalidArgument, "indices and arr must have the same number of dimensions; \(indices.rank) vs. \(x.rank)")
    }
    let position = try canonicalAxis(axis, rank: x.rank, "take_along_axis")
    let mode = try IndexMode(named: mode)
    let resolved = try resolvedIndices(indices, size: x.shape[position], mode)
    let others = x.shape.indices.filter { $0 != position }
    let joined = try broadcastShapes(
      [x.shape.removing(axes: [position]), indices.shape.removing(axes: [position])], "take_along_axis")
    func aligned(_ value: Value) throws -> Value {
      var shape = joined
      shape.insert(value.shape[position], at: position)
      return try broadcastTo(value, shape)
    }
    let dimensions = GatherDimensionNumbers(
      offsetDims: [], collapsedSliceDims: [position], startIndexMap: [position], operandBatchingDims: others,
      startIndicesBatchingDims: others)
    let index = try Lax.expandDims(aligned(resolved), [x.rank])
    let operand = try aligned(x)
    let taken = try Lax.gather(
      operand, index, dimensions, sliceSizes: Shape(repeating: 1, count: x.rank), mode: mode.gather)
    return try filling(taken, where: aligned(resolved), size: x.shape[position], mode, fillValue)
  }

  /// A given value in place of those that indices out of range have.
  static func filling(
    _ taken: Value, where indices: Value, size: Int, _ mode: IndexMode, _ fillValue: Value?
  ) throws -> Value {
    guard mode == .fill, let fillValue else { return taken }
    let isOutside = try indices < 0 || indices >= Lax.scalar(size, indices.dtype)
    return try `where`(isOutside, converted(fillValue, taken.dtype), taken)
  }

  /// A copy with the elements that `takeAlongAxis` would take replaced by others.
  public static func putAlongAxis(_ x: Value, _ indices: Value, _ values: Value, axis: Int?) throws -> Value {
    guard indices.dtype.isInteger else {
      throw SJError(.dtype, "put_along_axis indices must be of integer type, got \(indices.dtype)")
    }
    guard let axis else { return try Lax.reshape(putAlongAxis(ravel(x), ravel(indices), ravel(values), axis: 0), x.shape) }
    guard x.rank == indices.rank else {
      throw SJError(
        .invalidArgument, "put_along_axis arguments must have the same number of dimensions; \(x.rank) vs. \(indices.rank)")
    }
    let position = try canonicalAxis(axis, rank: x.rank, "put_along_axis")
    let items = try x.shape.indices.map { other -> IndexItem in
      if other == position { return .array(indices) }
      let size = indices.shape[other] == 1 ? x.shape[other] : indices.shape[other]
      return .array(try Lax.reshape(Lax.iota(.int32, size), x.shape.indices.map { $0 == other ? size : 1 }))
    }
    return try at(x, items, .set, values)
  }

  /// Index arrays for the cross product of sequences: `x[ix_(rows, columns)]`.
  public static func ix(_ sequences: [Value]) throws -> [Value] {
    try sequences.enumerated().map { position, sequence in
      guard sequence.rank == 1 else {
        throw SJError(.invalidArgument, "Arguments to jax.numpy.ix_ must be 1-dimensional, got \(sequence.aval)")
      }
      let index = sequence.dtype == .bool ? try flatnonzero(sequence) : sequence
      return try Lax.expandDims(index, (0..<sequences.count).filter { $0 != position })
    }
  }

  /// The coordinates of positions in the flattened array; those out of range are brought in.
  public static func unravelIndex(_ indices: Value, _ shape: Shape) throws -> [Value] {
    guard indices.dtype.isInteger else { throw SJError(.dtype, "unravel_index: integers are wanted, got \(indices.aval)") }
    let count = shape.elementCount
    let wrapped = try `where`(indices < 0, indices + Double(count), indices)
    var rest = try clip(wrapped, constant(0, like: wrapped), constant(Double(Swift.max(count - 1, 0)), like: wrapped))
    return try shape.rowMajorStrides.map { stride in
      let step = try constant(Double(Swift.max(stride, 1)), like: rest)
      let coordinate = try floorDivide(rest, step)
      rest = try remainder(rest, step)
      return coordinate
    }
  }

  /// The positions in the flattened array of coordinates; `mode` is `clip`, `wrap` or `raise`.
  public static func ravelMultiIndex(
    _ coordinates: [Value], _ shape: Shape, mode: String = "raise", columnMajor: Bool = false
  ) throws -> Value {
    guard coordinates.count == shape.count else {
      throw SJError(.invalidArgument, "len(multi_index)=\(coordinates.count) != len(dims)=\(shape.count)")
    }
    let strides =
      columnMajor ? Array(Array(shape.reversed()).rowMajorStrides.reversed()) : shape.rowMajorStrides
    var total = try Lax.scalar(0, .int32)
    for (axis, coordinate) in coordinates.enumerated() {
      try requireInteger(coordinate, "ravel_multi_index")
      let last = Double(shape[axis] - 1)
      var inside = coordinate
      switch mode {
      case "clip": inside = try clip(coordinate, constant(0, like: coordinate), constant(last, like: coordinate))
      case "wrap": inside = try remainder(coordinate, constant(last + 1, like: coordinate))
      case "raise":
        guard try concreteInteger(any(coordinate < 0 || coordinate > last), for: "ravel_multi_index with mode='raise'") == 0
        else { throw SJError(.invalidArgument, "invalid entry in coordinates array") }
      default: throw SJError(.invalidArgument, "invalid mode='\(mode)'. Expected 'raise', 'wrap', or 'clip'")
      }
      total = try total + inside * Double(strides[axis])
    }
    return total
  }
}
