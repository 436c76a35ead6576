import SJLoopIR
import SJTypes

/// A compiled program.
open class Executable {
  public init() {}

  /// Bytes of intermediate values during a run.
  open var temporaryBytes: Int { 0 }

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
  open func compile(_ program: Program) throws -> Executable {
    throw SJError(.internalFault, "no backend is installed")
  }
  /// The code that the kernels of a program are compiled to, for people to read.
  /// - Throws: `unsupported` where there is no compiler.
  open func text(of program: Program, _ form: CodeForm) throws -> String {
    throw SJError(.unsupported, "the backend \(platformName) has no code to show")
  }
  /// The bytes of machine code that a program is compiled to.
  open func codeSize(of program: Program) throws -> Int { 0 }
  /// The kernel of one elementwise operation for the eager fast path, or nil.
  open func unaryKernel(_ op: UnaryOp, _ type: ScalarType) -> UnaryKernel? { nil }
  open func binaryKernel(_ op: BinaryOp, _ type: ScalarType) -> BinaryKernel? { nil }

  /// The process's backend, set once by the layer above before the first operation.
  public nonisolated(unsafe) static var current = Backend()
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
