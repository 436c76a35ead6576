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
  /// For outputs that are inputs unchanged: which.
  private let forwarded: [Int?]
  private let forwardsInputs: Bool
  /// The size of each output; nil where one is larger than memory.
  private let outputBytes: [Int]?

  public init(_ jaxpr: Jaxpr) throws {
    inputAvals = (jaxpr.constants + jaxpr.inputs).map { jaxpr.avals[$0] }
    outputAvals = jaxpr.outputAvals
    program = try Log.timed("lowering \(jaxpr.name)") { try LoweringContext.program(for: jaxpr) }
    let inputs = program.inputs
    forwarded = program.outputs.map { inputs.firstIndex(of: $0) }
    forwardsInputs = forwarded.contains { $0 != nil }
    let sizes = outputAvals.compactMap(\.checkedByteCount)
    outputBytes = sizes.count == outputAvals.count ? sizes : nil
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
    var results: [Value]
    if mayBeQueued(anyPending: inputs.contains(where: \.isPending)) {
      results = try queued(inputs)
    } else {
      results = try outputAvals.map { try ConcreteArray(uninitialized: $0) as Value }
      try run(inputs, results)
    }
    for i in results.indices {
      if let source = forwarded[i] { results[i] = try inputs[source].view(as: outputAvals[i]) }
    }
    return results
  }

  /// The same on borrowed arrays, without Swift arrays of them, where it need not be queued.
  /// - Returns: false, having done nothing, where that is not so, and where the program forwards inputs or has another number
  ///   of results.
  public func call(
    _ arguments: UnsafeBufferPointer<Unmanaged<Value>>, into results: UnsafeMutableBufferPointer<Unmanaged<Value>?>
  ) throws -> Bool {
    guard !forwardsInputs, results.count == outputAvals.count, !executable.isLong else { return false }
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

  // MARK: Later

  private func mayBeQueued(anyPending: @autoclosure () -> Bool) -> Bool {
    guard executable.isLong || anyPending(), !executable.callsHost, Config.current.asyncDispatch, let outputBytes
    else { return false }
    // Results that cannot be had at all fail at once.
    return outputBytes.allSatisfy(Backend.current.couldAllocate)
  }

  private func queued(_ inputs: [ConcreteArray]) throws -> [Value] {
    let execution = Execution(
      executable, try inputs.map { Execution.Operand(storage: try $0.liveStorage(), byteOffset: $0.byteOffset) })
    let results = zip(outputAvals, outputBytes!).map {
      ConcreteArray(aval: $0, storage: execution.result(byteCount: $1)) as Value
    }
    ExecutionStream.shared.submit(execution)
    return results
  }
}
