import SJCore
import SJLax
import SJTypes

/// Differentiation: tracers carry a primal and a tangent.
class DerivativeTrace: Trace {
  final override var keepsValues: Bool { true }

  final func tracer(_ primal: Value, _ tangent: Value?) -> Value {
    guard let tangent else { return primal }
    return Tracer(trace: self, aval: primal.aval, first: primal, second: tangent)
  }

  /// The parts of a value; the tangent is nil where symbolically zero.
  final func parts(_ value: Value) throws -> (primal: Value, tangent: Value?) {
    guard let tracer = value.asTracer, tracer.trace === self else { return (value, nil) }
    try tracer.checkLive()
    return (tracer.first!, tracer.second)
  }
}

/// Forward mode: every operation computes both.
final class JVPTrace: DerivativeTrace {
  override var label: String { "jvp of \(functionName)" }
  override var tracerName: String { "JVPTracer" }
  override func contents(of tracer: Tracer, _ text: (Value) -> String) -> String {
    "primal=\(text(tracer.first!)), tangent=\(text(tracer.second!))"
  }

  override func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    let parts = try inputs.map(self.parts)
    let primals = parts.map(\.primal)
    let tangents = parts.map(\.tangent)
    return try Trace.with(parent) {
      if tangents.allSatisfy({ $0 == nil }) { return try bind(primitive, primals, params) }
      let (outputs, derivatives) = try differentiate(primitive, primals, tangents, params)
      return zip(outputs, derivatives).map(tracer)
    }
  }
}

/// The JVP rule of a primitive under the current trace.
func differentiate(
  _ primitive: Primitive, _ primals: [Value], _ tangents: [Value?], _ params: Params
) throws -> (primals: [Value], tangents: [Value?]) {
  switch primitive.rules.jvp {
  case .rule(let rule): return try rule(primals, tangents, params)
  case .zero:
    let outputs = try bind(primitive, primals, params)
    return (outputs, outputs.map { _ in nil })
  case .unsupported(let reason):
    throw SJError(.unsupported, "Differentiation rule for '\(primitive.name)' not available: \(reason)")
  }
}

/// The flat forward-mode derivative: outputs and their tangents (nil: zero).
/// - Parameter tangents: one per primal, nil where zero.
public func jvp(
  _ name: String, _ primals: [Value], _ tangents: [Value?], _ body: ([Value]) throws -> [Value]
) throws -> (outputs: [Value], tangents: [Value?]) {
  let trace = JVPTrace(functionName: name)
  let results = try trace.run {
    try body(zip(primals, tangents).map(trace.tracer)).map { try trace.parts($0) }
  }
  return (results.map(\.primal), results.map(\.tangent))
}

/// A tangent or cotangent as an array: zeros where symbolically zero.
public func instantiate(_ tangent: Value?, like aval: AbstractValue) throws -> Value {
  try tangent ?? Lax.zeros(aval.shape, aval.tangent.dtype)
}
