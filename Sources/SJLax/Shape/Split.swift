import SJLoopIR

struct SplitParams: ParamValues {
  var sizes: [Int]
  var axis: Int
  var fields: [(name: String, value: String)] { [("axis", "\(axis)"), ("sizes", sizes.tupleText)] }

  /// Where each part begins.
  var offsets: [Int] {
    var next = 0
    return sizes.map { size in
      defer { next += size }
      return next
    }
  }
}

extension Primitives {
  public static let split = PrimitiveReference.define("split") { reference in
    Rules(
      abstract: { inputs, params in
        let p = params.unbox(SplitParams.self)
        try checkSplit(inputs[0], p)
        let outputs = p.sizes.map { size in
          var shape = inputs[0].shape
          shape[p.axis] = size
          return inputs[0].with(shape: shape)
        }
        return (outputs, [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, params in
        guard operands[0].isLinear, let some = cotangents.compactMap({ $0 }).first else { return [nil] }
        let p = params.unbox(SplitParams.self)
        let parts = try zip(cotangents, p.sizes).map { ct, size in
          if let ct { return ct }
          var shape = some.shape
          shape[p.axis] = size
          return try Lax.zeros(shape, some.dtype)
        }
        return [.dense(try Lax.concatenate(parts, dimension: p.axis))]
      },
      batch: .rule { _, inputs, axes, params in
        guard let batch = axes[0] else {
          let outputs = try bind(reference.primitive, inputs, params)
          return (outputs, outputs.map { _ in nil })
        }
        var p = params.unbox(SplitParams.self)
        p.axis += batch <= p.axis ? 1 : 0
        let outputs = try bind(reference.primitive, inputs, p.boxed)
        return (outputs, outputs.map { _ in batch })
      },
      lowering: .rule { context, inputs, params, outputs in
        let p = params.unbox(SplitParams.self)
        return zip(p.offsets, outputs).map { offset, aval in
          Lowered(aval, cost: inputs[0].cost) { kernel, index in
            var source = index
            source[p.axis] = kernel.addIndex(index[p.axis], offset)
            return try inputs[0].element(kernel, source)
          }
        }
      })
  }

  private static func checkSplit(_ operand: AbstractValue, _ p: SplitParams) throws {
    guard operand.shape.indices.contains(p.axis) else {
      throw SJError(.invalidArgument, "split: axis \(p.axis) is out of bounds for operand \(operand)")
    }
    let total = p.sizes.reduce((sum: 0, overflow: false)) { partial, size in
      let (sum, overflow) = partial.sum.addingReportingOverflow(size)
      return (sum, partial.overflow || overflow)
    }
    guard p.sizes.allSatisfy({ $0 >= 0 }), !total.overflow, total.sum == operand.shape[p.axis] else {
      throw SJError(
        .shape,
        "split: sizes \(p.sizes.tupleText) must be non-negative and sum to the size of axis \(p.axis) of operand \(operand)")
    }
  }
}

extension Lax {
  /// `jax.lax.split`: parts of these sizes along `axis`.
  public static func split(_ operand: Value, sizes: [Int], axis: Int = 0) throws -> [Value] {
    let axis = try canonicalAxis("split", axis, rank: operand.rank)
    return try bind(Primitives.split, [operand], SplitParams(sizes: sizes, axis: axis).boxed)
  }
}
