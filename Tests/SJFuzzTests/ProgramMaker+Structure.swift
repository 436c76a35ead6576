import SJControl
import SJLax
import SJTransforms

@testable import SJHarnesses

/// Loops, branches, calls and transformations, whose bodies are random programs in turn.
extension ProgramMaker {
  typealias Body = ([Value]) throws -> [Value]

  mutating func structure() throws -> [Value] {
    switch chance(isSmooth ? 6 : 10) {
    case 0: try scanned()
    case 1: try counted()
    case 2: try branched()
    case 3: try called()
    case 4: try customized()
    case 5: try checkpointed()
    case 6: try repeated()
    case 7: try mapped()
    default: try differentiated()
    }
  }

  /// A function of values that gives as many of these types.
  /// - Parameter closes: whether it may close over something.
  private mutating func body(
    giving avals: [AbstractValue], steps: Int = 2, closes: Bool = true, in settings: Settings? = nil
  ) -> Body {
    let random = SeededRandom(state: random.next())
    let closure = closes && chance(3) == 0 ? [any()] : []
    var settings = settings ?? self.settings
    settings.depth += 1
    return { inputs in
      var maker = ProgramMaker(random: random, pool: inputs + closure, settings: settings)
      for _ in 0..<steps { try maker.step() }
      return try avals.map { try maker.adapted(maker.recent(), to: maker.like($0), isBounded: settings.isSmooth) }
    }
  }

  /// Mostly something that is new.
  private mutating func recent() -> Value { chance(4) == 0 ? any() : choose(pool.suffix(2)) }

  private func function(_ name: String, _ body: @escaping Body) -> Function {
    Function(name) { .arguments(try body($0.leaves)) }
  }

  /// Values to start a loop with, of types that stay.
  private mutating func carries() throws -> [Value] {
    try (0..<(1 + chance(3))).map { _ in
      let x = any()
      let dtype = isSmooth && !x.dtype.isFloat ? .float32 : x.dtype
      return try adapted(x, to: like(AbstractValue(dtype, x.shape)), isBounded: isSmooth)
    }
  }

  // MARK: Loops

  private mutating func counted() throws -> [Value] {
    let initial = try carries()
    let step = body(giving: initial.map(\.aval))
    let count = try Lax.scalar(chance(5), .int32)
    let counter = Function("step") { arguments in
      let parts = arguments.children
      return .arguments(try step(parts[1].leaves + parts[0].leaves))
    }
    return try foriLoop(Lax.scalar(0, .int32), count, counter, .arguments(initial)).leaves
  }

  /// While the data allow, six times at most.
  private mutating func repeated() throws -> [Value] {
    let initial = try carries()
    let step = body(giving: initial.map(\.aval))
    let test = body(giving: [AbstractValue(.float32, [])], steps: 1)
    let condition = Function("condition") { arguments in
      let state = arguments.children[0].leaves
      let goesOn = try Lax.lt(test(Array(state.dropFirst()))[0], Lax.scalar(1.5, .float32))
      return PyTree(try Lax.bitwiseAnd(Lax.lt(state[0], Lax.scalar(6, .int32)), goesOn))
    }
    let next = Function("step") { arguments in
      let state = arguments.children[0].leaves
      return .arguments([try Lax.add(state[0], Lax.scalar(1, .int32))] + (try step(Array(state.dropFirst()))))
    }
    return try whileLoop(condition, next, .arguments([Lax.scalar(0, .int32)] + initial)).leaves
  }

  private mutating func scanned() throws -> [Value] {
    let initial = try carries()
    let xs = try [any(), any()].map { x in
      let dtype = isSmooth && !x.dtype.isFloat ? .float32 : x.dtype
      return try adapted(x, to: like(AbstractValue(dtype, [5] + x.shape.dropFirst().prefix(1))), isBounded: isSmooth)
    }
    let ys = AbstractValue(isSmooth ? .float64 : any().dtype, [3])
    let step = body(giving: initial.map(\.aval) + [ys])
    let pair = Function("step") { arguments in
      let results = try step(arguments.leaves)
      return PyTree(tuple: [.arguments(results.dropLast()), .arguments(results.suffix(1))])
    }
    let (last, all) = try scan(
      pair, .arguments(initial), .arguments(xs), reverse: isChosen(), unroll: 1 + chance(2))
    return last.leaves + all.leaves
  }

  // MARK: Branches and calls

  private mutating func branched() throws -> [Value] {
    let operands = try carries()
    let count = 2 + chance(2)
    let branches = (0..<count).map { _ in function("branch", body(giving: operands.map(\.aval))) }
    let index = try adapted(any(), to: Argument(.int32, [], -1...3))
    return try switchCase(index, branches, .arguments(operands)).leaves
  }

  private mutating func called() throws -> [Value] {
    let operands = try carries()
    return try jit(function("inner", body(giving: operands.map(\.aval))))(.arguments(operands)).leaves
  }

  private mutating func checkpointed() throws -> [Value] {
    let operands = try carries()
    return try checkpoint(function("inner", body(giving: operands.map(\.aval))))(.arguments(operands)).leaves
  }

  /// A function with a derivative that is not its own.
  private mutating func customized() throws -> [Value] {
    let x = try adapted(any(), to: Argument(choose([.float32, .float64]), [3]), isBounded: true)
    let inner = function("custom", body(giving: [x.aval], closes: false))
    if isChosen() || settings.isForward {
      let rule = Function("rule") { arguments in
        let (x, tangent) = (arguments.children[0].leaves[0], arguments.children[1].leaves[0])
        return PyTree(tuple: [try inner(x), .arguments([try Lax.mul(tangent, Lax.cos(x))])])
      }
      return try customJVP(inner, rule: rule)(x).leaves
    }
    let forward = Function("forward") { PyTree(tuple: [try inner($0), PyTree($0.leaves[0])]) }
    let backward = Function("backward") { PyTree(tuple: [PyTree(try Lax.mul($0.leaves[0], Lax.sin($0.leaves[1])))]) }
    return try customVJP(inner, forward: forward, backward: backward)(x).leaves
  }

  // MARK: Transformations

  private mutating func mapped() throws -> [Value] {
    let candidates = pool.filter { $0.rank > 0 && (1...8).contains($0.shape[0]) }
    guard !candidates.isEmpty else { return [any()] }
    let x = choose(candidates)
    let size = x.shape[0]
    let y = any()
    let axis = y.shape.firstIndex(of: size)
    let step = body(giving: [AbstractValue(any().dtype, [2]), AbstractValue(x.dtype, []), AbstractValue(.float32, [3])])
    let exchange = choose(Self.collectives)
    let axisName = "axis \(settings.depth)"
    return try vmap(
      "mapped", axis: BatchAxis(size: size, name: axisName), [x, y], [0, axis], outputAxes: { $0.map { $0.rank } }
    ) {
      let results = try step($0)
      return results.dropLast() + [try exchange(results[2], axisName, size)]
    }
  }

  private static let collectives: [(Value, _ axisName: String, _ size: Int) throws -> Value] = [
    { x, name, _ in try Lax.psum(x, [name]) }, { x, name, _ in try Lax.pmax(x, [name]) },
    { x, name, _ in try Lax.allGather(x, name) },
    { x, name, _ in try Lax.mul(x, Lax.convertElementType(Lax.axisIndex(name), .float32)) },
    { x, name, size in try Lax.ppermute(x, name, (0..<size).map { ($0, ($0 + 1) % size) }) },
    { x, _, _ in x },
  ]

  /// Derivatives of what has some. With loops in it, sums over their steps may be rounded differently where the
  /// loops are written out.
  private mutating func differentiated() throws -> [Value] {
    let dtype = choose([DType.float32, .float64, .float64, .float16, .bfloat16])
    let x = try adapted(any(), to: Argument(dtype, choose([[], [3], [2, 3]]), 0.3...1.1), isBounded: true)
    let hasLoops = settings.depth == 0 && isChosen()
    let mode = chance(4)
    let inside = Settings(depth: hasLoops ? 0 : Settings.deepest, isSmooth: true, isForward: mode != 0)
    let results = try derivatives(function("inner", body(giving: [x.aval], steps: 3, in: inside)), x, mode)
    if !hasLoops { return results }
    approximate += results
    return []
  }

  private func derivatives(_ inner: Function, _ x: Value, _ mode: Int) throws -> [Value] {
    let point = PyTree.arguments([x])
    let ones = PyTree.arguments([try Lax.onesLike(x)])
    func pulledBack(_ point: PyTree) throws -> PyTree {
      let (_, pullback, _) = try vjp(inner, point)
      return try pullback(PyTree(tuple: [ones]))
    }
    switch mode {
    case 0: return try pulledBack(point).leaves
    case 1: return try jvp(inner, point, ones).tangent.leaves
    case 2: return try linearize(inner, point).map(ones).leaves
    default: return try jvp(Function("gradient", pulledBack), point, ones).tangent.leaves
    }
  }
}
