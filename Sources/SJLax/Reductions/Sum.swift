import SJLoopIR

extension Primitives {
  public static let reduceSum = Primitive.reduction(
    "reduce_sum", .number,
    reducer: Reducer(
      identity: { $0.zero($1) },
      combine: { kernel, a, b, _ in
        Element(zip(a.components, b.components).map { kernel.binary(.add, $0, $1) })
      }),
    jvp: { .rule(linearJVP($0)) },
    transpose: .rule { cotangents, operands, params in
      guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
      let shape = operands[0].aval.shape
      let axes = params.unbox(ReductionParams.self).axes
      let kept = shape.indices.filter { !axes.contains($0) }
      return [.dense(try Lax.broadcastInDim(ct, shape: shape, broadcastDimensions: kept))]
    })

  static let reductions: [Primitive] = [reduceSum]
}

extension Lax {
  /// `jax.lax.reduce_sum`. Integers wrap; 16-bit floats accumulate in float32 and are rounded once.
  public static func reduceSum(_ operand: Value, axes: [Int]) throws -> Value {
    if axes.isEmpty { return operand }
    return try bind1(Primitives.reduceSum, [operand], ReductionParams(axes: axes, hasSharding: true).boxed)
  }
}
