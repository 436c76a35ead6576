import SJLoopIR
import SJTypes

/// A compiled jaxpr with its types: arrays in, arrays out.
///
/// A call runs the program at once, or has the execution stream run it and returns arrays that are still to be made: where it
/// takes long, and where operands are still to be made, so that the caller need not wait for them.
public final class CompiledJaxpr {
  public let inputAvals: [AbstractValue]
  public let outputAvals: [AbstractValue]
  public let program: Program
  private let executable: Executable
  /// The inputs that a call may overwrite; then it deletes them.
  private let donated: [Int]
  private let places: [Execution.Place]
  private let forwardsInputs: Bool
  private let overwritesInputs: Bool
  /// The size of each output; nil where one is larger than memory.
  private let outputBytes: [Int]?

  /// - Parameter donated: positions among constants and inputs, of arrays that a call may overwrite with results. Whoever
  ///   donates them deletes them after the call.
  public init(_ jaxpr: Jaxpr, donated: [Int] = []) throws {
    inputAvals = (jaxpr.constants + jaxpr.inputs).map { jaxpr.avals[$0] }
    outputAvals = jaxpr.outputAvals
    self.donated = donated
    var program = try Log.timed("lowering \(jaxpr.name)") { try LoweringContext.program(for: jaxpr) }
    program.donated = Set(donated.map { program.inputs[$0] })
    self.program = program
    let sizes = outputAvals.compactMap(\.checkedByteCount)
    outputBytes = sizes.count == outputAvals.count ? sizes : nil
    executable = try Log.timed("preparing \(jaxpr.name)") { [program] in
      try Backend.current.compile(program)
    }
    places = zip(program.outputs, executable.overwrittenInputs).map { output, overwritten in
      if let overwritten { return .donated(overwritten) }
      return program.inputs.firstIndex(of: output).map { .operand($0) } ?? .newMemory
    }
    forwardsInputs = places.contains { if case .operand = $0 { true } else { false } }
    overwritesInputs = executable.overwrittenInputs.contains { $0 != nil }
  }

  /// Has machine code made now, if there is a compiler, rather than after a few calls. Gives whether nothing stays interpreted.
  public func prepare() -> Bool { executable.prepare() }

  /// The memory of a call.
  /// - Parameter constants: so many of the inputs, the first, are no arguments.
  public func memoryAnalysis(constants: Int) throws -> MemoryAnalysis {
    func bytes(_ ids: some Sequence<BufferID>) -> Int { ids.reduce(0) { $0 + program[$1].byteCount } }
    let used = Set(program.outputs + program.commands.flatMap(\.reads))
    let shared = zip(program.outputs, places).filter { if case .newMemory = $1 { false } else { true } }.map(\.0)
    return MemoryAnalysis(
      argumentBytes: bytes(program.inputs.dropFirst(constants).filter(used.contains)),
      outputBytes: bytes(program.outputs), aliasBytes: bytes(shared), temporaryBytes: executable.temporaryBytes,
      codeBytes: try Backend.current.codeSize(of: program))
  }

  /// Runs on arrays of `inputAvals`.
  public func callAsFunction(_ inputs: [ConcreteArray]) throws -> [Value] {
    if let outputBytes {
      let isQueued = mayBeQueued(anyPending: inputs.contains(where: \.isPending))
      if isQueued || overwritesInputs { return try execute(inputs, outputBytes, now: !isQueued) }
    }
    let results = try outputAvals.indices.map { i -> Value in
      if case .operand(let source) = places[i] { return try inputs[source].view(as: outputAvals[i]) }
      return try ConcreteArray(uninitialized: outputAvals[i])
    }
    try run(inputs, results)
    return results
  }

  /// The same on borrowed arrays, without Swift arrays of them, where it need not be queued.
  /// - Returns: false, having done nothing, where that is not so, and where the program forwards inputs or has donated ones, or
  ///   has another number of results.
  public func call(
    _ arguments: UnsafeBufferPointer<Unmanaged<Value>>, into results: UnsafeMutableBufferPointer<Unmanaged<Value>?>
  ) throws -> Bool {
    guard !forwardsInputs, donated.isEmpty, results.count == outputAvals.count, !executable.isLong else { return false }
    return try withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer.self, capacity: arguments.count + results.count + 1
    ) { pointers in
      for i in arguments.indices {
        let source = try arguments[i]._withUnsafeGuaranteedRef { try unsafeDowncast($0, to: ConcreteArray.self).bytesIfMade() }
        guard let source else { return false }
        pointers[i] = UnsafeMutableRawPointer(mutating: source)
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
          try executable.execute(inputs: $0, outputs: sources + arguments.count)
        }
      } catch {
        for i in 0..<made {
          results[i]!.release()
          results[i] = nil
        }
        throw error
      }
      return true
    }
  }

  // MARK: At once

  private func run(_ inputs: [ConcreteArray], _ results: [Value]) throws {
    try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: inputs.count + 1) { sources in
      for i in inputs.indices { sources.initializeElement(at: i, to: try inputs[i].bytes()) }
      try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: results.count + 1) { targets in
        for i in results.indices { targets.initializeElement(at: i, to: try results[i].asArray!.mutableBytes()) }
        try executable.execute(inputs: sources.baseAddress!, outputs: targets.baseAddress!)
      }
    }
    withExtendedLifetime((inputs, results)) {}
  }

  // MARK: As an execution

  private func mayBeQueued(anyPending: @autoclosure () -> Bool) -> Bool {
    guard executable.isLong || anyPending(), !executable.callsHost, Config.current.asyncDispatch, let outputBytes
    else { return false }
    // Results that cannot be had at all fail at once.
    return outputBytes.allSatisfy(Backend.current.couldAllocate)
  }

  /// Runs later, or now where donated inputs are overwritten. They are deleted first, so that the execution alone has them.
  private func execute(_ inputs: [ConcreteArray], _ outputBytes: [Int], now: Bool) throws -> [Value] {
    let execution = Execution(
      executable, try inputs.map { Execution.Operand(storage: try $0.liveStorage(), byteOffset: $0.byteOffset) })
    let results = outputAvals.indices.map { i -> Value in
      let storage = execution.result(places[i], byteCount: outputBytes[i])
      let byteOffset = if case .operand(let source) = places[i] { inputs[source].byteOffset } else { 0 }
      return ConcreteArray(aval: outputAvals[i], storage: storage, byteOffset: byteOffset)
    }
    if now { try execution.allocateResults() }
    for i in donated { inputs[i].delete() }
    if now { try execution.runNow() } else { ExecutionStream.shared.submit(execution) }
    return results
  }
}
