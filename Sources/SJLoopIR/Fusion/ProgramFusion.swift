/// Joins kernels that share data, so that what one stores and the next loads stays in registers and what both
/// load is loaded once; then drops stores that nothing reads.
///
/// Only iterations of parallel loops are brought together, so that no result changes by a bit.
extension Program {
  public func fused() -> Program {
    var result = self
    var fusion = ProgramFusion(program: self)
    for command in commands { fusion.append(command) }
    result.commands = fusion.commands()
    result.dropDeadStores()
    return result
  }

  /// Removes stores to temporaries that no command loads, and what only they needed.
  private mutating func dropDeadStores() {
    var isRead = Set(outputs)
    var kept: [Command] = []
    for command in commands.reversed() {
      guard case .kernel(let kernel) = command else {
        isRead.formUnion(command.reads)
        kept.append(command)
        continue
      }
      if let live = kernel.compacted(keepingStoresTo: isRead) {
        isRead.formUnion(live.reads)
        kept.append(.kernel(live))
      }
    }
    commands = kept.reversed()
  }
}

/// The commands so far, with kernels still open for others to join.
private struct ProgramFusion {
  private enum Item {
    case fixed(Command, reads: Set<BufferID>, writes: Set<BufferID>)
    case group(FusedKernel)
  }
  private let program: Program
  private var items: [Item] = []

  init(program: Program) { self.program = program }

  /// How far back a kernel looks for one to join.
  private static let reach = 24

  mutating func append(_ command: Command) {
    guard case .kernel(let kernel) = command else {
      items.append(.fixed(command, reads: Set(command.reads), writes: Set(command.writes)))
      return
    }
    if join(kernel) { return }
    let isCopy = kernel.wholeCopy(in: program) != nil
    items.append(
      isCopy ? .fixed(command, reads: Set(command.reads), writes: Set(command.writes)) : .group(FusedKernel(kernel, in: program)))
  }

  /// Moves a kernel up to the nearest one that it can join, past commands that it does not depend on.
  private func join(_ kernel: Kernel) -> Bool {
    // A copy alone may turn out to need no work: whoever is to be updated in place takes its memory over.
    if kernel.wholeCopy(in: program) != nil { return false }
    let reads = Set(kernel.loadedBuffers)
    let writes = Set(kernel.storedBuffers)
    for item in items.suffix(ProgramFusion.reach).reversed() {
      switch item {
      case .group(let group):
        if group.absorb(kernel) { return true }
        if !group.writes.isDisjoint(with: reads.union(writes)) || !group.reads.isDisjoint(with: writes) { return false }
      case .fixed(_, let itsReads, let itsWrites):
        if !itsWrites.isDisjoint(with: reads.union(writes)) || !itsReads.isDisjoint(with: writes) { return false }
      }
    }
    return false
  }

  func commands() -> [Command] {
    items.map { item in
      switch item {
      case .fixed(let command, _, _): command
      case .group(let group): .kernel(group.kernel.collapsingOuterLoops())
      }
    }
  }
}
