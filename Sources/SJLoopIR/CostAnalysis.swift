/// What a run of a program costs, as XLA's cost analysis counts it, but with the iterations of loops.
public struct CostAnalysis: Hashable, Sendable {
  /// Operations on elements, a fused multiply-add being two; those that compute positions are none.
  public var flops = 0.0
  /// Elementary functions, roots and powers, which are no flops.
  public var transcendentals = 0.0
  /// Of each kernel or call of the library, the bytes of memory that it reads and writes.
  public var bytesAccessed = 0.0

  public init(flops: Double = 0, transcendentals: Double = 0, bytesAccessed: Double = 0) {
    self.flops = flops
    self.transcendentals = transcendentals
    self.bytesAccessed = bytesAccessed
  }

  static func + (a: CostAnalysis, b: CostAnalysis) -> CostAnalysis {
    CostAnalysis(
      flops: a.flops + b.flops, transcendentals: a.transcendentals + b.transcendentals,
      bytesAccessed: a.bytesAccessed + b.bytesAccessed)
  }

  static func * (count: Double, cost: CostAnalysis) -> CostAnalysis {
    CostAnalysis(
      flops: count * cost.flops, transcendentals: count * cost.transcendentals, bytesAccessed: count * cost.bytesAccessed)
  }

  /// The larger of each figure.
  static func max(_ a: CostAnalysis, _ b: CostAnalysis) -> CostAnalysis {
    CostAnalysis(
      flops: Swift.max(a.flops, b.flops), transcendentals: Swift.max(a.transcendentals, b.transcendentals),
      bytesAccessed: Swift.max(a.bytesAccessed, b.bytesAccessed))
  }
}

extension Program {
  /// The cost of a run. A `while` counts as one iteration, since nobody knows how many there will be; a branch as the
  /// dearest of its choices; calls of the host as nothing.
  public var costAnalysis: CostAnalysis { commands.reduce(CostAnalysis()) { $0 + cost(of: $1) } }

  private func cost(of command: Command) -> CostAnalysis {
    switch command {
    case .kernel(let kernel): KernelCost(kernel, in: self).total
    case .library(let call): cost(of: call)
    case .whileLoop(let loop): loop.condition.costAnalysis + loop.body.costAnalysis
    case .scan(let scan): Double(scan.length) * scan.body.costAnalysis
    case .branch(let branch): branch.branches.reduce(CostAnalysis()) { CostAnalysis.max($0, $1.costAnalysis) }
    case .host: CostAnalysis()
    }
  }

  private func cost(of call: LibraryCall) -> CostAnalysis {
    let bytes = (call.inputs + call.outputs).reduce(0) { $0 + self[$1].byteCount }
    let flops: Double =
      switch call.operation {
      case .dot(let batch, let m, let n, let k, _, _, let complex):
        // A complex multiply-add is four real ones.
        Double(complex ? 8 : 2) * Double(batch) * Double(m) * Double(n) * Double(k)
      case .packedDot(let m, let n, let k, _): 2 * Double(m) * Double(n) * Double(k)
      case .pack: 0
      case .sort(let rows, let length, let keys, _):
        Double(rows) * Double(length) * Double(keys) * Double(bits(length - 1))
      // 20 rounds of three operations (a rotation being one), and the injection of a key word into each half after every fourth.
      case .threefry2x32(let count): Double(count) * (20 * 3 + 5 * 3 + 2)
      }
    return CostAnalysis(flops: flops, bytesAccessed: Double(bytes))
  }

  /// The logarithm to base 2, rounded up, of a number one larger.
  private func bits(_ number: Int) -> Int { number <= 0 ? 0 : Int.bitWidth - number.leadingZeroBitCount }
}

/// Counts each operation of a kernel as often as the loop runs around which it is needed.
private struct KernelCost {
  private let kernel: Kernel
  private let program: Program

  /// The loops around something: how many there are, and how often what is inside of them runs.
  private struct Place {
    var depth = 0
    var runs = 1.0

    func inside(_ extent: Int) -> Place { Place(depth: depth + 1, runs: runs * Double(extent)) }
  }
  /// Of axes, of carries inside of their loops, and of loops' results.
  private var axes: [AxisID: Place] = [:]
  private var carries: [LoopID: Place] = [:]
  private var results: [LoopID: Place] = [:]
  /// The bytes of each buffer that are loaded and stored, counted at each access.
  private var loaded: [BufferID: Double] = [:]
  private var stored: [BufferID: Double] = [:]
  private var cost = CostAnalysis()

  init(_ kernel: Kernel, in program: Program) {
    self.kernel = kernel
    self.program = program
    visit(kernel.body, Place())
    count(OperandNeeds(kernel))
  }

  /// What is touched again comes out of the caches.
  var total: CostAnalysis {
    func bytes(_ accesses: [BufferID: Double]) -> Double {
      accesses.reduce(0) { $0 + min($1.value, Double(program[$1.key].byteCount)) }
    }
    return cost + CostAnalysis(bytesAccessed: bytes(loaded) + bytes(stored))
  }

  private mutating func visit(_ statements: [Statement], _ place: Place) {
    for statement in statements {
      switch statement {
      case .store(let store): visit(store, place)
      case .loop(let loop):
        axes[loop.axis] = place.inside(loop.extent)
        visit(loop.id, loop.body, place, inside: place.inside(loop.extent))
      case .whileLoop(let loop):
        visit(loop.id, loop.body, place, inside: place.inside(1))
      }
    }
  }

  private mutating func visit(_ loop: LoopID, _ body: [Statement], _ place: Place, inside: Place) {
    carries[loop] = inside
    results[loop] = place
    visit(body, inside)
  }

  private mutating func visit(_ store: Store, _ place: Place) {
    let bytes = place.runs * Double(program[store.buffer].type.size)
    stored[store.buffer, default: 0] += bytes
    if store.combine == .none { return }
    loaded[store.buffer, default: 0] += bytes
    cost.flops += place.runs
  }

  private mutating func count(_ needs: OperandNeeds) {
    var places: [Place] = []
    for (expr, need) in zip(kernel.exprs, needs.all) {
      let place = place(of: expr, places)
      places.append(place)
      if case .load(let buffer, _, _, _) = expr, need != .nothing {
        if kernel.passedOn.contains(buffer) { continue }
        loaded[buffer, default: 0] += place.runs * Double(program[buffer].type.size)
      } else if need == .value {
        cost.flops += place.runs * expr.flops
        cost.transcendentals += expr.isTranscendental ? place.runs : 0
      }
    }
  }

  /// The innermost of the places of what it mentions.
  private func place(of expr: Expr, _ places: [Place]) -> Place {
    switch expr {
    case .axis(let axis): return axes[axis] ?? Place()
    case .carry(let loop, _), .partial(let loop, _, _): return carries[loop] ?? Place()
    case .result(let loop, _): return results[loop] ?? Place()
    default:
      var innermost = Place()
      expr.forEachOperand { if places[$0.index].depth > innermost.depth { innermost = places[$0.index] } }
      return innermost
    }
  }
}

extension Expr {
  fileprivate var isTranscendental: Bool {
    switch self {
    case .unary(let op, _): op.isTranscendental
    case .binary(.pow, _, _), .binary(.atan2, _, _): true
    default: false
    }
  }

  fileprivate var flops: Double {
    switch self {
    case .constant, .axis, .carry, .result, .partial, .load, .bitcast: 0
    case .ternary(.fma, _, _, _): 2
    default: isTranscendental ? 0 : 1
    }
  }
}

extension UnaryOp {
  fileprivate var isTranscendental: Bool {
    switch self {
    case .neg, .abs, .sign, .floor, .ceil, .round, .roundEven, .trunc, .not, .popcount, .clz, .isFinite: false
    default: true
    }
  }
}
