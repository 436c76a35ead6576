import SJCore
import SJLax
import SJTransforms
import SJTypes

/// `jax.checkpoint`: the same function, whose reverse-mode derivative recomputes its intermediate values from the
/// arguments, and from those that the policy keeps.
public func checkpoint(
  _ function: Function, policy: CheckpointPolicy = .nothing, preventCSE: Bool = true
) -> Function {
  Function(function.name) { arguments in
    let body = try StagedBody(function, arguments.tree, arguments.avals)
    let params = CheckpointParams(jaxpr: body.staged.closed, policy: policy, preventCSE: preventCSE)
    let results = try bind(Primitives.checkpoint, body.staged.hoisted + arguments.leaves, params.boxed)
    return PyTree(results, body.outputTree)
  }
}

struct CheckpointParams: ParamValues {
  var jaxpr: ClosedJaxpr
  let policy: CheckpointPolicy
  let preventCSE: Bool
  /// Whether this is the derivative of a call: it computes again what was not kept.
  var isDifferentiated = false

  var fields: [(name: String, value: String)] {
    [
      ("differentiated", isDifferentiated ? "True" : "False"), ("policy", policy.text),
      ("prevent_cse", preventCSE ? "True" : "False"),
    ]
  }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [("jaxpr", jaxpr)] }

  /// The same call with another jaxpr.
  func bind(_ staged: Staged, _ inputs: [Value]) throws -> [Value] {
    var params = self
    params.jaxpr = staged.closed
    return try SJCore.bind(Primitives.checkpoint, staged.hoisted + inputs, params.boxed)
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
        let results = try params.bind(derived.staged, primals + tangents.compactMap { $0 })
        return splitTangents(results, derived.outputNonzero)
      },
      transpose: .rule { cotangents, operands, params in
        let params = params.unbox(CheckpointParams.self)
        let derived = try params.jaxpr.transposed(
          linear: operands.map(\.isLinear), nonzero: cotangents.map { $0 != nil })
        let known = operands.filter { !$0.isLinear }.map { $0.value! }
        let results = try params.bind(derived.staged, known + cotangents.compactMap { $0 })
        return spread(results, over: operands, derived.inputNonzero)
      },
      batch: .rule { axis, inputs, axes, params in
        let params = params.unbox(CheckpointParams.self)
        let derived = try params.jaxpr.batched(axis: axis, axes: axes)
        return (try params.bind(derived.staged, inputs), derived.outputAxes)
      },
      lowering: .rule { context, inputs, params, _ in
        try context.lower(params.unbox(CheckpointParams.self).jaxpr.jaxpr.optimized(), constants: [], inputs: inputs)
      },
      linearize: { primals, tangents, params, record in
        var params = params.unbox(CheckpointParams.self)
        let split = try params.jaxpr.checkpointSplit(nonzero: tangents.map { $0 != nil }, params.policy)
        let results = try params.bind(split.forward ?? Staged(closed: params.jaxpr, hoisted: []), primals)
        let outputs = Array(results.prefix(split.outputNonzero.count))
        guard split.outputNonzero.contains(true) else { return (outputs, outputs.map { _ in nil }) }
        let saved = results.dropFirst(outputs.count)
        let operands = split.backward.hoisted + primals + saved + tangents.compactMap { $0 }
        params.jaxpr = split.backward.closed
        params.isDifferentiated = true
        let derivatives = try record(Primitives.checkpoint, operands.filter(by: split.isUsed), params.boxed)
        return splitTangents(outputs + derivatives, split.outputNonzero)
      },
      evaluate: { inputs, params in
        try params.unbox(CheckpointParams.self).jaxpr.compiled()(inputs.map { $0.asArray! })
      },
      deadCode: { used, equation in
        var params = equation.params.unbox(CheckpointParams.self)
        let (smaller, usedInputs) = params.jaxpr.withoutDeadCode(usedOutputs: used, keepInputs: false)
        params.jaxpr = smaller
        return (usedInputs, params.boxed)
      }))
}

/// A checkpointed call, split where it is linearised.
private final class CheckpointSplit {
  /// From the primals to (outputs, values that the policy keeps). Nil where it keeps none: the call itself, which remembers
  /// this and is not to be held by it.
  let forward: Staged?
  /// From (primals, kept values, tangents), as far as `isUsed` marks these and what was hoisted, to the tangents of the `outputNonzero` outputs.
  let backward: Staged
  let isUsed: [Bool]
  let outputNonzero: [Bool]

  init(forward: Staged?, backward: Staged, isUsed: [Bool], outputNonzero: [Bool]) {
    self.forward = forward
    self.backward = backward
    self.isUsed = isUsed
    self.outputNonzero = outputNonzero
  }
}

extension ClosedJaxpr {
  fileprivate func checkpointSplit(nonzero: [Bool], _ policy: CheckpointPolicy) throws -> CheckpointSplit {
    try derived.result("checkpoint \(policy.text)", nonzero.map { $0 ? 1 : 0 }) {
      let split = try linearized(nonzero: nonzero)
      let known = try stage(name, inputAvals) { try split.known.closed.evaluateWithoutCalls(split.known.hoisted + $0) }
      let (recompute, saved) = known.closed.jaxpr.recomputation(of: split.residualCount, policy)
      let tangents = inputAvals.filter(by: nonzero).map(\.tangent)
      let whole = try stage(name, inputAvals + saved.map { known.closed.jaxpr.avals[$0] } + tangents) { values in
        let (primals, tangents) = (values.dropLast(tangents.count), values.suffix(tangents.count))
        let residuals = try recompute.evaluate(constants: [], inputs: known.hoisted + primals)
        return try split.linear.evaluate(residuals + tangents)
      }
      let (backward, isUsed) = whole.closed.withoutDeadCode(
        usedOutputs: whole.closed.outputAvals.map { _ in true }, keepInputs: false)
      return CheckpointSplit(
        forward: saved.isEmpty ? nil : known.keeping(saved, outputAvals.count),
        backward: Staged(closed: backward, hoisted: whole.hoisted), isUsed: isUsed, outputNonzero: split.outputNonzero)
    }
  }

  /// Applies the equations, and in place of calls of jitted functions those of the functions.
  private func evaluateWithoutCalls(_ inputs: [Value]) throws -> [Value] {
    try jaxpr.evaluate(constants: constants, inputs: inputs) { primitive, inputs, params in
      guard primitive === Primitives.jit else { return try bind(primitive, inputs, params) }
      return try params.unbox(CallParams.self).jaxpr.evaluateWithoutCalls(inputs)
    }
  }
}

extension Jaxpr {
  /// The part that gives the last `count` outputs from the inputs and the values that a policy keeps.
  /// - Returns: the jaxpr, and the variables kept that it needs: its last inputs.
  fileprivate func recomputation(of count: Int, _ policy: CheckpointPolicy) -> (jaxpr: Jaxpr, saved: [Int]) {
    var rest = self
    let kept = equations.filter(policy.saves).flatMap(\.outputs)
    rest.equations.removeAll(where: policy.saves)
    rest.outputs = outputs.suffix(count)
    rest.inputs += kept
    let (smaller, isUsed) = rest.removingDeadCode(keepInputs: false)
    let saved = zip(kept, isUsed.suffix(kept.count)).filter(\.1).map(\.0)
    var result = smaller
    result.inputs = inputs + saved
    return (result, saved)
  }
}

extension Staged {
  /// Its first `count` outputs and these of its variables.
  fileprivate func keeping(_ saved: [Int], _ count: Int) -> Staged {
    var jaxpr = closed.jaxpr
    jaxpr.outputs = jaxpr.outputs.prefix(count) + saved.map { .variable($0) }
    return Staged(closed: ClosedJaxpr(jaxpr.removingDeadCode().jaxpr, constants: []), hoisted: hoisted)
  }
}
