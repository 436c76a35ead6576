import SJCore
import SJLax
import SJTransforms
import SJTypes

/// `jax.checkpoint`: the same function, whose reverse-mode derivative recomputes
/// its intermediate values from the arguments instead of keeping them.
public func checkpoint(_ function: Function, preventCSE: Bool = true) -> Function {
  Function(function.name) { arguments in
    let body = try StagedBody(function, arguments.tree, arguments.avals)
    let params = CheckpointParams(jaxpr: body.staged.closed, preventCSE: preventCSE, isDifferentiated: false)
    let results = try bind(Primitives.checkpoint, body.staged.hoisted + arguments.leaves, params.boxed)
    return PyTree(results, body.outputTree)
  }
}

struct CheckpointParams: ParamValues {
  let jaxpr: ClosedJaxpr
  let preventCSE: Bool
  let isDifferentiated: Bool

  var fields: [(name: String, value: String)] {
    [
      ("differentiated", isDifferentiated ? "True" : "False"), ("policy", "None"),
      ("prevent_cse", preventCSE ? "True" : "False"),
    ]
  }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [("jaxpr", jaxpr)] }
}

/// The derivative of a checkpointed call as a linear equation of (primals, nonzero tangents).
struct CheckpointLinearParams: ParamValues {
  let jaxpr: ClosedJaxpr
  let nonzero: [Bool]
  let outputNonzero: [Bool]

  var fields: [(name: String, value: String)] { [("differentiated", "True"), ("policy", "None")] }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [("jaxpr", jaxpr)] }

  /// The linearised call as a jaxpr of (primals, tangents): recomputes, then applies the linear part.
  func forward() throws -> ClosedJaxpr {
    try jaxpr.derived.result("remat forward", nonzero.map { $0 ? 1 : 0 }) {
      let split = try jaxpr.linearized(nonzero: nonzero, instantiate: outputNonzero)
      let tangents = jaxpr.inputAvals.filter(by: nonzero).map(\.tangent)
      return try rearranged(jaxpr.name, jaxpr.inputAvals + tangents) { values in
        let known = try split.known.closed.evaluate(split.known.hoisted + values.prefix(jaxpr.inputAvals.count))
        return try split.linear.evaluate(
          Array(known.suffix(split.residualCount)) + values.dropFirst(jaxpr.inputAvals.count))
      }
    }
  }
}

extension Primitives {
  public static let checkpoint: Primitive = Primitive(
    "remat2",
    Rules(
      abstract: { _, params in
        let jaxpr = params.unbox(CheckpointParams.self).jaxpr
        return (jaxpr.outputAvals, jaxpr.effects)
      },
      jvp: .rule { primals, tangents, params in
        let params = params.unbox(CheckpointParams.self)
        let derived = try params.jaxpr.jvp(nonzero: tangents.map { $0 != nil })
        let inner = CheckpointParams(
          jaxpr: derived.staged.closed, preventCSE: params.preventCSE, isDifferentiated: params.isDifferentiated)
        let results = try bind(
          Primitives.checkpoint, derived.staged.hoisted + primals + tangents.compactMap { $0 }, inner.boxed)
        return splitTangents(results, derived.outputNonzero)
      },
      transpose: .rule { cotangents, operands, params in
        // Linear in some operands: nothing of it is worth recomputing.
        let jaxpr = params.unbox(CheckpointParams.self).jaxpr
        let derived = try jaxpr.transposed(linear: operands.map(\.isLinear), nonzero: cotangents.map { $0 != nil })
        let known = operands.filter { !$0.isLinear }.map { $0.value! }
        let results = try bindJit(jaxpr.name, derived.staged, known + cotangents.compactMap { $0 })
        return spread(results, over: operands, derived.inputNonzero)
      },
      batch: .rule { axis, inputs, axes, params in
        let params = params.unbox(CheckpointParams.self)
        let derived = try params.jaxpr.batched(axis: axis, axes: axes)
        let inner = CheckpointParams(
          jaxpr: derived.staged.closed, preventCSE: params.preventCSE, isDifferentiated: params.isDifferentiated)
        return (try bind(Primitives.checkpoint, derived.staged.hoisted + inputs, inner.boxed), derived.outputAxes)
      },
      lowering: .rule { context, inputs, params, _ in
        try context.lower(params.unbox(CheckpointParams.self).jaxpr.jaxpr, constants: [], inputs: inputs)
      },
      linearize: { primals, tangents, params, record in
        let jaxpr = params.unbox(CheckpointParams.self).jaxpr
        let outputs = try bind(Primitives.checkpoint, primals, params)
        let nonzero = tangents.map { $0 != nil }
        let outputNonzero = try jaxpr.linearized(nonzero: nonzero).outputNonzero
        guard outputNonzero.contains(true) else { return (outputs, outputs.map { _ in nil }) }
        let linear = CheckpointLinearParams(jaxpr: jaxpr, nonzero: nonzero, outputNonzero: outputNonzero)
        let derivatives = try record(
          Primitives.checkpointLinear, primals + tangents.compactMap { $0 }, linear.boxed)
        return splitTangents(outputs + derivatives, outputNonzero)
      },
      evaluate: { inputs, params in
        try params.unbox(CheckpointParams.self).jaxpr.compiled()(inputs.map { $0.asArray! })
      }))

  /// The recorded derivative of a checkpointed call; what it needs beyond the primals is recomputed.
  public static let checkpointLinear: Primitive = Primitive(
    "checkpoint_linear",
    Rules(
      abstract: { _, params in
        let params = params.unbox(CheckpointLinearParams.self)
        return (params.jaxpr.outputAvals.filter(by: params.outputNonzero).map(\.tangent), [])
      },
      jvp: .rule { primals, tangents, params in
        try differentiateCall(params.unbox(CheckpointLinearParams.self).forward(), primals, tangents)
      },
      transpose: .rule { cotangents, operands, params in
        let params = params.unbox(CheckpointLinearParams.self)
        let jaxpr = try params.forward()
        let derived = try jaxpr.transposed(linear: operands.map(\.isLinear), nonzero: cotangents.map { $0 != nil })
        let known = operands.filter { !$0.isLinear }.map { $0.value! }
        let results = try bindJit(jaxpr.name, derived.staged, known + cotangents.compactMap { $0 })
        return spread(results, over: operands, derived.inputNonzero)
      },
      batch: .rule { axis, inputs, axes, params in
        let jaxpr = try params.unbox(CheckpointLinearParams.self).forward()
        let derived = try jaxpr.batched(axis: axis, axes: axes)
        return (try bindJit(jaxpr.name, derived.staged, inputs), derived.outputAxes)
      },
      lowering: .rule { context, inputs, params, _ in
        let jaxpr = try params.unbox(CheckpointLinearParams.self).forward()
        return try context.lower(jaxpr.jaxpr, constants: [], inputs: inputs)
      }))

  /// The JVP of a call of one jaxpr.
  private static func differentiateCall(
    _ jaxpr: ClosedJaxpr, _ primals: [Value], _ tangents: [Value?]
  ) throws -> (primals: [Value], tangents: [Value?]) {
    let derived = try jaxpr.jvp(nonzero: tangents.map { $0 != nil })
    let results = try bindJit(jaxpr.name, derived.staged, primals + tangents.compactMap { $0 })
    return splitTangents(results, derived.outputNonzero)
  }
}
