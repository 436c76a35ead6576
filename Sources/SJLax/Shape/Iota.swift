import SJLoopIR

struct IotaParams: ParamValues {
  var dtype: DType
  var shape: Shape
  var dimension: Int
  var fields: [(name: String, value: String)] {
    [("dimension", "\(dimension)"), ("dtype", dtype.name), ("shape", shape.tupleText), ("sharding", "None")]
  }
}

extension Primitives {
  public static let iota = PrimitiveReference.define("iota") { reference in
    Rules(
      abstract: { _, params in
        let p = params.unbox(IotaParams.self)
        try DTypeCheck.unary("iota", p.dtype, .number)
        try Lax.checkShape("iota", p.shape)
        guard p.shape.indices.contains(p.dimension) else {
          throw SJError(
            .invalidArgument,
            "iota dimension must be between 0 and len(shape), got dimension=\(p.dimension) for shape=\(p.shape.tupleText)")
        }
        return ([AbstractValue(p.dtype, p.shape)], [])
      },
      jvp: .zero,
      transpose: .unsupported("iota has no operands"),
      batch: .rule { _, inputs, _, params in (try bind(reference.primitive, inputs, params), [nil]) },
      lowering: .rule { _, _, params, outputs in
        let p = params.unbox(IotaParams.self)
        return [
          Lowered(outputs[0], cost: 0) { kernel, index in
            let type = p.dtype.scalar.arithmetic
            let value = kernel.rounded(kernel.convert(index[p.dimension], to: type), to: p.dtype)
            return p.dtype.isComplex ? .pair(value, kernel.constant(0, type)) : .scalar(value)
          }
        ]
      })
  }
}

extension Lax {
  /// `jax.lax.iota`: 0, 1, …, size - 1.
  public static func iota(_ dtype: DType, _ size: Int) throws -> Value { try broadcastedIota(dtype, [size], 0) }

  /// `jax.lax.broadcasted_iota`: the position along one axis.
  public static func broadcastedIota(_ dtype: DType, _ shape: Shape, _ dimension: Int) throws -> Value {
    let dtype = Config.current.enableX64 ? dtype : dtype.narrowed
    return try bind1(Primitives.iota, [], IotaParams(dtype: dtype, shape: shape, dimension: dimension).boxed)
  }
}
