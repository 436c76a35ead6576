import SJControl
import SJCore
import SJLax

extension Lax {
  /// `onTrue(operands)` where the predicate holds, else `onFalse(operands)`: `jax.lax.cond`.
  ///
  /// Both are traced and must give one structure, shapes and dtypes; one of them runs.
  public static func cond<each A: Pytree, R: Pytree>(
    _ predicate: Tensor, _ onTrue: @escaping (repeat each A) throws -> R, _ onFalse: @escaping (repeat each A) throws -> R,
    _ operands: repeat each A
  ) throws -> R {
    try unflatten(
      R.self,
      SJControl.cond(
        predicate.value, engineFunction("onTrue", onTrue), engineFunction("onFalse", onFalse),
        flattenTuple(repeat each operands)))
  }

  /// One of several functions of the operand, by an index that is clamped: `jax.lax.switch`.
  public static func `switch`<A: Pytree, R: Pytree>(
    _ index: Tensor, _ branches: [(A) throws -> R], _ operand: A
  ) throws -> R {
    let functions = branches.map { engineFunction("branch", $0) }
    return try unflatten(R.self, SJControl.switchCase(index.value, functions, flattenTuple(operand)))
  }

  /// `body` applied to the state while `condition` of it holds: `jax.lax.while_loop`. Forward mode only.
  ///
  ///     let zero: Tensor = 0
  ///     let (i, sum) = try Lax.whileLoop({ i, _ in try i .< 10 }, { i, sum in (try i + 1, try sum + i) }, zero, zero)
  public static func whileLoop<each State: Pytree>(
    _ condition: @escaping (repeat each State) throws -> Tensor,
    _ body: @escaping (repeat each State) throws -> (repeat each State), _ initial: repeat each State
  ) throws -> (repeat each State) {
    let state = try flattenResults(repeat each initial)
    let result = try SJControl.whileLoop(stateFunction("condition", condition), stateFunction("body", body), state)
    return try unflattenResults(repeat (each State).self, from: result)
  }

  /// `body(i, state)` for i from `lower` up to, but without, `upper`: `jax.lax.fori_loop`.
  public static func foriLoop<each State: Pytree>(
    _ lower: Tensor, _ upper: Tensor, _ body: @escaping (Tensor, repeat each State) throws -> (repeat each State),
    _ initial: repeat each State
  ) throws -> (repeat each State) {
    let result = try SJControl.foriLoop(
      lower.value, upper.value, stepFunction(body), flattenResults(repeat each initial))
    return try unflattenResults(repeat (each State).self, from: result)
  }

  /// `(carry, y) = body(carry, x)` along the first axis of the leaves of `xs`, the ys stacked: `jax.lax.scan`.
  /// - Parameters:
  ///   - length: the number of steps, where `xs` has no leaves to tell.
  ///   - unroll: the steps that one iteration of the compiled loop does.
  public static func scan<Carry: Pytree, X: Pytree, Y: Pytree>(
    _ body: @escaping (Carry, X) throws -> (Carry, Y), _ initial: Carry, _ xs: X, length: Int? = nil, reverse: Bool = false,
    unroll: Int = 1
  ) throws -> (Carry, Y) {
    let (carry, ys) = try SJControl.scan(
      engineFunction("body", body), flatten(initial), flatten(xs), length: length, reverse: reverse, unroll: unroll)
    return (try unflatten(Carry.self, carry), try unflatten(Y.self, ys))
  }

  /// A scan without xs.
  public static func scan<Carry: Pytree, Y: Pytree>(
    _ body: @escaping (Carry) throws -> (Carry, Y), _ initial: Carry, length: Int, reverse: Bool = false, unroll: Int = 1
  ) throws -> (Carry, Y) {
    try scan({ (carry: Carry, _: Empty) in try body(carry) }, initial, Empty(), length: length, reverse: reverse, unroll: unroll)
  }

  /// `function` of each slice along the first axis, one after the other, stacked: `jax.lax.map`.
  public static func map<X: Pytree, Y: Pytree>(_ function: @escaping (X) throws -> Y, _ xs: X) throws -> Y {
    try unflatten(Y.self, SJControl.mapFunction(engineFunction("function", function), flatten(xs)))
  }

  /// The same pytree, through which no derivative passes: `jax.lax.stop_gradient`.
  public static func stopGradient<P: Pytree>(_ tree: P) throws -> P {
    try treeMap(tree) { Tensor(try SJControl.stopGradient($0.value)) }
  }

  /// Sends the value of one place of a mapped axis to another, for pairs (source, target); zeros where nothing arrives.
  public static func ppermute(_ x: Tensor, _ axisName: String, _ pairs: [(source: Int, target: Int)]) throws -> Tensor {
    Tensor(try SJLax.Lax.ppermute(x.value, axisName, pairs))
  }

  /// `jax.lax.pad`: for each axis how much to add before, after and between elements; negative amounts cut.
  public static func pad(_ x: Tensor, _ value: Tensor, _ axes: [(low: Int, high: Int, interior: Int)]) throws -> Tensor {
    let configs = axes.map { PaddingConfig(low: $0.low, high: $0.high, interior: $0.interior) }
    return Tensor(try SJLax.Lax.pad(x.value, value.value, configs))
  }
}

/// A function of the state of a loop: one argument in the engine, several in Swift.
private func stateFunction<each State: Pytree, each R: Pytree>(
  _ name: String, _ function: @escaping (repeat each State) throws -> (repeat each R)
) -> Function {
  Function(name) { arguments in
    let state = try unflattenResults(repeat (each State).self, from: arguments.children[0])
    let results = try function(repeat each state)
    return try flattenResults(repeat each results)
  }
}

/// The body of a loop that counts: of the position and the state.
private func stepFunction<each State: Pytree, each R: Pytree>(
  _ function: @escaping (Tensor, repeat each State) throws -> (repeat each R)
) -> Function {
  Function("body") { arguments in
    let parts = arguments.children
    let state = try unflattenResults(repeat (each State).self, from: parts[1])
    let results = try function(Tensor(parts[0].leaves[0]), repeat each state)
    return try flattenResults(repeat each results)
  }
}
