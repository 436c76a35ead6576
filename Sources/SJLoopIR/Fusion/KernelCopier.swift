/// Copies expressions and statements of one kernel into the builder of another, with axes and loops renamed.
struct KernelCopier {
  private let source: Kernel
  private let builder: KernelBuilder
  /// Stores of the other kernel whose values replace loads; nil where a load makes copying impossible.
  private let forwarding: [BufferID: KnownStore?]
  /// What is loaded all the same, since other loops have stored it.
  private(set) var passedOn: Set<BufferID> = []
  private var axes: [AxisID: AxisID] = [:]
  /// The other kernel's counters around the place that is copied to.
  private var path: [AxisID] = []
  private var loops: [LoopID: LoopID] = [:]
  private var copies: [ExprID?]
  private var relocation: Relocation?

  /// The index of an access: as the source has it, copied, and what the copy calls the counters of the source's loops.
  struct Index {
    let source: [ExprID]
    let copy: [ExprID]
    let counter: (AxisID) -> ExprID
  }

  /// Which buffer is accessed instead, and where.
  typealias Relocation = (_ buffer: BufferID, _ index: Index) -> (buffer: BufferID, index: [ExprID])

  /// A store, and the counters of the loops around it, the outermost first.
  struct KnownStore {
    let store: Store
    let axes: [AxisID]
  }

  init(_ source: Kernel, into builder: KernelBuilder, forwarding: [BufferID: KnownStore?] = [:]) {
    self.source = source
    self.builder = builder
    self.forwarding = forwarding
    copies = Array(repeating: nil, count: source.exprs.count)
  }

  /// Copies what is inside of loops.
  /// - Parameter counters: the values that the loops' axes have there.
  init(
    _ source: Kernel, into builder: KernelBuilder, inside counters: [AxisID: ExprID],
    relocating relocation: Relocation? = nil
  ) {
    self.init(source, into: builder)
    self.relocation = relocation
    for (i, expr) in source.exprs.enumerated() {
      if case .axis(let axis) = expr { copies[i] = counters[axis] }
    }
  }

  /// The same inside of another kernel's loop, whose counter an axis is.
  func entering(_ other: AxisID, as axis: AxisID) -> KernelCopier {
    var result = self
    result.axes[axis] = other
    result.path.append(other)
    return result
  }

  /// The same behind that loop.
  func leaving() -> KernelCopier {
    var result = self
    result.path.removeLast()
    return result
  }

  // MARK: Statements

  /// nil where a load cannot be replaced by what was stored.
  mutating func copy(_ statement: Statement) -> Statement? {
    switch statement {
    case .store(let store): copy(store).map(Statement.store)
    case .loop(let loop): copy(loop).map(Statement.loop)
    case .whileLoop(let loop): copy(loop).map(Statement.whileLoop)
    }
  }

  private mutating func copy(_ statements: [Statement]) -> [Statement]? {
    var result: [Statement] = []
    for statement in statements {
      guard let copy = copy(statement) else { return nil }
      result.append(copy)
    }
    return result
  }

  private mutating func copy(_ store: Store) -> Store? {
    guard let index = copy(store.index), let value = copy(store.value) else { return nil }
    let place = relocated(store.buffer, store.index, index)
    var result = Store(buffer: place.buffer, index: place.index, value: value, combine: store.combine)
    if let mask = store.mask {
      guard let mask = copy(mask) else { return nil }
      result.mask = mask
    }
    return result
  }

  private mutating func copy(_ loop: Loop) -> Loop? { copy(loop, counter: builder.newAxis(extent: loop.extent)) }

  /// The loop, doing what another of the same extent does as well, in front of its own.
  mutating func copy(_ loop: Loop, countingWith host: Loop) -> Loop? {
    path.append(host.axis)
    defer { path.removeLast() }
    var result = copy(loop, counter: host.axis)
    result?.body.insert(contentsOf: host.body, at: 0)
    return result
  }

  private mutating func copy(_ loop: Loop, counter axis: AxisID) -> Loop? {
    axes[loop.axis] = axis
    let id = renamed(loop.id)
    var result = Loop(id: id, axis: axis, extent: loop.extent, kind: loop.kind)
    guard let body = copy(loop.body), let carries = copy(loop.carries) else { return nil }
    result.body = body
    result.carries = carries
    if let combine = loop.combine {
      guard let identity = copy(combine.identity), let merged = copy(combine.merged) else { return nil }
      result.combine = Combine(identity: identity, merged: merged)
    }
    return result
  }

  private mutating func copy(_ loop: WhileLoop) -> WhileLoop? {
    let id = renamed(loop.id)
    guard let condition = copy(loop.condition), let body = copy(loop.body), let carries = copy(loop.carries) else {
      return nil
    }
    return WhileLoop(id: id, carries: carries, condition: condition, body: body)
  }

  private mutating func renamed(_ loop: LoopID) -> LoopID {
    let id = builder.newLoop()
    loops[loop] = id
    return id
  }

  private mutating func copy(_ carries: [Carry]) -> [Carry]? {
    var result: [Carry] = []
    for carry in carries {
      guard let initial = copy(carry.initial), let next = copy(carry.next) else { return nil }
      result.append(Carry(type: carry.type, initial: initial, next: next))
    }
    return result
  }

  /// Whether a loop of the source loads any of these.
  func loads(_ buffers: Set<BufferID>, in loop: Loop) -> Bool { !source.loads(of: buffers, below: [.loop(loop)].roots).isEmpty }

  // MARK: Expressions

  private mutating func copy(_ ids: [ExprID]) -> [ExprID]? {
    var result: [ExprID] = []
    for id in ids {
      guard let copy = copy(id) else { return nil }
      result.append(copy)
    }
    return result
  }

  /// Operands first, from a worklist: fused graphs may be deep.
  private mutating func copy(_ root: ExprID) -> ExprID? {
    var pending = [root]
    while let id = pending.last {
      if copies[id.index] == nil {
        let before = pending.count
        source[id].forEachOperand { if copies[$0.index] == nil { pending.append($0) } }
        if pending.count > before { continue }
        guard let copy = node(id) else { return nil }
        copies[id.index] = copy
      }
      pending.removeLast()
    }
    return copies[root.index]
  }

  private mutating func node(_ id: ExprID) -> ExprID? {
    let copies = copies
    func operand(_ id: ExprID) -> ExprID { copies[id.index]! }
    let type = source.type(of: id)
    let expr: Expr
    switch source[id] {
    case .axis(let axis): expr = .axis(axes[axis]!)
    case .carry(let loop, let i): expr = .carry(loops[loop]!, i)
    case .result(let loop, let i): expr = .result(loops[loop]!, i)
    case .partial(let loop, let i, let isRight): expr = .partial(loops[loop]!, i, isRight: isRight)
    case .load(let buffer, let index, let mask, let fill):
      let place = relocated(buffer, index, index.map(operand))
      return load(place.buffer, type, place.index, mask: mask.map(operand), fill: fill.map(operand))
    case .floorDiv(let a, let divisor): return builder.floorDiv(operand(a), divisor)
    case .floorMod(let a, let divisor): return builder.floorMod(operand(a), divisor)
    default: expr = source[id].mapping(operand)
    }
    return builder.node(expr, type)
  }

  private func relocated(_ buffer: BufferID, _ source: [ExprID], _ copy: [ExprID]) -> (buffer: BufferID, index: [ExprID]) {
    guard let relocation else { return (buffer, copy) }
    return relocation(buffer, Index(source: source, copy: copy) { builder.node(.axis(axes[$0]!), .i64) })
  }

  private mutating func load(_ buffer: BufferID, _ type: ScalarType, _ index: [ExprID], mask: ExprID?, fill: ExprID?) -> ExprID? {
    guard let known = forwarding[buffer] else { return builder.load(buffer, type, at: index, mask: mask, fill: fill) }
    guard let known else { return nil }
    if known.store.index != index {
      // Another loop of the same iteration may have stored it.
      guard let outermost = known.axes.first, path.contains(outermost), !known.axes.allSatisfy(path.contains) else { return nil }
      passedOn.insert(buffer)
      return builder.load(buffer, type, at: index, mask: mask, fill: fill)
    }
    guard let mask else { return known.store.value }
    return builder.select(mask, known.store.value, fill ?? builder.constant(0, type))
  }
}

extension KernelBuilder {
  /// Whether statements need results of any of these loops.
  func mentions(resultsOf loops: Set<LoopID>, in statements: [Statement]) -> Bool {
    if loops.isEmpty { return false }
    var seen: Set<ExprID> = []
    var pending = statements.roots
    while let id = pending.popLast() {
      guard seen.insert(id).inserted else { continue }
      if case .result(let loop, _) = exprs[id.index], loops.contains(loop) { return true }
      exprs[id.index].forEachOperand { pending.append($0) }
    }
    return false
  }
}

extension Kernel {
  /// The kernel without stores to other buffers than these (nil: with all), loops whose results nothing needs, and
  /// expressions that nothing mentions; nil where nothing is left.
  func compacted(keepingStoresTo kept: Set<BufferID>?) -> Kernel? {
    func isKept(_ store: Store) -> Bool { kept?.contains(store.buffer) ?? true || passedOn.contains(store.buffer) }
    if isCompact(isKept) { return self }
    let stores = body.keeping(isKept)
    let needed = neededLoops(by: stores)
    let builder = KernelBuilder()
    var copier = KernelCopier(self, into: builder)
    let statements = stores.keepingLoops(needed).compactMap { copier.copy($0) }
    if statements.isEmpty { return nil }
    var result = builder.finish(name: name, body: statements)
    result.passedOn = passedOn.intersection(result.loadedBuffers)
    // What nobody loads any more need not be stored.
    return kept != nil && result.passedOn != passedOn ? result.compacted(keepingStoresTo: kept) : result
  }

  /// Whether there is nothing to leave out, as far as one look tells; most kernels are so.
  private func isCompact(_ isKept: (Store) -> Bool) -> Bool {
    var isNeeded = [Bool](repeating: false, count: exprs.count)
    for root in body.roots { isNeeded[root.index] = true }
    var results: Set<LoopID> = []
    // Operands precede their users.
    for position in exprs.indices.reversed() {
      switch exprs[position] {
      case .axis, .constant: continue
      case .result(let loop, _): results.insert(loop)
      default: break
      }
      if !isNeeded[position] { return false }
      exprs[position].forEachOperand { isNeeded[$0.index] = true }
    }
    return !body.isEmpty && body.allSatisfy { $0.isNeeded(results, isKept) }
  }

  /// Loops that store something, or whose results such loops need.
  private func neededLoops(by statements: [Statement]) -> Set<LoopID> {
    var needed = statements.loopsWithStores
    var byID: [LoopID: Statement] = [:]
    statements.forEachLoop { byID[$0] = $1 }
    var seen: Set<ExprID> = []
    var pending = statements.storeRoots
    func enter(_ loop: LoopID) {
      switch byID[loop] {
      case .loop(let loop):
        pending += loop.carries.flatMap { [$0.initial, $0.next] } + (loop.combine.map { $0.identity + $0.merged } ?? [])
      case .whileLoop(let loop): pending += [loop.condition] + loop.carries.flatMap { [$0.initial, $0.next] }
      default: break
      }
    }
    needed.forEach(enter)
    while let id = pending.popLast() {
      guard seen.insert(id).inserted else { continue }
      if case .result(let loop, _) = self[id], needed.insert(loop).inserted { enter(loop) }
      self[id].forEachOperand { pending.append($0) }
    }
    return needed
  }
}

extension Statement {
  /// Whether all loops of it store something or have results that are asked for, and all stores are kept.
  fileprivate func isNeeded(_ results: Set<LoopID>, _ isKept: (Store) -> Bool) -> Bool {
    func isNeeded(_ loop: LoopID, _ body: [Statement]) -> Bool {
      (!body.isEmpty || results.contains(loop)) && body.allSatisfy { $0.isNeeded(results, isKept) }
    }
    switch self {
    case .store(let store): return isKept(store)
    case .loop(let loop): return isNeeded(loop.id, loop.body)
    case .whileLoop(let loop): return isNeeded(loop.id, loop.body)
    }
  }
}

extension [Statement] {
  fileprivate func keeping(_ isKept: (Store) -> Bool) -> [Statement] {
    compactMap { statement in
      switch statement {
      case .store(let store): return isKept(store) ? statement : nil
      case .loop(var loop):
        loop.body = loop.body.keeping(isKept)
        return .loop(loop)
      case .whileLoop(var loop):
        loop.body = loop.body.keeping(isKept)
        return .whileLoop(loop)
      }
    }
  }

  fileprivate func keepingLoops(_ needed: Set<LoopID>) -> [Statement] {
    compactMap { statement in
      switch statement {
      case .store: return statement
      case .loop(var loop):
        guard needed.contains(loop.id) else { return nil }
        loop.body = loop.body.keepingLoops(needed)
        return .loop(loop)
      case .whileLoop(var loop):
        guard needed.contains(loop.id) else { return nil }
        loop.body = loop.body.keepingLoops(needed)
        return .whileLoop(loop)
      }
    }
  }

  fileprivate func forEachLoop(_ visit: (LoopID, Statement) -> Void) {
    for statement in self {
      switch statement {
      case .store: break
      case .loop(let loop):
        visit(loop.id, statement)
        loop.body.forEachLoop(visit)
      case .whileLoop(let loop):
        visit(loop.id, statement)
        loop.body.forEachLoop(visit)
      }
    }
  }

  fileprivate var loopsWithStores: Set<LoopID> {
    var result: Set<LoopID> = []
    forEachLoop { id, statement in if !Array<Statement>([statement]).storeRoots.isEmpty { result.insert(id) } }
    return result
  }

  fileprivate var storeRoots: [ExprID] {
    var roots: [ExprID] = []
    forEachStore { store, _ in roots += store.index + [store.value] + (store.mask.map { [$0] } ?? []) }
    return roots
  }
}
