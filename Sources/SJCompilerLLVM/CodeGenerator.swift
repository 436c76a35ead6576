import CSJCompiler
import SJTypes

/// LLVM's code generator for one processor at one effort. Thread-safe.
public final class CodeGenerator: @unchecked Sendable {
  public enum Effort: Int32, Sendable {
    /// Level 0, and a register to a vector: a third of the other's time to compile.
    case fast = 0
    /// Level 1, and several registers to a vector, so that one has work while another waits.
    case lean = 1
  }

  /// What code is for. Empty texts mean the host's.
  public struct Target: Sendable {
    public var triple = ""
    public var cpu = ""
    public var features = ""

    public init(triple: String = "", cpu: String = "", features: String = "") {
      self.triple = triple
      self.cpu = cpu
      self.features = features
    }
  }

  private let library: CompilerLibrary
  private let compiler: OpaquePointer
  /// Triple, processor, features and effort.
  public let description: String
  let effort: Effort

  public init(_ library: CompilerLibrary, target: Target = Target(), effort: Effort = .lean) throws {
    var compiler: OpaquePointer?
    let error = target.triple.withCString { triple in
      target.cpu.withCString { cpu in
        target.features.withCString { features in
          var options = sjc_options(
            struct_size: UInt32(MemoryLayout<sjc_options>.size), effort: effort.rawValue, triple: triple, cpu: cpu,
            features: features)
          return library.api.compiler_create(&options, &compiler)
        }
      }
    }
    try library.check(error, .invalidArgument)
    self.library = library
    self.compiler = compiler!
    self.effort = effort
    description = String(cString: library.api.compiler_description(compiler!)!)
    func has(_ features: String...) -> Bool { features.allSatisfy { library.api.compiler_has_feature(compiler!, $0) != 0 } }
    let vectorBytes = has("avx512f") ? 64 : has("avx2") ? 32 : 16
    // As dispatch.c has it.
    let functions: String? =
      switch vectorBytes {
      case 64: has("avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd") ? "avx512" : nil
      case 32: has("avx2", "fma", "f16c", "bmi", "bmi2", "lzcnt") ? "avx2" : nil
      default: "baseline"
      }
    vectorTarget = VectorTarget(
      vectorBytes: vectorBytes,
      vectorFunctions: effort == .fast ? functions : nil,
      mostRegisters: effort == .fast ? 1 : 4,
      prefersLoops: effort == .fast,
      hasMaskedLoads: has("avx2"),
      // "fp-armv8" includes them.
      hasHalfConversions: has("f16c") || has("fp-armv8"))
  }

  deinit { library.api.compiler_destroy(compiler) }

  /// What the emitter makes use of.
  let vectorTarget: VectorTarget

  public func object(ir: String) throws -> [UInt8] { try compile(ir, SJC_FORMAT_OBJECT) }

  public func assembly(ir: String) throws -> String {
    String(decoding: try compile(ir, SJC_FORMAT_ASSEMBLY), as: UTF8.self)
  }

  private func compile(_ ir: String, _ format: Int) throws -> [UInt8] {
    var ir = ir
    var bytes = sjc_bytes()
    let error = ir.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { text in
        library.api.compile(compiler, text.baseAddress, Int64(text.count), sjc_format(format), &bytes)
      }
    }
    try library.check(error)
    defer { library.api.release_bytes(bytes) }
    return Array(UnsafeBufferPointer(start: bytes.data, count: Int(bytes.size)))
  }

  /// Loads object code into the process.
  func load(_ object: [UInt8]) throws -> LoadedCode { try LoadedCode(library, object) }
}

/// The properties of a processor that shape the code.
struct VectorTarget {
  /// Bytes of the widest vector registers.
  let vectorBytes: Int
  /// For which kernels' instruction set there are functions that do an elementary function of a vector, if they are to be called.
  let vectorFunctions: String?
  /// How many of them a vector may take.
  let mostRegisters: Int
  /// Whether a loop is better than its iterations one after the other: LLVM takes less time for it, the processor more.
  let prefersLoops: Bool
  /// Of elements of four bytes or more.
  let hasMaskedLoads: Bool
  /// Between f16 and f32.
  let hasHalfConversions: Bool
}

/// Machine code in this process, for as long as the object lives.
final class LoadedCode: @unchecked Sendable {
  private let library: CompilerLibrary
  private let code: OpaquePointer

  init(_ library: CompilerLibrary, _ object: [UInt8]) throws {
    var code: OpaquePointer?
    let error = object.withUnsafeBufferPointer { object in
      HostSymbols.all.withUnsafeBufferPointer { symbols in
        library.api.load(object.baseAddress, Int64(object.count), symbols.baseAddress, Int64(symbols.count), &code)
      }
    }
    try library.check(error)
    self.library = library
    self.code = code!
  }

  deinit { library.api.unload(code) }

  /// The bytes of a function.
  func bytes(of name: String) -> UnsafeRawBufferPointer? {
    var size: Int64 = 0
    return library.api.lookup(code, name, &size).map { UnsafeRawBufferPointer(start: $0, count: Int(size)) }
  }
}
