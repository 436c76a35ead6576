import CSJKernels
import SJCompilerLLVM
import SJLoopIR
import SJTypes

/// A program made ready to run: buffers placed, nested programs prepared likewise. Kernels are translated for the interpreter when
/// they are interpreted, and for the processor when that pays. Several threads may run one executable at once.
public final class Executable {
  /// Bytes of memory that a run needs besides inputs and outputs. Interpreting a kernel takes some more.
  public let workspaceBytes: Int
  /// Of those, the bytes of intermediate buffers, and of carries of loops.
  public let temporaryBytes: Int
  /// For every output the position of the donated input whose memory it is in: a run gets the same pointer for both.
  public let overwrittenInputs: [Int?]
  let plan: BufferPlan
  /// For every output that is an input (or repeats an output) where its bytes come from.
  let outputCopies: [OutputCopy]
  private let steps: UnsafeMutableBufferPointer<Unmanaged<CommandRunner>>
  /// For a program that is one kernel on inputs and outputs alone: a shorter way.
  private let singleKernel: SingleKernel?
  /// What may become machine code, together.
  let compilable: [CompilableRunner]

  /// Translates a program, which the verifier must accept.
  ///
  /// Of its donated inputs it overwrites what it can: see `overwrittenInputs`.
  public convenience init(_ program: Program) throws {
    try self.init(interpreting: program)
    NativeTier.adopt(compilable)
  }

  /// The same on the interpreter alone, until `compile` is called.
  public convenience init(interpreting program: Program) throws {
    try self.init(optimized: program.optimizingLoops().updatingDonated(), inPlace: [:])
  }

  /// What may become machine code.
  public var sources: [NativeCompiler.Source] { compilable.compactMap(\.source) }

  /// Compiles what may become machine code. Gives the errors of what stays interpreted.
  public func compile(with compiler: NativeCompiler) -> [SJError] {
    SJBackendCPU.compile(compilable, with: compiler).map(\.error)
  }

  /// The same for the body of a loop, which decides what is compiled. It has been optimized with the program around it: what is in
  /// place was decided for its commands in this very order.
  /// - Parameter inPlace: for each input that an output shares its memory with, that output.
  init(optimized program: Program, inPlace: [Int: Int]) throws {
    overwrittenInputs = program.overwrittenInputs
    let placement = Placement(program, inPlace: inPlace)
    plan = BufferPlan(program, placement)
    outputCopies = plan.outputCopies
    let runners = try program.commands.enumerated().filter { placement.needlessCopies[$0.offset] == nil }
      .map { try CommandRunner.make($0.element, in: program) }
    compilable = runners.flatMap(\.compilable)
    steps = copied(runners.map { Unmanaged.passRetained($0) })
    temporaryBytes = plan.temporaryBytes + (runners.map(\.temporaryBytes).max() ?? 0)
    singleKernel =
      program.commands.count == 1 && runners.count == 1 && plan.outputCopies.isEmpty ? SingleKernel(runners[0], program) : nil
    workspaceBytes = plan.workspaceOffset + (runners.map(\.workspaceBytes).max() ?? 0)
  }

  deinit {
    for step in steps { step.release() }
    steps.deallocate()
    singleKernel?.deallocate()
  }

  public func run(inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer]) throws {
    try inputs.withUnsafeBufferPointer { inputs in
      try outputs.withUnsafeBufferPointer { outputs in
        try run(inputs: inputs.baseAddress, outputs: outputs.baseAddress)
      }
    }
  }

  /// The same without Swift arrays: as many pointers as the program has inputs and outputs.
  public func run(
    inputs: UnsafePointer<UnsafeRawPointer>?, outputs: UnsafePointer<UnsafeMutableRawPointer>?
  ) throws {
    if let singleKernel { return try singleKernel.run(inputs, outputs) }
    try Workspace.with(workspaceBytes) { try run(inputs: inputs, outputs: outputs, workspace: $0) }
  }

  /// Runs in memory of the caller, `workspaceBytes` of it, best at a 64-byte boundary.
  func run(
    inputs: UnsafePointer<UnsafeRawPointer>?, outputs: UnsafePointer<UnsafeMutableRawPointer>?,
    workspace: UnsafeMutableRawPointer
  ) throws {
    if let singleKernel { return try singleKernel.run(inputs, outputs) }
    let buffers = workspace.assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    plan.bind(buffers, inputs: inputs, outputs: outputs, workspace: workspace)
    let rest = workspace + plan.workspaceOffset
    for step in steps { try step._withUnsafeGuaranteedRef { try $0.run(buffers, workspace: rest) } }
    for copy in outputCopies {
      let target = outputs![copy.output]
      let source = buffers[copy.buffer]
      if target != source { target.copyMemory(from: source, byteCount: copy.byteCount) }
    }
  }
}

/// A kernel all of whose buffers are inputs and outputs of the program.
private struct SingleKernel {
  let runner: Unmanaged<KernelRunner>
  /// For every buffer of the kernel the position among the inputs, or the complement of that among the outputs.
  let sources: UnsafeMutableBufferPointer<Int>

  init?(_ runner: CommandRunner, _ program: Program) {
    guard let runner = runner as? KernelRunner else { return nil }
    let places = runner.kernel.buffers.map { buffer in
      program.inputs.firstIndex(of: buffer) ?? program.outputs.firstIndex(of: buffer).map { ~$0 }
    }
    if places.contains(nil) { return nil }
    // The command lives as long as the executable.
    self.runner = Unmanaged.passUnretained(runner)
    sources = copied(places.map { $0! })
  }

  func deallocate() { sources.deallocate() }

  @inline(__always)
  func run(_ inputs: UnsafePointer<UnsafeRawPointer>?, _ outputs: UnsafePointer<UnsafeMutableRawPointer>?) throws {
    try runner._withUnsafeGuaranteedRef { runner in
      try runner.run { position in
        let source = sources[position]
        return source >= 0 ? UnsafeMutableRawPointer(mutating: inputs![source]) : outputs![~source]
      }
    }
  }
}

/// The table of buffer pointers during a run.
typealias BufferTable = UnsafeMutablePointer<UnsafeMutableRawPointer>

/// One command made ready.
class CommandRunner {
  var workspaceBytes: Int { 0 }
  /// Of those, the bytes of values.
  var temporaryBytes: Int { 0 }
  /// What of it may become machine code.
  var compilable: [CompilableRunner] { [] }
  func run(_ buffers: BufferTable, workspace: UnsafeMutableRawPointer) throws {}

  static func make(_ command: Command, in program: Program) throws -> CommandRunner {
    switch command {
    case .kernel(let kernel): try KernelRunner(kernel.checkingOperations(), in: program)
    case .library(let call): LibraryRunner(call, in: program)
    case .whileLoop(let command): try WhileRunner(command, in: program)
    case .scan(let command): try ScanRunner(command, in: program)
    case .branch(let command): try BranchRunner(command, in: program)
    case .host(let command): HostRunner(command)
    }
  }
}

extension Kernel {
  /// - Throws: `unsupported` where an operation has no meaning for its type, before anything relies on it.
  fileprivate func checkingOperations() throws -> Kernel {
    for expr in exprs {
      let (type, isKnown): (ScalarType, Bool)
      switch expr {
      case .unary(let op, let a):
        type = self.type(of: a)
        isKnown = sj_kernel_unary(Int32(op.rawValue), Int32(type.rawValue)) != nil
      case .binary(let op, let a, _):
        type = self.type(of: a)
        isKnown = sj_kernel_binary(Int32(op.rawValue), Int32(type.rawValue)) != nil
      case .ternary(let op, _, let b, _):
        type = self.type(of: b)
        isKnown = sj_kernel_ternary(Int32(op.rawValue), Int32(type.rawValue)) != nil
      default: continue
      }
      if !isKnown { throw SJError(.unsupported, "\(name): \(expr) has no meaning for elements of type \(type)") }
    }
    return self
  }
}
