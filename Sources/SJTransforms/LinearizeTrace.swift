import SJCore
import SJLax
import SJTypes

/// The linear part of a computation as it is being recorded: operations on
/// tangents become equations, everything else runs under the parent trace.
final class TapeTrace: Trace {
  let builder: JaxprBuilder

  override init(functionName: String) {
    builder = JaxprBuilder(name: functionName)
    super.init(functionName: functionName)
  }

  override var label: String { "linearize of \(functionName)" }
  override var tracerName: String { "LinearTracer" }

  func newInput(_ aval: AbstractValue) -> Value {
    Tracer(trace: self, aval: aval, number: builder.addInput(aval))
  }

  func owns(_ value: Value) -> Bool { value.asTracer.map { $0.trace === self } ?? false }

  func atom(_ value: Value) -> Atom {
    owns(value) ? .variable(value.asTracer!.number) : builder.constantAtom(value)
  }

  override func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    guard inputs.contains(where: owns) else {
      return try Trace.with(parent) { try bind(primitive, inputs, params) }
    }
    return try record(primitive, inputs, params)
  }

  func record(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    let (outputs, effects) = try primitive.rules.abstract(inputs.map(\.aval), params)
    let ids = builder.addEquation(primitive, inputs.map(atom), params, outputs: outputs, effects: effects)
    return zip(ids, outputs).map { Tracer(trace: self, aval: $1, number: $0) }
  }
}

/// Linearisation: primals are computed under the parent trace while the tangent
/// computation is recorded on a tape (JAX's direct linearize: JVP rules whose
/// tangents are tape variables).
final class LinearizeTrace: DerivativeTrace {
  let tape: TapeTrace

  override init(functionName: String) {
    tape = TapeTrace(functionName: functionName)
    super.init(functionName: functionName)
  }

  override var label: String { "grad of \(functionName)" }
  override var tracerName: String { "GradTracer" }
  override func contents(of tracer: Tracer, _ text: (Value) -> String) -> String {
    "primal=\(text(tracer.first!)), typeof(tangent)=\(tracer.second!.aval.shortText)"
  }

  override func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    var primals: [Value] = []
    var tangents: [Value?] = []
    var isConstant = true
    primals.reserveCapacity(inputs.count)
    tangents.reserveCapacity(inputs.count)
    for input in inputs {
      let (primal, tangent) = try parts(input)
      primals.append(primal)
      tangents.append(tangent)
      if tangent != nil { isConstant = false }
    }
    if isConstant {
      return try Trace.with(parent) { try bind(primitive, primals, params) }
    }
    return try Trace.with(tape) {
      if let rule = primitive.rules.linearize {
        let (outputs, derivatives) = try rule(primals, tangents, params, record)
        return zip(outputs, derivatives).map(tracer)
      }
      let (outputs, derivatives) = try differentiate(primitive, primals, tangents, params)
      return zip(outputs, derivatives).map(tracer)
    }
  }

  private func record(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    try tape.record(primitive, inputs, params)
  }
}

/// A linear map from tangents of inputs to tangents of outputs.
public struct LinearMap {
  /// Inputs are the tangents of the differentiated inputs; constants are the residuals.
  public let tape: ClosedJaxpr
  /// For each output of the function its position among the tape's outputs, nil where its tangent is zero.
  public let outputPositions: [Int?]
  public let inputAvals: [AbstractValue]
  public let outputAvals: [AbstractValue]

  /// Pushes tangents forward.
  public func forward(_ tangents: [Value]) throws -> [Value] {
    let results = try tape.evaluate(tangents)
    return try zip(outputPositions, outputAvals).map { try instantiate($0.map { results[$0] }, like: $1) }
  }

  /// Pulls cotangents back; nil is zero, in and out.
  public func backward(_ cotangents: [Value?]) throws -> [Value?] {
    var seeds = [Value?](repeating: nil, count: tape.jaxpr.outputs.count)
    for (position, cotangent) in zip(outputPositions, cotangents) { if let position { seeds[position] = cotangent } }
    return try transpose(
      tape.jaxpr, constants: tape.constants, inputs: inputAvals.map { _ in nil }, cotangents: seeds)
  }
}

/// Runs `body` on primals and records its derivative with respect to the inputs marked in `differentiated`.
public func linearize(
  _ name: String, _ primals: [Value], differentiated: [Bool], _ body: ([Value]) throws -> [Value]
) throws -> (outputs: [Value], map: LinearMap) {
  let trace = LinearizeTrace(functionName: name)
  defer { trace.tape.end() }
  return try trace.run {
    let inputs = zip(primals, differentiated).map { primal, wanted in
      guard wanted else { return primal }
      let tangent = trace.tape.newInput(primal.aval.tangent)
      // What has no tangents is a constant to the rules of primitives.
      return trace.tracer(primal, primal.dtype.isInexact ? tangent : nil)
    }
    let results = try body(inputs).map(trace.parts)
    var atoms: [Atom] = []
    let positions = results.map { result -> Int? in
      guard let tangent = result.tangent else { return nil }
      atoms.append(trace.tape.atom(tangent))
      return atoms.count - 1
    }
    let map = LinearMap(
      tape: trace.tape.builder.finish(outputs: atoms), outputPositions: positions,
      inputAvals: zip(primals, differentiated).filter(\.1).map { $0.0.aval.tangent },
      outputAvals: results.map { $0.primal.aval })
    return (results.map(\.primal), map)
  }
}
