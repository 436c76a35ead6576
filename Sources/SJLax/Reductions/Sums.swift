import SJLoopIR

extension Primitives {
  public static let reduceSum = Primitive.reduction(
    "reduce_sum", check: { try checkNumber("reduce_sum", $0) },
    reducer: .elementwise(
      identity: { $0.zero($1) },
      merge: { kernel, _, a, b in Element(zip(a.components, b.components).map { kernel.binary(.add, $0, $1) }) }),
    jvp: { .rule(linearJVP($0)) },
    transpose: .rule { cotangents, operands, params in
      guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
      let shape = operands[0].aval.shape
      let axes = params.unbox(ReductionParams.self).axes
      let kept = shape.indices.filter { !axes.contains($0) }
      return [.dense(try Lax.broadcastInDim(ct, shape: shape, broadcastDimensions: kept))]
    })

  public static let reduceProd = Primitive.reduction(
    "reduce_prod", check: { try checkNumber("reduce_prod", $0) },
    reducer: .elementwise(
      identity: { $0.element(1, $1) },
      merge: { kernel, dtype, a, b in
        dtype.isComplex
          ? (ComplexExpr(kernel, a) * ComplexExpr(kernel, b)).element : .scalar(kernel.binary(.mul, a.scalar, b.scalar))
      }),
    jvp: { reference in
      .rule { primals, tangents, params in
        let answer = try bind1(reference.primitive, primals, params)
        guard let tangent = tangents[0], answer.dtype.isInexact else { return ([answer], [nil]) }
        return ([answer], [try productTangent(primals[0], tangent, params.unbox(ReductionParams.self).axes)])
      }
    })

  /// The tangent of a product by halving: pairs are multiplied until one is left, without dividing by zeros.
  private static func productTangent(_ x: Value, _ tangent: Value, _ axes: [Int]) throws -> Value {
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let outer = kept.map { x.shape[$0] }
    func flattened(_ value: Value) throws -> Value {
      let last = try Lax.transpose(value, kept + axes)
      return try Lax.reshape(last, outer + [axes.map { x.shape[$0] }.elementCount])
    }
    var (value, slope) = (try flattened(x), try flattened(tangent))
    let axis = outer.count
    guard value.shape[axis] > 0 else { return try Lax.zeros(outer, tangent.dtype) }
    while value.shape[axis] > 1 {
      let half = value.shape[axis] / 2
      let sizes = [half, half, value.shape[axis] - 2 * half]
      let v = try Lax.split(value, sizes: sizes, axis: axis)
      let s = try Lax.split(slope, sizes: sizes, axis: axis)
      let product = try Lax.mul(v[0], v[1])
      let productSlope = try Lax.addAny(try Lax.mul(s[0], v[1]), try Lax.mul(v[0], s[1]))
      value = sizes[2] == 0 ? product : try Lax.concatenate([product, v[2]], dimension: axis)
      slope = sizes[2] == 0 ? productSlope : try Lax.concatenate([productSlope, s[2]], dimension: axis)
    }
    return try Lax.reshape(slope, outer)
  }

  private static func checkNumber(_ name: String, _ dtype: DType) throws {
    guard DTypeSet.number.contains(dtype) else {
      throw SJError(.dtype, "\(name) does not accept dtype \(dtype). Accepted dtypes are subtypes of number.")
    }
  }
}

extension Lax {
  /// `jax.lax.reduce_sum`. Integers wrap; 16-bit floats accumulate in float32 and are rounded once.
  public static func reduceSum(_ operand: Value, axes: [Int]) throws -> Value {
    if axes.isEmpty { return operand }
    return try bind1(Primitives.reduceSum, [operand], ReductionParams(axes: axes, hasSharding: true).boxed)
  }

  /// `jax.lax.reduce_prod`.
  public static func reduceProd(_ operand: Value, axes: [Int]) throws -> Value {
    try reduce(Primitives.reduceProd, operand, axes)
  }

  static func reduce(_ primitive: Primitive, _ operand: Value, _ axes: [Int]) throws -> Value {
    if axes.isEmpty { return operand }
    return try bind1(primitive, [operand], ReductionParams(axes: axes).boxed)
  }
}
