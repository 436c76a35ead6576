import SJCore
import SJLax
import SJTransforms
import SJTypes

/// A function with its own forward derivative, on flat values.
public final class CustomJVP: Hashable {
  let name: String
  /// The name of the rule, as jaxprs print it.
  let ruleName: String
  let function: ([Value]) throws -> [Value]
  /// (primals, tangents) → (outputs, output tangents).
  let derivative: (_ primals: [Value], _ tangents: [Value]) throws -> (outputs: [Value], tangents: [Value])

  public init(
    name: String, ruleName: String = "jvp", function: @escaping ([Value]) throws -> [Value],
    derivative: @escaping (_ primals: [Value], _ tangents: [Value]) throws -> (outputs: [Value], tangents: [Value])
  ) {
    self.name = name
    self.ruleName = ruleName
    self.function = function
    self.derivative = derivative
  }

  public func callAsFunction(_ inputs: [Value]) throws -> [Value] {
    try bind(Primitives.customJVPCall, inputs, CustomJVPParams(rule: self, staged: nil, hoistedCount: 0).boxed)
  }

  public static func == (a: CustomJVP, b: CustomJVP) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// The vmapped function with the vmapped derivative.
  func batched(_ axis: BatchAxis, _ axes: [Int?]) -> CustomJVP {
    let rule = self
    return CustomJVP(
      name: name, ruleName: ruleName,
      function: { try batchInFront(rule.name, axis, $0, axes, rule.function) },
      derivative: { primals, tangents in
        // Tangents have their primals' axes.
        let results = try batchInFront(rule.name, axis, primals + tangents, axes + axes) { values in
          let half = values.count / 2
          let (outputs, derivatives) = try rule.derivative(Array(values.prefix(half)), Array(values.suffix(half)))
          return outputs + derivatives
        }
        let half = results.count / 2
        return (Array(results.prefix(half)), Array(results.suffix(half)))
      })
  }
}

/// A batched call whose outputs all have the batch axis in front.
func batchInFront(
  _ name: String, _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ body: ([Value]) throws -> [Value]
) throws -> [Value] {
  try vmap(name, axis: axis, inputs, axes, outputAxes: { $0.map { _ in 0 } }, body)
}

struct CustomJVPParams: ParamValues {
  let rule: CustomJVP
  /// Once staged: the function's jaxpr, whose leading inputs are what it closed over.
  let staged: ClosedJaxpr?
  let hoistedCount: Int

  var fields: [(name: String, value: String)] {
    [("name", rule.name), ("jvp", rule.ruleName), ("symbolic_zeros", "False")]
  }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { staged.map { [("call_jaxpr", $0)] } ?? [] }

  func call(_ inputs: [Value]) throws -> [Value] {
    try staged?.evaluate(inputs) ?? rule.function(inputs)
  }
}

extension Primitives {
  public static let customJVPCall: Primitive = Primitive(
    "custom_jvp_call",
    Rules(
      abstract: { inputs, params in
        let params = params.unbox(CustomJVPParams.self)
        guard let staged = params.staged else {
          throw SJError(.internalFault, "custom_jvp of \(params.rule.name) was not staged")
        }
        return (staged.outputAvals, staged.effects)
      },
      jvp: .rule { primals, tangents, params in
        let params = params.unbox(CustomJVPParams.self)
        try params.refuseHoisted(tangents)
        let own = Array(primals.dropFirst(params.hoistedCount))
        let dense = try zip(own, tangents.dropFirst(params.hoistedCount)).map { try instantiate($1, like: $0.aval) }
        let (outputs, derivatives) = try params.rule.derivative(own, dense)
        try check(outputs, derivatives, name: params.rule.name)
        return (outputs, derivatives.map { $0.dtype == .float0 ? nil : $0 })
      },
      transpose: .unsupported("custom_jvp is differentiated by its rule, before transposition"),
      batch: .rule { axis, inputs, axes, params in
        let params = params.unbox(CustomJVPParams.self)
        // What was closed over is an ordinary operand from here on.
        guard params.hoistedCount == 0 else {
          return try SJTransforms.batched(params.rule.name, axis: axis, inputs, axes) { try params.call($0) }
        }
        let outputs = try params.rule.batched(axis, axes)(inputs)
        return (outputs, outputs.map { _ in 0 })
      },
      lowering: .rule { context, inputs, params, _ in
        try context.lower(params.unbox(CustomJVPParams.self).staged!.jaxpr, constants: [], inputs: inputs)
      },
      stage: { inputs, params, record in
        let params = params.unbox(CustomJVPParams.self)
        if params.staged != nil { return try record(inputs, params.boxed) }
        let staged = try stage(params.rule.name, inputs.map(\.aval), params.rule.function)
        return try record(
          staged.hoisted + inputs,
          CustomJVPParams(rule: params.rule, staged: staged.closed, hoistedCount: staged.hoisted.count).boxed)
      },
      evaluate: { inputs, params in try params.unbox(CustomJVPParams.self).call(inputs) }))

  private static func check(_ outputs: [Value], _ tangents: [Value], name: String) throws {
    guard outputs.count == tangents.count else {
      throw SJError(
        .tree,
        "custom_jvp rule of \(name) must return as many tangents as outputs, got \(outputs.count) outputs and \(tangents.count) tangents"
      )
    }
    for (output, tangent) in zip(outputs, tangents) {
      let wanted = output.aval.tangent
      guard tangent.shape == wanted.shape, tangent.dtype == wanted.dtype else {
        throw SJError(
          .dtype,
          "Custom JVP rule of \(name) must produce primal and tangent outputs with corresponding shapes and dtypes. Expected tangent type \(wanted) for primal output \(output.aval), but got \(tangent.aval)."
        )
      }
    }
  }
}

extension CustomJVPParams {
  /// The rule knows nothing of what the function closed over.
  fileprivate func refuseHoisted(_ tangents: [Value?]) throws {
    guard tangents.prefix(hoistedCount).contains(where: { $0 != nil }) else { return }
    throw SJError(
      .escapedTracer,
      "custom_jvp of \(rule.name): differentiated with respect to a value that the function closed over. Pass it as an argument.")
  }
}
