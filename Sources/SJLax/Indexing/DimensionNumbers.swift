/// What gather and scatter do with indices outside the operand.
public enum GatherScatterMode: Hashable, Sendable {
  /// Windows move to the nearest place where they lie inside.
  case clip
  /// Gather gives the fill value, scatter leaves such updates out.
  case fillOrDrop
  /// The caller knows that there are none. (Gather clips and scatter drops.)
  case promiseInBounds

  var text: String {
    switch self {
    case .clip: "GatherScatterMode.CLIP"
    case .fillOrDrop: "GatherScatterMode.FILL_OR_DROP"
    case .promiseInBounds: "GatherScatterMode.PROMISE_IN_BOUNDS"
    }
  }
}

/// How operand, start indices and result of a gather relate; as `jax.lax.GatherDimensionNumbers`.
///
/// The last axis of the start indices holds index vectors; each selects a window of `sliceSizes` in the operand.
public struct GatherDimensionNumbers: Hashable, Sendable {
  /// The axes of the result that run over a window.
  public var offsetDims: [Int]
  /// The axes of the operand, of window size 1, that the result lacks.
  public var collapsedSliceDims: [Int]
  /// For each component of an index vector the operand axis that it moves along.
  public var startIndexMap: [Int]
  /// The axes of the operand that pair up with axes of the start indices.
  public var operandBatchingDims: [Int]
  public var startIndicesBatchingDims: [Int]

  public init(
    offsetDims: [Int], collapsedSliceDims: [Int], startIndexMap: [Int], operandBatchingDims: [Int] = [],
    startIndicesBatchingDims: [Int] = []
  ) {
    self.offsetDims = offsetDims
    self.collapsedSliceDims = collapsedSliceDims
    self.startIndexMap = startIndexMap
    self.operandBatchingDims = operandBatchingDims
    self.startIndicesBatchingDims = startIndicesBatchingDims
  }

  /// The scatter that puts back what this gather takes.
  var inverse: ScatterDimensionNumbers {
    ScatterDimensionNumbers(
      updateWindowDims: offsetDims, insertedWindowDims: collapsedSliceDims, scatterDimsToOperandDims: startIndexMap,
      operandBatchingDims: operandBatchingDims, scatterIndicesBatchingDims: startIndicesBatchingDims)
  }

  var text: String {
    "GatherDimensionNumbers(offset_dims=\(offsetDims.tupleText), collapsed_slice_dims=\(collapsedSliceDims.tupleText), "
      + "start_index_map=\(startIndexMap.tupleText), operand_batching_dims=\(operandBatchingDims.tupleText), "
      + "start_indices_batching_dims=\(startIndicesBatchingDims.tupleText))"
  }
}

/// How operand, indices and updates of a scatter relate; as `jax.lax.ScatterDimensionNumbers`.
public struct ScatterDimensionNumbers: Hashable, Sendable {
  /// The axes of the updates that run over a window.
  public var updateWindowDims: [Int]
  /// The axes of the operand, of window size 1, that the updates lack.
  public var insertedWindowDims: [Int]
  /// For each component of an index vector the operand axis that it moves along.
  public var scatterDimsToOperandDims: [Int]
  /// The axes of the operand that pair up with axes of the indices.
  public var operandBatchingDims: [Int]
  public var scatterIndicesBatchingDims: [Int]

  public init(
    updateWindowDims: [Int], insertedWindowDims: [Int], scatterDimsToOperandDims: [Int],
    operandBatchingDims: [Int] = [], scatterIndicesBatchingDims: [Int] = []
  ) {
    self.updateWindowDims = updateWindowDims
    self.insertedWindowDims = insertedWindowDims
    self.scatterDimsToOperandDims = scatterDimsToOperandDims
    self.operandBatchingDims = operandBatchingDims
    self.scatterIndicesBatchingDims = scatterIndicesBatchingDims
  }

  /// The gather that takes what this scatter puts.
  var inverse: GatherDimensionNumbers {
    GatherDimensionNumbers(
      offsetDims: updateWindowDims, collapsedSliceDims: insertedWindowDims, startIndexMap: scatterDimsToOperandDims,
      operandBatchingDims: operandBatchingDims, startIndicesBatchingDims: scatterIndicesBatchingDims)
  }

  /// The axes of an operand that updates run over.
  func windowAxes(rank: Int) -> [Int] {
    (0..<rank).filter { !insertedWindowDims.contains($0) && !operandBatchingDims.contains($0) }
  }

  /// The size of a window along every operand axis.
  func windowSizes(operandRank: Int, updates: Shape) -> [Int] {
    var sizes = [Int](repeating: 1, count: operandRank)
    for (axis, dimension) in zip(windowAxes(rank: operandRank), updateWindowDims) { sizes[axis] = updates[dimension] }
    return sizes
  }

  var text: String {
    "ScatterDimensionNumbers(update_window_dims=\(updateWindowDims.tupleText), "
      + "inserted_window_dims=\(insertedWindowDims.tupleText), "
      + "scatter_dims_to_operand_dims=\(scatterDimsToOperandDims.tupleText), "
      + "operand_batching_dims=\(operandBatchingDims.tupleText), "
      + "scatter_indices_batching_dims=\(scatterIndicesBatchingDims.tupleText))"
  }
}

extension [Int] {
  /// Dimension numbers after a new axis 0.
  var shifted: [Int] { map { $0 + 1 } }
}

/// Checks of dimension numbers, in JAX's words.
struct DimensionChecks {
  let operation: String

  func fail(_ text: String, _ code: SJError.Code = .shape) -> SJError { SJError(code, "\(operation): \(text)") }

  func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw fail(text()) }
  }

  func sorted(_ dims: [Int], _ name: String) throws {
    try require(zip(dims, dims.dropFirst()).allSatisfy { $0 <= $1 }, "\(name) must be sorted; got \(dims.tupleText)")
  }

  func distinct(_ dims: [Int], _ name: String) throws {
    try require(Set(dims).count == dims.count, "\(name) must not repeat; got: \(dims.tupleText)")
  }

  func inRange(_ dims: [Int], _ rank: Int, _ name: String) throws {
    if let bad = dims.first(where: { $0 < 0 || $0 >= rank }) {
      throw fail("invalid \(name); valid range is [0, \(rank)); got: \(bad)")
    }
  }

  func disjoint(_ a: [Int], _ b: [Int], _ nameA: String, _ nameB: String) throws {
    try require(
      Set(a).isDisjoint(with: b), "\(nameA) and \(nameB) must be disjoint; got: \(a.tupleText) and \(b.tupleText)")
  }

  /// Sorted, without repetition, in range.
  func axes(_ dims: [Int], _ rank: Int, _ name: String) throws {
    try sorted(dims, name)
    try distinct(dims, name)
    try inRange(dims, rank, name)
  }

  /// The pairing of batching axes of operand and indices.
  func batching(
    _ operand: AbstractValue, _ operandDims: [Int], _ indices: AbstractValue, _ indicesDims: [Int], name: String
  ) throws {
    try axes(operandDims, operand.rank, "operand_batching_dims")
    try distinct(indicesDims, name)
    try inRange(indicesDims, indices.rank, name)
    try require(
      !indicesDims.contains(indices.rank - 1),
      "the index vector dimension cannot be a batching dimension; got \(indicesDims.tupleText)")
    try require(
      operandDims.count == indicesDims.count,
      "requires equal numbers of operand_batching_dims and \(name), got \(operandDims.tupleText) and \(indicesDims.tupleText)"
    )
    let sizes = (operandDims.map { operand.shape[$0] }, indicesDims.map { indices.shape[$0] })
    try require(
      sizes.0 == sizes.1,
      "requires operand batching dimensions and indices batching dimensions to have the same shape, "
        + "got \(sizes.0.tupleText) and \(sizes.1.tupleText)")
  }

  /// The correspondence of index vectors and operand axes.
  func indexMap(_ map: [Int], _ operand: AbstractValue, _ indices: AbstractValue, _ name: String) throws {
    try require(indices.rank > 0, "indices must have at least one axis, which holds the index vectors, got \(indices)")
    let length = indices.shape[indices.rank - 1]
    try require(
      map.count == length,
      "there are \(map.count) elements in \(name) and the bound of the last dimension of indices is \(length). "
        + "These two numbers must be equal.")
    try distinct(map, name)
    try inRange(map, operand.rank, name)
  }

  func integerIndices(_ indices: AbstractValue) throws {
    guard indices.dtype.isInteger else { throw fail("indices must have an integer type, got \(indices)", .dtype) }
  }
}
