import SJElementary
import SJLoopIR

/// A kernel as blocks of LLVM IR, before it has a place in a function. Equal texts are equal kernels.
struct KernelText: Hashable {
  /// What profiles, if there are any, call it. Equal kernels share their code, and the name of the first.
  let name: String
  /// The outermost loop may be divided at multiples of this.
  let granularity: Int
  /// Memory that a loop needs.
  let workspaceBytes: Int
  private let slots: String
  private let blocks: String
  /// Of the blocks, which are long.
  private let hash: Int
  private let declarations: Set<String>
  private let tables: [String: ConstantTable]

  init(_ source: NativeCompiler.Source, target: VectorTarget) throws {
    name = Profile.shared == nil ? "" : source.name
    let builder = FunctionBuilder(target)
    switch source.code {
    case .kernel(let kernel):
      let emitter = KernelEmitter(kernel, declarations: source.declarations, target: target, builder: builder)
      blocks = try emitter.emit(buffers: kernel.buffers)
      granularity = emitter.granularity
      workspaceBytes = 0
    case .loop(let loop):
      (blocks, workspaceBytes) = try loop.emit(builder, target, source.declarations)
      granularity = 1
    }
    hash = blocks.hashValue
    slots = builder.slots
    declarations = builder.declarations
    tables = builder.tables
  }

  /// Roughly what it takes to compile.
  var size: Int { blocks.utf8.count }

  static func == (a: KernelText, b: KernelText) -> Bool { a.hash == b.hash && a.blocks == b.blocks && a.slots == b.slots }
  func hash(into hasher: inout Hasher) { hasher.combine(hash) }

  // MARK: Modules

  /// LLVM spends more on a function than on a small kernel in it, so that a function holds several; but profiles
  /// tell functions apart.
  static let kernelsPerFunction = Profile.shared == nil ? 10 : 1

  static func functionName(_ position: Int) -> String { "kernels\(position / kernelsPerFunction)" }
  static func number(_ position: Int) -> Int { position % kernelsPerFunction }

  static func module(_ kernels: [KernelText]) -> String {
    var text = ""
    for first in stride(from: 0, to: kernels.count, by: kernelsPerFunction) {
      text += function(functionName(first), kernels[first..<min(first + kernelsPerFunction, kernels.count)])
    }
    for declaration in kernels.reduce(into: Set<String>(), { $0.formUnion($1.declarations) }).sorted() {
      text += declaration + "\n"
    }
    let tables = kernels.reduce(into: [String: ConstantTable]()) { $0.merge($1.tables) { first, _ in first } }
    for table in tables.values.sorted(by: { $0.name < $1.name }) { text += definition(of: table) }
    return text
  }

  /// `%which` chooses the kernel.
  private static func function(_ name: String, _ kernels: ArraySlice<KernelText>) -> String {
    var slots = ""
    var blocks = ""
    var cases = ""
    for (number, kernel) in kernels.enumerated() {
      slots += kernel.slots.naming("k\(number)_")
      blocks += kernel.blocks.naming("k\(number)_")
      cases += " i64 \(number), label %\(FunctionBuilder.entryBlock.naming("k\(number)_"))"
    }
    let head = "define void @\(name)(ptr %buffers, i64 %begin, i64 %end, i64 %which) nounwind {\n\(slots)"
    if kernels.count == 1 { return "\(head)  br label %\(FunctionBuilder.entryBlock.naming("k0_"))\n\(blocks)}\n" }
    return "\(head)  switch i64 %which, label %none [\(cases) ]\n\(blocks)none:\n  ret void\n}\n"
  }

  private static func definition(of table: ConstantTable) -> String {
    let type = table.type.scalar
    let elements = table.bits.map { "\(type.memory(1)) \(type.literal($0))" }.joined(separator: ", ")
    return "@\(table.name) = private unnamed_addr constant [\(table.bits.count) x \(type.memory(1))] [\(elements)]\n"
  }
}

extension String {
  /// With a prefix for the local names.
  fileprivate func naming(_ prefix: String) -> String {
    var (text, prefix) = (self, prefix)
    return text.withUTF8 { text in
      prefix.withUTF8 { prefix in
        let names = text.reduce(0) { $1 == UInt8(ascii: "$") ? $0 + 1 : $0 }
        return String(unsafeUninitializedCapacity: text.count + names * prefix.count) { result in
          var end = 0
          for byte in text {
            if byte == UInt8(ascii: "$") {
              for byte in prefix { result[end] = byte; end += 1 }
            } else {
              result[end] = byte
              end += 1
            }
          }
          return end
        }
      }
    }
  }
}

extension [KernelText] {
  /// As many lists, or one, whose sizes are about the same.
  func divided(into count: Int) -> [[KernelText]] {
    if count <= 1 { return [self] }
    var shares = [[KernelText]](repeating: [], count: count)
    var sizes = [Int](repeating: 0, count: count)
    for text in sorted(by: { $0.size > $1.size }) {
      let smallest = sizes.indices.min { sizes[$0] < sizes[$1] }!
      shares[smallest].append(text)
      sizes[smallest] += text.size
    }
    return shares
  }
}
