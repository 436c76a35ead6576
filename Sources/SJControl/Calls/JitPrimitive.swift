import SJCore
import SJLax
import SJTransforms
import SJTypes

/// Params of a primitive that applies one jaxpr.
struct CallParams: ParamValues {
  let name: String
  let jaxpr: ClosedJaxpr

  var fields: [(name: String, value: String)] { [("name", name)] }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [("jaxpr", jaxpr)] }
}

extension Primitives {
  /// A call of a jitted function. Its transformations transform the jaxpr and call the result.
  public static let jit: Primitive = Primitive(
    "jit",
    Rules(
      abstract: { inputs, params in
        let call = params.unbox(CallParams.self)
        return (call.jaxpr.outputAvals, call.jaxpr.effects)
      },
      jvp: .rule { primals, tangents, params in
        let call = params.unbox(CallParams.self)
        let nonzero = tangents.map { $0 != nil }
        let derived = try call.jaxpr.jvp(nonzero: nonzero)
        let results = try bindJit(call.name, derived.staged, primals + tangents.compactMap { $0 })
        return splitTangents(results, derived.outputNonzero)
      },
      transpose: .rule { cotangents, operands, params in
        let call = params.unbox(CallParams.self)
        let derived = try call.jaxpr.transposed(
          linear: operands.map(\.isLinear), nonzero: cotangents.map { $0 != nil })
        let known = operands.filter { !$0.isLinear }.map { $0.value! }
        let results = try bindJit(call.name, derived.staged, known + cotangents.compactMap { $0 })
        return spread(results, over: operands, derived.inputNonzero)
      },
      batch: .rule { axis, inputs, axes, params in
        let call = params.unbox(CallParams.self)
        let derived = try call.jaxpr.batched(axis: axis, axes: axes)
        return (try bindJit(call.name, derived.staged, inputs), derived.outputAxes)
      },
      lowering: .rule { context, inputs, params, _ in
        let call = params.unbox(CallParams.self)
        return try context.lower(call.jaxpr.jaxpr, constants: [], inputs: inputs)
      },
      linearize: { primals, tangents, params, record in
        let call = params.unbox(CallParams.self)
        let derived = try call.jaxpr.linearized(nonzero: tangents.map { $0 != nil })
        let results = try bindJit(call.name, derived.known, primals)
        let outputs = Array(results.dropLast(derived.residualCount))
        let residuals = Array(results.suffix(derived.residualCount))
        let linear = CallParams(name: call.name, jaxpr: derived.linear)
        let derivatives =
          derived.outputNonzero.contains(true)
          ? try record(Primitives.jit, residuals + tangents.compactMap { $0 }, linear.boxed) : []
        return splitTangents(outputs + derivatives, derived.outputNonzero)
      },
      evaluate: { inputs, params in
        try params.unbox(CallParams.self).jaxpr.compiled()(inputs.map { $0.asArray! })
      },
      deadCode: { used, equation in
        let call = equation.params.unbox(CallParams.self)
        let (smaller, usedInputs) = call.jaxpr.withoutDeadCode(usedOutputs: used, keepInputs: false)
        return (usedInputs, CallParams(name: call.name, jaxpr: smaller).boxed)
      }))
}

/// Calls a staged jaxpr as a jitted function.
func bindJit(_ name: String, _ staged: Staged, _ inputs: [Value]) throws -> [Value] {
  try bind(Primitives.jit, staged.hoisted + inputs, CallParams(name: name, jaxpr: staged.closed).boxed)
}

/// `(outputs, tangents of the nonzero ones)` from one list.
func splitTangents(_ results: [Value], _ nonzero: [Bool]) -> (primals: [Value], tangents: [Value?]) {
  var rest = results.dropFirst(nonzero.count)
  return (Array(results.prefix(nonzero.count)), nonzero.map { $0 ? rest.removeFirst() : nil })
}

/// Cotangents of the linear operands, nil for known ones and zeros.
func spread(_ cotangents: [Value], over operands: [TransposeOperand], _ nonzero: [Bool]) -> [Cotangent?] {
  var values = cotangents[...]
  var flags = nonzero[...]
  return operands.map { operand in
    guard operand.isLinear, flags.removeFirst() else { return nil }
    return .dense(values.removeFirst())
  }
}

extension ClosedJaxpr {
  /// Native code or interpreter plan for this jaxpr, made once.
  /// - Parameter donated: positions among constants and inputs.
  public func compiled(donated: [Int] = []) throws -> CompiledJaxpr {
    try derived.result("compiled", donated) {
      let jaxpr = try jaxpr.optimized()
      jaxpr.warnOfUnusable(donated)
      return try CompiledJaxpr(jaxpr, donated: donated)
    }
  }

  /// The jaxpr without what only unused outputs need; remembered.
  func withoutDeadCode(usedOutputs: [Bool], keepInputs: Bool) -> (ClosedJaxpr, usedInputs: [Bool]) {
    let result = derived.result("dce", (usedOutputs + [keepInputs]).map { $0 ? 1 : 0 }) {
      let (smaller, usedInputs) = jaxpr.removingDeadCode(usedOutputs: usedOutputs, keepInputs: keepInputs)
      return PrunedJaxpr(ClosedJaxpr(smaller, constants: []), usedInputs)
    }
    return (result.closed, result.usedInputs)
  }
}

private final class PrunedJaxpr {
  let closed: ClosedJaxpr
  let usedInputs: [Bool]
  init(_ closed: ClosedJaxpr, _ usedInputs: [Bool]) {
    self.closed = closed
    self.usedInputs = usedInputs
  }
}
