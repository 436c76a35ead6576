import SJTypes

// Outputs in the memory of donated inputs.

extension Program {
  /// The program with outputs written into the memory of donated inputs where that is possible. There one buffer is both, and
  /// `donated` of the result has the inputs that are overwritten.
  ///
  /// An output can have an input's memory if it has its type and shape and nothing reads the input once the output is begun; or
  /// only the command that begins it does, and works in place.
  public func updatingDonated() -> Program {
    let donors = inputs.filter { donated.contains($0) && !outputs.contains($0) }
    if donors.isEmpty {
      var result = self
      result.donated = []
      return result
    }
    var plan = DonationPlan(self)
    // An output that is made from the input comes first, since that needs the input to its end anyway.
    for isMadeFromIt in [true, false] {
      for input in donors where !plan.taken.contains(input) { plan.give(input, madeFromIt: isMadeFromIt) }
    }
    return plan.finished()
  }

  /// For every output the position of the input that it overwrites.
  public var overwrittenInputs: [Int?] {
    outputs.enumerated().map { position, id in
      donated.contains(id) && outputs.firstIndex(of: id) == position ? inputs.firstIndex(of: id) : nil
    }
  }
}

private struct DonationPlan {
  private var program: Program
  private let inputs: Set<BufferID>
  /// What each command reads and writes.
  private var uses: [Uses]
  /// The first command that writes a buffer.
  private var writers: [BufferID: Int] = [:]
  /// Inputs whose memory some output has.
  private(set) var taken: Set<BufferID> = []

  private struct Uses {
    var reads: Set<BufferID>
    var writes: Set<BufferID>
    /// Whether it may call the host, or never end.
    var hasEffects: Bool

    init(_ command: Command) {
      reads = Set(command.reads)
      writes = Set(command.writes)
      hasEffects =
        switch command {
        case .kernel, .library: false
        case .whileLoop, .scan, .branch, .host: true
        }
    }

    /// Whether the order of two commands matters.
    func conflicts(with other: Uses) -> Bool {
      (hasEffects && other.hasEffects) || !writes.isDisjoint(with: other.writes) || !writes.isDisjoint(with: other.reads)
        || !reads.isDisjoint(with: other.writes)
    }

    mutating func formUnion(_ other: Uses) {
      reads.formUnion(other.reads)
      writes.formUnion(other.writes)
      hasEffects = hasEffects || other.hasEffects
    }
  }

  init(_ program: Program) {
    self.program = program
    inputs = Set(program.inputs)
    uses = program.commands.map(Uses.init)
    findWriters()
  }

  private mutating func findWriters() {
    writers = [:]
    for (position, use) in uses.enumerated() {
      for buffer in use.writes where writers[buffer] == nil { writers[buffer] = position }
    }
  }

  /// Finds an output for the memory of an input.
  /// - Parameter madeFromIt: whether the output's first writer reads the input.
  mutating func give(_ input: BufferID, madeFromIt: Bool) {
    for output in program.outputs where !inputs.contains(output) && program[output] == program[input] {
      guard let writer = writers[output], uses[writer].reads.contains(input) == madeFromIt else { continue }
      if give(input, to: output, writtenBy: writer) { return }
    }
  }

  private mutating func give(_ input: BufferID, to output: BufferID, writtenBy first: Int) -> Bool {
    let before = self
    let writer = delay(first, untilNothingElseReads: input)
    let isCopy = program.commands[writer].copies(input, to: output, in: program)
    // A copy need not be made, so that the next writer is the first to change anything.
    let start = isCopy ? writer + 1 : writer
    if let change = uses[start...].firstIndex(where: { $0.writes.contains(output) }), !mayOverwrite(input, output, from: change) {
      self = before
      return false
    }
    if isCopy { remove(writer) }
    rename(output, to: input)
    taken.insert(input)
    return true
  }

  /// Whether nothing reads the input from the `change` on that overwrites it, but perhaps that itself.
  private func mayOverwrite(_ input: BufferID, _ output: BufferID, from change: Int) -> Bool {
    if uses[(change + 1)...].contains(where: { $0.reads.contains(input) }) { return false }
    return !uses[change].reads.contains(input) || program.commands[change].updates(input, into: output, in: program)
  }

  /// Moves a command behind those that do not depend on it, as far as some of these read `input`.
  /// - Returns: its new place.
  private mutating func delay(_ position: Int, untilNothingElseReads input: BufferID) -> Int {
    guard let last = uses.lastIndex(where: { $0.reads.contains(input) }), last > position else { return position }
    var (early, late, later) = ([Int](), [position], uses[position])
    for i in (position + 1)...last {
      if later.conflicts(with: uses[i]) {
        late.append(i)
        later.formUnion(uses[i])
      } else {
        early.append(i)
      }
    }
    let order = Array(0..<position) + early + late + Array(uses.indices.dropFirst(last + 1))
    program.commands = order.map { program.commands[$0] }
    uses = order.map { uses[$0] }
    findWriters()
    return position + early.count
  }

  private mutating func remove(_ position: Int) {
    program.commands.remove(at: position)
    uses.remove(at: position)
    findWriters()
  }

  private mutating func rename(_ output: BufferID, to input: BufferID) {
    let name: (BufferID) -> BufferID = { $0 == output ? input : $0 }
    for i in uses.indices where uses[i].reads.contains(output) || uses[i].writes.contains(output) {
      program.commands[i] = program.commands[i].renamingBuffers(name)
      uses[i] = Uses(program.commands[i])
    }
    program.outputs = program.outputs.map(name)
    writers[input] = writers.removeValue(forKey: output)
  }

  /// The program, with updates, and the scalars that they may wait for, moved to where their operands are there: so these need
  /// not be kept until the end.
  func finished() -> Program {
    var result = self
    func isFree(_ buffer: BufferID) -> Bool { taken.contains(buffer) || program[buffer].shape.elementCount == 1 }
    for i in uses.indices where !uses[i].hasEffects && uses[i].writes.subtracting(program.commands[i].passedOn).allSatisfy(isFree)
    {
      let use = result.uses[i]
      let earliest = result.uses[..<i].lastIndex { $0.conflicts(with: use) }.map { $0 + 1 } ?? 0
      result.uses.insert(result.uses.remove(at: i), at: earliest)
      result.program.commands.insert(result.program.commands.remove(at: i), at: earliest)
    }
    result.program.donated = taken
    return result.program
  }
}

extension Command {
  fileprivate var passedOn: Set<BufferID> { if case .kernel(let kernel) = self { kernel.passedOn } else { [] } }

  fileprivate func copies(_ source: BufferID, to target: BufferID, in program: Program) -> Bool {
    guard case .kernel(let kernel) = self, let copy = kernel.wholeCopy(in: program) else { return false }
    return copy == (source, target)
  }

  /// Whether the command, which reads `source`, can put `target` into its memory.
  fileprivate func updates(_ source: BufferID, into target: BufferID, in program: Program) -> Bool {
    switch self {
    case .kernel(let kernel): kernel.updates(source, into: target, in: program)
    case .whileLoop, .scan: takeovers(in: program).contains { $0 == (source, target) }
    case .library, .branch, .host: false
    }
  }
}
