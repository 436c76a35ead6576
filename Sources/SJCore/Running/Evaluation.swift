import SJLoopIR
import SJTypes
import Synchronization

/// Runs a primitive on arrays at once.
/// - Throws: `escapedTracer` where an input is a tracer, since no trace is current.
public func evaluate(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
  for case let tracer? in inputs.map(\.asTracer) { throw escaped(tracer, primitive) }
  if let rule = primitive.rules.evaluate { return try rule(inputs, params) }
  let executable = try SinglePrimitivePrograms.executable(primitive, inputs, params)
  let outputs = try executable(inputs.map { $0.asArray! })
  return try checkingNaNs(outputs, primitive)
}

private func escaped(_ tracer: Tracer, _ primitive: Primitive) -> SJError {
  do { try tracer.checkLive() } catch let error as SJError { return error } catch {}
  return SJError(
    .escapedTracer,
    "\(primitive.name): a tracer of \(tracer.trace.label) (type \(tracer.aval)) was used outside the function being traced")
}

private func checkingNaNs(_ outputs: [Value], _ primitive: Primitive) throws -> [Value] {
  let config = Config.current
  if config.debugNaNs || config.debugInfs { try FiniteCheck.check(outputs, primitive.name, config) }
  return outputs
}

/// A compiled jaxpr with its types: arrays in, arrays out.
public final class CompiledJaxpr {
  public let inputAvals: [AbstractValue]
  public let outputAvals: [AbstractValue]
  public let program: Program
  private let executable: Executable
  /// For outputs that are inputs unchanged: which.
  private let forwarded: [Int?]

  public init(_ jaxpr: Jaxpr) throws {
    inputAvals = (jaxpr.constants + jaxpr.inputs).map { jaxpr.avals[$0] }
    outputAvals = jaxpr.outputAvals
    program = try LoweringContext.program(for: jaxpr)
    let inputs = program.inputs
    forwarded = program.outputs.map { inputs.firstIndex(of: $0) }
    executable = try Backend.current.compile(program)
  }

  /// Runs on arrays of `inputAvals`.
  public func callAsFunction(_ inputs: [ConcreteArray]) throws -> [Value] {
    var results = try outputAvals.map { try ConcreteArray(uninitialized: $0) as Value }
    try run(inputs, results)
    for i in results.indices {
      if let source = forwarded[i] { results[i] = try inputs[source].view(as: outputAvals[i]) }
    }
    return results
  }

  private func run(_ inputs: [ConcreteArray], _ results: [Value]) throws {
    try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: inputs.count + 1) { sources in
      for i in inputs.indices { sources.initializeElement(at: i, to: try inputs[i].bytes()) }
      try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: results.count + 1) { targets in
        for i in results.indices { targets.initializeElement(at: i, to: try results[i].asArray!.mutableBytes()) }
        try executable.run(inputs: sources.baseAddress!, outputs: targets.baseAddress!)
      }
    }
    withExtendedLifetime((inputs, results)) {}
  }
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
