import CSJKernels
import SJLoopIR

struct LoadNode {
  var id: ExprID
  var buffer: BufferID
  var index: [ExprID]
  var mask: ExprID?
  var fill: ExprID?
}

// Loads and stores. An operand that lies contiguously along the tile's space is
// used in place; other affine ones are copied by strides; the rest is gathered
// or scattered through a tile of indices.
extension KernelCompiler {
  func load(_ node: LoadNode, in scope: Int) -> Value {
    let size = kernel.type(of: node.id).size
    let parts = parts(of: flattened(node.index, of: node.buffer), in: scope)
    if let box = boxLoad(node, parts, size, in: scope) { return box }
    if let mask = node.mask, values[mask.index] == nil { compute([mask]) }
    let mask = node.mask.map { values[$0.index]! }
    let maskIsTile = mask.map { $0.space != uniformSpace } ?? false
    if !parts.tiles.isEmpty { return gather(node, parts, size, in: scope) }
    if !parts.isTileAffine && !maskIsTile { return scalarLoad(node, parts, size, in: scope) }
    let space = scopes[scope].space
    let (extents, strides) = merged(spaces[Int(space)].extents, parts.steps)
    if mask != nil { return maskedLoad(node, parts, size, in: scope) }
    let isContiguous = strides == [1] && extents.count == 1
    if isContiguous && !isOverwritten(node.buffer, in: scope) {
      let slot = address(of: node.buffer, parts, size, linear: size, in: scope)
      directSizes[slot] = size
      return Value(slot: slot, space: space)
    }
    var instruction = Instruction(opcode: .load, space: space, size: Int32(size))
    instruction.a = address(of: node.buffer, parts, size, in: scope)
    instruction.payload = shape(extents, strides, size)
    return finish(&instruction, node.id, in: scope)
  }

  /// Whether a value may be needed once something else is in its place: a row that is passed on can have the memory of what a
  /// reduction stores while it still needs the row.
  private func isOverwritten(_ buffer: BufferID, in scope: Int) -> Bool {
    inPlace.contains(buffer) || scopes[scope].storesMeanwhile && kernel.passedOn.contains(buffer)
  }

  /// One element, used where it lies.
  private func scalarLoad(_ node: LoadNode, _ parts: FormParts, _ size: Int, in scope: Int) -> Value {
    let slot = address(of: node.buffer, parts, size, in: scope)
    if let mask = node.mask {
      var instruction = Instruction(opcode: .loadScalarMasked, a: slot, b: values[mask.index]!.slot, size: Int32(size))
      instruction.c = fillSlot(node)
      return finish(&instruction, node.id, in: scope)
    }
    if isOverwritten(node.buffer, in: scope) {
      var instruction = Instruction(opcode: .copy, a: slot, size: Int32(size))
      return finish(&instruction, node.id, in: scope)
    }
    return Value(slot: slot, space: uniformSpace)
  }

  private func maskedLoad(_ node: LoadNode, _ parts: FormParts, _ size: Int, in scope: Int) -> Value {
    let space = scopes[scope].space
    let (extents, strides) = merged(spaces[Int(space)].extents, parts.steps)
    var instruction = Instruction(opcode: .loadMasked, space: space, size: Int32(size))
    instruction.a = address(of: node.buffer, parts, size, in: scope)
    (instruction.b, instruction.stepB) = operand(values[node.mask!.index]!, in: scope)
    instruction.payload = shape(extents, strides, size)
    instruction.d = newRegister(size: 8, space: space)
    return filled(&instruction, node, in: scope)
  }

  private func gather(_ node: LoadNode, _ parts: FormParts, _ size: Int, in scope: Int) -> Value {
    var instruction = Instruction(opcode: .gather, space: scopes[scope].space, size: Int32(size))
    (instruction.a, instruction.d) = gathered(node.buffer, parts, size, in: scope)
    if let mask = node.mask { instruction.b = materialised(values[mask.index]!, size: 1, in: scope) }
    return filled(&instruction, node, in: scope)
  }

  /// The base address and the tile of element indices of an access that is not affine.
  private func gathered(
    _ buffer: BufferID, _ parts: FormParts, _ size: Int, in scope: Int
  ) -> (base: Slot, index: Slot) {
    let base = address(of: buffer, parts, size, in: scope)
    var varying = parts
    varying.constant = 0
    varying.scalars = []
    return (base, materialised(linear(varying, in: scope), size: 8, in: scope))
  }

  /// Completes a masked load: one fill element is the instruction's own, a tile of them is selected in.
  private func filled(_ instruction: inout Instruction, _ node: LoadNode, in scope: Int) -> Value {
    let type = kernel.type(of: node.id)
    guard let fill = node.fill.map({ values[$0.index]! }), fill.space != uniformSpace, let mask = node.mask else {
      instruction.c = fillSlot(node)
      return finish(&instruction, node.id, in: scope)
    }
    instruction.c = constantSlot(0)
    instruction.out = newRegister(size: type.size, space: instruction.space)
    append(instruction, to: scope)
    var select = Instruction(opcode: .ternary, stepB: 1, stepC: 1, space: instruction.space, b: instruction.out)
    (select.a, select.stepA) = operand(values[mask.index]!, in: scope)
    select.c = operand(fill, in: scope).slot
    let function = sj_kernel_ternary(Int32(TernaryOp.select.rawValue), cType(type))
    select.function = unsafeBitCast(function, to: UnsafeRawPointer?.self)
    return finish(&select, node.id, in: scope)
  }

  private func fillSlot(_ node: LoadNode) -> Slot { node.fill.map { values[$0.index]!.slot } ?? constantSlot(0) }

  private func shape(_ extents: [Int], _ strides: [Int], _ size: Int) -> Int {
    newAccess(AccessDraft(extents: extents, strides: strides.map { $0 * size }))
  }

  /// A slot that points to where an access begins: for the whole space, or for the
  /// tile where `linear` bytes lie between its elements.
  func address(
    of buffer: BufferID, _ parts: FormParts, _ size: Int, linear: Int = 0, in scope: Int
  ) -> Slot {
    let base = bufferSlots[buffer]!
    if parts.constant == 0 && parts.scalars.isEmpty && linear == 0 { return base }
    var draft = AccessDraft(constant: parts.constant * size, linear: linear)
    draft.terms = parts.scalars.map { AddressTerm(slot: $0.slot, scale: $0.scale * size) }
    let slot = newSlot()
    append(
      Instruction(
        opcode: .address, space: linear == 0 ? uniformSpace : scopes[scope].space, out: slot, a: base,
        payload: newAccess(draft)),
      to: scope)
    return slot
  }

  // MARK: Stores

  func store(_ store: Store) {
    let scope = currentScope
    let form = flattened(store.index, of: store.buffer)
    form.forEachNode { compute([$0]) }
    if let mask = store.mask { compute([mask]) }
    let parts = parts(of: form, in: scope)
    let size = declarations[store.buffer.index].type.size
    if scopes[scope].space == uniformSpace && store.combine == .none {
      scalarStore(store, parts, size, in: scope)
    } else if !parts.tiles.isEmpty || store.combine != .none {
      scatter(store, parts, size, in: scope)
    } else {
      tileStore(store, parts, size, in: scope)
    }
  }

  private func scalarStore(_ store: Store, _ parts: FormParts, _ size: Int, in scope: Int) {
    let target = address(of: store.buffer, parts, size, in: scope)
    guard let mask = store.mask else { return put(store, at: target, size, in: scope) }
    let value = value(of: store.value)
    append(
      Instruction(
        opcode: .storeScalarMasked, out: target, a: value.slot, b: values[mask.index]!.slot, size: Int32(size)),
      to: scope)
  }

  private func tileStore(_ store: Store, _ parts: FormParts, _ size: Int, in scope: Int) {
    let space = scopes[scope].space
    let (extents, strides) = merged(spaces[Int(space)].extents, parts.steps)
    if store.mask == nil && strides == [1] {
      let target = address(of: store.buffer, parts, size, linear: size, in: scope)
      directSizes[target] = size
      return put(store, at: target, size, in: scope)
    }
    let value = value(of: store.value)
    var instruction = Instruction(opcode: store.mask == nil ? .store : .storeMasked, space: space, size: Int32(size))
    instruction.out = address(of: store.buffer, parts, size, in: scope)
    instruction.a = materialised(value, size: size, in: scope)
    if let mask = store.mask { (instruction.b, instruction.stepB) = operand(values[mask.index]!, in: scope) }
    instruction.payload = shape(extents, strides, size)
    append(instruction, to: scope)
  }

  /// Stores to contiguous memory: the instruction that computes the value writes there if it can.
  private func put(_ store: Store, at target: Slot, _ size: Int, in scope: Int) {
    if inPlace.contains(store.buffer) {
      copy(value(of: store.value), to: target, size, in: scope)
    } else {
      put(store.value, at: target, size, in: scope)
    }
  }

  func put(_ id: ExprID, at target: Slot, _ size: Int, in scope: Int) {
    if values[id.index] == nil && self.scope(of: id) == scope {
      destinations[id] = Value(slot: target, space: scopes[scope].space)
    }
    let value = value(of: id)
    destinations[id] = nil
    if value.slot != target { copy(value, to: target, size, in: scope) }
  }

  private func copy(_ value: Value, to target: Slot, _ size: Int, in scope: Int) {
    let (slot, step) = operand(value, in: scope)
    append(
      Instruction(
        opcode: .copy, stepA: step, space: scopes[scope].space, out: target, a: slot, size: Int32(size)),
      to: scope)
  }

  private func scatter(_ store: Store, _ parts: FormParts, _ size: Int, in scope: Int) {
    let type = declarations[store.buffer.index].type
    var instruction = Instruction(opcode: .scatter, space: scopes[scope].space, size: cType(type))
    (instruction.out, instruction.d) = gathered(store.buffer, parts, size, in: scope)
    instruction.a = materialised(value(of: store.value), size: size, in: scope)
    if let mask = store.mask { instruction.b = materialised(values[mask.index]!, size: 1, in: scope) }
    instruction.payload = Int(store.combine.rawValue)
    append(instruction, to: scope)
  }
}
