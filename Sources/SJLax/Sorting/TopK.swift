import SJLoopIR

struct TopKParams: ParamValues {
  var axis: Int
  var count: Int
  var fields: [(name: String, value: String)] { [("axis", "\(axis)"), ("k", "\(count)")] }
}

extension Primitives {
  /// Results: the greatest elements along an axis in descending order, and their positions as `int32`.
  public static let topK: Primitive = PrimitiveReference.define("top_k") { reference in
    Rules(
      abstract: { inputs, params in
        let shape = try topKShape(inputs[0], params.unbox())
        return ([inputs[0].with(shape: shape), AbstractValue(.int32, shape)], [])
      },
      jvp: .rule { primals, tangents, params in
        let outputs = try bind(reference.primitive, primals, params)
        let axis = params.unbox(TopKParams.self).axis
        return (outputs, [try tangents[0].map { try Lax.takeAlong($0, outputs[1], axis: axis) }, nil])
      },
      transpose: .unsupported("top_k is not linear"),
      batch: .rule { axis, inputs, axes, params in
        var top: TopKParams = params.unbox()
        if let position = axes[0], position <= top.axis { top.axis += 1 }
        return (try bind(reference.primitive, inputs, top.boxed), [axes[0], axes[0]])
      },
      lowering: .rule(lowerTopK))
  }
}

/// Sorts positions by keys whose ascending order is the operand's descending total order.
private func lowerTopK(
  _ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue]
) throws -> [Lowered] {
  let axis = params.unbox(TopKParams.self).axis
  if outputs[0].elementCount == 0 { return outputs.map { .zeros($0) } }
  let operand = try context.cheap(inputs[0])
  let keys = Lowered(AbstractValue(operand.dtype.descendingKey, operand.shape), cost: operand.cost + 4) {
    kernel, index in
    .scalar(kernel.descendingKey(try operand.element(kernel, index).scalar, operand.dtype))
  }
  let positions = Lowered(AbstractValue(.int32, operand.shape), cost: 1) { kernel, index in
    .scalar(kernel.convert(index[axis], to: .i32))
  }
  let sorted = try context.sort([keys, positions], axis: axis, keys: 1)[1]
  let values = Lowered(outputs[0], cost: 1) { kernel, index in
    var source = index
    let position = kernel.convert(try sorted.element(kernel, index).scalar, to: .i64)
    source[axis] = kernel.clampIndex(position, 0, operand.shape[axis] - 1)
    return try operand.element(kernel, source)
  }
  let indices = Lowered(outputs[1], cost: 0) { try sorted.element($0, $1) }
  return [values, indices]
}

extension DType {
  /// The integer type of the keys that sort values of this type downwards.
  fileprivate var descendingKey: DType {
    switch self {
    case .float16, .bfloat16, .float32: .int32
    case .float64: .int64
    case .bool: .uint8
    default: self
    }
  }
}

extension KernelBuilder {
  /// An integer that falls as the value rises in the total order (-NaN < -inf < … < -0 < 0 < … < inf < NaN).
  fileprivate func descendingKey(_ value: ExprID, _ dtype: DType) -> ExprID {
    let type = dtype.descendingKey.scalar
    guard dtype.isFloat else { return unary(.not, convert(value, to: type)) }
    // Negative floats order like their bits backwards: flip all bits but the sign.
    let bits = bitcast(value, to: type)
    let sign = binary(.shrArithmetic, bits, constant(type.size * 8 - 1, type))
    let mask = constant(type == .i64 ? Int.max : Int(Int32.max), type)
    return unary(.not, binary(.xor, bits, binary(.and, sign, mask)))
  }
}

private func topKShape(_ operand: AbstractValue, _ top: TopKParams) throws -> Shape {
  guard operand.dtype != .key, !operand.dtype.isComplex, operand.dtype != .float0 else {
    throw SJError(.dtype, "top_k: is not compatible with \(operand.dtype) inputs.")
  }
  guard operand.rank > 0 else { throw SJError(.shape, "top_k: operand must have >= 1 dimension, got \(operand)") }
  guard operand.shape.indices.contains(top.axis) else {
    throw SJError(.invalidArgument, "top_k: axis argument out of range: axis=\(top.axis) for \(operand)")
  }
  let length = operand.shape[top.axis]
  guard top.count >= 0 else { throw SJError(.invalidArgument, "top_k: k must be nonnegative, got \(top.count)") }
  guard top.count <= length else {
    throw SJError(
      .invalidArgument,
      "top_k: k must be no larger than size along axis; got k=\(top.count) with \(operand) and axis=\(top.axis)")
  }
  guard length <= Int(Int32.max) + 1 else {
    throw SJError(.shape, "top_k: returns int32 indices, which overflow for \(operand) along axis \(top.axis)")
  }
  var shape = operand.shape
  shape[top.axis] = top.count
  return shape
}

extension Lax {
  /// `jax.lax.top_k`: the `k` greatest elements along an axis, descending, and their positions. Of equal elements the
  /// one with the lower position comes first; NaN counts as greatest.
  public static func topK(_ x: Value, _ k: Int, axis: Int = -1) throws -> (values: Value, indices: Value) {
    guard x.rank > 0 else { throw SJError(.shape, "top_k: operand must have >= 1 dimension, got \(x.aval)") }
    let params = TopKParams(axis: try canonicalAxis("top_k", axis, rank: x.rank), count: k)
    let results = try bind(Primitives.topK, [x], params.boxed)
    return (results[0], results[1])
  }
}
