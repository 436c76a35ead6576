import SJLoopIR

struct RevParams: ParamValues {
  var dimensions: [Int]
  var fields: [(name: String, value: String)] { [("dimensions", dimensions.tupleText)] }
}

extension Primitives {
  public static let rev = PrimitiveReference.define("rev") { reference in
    Rules(
      abstract: { inputs, params in
        try Lax.checkAxes("rev", params.unbox(RevParams.self).dimensions, of: inputs[0])
        return ([inputs[0]], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, params in
        guard operands[0].isLinear else { return [nil] }
        return [try cotangents[0].map { .dense(try bind1(reference.primitive, [$0], params)) }]
      },
      batch: .rule { _, inputs, axes, params in
        guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        let dimensions = params.unbox(RevParams.self).dimensions.map { $0 < batch ? $0 : $0 + 1 }
        return ([try Lax.rev(inputs[0], dimensions)], [batch])
      },
      lowering: .rule { _, inputs, params, outputs in
        let dimensions = params.unbox(RevParams.self).dimensions
        return [
          Lowered(outputs[0], cost: inputs[0].cost) { kernel, index in
            var source = index
            for axis in dimensions {
              source[axis] = kernel.addIndex(kernel.mulIndex(index[axis], -1), outputs[0].shape[axis] - 1)
            }
            return try inputs[0].element(kernel, source)
          }
        ]
      })
  }
}

extension Lax {
  /// `jax.lax.rev`: the elements in reverse order along these axes.
  public static func rev(_ operand: Value, _ dimensions: [Int]) throws -> Value {
    try bind1(Primitives.rev, [operand], RevParams(dimensions: dimensions).boxed)
  }
}
