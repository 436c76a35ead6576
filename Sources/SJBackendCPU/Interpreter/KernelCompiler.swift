import CSJKernels
import SJLoopIR
import SJTypes

/// The row-major iteration space of some axes, walked in tiles.
struct TileSpace {
  var axes: [AxisID]
  var extents: [Int]
  /// The most elements of a tile; 0 until chosen from the number of live registers.
  var tile: Int
  /// For the rows of another space: that space, whose tiles determine this one's.
  var outer: Int32?
  var elementCount: Int { extents.elementCount }
}

/// A computed node: a slot that holds one element (`space` 0) or a tile.
struct Value {
  var slot: Slot
  var space: Int32
}

/// Instructions under construction.
final class CodeBlock {
  var instructions: [Instruction] = []
}

/// A loop under construction: its code ranges are known once all blocks are laid out.
final class LoopDraft {
  var extent = 0
  var axis: Slot = -1
  var space: Int32 = uniformSpace
  var elementSpace: Int32 = uniformSpace
  var body = CodeBlock()
  var step = CodeBlock()
  var combine = CodeBlock()
  var condition: Slot = -1
  var carries: [CarryCode] = []
  var slices: [SliceCode] = []
  var grain = 0
  /// Scratch memory that must live as long as the loop runs.
  var areas: [Slot] = []
}

/// The place where instructions go: the inside of one loop, as the interpreter runs it.
struct Scope {
  var block: CodeBlock
  var space: Int32
  /// Nodes computed here; forgotten when the scope closes.
  var computed: [ExprID] = []
  /// Tiles of another space in the form of this one, by slot.
  var adapted: [Slot: Slot] = [:]
  /// In the carry-dependent part of a vectorised reduction: the loop whose elements are seen in groups.
  var slicing: LoopDraft?
  /// Whether short loops inside are opened up into rows.
  var opensRows = false
  /// Whether it is a reduction whose iterations store before its carries advance.
  var storesMeanwhile = false
}

/// Scratch memory behind a slot.
struct Register {
  var slot: Slot
  /// Bytes of an element, and elements per element of the space (32 for lanes).
  var size: Int
  var space: Int32
  var multiple: Int
}

/// Translates one kernel into a `TileProgram`.
///
/// Statements are translated in order; the nodes they need are computed on
/// demand, each in the outermost scope that knows the axes, carries and results
/// it mentions, so that whatever does not vary in a loop is computed outside it.
final class KernelCompiler {
  let kernel: Kernel
  /// The program's buffers.
  let declarations: [BufferDeclaration]
  let affine: AffineAnalysis
  /// For every node the depth of the loops it depends on: see `NestingDepths`.
  let depths: NestingDepths

  var slotCount = 0
  var bufferSlots: [BufferID: Slot] = [:]
  var constants: [ConstantSlot] = []
  var registers: [Register] = []
  var accesses: [AccessCode] = []
  var boxes: [BoxCode] = []
  var loops: [LoopDraft] = []
  var spaces: [TileSpace] = [TileSpace(axes: [], extents: [], tile: 1)]

  var scopes: [Scope] = []
  /// The scope of every depth.
  var scopeOfDepth: [Int]
  var values: [Value?]
  var axisSlots: [Slot]
  var carryValues: [[Value]]
  var resultValues: [[Value]]
  var partialValues: [(left: [Value], right: [Value])]
  /// Where the value of a node about to be computed should go.
  var destinations: [ExprID: Value] = [:]
  /// Next values of running sums and the like.
  var recurrenceNodes: [ExprID: Recurrence] = [:]
  /// Why the kernel cannot be translated.
  var problem: SJError?
  /// Nodes that are sums and quotients of axes, constants and values from outside all loops.
  let isIndexArithmetic: [Bool]
  /// Buffers that this kernel loads and stores, loading first.
  let inPlace: Set<BufferID>

  init(_ kernel: Kernel, _ declarations: [BufferDeclaration]) {
    self.kernel = kernel
    self.declarations = declarations
    affine = AffineAnalysis(kernel)
    depths = NestingDepths(kernel)
    scopeOfDepth = [Int](repeating: 0, count: depths.count)
    values = [Value?](repeating: nil, count: kernel.exprs.count)
    axisSlots = [Slot](repeating: -1, count: kernel.axisCount)
    carryValues = [[Value]](repeating: [], count: kernel.loopCount)
    resultValues = carryValues
    partialValues = [(left: [Value], right: [Value])](repeating: ([], []), count: kernel.loopCount)
    isIndexArithmetic = kernel.indexArithmetic(depths)
    inPlace = kernel.inPlaceBuffers
    numberConstantsAndBuffers()
  }

  /// - Throws: `unsupported` where an operation has no meaning for its type.
  static func compile(_ kernel: Kernel, _ declarations: [BufferDeclaration]) throws -> TileProgram {
    let compiler = KernelCompiler(kernel, declarations)
    let main = CodeBlock()
    compiler.scopes = [Scope(block: main, space: uniformSpace)]
    compiler.translate(kernel.body)
    if let problem = compiler.problem { throw problem }
    return compiler.layOut(main)
  }

  /// Buffers take the first slots.
  private func numberConstantsAndBuffers() {
    for buffer in kernel.buffers { bufferSlots[buffer] = newSlot() }
    for (i, expr) in kernel.exprs.enumerated() {
      guard case .constant(let bits) = expr else { continue }
      values[i] = Value(slot: constantSlot(bits), space: uniformSpace)
    }
  }

  // MARK: Slots, registers, instructions

  func newSlot() -> Slot {
    slotCount += 1
    return Slot(slotCount - 1)
  }

  func newRegister(size: Int, space: Int32, multiple: Int = 1) -> Slot {
    let slot = newSlot()
    registers.append(Register(slot: slot, size: size, space: space, multiple: multiple))
    return slot
  }

  func constantSlot(_ bits: UInt64) -> Slot {
    let slot = newSlot()
    constants.append(ConstantSlot(bits: bits, slot: slot))
    return slot
  }

  func append(_ instruction: Instruction, to scope: Int) {
    scopes[scope].block.instructions.append(instruction)
  }

  func newAccess(_ draft: AccessDraft) -> Int {
    accesses.append(
      AccessCode(
        constant: draft.constant, linear: draft.linear,
        terms: copied(draft.terms), extents: copied(draft.extents.map(Int64.init)),
        strides: copied(draft.strides.map(Int64.init))))
    return accesses.count - 1
  }

  func newLoop() -> LoopDraft {
    loops.append(LoopDraft())
    return loops[loops.count - 1]
  }

  func appendLoop(_ opcode: Opcode, _ loop: LoopDraft, to scope: Int) {
    let position = loops.firstIndex { $0 === loop }!
    append(Instruction(opcode: opcode, space: loop.space, payload: position), to: scope)
  }

  // MARK: Scopes

  var currentScope: Int { scopes.count - 1 }

  /// Runs `body` with a new innermost scope, which serves nodes from a depth on.
  func withScope(_ scope: Scope, from first: Int, _ body: () -> Void) {
    let saved = scopeOfDepth
    scopes.append(scope)
    for depth in first..<scopeOfDepth.count { scopeOfDepth[depth] = currentScope }
    body()
    for id in scopes.removeLast().computed { values[id.index] = nil }
    scopeOfDepth = saved
  }

  func scope(of id: ExprID) -> Int { scopeOfDepth[depths.ofNode[id.index]] }

  /// The slot and the step with which instructions of a scope read a value.
  func operand(_ value: Value, in scope: Int) -> (slot: Slot, step: Int8) {
    if value.space == uniformSpace { return (value.slot, 0) }
    if value.space == scopes[scope].space { return (value.slot, 1) }
    if let known = scopes[scope].adapted[value.slot] { return (known, 1) }
    let size = registers.first { $0.slot == value.slot }?.size ?? directSizes[value.slot]!
    let slot = adapt(value, size: size, in: scope)
    scopes[scope].adapted[value.slot] = slot
    return (slot, 1)
  }

  /// Sizes of the elements behind slots that point into buffers.
  var directSizes: [Slot: Int] = [:]

  private func adapt(_ value: Value, size: Int, in scope: Int) -> Slot {
    if let loop = scopes[scope].slicing {
      let slot = newSlot()
      loop.slices.append(SliceCode(slot: slot, source: value.slot, size: Int32(size)))
      return slot
    }
    // One element of the outer space serves a row of the inner one.
    let inner = spaces[Int(scopes[scope].space)]
    let outer = spaces[Int(value.space)]
    let row = inner.elementCount / max(outer.elementCount, 1)
    let slot = newRegister(size: size, space: scopes[scope].space)
    append(
      Instruction(
        opcode: .expand, space: scopes[scope].space, out: slot, a: value.slot, size: Int32(size), payload: row),
      to: scope)
    return slot
  }

  /// The value as a tile of the current scope's space (or one element in a scalar scope).
  func materialised(_ value: Value, size: Int, in scope: Int) -> Slot {
    let (slot, step) = operand(value, in: scope)
    let space = scopes[scope].space
    if step == 1 || space == uniformSpace { return slot }
    let tile = newRegister(size: size, space: space)
    append(
      Instruction(opcode: .copy, stepA: 0, space: space, out: tile, a: slot, size: Int32(size)), to: scope)
    return tile
  }
}

/// A place in memory as affine function of axes and run-time values; bytes.
struct AccessDraft {
  var constant = 0
  var linear = 0
  var terms: [AddressTerm] = []
  var extents: [Int] = []
  var strides: [Int] = []
}

/// How deep in the loop nest nodes become known. Depth 0 is outside all loops;
/// the axis of a loop at level l has depth 2l+1, its carries 2l+2 (and its
/// combine region 2l+3): values of the outer loops are known at lower depths.
struct NestingDepths {
  private(set) var ofNode: [Int]
  private(set) var ofAxis: [Int]
  private(set) var ofLoop: [Int]
  private(set) var count = 2

  init(_ kernel: Kernel) {
    ofAxis = [Int](repeating: 0, count: kernel.axisCount)
    ofLoop = [Int](repeating: 0, count: kernel.loopCount)
    ofNode = []
    visit(kernel.body, level: 0)
    ofNode.reserveCapacity(kernel.exprs.count)
    for expr in kernel.exprs {
      var depth = 0
      switch expr {
      case .axis(let axis): depth = ofAxis[axis.index]
      case .carry(let loop, _): depth = ofLoop[loop.index] + 1
      case .result(let loop, _): depth = ofLoop[loop.index] - 1
      case .partial(let loop, _, _): depth = ofLoop[loop.index] + 2
      default: expr.forEachOperand { depth = max(depth, ofNode[$0.index]) }
      }
      ofNode.append(depth)
    }
  }

  private mutating func visit(_ statements: [Statement], level: Int) {
    count = max(count, 2 * level + 4)
    for statement in statements {
      switch statement {
      case .loop(let loop):
        ofAxis[loop.axis.index] = 2 * level + 1
        ofLoop[loop.id.index] = 2 * level + 1
        visit(loop.body, level: level + 1)
      case .whileLoop(let loop):
        ofLoop[loop.id.index] = 2 * level + 1
        visit(loop.body, level: level + 1)
      case .store: break
      }
    }
  }
}

extension Kernel {
  /// For every node whether index arithmetic leads to it.
  func indexArithmetic(_ depths: NestingDepths) -> [Bool] {
    var result: [Bool] = []
    result.reserveCapacity(exprs.count)
    for (i, expr) in exprs.enumerated() {
      guard types[i] == .i64 else {
        result.append(false)
        continue
      }
      switch expr {
      case .axis, .constant: result.append(true)
      case .unary(.neg, let a), .floorDiv(let a, _), .floorMod(let a, _): result.append(result[a.index])
      case .binary(.add, let a, let b), .binary(.sub, let a, let b), .binary(.mul, let a, let b):
        result.append(result[a.index] && result[b.index])
      default: result.append(depths.ofNode[i] == 0)
      }
    }
    return result
  }
}
