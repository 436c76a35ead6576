import SJLoopIR

extension Primitives {
  /// A new buffer with the same contents.
  public static let copy = PrimitiveReference.define("copy") { reference in
    Rules(
      abstract: { inputs, _ in ([inputs[0]], []) },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, _ in [operands[0].isLinear ? cotangents[0].map { .dense($0) } : nil] },
      batch: .rule(Batching.unary(reference)),
      lowering: .rule { context, inputs, _, outputs in
        [
          try context.stored("copy", outputs[0]) { kernel, buffer in
            try kernel.parallel(outputs[0].shape) { index in
              kernel.store(try inputs[0].element(kernel, index), outputs[0].dtype, to: buffer, at: index)
            }
          }
        ]
      })
  }

  /// Any number of operands, unchanged; nothing is fused or moved across it.
  public static let optimizationBarrier = PrimitiveReference.define("optimization_barrier") { reference in
    Rules(
      abstract: { inputs, _ in (inputs, []) },
      jvp: .rule { primals, tangents, params in
        let answers = try bind(reference.primitive, primals, params)
        let known = tangents.indices.filter { tangents[$0] != nil }
        let passed = try bind(reference.primitive, known.compactMap { tangents[$0] }, params)
        var results = [Value?](repeating: nil, count: tangents.count)
        for (position, tangent) in zip(known, passed) { results[position] = tangent }
        return (answers, results)
      },
      transpose: .rule { cotangents, operands, params in
        zip(cotangents, operands).map { ct, operand in operand.isLinear ? ct.map { .dense($0) } : nil }
      },
      batch: .rule { _, inputs, axes, params in (try bind(reference.primitive, inputs, params), axes) },
      lowering: .rule { context, inputs, _, _ in try inputs.map { try context.inMemory($0) } })
  }
}

extension Lax {
  public static func copy(_ operand: Value) throws -> Value { try bind1(Primitives.copy, [operand]) }

  /// `jax.lax.optimization_barrier`.
  public static func optimizationBarrier(_ operands: [Value]) throws -> [Value] {
    try bind(Primitives.optimizationBarrier, operands)
  }
}
