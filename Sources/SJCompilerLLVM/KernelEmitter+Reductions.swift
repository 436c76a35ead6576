import SJLoopIR
import SJTypes

/// Reductions in the order that `Loop.Kind` defines.
extension KernelEmitter {
  func emitLanes(_ loop: Loop, initial: [IRValue]) throws -> [IRValue] {
    let isVector = !Self.containsScalarLoops(loop.body)
    let total = try tree(loop, blockSize: Loop.reduceBlock, lanes: 1) { begin, end in
      try isVector ? emitVectorBlock(loop, begin, end) : emitScalarBlock(loop, begin, end)
    }
    return try merge(loop, initial, total)
  }

  /// The accumulators are registers.
  private func emitVectorBlock(_ loop: Loop, _ begin: IRValue, _ end: IRValue) throws -> [IRValue] {
    let lanes = reductionLanes(of: loop)
    let identity = try self.identity(loop, lanes: lanes)
    let plan = VectorLoop(lanes: lanes, begin: begin, end: end, extent: loop.extent)
    let isOneSet = target.prefersLoops && isIndifferentToOrder(loop)
    let sets = try emitVectorLoop(
      plan, loop, accumulators: Array(repeating: identity, count: isOneSet ? 1 : Loop.reduceLanes / lanes)
    ) { current in
      bindCarries(loop.id, current)
      try emit(loop.body)
      return try nextCarries(loop.carries)
    }
    return try mergeLanes(loop, sets, lanes)
  }

  /// One iteration after the other, as the loops inside want it; the accumulators are in memory.
  private func emitScalarBlock(_ loop: Loop, _ begin: IRValue, _ end: IRValue) throws -> [IRValue] {
    let identity = try self.identity(loop, lanes: 1)
    let slots = self.slots(loop, lanes: 1, count: Loop.reduceLanes)
    _ = builder.countedLoop(from: .index(0), to: .index(Loop.reduceLanes), step: 1, carries: []) { lane, _ in
      for (slot, value) in zip(slots, identity) { write(value, to: slot, lane) }
      return []
    }
    _ = try builder.countedLoop(from: begin, to: end, step: 1, carries: []) { counter, _ in
      let lane = builder.binary("and", counter, .index(Loop.reduceLanes - 1))
      bind(loop.axis, counter)
      bindCarries(loop.id, slots.map { read($0, lane) })
      try emit(loop.body)
      for (slot, value) in zip(slots, try nextCarries(loop.carries)) { write(value, to: slot, lane) }
      return []
    }
    var width = Loop.reduceLanes
    while width > 1 {
      width /= 2
      _ = try builder.countedLoop(from: .index(0), to: .index(width), step: 1, carries: []) { lane, _ in
        let high = builder.binary("add", lane, .index(width))
        let merged = try merge(loop, slots.map { read($0, lane) }, slots.map { read($0, high) })
        for (slot, value) in zip(slots, merged) { write(value, to: slot, lane) }
        return []
      }
    }
    return slots.map { read($0, .index(0)) }
  }

  func emitBlocks(_ loop: Loop, initial: [IRValue]) throws -> [IRValue] {
    let lanes = vector?.lanes ?? 1
    let total = try tree(loop, blockSize: Loop.rowBlock, lanes: lanes) { begin, end in
      try emitRows(loop, from: begin, to: end, initial: try identity(loop, lanes: lanes))
    }
    return try merge(loop, initial, total)
  }

  private func identity(_ loop: Loop, lanes: Int) throws -> [IRValue] {
    try (loop.combine?.identity ?? []).map { builder.splat(try value($0), lanes) }
  }

  /// Merges lane j with j + 16, then + 8, + 4, + 2, + 1.
  private func mergeLanes(_ loop: Loop, _ sets: [[IRValue]], _ lanes: Int) throws -> [IRValue] {
    target.prefersLoops && !mergesInOneInstruction(loop)
      ? try mergeInMemory(loop, sets, lanes) : try mergeInRegisters(loop, sets, lanes)
  }

  private func mergesInOneInstruction(_ loop: Loop) -> Bool {
    guard let combine = loop.combine, combine.merged.count == 1, case .binary(let op, _, _) = kernel[combine.merged[0]] else {
      return false
    }
    return switch op {
    case .add, .mul, .and, .or, .xor: true
    case .min, .max: !kernel.type(of: combine.merged[0]).isFloat
    default: false
    }
  }

  /// Whether any order of merging gives the same bits (but which of several NaNs a result is).
  private func isIndifferentToOrder(_ loop: Loop) -> Bool {
    guard loop.carries.count == 1, let combine = loop.combine,
      case .binary(let op, let left, let right) = kernel[combine.merged[0]],
      case .partial(loop.id, 0, _) = kernel[left], case .partial(loop.id, 0, _) = kernel[right], left != right,
      case .binary(op, let a, let b) = kernel[loop.carries[0].next]
    else { return false }
    func isCarry(_ id: ExprID) -> Bool { kernel[id] == .carry(loop.id, 0) }
    func isFree(_ id: ExprID) -> Bool { !kernel.nodes(below: [id]).contains(where: isCarry) }
    let isPlain = (isCarry(a) && isFree(b)) || (isCarry(b) && isFree(a))
    return switch op {
    case .min, .max, .and, .or, .xor: isPlain
    case .add, .mul: isPlain && !kernel.type(of: combine.merged[0]).isFloat
    default: false
    }
  }

  /// One merge in a loop, so that LLVM makes the code of one and not of all. Where fewer lanes than a vector's are to be merged,
  /// what lies behind them is merged too, and read no more.
  private func mergeInMemory(_ loop: Loop, _ sets: [[IRValue]], _ lanes: Int) throws -> [IRValue] {
    let count = sets.count * lanes
    let memory = sets[0].map { LaneMemory($0.type, lanes, count: count, builder) }
    for (number, set) in sets.enumerated() {
      for (memory, value) in zip(memory, set) { memory.write(value, at: .index(number * lanes)) }
    }
    func mergeVectors(_ left: IRValue, _ right: IRValue) throws {
      let merged = try merge(loop, memory.map { $0.read(at: left) }, memory.map { $0.read(at: right) })
      for (memory, value) in zip(memory, merged) { memory.write(value, at: left) }
    }
    _ = try builder.whileLoop([.index(count / 2)]) { state in
      builder.compare("icmp ne", state[0], .index(0))
    } body: { state in
      let width = state[0]
      if sets.count == 1 {
        try mergeVectors(.index(0), width)
      } else {
        _ = try builder.countedLoop(from: .index(0), to: width, step: lanes, carries: []) { lane, _ in
          try mergeVectors(lane, builder.binary("add", lane, width))
          return []
        }
      }
      return [builder.binary("lshr", width, .index(1))]
    }
    return memory.map { $0.read(at: .index(0), lanes: 1) }
  }

  /// First whole sets, then halves of one.
  private func mergeInRegisters(_ loop: Loop, _ sets: [[IRValue]], _ lanes: Int) throws -> [IRValue] {
    var sets = sets
    while sets.count > 1 {
      let half = sets.count / 2
      sets = try (0..<half).map { try merge(loop, sets[$0], sets[$0 + half]) }
    }
    var merged = sets[0]
    var width = lanes
    let narrowest = merged.map(\.type.size).min() == 8 ? 2 : 4
    while width > 1 {
      width /= 2
      // LLVM has to widen vectors of fewer lanes again: in the last steps the other lanes repeat these.
      let rest = max(width, min(narrowest, lanes))
      let high = merged.map { builder.shuffle($0, (0..<rest).map { $0 % width + width }) }
      let low = merged.map { $0.lanes == rest ? $0 : builder.shuffle($0, Array(0..<rest)) }
      merged = try merge(loop, low, high)
    }
    return merged.map { builder.extract($0, 0) }
  }

  // MARK: The tree over blocks

  /// The tree of the blocks' results. In one pass, as a binary counter counts: `slots[k]` holds the tree of
  /// 2^k blocks, and a new block merges with slot 0, 1, … as long as the counter's bits are set.
  private func tree(
    _ loop: Loop, blockSize: Int, lanes: Int, block: (_ begin: IRValue, _ end: IRValue) throws -> [IRValue]
  ) throws -> [IRValue] {
    if loop.extent <= blockSize { return try block(.index(0), .index(loop.extent)) }
    let blockCount = (loop.extent + blockSize - 1) / blockSize
    let slots = self.slots(loop, lanes: lanes, count: Int.bitWidth - blockCount.leadingZeroBitCount)
    _ = try builder.countedLoop(from: .index(0), to: .index(blockCount), step: 1, carries: []) { number, _ in
      let begin = builder.binary("mul", number, .index(blockSize))
      var end = builder.binary("add", begin, .index(blockSize))
      if loop.extent % blockSize != 0 { end = builder.intrinsic("smin", [end, .index(loop.extent)]) }
      try push(loop, number, try block(begin, end), slots)
      return []
    }
    return try remaining(loop, blockCount, slots)
  }

  /// The memory of one carry's partial results.
  private struct Slots {
    let memory: Pointer
    let type: ScalarType
    let lanes: Int
  }

  private func push(_ loop: Loop, _ number: IRValue, _ block: [IRValue], _ slots: [Slots]) throws {
    let final = try builder.whileLoop([number, .index(0)] + block) { state in
      builder.compare("icmp ne", builder.binary("and", state[0], .index(1)), .index(0))
    } body: { state in
      let left = slots.map { read($0, state[1]) }
      let merged = try merge(loop, left, Array(state.dropFirst(2)))
      return [builder.binary("lshr", state[0], .index(1)), builder.binary("add", state[1], .index(1))] + merged
    }
    for (slot, value) in zip(slots, final.dropFirst(2)) { write(value, to: slot, final[1]) }
  }

  /// What is left when all blocks are in: the trees of the counter's set bits, the largest on the left.
  private func remaining(_ loop: Loop, _ blockCount: Int, _ slots: [Slots]) throws -> [IRValue] {
    let levels = (0..<Int.bitWidth).filter { blockCount >> $0 & 1 != 0 }
    let lowest = slots.map { read($0, .index(levels[0])) }
    return try levels.dropFirst().reduce(lowest) { right, level in
      try merge(loop, slots.map { read($0, .index(level)) }, right)
    }
  }

  private func slots(_ loop: Loop, lanes: Int, count: Int) -> [Slots] {
    loop.carries.map { carry in
      Slots(memory: builder.stackSlot(carry.type.register(lanes), count: count), type: carry.type, lanes: lanes)
    }
  }

  private func write(_ value: IRValue, to slots: Slots, _ number: IRValue) {
    builder.line(
      "store \(builder.typedOperand(value, slots.lanes)), ptr \(place(slots, number).text), align 1")
  }

  private func place(_ slots: Slots, _ number: IRValue) -> Pointer {
    builder.pointer(
      "getelementptr \(slots.type.register(slots.lanes)), ptr \(slots.memory.text), i64 \(number.text)",
      level: builder.level)
  }

  private func read(_ slots: Slots, _ number: IRValue) -> IRValue {
    builder.instruction(
      "load \(slots.type.register(slots.lanes)), ptr \(place(slots, number).text), align 1", slots.type,
      lanes: slots.lanes, level: builder.level)
  }
}

/// The values that one carry of a reduction has in its lanes, in memory, and zeros behind them for a vector that begins at the last.
private struct LaneMemory {
  private let type: ScalarType
  /// Of a vector.
  private let lanes: Int
  private let memory: Pointer
  private let builder: FunctionBuilder

  init(_ type: ScalarType, _ lanes: Int, count: Int, _ builder: FunctionBuilder) {
    self.type = type
    self.lanes = lanes
    self.builder = builder
    memory = builder.stackSlot(type.memory(lanes), count: count / lanes + 1, isZeroed: false)
    builder.line("store \(type.memory(lanes)) zeroinitializer, ptr \(place(.index(count))), align \(type.size)")
  }

  func write(_ value: IRValue, at lane: IRValue) {
    let stored = builder.operand(builder.toMemory(value), lanes)
    builder.line("store \(type.memory(lanes)) \(stored), ptr \(place(lane)), align \(type.size)")
  }

  func read(at lane: IRValue, lanes: Int? = nil) -> IRValue {
    let lanes = lanes ?? self.lanes
    return builder.fromMemory(
      type, lanes, "load \(type.memory(lanes)), ptr \(place(lane)), align \(type.size)", level: builder.level)
  }

  private func place(_ lane: IRValue) -> String {
    lane.bits == 0
      ? memory.text
      : builder.pointer("getelementptr \(type.memory(1)), ptr \(memory.text), i64 \(lane.text)", level: builder.level).text
  }
}
