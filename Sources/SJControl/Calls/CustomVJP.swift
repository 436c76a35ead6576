import SJCore
import SJLax
import SJTransforms
import SJTypes

/// A function with its own reverse derivative, on flat values.
public final class CustomVJP: Hashable {
  let name: String
  /// The names of the rules, as jaxprs print them.
  let forwardName, backwardName: String
  let function: ([Value]) throws -> [Value]
  /// Inputs → (outputs, residuals).
  let forward: ([Value]) throws -> (outputs: [Value], residuals: [Value])
  /// (residuals, cotangents of the outputs) → cotangents of the inputs; nil is zero.
  let backward: (_ residuals: [Value], _ cotangents: [Value]) throws -> [Value?]

  public init(
    name: String, forwardName: String = "fwd", backwardName: String = "bwd", function: @escaping ([Value]) throws -> [Value],
    forward: @escaping ([Value]) throws -> (outputs: [Value], residuals: [Value]),
    backward: @escaping (_ residuals: [Value], _ cotangents: [Value]) throws -> [Value?]
  ) {
    self.name = name
    self.forwardName = forwardName
    self.backwardName = backwardName
    self.function = function
    self.forward = forward
    self.backward = backward
  }

  public func callAsFunction(_ inputs: [Value]) throws -> [Value] {
    try bind(Primitives.customVJPCall, inputs, CustomVJPParams(rule: self, staged: nil, hoistedCount: 0).boxed)
  }

  public static func == (a: CustomVJP, b: CustomVJP) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// The vmapped function: residuals are batched in front; cotangents of inputs that are not batched are summed.
  func batched(_ axis: BatchAxis, _ axes: [Int?]) -> CustomVJP {
    let rule = self
    return CustomVJP(
      name: name, forwardName: forwardName, backwardName: backwardName,
      function: { try batchInFront(rule.name, axis, $0, axes, rule.function) },
      forward: { inputs in
        var outputCount = 0
        let all = try batchInFront(rule.name, axis, inputs, axes) { values in
          let (outputs, residuals) = try rule.forward(values)
          outputCount = outputs.count
          return outputs + residuals
        }
        return (Array(all.prefix(outputCount)), Array(all.dropFirst(outputCount)))
      },
      backward: { residuals, cotangents in
        let inputs = residuals + cotangents
        var present: [Bool] = []
        let results = try batchInFront(rule.name, axis, inputs, inputs.map { _ in 0 }) { values in
          let given = try rule.backward(Array(values.prefix(residuals.count)), Array(values.dropFirst(residuals.count)))
          present = given.map { $0 != nil }
          return given.compactMap { $0 }
        }
        var rest = results[...]
        return try zip(present, axes).map { isPresent, axis in
          guard isPresent else { return nil }
          let value = rest.removeFirst()
          if value.dtype == .float0 { return nil }
          return try axis.map { try Lax.moveAxis(value, 0, $0) } ?? Lax.reduceSum(value, axes: [0])
        }
      })
  }
}

struct CustomVJPParams: ParamValues {
  let rule: CustomVJP
  let staged: ClosedJaxpr?
  let hoistedCount: Int

  var fields: [(name: String, value: String)] {
    [("name", rule.name), ("bwd", rule.backwardName), ("fwd", rule.forwardName), ("symbolic_zeros", "False")]
  }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { staged.map { [("call_jaxpr", $0)] } ?? [] }

  func call(_ inputs: [Value]) throws -> [Value] {
    try staged?.evaluate(inputs) ?? rule.function(inputs)
  }
}

/// Params of the recorded linear equation: its transpose is the user's backward function.
struct CustomBackwardParams: ParamValues {
  let rule: CustomVJP
  let residualCount: Int
  let outputs: [AbstractValue]
  let inputs: [AbstractValue]

  var fields: [(name: String, value: String)] { [("bwd", rule.name), ("num_res", "\(residualCount)")] }
}

extension Primitives {
  public static let customVJPCall: Primitive = Primitive(
    "custom_vjp_call",
    Rules(
      abstract: { inputs, params in
        let params = params.unbox(CustomVJPParams.self)
        guard let staged = params.staged else {
          throw SJError(.internalFault, "custom_vjp of \(params.rule.name) was not staged")
        }
        return (staged.outputAvals, staged.effects)
      },
      jvp: .rule { _, _, _ in
        throw SJError(
          .unsupported, "can't apply forward-mode differentiation (jvp) to a custom_vjp function.", raises: .typeError)
      },
      transpose: .unsupported("custom_vjp is differentiated by its rule, before transposition"),
      batch: .rule { axis, inputs, axes, params in
        let params = params.unbox(CustomVJPParams.self)
        guard params.hoistedCount == 0 else {
          return try SJTransforms.batched(params.rule.name, axis: axis, inputs, axes) { try params.call($0) }
        }
        let outputs = try params.rule.batched(axis, axes)(inputs)
        return (outputs, outputs.map { _ in 0 })
      },
      lowering: .rule { context, inputs, params, _ in
        try context.lower(params.unbox(CustomVJPParams.self).staged!.jaxpr, constants: [], inputs: inputs)
      },
      linearize: { primals, tangents, params, record in
        let params = params.unbox(CustomVJPParams.self)
        guard !tangents.prefix(params.hoistedCount).contains(where: { $0 != nil }) else {
          throw SJError(
            .escapedTracer,
            "custom_vjp of \(params.rule.name): differentiated with respect to a value that the function closed over. Pass it as an argument, or make it a residual."
          )
        }
        let own = Array(primals.dropFirst(params.hoistedCount))
        let (outputs, residuals) = try params.rule.forward(own)
        let dense = try zip(own, tangents.dropFirst(params.hoistedCount)).map { try instantiate($1, like: $0.aval) }
        let backward = CustomBackwardParams(
          rule: params.rule, residualCount: residuals.count, outputs: outputs.map(\.aval.tangent), inputs: dense.map(\.aval))
        let derivatives = try record(Primitives.customBackward, residuals + dense, backward.boxed)
        return (outputs, zip(outputs, derivatives).map { $0.dtype.isInexact ? $1 : nil })
      },
      stage: { inputs, params, record in
        let params = params.unbox(CustomVJPParams.self)
        if params.staged != nil { return try record(inputs, params.boxed) }
        let staged = try stage(params.rule.name, inputs.map(\.aval), params.rule.function)
        return try record(
          staged.hoisted + inputs,
          CustomVJPParams(rule: params.rule, staged: staged.closed, hoistedCount: staged.hoisted.count).boxed)
      },
      evaluate: { inputs, params in try params.unbox(CustomVJPParams.self).call(inputs) }))

  /// The derivative of a custom_vjp function as a linear equation: (residuals, tangents) → output tangents.
  /// It exists to be transposed; nothing computes it forward.
  public static let customBackward: Primitive = Primitive(
    "custom_lin",
    Rules(
      abstract: { _, params in (params.unbox(CustomBackwardParams.self).outputs, []) },
      jvp: .rule { _, _, _ in
        throw SJError(
          .unsupported, "can't apply forward-mode differentiation (jvp) to a custom_vjp function.", raises: .typeError)
      },
      transpose: .rule { cotangents, operands, params in
        let params = params.unbox(CustomBackwardParams.self)
        let residuals = operands.prefix(params.residualCount).map { $0.value! }
        let dense = try zip(cotangents, params.outputs).map { try instantiate($0, like: $1) }
        let results = try params.rule.backward(residuals, dense)
        return try [Cotangent?](repeating: nil, count: residuals.count)
          + check(results, params, operands.dropFirst(params.residualCount))
      },
      batch: .rule { axis, inputs, axes, params in
        let params = params.unbox(CustomBackwardParams.self)
        let tangentAxes = Array(axes.dropFirst(params.residualCount))
        let rule = params.rule.batched(axis, tangentAxes)
        let residuals = try zip(inputs, axes).prefix(params.residualCount).map { value, source in
          try Batching.broadcastBatch(value, source, size: axis.size, to: 0)
        }
        let tangents = Array(inputs.dropFirst(params.residualCount))
        let outputs = params.outputs.map { AbstractValue($0.dtype, [axis.size] + $0.shape) }
        let batched = CustomBackwardParams(
          rule: rule, residualCount: residuals.count, outputs: outputs, inputs: tangents.map(\.aval))
        let results = try bind(Primitives.customBackward, residuals + tangents, batched.boxed)
        return (results, results.map { _ in 0 })
      },
      lowering: .unsupported("can't apply forward-mode differentiation (jvp) to a custom_vjp function.")))

  private static func check(
    _ results: [Value?], _ params: CustomBackwardParams, _ operands: ArraySlice<TransposeOperand>
  ) throws -> [Cotangent?] {
    guard results.count == params.inputs.count else {
      throw SJError(
        .tree,
        "Custom VJP bwd rule of \(params.rule.name) must produce a tuple of \(params.inputs.count) cotangents, one for each argument, but got \(results.count)",
        raises: .typeError)
    }
    return try zip(results, zip(params.inputs, operands)).enumerated().map { i, pair in
      let (result, (aval, operand)) = pair
      guard let result, operand.isLinear, aval.dtype != .float0 else { return nil }
      guard result.shape == aval.shape, result.dtype == aval.dtype else {
        throw SJError(
          .shape,
          "Custom VJP bwd rule of \(params.rule.name) must produce cotangents with the shapes and dtypes of the arguments: for argument \(i) of type \(aval) it gave \(result.aval)",
          raises: .valueError)
      }
      return .dense(result)
    }
  }
}
