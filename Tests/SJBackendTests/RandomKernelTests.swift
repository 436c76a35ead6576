import SJLoopIR
import SJTypes
import Testing

/// Builds kernels at random: nests, reductions and recurrences around random expressions.
private struct KernelGenerator {
  private var state: UInt64
  private(set) var test: KernelHarness
  private var inputs: [(id: BufferID, type: ScalarType, shape: Shape)] = []

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    test = KernelHarness(seed: seed)
  }

  private mutating func below(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % bound
  }

  private mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

  private mutating func shape(_ rank: Int) -> Shape { (0..<rank).map { _ in pick([1, 2, 3, 5, 8, 17, 33, 40, 70]) } }

  mutating func check() throws {
    for _ in 0..<3 {
      let (type, shape) = (pick([ScalarType.f32, .i32, .i64]), shape(1 + below(3)))
      inputs.append((test.random(type, shape), type, shape))
    }
    let outer = shape(below(3))
    let type = pick([ScalarType.f32, .i32, .i64])
    let out = test.output(type, outer)
    let inner = pick([1, 3, 20, 45, 130])
    let grid = test.output(type, outer + [inner])
    let passed = !outer.isEmpty && inner > 1 && below(3) > 0 ? test.output(type, outer + [inner]) : nil
    var generator = self
    try test.check("random") { k in
      k.parallel(outer) { index in
        let value = generator.statement(k, index, type, depth: 0)
        k.store(value, to: out, at: index)
        if passed != nil || generator.below(2) == 0 {
          k.parallel([inner]) { j in
            let element = generator.expression(k, index + j, type, depth: 2)
            k.store(k.binary(.add, element, value), to: grid, at: index + j)
          }
          if let passed { generator.passOn(k, grid, to: passed, index, type, inner) }
        } else {
          k.loop(inner, .sequential, carries: [value]) { j, c in
            let element = generator.expression(k, index + [j], type, depth: 1)
            let next = k.binary(generator.pick([.add, .max, .mul, .sub]), c[0], element)
            k.store(next, to: grid, at: index + [j])
            return [next]
          }
        }
      }
    }
  }

  /// Adds up a row that has been stored, and stores it again; backwards perhaps.
  private mutating func passOn(
    _ k: KernelBuilder, _ row: BufferID, to target: BufferID, _ index: [ExprID], _ type: ScalarType, _ extent: Int
  ) {
    k.passedOn = [row]
    let isReversed = below(2) == 0
    func element(_ j: ExprID) -> ExprID {
      k.load(row, type, at: index + [isReversed ? k.addIndex(k.mulIndex(j, -1), extent - 1) : j])
    }
    let zero = k.constant(0, type)
    let storesMeanwhile = below(2) == 0
    let total = k.loop(extent, .lanes, carries: [zero], combine: ([zero], { [k.binary(.add, $0[0], $1[0])] })) { j, c in
      if storesMeanwhile { k.store(k.binary(.mul, element(j), element(j)), to: target, at: index + [j]) }
      return [k.binary(.add, c[0], element(j))]
    }[0]
    if storesMeanwhile { return }
    k.parallel([extent]) { j in k.store(k.binary(.sub, element(j[0]), total), to: target, at: index + j) }
  }

  /// A value that may need loops.
  private mutating func statement(_ k: KernelBuilder, _ index: [ExprID], _ type: ScalarType, depth: Int) -> ExprID {
    switch below(depth < 2 ? 5 : 1) {
    case 1: return reduction(k, index, type, pick([.lanes, .blocks]), depth)
    case 2: return reduction(k, index, type, .lanes, 2)
    case 3:
      let initial = expression(k, index, type, depth: 1)
      return k.loop(pick([0, 1, 7, 30]), .sequential, carries: [initial, initial]) { i, c in
        let next = k.binary(.sub, c[0], expression(k, index + [i], type, depth: 2))
        return [next, k.binary(.add, c[1], c[0])]
      }[1]
    case 4:
      let (left, right) = (statement(k, index, type, depth: depth + 1), statement(k, index, type, depth: depth + 1))
      return k.binary(.add, left, right)
    default: return expression(k, index, type, depth: 3)
    }
  }

  private mutating func reduction(
    _ k: KernelBuilder, _ index: [ExprID], _ type: ScalarType, _ kind: Loop.Kind, _ depth: Int
  ) -> ExprID {
    let isSum = below(2) == 0
    let identity = isSum ? k.constant(0, type) : k.constant(-1_000_000, type)
    let op: BinaryOp = isSum ? .add : .max
    let extent = pick([0, 1, 2, 31, 32, 33, 100, 257])
    let initial = [expression(k, index, type, depth: 1), identity]
    return k.loop(
      extent, kind, carries: initial,
      combine: ([identity, identity], { l, r in (0..<2).map { k.binary(op, l[$0], r[$0]) } })
    ) { i, c in
      let value =
        depth < 2 ? statement(k, index + [i], type, depth: depth + 1) : expression(k, index + [i], type, depth: 2)
      return [k.binary(op, c[0], value), k.binary(op, c[1], expression(k, index + [i], type, depth: 1))]
    }[below(2)]
  }

  private mutating func expression(_ k: KernelBuilder, _ index: [ExprID], _ type: ScalarType, depth: Int) -> ExprID {
    if depth == 0 { return leaf(k, index, type) }
    let (a, b) = (expression(k, index, type, depth: depth - 1), expression(k, index, type, depth: depth - 1))
    switch below(6) {
    case 0: return k.select(k.binary(pick([.lt, .ge, .eq]), a, b), a, b)
    case 1: return k.unary(pick([.neg, .abs]), a)
    case 2: return leaf(k, index, type)
    default: return k.binary(pick([.add, .sub, .mul, .min, .max]), a, b)
    }
  }

  private mutating func leaf(_ k: KernelBuilder, _ index: [ExprID], _ type: ScalarType) -> ExprID {
    if below(6) == 0 { return k.constant(below(9) - 4, type) }
    if below(8) == 0 && !index.isEmpty { return k.convert(pick(index), to: type) }
    let input = pick(inputs)
    var isInside: ExprID?
    let position = input.shape.map { extent -> ExprID in
      var at = index.isEmpty ? k.index(below(extent)) : pick(index)
      switch below(5) {
      case 0: at = k.addIndex(k.mulIndex(at, -1), extent - 1)
      case 1: at = k.floorDiv(at, 2 + below(3))
      case 2: at = k.addIndex(at, below(7) - 3)
      default: break
      }
      if below(3) > 0 { return k.floorMod(at, extent) }
      if below(2) == 0 { return k.clampIndex(at, 0, extent - 1) }
      isInside = k.and(isInside, k.inBounds(at, 0, extent))
      return at
    }
    let fill = isInside == nil || below(2) == 0 ? nil : k.constant(3, input.type)
    return k.convert(k.load(input.id, input.type, at: position, mask: isInside, fill: fill), to: type)
  }
}

@Suite struct RandomKernelTests {
  @Test(arguments: 0..<40) func agreesWithTheDefinition(seed: Int) throws {
    var generator = KernelGenerator(seed: UInt64(seed))
    try generator.check()
  }
}
