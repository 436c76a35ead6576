import SJTypes
import Synchronization

/// Runs a primitive on arrays at once.
/// - Throws: `escapedTracer` where an input is a tracer, since no trace is current.
public func evaluate(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
  if params === Params.none, let result = try primitive.directly(inputs) { return [result] }
  for input in inputs where input.isTracer { throw escaped(input.asTracer!, primitive) }
  if let rule = primitive.rules.evaluate { return try rule(inputs, params) }
  let executable = try SinglePrimitivePrograms.executable(primitive, inputs, params)
  let outputs = try executable(inputs.map { $0.asArray! })
  return try checkingNaNs(outputs, primitive)
}

extension Primitive {
  fileprivate func directly(_ inputs: [Value]) throws -> Value? {
    switch inputs.count {
    case 1: try directly(inputs[0])
    case 2: try directly(inputs[0], inputs[1])
    default: nil
    }
  }
}

private func escaped(_ tracer: Tracer, _ primitive: Primitive) -> SJError {
  do { try tracer.checkLive() } catch let error as SJError { return error } catch {}
  return SJError(
    .escapedTracer,
    "\(primitive.name): a tracer of \(tracer.trace.label) (type \(tracer.aval)) was used outside the function being traced")
}

private func checkingNaNs(_ outputs: [Value], _ primitive: Primitive) throws -> [Value] {
  let config = Config.current
  if config.checksResults { try FiniteCheck.check(outputs, primitive.name, config) }
  return outputs
}

/// Programs of one equation, for primitives that run outside any jitted function.
enum SinglePrimitivePrograms {
  private struct Key: Hashable {
    let primitive: Primitive
    let params: Params
    let inputs: [AbstractValue]
  }
  private struct Cache: @unchecked Sendable { var programs: [Key: CompiledJaxpr] = [:] }
  private static let cache = Mutex(Cache())
  /// Programs kept; beyond it the cache starts anew.
  private static let limit = 4096

  static func executable(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> CompiledJaxpr {
    let key = Key(primitive: primitive, params: params, inputs: inputs.map(\.aval))
    if let known = cache.withLock({ $0.programs[key] }) { return known }
    var jaxpr = Jaxpr(name: primitive.name)
    let operands = key.inputs.map { aval -> Atom in
      let id = jaxpr.newVariable(aval)
      jaxpr.inputs.append(id)
      return .variable(id)
    }
    let (outputs, effects) = try primitive.rules.abstract(key.inputs, params)
    let results = outputs.map { jaxpr.newVariable($0) }
    jaxpr.equations = [
      Equation(primitive: primitive, params: params, inputs: operands, outputs: results, effects: effects)
    ]
    jaxpr.outputs = results.map { .variable($0) }
    let compiled = try CompiledJaxpr(jaxpr)
    cache.withLock {
      if $0.programs.count >= limit { $0.programs.removeAll() }
      $0.programs[key] = compiled
    }
    return compiled
  }

  static func clear() { cache.withLock { $0.programs.removeAll() } }
}
