import SJLoopIR
import SJTypes
import Synchronization

/// Compiles LoopIR kernels to machine code. Thread-safe.
public final class NativeCompiler: Sendable {
  private let generator: CodeGenerator
  private let disk: ObjectCache?
  /// Code by the text it was made from: structurally equal kernels share it.
  private let cache = Mutex<[KernelText: WeakFunction]>([:])

  private struct WeakFunction {
    weak var function: NativeFunction?
  }

  /// - Parameter disk: where code is looked for and kept.
  public init(_ generator: CodeGenerator, disk: ObjectCache? = nil) {
    self.generator = generator
    self.disk = disk
  }

  /// Compiles and forgets, so that what the first compilation in a process makes is there.
  public func rehearse(_ sources: [Source]) throws {
    let texts = try sources.map { try KernelText($0, target: generator.vectorTarget) }
    _ = try generator.load(generator.object(ir: KernelText.module(texts)))
  }

  /// Why the profile that the environment asks for cannot be written.
  public static var profileProblem: String? { Profile.problem }

  /// What becomes machine code, and the buffers that its program declares.
  public struct Source: Sendable {
    public enum Code: Sendable {
      case kernel(Kernel)
      case loop(NativeLoop)
    }

    public var code: Code
    public var declarations: [BufferDeclaration]
    private let origin: Origin

    public init(_ kernel: Kernel, in program: Program) {
      code = .kernel(kernel)
      declarations = program.buffers
      origin = program.origin
    }

    public init(_ loop: NativeLoop, in program: Program) {
      code = .loop(loop)
      declarations = program.buffers
      origin = program.origin
    }

    /// What profiles call it.
    public var name: String {
      switch code {
      case .kernel(let kernel): origin.label(kernel)
      case .loop(let loop): origin.label(loop.label)
      }
    }
  }

  /// Compiles kernels together. A kernel that has no native form gives its own error
  /// and does not keep the others from compiling.
  /// - Parameter threads: so many may share the work, if there is enough.
  public func compile(_ sources: [Source], threads: Int = 1) -> [Result<NativeKernel, SJError>] {
    kernels(sources) { make($0, threads: threads) }.map { $0! }
  }

  /// The kernels for which there is code in memory or on disk; nil for the others.
  public func compiledBefore(_ sources: [Source]) -> [NativeKernel?] {
    kernels(sources) { _ in [:] }.map { try? $0?.get() }
  }

  private func kernels(
    _ sources: [Source], make: ([KernelText]) -> [KernelText: Result<NativeFunction, SJError>]
  ) -> [Result<NativeKernel, SJError>?] {
    let texts = sources.map { source in catching { try KernelText(source, target: generator.vectorTarget) } }
    let functions = functions(texts.compactMap { try? $0.get() }, make: make)
    return zip(sources, texts).map { source, text in
      switch text {
      case .success(let text): functions[text]?.map { NativeKernel($0, source, text, generator.effort) }
      case .failure(let error): .failure(error)
      }
    }
  }

  /// The LLVM IR of kernels, for inspection.
  public func intermediateCode(_ sources: [Source]) throws -> String {
    KernelText.module(try sources.map { try KernelText($0, target: generator.vectorTarget) })
  }

  /// The bytes of machine code that kernels become; those that have no native form become none.
  public func codeSize(_ sources: [Source]) throws -> Int {
    var seen: Set<KernelText> = []
    let texts = sources.compactMap { try? KernelText($0, target: generator.vectorTarget) }.filter { seen.insert($0).inserted }
    if texts.isEmpty { return 0 }
    let code = try generator.load(generator.object(ir: KernelText.module(texts)))
    return Set(texts.indices.map(KernelText.functionName)).reduce(0) { $0 + (code.bytes(of: $1)?.count ?? 0) }
  }

  /// The object code of kernels, to be read or linked elsewhere.
  public func object(_ sources: [Source]) throws -> [UInt8] {
    try generator.object(ir: intermediateCode(sources))
  }

  public func assembly(_ sources: [Source]) throws -> String {
    try generator.assembly(ir: intermediateCode(sources))
  }

  /// Machine code for each text: known, found on disk, or made.
  private func functions(
    _ texts: [KernelText], make: ([KernelText]) -> [KernelText: Result<NativeFunction, SJError>]
  ) -> [KernelText: Result<NativeFunction, SJError>] {
    var known: [KernelText: Result<NativeFunction, SJError>] = [:]
    cache.withLock { cache in
      for text in texts { known[text] = cache[text]?.function.map { .success($0) } }
    }
    func missing() -> [KernelText] {
      var seen = Set(known.keys)
      return texts.filter { seen.insert($0).inserted }
    }
    if missing().isEmpty { return known }
    var new = found(missing())
    known.merge(new) { $1 }
    let made = make(missing())
    new.merge(made) { $1 }
    cache.withLock { cache in
      cache = cache.filter { $0.value.function != nil }
      for (text, function) in new { cache[text] = (try? function.get()).map(WeakFunction.init) }
    }
    return known.merging(made) { $1 }
  }

  /// Compiles texts in as many modules as threads are worth having for them.
  private func make(_ texts: [KernelText], threads: Int) -> [KernelText: Result<NativeFunction, SJError>] {
    let size = texts.reduce(0) { $0 + $1.size }
    let shares = texts.divided(into: min(threads, texts.count, 1 + size / Self.threadWork))
    return concurrently(shares.count) { make(shares[$0]) }.reduce([:]) { $0.merging($1) { first, _ in first } }
  }

  /// Bytes of text that are worth a thread of their own: about two milliseconds.
  private static let threadWork = 3000

  /// Compiles texts in one module; each in one of its own if that fails, to find which is at fault.
  private func make(_ texts: [KernelText]) -> [KernelText: Result<NativeFunction, SJError>] {
    if texts.isEmpty { return [:] }
    let code = catching {
      let object = try generator.object(ir: KernelText.module(texts))
      let code = try generator.load(object)
      disk?.write(ObjectCache.Entry(kernels: texts.map(hash), object: object))
      return code
    }
    if case .failure = code, texts.count > 1 {
      return texts.reduce(into: [:]) { $0.merge(make([$1])) { $1 } }
    }
    return texts.enumerated().reduce(into: [:]) { made, text in
      made[text.element] = code.flatMap { code in
        catching { try NativeFunction(code, position: text.offset, name: text.element.name) }
      }
    }
  }

  // MARK: On disk

  /// The text and what else the code depends on.
  private func hash(_ text: KernelText) -> ContentHash {
    ContentHash("\(generator.description)\n\(KernelText.kernelsPerFunction)\n\(KernelText.module([text]))")
  }

  /// What the disk has.
  private func found(_ texts: [KernelText]) -> [KernelText: Result<NativeFunction, SJError>] {
    guard let disk else { return [:] }
    var result: [KernelText: Result<NativeFunction, SJError>] = [:]
    var loaded: [[ContentHash]: LoadedCode] = [:]
    for text in texts {
      let hash = hash(text)
      var place = loaded.first { $0.key.contains(hash) }
      if place == nil, let entry = disk.entry(of: hash), let code = try? generator.load(entry.object) {
        loaded[entry.kernels] = code
        place = (entry.kernels, code)
      }
      guard let place,
        let function = try? NativeFunction(place.value, position: place.key.firstIndex(of: hash)!, name: text.name)
      else { continue }
      result[text] = .success(function)
    }
    return result
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

  /// - Parameter name: what profiles call it.
  init(_ code: LoadedCode, position: Int, name: String) throws {
    let symbol = KernelText.functionName(position)
    guard let bytes = code.bytes(of: symbol) else { throw SJError(.internalFault, "LLVM: no function \(symbol)") }
    entry = unsafeBitCast(bytes.baseAddress!, to: Entry.self)
    number = KernelText.number(position)
    self.code = code
    Profile.shared?.record(bytes, name: name)
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
  /// What went into it.
  public let effort: CodeGenerator.Effort

  init(_ function: NativeFunction, _ source: NativeCompiler.Source, _ text: KernelText, _ effort: CodeGenerator.Effort) {
    self.function = function
    self.effort = effort
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
