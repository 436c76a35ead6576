import SJLoopIR
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

/// A compiled jaxpr with its types: arrays in, arrays out.
public final class CompiledJaxpr {
  public let inputAvals: [AbstractValue]
  public let outputAvals: [AbstractValue]
  public let program: Program
  private let executable: Executable
  /// For outputs that are inputs unchanged: which.
  private let forwarded: [Int?]
  private let forwardsInputs: Bool

  public init(_ jaxpr: Jaxpr) throws {
    inputAvals = (jaxpr.constants + jaxpr.inputs).map { jaxpr.avals[$0] }
    outputAvals = jaxpr.outputAvals
    program = try Log.timed("lowering \(jaxpr.name)") { try LoweringContext.program(for: jaxpr) }
    let inputs = program.inputs
    forwarded = program.outputs.map { inputs.firstIndex(of: $0) }
    forwardsInputs = forwarded.contains { $0 != nil }
    executable = try Log.timed("preparing \(jaxpr.name) for the interpreter") { [program] in
      try Backend.current.compile(program)
    }
  }

  /// The memory of a call.
  /// - Parameter constants: so many of the inputs, the first, are no arguments.
  public func memoryAnalysis(constants: Int) throws -> MemoryAnalysis {
    func bytes(_ ids: some Sequence<BufferID>) -> Int { ids.reduce(0) { $0 + program[$1].byteCount } }
    let used = Set(program.outputs + program.commands.flatMap(\.reads))
    let shared = zip(program.outputs, forwarded).filter { $1 != nil }.map(\.0)
    return MemoryAnalysis(
      argumentBytes: bytes(program.inputs.dropFirst(constants).filter(used.contains)),
      outputBytes: bytes(program.outputs), aliasBytes: bytes(shared), temporaryBytes: executable.temporaryBytes,
      codeBytes: try Backend.current.codeSize(of: program))
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

  /// The same on borrowed arrays, without Swift arrays of them.
  /// - Returns: false, having done nothing, where the program forwards inputs or has another number of results.
  public func call(
    _ arguments: UnsafeBufferPointer<Unmanaged<Value>>, into results: UnsafeMutableBufferPointer<Unmanaged<Value>?>
  ) throws -> Bool {
    guard !forwardsInputs, results.count == outputAvals.count else { return false }
    try withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer.self, capacity: arguments.count + results.count + 1
    ) { pointers in
      for i in arguments.indices {
        try arguments[i]._withUnsafeGuaranteedRef {
          pointers[i] = UnsafeMutableRawPointer(mutating: try unsafeDowncast($0, to: ConcreteArray.self).bytes())
        }
      }
      var made = 0
      do {
        for i in results.indices {
          let result = try ConcreteArray(uninitialized: outputAvals[i])
          pointers[arguments.count + i] = try result.mutableBytes()
          results[i] = Unmanaged<Value>.passRetained(result)
          made += 1
        }
        let sources = pointers.baseAddress!
        try sources.withMemoryRebound(to: UnsafeRawPointer.self, capacity: arguments.count + 1) {
          try executable.run(inputs: $0, outputs: sources + arguments.count)
        }
      } catch {
        for i in 0..<made {
          results[i]!.release()
          results[i] = nil
        }
        throw error
      }
    }
    return true
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
