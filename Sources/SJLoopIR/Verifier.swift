import SJTypes

/// Checks that a program obeys the rules of LoopIR: types, scoping, bounds, races,
/// the single writer of every buffer, and the signatures of nested programs.
/// Throws an `internalFault` that names the command and the rule.
public func verify(_ program: Program) throws {
  var verifier = ProgramVerifier(program: program)
  try verifier.verify()
}

func fault(_ text: String) -> SJError { SJError(.internalFault, "LoopIR: " + text) }

private struct ProgramVerifier {
  let program: Program
  /// Buffers that hold their values, those of them that commands wrote, and those that kernels did.
  private var filled: Set<BufferID> = []
  private var written: Set<BufferID> = []
  private var writtenByKernel: Set<BufferID> = []

  init(program: Program) { self.program = program }

  mutating func verify() throws {
    for declaration in program.buffers {
      if declaration.shape.contains(where: { $0 < 0 }) || declaration.shape.checkedElementCount == nil {
        throw fault("a buffer of shape \(declaration.shape.text)")
      }
    }
    for id in program.inputs + program.outputs { try checkRange(id) }
    filled = Set(program.inputs)
    if filled.count != program.inputs.count { throw fault("a buffer is two inputs") }
    for (position, command) in program.commands.enumerated() {
      do { try verify(command) } catch let error as SJError {
        throw SJError(.internalFault, "command \(position): \(error.message)")
      }
    }
    for id in program.outputs where !filled.contains(id) { throw fault("output \(name(id)) is never written") }
  }

  private mutating func verify(_ command: Command) throws {
    for id in command.reads + command.writes { try checkRange(id) }
    for id in command.reads where !filled.contains(id) && !command.writes.contains(id) {
      throw fault("\(name(id)) is read before it is written")
    }
    for id in command.writes {
      if program.inputs.contains(id) && !program.donated.contains(id) { throw fault("input \(name(id)) is written") }
      let isKernel = if case .kernel = command { true } else { false }
      if !written.insert(id).inserted && !(isKernel && writtenByKernel.contains(id)) {
        throw fault("\(name(id)) is written twice")
      }
      if isKernel { writtenByKernel.insert(id) }
      filled.insert(id)
    }
    switch command {
    case .kernel(let kernel): try KernelVerifier(kernel, in: program).verify()
    case .library(let call): try LibraryVerifier(call, in: program).verify()
    case .whileLoop(let loop): try verify(loop)
    case .scan(let scan): try verify(scan)
    case .branch(let branch): try verify(branch)
    case .host: break
    }
  }

  private func verify(_ loop: WhileCommand) throws {
    let flag = BufferDeclaration(type: .bool, shape: [])
    let carries = declarations(loop.initial)
    try check(loop.condition, "the condition", declarations(loop.conditionConstants) + carries, [flag])
    try check(loop.body, "the body", declarations(loop.bodyConstants) + carries, carries)
    if declarations(loop.results) != carries { throw fault("the results of a while loop differ from its carries") }
  }

  private func verify(_ scan: ScanCommand) throws {
    let carries = declarations(scan.initial)
    func slices(_ buffers: [BufferID], _ given: ArraySlice<BufferID>) throws -> [BufferDeclaration] {
      try buffers.enumerated().map { i, id in
        let slice = given.dropFirst(i).first.flatMap { scan.body.buffers.indices.contains($0.index) ? scan.body[$0] : nil }
        return try self.slice(of: id, scan.length, like: slice?.shape ?? Shape(program[id].shape.dropFirst()))
      }
    }
    let xs = try slices(scan.xs, scan.body.inputs.dropFirst(scan.constants.count + carries.count))
    let ys = try slices(scan.ys, scan.body.outputs.dropFirst(carries.count))
    try check(scan.body, "the body", declarations(scan.constants) + carries + xs, carries + ys)
    if declarations(scan.results) != carries { throw fault("the results of a scan differ from its carries") }
  }

  private func verify(_ branch: BranchCommand) throws {
    if program[branch.index] != BufferDeclaration(type: .i32, shape: []) {
      throw fault("the index of a branch is \(program[branch.index].text)")
    }
    if branch.branches.isEmpty { throw fault("a branch without branches") }
    for (i, nested) in branch.branches.enumerated() {
      try check(nested, "branch \(i)", declarations(branch.inputs), declarations(branch.results))
    }
  }

  /// One of `length` equal pieces, of whatever shape.
  private func slice(of id: BufferID, _ length: Int, like shape: Shape) throws -> BufferDeclaration {
    let declaration = program[id]
    guard declaration.shape.elementCount == length * shape.elementCount else {
      throw fault("a scan of \(length) steps over \(name(id)), which is \(declaration.text), with slices \(shape.text)")
    }
    return BufferDeclaration(type: declaration.type, shape: shape)
  }

  private func check(
    _ nested: Program, _ role: String, _ inputs: [BufferDeclaration], _ outputs: [BufferDeclaration]
  ) throws {
    for (given, wanted, what) in [(nested.inputs, inputs, "inputs"), (nested.outputs, outputs, "outputs")] {
      let declared = given.map { nested.buffers.indices.contains($0.index) ? nested[$0] : nil }
      if declared != wanted {
        let texts = [declared.map { $0?.text ?? "?" }, wanted.map(\.text)].map { $0.joined(separator: ", ") }
        throw fault("\(what) of \(role) are (\(texts[0])), not (\(texts[1]))")
      }
    }
    do { try SJLoopIR.verify(nested) } catch let error as SJError {
      throw SJError(.internalFault, "\(role): \(error.message)")
    }
  }

  private func declarations(_ ids: [BufferID]) -> [BufferDeclaration] { ids.map { program[$0] } }
  private func name(_ id: BufferID) -> String { "b\(id.raw)" }

  private func checkRange(_ id: BufferID) throws {
    if !program.buffers.indices.contains(id.index) { throw fault("there is no buffer \(name(id))") }
  }
}

extension BufferDeclaration {
  /// `f32[2,3]`
  public var text: String { "\(type)\(shape.text)" }
}

extension Command {
  /// Buffers whose values the command needs. A kernel that combines reads nothing by that.
  public var reads: [BufferID] {
    switch self {
    case .kernel(let kernel): kernel.reads
    case .library(let call): call.inputs
    case .whileLoop(let loop): loop.conditionConstants + loop.bodyConstants + loop.initial
    case .scan(let scan): scan.constants + scan.initial + scan.xs
    case .branch(let branch): [branch.index] + branch.inputs
    case .host(let host): host.inputs
    }
  }

  public var writes: [BufferID] {
    switch self {
    case .kernel(let kernel): kernel.storedBuffers
    case .library(let call): call.outputs
    case .whileLoop(let loop): loop.results
    case .scan(let scan): scan.results + scan.ys
    case .branch(let branch): branch.results
    case .host(let host): host.results
    }
  }
}

extension Kernel {
  /// Every buffer that some node loads, once each, in order.
  public var loadedBuffers: [BufferID] {
    var seen: Set<BufferID> = []
    var result: [BufferID] = []
    for case .load(let buffer, _, _, _) in exprs where seen.insert(buffer).inserted { result.append(buffer) }
    return result
  }

  /// Every buffer that some statement stores, once each, in order.
  public var storedBuffers: [BufferID] {
    var seen: Set<BufferID> = []
    var result: [BufferID] = []
    func visit(_ statements: [Statement]) {
      for statement in statements {
        switch statement {
        case .loop(let loop): visit(loop.body)
        case .whileLoop(let loop): visit(loop.body)
        case .store(let store): if seen.insert(store.buffer).inserted { result.append(store.buffer) }
        }
      }
    }
    visit(body)
    return result
  }
}
