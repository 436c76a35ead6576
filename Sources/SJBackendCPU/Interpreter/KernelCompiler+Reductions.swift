import CSJKernels
import SJLoopIR

// Reductions: the trees of `Loop.Kind`. Three ways to run them, one result:
// a C kernel on contiguous blocks, lane groups of a general region, or one
// iteration at a time with carries that are tiles of the surrounding space.
extension KernelCompiler {
  /// Whether a reduction's body can be done for many elements before its carries advance: there are stores alone, and not of carries.
  func storesElementsAlone(_ loop: Loop) -> Bool {
    loop.body.areStores
      && !kernel.nodes(below: loop.body.roots).contains { if case .carry(loop.id, _) = kernel[$0] { true } else { false } }
  }

  /// One iteration at a time, for any body and any surrounding space.
  func reduction(_ loop: Loop) {
    let draft = newLoop()
    let space = scopes[currentScope].space
    draft.extent = loop.extent
    draft.space = space
    draft.grain = reductionGrain(loop)
    draft.axis = area(draft, size: 8, space: uniformSpace)
    draft.carries = reductionCarries(loop, draft)
    for i in draft.carries.indices {
      let size = Int(draft.carries[i].size)
      if loop.kind == .lanes {
        draft.carries[i].carry = newSlot()
        draft.carries[i].lanes = area(draft, size: size, space: space, multiple: min(Loop.reduceLanes, loop.extent))
      } else {
        draft.carries[i].carry = area(draft, size: size, space: space)
      }
    }
    axisSlots[loop.axis.index] = draft.axis
    carryValues[loop.id.index] = draft.carries.map { Value(slot: $0.carry, space: space) }
    withScope(Scope(block: draft.body, space: space, storesMeanwhile: !loop.body.isEmpty), from: firstDepth(of: loop)) {
      translate(loop.body)
      advance(loop.id, loop.carries)
    }
    axisSlots[loop.axis.index] = -1
    appendLoop(loop.kind == .lanes ? .lanes : .blocks, draft, to: currentScope)
  }

  /// A reduction along data at scalar level: by a C kernel where one fits, else in groups of lanes.
  func vectorReduction(_ loop: Loop) {
    let draft = newLoop()
    draft.extent = loop.extent
    draft.grain = reductionGrain(loop)
    draft.elementSpace = newSpace(axes: [loop.axis], extents: [loop.extent])
    if let kernels = reduceKernels(loop) {
      kernelReduction(loop, draft, kernels)
    } else {
      laneReduction(loop, draft)
    }
  }

  /// Reductions at the top of the kernel may be split between blocks.
  private func reductionGrain(_ loop: Loop) -> Int {
    currentScope == 0 ? grain(kernel.cost(of: [.loop(loop)]) / loop.extent) : 0
  }

  private func laneReduction(_ loop: Loop, _ draft: LoopDraft) {
    draft.space = newSpace(axes: [loop.axis], extents: [loop.extent], tile: Loop.reduceLanes)
    draft.carries = reductionCarries(loop, draft)
    for i in draft.carries.indices {
      draft.carries[i].carry = area(draft, size: Int(draft.carries[i].size), space: draft.space)
    }
    carryValues[loop.id.index] = draft.carries.map { Value(slot: $0.carry, space: draft.space) }
    let depth = firstDepth(of: loop)
    let elements = Scope(block: draft.body, space: draft.elementSpace, storesMeanwhile: !loop.body.isEmpty)
    withScope(elements, from: depth) {
      translate(loop.body)
      withScope(Scope(block: draft.step, space: draft.space, slicing: draft), from: depth + 1) {
        advance(loop.id, loop.carries)
      }
    }
    appendLoop(.lanesVector, draft, to: currentScope)
  }

  private func kernelReduction(_ loop: Loop, _ draft: LoopDraft, _ kernels: [ReduceKernel]) {
    draft.carries = reductionCarries(loop, draft)
    let isDirect = loop.body.isEmpty && kernels.allSatisfy { isContiguous($0.value, along: loop.axis) }
    if isDirect { spaces[Int(draft.elementSpace)].tile = Loop.reduceBlock }
    let elements = Scope(block: draft.body, space: draft.elementSpace, storesMeanwhile: !loop.body.isEmpty)
    withScope(elements, from: firstDepth(of: loop)) {
      translate(loop.body)
      for (i, kernel) in kernels.enumerated() {
        let size = Int(draft.carries[i].size)
        draft.carries[i].carry = area(draft, size: size, space: uniformSpace)
        draft.carries[i].reduce = kernel.function
        if isDirect {
          draft.carries[i].value = value(of: kernel.value).slot
        } else {
          draft.carries[i].block = area(draft, size: size, space: uniformSpace, multiple: Loop.reduceBlock)
          draft.carries[i].value = newSlot()
          put(kernel.value, at: draft.carries[i].value, size, in: currentScope)
        }
      }
    }
    appendLoop(.lanesReduce, draft, to: currentScope)
  }

  /// Whether a node is a plain load of neighbouring elements along an axis.
  private func isContiguous(_ id: ExprID, along axis: AxisID) -> Bool {
    guard case .load(let buffer, let index, nil, _) = kernel[id], !inPlace.contains(buffer) else { return false }
    let form = flattened(index, of: buffer)
    return form.coefficient(of: axis) == 1
      && form.terms.allSatisfy {
        if case .node(let node) = $0.atom { depths.ofNode[node.index] < depths.ofAxis[axis.index] } else { true }
      }
  }

  // MARK: Parts that all reductions share

  /// Registers for initial values and results, the memory of the tree, and the combine region.
  func reductionCarries(_ loop: Loop, _ draft: LoopDraft) -> [CarryCode] {
    let combine = loop.combine!
    let outer = currentScope
    compute(loop.carries.map(\.initial) + combine.identity)
    let blockLength = loop.kind == .lanes ? Loop.reduceBlock : Loop.rowBlock
    let levels = treeDepth(blocks: (loop.extent + blockLength - 1) / blockLength)
    var codes = loop.carries.indices.map { i in
      let size = loop.carries[i].type.size
      // One element suffices where the carries are lanes of one scalar.
      let space = scopes[outer].space
      var code = CarryCode(
        size: Int32(size), identity: values[combine.identity[i].index]!.slot,
        initial: materialised(values[loop.carries[i].initial.index]!, size: size, in: outer),
        result: area(draft, size: size, space: space))
      (code.left, code.right) = (newSlot(), newSlot())
      if levels > 0 { code.stack = area(draft, size: size, space: space, multiple: levels) }
      return code
    }
    resultValues[loop.id.index] = codes.map { Value(slot: $0.result, space: scopes[outer].space) }
    combineRegion(loop, draft, &codes)
    return codes
  }

  private func combineRegion(_ loop: Loop, _ draft: LoopDraft, _ codes: inout [CarryCode]) {
    let space = draft.space
    partialValues[loop.id.index] = (
      codes.map { Value(slot: $0.left, space: space) }, codes.map { Value(slot: $0.right, space: space) }
    )
    let merged = loop.combine!.merged
    withScope(Scope(block: draft.combine, space: space), from: firstDepth(of: loop) + 2) {
      compute(merged)
      for i in codes.indices {
        let size = Int(codes[i].size)
        let (slot, step) = operand(values[merged[i].index]!, in: currentScope)
        codes[i].merged = slot
        let isFresh = draft.combine.instructions.contains { $0.out == slot }
        if isFresh && (step == 1 || space == uniformSpace) { continue }
        codes[i].merged = newRegister(size: size, space: space)
        append(
          Instruction(opcode: .copy, stepA: step, space: space, out: codes[i].merged, a: slot, size: Int32(size)),
          to: currentScope)
      }
    }
  }

  /// A register that lives as long as a loop.
  func area(_ draft: LoopDraft, size: Int, space: Int32, multiple: Int = 1) -> Slot {
    let slot = newRegister(size: size, space: space, multiple: multiple)
    draft.areas.append(slot)
    return slot
  }

  // MARK: Reductions with kernels of their own

  struct ReduceKernel {
    var combine: StoreCombine
    var function: UnsafeRawPointer
    var value: ExprID
  }

  /// The kernels that do a reduction whose carries are independent and of the form `carry op value`.
  func reduceKernels(_ loop: Loop) -> [ReduceKernel]? {
    var result: [ReduceKernel] = []
    for i in loop.carries.indices {
      guard let (op, value) = reducedOperation(loop, i), let combine = StoreCombine(op),
        let function = sj_kernel_reduce(Int32(combine.rawValue), cType(loop.carries[i].type)),
        identityBits(function) == constantBits(loop.combine!.identity[i])
      else { return nil }
      result.append(
        ReduceKernel(
          combine: combine, function: unsafeBitCast(function, to: UnsafeRawPointer.self), value: value))
    }
    return result
  }

  private func constantBits(_ id: ExprID) -> UInt64? {
    if case .constant(let bits) = kernel[id] { bits } else { nil }
  }

  /// What the kernel's lanes start from.
  private func identityBits(_ function: sj_reduce_fn) -> UInt64 {
    var (bits, nothing): (UInt64, UInt64) = (0, 0)
    function(0, &bits, &nothing)
    return bits
  }

  /// `next = carry op value`, merged by the same operation.
  private func reducedOperation(_ loop: Loop, _ i: Int) -> (BinaryOp, value: ExprID)? {
    guard let (op, value) = accumulation(loop, i),
      case .binary(op, let left, let right) = kernel[loop.combine!.merged[i]],
      kernel[left] == .partial(loop.id, i, isRight: false), kernel[right] == .partial(loop.id, i, isRight: true)
    else { return nil }
    return (op, value)
  }
}

/// The most results of blocks that wait in the tree at once.
func treeDepth(blocks: Int) -> Int { blocks <= 1 ? 0 : Int.bitWidth - (blocks - 1).leadingZeroBitCount }

extension StoreCombine {
  init?(_ op: BinaryOp) {
    switch op {
    case .add: self = .add
    case .mul: self = .mul
    case .min: self = .min
    case .max: self = .max
    case .and: self = .and
    case .or: self = .or
    default: return nil
    }
  }
}

extension Instruction {
  /// Whether element i of the output depends on element i of the inputs only, so that it may overwrite one of them.
  var isElementwise: Bool {
    switch opcode {
    case .unary, .binary, .scalarBinary, .ternary, .copy, .floorDiv, .floorMod: true
    default: false
    }
  }
}
