import SJLoopIR

/// A loop whose iterations lie in vector lanes while its body is written.
struct VectorContext {
  let axis: AxisID
  let lanes: Int
  /// The iteration in lane 0.
  let counter: IRValue
  let end: IRValue
  /// The iterations of the last, partial vector; 0 where all vectors are full.
  let remainder: Int
  /// The scope of the body.
  let bodyLevel: Int
  /// Whether there are no other vectors: which lanes are iterations is known.
  var isOnly = false
  /// The lanes beyond which there are no iterations in any vector.
  var iterations: Int { isOnly && remainder != 0 ? remainder : lanes }
  /// Contiguous runs that the body reads or writes once per vector. In the partial vector
  /// they are redirected to the stack, so that one body serves both.
  var streams: [Stream] = []
  /// Which lanes are iterations, in a loop with a partial vector.
  var active: IRValue?

  struct Stream {
    let key: KernelEmitter.PointerKey
    /// The run's start in terms of everything but the vector loop's counter.
    let base: Pointer
    let type: ScalarType
    /// Where the current vector lies: in the buffer or, if partial, on the stack.
    let current: Pointer
    let stack: Pointer
    var isRead = false
    var isWritten = false
  }
}

extension KernelEmitter {
  /// How many iterations of a parallel loop a vector takes; nil where the loop is not worth or capable of it.
  func vectorLanes(of loop: Loop) -> Int? {
    guard loop.extent > 1, !Self.containsScalarLoops(loop.body) else { return nil }
    let profile = profile(of: loop)
    guard profile.contiguous > 0 || profile.irregular == 0 else { return nil }
    let lanes = lanes(profile, extent: loop.extent)
    // Sums down columns: the wider, the more of each row, hence of each page, is read at once.
    let isColumns = loop.body.contains { if case .loop(let inner) = $0 { inner.kind == .blocks } else { false } }
    guard isColumns, profile.cost <= Profile.cheap, loop.extent >= 8 * lanes else { return lanes }
    return 4 * lanes
  }

  /// The same for a `lanes` reduction, which has its 32 accumulators anyway.
  func reductionLanes(of loop: Loop) -> Int {
    let profile = profile(of: loop)
    if profile.cost <= Profile.cheap, target.mostRegisters > 1 { return Loop.reduceLanes }
    return min(lanes(profile, extent: Loop.reduceLanes), Loop.reduceLanes)
  }

  private func lanes(_ profile: Profile, extent: Int) -> Int {
    // Two registers at once share the loop's instructions and the loads of constants, and one
    // has work while the other waits: up to a third faster than one, for a tenth more code generation.
    // Elementary functions are chains so long that four have work.
    let registers = min(profile.cost >= Profile.chain ? 4 : 2, target.mostRegisters)
    var lanes = max(2, registers * target.vectorBytes / profile.widest)
    while lanes > 2, lanes >= 2 * extent { lanes /= 2 }
    // Then one vector does it all.
    if extent > lanes, extent < 2 * lanes { lanes *= 2 }
    return min(lanes, Loop.reduceLanes)
  }

  /// Loops that cannot run in the lanes of another, or deserve the lanes for themselves.
  static func containsScalarLoops(_ statements: [Statement]) -> Bool {
    statements.contains { statement in
      switch statement {
      case .store: false
      case .whileLoop: true
      case .loop(let loop):
        loop.kind == .lanes || (loop.kind == .parallel && loop.extent > 1) || containsScalarLoops(loop.body)
      }
    }
  }

  // MARK: What a loop's body does

  private struct Profile {
    /// Expressions that differ from lane to lane, elementary functions counting more.
    var cost = 0
    var widest = 1
    var contiguous = 0
    var irregular = 0

    static let cheap = 8
    static let chain = 16
    static let elementaryFunction = 16
  }

  private func profile(of loop: Loop) -> Profile {
    let varies = varying(in: loop)
    var profile = Profile()
    var seen: Set<ExprID> = []
    var pending = loop.carries.map(\.next)
    func access(_ buffer: BufferID, _ index: [ExprID]) {
      switch pattern(of: position(buffer, index), along: loop.axis, varies) {
      case .uniform: return
      case .contiguous: profile.contiguous += 1
      case .strided, .irregular: profile.irregular += 1
      }
      profile.widest = max(profile.widest, declarations[buffer.index].type.size)
    }
    Self.forEachRoot(loop.body) { store in
      access(store.buffer, store.index)
      pending += [store.value] + (store.mask.map { [$0] } ?? [])
    } carry: {
      pending.append($0.next)
    }
    while let id = pending.popLast() {
      guard varies[id.index], seen.insert(id).inserted else { continue }
      profile.widest = max(profile.widest, kernel.type(of: id).size)
      if case .load(let buffer, let index, let mask, _) = kernel[id] {
        access(buffer, index)
        if let mask { pending.append(mask) }
      } else {
        if case .unary(let op, _) = kernel[id] {
          profile.cost += op.isElementary ? Profile.elementaryFunction : 1
        } else {
          profile.cost += 1
        }
        kernel[id].forEachOperand { pending.append($0) }
      }
    }
    return profile
  }

  private static func forEachRoot(_ body: [Statement], store: (Store) -> Void, carry: (Carry) -> Void) {
    for statement in body {
      switch statement {
      case .store(let statement): store(statement)
      case .loop(let loop):
        loop.carries.forEach(carry)
        forEachRoot(loop.body, store: store, carry: carry)
      case .whileLoop(let loop):
        loop.carries.forEach(carry)
        forEachRoot(loop.body, store: store, carry: carry)
      }
    }
  }

  /// Which expressions differ from iteration to iteration of a loop: those made from its
  /// counter or from what it and the loops inside carry. Operands precede their users.
  func varying(in loop: Loop) -> [Bool] {
    var loops: Set<LoopID> = [loop.id]
    Self.collectLoops(loop.body, &loops)
    var varies = [Bool](repeating: false, count: kernel.exprs.count)
    for (position, expr) in kernel.exprs.enumerated() {
      switch expr {
      case .axis(let axis): varies[position] = axis == loop.axis
      case .carry(let id, _), .result(let id, _): varies[position] = loops.contains(id)
      default: expr.forEachOperand { if varies[$0.index] { varies[position] = true } }
      }
    }
    return varies
  }

  private static func collectLoops(_ statements: [Statement], _ loops: inout Set<LoopID>) {
    for case .loop(let loop) in statements {
      loops.insert(loop.id)
      collectLoops(loop.body, &loops)
    }
  }

  // MARK: Positions

  /// A position in a buffer, in elements.
  func position(_ buffer: BufferID, _ index: [ExprID]) -> AffineForm {
    affine.flattened(index, strides: declarations[buffer.index].shape.rowMajorStrides)
  }

  /// How a position depends on a loop's iteration.
  enum Pattern {
    case uniform
    /// Successive iterations are successive elements.
    case contiguous
    /// Successive iterations are this many elements apart.
    case strided(Int)
    case irregular
  }

  func pattern(of position: AffineForm, along axis: AxisID, _ varies: [Bool]) -> Pattern {
    for case .node(let id) in position.terms.map(\.atom) where varies[id.index] { return .irregular }
    switch position.coefficient(of: axis) {
    case 0: return .uniform
    case 1: return .contiguous
    case let stride: return .strided(stride)
    }
  }
}

extension AffineForm {
  func without(_ axis: AxisID) -> AffineForm {
    AffineForm(constant, terms.filter { $0.atom != .axis(axis) })
  }
}

extension UnaryOp {
  /// Whether it takes a polynomial rather than an instruction.
  public var isElementary: Bool {
    switch self {
    case .neg, .abs, .sign, .floor, .ceil, .round, .roundEven, .trunc, .sqrt, .rsqrt, .not, .popcount, .clz, .isFinite:
      false
    default: true
    }
  }
}
