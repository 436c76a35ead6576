import SJLoopIR

extension Primitives {
  /// Operands: the array, the block to put into it, then one scalar start index per axis.
  public static let dynamicUpdateSlice: Primitive = PrimitiveReference.define("dynamic_update_slice") { reference in
    Rules(
      abstract: { inputs, _ in
        try checkUpdate(inputs[0], inputs[1], starts: Array(inputs.dropFirst(2)))
        let isWeak = inputs.allSatisfy(\.weakType)
        return ([AbstractValue(inputs[0].dtype, inputs[0].shape, weakType: isWeak)], [])
      },
      jvp: .rule { primals, tangents, params in
        let output = try bind1(reference.primitive, primals, params)
        guard tangents[0] != nil || tangents[1] != nil else { return ([output], [nil]) }
        let blocks = try (0..<2).map { try tangents[$0] ?? Lax.zerosLike(primals[$0]) }
        return ([output], [try bind1(reference.primitive, blocks + primals.dropFirst(2), params)])
      },
      transpose: .rule { cotangents, operands, params in
        guard let cotangent = cotangents[0] else { return operands.map { _ in nil } }
        let starts = operands.dropFirst(2).map { $0.value! }
        var results = [Cotangent?](repeating: nil, count: operands.count)
        let block = operands[1].aval
        if operands[0].isLinear {
          let hole = try Lax.zeros(block.shape, cotangent.dtype)
          results[0] = .dense(try bind1(reference.primitive, [cotangent, hole] + starts, params))
        }
        if operands[1].isLinear {
          let slice = DynamicSliceParams(sizes: block.shape).boxed
          results[1] = .dense(try bind1(Primitives.dynamicSlice, [cotangent] + starts, slice))
        }
        return results
      },
      batch: .rule(batchDynamicUpdateSlice),
      lowering: .rule(lowerDynamicUpdateSlice))
  }
}

/// A copy of the array, which the executor makes in place where the array is dead, and a kernel over the block.
private func lowerDynamicUpdateSlice(
  _ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue]
) throws -> [Lowered] {
  let (operand, update) = (inputs[0], inputs[1])
  let starts = try inputs.dropFirst(2).map { try context.cheap($0) }
  let result = try context.copy(operand)
  try context.kernel("dynamic_update_slice") { kernel in
    try kernel.parallel(update.shape) { index in
      let value = try update.element(kernel, index)
      let position = try index.indices.map { axis in
        kernel.addIndex(index[axis], try kernel.clampedStart(starts[axis], operand.shape[axis] - update.shape[axis]))
      }
      kernel.store(value, operand.dtype, to: result, at: position)
    }
  }
  return [Lowered(operand.dtype, operand.shape, .buffer(result))]
}

extension LoweringContext {
  /// A buffer of its own with the tensor's elements, for kernels that go on to change it.
  func copy(_ value: Lowered) throws -> BufferID {
    let buffer = newBuffer(AbstractValue(value.dtype, value.shape))
    try kernel("copy") { kernel in
      try kernel.parallel(value.shape) { index in
        kernel.store(try value.element(kernel, index), value.dtype, to: buffer, at: index)
      }
    }
    return buffer
  }
}

/// As a scatter of one window, which batches over operand, indices and updates alike.
private func batchDynamicUpdateSlice(
  _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
) throws -> (outputs: [Value], axes: [Int?]) {
  let rank = inputs.count - 2
  let dimensions = Array(0..<rank)
  let (indices, indicesAxis) = try stackStarts(Array(inputs.dropFirst(2)), Array(axes.dropFirst(2)), size: axis.size)
  let scatter = ScatterParams(
    dimensions: ScatterDimensionNumbers(
      updateWindowDims: dimensions, insertedWindowDims: [], scatterDimsToOperandDims: dimensions),
    indicesAreSorted: true, uniqueIndices: true, mode: .clip)
  return try batchScatter(
    Primitives.scatter, axis, [inputs[0], indices, inputs[1]], [axes[0], indicesAxis, axes[1]], scatter.boxed)
}

private func checkUpdate(_ operand: AbstractValue, _ update: AbstractValue, starts: [AbstractValue]) throws {
  guard operand.rank == update.rank else {
    throw SJError(
      .shape,
      "dynamic_update_slice: update must have the same rank as operand, got update \(update) for operand \(operand)")
  }
  guard zip(operand.shape, update.shape).allSatisfy({ $0 >= $1 }) else {
    throw SJError(
      .shape,
      "dynamic_update_slice: update shape must be smaller than operand shape, "
        + "got update \(update) for operand \(operand)")
  }
  try DTypeCheck.same("dynamic_update_slice", [operand, update])
  try checkStarts(operand, starts, "dynamic_update_slice")
}

extension Lax {
  /// `jax.lax.dynamic_update_slice`: `x` with `update` put at a position that is computed (see `dynamicSlice`).
  public static func dynamicUpdateSlice(_ x: Value, _ update: Value, _ starts: [Value]) throws -> Value {
    guard starts.count == x.rank else {
      throw SJError(
        .invalidArgument,
        "dynamic_update_slice: length of slice indices must match number of operand dimensions "
          + "(\(starts.count) vs \(x.aval))")
    }
    let positions = try zip(starts, x.shape).map { try fromFront($0, $1) }
    return try bind1(Primitives.dynamicUpdateSlice, [x, update] + positions)
  }

  /// `jax.lax.dynamic_update_slice_in_dim`: `update` at `start` along one axis and at 0 along the others.
  public static func dynamicUpdateSliceInDim(
    _ x: Value, _ update: Value, _ start: Value, axis: Int = 0
  ) throws -> Value {
    let axis = try canonicalAxis("dynamic_update_slice_in_dim", axis, rank: x.rank)
    return try bind1(Primitives.dynamicUpdateSlice, [x, update] + startsAlong(axis, start, x))
  }

  /// `jax.lax.dynamic_update_index_in_dim`: `update`, with or without the axis, at one position of it.
  public static func dynamicUpdateIndexInDim(
    _ x: Value, _ update: Value, _ index: Value, axis: Int = 0
  ) throws -> Value {
    let axis = try canonicalAxis("dynamic_update_index_in_dim", axis, rank: x.rank)
    let block = update.rank == x.rank ? update : try expandDims(update, [axis])
    return try dynamicUpdateSliceInDim(x, block, index, axis: axis)
  }
}
