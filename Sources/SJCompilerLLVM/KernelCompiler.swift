import SJElementary
import SJLoopIR
import SJTypes
import Synchronization

/// Compiles LoopIR kernels to machine code. Thread-safe.
public final class KernelCompiler: Sendable {
  private let generator: CodeGenerator
  /// Code by the text it was made from: structurally equal kernels share it.
  private let cache = Mutex<[String: WeakFunction]>([:])

  private struct WeakFunction {
    weak var function: NativeFunction?
  }

  public init(_ generator: CodeGenerator) { self.generator = generator }

  /// A kernel and the buffers that its program declares.
  public struct Source: Sendable {
    public var kernel: Kernel
    public var declarations: [BufferDeclaration]

    public init(_ kernel: Kernel, declarations: [BufferDeclaration]) {
      self.kernel = kernel
      self.declarations = declarations
    }
  }

  /// Compiles kernels together. A kernel that has no native form yet gives its own error
  /// and does not keep the others from compiling.
  public func compile(_ sources: [Source]) -> [Result<NativeKernel, SJError>] {
    let texts = sources.map { source in catching { try FunctionText(source, vectorBytes: generator.vectorBytes) } }
    let wanted = texts.compactMap { try? $0.get() }
    let functions = catching { try self.functions(wanted) }
    return zip(sources, texts).map { source, text in
      text.flatMap { text in
        functions.map { NativeKernel($0[text.body]!, source.kernel) }
      }
    }
  }

  /// The LLVM IR of kernels, for inspection.
  public func intermediateCode(_ sources: [Source]) throws -> String {
    FunctionText.module(try sources.map { try FunctionText($0, vectorBytes: generator.vectorBytes) })
  }

  public func assembly(_ sources: [Source]) throws -> String {
    try generator.assembly(ir: intermediateCode(sources))
  }

  /// Machine code for each distinct body.
  private func functions(_ texts: [FunctionText]) throws -> [String: NativeFunction] {
    var known: [String: NativeFunction] = [:]
    cache.withLock { cache in
      for text in texts { known[text.body] = cache[text.body]?.function }
    }
    var missing: [String: FunctionText] = [:]
    for text in texts where known[text.body] == nil { missing[text.body] = text }
    if missing.isEmpty { return known }
    let group = Array(missing.values)
    let code = try generator.load(try generator.object(ir: FunctionText.module(group)))
    for (position, text) in group.enumerated() {
      known[text.body] = try NativeFunction(code, name: FunctionText.name(position))
    }
    cache.withLock { cache in
      cache = cache.filter { $0.value.function != nil }
      for text in group { cache[text.body] = WeakFunction(function: known[text.body]) }
    }
    return known
  }

  private func catching<R>(_ body: () throws -> R) -> Result<R, SJError> {
    do { return .success(try body()) } catch {
      return .failure(error as? SJError ?? SJError(.internalFault, "\(error)"))
    }
  }
}

/// A kernel as LLVM IR, without a name: equal texts are equal functions.
struct FunctionText {
  let body: String
  let declarations: Set<String>
  let tables: [String: ConstantTable]

  init(_ source: KernelCompiler.Source, vectorBytes: Int) throws {
    let emitter = KernelEmitter(source.kernel, declarations: source.declarations, vectorBytes: vectorBytes)
    body = try emitter.emit(buffers: source.kernel.buffers)
    declarations = emitter.builder.declarations
    tables = emitter.builder.tables
  }

  static func name(_ position: Int) -> String { "kernel\(position)" }

  static func module(_ functions: [FunctionText]) -> String {
    var text = ""
    for (position, function) in functions.enumerated() {
      text += "define void @\(name(position))(ptr %buffers, i64 %begin, i64 %end) nounwind {\n\(function.body)}\n"
    }
    for declaration in functions.reduce(into: Set<String>(), { $0.formUnion($1.declarations) }).sorted() {
      text += declaration + "\n"
    }
    let tables = functions.reduce(into: [String: ConstantTable]()) { $0.merge($1.tables) { first, _ in first } }
    for table in tables.values.sorted(by: { $0.name < $1.name }) { text += definition(of: table) }
    return text
  }

  private static func definition(of table: ConstantTable) -> String {
    let type = table.type.scalar
    let elements = table.bits.map { "\(type.memory(1)) \(type.literal($0))" }.joined(separator: ", ")
    return "@\(table.name) = private unnamed_addr constant [\(table.bits.count) x \(type.memory(1))] [\(elements)]\n"
  }
}

/// One function of loaded code.
final class NativeFunction: @unchecked Sendable {
  typealias Entry = @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>, Int, Int) -> Void

  let entry: Entry
  private let code: LoadedCode

  init(_ code: LoadedCode, name: String) throws {
    guard let address = code.address(of: name) else { throw SJError(.internalFault, "LLVM: no function \(name)") }
    entry = unsafeBitCast(address, to: Entry.self)
    self.code = code
  }
}

/// A kernel as machine code.
public struct NativeKernel: Sendable {
  private let function: NativeFunction
  /// The program's buffers whose pointers a call takes, in this order.
  public let buffers: [BufferID]
  /// The iterations of the outermost loop if a call may do some of them (for threads), else nil.
  public let extent: Int?

  /// Where iterations may be divided: at multiples of this.
  public static let granularity = 64

  init(_ function: NativeFunction, _ kernel: Kernel) {
    self.function = function
    buffers = kernel.buffers
    extent = kernel.splittableLoop?.extent
  }

  /// Runs the kernel, or some iterations of its outermost loop.
  public func callAsFunction(_ pointers: UnsafePointer<UnsafeMutableRawPointer?>, iterations: Range<Int>? = nil) {
    let range = iterations ?? 0..<(extent ?? 1)
    if !range.isEmpty { function.entry(pointers, range.lowerBound, range.upperBound) }
  }
}
