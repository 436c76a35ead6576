import SJTypes

/// Commands to be cut into equal parts along their leading axis, such that each part of one needs of the others' results those
/// of the same part alone: then all of them can be done for one part after the other, or for several at once.
struct CommandParts {
  private let program: Program
  private let commands: [Command]
  private let written: Set<BufferID>

  /// - Parameter count: what the number of parts is to divide. Nil where the commands cannot be cut.
  init?(_ commands: [Command], in program: Program, dividing count: Int) {
    self.program = program
    self.commands = commands
    written = Set(commands.flatMap(\.writes))
    guard commands.allSatisfy({ canCut($0, count) }) else { return nil }
  }

  private func canCut(_ command: Command, _ count: Int) -> Bool {
    switch command {
    case .kernel(let kernel):
      guard let parts = KernelParts(kernel, in: program), parts.iterations % count == 0 else { return false }
      return parts.keepsToItself(written.contains)
    case .library(let call):
      guard let (_, slices) = call.part(of: count) else { return false }
      return zip(call.inputs, slices).allSatisfy { $1 || !written.contains($0) }
    case .whileLoop, .scan, .branch, .host: return false
    }
  }

  /// The commands as a scan without carries over `parts` parts; its buffers beyond the program's are added to that.
  func scan(parts: Int, locals: Set<BufferID>, addingTo outer: inout Program) -> [Command] {
    let numbers = outer.addBuffer(.i64, [parts])
    let part = PartProgram(program, parts: parts, numbers: numbers)
    for command in commands { part.append(command) }
    let ys = Set(commands.flatMap(\.writes)).subtracting(locals).sorted { $0.raw < $1.raw }
    part.program.outputs = ys.map { part.slices[$0]! }
    let xs = part.slices.filter { !written.contains($0.key) }.sorted { $0.value.raw < $1.value.raw }
    let wholes = part.wholes.sorted { $0.value.raw < $1.value.raw }
    part.program.inputs = wholes.map(\.value) + xs.map(\.value)
    // Rows that were one axis among several are the outermost now, so that more kernels can join.
    let scan = ScanCommand(
      length: parts, reverse: false, body: part.program.fused(), constants: wholes.map(\.key), initial: [], xs: xs.map(\.key),
      results: [], ys: ys)
    return (scan.xs.contains(numbers) ? [.kernel(.counting(parts, into: numbers))] : []) + [.scan(scan)]
  }
}

/// The commands of one part.
private final class PartProgram {
  var program = Program()
  /// By a buffer of the program around, the one that is a slice of it, and the one that is all of it.
  private(set) var slices: [BufferID: BufferID] = [:]
  private(set) var wholes: [BufferID: BufferID] = [:]
  private let outer: Program
  private let parts: Int
  private let numbers: BufferID
  private let number: BufferID

  /// - Parameter numbers: a buffer with the number of each part, which kernels may ask for.
  init(_ outer: Program, parts: Int, numbers: BufferID) {
    self.outer = outer
    self.parts = parts
    self.numbers = numbers
    number = program.addBuffer(.i64, [])
  }

  func append(_ command: Command) {
    switch command {
    case .kernel(let kernel):
      let part = KernelParts(kernel, in: outer)!.part(of: parts, number: number) { self.place($0, isSliced: $1) }
      if part.loadedBuffers.contains(number) { slices[numbers] = number }
      program.commands.append(.kernel(part))
    case .library(let call):
      let (operation, slices) = call.part(of: parts)!
      let inputs = zip(call.inputs, slices).map { place($0, isSliced: $1) }
      let outputs = call.outputs.map { place($0, isSliced: true) }
      program.commands.append(.library(LibraryCall(operation: operation, inputs: inputs, outputs: outputs)))
    case .whileLoop, .scan, .branch, .host: break
    }
  }

  private func place(_ buffer: BufferID, isSliced: Bool) -> BufferID {
    if let known = isSliced ? slices[buffer] : wholes[buffer] { return known }
    let declaration = outer[buffer]
    let shape = isSliced ? [declaration.shape.elementCount / parts] : declaration.shape
    let id = program.addBuffer(declaration.type, shape)
    if isSliced { slices[buffer] = id } else { wholes[buffer] = id }
    return id
  }
}

extension LibraryCall {
  /// One of `parts` parts of a matrix product, which has some members of the batch or some rows, and which operands it has
  /// slices of; nil for what cannot be cut so.
  fileprivate func part(of parts: Int) -> (operation: LibraryOperation, slices: [Bool])? {
    guard case .dot(let batch, let m, let n, let k, let lhsTransposed, let rhsTransposed, let complex) = operation else {
      return nil
    }
    func dot(_ batch: Int, _ m: Int) -> LibraryOperation {
      .dot(batch: batch, m: m, n: n, k: k, lhsTransposed: lhsTransposed, rhsTransposed: rhsTransposed, complex: complex)
    }
    if batch > 1 { return batch % parts == 0 ? (dot(batch / parts, m), [true, true]) : nil }
    // An inner product has bits of its own.
    guard m % parts == 0, n > 1 || m > parts, !lhsTransposed else { return nil }
    return (dot(1, m / parts), [true, false])
  }
}

extension Kernel {
  /// `0, 1, 2, …`
  fileprivate static func counting(_ count: Int, into buffer: BufferID) -> Kernel {
    let builder = KernelBuilder()
    builder.parallel([count]) { builder.store($0[0], to: buffer, at: $0) }
    return builder.finish(name: "iota")
  }
}
