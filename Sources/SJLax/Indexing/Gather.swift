import SJLoopIR

struct GatherParams: ParamValues {
  var dimensions: GatherDimensionNumbers
  var sliceSizes: [Int]
  var indicesAreSorted: Bool
  var uniqueIndices: Bool
  var mode: GatherScatterMode
  var fillValue: FillValue?

  var fields: [(name: String, value: String)] {
    [
      ("dimension_numbers", dimensions.text), ("fill_value", fillValue?.text ?? "None"),
      ("indices_are_sorted", indicesAreSorted ? "True" : "False"), ("mode", mode.text),
      ("slice_sizes", sliceSizes.tupleText), ("unique_indices", uniqueIndices ? "True" : "False"),
    ]
  }
}

extension Primitives {
  static let gathering: [Primitive] = [gather]

  /// Operands: the array and integer start indices, whose last axis holds index vectors.
  public static let gather: Primitive = PrimitiveReference.define("gather") { reference in
    Rules(
      abstract: { inputs, params in
        let shape = try gatherShape(inputs[0], inputs[1], params.unbox())
        return ([inputs[0].with(shape: shape)], [])
      },
      jvp: .rule { primals, tangents, params in
        let output = try bind1(reference.primitive, primals, params)
        guard let tangent = tangents[0] else { return ([output], [nil]) }
        var gather: GatherParams = params.unbox()
        if gather.fillValue != nil { gather.fillValue = .integer(0) }
        return ([output], [try bind1(reference.primitive, [tangent, primals[1]], gather.boxed)])
      },
      transpose: .rule { cotangents, operands, params in
        guard let cotangent = cotangents[0] else { return [nil, nil] }
        let gather: GatherParams = params.unbox()
        let zeros = try Lax.zeros(operands[0].aval.shape, cotangent.dtype)
        let sum = try Lax.scatterAdd(
          zeros, operands[1].value, cotangent, gather.dimensions.inverse, indicesAreSorted: gather.indicesAreSorted,
          uniqueIndices: gather.uniqueIndices, mode: gather.mode)
        return [.dense(sum), nil]
      },
      batch: .rule(batchGather),
      lowering: .rule(lowerGather))
  }
}

private func lowerGather(
  _ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue]
) throws -> [Lowered] {
  let gather: GatherParams = params.unbox()
  let aval = outputs[0]
  if aval.elementCount == 0 { return [.zeros(aval)] }
  let operand = try context.cheap(inputs[0])
  let window = IndexedWindow(operand.shape, gather.sliceSizes, try context.cheap(inputs[1]), gather.dimensions)
  let offsets = gather.dimensions.offsetDims
  let batches = (0..<aval.rank).filter { !offsets.contains($0) }
  let windowAxes = gather.dimensions.inverse.windowAxes(rank: operand.shape.count)
  return [
    Lowered(aval, cost: 2 * gather.dimensions.startIndexMap.count) { kernel, index in
      var (position, inside) = try window.start(kernel, at: batches.map { index[$0] })
      for (axis, dimension) in zip(windowAxes, offsets) {
        position[axis] = kernel.addIndex(position[axis], index[dimension])
      }
      let value = try operand.element(kernel, position)
      guard let fill = gather.fillValue, let inside else { return value }
      return kernel.select(inside, value, fill.element(kernel, aval.dtype))
    }
  ]
}

/// Batched over the operand alone: the batch axis is one more window axis. Over the indices alone: one more axis of
/// index vectors. Over both: a pair of batching axes.
func batchGather(
  _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
) throws -> (outputs: [Value], axes: [Int?]) {
  var gather: GatherParams = params.unbox()
  var dims = gather.dimensions
  let operand = try axes[0].map { try Lax.moveAxis(inputs[0], $0, 0) } ?? inputs[0]
  let indices = try axes[1].map { try Lax.moveAxis(inputs[1], $0, 0) } ?? inputs[1]
  if axes[0] == nil && axes[1] == nil { return (try bind(Primitives.gather, inputs, params), [nil]) }
  dims.offsetDims = dims.offsetDims.shifted
  if axes[0] != nil {
    dims.collapsedSliceDims = dims.collapsedSliceDims.shifted
    dims.operandBatchingDims = dims.operandBatchingDims.shifted
    dims.startIndexMap = dims.startIndexMap.shifted
    gather.sliceSizes.insert(axes[1] == nil ? axis.size : min(axis.size, 1), at: 0)
  }
  if axes[1] != nil { dims.startIndicesBatchingDims = dims.startIndicesBatchingDims.shifted }
  if axes[1] == nil { dims.offsetDims.insert(0, at: 0) }
  if axes[0] != nil && axes[1] != nil {
    dims.operandBatchingDims.insert(0, at: 0)
    dims.startIndicesBatchingDims.insert(0, at: 0)
  }
  if axes[0] == nil {
    // Index vectors of different batch elements address one array: together they need be neither sorted nor unique.
    gather.uniqueIndices = false
    gather.indicesAreSorted = false
  }
  gather.dimensions = dims
  return (try bind(Primitives.gather, [operand, indices], gather.boxed), [0])
}

/// The checks of XLA's shape inference for gather, and the shape.
private func gatherShape(_ operand: AbstractValue, _ indices: AbstractValue, _ gather: GatherParams) throws -> Shape {
  let (dims, sizes) = (gather.dimensions, gather.sliceSizes)
  let check = DimensionChecks(operation: "gather")
  try check.integerIndices(indices)
  try check.indexMap(dims.startIndexMap, operand, indices, "start_index_map")
  try check.axes(dims.offsetDims, dims.offsetDims.count + indices.rank - 1, "offset_dims")
  try check.axes(dims.collapsedSliceDims, operand.rank, "collapsed_slice_dims")
  try check.batching(
    operand, dims.operandBatchingDims, indices, dims.startIndicesBatchingDims, name: "start_indices_batching_dims")
  try check.disjoint(
    dims.collapsedSliceDims, dims.operandBatchingDims, "collapsed_slice_dims", "operand_batching_dims")
  try check.disjoint(dims.startIndexMap, dims.operandBatchingDims, "start_index_map", "operand_batching_dims")
  try check.require(
    sizes.count == operand.rank,
    "there must be one slice size for every operand dimension; got slice_sizes \(sizes.tupleText) for operand \(operand)"
  )
  try check.require(
    sizes.count == dims.offsetDims.count + dims.collapsedSliceDims.count + dims.operandBatchingDims.count,
    "every operand dimension must be an offset dimension, collapsed or batching; got slice_sizes \(sizes.tupleText), "
      + "offset_dims \(dims.offsetDims.tupleText), collapsed_slice_dims \(dims.collapsedSliceDims.tupleText), "
      + "operand_batching_dims \(dims.operandBatchingDims.tupleText)")
  for (axis, size) in sizes.enumerated() {
    try check.require(
      size >= 0 && (indices.shape.contains(0) || size <= operand.shape[axis]),
      "slice size at index \(axis) is out of range, must be within [0, \(operand.shape[axis]) + 1), got \(size)")
  }
  for axis in dims.collapsedSliceDims {
    try check.require(
      sizes[axis] == 1, "can only collapse slice dims with bound 1, but bound is \(sizes[axis]) for index \(axis)")
  }
  for axis in dims.operandBatchingDims {
    try check.require(
      sizes[axis] <= 1, "operand batching dims must have bound 0 or 1, but bound is \(sizes[axis]) for index \(axis)")
  }
  var window = dims.inverse.windowAxes(rank: operand.rank).map { sizes[$0] }[...]
  var batch = indices.shape.dropLast()
  return (0..<(dims.offsetDims.count + indices.rank - 1)).map {
    dims.offsetDims.contains($0) ? window.removeFirst() : batch.removeFirst()
  }
}

extension Lax {
  /// `jax.lax.gather`: the windows of `x` that the index vectors in the last axis of `indices` select.
  ///
  /// - Parameter fillValue: for `.fillOrDrop`; NaN, the least signed or the greatest unsigned integer, or true unless given.
  public static func gather(
    _ x: Value, _ indices: Value, _ dimensions: GatherDimensionNumbers, sliceSizes: [Int],
    uniqueIndices: Bool = false, indicesAreSorted: Bool = false, mode: GatherScatterMode = .promiseInBounds,
    fillValue: FillValue? = nil
  ) throws -> Value {
    let fill = mode == .fillOrDrop ? fillValue ?? FillValue.default(x.dtype) : nil
    let params = GatherParams(
      dimensions: dimensions, sliceSizes: sliceSizes, indicesAreSorted: indicesAreSorted,
      uniqueIndices: uniqueIndices, mode: mode, fillValue: fill)
    return try bind1(Primitives.gather, [x, indices], params.boxed)
  }
}
