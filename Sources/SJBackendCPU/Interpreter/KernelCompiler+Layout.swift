import SJLoopIR

// The last step: blocks become one array, tile sizes are chosen, registers get places.
extension KernelCompiler {
  func layOut(_ main: CodeBlock) -> TileProgram {
    var lifetimes = Lifetimes(self)
    lifetimes.visit(main)
    chooseTiles(lifetimes)
    let scratch = place(lifetimes)
    var layout = CodeLayout()
    let range = layout.place(main)
    var loopCodes: [LoopCode] = []
    for loop in loops {
      loopCodes.append(
        LoopCode(
          extent: loop.extent, axis: loop.axis, space: loop.space, elementSpace: loop.elementSpace,
          tile: spaces[Int(loop.elementSpace)].tile, body: layout.place(loop.body), step: layout.place(loop.step),
          combine: layout.place(loop.combine), condition: loop.condition, carries: copied(loop.carries),
          slices: copied(loop.slices), grain: loop.grain))
    }
    return TileProgram(
      instructions: layout.instructions, accesses: accesses, boxes: boxes, loops: loopCodes,
      constants: constants, scratchSlots: scratch.slots, slotCount: slotCount,
      spaceCount: spaces.count,
      scratchBytes: scratch.bytes, scalarBytes: scratch.scalarBytes, main: range)
  }

  /// Tiles small enough that what is live at once stays in the first-level cache, large enough to pay for the calls.
  private func chooseTiles(_ lifetimes: Lifetimes) {
    let budget = 24 << 10
    let peaks = lifetimes.peakBytesPerElement(spaceCount: spaces.count)
    for i in spaces.indices where spaces[i].tile == 0 && spaces[i].outer == nil {
      let count = max(spaces[i].elementCount, 1)
      let inner = spaces.filter { $0.outer == Int32(i) }.map { $0.elementCount / count }
      if let longest = inner.max() {
        let bytes = zip(innerSpaces(of: i), inner).reduce(peaks[i]) { $0 + peaks[$1.0] * $1.1 }
        spaces[i].tile = min(max(min(budget / max(bytes, 1), 2048 / longest), 1), count)
        for (space, row) in zip(innerSpaces(of: i), inner) { spaces[space].tile = spaces[i].tile * row }
      } else if peaks[i] == 0 {
        spaces[i].tile = count
      } else {
        spaces[i].tile = min(min(max(budget / peaks[i], 128), 1024) / 64 * 64, count)
      }
    }
  }

  private func innerSpaces(of space: Int) -> [Int] { spaces.indices.filter { spaces[$0].outer == Int32(space) } }

  /// Scalars and areas stay; tiles share memory when they do not live at the same time.
  private func place(_ lifetimes: Lifetimes) -> (slots: [ScratchSlot], bytes: Int, scalarBytes: Int) {
    var allocator = IntervalAllocator(alignment: 64)
    var scalarBytes = 0
    var slots: [ScratchSlot] = []
    var tiles: [(slot: Slot, bytes: Int, interval: ClosedRange<Int>)] = []
    for register in registers {
      guard let interval = lifetimes.intervals[register.slot] else { continue }
      let bytes = register.size * register.multiple * max(spaces[Int(register.space)].tile, 1)
      if register.space == uniformSpace && bytes <= 8 {
        slots.append(ScratchSlot(slot: register.slot, offset: scalarBytes))
        scalarBytes += 8
      } else {
        tiles.append((register.slot, bytes, interval))
      }
    }
    let base = (scalarBytes + 63) / 64 * 64
    for tile in tiles.sorted(by: { $0.interval.lowerBound < $1.interval.lowerBound }) {
      let offset = allocator.allocate(tile.bytes, during: tile.interval)
      slots.append(ScratchSlot(slot: tile.slot, offset: base + offset))
    }
    return (slots, base + allocator.byteCount, scalarBytes)
  }
}

/// Appends blocks one after another.
private struct CodeLayout {
  var instructions: [Instruction] = []

  mutating func place(_ block: CodeBlock) -> CodeRange {
    let begin = instructions.count
    instructions.append(contentsOf: block.instructions)
    return CodeRange(begin: Int32(begin), end: Int32(instructions.count))
  }
}

/// From the first write to the last use of every register, in steps of execution
/// order. A register that a loop uses but does not write first lives until the loop ends.
struct Lifetimes {
  private(set) var intervals: [Slot: ClosedRange<Int>] = [:]
  private let compiler: KernelCompiler
  private let registers: [Slot: Register]
  /// Slots that point into another register: uses of the one are uses of the other.
  private let sources: [Slot: Slot]
  private var time = 0
  /// Open loops: when they began, and the registers from outside that they use.
  private var open: [(begin: Int, used: [Slot])] = []

  init(_ compiler: KernelCompiler) {
    self.compiler = compiler
    registers = Dictionary(uniqueKeysWithValues: compiler.registers.map { ($0.slot, $0) })
    var sources: [Slot: Slot] = [:]
    for loop in compiler.loops {
      for slice in loop.slices { sources[slice.slot] = slice.source }
    }
    self.sources = sources
  }

  mutating func visit(_ block: CodeBlock) {
    for instruction in block.instructions {
      time += 1
      for slot in [instruction.a, instruction.b, instruction.c, instruction.d, instruction.out] { touch(slot) }
      switch instruction.opcode {
      case .address, .iota:
        for term in compiler.accesses[instruction.payload].terms { touch(term.slot) }
      case .loadBox:
        for side in compiler.boxes[instruction.payload].sides {
          for term in compiler.accesses[side.rest].terms { touch(term.slot) }
        }
      case .tileLoop, .iterate, .whileLoop, .lanes, .lanesVector, .lanesReduce, .rows, .blocks:
        visit(compiler.loops[instruction.payload])
      default: break
      }
    }
  }

  private mutating func visit(_ loop: LoopDraft) {
    touch(loop.axis)
    touchAll(loop)
    open.append((time, []))
    visit(loop.step)
    visit(loop.body)
    visit(loop.combine)
    // A vectorised reduction runs its body before the carry-dependent part; a while loop the other way round.
    visit(loop.step)
    time += 1
    touch(loop.condition)
    touchAll(loop)
    touch(loop.axis)
    for slot in open.removeLast().used { touch(slot) }
  }

  private mutating func touchAll(_ loop: LoopDraft) {
    for slot in loop.areas { touch(slot) }
    for carry in loop.carries {
      for slot in carry.reads { touch(slot) }
    }
  }

  private mutating func touch(_ slot: Slot) {
    guard slot >= 0 else { return }
    let slot = sources[slot] ?? slot
    guard registers[slot] != nil else { return }
    let begin = intervals[slot]?.lowerBound ?? time
    intervals[slot] = begin...time
    for i in open.indices where begin <= open[i].begin { open[i].used.append(slot) }
  }

  /// The most bytes that registers of each space occupy at once, per element of the space.
  func peakBytesPerElement(spaceCount: Int) -> [Int] {
    var changes: [[(time: Int, bytes: Int)]] = Array(repeating: [], count: spaceCount)
    for (slot, interval) in intervals {
      let register = registers[slot]!
      let bytes = register.size * register.multiple
      changes[Int(register.space)] += [(interval.lowerBound, bytes), (interval.upperBound + 1, -bytes)]
    }
    return changes.map { changes in
      var (live, peak) = (0, 0)
      for change in changes.sorted(by: { ($0.time, $0.bytes) < ($1.time, $1.bytes) }) {
        live += change.bytes
        peak = max(peak, live)
      }
      return peak
    }
  }
}
