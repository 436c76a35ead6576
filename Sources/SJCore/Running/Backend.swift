import Glibc
import SJLoopIR
import SJTypes
import Synchronization

/// A compiled program.
open class Executable {
  /// Whether it calls host code. Then it runs where it is called: what the host raises comes out of the call, its code runs
  /// on the caller's thread, and effects are in the order of the calls.
  public let callsHost: Bool
  /// For every output the position of the donated input whose memory it is in: a run gets the same pointer for both.
  public let overwrittenInputs: [Int?]
  private let time: Atomic<Int>
  /// Whether it is never long, so that nobody measures.
  private let isBrief: Bool

  public init(expectedTime: Int, callsHost: Bool, overwrittenInputs: [Int?]) {
    self.callsHost = callsHost
    self.overwrittenInputs = overwrittenInputs
    time = Atomic(expectedTime)
    isBrief = expectedTime < min(20_000, ExecutionStream.threshold)
  }

  /// Nanoseconds that a run takes: a guess, then what runs have taken.
  var expectedTime: Int { time.load(ordering: .relaxed) }

  /// Whether a run is worth handing over to the execution stream.
  @inline(__always) var isLong: Bool { !isBrief && expectedTime >= ExecutionStream.threshold }

  /// `run`, noting how long it takes.
  @inline(__always) func execute(
    inputs: UnsafePointer<UnsafeRawPointer>, outputs: UnsafePointer<UnsafeMutableRawPointer>
  ) throws {
    if isBrief { return try run(inputs: inputs, outputs: outputs) }
    let start = Executable.now()
    try run(inputs: inputs, outputs: outputs)
    // One run that was held up does not make a program long.
    time.store(min(Executable.now() - start, 2 * expectedTime + 1000), ordering: .relaxed)
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  /// Bytes of intermediate values during a run.
  open var temporaryBytes: Int { 0 }

  /// Has everything made now that runs would have made in time. Gives whether all of it is machine code.
  open func prepare() -> Bool { false }

  /// Runs on dense buffers; `inputs` and `outputs` are in the program's order.
  open func run(
    inputs: UnsafePointer<UnsafeRawPointer>, outputs: UnsafePointer<UnsafeMutableRawPointer>
  ) throws {
    throw SJError(.internalFault, "the executable has no code")
  }
}

public typealias UnaryKernel = @convention(c) (Int64, UnsafeMutableRawPointer?, UnsafeRawPointer?) -> Void
public typealias BinaryKernel =
  @convention(c) (
    Int64, UnsafeMutableRawPointer?, UnsafeRawPointer?, Int64, UnsafeRawPointer?, Int64
  ) -> Void

/// What a compiler makes of kernels.
public enum CodeForm {
  case intermediate, assembly
}

/// Memory and code for one kind of device.
open class Backend {
  public init() {}

  open var platformName: String { "none" }
  /// 64-byte-aligned memory, or nil where there is none left.
  open func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? { nil }
  open func release(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {}
  /// Whether so many bytes are within the limit of memory, used or not.
  open func couldAllocate(_ byteCount: Int) -> Bool { true }
  /// The executable of a program, of whose donated inputs it overwrites what it can.
  open func compile(_ program: Program) throws -> Executable {
    throw SJError(.internalFault, "no backend is installed")
  }
  /// The code that the kernels of a program are compiled to, for people to read.
  /// - Throws: `io` or `unsupported` where there is no compiler.
  open func text(of program: Program, _ form: CodeForm) throws -> String {
    throw SJError(.unsupported, "the backend \(platformName) has no code to show")
  }
  /// Which compiler makes machine code of programs; asking loads it.
  /// - Throws: why there is none, so that everything is interpreted.
  open func compilerDescription() throws -> String {
    throw SJError(.unsupported, "the backend \(platformName) has no compiler")
  }
  /// Has the compiler loaded in the background, if there is one, and, unless somebody needs it already, compile a program that
  /// is made there, to be forgotten. To make it, nothing may run: a process that forks would wait for that for ever.
  open func preloadCompiler(rehearsing program: @escaping @Sendable () throws -> Program) {}
  /// The bytes of machine code that a program is compiled to.
  open func codeSize(of program: Program) throws -> Int { 0 }
  /// The kernel of one elementwise operation for the eager fast path, or nil.
  open func unaryKernel(_ op: UnaryOp, _ type: ScalarType) -> UnaryKernel? { nil }
  open func binaryKernel(_ op: BinaryOp, _ type: ScalarType) -> BinaryKernel? { nil }

  /// The process's backend, set once by the layer above before the first operation.
  public nonisolated(unsafe) static var current = Backend() {
    didSet { uncounted = .passUnretained(current) }
  }
  /// The same without counting references, which allocating a small array would spend a tenth of its time on.
  nonisolated(unsafe) private(set) static var uncounted = Unmanaged.passUnretained(current)
}

extension Backend {
  /// Warns once that there is no accelerator, unless SWIFTJAX_PLATFORMS=cpu says that none is wanted.
  private static let accelerators: Void = {
    if Environment.string("SWIFTJAX_PLATFORMS") == "cpu" { return }
    Log.write(.warning, "No GPU/TPU found, falling back to CPU. (Set SWIFTJAX_PLATFORMS=cpu to silence this warning.)")
  }()

  /// The platform that computations run on where nobody says otherwise: `jax.default_backend`.
  public static func defaultPlatform() -> String {
    _ = accelerators
    return current.platformName
  }
}

/// Whether programs can become machine code, and by which compiler or why not.
public struct CompilerAvailability: Sendable {
  public let isAvailable: Bool
  public let description: String

  /// Asks the backend, which loads its compiler.
  public static func current() -> CompilerAvailability {
    do {
      return CompilerAvailability(isAvailable: true, description: try Backend.current.compilerDescription())
    } catch {
      return CompilerAvailability(isAvailable: false, description: (error as? SJError)?.message ?? "\(error)")
    }
  }
}
