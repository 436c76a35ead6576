import CSJKernels
import CSJLibrary
import SJCompilerLLVM
import SJCore
import SJLoopIR
import SJTypes

/// Memory and code on the host's processor.
public final class CPUBackend: Backend {
  public override var platformName: String { "cpu" }

  public override func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    sj_memory_allocate(Int64(max(byteCount, 1)))
  }

  public override func release(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
    sj_memory_release(pointer, Int64(max(byteCount, 1)))
  }

  public override func couldAllocate(_ byteCount: Int) -> Bool { sj_memory_is_within_limit(Int64(byteCount)) }

  public override func compile(_ program: Program) throws -> SJCore.Executable {
    if Config.current.checks {
      try verify(program)
      try verify(program.optimizingLoops().updatingDonated())
    }
    return CompiledProgram(try Executable(program), program)
  }

  public override func text(of program: Program, _ form: CodeForm) throws -> String {
    let sources = try Executable(interpreting: program).sources
    return try NativeTier.shared.withCompiler { compiler in
      switch form {
      case .intermediate: try compiler.intermediateCode(sources)
      case .assembly: try compiler.assembly(sources)
      }
    }
  }

  public override func compilerDescription() throws -> String {
    if NativeTier.isForbidden { throw SJError(.unsupported, "SWIFTJAX_COMPILER=off: programs are interpreted") }
    try NativeTier.shared.withCompiler { _ in }
    let library = try CompilerLibrary.shared.get()
    return "LLVM \(library.llvmVersion), \(library.path)"
  }

  public override func preloadCompiler(rehearsing program: @escaping @Sendable () throws -> Program) {
    NativeTier.preload(rehearsing: program)
  }

  /// Without a compiler there is none.
  public override func codeSize(of program: Program) throws -> Int {
    if NativeTier.mode == .off { return 0 }
    let sources = try Executable(interpreting: program).sources
    return try NativeTier.shared.withCompiler { try $0.codeSize(sources) }
  }

  public override func unaryKernel(_ op: UnaryOp, _ type: ScalarType) -> UnaryKernel? {
    sj_kernel_unary(Int32(op.rawValue), Int32(type.rawValue))
  }

  public override func binaryKernel(_ op: BinaryOp, _ type: ScalarType) -> BinaryKernel? {
    sj_kernel_binary(Int32(op.rawValue), Int32(type.rawValue))
  }

  /// Makes this the process's backend.
  public static func install() {
    // Its handler of forks has to be registered before that of the execution stream.
    _ = ForkGate.compiler
    Backend.current = CPUBackend()
  }
}

private final class CompiledProgram: SJCore.Executable {
  private let executable: Executable

  init(_ executable: Executable, _ program: Program) {
    self.executable = executable
    super.init(
      expectedTime: program.interpretationTime, callsHost: program.callsHost, overwrittenInputs: executable.overwrittenInputs)
  }

  override var temporaryBytes: Int { executable.temporaryBytes }

  override func prepare() -> Bool { NativeTier.compile(executable.compilable) }

  override func run(
    inputs: UnsafePointer<UnsafeRawPointer>, outputs: UnsafePointer<UnsafeMutableRawPointer>
  ) throws {
    try executable.run(inputs: inputs, outputs: outputs)
  }
}
