import SJLoopIR

extension TileProgram {
  var tableBytes: Int { aligned(slotCount * 8 + spaceCount * 16) }

  /// The pointer table, the state of the spaces, the registers.
  var workspaceBytes: Int { tableBytes + aligned(scratchBytes) }

  func run(_ bufferTable: BufferTable, _ workspace: UnsafeMutableRawPointer) {
    let machine = prepare(bufferTable, workspace)
    machine.run(main)
  }

  private func prepare(_ bufferTable: BufferTable, _ workspace: UnsafeMutableRawPointer) -> Machine {
    let table = workspace.assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    let counts = UnsafeMutableRawPointer(table + slotCount).assumingMemoryBound(to: Int.self)
    let scratch = workspace + tableBytes
    for i in buffers.indices { table[i] = bufferTable[Int(buffers[i])] }
    for i in constants.indices {
      let bits = constants.baseAddress! + i
      table[Int(bits.pointee.slot)] = UnsafeMutableRawPointer(bits) + MemoryLayout<ConstantSlot>.offset(of: \.bits)!
    }
    for place in scratchSlots { table[Int(place.slot)] = scratch + place.offset }
    for i in 0..<spaceCount {
      counts[i] = 1
      counts[spaceCount + i] = 0
    }
    return Machine(
      code: instructions.baseAddress!, accesses: accesses.baseAddress!, loops: loops.baseAddress!, table: table,
      counts: counts, firsts: counts + spaceCount, program: Unmanaged.passUnretained(self))
  }
}
