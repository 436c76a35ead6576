import SJCore
import SJTypes

/// Staging: operations become equations of a jaxpr.
public final class StagingTrace: Trace {
  let builder: JaxprBuilder

  public override init(functionName: String) {
    builder = JaxprBuilder(name: functionName)
    super.init(functionName: functionName)
  }

  public override var label: String { "jit of \(functionName)" }
  public override var tracerName: String { "JitTracer" }

  func newInput(_ aval: AbstractValue) -> Value {
    Tracer(trace: self, aval: aval, number: builder.addInput(aval))
  }

  /// The operand for a value; values from outside become constants.
  public func atom(_ value: Value) throws -> Atom {
    guard let tracer = value.asTracer else { return builder.constantAtom(value) }
    try tracer.checkLive()
    return tracer.trace === self ? .variable(tracer.number) : builder.constantAtom(value)
  }

  public override func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    if let stage = primitive.rules.stage { return try stage(inputs, params) { try self.record(primitive, $0, $1) } }
    return try record(primitive, inputs, params)
  }

  func record(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    let operands = try inputs.map(atom)
    let (outputs, effects) = try primitive.rules.abstract(inputs.map(\.aval), params)
    let ids = builder.addEquation(primitive, operands, params, outputs: outputs, effects: effects)
    return zip(ids, outputs).map { Tracer(trace: self, aval: $1, number: $0) }
  }
}

/// A staged function whose jaxpr has no constants: they became leading inputs, so
/// that they can be tracers of outer traces and are never part of compiled code.
public struct Staged {
  /// Its inputs are `hoisted` followed by the function's own.
  public let closed: ClosedJaxpr
  /// What the function closed over, to be passed first.
  public let hoisted: [Value]

  public init(closed: ClosedJaxpr, hoisted: [Value]) {
    self.closed = closed
    self.hoisted = hoisted
  }

  /// Whether the function closed over nothing that belongs to a trace.
  public var isPure: Bool { !hoisted.contains(where: \.isTracer) }
}

/// Traces `body` on abstract inputs to a jaxpr.
public func stage(
  _ name: String, _ avals: [AbstractValue], _ body: ([Value]) throws -> [Value]
) throws -> Staged {
  hoistConstants(try stageClosed(name, avals, body))
}

/// Traces `body` to a jaxpr with its constants: what `make_jaxpr` shows.
public func stageClosed(
  _ name: String, _ avals: [AbstractValue], _ body: ([Value]) throws -> [Value]
) throws -> ClosedJaxpr {
  let trace = StagingTrace(functionName: name)
  let outputs = try trace.run {
    try body(avals.map(trace.newInput)).map(trace.atom)
  }
  let closed = trace.builder.finish(outputs: outputs)
  if Config.current.checks { try closed.jaxpr.check() }
  return closed
}

/// Turns constants into leading inputs.
func hoistConstants(_ closed: ClosedJaxpr) -> Staged {
  if closed.constants.isEmpty { return Staged(closed: closed, hoisted: []) }
  var jaxpr = closed.jaxpr
  jaxpr.inputs = jaxpr.constants + jaxpr.inputs
  jaxpr.constants = []
  return Staged(closed: ClosedJaxpr(jaxpr, constants: []), hoisted: closed.constants)
}
