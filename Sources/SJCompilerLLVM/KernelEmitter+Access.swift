import SJLoopIR
import SJTypes

/// Loads and stores: scalar, of a contiguous vector, or lane by lane.
extension KernelEmitter {
  private func pattern(of index: AffineForm) -> Pattern {
    guard let vector else { return .uniform }
    return pattern(of: index, along: vector.axis, varies)
  }

  // MARK: Loads

  func emitLoad(_ buffer: BufferID, _ index: [ExprID], mask: IRValue?, fill: IRValue) throws -> IRValue {
    let type = declarations[buffer.index].type
    // Nothing can be read from an empty buffer; its pointer may be null.
    if declarations[buffer.index].shape.elementCount == 0 { return fill }
    if let value = registers[buffer] { return mask.map { builder.select($0, value, fill) } ?? value }
    let key = PointerKey(buffer: buffer, index: position(buffer, index))
    return try load(key, type, mask: mask, fill: fill)
  }

  private func load(_ key: PointerKey, _ type: ScalarType, mask: IRValue?, fill: IRValue) throws -> IRValue {
    switch pattern(of: key.index) {
    case .uniform: return try loadUniform(key, type, mask: mask, fill: fill)
    case .contiguous: return try loadContiguous(key, type, mask: mask, fill: fill)
    case .strided, .irregular:
      let addresses = try laneAddresses(key, type, mask: mask)
      let gathered = builder.perLane(type, vector!.lanes, count: addresses.count, level: 0) {
        plainLoad(type, 1, addresses[$0])
      }
      return mask.map { builder.select($0, gathered, fill) } ?? gathered
    }
  }

  private func loadUniform(_ key: PointerKey, _ type: ScalarType, mask: IRValue?, fill: IRValue) throws -> IRValue {
    guard let mask else { return plainLoad(type, 1, try address(key)) }
    let any = builder.any(mask)
    let element = plainLoad(type, 1, guarded(try address(key), by: any))
    return builder.select(mask, element, fill)
  }

  private func loadContiguous(_ key: PointerKey, _ type: ScalarType, mask: IRValue?, fill: IRValue) throws -> IRValue {
    let lanes = vector!.lanes
    if mask == nil {
      if vector!.remainder == 0 { return plainLoad(type, lanes, try address(key)) }
      if reachesMemory(type) { return maskedLoad(type, try address(key), mask: activeLanes(), fill: type.zero) }
      if let position = try stream(key, type) {
        vector!.streams[position].isRead = true
        return plainLoad(type, lanes, vector!.streams[position].current)
      }
    }
    let pointer = try openStream(key).map { vector!.streams[$0].current } ?? address(key)
    return maskedLoad(type, pointer, mask: limited(mask), fill: fill)
  }

  private func plainLoad(_ type: ScalarType, _ lanes: Int, _ pointer: Pointer) -> IRValue {
    builder.fromMemory(type, lanes, "load \(type.memory(lanes)), ptr \(pointer.text), align \(type.size)", level: pointer.level)
  }

  private func maskedLoad(_ type: ScalarType, _ pointer: Pointer, mask: IRValue, fill: IRValue) -> IRValue {
    let lanes = vector!.lanes
    let memory = type.memory(lanes)
    let function = "@llvm.masked.load.\(memoryType(type).mangled(lanes)).p0"
    builder.declare("\(memory) \(function)(ptr, i32 immarg, <\(lanes) x i1>, \(memory))")
    let passed = builder.toMemory(fill)
    return builder.fromMemory(
      type, lanes,
      "call \(memory) \(function)(ptr \(pointer.text), i32 \(type.size), "
        + "\(builder.typedOperand(mask, lanes)), \(memory) \(builder.operand(passed, lanes)))",
      level: max(pointer.level, mask.level, passed.level))
  }

  // MARK: Stores

  func emitStore(_ store: Store) throws {
    let type = declarations[store.buffer.index].type
    if declarations[store.buffer.index].shape.elementCount == 0 { return }
    if captured.contains(store.buffer) { return registers[store.buffer] = try value(store.value) }
    let key = PointerKey(buffer: store.buffer, index: position(store.buffer, store.index))
    let value = try value(store.value)
    let mask = try store.mask.map { try self.value($0) }
    switch pattern(of: key.index) {
    case .uniform where vector == nil:
      try storeElement(value, type, guarded(try address(key), by: mask), store.combine)
    case .contiguous:
      try storeContiguous(value, key, type, mask: mask, store.combine)
    default:
      for (lane, pointer) in try laneAddresses(key, type, mask: mask).enumerated() {
        try storeElement(builder.extract(value, lane), type, pointer, store.combine)
      }
    }
  }

  /// Stores stay where they are written: nothing moves them out of their loop.
  private func storeElement(_ value: IRValue, _ type: ScalarType, _ pointer: Pointer, _ combine: StoreCombine) throws {
    var value = value
    if combine != .none {
      let old = plainLoad(type, 1, Pointer(text: pointer.text, level: builder.level))
      value = try builder.combine(combine, old, value)
    }
    builder.line("store \(type.memory(1)) \(builder.toMemory(value).text), ptr \(pointer.text), align \(type.size)")
  }

  private func storeContiguous(
    _ value: IRValue, _ key: PointerKey, _ type: ScalarType, mask: IRValue?, _ combine: StoreCombine
  ) throws {
    let lanes = vector!.lanes
    var target: Pointer?
    if mask == nil, vector!.remainder != 0, reachesMemory(type) {
      var value = builder.splat(value, lanes)
      let pointer = try address(key).at(level: builder.level)
      if combine != .none {
        value = try builder.combine(combine, maskedLoad(type, pointer, mask: activeLanes(), fill: type.zero), value)
      }
      return storeFirst(vector!.remainder, of: value, type, pointer)
    } else if mask == nil, vector!.remainder != 0 {
      if let position = try stream(key, type) {
        target = written(position, reads: combine != .none)
      }
    } else if mask == nil {
      target = try address(key)
    }
    if let target {
      var value = builder.splat(value, lanes)
      if combine != .none {
        value = try builder.combine(
          combine, plainLoad(type, lanes, Pointer(text: target.text, level: builder.level)), value)
      }
      let stored = builder.toMemory(value)
      builder.line(
        "store \(type.memory(lanes)) \(builder.operand(stored, lanes)), ptr \(target.text), align \(type.size)")
    } else {
      // Other lanes of the run are written back as they were.
      let pointer = try openStream(key).map { written($0, reads: true) } ?? address(key)
      try storeMasked(value, type, pointer, mask: limited(mask), combine)
    }
  }

  /// Whether a partial vector is loaded from and stored to its place, not a copy on the stack. Where the number of lanes is
  /// known, that is a load with a constant mask, for which there is an instruction for elements of four bytes or more.
  private func reachesMemory(_ type: ScalarType) -> Bool { vector!.isOnly && target.hasMaskedLoads && type.size >= 4 }

  /// Stores the first lanes in pieces for which there are instructions.
  private func storeFirst(_ count: Int, of value: IRValue, _ type: ScalarType, _ pointer: Pointer) {
    var start = 0
    while start < count {
      let piece = 1 << (Int.bitWidth - 1 - (count - start).leadingZeroBitCount)
      let part = piece == 1 ? builder.extract(value, start) : builder.shuffle(value, Array(start..<start + piece))
      let place =
        start == 0
        ? pointer
        : builder.pointer("getelementptr \(type.memory(1)), ptr \(pointer.text), i64 \(start)", level: builder.level)
      builder.line("store \(type.memory(piece)) \(part.text), ptr \(place.text), align \(type.size)")
      start += piece
    }
  }

  /// Where the stream's current vector lies, which is going to be written.
  private func written(_ position: Int, reads: Bool) -> Pointer {
    vector!.streams[position].isWritten = true
    if reads { vector!.streams[position].isRead = true }
    return vector!.streams[position].current
  }

  private func storeMasked(
    _ value: IRValue, _ type: ScalarType, _ pointer: Pointer, mask: IRValue, _ combine: StoreCombine
  ) throws {
    let lanes = vector!.lanes
    let memory = type.memory(lanes)
    var value = value
    if combine != .none {
      let here = Pointer(text: pointer.text, level: builder.level)
      value = try builder.combine(combine, maskedLoad(type, here, mask: mask, fill: type.zero), value)
    }
    let function = "@llvm.masked.store.\(memoryType(type).mangled(lanes)).p0"
    builder.declare("void \(function)(\(memory), ptr, i32 immarg, <\(lanes) x i1>)")
    builder.line(
      "call void \(function)(\(memory) \(builder.operand(builder.toMemory(value), lanes)), ptr \(pointer.text), "
        + "i32 \(type.size), \(builder.typedOperand(mask, lanes)))")
  }

  // MARK: Addresses of vectors

  /// The stream of a contiguous access, if it is one: directly in the vector loop's body, starting at
  /// a place known before it.
  private func stream(_ key: PointerKey, _ type: ScalarType) throws -> Int? {
    guard let context = vector else { return nil }
    if let known = openStream(key) { return known }
    guard builder.level == context.bodyLevel else { return nil }
    let base = try address(PointerKey(buffer: key.buffer, index: key.index.without(context.axis)))
    guard base.level < context.bodyLevel else { return nil }
    let stack = builder.stackSlot(type.memory(context.lanes))
    let current = context.isOnly ? stack.text : builder.freshRegister()
    vector!.streams.append(
      .init(
        key: key, base: base, type: type, current: Pointer(text: current, level: context.bodyLevel), stack: stack))
    return vector!.streams.count - 1
  }

  /// The stream of an access that has one. Not among `pointers`: no other element can be reached from its copy.
  private func openStream(_ key: PointerKey) -> Int? { vector?.streams.firstIndex { $0.key == key } }

  /// A pointer for each lane that is ever an iteration; to somewhere harmless where it takes no part.
  private func laneAddresses(_ key: PointerKey, _ type: ScalarType, mask: IRValue?) throws -> [Pointer] {
    let context = vector!
    let element = type.memory(1)
    let isPlain = mask == nil && (context.remainder == 0 || context.isOnly)
    let takesPart: IRValue? = isPlain ? nil : limited(mask)
    let unguarded: (Int) throws -> Pointer
    if case .irregular = pattern(of: key.index) {
      let base = try address(PointerKey(buffer: key.buffer, index: AffineForm(key.index.constant)))
      let offsets = try laneOffsets(key.index)
      unguarded = { [builder] lane in
        let offset = builder.extract(offsets, lane)
        return builder.pointer(
          "getelementptr \(element), ptr \(base.text), i64 \(offset.text)", level: max(base.level, offset.level))
      }
    } else {
      let stride = key.index.coefficient(of: context.axis)
      let first = try address(key)
      unguarded = { [builder] lane in
        lane == 0
          ? first
          : builder.pointer("getelementptr \(element), ptr \(first.text), i64 \(lane * stride)", level: first.level)
      }
    }
    return try (0..<context.iterations).map { lane in
      guarded(try unguarded(lane), by: takesPart.map { builder.extract(builder.splat($0, context.lanes), lane) })
    }
  }

  /// The terms of an irregular position, for each lane.
  private func laneOffsets(_ index: AffineForm) throws -> IRValue {
    let terms = try index.terms.map { term in
      let atom =
        switch term.atom {
        case .axis(let axis): try counter(axis)
        case .node(let id): try value(id)
        }
      return term.coefficient == 1 ? atom : builder.binary("mul", atom, .index(term.coefficient))
    }
    return builder.splat(terms.dropFirst().reduce(terms[0]) { builder.binary("add", $0, $1) }, vector!.lanes)
  }

  private func guarded(_ pointer: Pointer, by mask: IRValue?) -> Pointer {
    guard let mask else { return pointer }
    return builder.pointer(
      "select \(mask.typed), ptr \(pointer.text), ptr \(harmlessPointer().text)", level: max(pointer.level, mask.level))
  }

  /// A mask further limited to the lanes that are iterations.
  private func limited(_ mask: IRValue?) -> IRValue {
    guard vector!.remainder != 0 else { return mask! }
    return mask.map { builder.binary("and", $0, activeLanes()) } ?? activeLanes()
  }

  // MARK: Bools are bytes in memory

  private func memoryType(_ type: ScalarType) -> ScalarType { type == .bool || type.size == 2 ? integer(type) : type }

  private func integer(_ type: ScalarType) -> ScalarType { type == .bool ? .u8 : .u16 }

}

extension FunctionBuilder {
  func toMemory(_ value: IRValue) -> IRValue { value.type == .bool ? bitcast(value, to: .u8) : value }

  /// - Parameter text: the instruction that loads.
  func fromMemory(_ type: ScalarType, _ lanes: Int, _ text: String, level: Int) -> IRValue {
    let loaded = instruction(text, type == .bool ? .u8 : type, lanes: lanes, level: level)
    return type == .bool ? bitcast(loaded, to: .bool) : loaded
  }

  func combine(_ op: StoreCombine, _ old: IRValue, _ new: IRValue) throws -> IRValue {
    switch op {
    case .none: new
    case .add: try apply(.add, old, new)
    case .mul: try apply(.mul, old, new)
    case .min: try apply(.min, old, new)
    case .max: try apply(.max, old, new)
    case .and: try apply(.and, old, new)
    case .or: try apply(.or, old, new)
    }
  }
}
