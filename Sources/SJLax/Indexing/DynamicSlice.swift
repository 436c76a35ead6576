import SJLoopIR

struct DynamicSliceParams: ParamValues {
  var sizes: [Int]
  var fields: [(name: String, value: String)] { [("slice_sizes", sizes.tupleText)] }
}

extension Primitives {
  /// Operands: the array, then one scalar start index per axis, clamped so that the slice lies inside.
  public static let dynamicSlice: Primitive = PrimitiveReference.define("dynamic_slice") { reference in
    Rules(
      abstract: { inputs, params in
        let sizes = params.unbox(DynamicSliceParams.self).sizes
        try checkDynamicSlice(inputs[0], starts: Array(inputs.dropFirst()), sizes: sizes)
        return ([inputs[0].with(shape: sizes)], [])
      },
      jvp: .rule { primals, tangents, params in
        let output = try bind1(reference.primitive, primals, params)
        let tangent = try tangents[0].map { try bind1(reference.primitive, [$0] + primals.dropFirst(), params) }
        return ([output], [tangent])
      },
      transpose: .rule { cotangents, operands, _ in
        guard let cotangent = cotangents[0] else { return operands.map { _ in nil } }
        let starts = operands.dropFirst().map { $0.value! }
        let zeros = try Lax.zeros(operands[0].aval.shape, operands[0].aval.dtype)
        let sum = try bind1(Primitives.dynamicUpdateSlice, [zeros, cotangent] + starts)
        return [.dense(sum)] + starts.map { _ in nil }
      },
      batch: .rule(batchDynamicSlice),
      lowering: .rule { context, inputs, _, outputs in
        let operand = inputs[0]
        let starts = try inputs.dropFirst().map { try context.cheap($0) }
        let sizes = outputs[0].shape
        return [
          Lowered.remapping(operand, outputs[0]) { kernel, index in
            try index.indices.map { axis in
              let start = try kernel.clampedStart(starts[axis], operand.shape[axis] - sizes[axis])
              return kernel.addIndex(index[axis], start)
            }
          }
        ]
      })
  }
}

extension KernelBuilder {
  /// A start index of rank 0, clamped to `0 ... limit`.
  func clampedStart(_ start: Lowered, _ limit: Int) throws -> ExprID {
    if limit <= 0 { return index(0) }
    return clampIndex(indexValue(try start.element(self, []).scalar, start.dtype), 0, limit)
  }

  /// An integer of any type as an index; unsigned numbers beyond `Int64` saturate.
  func indexValue(_ value: ExprID, _ dtype: DType) -> ExprID {
    guard dtype == .uint64 else { return convert(value, to: .i64) }
    return convert(binary(.min, value, constant(bits: UInt64(Int64.max), .u64)), to: .i64)
  }
}

/// As a gather of one window, which batches over operand and indices alike.
private func batchDynamicSlice(
  _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
) throws -> (outputs: [Value], axes: [Int?]) {
  let sizes = params.unbox(DynamicSliceParams.self).sizes
  let dimensions = Array(sizes.indices)
  let (indices, indicesAxis) = try stackStarts(Array(inputs.dropFirst()), Array(axes.dropFirst()), size: axis.size)
  let gather = GatherParams(
    dimensions: GatherDimensionNumbers(offsetDims: dimensions, collapsedSliceDims: [], startIndexMap: dimensions),
    sliceSizes: sizes, indicesAreSorted: true, uniqueIndices: true, mode: .clip, fillValue: nil)
  return try batchGather(axis, [inputs[0], indices], [axes[0], indicesAxis], gather.boxed)
}

/// Scalar start indices as the one index vector of a gather: [rank], or [size, rank] with the batch axis in front.
func stackStarts(_ starts: [Value], _ axes: [Int?], size: Int) throws -> (indices: Value, axis: Int?) {
  guard !starts.isEmpty else { return (try Lax.zeros([0], .int32), nil) }
  let isBatched = axes.contains { $0 != nil }
  let columns = try zip(starts, axes).map { start, axis in
    isBatched
      ? try Lax.broadcastInDim(start, shape: [size, 1], broadcastDimensions: axis == nil ? [] : [0])
      : try Lax.broadcastInDim(start, shape: [1], broadcastDimensions: [])
  }
  return (try Lax.concatenate(columns, dimension: isBatched ? 1 : 0), isBatched ? 0 : nil)
}

/// - Throws: unless sizes fit the operand and there is one integer scalar, all of one type, per axis.
private func checkDynamicSlice(_ operand: AbstractValue, starts: [AbstractValue], sizes: [Int]) throws {
  guard sizes.count == operand.rank, zip(operand.shape, sizes).allSatisfy({ $0 >= $1 }) else {
    throw SJError(
      .shape,
      "dynamic_slice: slice_sizes must be less than or equal to operand shape, "
        + "got slice_sizes \(sizes.tupleText) for operand \(operand)")
  }
  guard sizes.allSatisfy({ $0 >= 0 }) else {
    throw SJError(
      .shape, "dynamic_slice: slice_sizes must be greater than or equal to zero, got slice_sizes of \(sizes.tupleText)")
  }
  try checkStarts(operand, starts, "dynamic_slice")
}

func checkStarts(_ operand: AbstractValue, _ starts: [AbstractValue], _ operation: String) throws {
  guard starts.count == operand.rank else {
    throw SJError(
      .shape,
      "\(operation): start_indices must have length equal to the rank of operand, "
        + "got \(starts.count) indices for operand \(operand)")
  }
  let list = starts.map(\.description).joined(separator: ", ")
  guard starts.allSatisfy({ $0.rank == 0 }) else {
    throw SJError(.shape, "\(operation): start_indices arguments must be scalars, got indices \(list)")
  }
  guard starts.allSatisfy({ $0.dtype.isInteger && $0.dtype == starts[0].dtype }) else {
    throw SJError(
      .dtype,
      "\(operation): index arguments must be integers of the same type, got: "
        + starts.map(\.dtype.name).joined(separator: ", "))
  }
}

extension Lax {
  /// `jax.lax.dynamic_slice`: a block of static size at a position that is computed. A position where the block
  /// would leave the array moves to the nearest where it does not; negative ones count from the end first.
  ///
  ///     try Lax.dynamicSlice(x, [i, j], [2, 2])
  public static func dynamicSlice(_ x: Value, _ starts: [Value], _ sizes: [Int]) throws -> Value {
    guard starts.count == x.rank else {
      throw SJError(
        .invalidArgument,
        "dynamic_slice: length of slice indices must match number of operand dimensions (\(starts.count) vs \(x.aval))")
    }
    let positions = try zip(starts, x.shape).map { try fromFront($0, $1) }
    return try bind1(Primitives.dynamicSlice, [x] + positions, DynamicSliceParams(sizes: sizes).boxed)
  }

  /// `jax.lax.dynamic_slice_in_dim`: `size` positions from `start` along one axis.
  public static func dynamicSliceInDim(_ x: Value, _ start: Value, size: Int, axis: Int = 0) throws -> Value {
    let axis = try canonicalAxis("dynamic_slice_in_dim", axis, rank: x.rank)
    var sizes = x.shape
    sizes[axis] = size
    let starts = try startsAlong(axis, start, x)
    return try bind1(Primitives.dynamicSlice, [x] + starts, DynamicSliceParams(sizes: sizes).boxed)
  }

  /// `jax.lax.dynamic_index_in_dim`: one position along an axis, which stays with size 1 unless `keepDims` is false.
  public static func dynamicIndexInDim(
    _ x: Value, _ index: Value, axis: Int = 0, keepDims: Bool = true
  ) throws -> Value {
    let axis = try canonicalAxis("dynamic_index_in_dim", axis, rank: x.rank)
    let result = try dynamicSliceInDim(x, index, size: 1, axis: axis)
    return keepDims ? result : try squeeze(result, [axis])
  }

  /// Start indices that are zero but along `axis`.
  static func startsAlong(_ axis: Int, _ start: Value, _ x: Value) throws -> [Value] {
    let zero = try scalar(0, start.dtype)
    return try x.shape.indices.map { $0 == axis ? try fromFront(start, x.shape[axis]) : zero }
  }

  /// An index that counts from the end where it is negative, counted from the front instead.
  static func fromFront(_ index: Value, _ length: Int) throws -> Value {
    guard index.dtype.isSignedInteger else { return index }
    if let known = index.asArray, index.rank == 0 {
      let value = Int(truncatingIfNeeded: try known.signedScalar())
      return value < 0 ? try scalar(value + length, index.dtype) : index
    }
    let isNegative = try lt(index, try scalar(0, index.dtype))
    return try select(isNegative, try add(index, try scalar(length, index.dtype)), index)
  }
}

extension ConcreteArray {
  /// The value of a scalar of signed integer type.
  fileprivate func signedScalar() throws -> Int64 {
    let pointer = try bytes()
    return switch dtype {
    case .int8: Int64(pointer.load(as: Int8.self))
    case .int16: Int64(pointer.load(as: Int16.self))
    case .int32: Int64(pointer.load(as: Int32.self))
    default: pointer.load(as: Int64.self)
    }
  }
}
