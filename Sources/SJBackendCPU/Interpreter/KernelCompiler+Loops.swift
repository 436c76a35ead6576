import CSJKernels
import SJLoopIR

// Statements and loops. A nest of parallel loops becomes one tile space; a loop
// inside it runs its counter as a scalar while its carries are tiles.
extension KernelCompiler {
  func translate(_ statements: [Statement]) {
    computeInPlaceLoads(statements)
    for statement in statements {
      switch statement {
      case .store(let statement): store(statement)
      case .whileLoop(let loop): whileLoop(loop)
      case .loop(let loop): self.loop(loop)
      }
    }
  }

  private func loop(_ loop: Loop) {
    if loop.extent == 0 { return skip(loop) }
    let isScalar = scopes[currentScope].space == uniformSpace
    if scopes[currentScope].opensRows && isShortRow(loop) { return row(loop) }
    switch loop.kind {
    case .parallel where isScalar: parallel(loop)
    case .sequential where isScalar && loop.isStoreNest: parallel(loop)
    case .parallel: iterate(loop)
    case .sequential:
      if isScalar, let steps = recurrences(loop) { recurrence(loop, steps) } else { iterate(loop) }
    case .lanes where isScalar && storesElementsAlone(loop):
      vectorReduction(loop)
    case .lanes, .blocks: reduction(loop)
    }
  }

  /// A loop without iterations: its results are its initial values.
  private func skip(_ loop: Loop) {
    compute(loop.carries.map(\.initial))
    resultValues[loop.id.index] = loop.carries.map { values[$0.initial.index]! }
  }

  /// Loads see what was there before the kernel: in the scope that stores a buffer,
  /// its loads come before all stores.
  private func computeInPlaceLoads(_ statements: [Statement]) {
    if inPlace.isEmpty { return }
    var roots: [ExprID] = []
    for case .store(let store) in statements { roots.append(contentsOf: store.operands) }
    compute(kernel.loads(of: inPlace, below: roots).filter { scope(of: $0) == currentScope })
  }

  // MARK: Parallel nests

  /// A nest of loops at scalar level: walked in tiles, or loop by loop where that vectorises better.
  private func parallel(_ loop: Loop) {
    let nest = LoopNest(loop)
    let peeled = nest.isStores ? peelCount(nest) : 0
    let opensRows = isRowNest(nest)
    if peeled > 0 || !(nest.isStores || opensRows || prefersTiles(nest)) { return iterate(loop) }
    let space = newSpace(axes: nest.axes, extents: nest.extents)
    let draft = newLoop()
    draft.extent = nest.extents.elementCount
    draft.elementSpace = space
    draft.grain = currentScope == 0 && nest.isParallel ? grain(kernel.cost(of: nest.body)) : 0
    let scope = Scope(block: draft.body, space: space, opensRows: opensRows)
    withScope(scope, from: firstDepth(of: loop)) { translate(nest.body) }
    appendLoop(.tileLoop, draft, to: currentScope)
  }

  func newSpace(axes: [AxisID], extents: [Int], tile: Int = 0) -> Int32 {
    spaces.append(TileSpace(axes: axes, extents: extents, tile: tile))
    return Int32(spaces.count - 1)
  }

  func firstDepth(of loop: Loop) -> Int { depths.ofAxis[loop.axis.index] }

  /// How many outer loops to run one by one, so that the tiles of the inner ones lie contiguously in memory.
  private func peelCount(_ nest: LoopNest) -> Int {
    var count = 0
    for stride in kernel.accesses(below: nest.body).map({ strides(of: $0, over: nest) }) {
      guard let last = stride.last, last == 0 || last == 1 else { continue }
      var suffix = nest.extents.count
      var expected = last
      while suffix > 0, stride[suffix - 1] == expected || nest.extents[suffix - 1] == 1 {
        expected *= nest.extents[suffix - 1]
        suffix -= 1
      }
      count = max(count, suffix)
    }
    return Array(nest.extents[count...]).elementCount >= 256 ? count : 0
  }

  private func strides(of access: (buffer: BufferID, index: [ExprID]), over nest: LoopNest) -> [Int] {
    let form = flattened(access.index, of: access.buffer)
    return nest.axes.map(form.coefficient(of:))
  }

  /// Whether a nest with loops inside runs with tiles of the outer iterations (and scalar inner counters)
  /// rather than one outer iteration at a time.
  private func prefersTiles(_ nest: LoopNest) -> Bool {
    if nest.body.containsWhile { return false }
    let outer = min(nest.extents.elementCount, 512)
    return innerVectorLength(nest.body) < min(outer, 64)
  }

  /// The elements over which the shortest of the inner loops vectorises if the outer ones run one by one.
  private func innerVectorLength(_ statements: [Statement]) -> Int {
    var length = Int.max
    for case .loop(let loop) in statements where loop.extent > 0 {
      let nest = LoopNest(loop)
      if nest.isStores {
        length = min(length, nest.extents.elementCount)
      } else if loop.kind == .lanes && storesElementsAlone(loop) {
        // A general combine region merges its lanes at a cost that only long rows pay for.
        length = min(length, reduceKernels(loop) == nil ? loop.extent / 8 : loop.extent)
      } else if recurrences(loop) != nil && storesNeighbours(loop) {
        length = min(length, loop.extent)
      } else if loop.body.contains(where: { if case .loop = $0 { true } else { false } }) {
        length = min(length, innerVectorLength(loop.body))
      } else {
        length = 1
      }
    }
    return length
  }

  /// Whether a loop's iterations store to neighbouring places.
  private func storesNeighbours(_ loop: Loop) -> Bool {
    loop.body.contains {
      guard case .store(let store) = $0 else { return false }
      return abs(flattened(store.index, of: store.buffer).coefficient(of: loop.axis)) == 1
    }
  }

  /// Iterations per piece of work for a thread, of which there are at least three.
  func grain(_ operations: Int) -> Int { max(1, Parallelism.threshold / 3 / max(operations, 1)) }

  // MARK: Loops whose counter is a scalar

  private func iterate(_ loop: Loop) {
    let draft = newLoop()
    draft.extent = loop.extent
    draft.space = scopes[currentScope].space
    draft.axis = newRegister(size: 8, space: uniformSpace)
    axisSlots[loop.axis.index] = draft.axis
    if loop.kind == .parallel && currentScope == 0 { draft.grain = grain(kernel.cost(of: loop.body)) }
    carriedLoop(loop.id, loop.carries, draft, depth: firstDepth(of: loop)) { translate(loop.body) }
    axisSlots[loop.axis.index] = -1
    appendLoop(.iterate, draft, to: currentScope)
  }

  private func whileLoop(_ loop: WhileLoop) {
    let draft = newLoop()
    precondition(scopes[currentScope].space == uniformSpace, "a while loop runs on scalars")
    let depth = depths.ofLoop[loop.id.index]
    setInitial(loop.id, loop.carries)
    withScope(Scope(block: draft.step, space: uniformSpace), from: depth) {
      draft.condition = value(of: loop.condition).slot
    }
    withScope(Scope(block: draft.body, space: uniformSpace), from: depth) {
      translate(loop.body)
      advance(loop.id, loop.carries)
    }
    appendLoop(.whileLoop, draft, to: currentScope)
    resultValues[loop.id.index] = carryValues[loop.id.index]
  }

  private func carriedLoop(_ id: LoopID, _ carries: [Carry], _ draft: LoopDraft, depth: Int, _ body: () -> Void) {
    setInitial(id, carries)
    withScope(Scope(block: draft.body, space: scopes[currentScope].space), from: depth) {
      body()
      advance(id, carries)
    }
    resultValues[id.index] = carryValues[id.index]
  }

  /// Registers for carries, holding the initial values.
  func setInitial(_ id: LoopID, _ carries: [Carry]) {
    let scope = currentScope
    let space = scopes[scope].space
    compute(carries.map(\.initial))
    carryValues[id.index] = carries.map { carry in
      let slot = newRegister(size: carry.type.size, space: space)
      let (from, step) = operand(values[carry.initial.index]!, in: scope)
      append(
        Instruction(opcode: .copy, stepA: step, space: space, out: slot, a: from, size: Int32(carry.type.size)),
        to: scope)
      return Value(slot: slot, space: space)
    }
  }

  /// At the end of a body: carries take their next values.
  func advance(_ id: LoopID, _ carries: [Carry]) {
    compute(carries.map(\.next))
    let scope = currentScope
    let block = scopes[scope].block
    let slots = carryValues[id.index].map(\.slot)
    let next = carries.map { operand(values[$0.next.index]!, in: scope) }
    var copies: [Instruction] = []
    for (i, carry) in carries.enumerated() where next[i].slot != slots[i] {
      let others = next.indices.filter { $0 != i }.map { next[$0].slot }
      // One value for all elements cannot be written where each has its own.
      let isWhole = next[i].step == 1 || scopes[scope].space == uniformSpace
      if isWhole && !others.contains(slots[i]) && !others.contains(next[i].slot)
        && writeInPlace(next[i].slot, slots[i], block)
      {
        continue
      }
      let size = Int32(carry.type.size)
      let space = scopes[scope].space
      var (source, step) = next[i]
      if slots.contains(source) {
        // Another carry, which may have advanced by then.
        let copy = newRegister(size: carry.type.size, space: space)
        append(Instruction(opcode: .copy, stepA: step, space: space, out: copy, a: source, size: size), to: scope)
        (source, step) = (copy, 1)
      }
      copies.append(Instruction(opcode: .copy, stepA: step, space: space, out: slots[i], a: source, size: size))
    }
    block.instructions.append(contentsOf: copies)
  }

  /// Lets the instruction that computes `next` write to the carry itself, if nothing reads the old value later.
  private func writeInPlace(_ next: Slot, _ carry: Slot, _ block: CodeBlock) -> Bool {
    guard registers.contains(where: { $0.slot == next }),
      let position = block.instructions.lastIndex(where: { $0.out == next }),
      block.instructions[position].isElementwise,
      !block.instructions[(position + 1)...].contains(where: { reads($0, carry) || reads($0, next) })
    else { return false }
    block.instructions[position].out = carry
    return true
  }

  private func reads(_ instruction: Instruction, _ slot: Slot) -> Bool {
    if instruction.a == slot || instruction.b == slot || instruction.c == slot || instruction.d == slot { return true }
    switch instruction.opcode {
    case .address, .iota: return accesses[instruction.payload].terms.contains { $0.slot == slot }
    case .loadBox:
      return boxes[instruction.payload].sides.contains { accesses[$0.rest].terms.contains { $0.slot == slot } }
    case .tileLoop, .iterate, .whileLoop, .lanes, .lanesVector, .lanesReduce, .rows, .blocks:
      let loop = loops[instruction.payload]
      return loop.condition == slot || loop.slices.contains { $0.source == slot }
        || [loop.body, loop.step, loop.combine].contains { $0.instructions.contains { reads($0, slot) } }
        || loop.carries.contains { $0.reads.contains(slot) }
    default: return false
    }
  }
}

/// A chain of loops each of which is the whole body of the one around it.
struct LoopNest {
  var axes: [AxisID] = []
  var extents: [Int] = []
  var body: [Statement]
  var isParallel = true
  var isStores: Bool

  init(_ outermost: Loop) {
    body = [.loop(outermost)]
    isStores = outermost.isStoreNest
    while body.count == 1, case .loop(let loop) = body[0], loop.kind == .parallel || isStores, loop.extent > 0 {
      axes.append(loop.axis)
      extents.append(loop.extent)
      if loop.kind != .parallel { isParallel = false }
      body = loop.body
    }
  }
}

extension Loop {
  /// Whether the loop is a nest around stores alone, without carries: its
  /// iterations may run as one row-major space in order.
  var isStoreNest: Bool {
    guard carries.isEmpty, kind == .parallel || kind == .sequential, extent > 0 else { return false }
    if body.count == 1, case .loop(let inner) = body[0] { return inner.isStoreNest }
    if kind == .sequential && !body.storesDistinctBuffers { return false }
    return body.areStores
  }
}

extension [Statement] {
  var storesDistinctBuffers: Bool {
    var seen: Set<BufferID> = []
    return allSatisfy { if case .store(let store) = $0 { seen.insert(store.buffer).inserted } else { true } }
  }

  var containsWhile: Bool {
    contains {
      switch $0 {
      case .whileLoop: true
      case .loop(let loop): loop.body.containsWhile
      case .store: false
      }
    }
  }
}

extension Kernel {
  func accesses(below statements: [Statement]) -> [(buffer: BufferID, index: [ExprID])] {
    var result: [(buffer: BufferID, index: [ExprID])] = []
    for id in nodes(below: statements.roots) {
      if case .load(let buffer, let index, _, _) = self[id] { result.append((buffer, index)) }
    }
    func visit(_ statements: [Statement]) {
      for statement in statements {
        switch statement {
        case .store(let store): result.append((store.buffer, store.index))
        case .loop(let loop): visit(loop.body)
        case .whileLoop(let loop): visit(loop.body)
        }
      }
    }
    visit(statements)
    return result
  }

  /// A rough count of elementary operations in one run of some statements.
  func cost(of statements: [Statement]) -> Int {
    statements.reduce(0) { sum, statement in
      switch statement {
      case .store(let store): sum + 1 + weight(below: store.operands)
      case .loop(let loop):
        sum + max(loop.extent, 1) * (1 + weight(below: loop.carries.map(\.next)) + cost(of: loop.body))
      case .whileLoop(let loop): sum + 8 * (1 + cost(of: loop.body))
      }
    }
  }

  private func weight(below roots: [ExprID]) -> Int {
    nodes(below: roots).reduce(0) { $0 + self[$1].weight }
  }
}

extension Expr {
  /// Elementary operations, very roughly.
  var weight: Int {
    switch self {
    case .constant, .axis, .carry, .result, .partial, .bitcast: 0
    case .load, .binary, .ternary, .convert, .floorDiv, .floorMod: 1
    case .unary(let op, _):
      switch op {
      case .neg, .abs, .sign, .floor, .ceil, .round, .roundEven, .trunc, .not, .isFinite, .popcount, .clz: 1
      default: 10
      }
    }
  }
}
