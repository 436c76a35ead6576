import SJLoopIR

extension TileProgram {
  private var stateBytes: Int { MemoryLayout<Machine.State>.stride }

  /// The machine's state, the pointer table and the tiles of the spaces.
  var tableBytes: Int { aligned(stateBytes + slotCount * 8 + spaceCount * 16) }

  /// Memory for a run.
  var workspaceBytes: Int { tableBytes + aligned(scratchBytes) }

  /// - Parameter pointer: gives the kernel's buffers, of which there are `count`, by their position among `Kernel.buffers`.
  @inline(__always)
  func run(_ count: Int, _ pointer: (Int) -> UnsafeMutableRawPointer) throws {
    try Workspace.with(workspaceBytes) { workspace in
      let machine = machine(in: workspace)
      for i in 0..<count { machine.table[i] = pointer(i) }
      machine.run(main)
    }
  }

  /// A machine whose table lacks only the buffers, which have the first slots.
  @inline(__always)
  private func machine(in workspace: UnsafeMutableRawPointer) -> Machine {
    let machine = emptyMachine(in: workspace)
    let (table, counts) = (machine.table, machine.counts)
    for i in 0..<constants.count {
      let constant = constants.baseAddress! + i
      table[Int(constant.pointee.slot)] = UnsafeMutableRawPointer(constant)
    }
    pointToRegisters(table, workspace)
    for i in 0..<spaceCount {
      counts[i] = 1
      counts[spaceCount + i] = 0
    }
    return machine
  }

  /// A machine with the tables and scalars of another, and registers of its own.
  func copy(of machine: Machine, in workspace: UnsafeMutableRawPointer) -> Machine {
    workspace.copyMemory(from: machine.state, byteCount: tableBytes + scalarBytes)
    let copy = emptyMachine(in: workspace)
    pointToRegisters(copy.table, workspace)
    return copy
  }

  @inline(__always)
  private func emptyMachine(in workspace: UnsafeMutableRawPointer) -> Machine {
    let state = workspace.assumingMemoryBound(to: Machine.State.self)
    let table = (workspace + stateBytes).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    let counts = UnsafeMutableRawPointer(table + slotCount).assumingMemoryBound(to: Int.self)
    state.initialize(
      to: Machine.State(
        code: instructions.baseAddress!, accesses: accesses.baseAddress!, boxes: boxes.baseAddress!,
        loops: loops.baseAddress!, table: table, counts: counts, firsts: counts + spaceCount,
        program: Unmanaged.passUnretained(self)))
    return Machine(state: state)
  }

  @inline(__always)
  private func pointToRegisters(
    _ table: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ workspace: UnsafeMutableRawPointer
  ) {
    let scratch = workspace + tableBytes
    for i in 0..<scratchSlots.count { table[Int(scratchSlots[i].slot)] = scratch + scratchSlots[i].offset }
  }
}
