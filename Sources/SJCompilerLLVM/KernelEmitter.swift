import SJLoopIR
import SJTypes

/// Writes a LoopIR kernel as blocks of LLVM IR, which use `%buffers`, `%begin` and `%end`.
///
/// Where the kernel is one parallel loop, the call does its iterations begin ..< end; begin
/// is a multiple of `granularity`.
final class KernelEmitter {
  let kernel: Kernel
  let declarations: [BufferDeclaration]
  let target: VectorTarget
  let builder: FunctionBuilder
  let affine: AffineAnalysis

  /// Where the outermost loop may be divided: between its vectors.
  private(set) var granularity = 1

  /// What each expression is in the open scopes.
  private var values: [IRValue?]
  private var carries: [[IRValue]?]
  private var results: [[IRValue]?]
  private var partials: [(left: [IRValue], right: [IRValue])?]
  private var axes: [IRValue?]
  /// Where the kernel's buffers are.
  var basePointers: [BufferID: Pointer] = [:]
  /// Buffers of one element that are in registers instead.
  var registers: [BufferID: IRValue] = [:]
  /// Buffers of one element whose only store gives a register.
  var captured: Set<BufferID> = []
  private let inPlace: Set<BufferID>
  /// The scope since which a buffer that is passed on has been stored: it is loaded in no scope around.
  private var storedSince: [BufferID: Int] = [:]
  var pointers: [PointerKey: Pointer] = [:]
  private var scaledOffsets: [AffineForm.Term: IRValue] = [:]
  private lazy var scratch = builder.stackSlot("i64", count: 8)

  /// The loop whose iterations lie in vector lanes.
  var vector: VectorContext?
  /// Whether an expression differs from lane to lane of that loop.
  var varies: [Bool] = []

  struct PointerKey: Hashable {
    let buffer: BufferID
    let index: AffineForm
  }

  /// - Parameter builder: the function that the kernel becomes a part of.
  init(
    _ kernel: Kernel, declarations: [BufferDeclaration], target: VectorTarget, builder: FunctionBuilder
  ) {
    self.kernel = kernel
    self.declarations = declarations
    self.target = target
    self.builder = builder
    affine = AffineAnalysis(kernel)
    inPlace = kernel.inPlaceBuffers
    values = Array(repeating: nil, count: kernel.exprs.count)
    carries = Array(repeating: nil, count: kernel.loopCount)
    results = carries
    partials = Array(repeating: nil, count: kernel.loopCount)
    axes = Array(repeating: nil, count: kernel.axisCount)
  }

  /// The kernel's blocks; `%buffers` points to the pointers of `buffers`.
  func emit(buffers: [BufferID]) throws -> String {
    for (position, buffer) in buffers.enumerated() { basePointers[buffer] = builder.argument(position) }
    if let loop = kernel.splittableLoop {
      try emitParallel(
        loop, from: IRValue(name: "%begin", type: .i64, lanes: 1, level: 0),
        to: IRValue(name: "%end", type: .i64, lanes: 1, level: 0))
    } else {
      try emit(kernel.body)
    }
    return builder.finish()
  }

  // MARK: Statements

  /// Writes statements into the function at hand.
  func emit(_ statements: [Statement]) throws {
    try emitInPlaceLoads(statements)
    for statement in statements {
      switch statement {
      case .store(let store): try emitStore(store)
      case .whileLoop(let loop): try emitWhile(loop)
      case .loop(let loop):
        try emitLoop(loop)
        if !kernel.passedOn.isEmpty { pinStores(of: loop) }
      }
    }
  }

  /// Keeps loads of what a loop has stored to be passed on behind the loop.
  private func pinStores(of loop: Loop) {
    Kernel.forEachStore(loop.body) { store in
      guard kernel.passedOn.contains(store.buffer) else { return }
      storedSince[store.buffer] = builder.level
      builder.whenClosed(builder.level) { [unowned self] in storedSince[store.buffer] = nil }
    }
  }

  /// Loads see what was there before the kernel: those of what it overwrites come before the stores beside them.
  private func emitInPlaceLoads(_ statements: [Statement]) throws {
    if inPlace.isEmpty { return }
    var roots: [ExprID] = []
    for case .store(let store) in statements { roots += store.operands }
    let loads = kernel.loads(of: inPlace, below: roots).sorted { $0.index < $1.index }
    for load in loads where isKnown(load) { _ = try value(load) }
  }

  /// Whether no loop has to run first for an expression.
  private func isKnown(_ root: ExprID) -> Bool {
    kernel.nodes(below: [root]).allSatisfy { id in
      guard case .result(let loop, _) = kernel[id] else { return true }
      return results[loop.index] != nil
    }
  }

  private func emitLoop(_ loop: Loop) throws {
    let initial = try loop.carries.map { try widened(value($0.initial)) }
    if loop.extent == 0 { return bindResults(loop.id, initial) }
    switch loop.kind {
    case .parallel: try emitParallel(loop, from: .index(0), to: .index(loop.extent))
    case .sequential:
      let final = try emitRows(loop, from: .index(0), to: .index(loop.extent), initial: initial)
      bindResults(loop.id, final)
    case .lanes: bindResults(loop.id, try emitLanes(loop, initial: initial))
    case .blocks: bindResults(loop.id, try emitBlocks(loop, initial: initial))
    }
  }

  private func emitParallel(_ loop: Loop, from begin: IRValue, to end: IRValue) throws {
    if loop.extent == 0 { return }
    if vector == nil, let lanes = vectorLanes(of: loop) {
      if builder.level == 0 { granularity = lanes }
      let plan = VectorLoop(lanes: lanes, begin: begin, end: end, extent: loop.extent)
      _ = try emitVectorLoop(plan, loop, accumulators: []) { _ in
        try emit(loop.body)
        return []
      }
    } else {
      _ = try emitRows(loop, from: begin, to: end, initial: [])
    }
  }

  /// Iterations in order, with carries.
  func emitRows(_ loop: Loop, from begin: IRValue, to end: IRValue, initial: [IRValue]) throws -> [IRValue] {
    try builder.countedLoop(from: begin, to: end, step: 1, carries: initial) { counter, current in
      bind(loop.axis, counter)
      bindCarries(loop.id, current)
      try emit(loop.body)
      return try nextCarries(loop.carries)
    }
  }

  private func emitWhile(_ loop: WhileLoop) throws {
    let initial = try loop.carries.map { try value($0.initial) }
    let final = try builder.whileLoop(initial) { current in
      bindCarries(loop.id, current)
      return try value(loop.condition)
    } body: { _ in
      try emit(loop.body)
      return try loop.carries.map { try value($0.next) }
    }
    bindResults(loop.id, final)
  }

  /// The carries after an iteration, as wide as the vector loop's lanes.
  func nextCarries(_ carries: [Carry]) throws -> [IRValue] {
    try carries.map { try widened(value($0.next)) }
  }

  /// In vector lanes every carry has one value for each lane.
  private func widened(_ value: IRValue) throws -> IRValue {
    guard let vector else { return value }
    return builder.splat(value, vector.lanes)
  }

  // MARK: Bindings

  /// Gives a loop's counter a value until the current scope closes.
  func bind(_ axis: AxisID, _ counter: IRValue) { axes[axis.index] = counter }

  func bindCarries(_ loop: LoopID, _ current: [IRValue]) { carries[loop.index] = current }

  private func bindResults(_ loop: LoopID, _ final: [IRValue]) { results[loop.index] = final }

  /// The merge of partial results, one for each carry.
  func merge(_ loop: Loop, _ left: [IRValue], _ right: [IRValue]) throws -> [IRValue] {
    guard let combine = loop.combine else {
      throw SJError(.internalFault, "\(kernel.name): a reduction without a combine region")
    }
    let outer = partials[loop.id.index]
    defer { partials[loop.id.index] = outer }
    // What depends on the partial results must not outlive this merge: they are bound to a scope of their own.
    return try builder.inline {
      let level = builder.level
      partials[loop.id.index] = (left.map { $0.at(level: level) }, right.map { $0.at(level: level) })
      return try combine.merged.map { try value($0) }
    }.map { $0.at(level: min($0.level, builder.level)) }
  }

  // MARK: Expressions

  /// The value of an expression in the current scope, written where its operands are.
  /// Operands come first, from a worklist: fused graphs may be deep.
  func value(_ root: ExprID) throws -> IRValue {
    var pending = [root]
    while let id = pending.last {
      if values[id.index] == nil {
        let before = pending.count
        forEachOperandValue(id) { if values[$0.index] == nil { pending.append($0) } }
        if pending.count > before { continue }
        define(id, try emit(id))
      }
      pending.removeLast()
    }
    return values[root.index]!
  }

  /// The operands that are needed as values; an index is taken apart first.
  private func forEachOperandValue(_ id: ExprID, _ body: (ExprID) -> Void) {
    if case .load(_, _, let mask, let fill) = kernel[id] {
      if let mask { body(mask) }
      if let fill { body(fill) }
    } else {
      kernel[id].forEachOperand(body)
    }
  }

  private func define(_ id: ExprID, _ value: IRValue) {
    values[id.index] = value
    builder.whenClosed(value.level) { [unowned self] in values[id.index] = nil }
  }

  private func emit(_ id: ExprID) throws -> IRValue {
    func operand(_ id: ExprID) -> IRValue { values[id.index]! }
    let type = kernel.type(of: id)
    switch kernel[id] {
    case .constant(let bits): return IRValue(constant: bits, type)
    case .axis(let axis): return try counter(axis)
    case .carry(let loop, let i): return try bound(carries[loop.index]?[i], "carry")
    case .result(let loop, let i): return try bound(results[loop.index]?[i], "result")
    case .partial(let loop, let i, let isRight):
      let pair = partials[loop.index]
      return try bound(isRight ? pair?.right[i] : pair?.left[i], "partial result")
    case .load(let buffer, let index, let mask, let fill):
      return try emitLoad(buffer, index, mask: mask.map(operand), fill: fill.map(operand) ?? type.zero)
    case .unary(let op, let a): return try builder.apply(op, operand(a))
    case .binary(let op, let a, let b): return try builder.apply(op, operand(a), operand(b))
    case .ternary(let op, let a, let b, let c):
      return try builder.apply(op, operand(a), operand(b), operand(c))
    case .convert(let a): return try builder.convert(operand(a), to: type)
    case .bitcast(let a): return builder.bitcast(operand(a), to: type)
    case .floorDiv(let a, let divisor):
      return builder.floorDivide(operand(a), divisor, isNonNegative: kernel.isNonNegative(a))
    case .floorMod(let a, let divisor):
      return builder.floorModulo(operand(a), divisor, isNonNegative: kernel.isNonNegative(a))
    }
  }

  private func bound(_ value: IRValue?, _ what: String) throws -> IRValue {
    guard let value else { throw SJError(.internalFault, "\(kernel.name): a \(what) is used outside of its loop") }
    return value
  }

  /// A loop's counter; one for each lane if that loop is the vector loop.
  func counter(_ axis: AxisID) throws -> IRValue {
    let first = try bound(axes[axis.index], "counter")
    guard let vector, vector.axis == axis else { return first }
    return builder.instruction(
      "add \(builder.typedOperand(first, vector.lanes)), \(builder.laneNumbers(vector.lanes))", .i64,
      lanes: vector.lanes, level: first.level)
  }

  // MARK: Addresses

  /// A pointer to a position, for the first lane where the position depends on the lane.
  /// Terms are added from the outermost loop inwards, so that each loop only adds its own.
  func address(_ key: PointerKey) throws -> Pointer {
    let place = try place(key)
    return place.at(level: max(place.level, storedSince[key.buffer] ?? 0))
  }

  private func place(_ key: PointerKey) throws -> Pointer {
    if let known = pointers[key] { return known }
    guard let base = basePointers[key.buffer] else {
      throw SJError(.internalFault, "\(kernel.name): a buffer without a pointer")
    }
    let pointer: Pointer
    let offsets = try key.index.terms.map(offset)
    if let innermost = offsets.indices.max(by: { offsets[$0].level < offsets[$1].level }) {
      var rest = key.index
      rest.terms.remove(at: innermost)
      pointer = advanced(try place(PointerKey(buffer: key.buffer, index: rest)), key.buffer, by: offsets[innermost])
    } else {
      pointer = key.index.constant == 0 ? base : advanced(base, key.buffer, by: .index(key.index.constant))
    }
    remember(pointer, for: key)
    return pointer
  }

  private func advanced(_ pointer: Pointer, _ buffer: BufferID, by offset: IRValue) -> Pointer {
    if offset.bits == 0 { return pointer.at(level: max(pointer.level, offset.level)) }
    return builder.pointer(
      "getelementptr \(declarations[buffer.index].type.memory(1)), ptr \(pointer.text), i64 \(offset.text)",
      level: max(pointer.level, offset.level))
  }

  func remember(_ pointer: Pointer, for key: PointerKey) {
    pointers[key] = pointer
    builder.whenClosed(pointer.level) { [unowned self] in pointers[key] = nil }
  }

  /// A term of a position as a scalar.
  private func offset(_ term: AffineForm.Term) throws -> IRValue {
    let scalar =
      switch term.atom {
      case .axis(let axis): try bound(axes[axis.index], "counter")
      case .node(let id): try value(id)
      }
    return scaled(scalar, term)
  }

  /// A term's atom times its coefficient, once in each place.
  private func scaled(_ atom: IRValue, _ term: AffineForm.Term) -> IRValue {
    if term.coefficient == 1 { return atom }
    if let bits = atom.bits { return .index(Int(truncatingIfNeeded: bits) &* term.coefficient).at(level: atom.level) }
    if let known = scaledOffsets[term] { return known }
    let scaled = builder.binary("mul", atom, .index(term.coefficient))
    scaledOffsets[term] = scaled
    builder.whenClosed(scaled.level) { [unowned self] in scaledOffsets[term] = nil }
    return scaled
  }

  /// Somewhere harmless to read and write where a mask is false.
  func harmlessPointer() -> Pointer { scratch }
}
