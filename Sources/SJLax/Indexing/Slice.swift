import SJLoopIR

/// A strided block of an array. `strides` nil means 1 everywhere, as in JAX.
struct SliceParams: ParamValues {
  var start: [Int]
  var limit: [Int]
  var strides: [Int]?

  var fields: [(name: String, value: String)] {
    [("limit_indices", limit.tupleText), ("start_indices", start.tupleText), ("strides", strides?.tupleText ?? "None")]
  }

  /// The strides with the default spelled out.
  var steps: [Int] { strides ?? start.map { _ in 1 } }
}

extension Primitives {
  static let slicing: [Primitive] = [slice, dynamicSlice, dynamicUpdateSlice]

  public static let slice: Primitive = PrimitiveReference.define("slice") { reference in
    Rules(
      abstract: { inputs, params in
        ([inputs[0].with(shape: try sliceShape(inputs[0], params.unbox()))], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, params in
        let slice: SliceParams = params.unbox()
        return [cotangents[0].map { .slice($0, start: slice.start, stride: slice.steps) }]
      },
      batch: .rule { axis, inputs, axes, params in
        guard let position = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        var slice: SliceParams = params.unbox()
        slice.start.insert(0, at: position)
        slice.limit.insert(axis.size, at: position)
        slice.strides?.insert(1, at: position)
        return (try bind(reference.primitive, inputs, slice.boxed), [position])
      },
      lowering: .rule { context, inputs, params, outputs in
        let slice: SliceParams = params.unbox()
        let steps = slice.steps
        return [
          Lowered.remapping(inputs[0], outputs[0]) { kernel, index in
            index.indices.map { kernel.addIndex(kernel.mulIndex(index[$0], steps[$0]), slice.start[$0]) }
          }
        ]
      },
      identity: KnownOperands.sameType)
  }
}

extension Lowered {
  /// A tensor whose element at `index` is that of `source` at `remap(index)`.
  static func remapping(
    _ source: Lowered, _ aval: AbstractValue, _ remap: @escaping (KernelBuilder, [ExprID]) throws -> [ExprID]
  ) -> Lowered {
    // Of an empty tensor no element is ever asked for, and the index expressions could not be proved to be in range.
    if aval.elementCount == 0 { return .zeros(aval) }
    return Lowered(aval, cost: source.cost) { kernel, index in
      try source.element(kernel, try remap(kernel, index))
    }
  }

  static func zeros(_ aval: AbstractValue) -> Lowered {
    Lowered(aval, cost: 0) { kernel, _ in kernel.zero(aval.dtype) }
  }
}

private func sliceShape(_ operand: AbstractValue, _ slice: SliceParams) throws -> Shape {
  let (start, limit) = (slice.start, slice.limit)
  func fail(_ text: String) -> SJError { SJError(.shape, "slice: \(text)") }
  guard start.count == operand.rank else {
    throw fail(
      "start_indices must have length equal to the number of dimensions of the operand, "
        + "got indices \(start.tupleText) for operand \(operand)")
  }
  guard limit.count == start.count else {
    throw fail(
      "limit_indices must have the same length as start_indices, "
        + "got start_indices \(start.tupleText) and limit_indices \(limit.tupleText)")
  }
  guard zip(operand.shape, limit).allSatisfy({ $0 >= $1 }) else {
    throw fail(
      "limit_indices must be less than or equal to operand shape, "
        + "got limit_indices \(limit.tupleText) for operand \(operand)")
  }
  guard start.allSatisfy({ $0 >= 0 }) else {
    throw fail("start_indices must be greater than or equal to zero, got start_indices of \(start.tupleText)")
  }
  guard zip(start, limit).allSatisfy({ $0 <= $1 }) else {
    throw fail(
      "limit_indices must be greater than or equal to start_indices, "
        + "got start_indices \(start.tupleText) and limit_indices \(limit.tupleText)")
  }
  if let strides = slice.strides {
    guard strides.count == operand.rank else {
      throw fail(
        "strides must have length equal to the number of dimensions of the operand, "
          + "got strides \(strides.tupleText) for operand \(operand)")
    }
    guard strides.allSatisfy({ $0 > 0 }) else { throw fail("strides must be positive, got \(strides.tupleText)") }
  }
  return operand.shape.indices.map { axis in
    let extent = limit[axis] - start[axis]
    return extent == 0 ? 0 : (extent - 1) / slice.steps[axis] + 1
  }
}

extension Lax {
  /// `jax.lax.slice`: elements `start ..< limit` of each axis, every `stride`-th of them.
  ///
  ///     try Lax.slice(x, [0, 1], [2, 4])   // x[0:2, 1:4]
  public static func slice(_ x: Value, _ start: [Int], _ limit: [Int], strides: [Int]? = nil) throws -> Value {
    return try bind1(Primitives.slice, [x], SliceParams(start: start, limit: limit, strides: strides).boxed)
  }

  /// `jax.lax.slice_in_dim`: `x[start:limit:stride]` along one axis. Negative numbers count from the end;
  /// a range that does not lie within the axis is an error, as in `slice`.
  public static func sliceInDim(
    _ x: Value, _ start: Int?, _ limit: Int?, stride: Int = 1, axis: Int = 0
  ) throws -> Value {
    let axis = try canonicalAxis("slice_in_dim", axis, rank: x.rank)
    let length = x.shape[axis]
    func fromFront(_ position: Int) -> Int { position < 0 ? position + length : position }
    var starts = x.shape.map { _ in 0 }
    var limits = x.shape
    var strides = x.shape.map { _ in 1 }
    starts[axis] = fromFront(start ?? 0)
    limits[axis] = fromFront(limit ?? length)
    strides[axis] = stride
    return try slice(x, starts, limits, strides: strides)
  }

  /// `jax.lax.index_in_dim`: one position along an axis, which stays with size 1 unless `keepDims` is false.
  public static func indexInDim(_ x: Value, _ index: Int, axis: Int = 0, keepDims: Bool = true) throws -> Value {
    let axis = try canonicalAxis("index_in_dim", axis, rank: x.rank)
    let length = x.shape[axis]
    guard index >= -length, index < length else {
      throw SJError(
        .invalidArgument, "index_in_dim: index \(index) is out of bounds for axis \(axis) with size \(length)")
    }
    let position = index < 0 ? index + length : index
    let result = try sliceInDim(x, position, position + 1, axis: axis)
    return keepDims ? result : try squeeze(result, [axis])
  }
}
