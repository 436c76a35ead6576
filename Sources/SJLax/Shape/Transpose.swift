import SJLoopIR

struct TransposeParams: ParamValues {
  var permutation: [Int]
  var fields: [(name: String, value: String)] { [("permutation", permutation.tupleText)] }
}

extension Primitives {
  public static let transpose = PrimitiveReference.define("transpose") { reference in
    Rules(
      abstract: { inputs, params in
        let permutation = params.unbox(TransposeParams.self).permutation
        guard permutation.sorted() == Array(inputs[0].shape.indices) else {
          throw SJError(
            .shape,
            "transpose: permutation must be a permutation of the operand's axes, got \(permutation.tupleText) for operand \(inputs[0])"
          )
        }
        return ([inputs[0].with(shape: permutation.map { inputs[0].shape[$0] })], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, params in
        guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
        return [.dense(try Lax.transpose(ct, params.unbox(TransposeParams.self).permutation.inversePermutation))]
      },
      batch: .rule { _, inputs, axes, params in
        guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        let permutation = params.unbox(TransposeParams.self).permutation
        let moved = [batch] + permutation.map { $0 < batch ? $0 : $0 + 1 }
        return ([try Lax.transpose(inputs[0], moved)], [0])
      },
      lowering: .rule { _, inputs, params, _ in
        [inputs[0].permuted(params.unbox(TransposeParams.self).permutation)]
      },
      identity: { _, params in
        let permutation = params.unbox(TransposeParams.self).permutation
        return permutation == Array(permutation.indices) ? 0 : nil
      })
  }
}

extension Lax {
  /// `jax.lax.transpose`: axis i of the result is axis `permutation[i]` of the operand.
  public static func transpose(_ operand: Value, _ permutation: [Int]) throws -> Value {
    if permutation == Array(operand.shape.indices) { return operand }
    return try bind1(Primitives.transpose, [operand], TransposeParams(permutation: permutation).boxed)
  }
}
