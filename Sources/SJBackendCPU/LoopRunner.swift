import SJCompilerLLVM
import SJLoopIR
import SJTypes

/// A loop that the interpreter drives until there is machine code for all of it, if it is
/// of a kind that may have: of small kernels, calls of the library, and loops and branches of these.
class LoopRunner: CompilableRunner {
  /// What the interpreter takes for an iteration, roughly, in nanoseconds.
  let iterationTime: Int
  private let constants: [Int]
  let results: [Int]
  private let xs: [Int]
  private let ys: [Int]
  private let carryMemory: CarryMemory
  private let libraryCalls: [LibraryRunner]

  init(_ loop: NativeLoop, in program: Program) {
    constants = loop.constants.map(\.index)
    results = loop.results.map(\.index)
    xs = loop.xs.map(\.index)
    ys = loop.ys.map(\.index)
    carryMemory = CarryMemory(loop.results, in: program)
    let cost = loop.iterationCost
    libraryCalls = cost == nil ? [] : loop.libraryCalls.map { LibraryRunner($0.call, in: $0.program) }
    iterationTime = cost?.time ?? 0
    super.init(loop.source(in: program), kernelCount: cost?.kernels ?? 0)
  }

  override var compilable: [CompilableRunner] { source == nil ? inside : [self] }

  /// Does all iterations to come, or some of a scan, on machine code.
  func run(
    _ kernel: Unmanaged<NativeKernel>, _ buffers: BufferTable, _ carries: CarryPointers, iterations: Range<Int>?
  ) throws {
    let bytes = kernel._withUnsafeGuaranteedRef { $0.workspaceBytes }
    let memory = try Workspace.allocate(bytes)
    defer { Workspace.release(memory, bytes) }
    let count = 3 + constants.count + 3 * results.count + xs.count + ys.count
    var calls = CallState(runners: libraryCalls)
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: count) { table in
      table[0] = memory
      table[1] = unsafeBitCast(Self.callLibrary, to: UnsafeMutableRawPointer.self)
      var next = 3
      func add(_ pointer: UnsafeMutableRawPointer) {
        table[next] = pointer
        next += 1
      }
      for buffer in constants { add(buffers[buffer]) }
      let firstCarry = next
      for i in results.indices { add(UnsafeMutableRawPointer(mutating: carries.inputs[i])) }
      for buffer in results { add(buffers[buffer]) }
      for i in results.indices { add(carryMemory.pointer(i, in: carries.scratch)) }
      for buffer in xs + ys { add(buffers[buffer]) }
      withUnsafeMutablePointer(to: &calls) { calls in
        table[2] = UnsafeMutableRawPointer(calls)
        kernel._withUnsafeGuaranteedRef { kernel in
          noting(kernel) { kernel(table.baseAddress!, iterations: iterations) }
        }
      }
      for i in results.indices { carries.inputs[i] = UnsafeRawPointer(table[firstCarry + i]!) }
    }
    if let error = calls.error { throw error }
  }

  // MARK: Calls of the library from machine code

  private struct CallState {
    let runners: [LibraryRunner]
    /// Why the function ended early.
    var error: (any Error)?
  }

  private static let callLibrary: NativeLoop.LibraryFunction = { context, number, pointers in
    let state = context.assumingMemoryBound(to: CallState.self)
    do {
      // It needs no workspace.
      try state.pointee.runners[number].run(pointers, workspace: context)
      return true
    } catch {
      state.pointee.error = error
      return false
    }
  }
}

/// What running something once takes on the interpreter, roughly.
private struct Cost {
  var time = 0
  var kernels = 0

  static func + (a: Cost, b: Cost) -> Cost { Cost(time: a.time + b.time, kernels: a.kernels + b.kernels) }

  func repeated(_ count: Int) -> Cost { Cost(time: roughProduct(time, count), kernels: kernels) }
}

extension NativeLoop {
  /// The most kernels in one function.
  private static let kernelLimit = 64

  /// What the compiler gets, if the loop becomes one function.
  func source(in program: Program) -> NativeCompiler.Source? {
    iterationCost.map { _ in NativeCompiler.Source(self, in: program) }
  }

  /// The cost of an iteration; nil for a loop that does not become one function.
  fileprivate var iterationCost: Cost? {
    let cost: Cost? =
      switch self {
      case .scan(let scan): scan.body.cost
      case .whileLoop(let loop): loop.cost
      }
    return cost.flatMap { $0.kernels <= NativeLoop.kernelLimit ? $0 : nil }
  }
}

extension WhileCommand {
  fileprivate var cost: Cost? {
    guard let condition = condition.cost, let body = body.cost else { return nil }
    return condition + body
  }
}

extension Program {
  fileprivate var cost: Cost? {
    commands.reduce(Cost()) { sum, command in
      guard let sum, let cost = command.cost(in: self) else { return nil }
      return sum + cost
    }
  }
}

extension Command {
  /// Nil for what is not worth or capable of being a part of a larger function.
  fileprivate func cost(in program: Program) -> Cost? {
    switch self {
    case .kernel(let kernel):
      let time = kernel.interpretationTime
      // Larger ones are better divided over threads.
      return time > Parallelism.threshold ? nil : Cost(time: time, kernels: 1)
    case .library(let call):
      return Cost(time: call.time, kernels: call.isSmallProduct(in: program) ? 1 : 0)
    case .scan(let scan):
      return scan.body.cost?.repeated(scan.length)
    case .whileLoop(let loop): return loop.cost
    case .branch(let branch):
      return branch.branches.reduce(Cost(time: 100)) { sum, program in
        guard let sum, let cost = program.cost else { return nil }
        return Cost(time: max(sum.time, cost.time), kernels: sum.kernels + cost.kernels)
      }
    case .host: return nil
    }
  }
}
