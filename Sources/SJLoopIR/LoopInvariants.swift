import SJTypes

// Computations of a loop's body that depend on its constants alone run once, before the loop.

extension Program {
  /// The program with chains of matrix products in blocks of rows, what does not vary taken out of its loops, and its elementwise
  /// scans turned inside out.
  public func optimizingLoops() -> Program {
    let blocked = blocked()
    var result = blocked
    result.commands = []
    for command in blocked.commands {
      switch command {
      case .scan(var scan):
        scan.body = scan.body.optimizingLoops()
        scan.body.hoist(&scan.constants, into: &result)
        result.commands.append(.scan(scan))
      case .whileLoop(var loop):
        loop.condition = loop.condition.optimizingLoops()
        loop.body = loop.body.optimizingLoops()
        loop.condition.hoist(&loop.conditionConstants, into: &result)
        loop.body.hoist(&loop.bodyConstants, into: &result)
        result.commands.append(.whileLoop(loop))
      case .branch(var branch):
        branch.branches = branch.branches.map { $0.optimizingLoops() }
        result.commands.append(.branch(branch))
      case .kernel, .library, .host: result.commands.append(command)
      }
    }
    return result.turningElementwiseScans()
  }

  /// Moves what depends on the constants alone to the program around, the packing of matrices among it.
  private mutating func hoist(_ constants: inout [BufferID], into outer: inout Program) {
    constants += takeInvariants(constants, into: &outer)
    packOperands(among: Set(inputs.prefix(constants.count)))
    constants += takeInvariants(constants, into: &outer)
  }

  /// Moves what depends on the first inputs alone to the program around, where these are `constants`.
  /// - Returns: what becomes further constants.
  private mutating func takeInvariants(_ constants: [BufferID], into outer: inout Program) -> [BufferID] {
    var places = Dictionary(zip(inputs, constants)) { first, _ in first }
    var added: [(inner: BufferID, outer: BufferID)] = []
    let writers = commands.flatMap(\.writes).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let fixed = Set(outputs)
    let body = self
    commands = body.commands.filter { command in
      guard command.isCheckedArithmetic, command.reads.allSatisfy({ places[$0] != nil }),
        command.writes.allSatisfy({ writers[$0] == 1 && !fixed.contains($0) && places[$0] == nil })
      else { return true }
      for id in command.writes {
        let place = outer.addBuffer(body[id].type, body[id].shape)
        places[id] = place
        added.append((id, place))
      }
      outer.commands.append(command.renamingBuffers { places[$0]! })
      return false
    }
    // What only other invariants read need not come back in.
    let read = Set(commands.flatMap(\.reads))
    let needed = added.filter { read.contains($0.inner) }
    inputs.insert(contentsOf: needed.map(\.inner), at: constants.count)
    return needed.map(\.outer)
  }
}

extension Command {
  /// Whether it certainly ends, and nobody notices when or how often it runs.
  fileprivate var isCheckedArithmetic: Bool {
    switch self {
    case .kernel(let kernel): !kernel.body.containsWhile
    case .library: true
    case .whileLoop, .scan, .branch, .host: false
    }
  }
}

extension [Statement] {
  fileprivate var containsWhile: Bool {
    contains { statement in
      switch statement {
      case .store: false
      case .loop(let loop): loop.body.containsWhile
      case .whileLoop: true
      }
    }
  }
}
