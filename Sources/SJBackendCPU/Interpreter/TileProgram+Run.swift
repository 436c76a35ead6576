import SJLoopIR

extension TileProgram {
  var tableBytes: Int { aligned(slotCount * 8 + spaceCount * 16) }

  /// The pointer table, the state of the spaces, the registers.
  var workspaceBytes: Int { tableBytes + aligned(scratchBytes) }

  func run(_ bufferTable: BufferTable, _ workspace: UnsafeMutableRawPointer) {
    let machine = machine(in: workspace)
    for i in 0..<buffers.count { machine.table[i] = bufferTable[Int(buffers[i])] }
    machine.run(main)
  }

  /// A machine whose table lacks only the buffers, which have the first slots.
  @inline(__always)
  func machine(in workspace: UnsafeMutableRawPointer) -> Machine {
    let table = workspace.assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    let counts = UnsafeMutableRawPointer(table + slotCount).assumingMemoryBound(to: Int.self)
    let scratch = workspace + tableBytes
    for i in 0..<constants.count {
      let constant = constants.baseAddress! + i
      table[Int(constant.pointee.slot)] = UnsafeMutableRawPointer(constant)
    }
    for place in scratchSlots { table[Int(place.slot)] = scratch + place.offset }
    for i in 0..<spaceCount {
      counts[i] = 1
      counts[spaceCount + i] = 0
    }
    return Machine(
      code: instructions.baseAddress!, accesses: accesses.baseAddress!, boxes: boxes.baseAddress!,
      loops: loops.baseAddress!, table: table, counts: counts, firsts: counts + spaceCount, program: Unmanaged.passUnretained(self))
  }
}
