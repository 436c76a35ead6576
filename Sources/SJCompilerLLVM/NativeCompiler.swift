import SJLoopIR
import SJTypes
import Synchronization

/// Compiles LoopIR kernels to machine code. Thread-safe.
public final class NativeCompiler: Sendable {
  private let generator: CodeGenerator
  /// Code by the text it was made from: structurally equal kernels share it.
  private let cache = Mutex<[KernelText: WeakFunction]>([:])

  private struct WeakFunction {
    weak var function: NativeFunction?
  }

  public init(_ generator: CodeGenerator) { self.generator = generator }

  /// What becomes machine code, and the buffers that its program declares.
  public struct Source: Sendable {
    public enum Code: Sendable {
      case kernel(Kernel)
      case loop(NativeLoop)
    }

    public var code: Code
    public var declarations: [BufferDeclaration]

    public init(_ kernel: Kernel, declarations: [BufferDeclaration]) {
      code = .kernel(kernel)
      self.declarations = declarations
    }

    public init(_ loop: NativeLoop, declarations: [BufferDeclaration]) {
      code = .loop(loop)
      self.declarations = declarations
    }
  }

  /// Compiles kernels together. A kernel that has no native form gives its own error
  /// and does not keep the others from compiling.
  public func compile(_ sources: [Source]) -> [Result<NativeKernel, SJError>] {
    let texts = sources.map { source in catching { try KernelText(source, target: generator.vectorTarget) } }
    let functions = functions(Set(texts.compactMap { try? $0.get() }))
    return zip(sources, texts).map { source, text in
      text.flatMap { text in
        functions[text]!.map { NativeKernel($0, source, text) }
      }
    }
  }

  /// The LLVM IR of kernels, for inspection.
  public func intermediateCode(_ sources: [Source]) throws -> String {
    KernelText.module(try sources.map { try KernelText($0, target: generator.vectorTarget) })
  }

  public func assembly(_ sources: [Source]) throws -> String {
    try generator.assembly(ir: intermediateCode(sources))
  }

  /// Machine code for each text.
  private func functions(_ texts: Set<KernelText>) -> [KernelText: Result<NativeFunction, SJError>] {
    var known: [KernelText: Result<NativeFunction, SJError>] = [:]
    cache.withLock { cache in
      for text in texts { known[text] = cache[text]?.function.map { .success($0) } }
    }
    let missing = texts.filter { known[$0] == nil }
    if missing.isEmpty { return known }
    let made = make(Array(missing))
    cache.withLock { cache in
      cache = cache.filter { $0.value.function != nil }
      for (text, function) in made { cache[text] = (try? function.get()).map(WeakFunction.init) }
    }
    return known.merging(made) { $1 }
  }

  /// Compiles texts in one module; each in one of its own if that fails, to find which is at fault.
  private func make(_ texts: [KernelText]) -> [KernelText: Result<NativeFunction, SJError>] {
    let code = catching { try generator.load(try generator.object(ir: KernelText.module(texts))) }
    if case .failure = code, texts.count > 1 {
      return texts.reduce(into: [:]) { $0.merge(make([$1])) { $1 } }
    }
    return texts.enumerated().reduce(into: [:]) { made, text in
      made[text.element] = code.flatMap { code in
        catching { try NativeFunction(code, position: text.offset) }
      }
    }
  }

  private func catching<R>(_ body: () throws -> R) -> Result<R, SJError> {
    do { return .success(try body()) } catch {
      return .failure(error as? SJError ?? SJError(.internalFault, "\(error)"))
    }
  }
}

/// One kernel of loaded code.
final class NativeFunction: @unchecked Sendable {
  typealias Entry = @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>, Int, Int, Int) -> Void

  let entry: Entry
  let number: Int
  private let code: LoadedCode

  init(_ code: LoadedCode, position: Int) throws {
    let name = KernelText.functionName(position)
    guard let address = code.address(of: name) else { throw SJError(.internalFault, "LLVM: no function \(name)") }
    entry = unsafeBitCast(address, to: Entry.self)
    number = KernelText.number(position)
    self.code = code
  }
}

/// A kernel or loop as machine code.
public final class NativeKernel: Sendable {
  private let function: NativeFunction
  /// The program's buffers whose pointers a call of a kernel takes, in this order. (For loops: see `NativeLoop`.)
  public let buffers: [BufferID]
  /// The iterations of the outermost loop if a call may do some of them (for threads), else nil.
  public let extent: Int?
  /// Where these may be divided: at multiples of this.
  public let granularity: Int
  /// Memory that a loop needs.
  public let workspaceBytes: Int

  init(_ function: NativeFunction, _ source: NativeCompiler.Source, _ text: KernelText) {
    self.function = function
    granularity = text.granularity
    workspaceBytes = text.workspaceBytes
    if case .kernel(let kernel) = source.code {
      buffers = kernel.buffers
      extent = kernel.splittableLoop?.extent
    } else {
      buffers = []
      extent = nil
    }
  }

  /// Runs the kernel, or some iterations of its outermost loop.
  public func callAsFunction(_ pointers: UnsafePointer<UnsafeMutableRawPointer?>, iterations: Range<Int>? = nil) {
    let range = iterations ?? 0..<(extent ?? 1)
    if !range.isEmpty { function.entry(pointers, range.lowerBound, range.upperBound, function.number) }
  }
}
