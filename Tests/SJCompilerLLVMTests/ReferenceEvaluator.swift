import SJElementary
import SJLoopIR

#if canImport(Glibc)
import Glibc
#endif

/// Evaluates LoopIR one scalar at a time, straight from its definition. Slow and
/// obvious: what the compiler is compared with.
final class ReferenceEvaluator {
  let kernel: Kernel
  let declarations: [BufferDeclaration]
  /// What the kernel stores to.
  var memory: [[UInt64]]
  /// What the buffers held before.
  let before: [[UInt64]]
  private var axes: [Int: Int] = [:]
  private var carries: [Int: [UInt64]] = [:]
  private var results: [Int: [UInt64]] = [:]
  private var partials: [Int: (left: [UInt64], right: [UInt64])] = [:]
  /// Valid until a binding changes.
  private var memo: [Int: UInt64] = [:]

  init(_ kernel: Kernel, _ declarations: [BufferDeclaration], _ memory: [[UInt64]]) {
    self.kernel = kernel
    self.declarations = declarations
    self.memory = memory
    before = memory
  }

  func run() { run(kernel.body) }

  private func run(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .store(let store): run(store)
      case .loop(let loop): run(loop)
      case .whileLoop(let loop): run(loop)
      }
    }
  }

  private func run(_ store: Store) {
    if let mask = store.mask, value(mask) == 0 { return }
    let position = position(store.buffer, store.index)
    let type = declarations[store.buffer.index].type
    let old = memory[store.buffer.index][position]
    let new = value(store.value)
    func combine(_ op: BinaryOp) -> UInt64 { Scalar.binary(op, old, new, type) }
    memory[store.buffer.index][position] =
      switch store.combine {
      case .none: new
      case .add: combine(.add)
      case .mul: combine(.mul)
      case .min: combine(.min)
      case .max: combine(.max)
      case .and: combine(.and)
      case .or: combine(.or)
      }
  }

  private func run(_ loop: WhileLoop) {
    var current = loop.carries.map { value($0.initial) }
    while true {
      bind { carries[loop.id.index] = current }
      if value(loop.condition) == 0 { break }
      run(loop.body)
      current = loop.carries.map { value($0.next) }
    }
    bind { results[loop.id.index] = current }
  }

  private func run(_ loop: Loop) {
    let initial = loop.carries.map { value($0.initial) }
    let final: [UInt64]
    switch loop.kind {
    case .parallel, .sequential:
      final = (0..<loop.extent).reduce(initial) { advance(loop, $0, $1) }
    case .lanes where loop.extent > 0:
      final = merge(loop, initial, tree(loop, blocks(loop, Loop.reduceBlock).map { lanes(loop, $0) }[...]))
    case .blocks where loop.extent > 0:
      let partial = blocks(loop, Loop.rowBlock).map { $0.reduce(identity(loop)) { advance(loop, $0, $1) } }
      final = merge(loop, initial, tree(loop, partial[...]))
    default: final = initial
    }
    bind { results[loop.id.index] = final }
  }

  private func advance(_ loop: Loop, _ current: [UInt64], _ iteration: Int) -> [UInt64] {
    bind {
      axes[loop.axis.index] = iteration
      carries[loop.id.index] = current
    }
    run(loop.body)
    return loop.carries.map { value($0.next) }
  }

  // MARK: Reductions

  private func blocks(_ loop: Loop, _ size: Int) -> [Range<Int>] {
    stride(from: 0, to: loop.extent, by: size).map { $0..<min($0 + size, loop.extent) }
  }

  private func identity(_ loop: Loop) -> [UInt64] { loop.combine!.identity.map(value) }

  private func lanes(_ loop: Loop, _ block: Range<Int>) -> [UInt64] {
    var lanes = (0..<Loop.reduceLanes).map { lane in
      stride(from: block.lowerBound + lane, to: block.upperBound, by: Loop.reduceLanes)
        .reduce(identity(loop)) { advance(loop, $0, $1) }
    }
    while lanes.count > 1 {
      let half = lanes.count / 2
      lanes = (0..<half).map { merge(loop, lanes[$0], lanes[$0 + half]) }
    }
    return lanes[0]
  }

  private func tree(_ loop: Loop, _ partial: ArraySlice<[UInt64]>) -> [UInt64] {
    if partial.count == 1 { return partial.first! }
    var half = 1
    while half * 2 < partial.count { half *= 2 }
    let split = partial.startIndex + half
    return merge(loop, tree(loop, partial[..<split]), tree(loop, partial[split...]))
  }

  private func merge(_ loop: Loop, _ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    bind { partials[loop.id.index] = (left, right) }
    return loop.combine!.merged.map(value)
  }

  // MARK: Expressions

  private func bind(_ change: () -> Void) {
    change()
    memo.removeAll(keepingCapacity: true)
  }

  private func position(_ buffer: BufferID, _ index: [ExprID]) -> Int {
    zip(index, declarations[buffer.index].shape.rowMajorStrides)
      .reduce(0) { $0 + Int(Int64(bitPattern: value($1.0))) * $1.1 }
  }

  func value(_ id: ExprID) -> UInt64 {
    if let known = memo[id.index] { return known }
    let result = compute(id)
    memo[id.index] = result
    return result
  }

  private func compute(_ id: ExprID) -> UInt64 {
    func type(_ id: ExprID) -> ScalarType { kernel.type(of: id) }
    func integer(_ id: ExprID) -> Int { Int(Int64(bitPattern: value(id))) }
    switch kernel[id] {
    case .constant(let bits): return bits
    case .axis(let axis): return UInt64(axes[axis.index]!)
    case .carry(let loop, let i): return carries[loop.index]![i]
    case .result(let loop, let i): return results[loop.index]![i]
    case .partial(let loop, let i, let isRight):
      return isRight ? partials[loop.index]!.right[i] : partials[loop.index]!.left[i]
    case .load(let buffer, let index, let mask, let fill):
      if let mask, value(mask) == 0 { return fill.map(value) ?? 0 }
      return (kernel.passedOn.contains(buffer) ? memory : before)[buffer.index][position(buffer, index)]
    case .unary(let op, let a): return Scalar.unary(op, value(a), type(a))
    case .binary(let op, let a, let b): return Scalar.binary(op, value(a), value(b), type(a))
    case .ternary(let op, let a, let b, let c):
      return Scalar.ternary(op, value(a), value(b), value(c), type(b))
    case .convert(let a): return Scalar.convert(value(a), type(a), type(id))
    case .bitcast(let a): return value(a)
    case .floorDiv(let a, let divisor): return UInt64(bitPattern: Int64(floorDivide(integer(a), divisor)))
    case .floorMod(let a, let divisor):
      return UInt64(bitPattern: Int64(integer(a) - floorDivide(integer(a), divisor) * divisor))
    }
  }

  private func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((-a + b - 1) / b) }
}
