import CSJLibrary
import SJLoopIR
import SJTypes
import Synchronization

typealias InputTable = UnsafeMutablePointer<UnsafeRawPointer>

/// Two sets of memory for the carries of a loop, read and written in turn. One of them is the results'.
struct CarryMemory {
  let sizes: [Int]
  private let offsets: [Int]
  let byteCount: Int

  init(_ carries: [BufferID], in program: Program) {
    sizes = carries.map { program[$0].byteCount }
    var offsets: [Int] = []
    var bytes = 0
    for size in sizes {
      offsets.append(bytes)
      bytes += aligned(size)
    }
    self.offsets = offsets
    byteCount = bytes
  }

  func pointer(_ i: Int, in memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer { memory + offsets[i] }
}

/// Pointers from one iteration to the next.
struct CarryPointers {
  let inputs: InputTable
  let outputs: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let modes: [CarryMode]
  let memory: CarryMemory
  let scratch: UnsafeMutableRawPointer
  let results: (Int) -> UnsafeMutableRawPointer

  func start(_ initial: (Int) -> UnsafeMutableRawPointer) {
    for (i, mode) in modes.enumerated() {
      let (given, result) = (initial(i), results(i))
      switch mode {
      case .unchanged: (inputs[i], outputs[i]) = (UnsafeRawPointer(given), given)
      case .inPlace:
        if given != result { result.copyMemory(from: given, byteCount: memory.sizes[i]) }
        (inputs[i], outputs[i]) = (UnsafeRawPointer(result), result)
      case .alternating:
        (inputs[i], outputs[i]) = (UnsafeRawPointer(given), given == result ? memory.pointer(i, in: scratch) : result)
      }
    }
  }

  /// The inputs are where the outputs were; the outputs go where results or scratch memory is free.
  func advance() {
    for (i, mode) in modes.enumerated() where mode == .alternating {
      let written = outputs[i]
      inputs[i] = UnsafeRawPointer(written)
      let result = results(i)
      outputs[i] = written == result ? memory.pointer(i, in: scratch) : result
    }
  }

  /// Moves what the last iteration left to the results.
  func finish() {
    for i in modes.indices where inputs[i] != UnsafeRawPointer(results(i)) {
      results(i).copyMemory(from: inputs[i], byteCount: memory.sizes[i])
    }
  }
}

final class WhileRunner: LoopRunner {
  private let condition: Executable
  private let body: Executable
  private let conditionConstants: [Int]
  private let bodyConstants: [Int]
  private let initial: [Int]
  private let memory: CarryMemory
  private let modes: [CarryMode]

  init(_ command: WhileCommand, in program: Program) throws {
    conditionConstants = command.conditionConstants.map(\.index)
    bodyConstants = command.bodyConstants.map(\.index)
    initial = command.initial.map(\.index)
    memory = CarryMemory(command.initial, in: program)
    modes = CarryMode.modes(command.body, firstInput: bodyConstants.count, count: initial.count)
    condition = try Executable(optimized: command.condition.inside(program, "while/condition"), inPlace: [:])
    body = try Executable(
      optimized: command.body.inside(program, "while/body"),
      inPlace: command.body.sharedCarries(modes, firstInput: bodyConstants.count))
    super.init(.whileLoop(command), in: program)
  }

  override var inside: [CompilableRunner] { condition.compilable + body.compilable }

  /// The condition's value and a pointer to it, then three tables of pointers.
  private var tableBytes: Int {
    aligned(8 * (2 + conditionConstants.count + bodyConstants.count + 3 * initial.count))
  }

  override var workspaceBytes: Int {
    tableBytes + memory.byteCount + max(condition.workspaceBytes, body.workspaceBytes)
  }

  override var temporaryBytes: Int { memory.byteCount + max(condition.temporaryBytes, body.temporaryBytes) }

  override func run(_ buffers: BufferTable, workspace: UnsafeMutableRawPointer) throws {
    let flag = (workspace + 8).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    flag.initialize(to: workspace)
    let conditionInputs = (workspace + 16).assumingMemoryBound(to: UnsafeRawPointer.self)
    let bodyInputs = conditionInputs + conditionConstants.count + initial.count
    let outputs = UnsafeMutableRawPointer(bodyInputs + bodyConstants.count + initial.count)
      .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    let scratch = workspace + tableBytes
    let nested = scratch + memory.byteCount
    for (i, buffer) in conditionConstants.enumerated() { conditionInputs[i] = UnsafeRawPointer(buffers[buffer]) }
    for (i, buffer) in bodyConstants.enumerated() { bodyInputs[i] = UnsafeRawPointer(buffers[buffer]) }
    let carries = CarryPointers(
      inputs: bodyInputs + bodyConstants.count, outputs: outputs, modes: modes, memory: memory, scratch: scratch,
      results: { buffers[self.results[$0]] })
    carries.start { buffers[self.initial[$0]] }
    while true {
      if let kernel = nativeKernel(insteadOf: iterationTime) {
        try run(kernel, buffers, carries, iterations: nil)
        break
      }
      (conditionInputs + conditionConstants.count).update(from: carries.inputs, count: initial.count)
      try condition.run(inputs: conditionInputs, outputs: flag, workspace: nested)
      if workspace.load(as: UInt8.self) == 0 { break }
      try body.run(inputs: bodyInputs, outputs: outputs, workspace: nested)
      carries.advance()
    }
    carries.finish()
  }
}

final class ScanRunner: LoopRunner {
  private struct Slice {
    var buffer: Int
    var stride: Int
  }

  private let body: Executable
  private let length: Int
  private let isReversed: Bool
  private let constants: [Int]
  private let initial: [Int]
  private let xs: [Slice]
  private let ys: [Slice]
  private let memory: CarryMemory
  private let modes: [CarryMode]
  /// Whether steps may run at the same time, and take long enough for that.
  private let isDivisible: Bool

  init(_ command: ScanCommand, in program: Program) throws {
    length = command.length
    isReversed = command.reverse
    constants = command.constants.map(\.index)
    initial = command.initial.map(\.index)
    let slice = { (id: BufferID) in
      Slice(buffer: id.index, stride: program[id].byteCount / max(command.length, 1))
    }
    xs = command.xs.map(slice)
    ys = command.ys.map(slice)
    memory = CarryMemory(command.initial, in: program)
    modes = CarryMode.modes(command.body, firstInput: constants.count, count: initial.count)
    isDivisible =
      initial.isEmpty && length > 1 && !command.body.callsHost
      && roughProduct(length, command.body.interpretationTime) > Parallelism.threshold
    body = try Executable(
      optimized: command.body.inside(program, "scan/body"),
      inPlace: command.body.sharedCarries(modes, firstInput: constants.count))
    super.init(.scan(command), in: program)
  }

  override var runTime: Int { roughProduct(iterationTime, length) }
  override var inside: [CompilableRunner] { body.compilable }

  private var tableBytes: Int { aligned(8 * (constants.count + 2 * initial.count + xs.count + ys.count)) }

  override var workspaceBytes: Int { tableBytes + memory.byteCount + body.workspaceBytes }
  override var temporaryBytes: Int {
    let atOnce = isDivisible ? min(length, Int(sj_pool_threads())) : 1
    return memory.byteCount + atOnce * body.temporaryBytes
  }

  override func run(_ buffers: BufferTable, workspace: UnsafeMutableRawPointer) throws {
    // What is to come counts when it begins.
    _ = nativeKernel(insteadOf: roughProduct(length, iterationTime))
    if try runPieces(buffers) { return }
    try run(0..<length, buffers, workspace)
  }

  /// Some of the steps, after those before them or, without carries, by themselves.
  private func run(_ steps: Range<Int>, _ buffers: BufferTable, _ workspace: UnsafeMutableRawPointer) throws {
    let inputs = workspace.assumingMemoryBound(to: UnsafeRawPointer.self)
    let outputs = UnsafeMutableRawPointer(inputs + constants.count + initial.count + xs.count)
      .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    let scratch = workspace + tableBytes
    let nested = scratch + memory.byteCount
    for (i, buffer) in constants.enumerated() { inputs[i] = UnsafeRawPointer(buffers[buffer]) }
    let carries = CarryPointers(
      inputs: inputs + constants.count, outputs: outputs, modes: modes, memory: memory, scratch: scratch,
      results: { buffers[self.results[$0]] })
    carries.start { buffers[self.initial[$0]] }
    let sliceInputs = inputs + constants.count + initial.count
    let sliceOutputs = outputs + initial.count
    for step in steps {
      if let kernel = nativeKernel(insteadOf: 0) {
        try run(kernel, buffers, carries, iterations: step..<steps.upperBound)
        break
      }
      let position = isReversed ? length - 1 - step : step
      for i in xs.indices {
        sliceInputs[i] = UnsafeRawPointer(buffers[xs[i].buffer] + position &* xs[i].stride)
      }
      for i in ys.indices { sliceOutputs[i] = buffers[ys[i].buffer] + position &* ys[i].stride }
      try body.run(inputs: inputs, outputs: outputs, workspace: nested)
      carries.advance()
    }
    carries.finish()
  }

  // MARK: Several steps at once

  private struct Pieces: ~Copyable {
    let runner: Unmanaged<ScanRunner>
    let buffers: BufferTable
    let size: Int
    let error = Mutex<(any Error)?>(nil)

    func run(_ piece: Int) {
      runner._withUnsafeGuaranteedRef { runner in
        let steps = piece * size..<max(min((piece + 1) * size, runner.length), piece * size)
        if steps.isEmpty { return }
        do { try runner.runPiece(steps, buffers) } catch { self.error.withLock { $0 = $0 ?? error } }
      }
    }
  }

  /// Runs steps that are independent on several threads; false where that is not worth it.
  private func runPieces(_ buffers: BufferTable) throws -> Bool {
    let threads = Int(sj_pool_threads())
    if !isDivisible || threads == 1 { return false }
    // A few pieces for each thread even out what else the processors do.
    let count = min(length, 4 * threads)
    var pieces = Pieces(runner: .passUnretained(self), buffers: buffers, size: (length + count - 1) / count)
    withUnsafeMutablePointer(to: &pieces) {
      sj_pool_run(Int64(count), { $0!.assumingMemoryBound(to: Pieces.self).pointee.run(Int($1)) }, UnsafeMutableRawPointer($0))
    }
    if let error = pieces.error.withLock({ $0 }) { throw error }
    return true
  }

  private func runPiece(_ steps: Range<Int>, _ buffers: BufferTable) throws {
    let workspace = try Workspace.allocate(workspaceBytes)
    defer { Workspace.release(workspace, workspaceBytes) }
    try run(steps, buffers, workspace)
  }
}

final class BranchRunner: CommandRunner {
  private let branches: [Executable]
  private let index: Int
  private let inputs: [Int]
  private let results: [Int]

  init(_ command: BranchCommand, in program: Program) throws {
    branches = try command.branches.enumerated().map {
      try Executable(optimized: $0.element.inside(program, "branch_\($0.offset)"), inPlace: [:])
    }
    index = command.index.index
    inputs = command.inputs.map(\.index)
    results = command.results.map(\.index)
  }

  private var tableBytes: Int { aligned(8 * (inputs.count + results.count)) }

  override var compilable: [CompilableRunner] { branches.flatMap(\.compilable) }

  override var workspaceBytes: Int { tableBytes + (branches.map(\.workspaceBytes).max() ?? 0) }
  override var temporaryBytes: Int { branches.map(\.temporaryBytes).max() ?? 0 }

  override func run(_ buffers: BufferTable, workspace: UnsafeMutableRawPointer) throws {
    let inputTable = workspace.assumingMemoryBound(to: UnsafeRawPointer.self)
    let outputTable = UnsafeMutableRawPointer(inputTable + inputs.count)
      .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    for i in inputs.indices { inputTable[i] = UnsafeRawPointer(buffers[inputs[i]]) }
    for i in results.indices { outputTable[i] = buffers[results[i]] }
    let choice = min(max(Int(buffers[index].load(as: Int32.self)), 0), branches.count - 1)
    try branches[choice].run(inputs: inputTable, outputs: outputTable, workspace: workspace + tableBytes)
  }
}

final class HostRunner: CommandRunner {
  private let function: HostFunction
  private let inputs: [Int]
  private let results: [Int]

  init(_ command: HostCommand) {
    function = command.function
    inputs = command.inputs.map(\.index)
    results = command.results.map(\.index)
  }

  override func run(_ buffers: BufferTable, workspace: UnsafeMutableRawPointer) throws {
    try function.call(
      inputs: inputs.map { UnsafeRawPointer(buffers[$0]) }, outputs: results.map { buffers[$0] })
  }
}
