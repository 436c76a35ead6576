import SJCore
import SJLax
import SJLoopIR
import SJTransforms
import SJTypes

struct ScanParams: ParamValues {
  var jaxpr: ClosedJaxpr
  var length: Int
  var reverse: Bool
  var constants: Int
  var carries: Int
  var unroll = 1

  var fields: [(name: String, value: String)] {
    [
      ("length", "\(length)"), ("num_carry", "\(carries)"),
      ("num_consts", "\(constants)"), ("reverse", reverse ? "True" : "False"), ("unroll", "\(unroll)"),
    ]
  }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [("jaxpr", jaxpr)] }

  /// Operands or flags as (constants, carries, xs).
  func split<T>(_ operands: [T]) -> (constants: [T], carry: [T], xs: [T]) {
    let parts = operands.split(constants, carries, operands.count - constants - carries)
    return (parts[0], parts[1], parts[2])
  }
}

/// `jax.lax.scan`: `(carry, y) = f(carry, x)` along the first axis of the leaves of `xs`.
/// - Returns: the final carry and the stacked ys.
public func scan(
  _ function: Function, _ initial: PyTree, _ xs: PyTree, length: Int? = nil, reverse: Bool = false, unroll: Int = 1
) throws -> (carry: PyTree, ys: PyTree) {
  let count = try scanLength(xs, length)
  if Config.current.disableJit { return try scanByHand(function, initial, xs, length: count, reverse: reverse) }
  let slices = xs.avals.map { AbstractValue($0.dtype, Array($0.shape.dropFirst()), weakType: $0.weakType) }
  let (body, start) = try stageCarryBody(
    function, PyTree(tuple: [initial]), extra: PyTree(tuple: [xs]), extraAvals: slices, what: "scan"
  ) { tree in
    guard tree.node == .tuple, tree.children.count == 2 else {
      throw SJError(.tree, "scan body output must be a pair, got \(tree).", raises: .typeError)
    }
    return tree.children[0]
  }
  let params = ScanParams(
    jaxpr: body.staged.closed, length: count, reverse: reverse, constants: body.staged.hoisted.count,
    carries: start.count, unroll: unroll)
  let results = try bind(Primitives.scan, body.staged.hoisted + start + xs.leaves, params.boxed)
  return (
    PyTree(Array(results.prefix(start.count)), initial.tree),
    PyTree(Array(results.dropFirst(start.count)), body.outputTree.children[1])
  )
}

/// `jax.lax.map`: `function` of each slice, stacked.
public func mapFunction(_ function: Function, _ xs: PyTree) throws -> PyTree {
  let body = BodyTraces.of(function).derived("map_step") { [unowned function] in
    Function(function.name) { arguments in
      let parts = arguments.children
      return PyTree(tuple: [parts[0], try function.body(PyTree(tuple: [parts[1]]))])
    }
  }
  return try scan(body, PyTree([], .none), xs).ys
}

/// The scan without tracing.
private func scanByHand(
  _ function: Function, _ initial: PyTree, _ xs: PyTree, length: Int, reverse: Bool
) throws -> (carry: PyTree, ys: PyTree) {
  guard length > 0 else {
    throw SJError(
      .invalidArgument, "zero-length scan is not supported in disable_jit() mode because the output type is unknown.")
  }
  var carry = initial
  var ys: [PyTree] = []
  for i in 0..<length {
    let place = reverse ? length - 1 - i : i
    let slices = try xs.leaves.map { try Lax.indexInDim($0, place, axis: 0, keepDims: false) }
    let result = try function.body(PyTree(tuple: [carry, PyTree(slices, xs.tree)]))
    guard result.tree.node == .tuple, result.tree.children.count == 2 else {
      throw SJError(.tree, "scan body output must be a pair, got \(result.tree).", raises: .typeError)
    }
    carry = result.children[0]
    ys.append(result.children[1])
  }
  if reverse { ys.reverse() }
  let stacked = try ys[0].leaves.indices.map { leaf in
    try Lax.concatenate(ys.map { try Lax.expandDims($0.leaves[leaf], [0]) }, dimension: 0)
  }
  return (carry, PyTree(stacked, ys[0].tree))
}

private func scanLength(_ xs: PyTree, _ given: Int?) throws -> Int {
  let paths = xs.tree.leafPaths
  for (leaf, path) in zip(xs.leaves, paths) where leaf.rank == 0 {
    throw SJError(
      .shape, "scan got value with no leading axis to scan over: xs\(path) has type \(leaf.aval)", raises: .valueError)
  }
  if let given, given < 0 { throw SJError(.invalidArgument, "scan length must not be negative, got \(given)") }
  guard let count = given ?? xs.leaves.first?.shape[0] else {
    throw SJError(.invalidArgument, "scan got no values to scan over and `length` not provided.")
  }
  for (leaf, path) in zip(xs.leaves, paths) where leaf.shape[0] != count {
    throw SJError(
      .shape,
      "scan got \(given == nil ? "values with different leading axis sizes" : "`length` argument of \(count) which disagrees with leading axis sizes"): xs\(path) has type \(leaf.aval), expected leading axis \(count)",
      raises: .valueError)
  }
  return count
}

extension Primitives {
  public static let scan: Primitive = Primitive(
    "scan",
    Rules(
      abstract: { inputs, params in
        let params = params.unbox(ScanParams.self)
        let outputs = params.jaxpr.outputAvals
        let ys = outputs.dropFirst(params.carries).map {
          AbstractValue($0.dtype, [params.length] + $0.shape, weakType: $0.weakType)
        }
        return (outputs.prefix(params.carries) + ys, params.jaxpr.effects)
      },
      jvp: .rule { primals, tangents, params in
        try jvpScan(primals, tangents, params.unbox(ScanParams.self))
      },
      transpose: .rule { cotangents, operands, params in
        try transposeScan(cotangents, operands, params.unbox(ScanParams.self))
      },
      batch: .rule { axis, inputs, axes, params in
        try batchScan(axis, inputs, axes, params.unbox(ScanParams.self))
      },
      lowering: .rule { context, inputs, params, outputs in
        let params = params.unbox(ScanParams.self)
        if let sums = try DeferredSums(params) {
          return try context.lower(try sums.rewritten().jaxpr, constants: [], inputs: inputs)
        }
        let (constants, carry, xs) = params.split(try inputs.map { try context.materialize($0) })
        let results = outputs.map { context.newBuffer($0) }
        context.emit(
          .scan(
            ScanCommand(
              length: params.length, reverse: params.reverse,
              body: try LoweringContext.program(for: params.jaxpr.jaxpr.optimized()),
              constants: constants, initial: carry, xs: xs, results: Array(results.prefix(params.carries)),
              ys: Array(results.dropFirst(params.carries)))))
        return zip(outputs, results).map { Lowered($0.dtype, $0.shape, .buffer($1)) }
      },
      linearize: { primals, tangents, params, record in
        try linearizeScan(primals, tangents, params.unbox(ScanParams.self), record)
      }))

  // MARK: Forward mode

  private static func jvpScan(
    _ primals: [Value], _ tangents: [Value?], _ params: ScanParams
  ) throws -> (primals: [Value], tangents: [Value?]) {
    let (constants, carry, xs) = params.split(primals)
    let (constantTangents, carryTangents, xTangents) = params.split(tangents)
    let nonzeroConstants = constantTangents.map { $0 != nil }
    let nonzeroXs = xTangents.map { $0 != nil }
    let yCount = params.jaxpr.outputAvals.count - params.carries
    var nonzeroCarry = carryTangents.map { $0 != nil }
    var derived: JVPJaxpr
    while true {
      let instantiate = nonzeroCarry + [Bool](repeating: false, count: yCount)
      derived = try params.jaxpr.jvp(nonzero: nonzeroConstants + nonzeroCarry + nonzeroXs, instantiate: instantiate)
      if derived.outputNonzero.prefix(params.carries).elementsEqual(nonzeroCarry) { break }
      nonzeroCarry = zip(nonzeroCarry, derived.outputNonzero).map { $0 || $1 }
    }
    let dConstants = constantTangents.compactMap { $0 }
    let dCarry = try carry.indices.filter { nonzeroCarry[$0] }.map { try instantiate(carryTangents[$0], like: carry[$0].aval) }
    let dXs = xTangents.compactMap { $0 }
    let hoisted = derived.staged.hoisted
    let inner = derived.staged.closed
    let slices = (xs + dXs).map { AbstractValue($0.dtype, Array($0.shape.dropFirst())) }
    let avals = (hoisted + constants + dConstants + carry + dCarry).map(\.aval) + slices
    // jvp gives (primals…, tangents…); scan wants (constants, carries, xs) and (carries, ys).
    let body = try rearranged(params.jaxpr.name, avals) { values in
      let v = values.split(hoisted.count, constants.count, dConstants.count, carry.count, dCarry.count, xs.count, dXs.count)
      let outputs = try inner.evaluate(v[0] + v[1] + v[3] + v[5] + v[2] + v[4] + v[6])
      let o = outputs.split(params.carries, yCount, dCarry.count, outputs.count - params.carries - yCount - dCarry.count)
      return o[0] + o[2] + o[1] + o[3]
    }
    let result = ScanParams(
      jaxpr: body, length: params.length, reverse: params.reverse,
      constants: hoisted.count + constants.count + dConstants.count, carries: carry.count + dCarry.count)
    let results = try bind(
      Primitives.scan, hoisted + constants + dConstants + carry + dCarry + xs + dXs, result.boxed)
    let r = results.split(carry.count, dCarry.count, yCount, results.count - carry.count - dCarry.count - yCount)
    return splitTangents(r[0] + r[2] + r[1] + r[3], derived.outputNonzero)
  }

  // MARK: Reverse mode

  /// The known scan stacks the residuals of each step; the linear scan reads them again.
  /// Residuals that are constants of the loop are passed as such instead of being stacked.
  private static func linearizeScan(
    _ primals: [Value], _ tangents: [Value?], _ params: ScanParams, _ record: Recorder
  ) throws -> (primals: [Value], tangents: [Value?]) {
    let (constants, carry, xs) = params.split(primals)
    let (constantTangents, carryTangents, xTangents) = params.split(tangents)
    let yCount = params.jaxpr.outputAvals.count - params.carries
    var nonzeroCarry = carryTangents.map { $0 != nil }
    var derived: LinearizedJaxpr
    while true {
      let instantiate = nonzeroCarry + [Bool](repeating: false, count: yCount)
      derived = try params.jaxpr.linearized(
        nonzero: constantTangents.map { $0 != nil } + nonzeroCarry + xTangents.map { $0 != nil }, instantiate: instantiate)
      if derived.outputNonzero.prefix(params.carries).elementsEqual(nonzeroCarry) { break }
      nonzeroCarry = zip(nonzeroCarry, derived.outputNonzero).map { $0 || $1 }
    }

    let hoisted = derived.known.hoisted
    let invariant = invariantResiduals(derived, constantCount: hoisted.count + constants.count)
    let outputCount = params.jaxpr.outputAvals.count
    let known = try rearranged(params.jaxpr.name, derived.known.closed.inputAvals) { values in
      let outputs = try derived.known.closed.evaluate(values)
      let residuals = Array(outputs.dropFirst(outputCount))
      return Array(outputs.prefix(outputCount)) + residuals.indices.filter { invariant[$0] == nil }.map { residuals[$0] }
    }
    let knownParams = ScanParams(
      jaxpr: known, length: params.length, reverse: params.reverse, constants: hoisted.count + constants.count,
      carries: params.carries, unroll: params.unroll)
    let knownConstants = hoisted + constants
    let results = try bind(Primitives.scan, knownConstants + carry + xs, knownParams.boxed)
    let outputs = Array(results.prefix(outputCount))
    guard derived.outputNonzero.contains(true) else { return (outputs, outputs.map { _ in nil }) }

    let stacked = Array(results.dropFirst(outputCount))
    let shared = invariant.compactMap { $0 }.map { knownConstants[$0] }
    let dConstants = constantTangents.compactMap { $0 }
    let dCarry = try carry.indices.filter { nonzeroCarry[$0] }.map { try instantiate(carryTangents[$0], like: carry[$0].aval) }
    let dXs = xTangents.compactMap { $0 }
    let slices = (stacked + dXs).map { AbstractValue($0.dtype, Array($0.shape.dropFirst())) }
    let avals = (shared + dConstants + dCarry).map(\.aval) + slices
    let linear = try rearranged(params.jaxpr.name, avals) { values in
      let v = values.split(shared.count, dConstants.count, dCarry.count, stacked.count, dXs.count)
      var sharedValues = v[0][...]
      var stackedValues = v[3][...]
      let residuals = invariant.map { $0 == nil ? stackedValues.removeFirst() : sharedValues.removeFirst() }
      return try derived.linear.evaluate(residuals + v[1] + v[2] + v[4])
    }
    let linearParams = ScanParams(
      jaxpr: linear, length: params.length, reverse: params.reverse, constants: shared.count + dConstants.count,
      carries: dCarry.count, unroll: params.unroll)
    let derivatives = try record(
      Primitives.scan, shared + dConstants + dCarry + stacked + dXs, linearParams.boxed)
    return splitTangents(outputs + derivatives, derived.outputNonzero)
  }

  /// For each residual the constant operand that it is, or nil where it changes from step to step.
  private static func invariantResiduals(_ derived: LinearizedJaxpr, constantCount: Int) -> [Int?] {
    let jaxpr = derived.known.closed.jaxpr
    let constants = Array(jaxpr.inputs.prefix(constantCount))
    return jaxpr.outputs.suffix(derived.residualCount).map { atom in
      atom.variable.flatMap { constants.firstIndex(of: $0) }
    }
  }

  /// Transposes a scan whose linear operands are: some constants, all carries, and some xs. The
  /// transposed scan runs the other way, carries the cotangents of constants and carries, and gives those of xs.
  private static func transposeScan(
    _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: ScanParams
  ) throws -> [Cotangent?] {
    let (constants, carry, xs) = params.split(operands)
    guard carry.allSatisfy({ $0.aval.dtype.isInexact }) else {
      throw SJError(
        .unsupported,
        "scan: cannot be transposed, since some carries are not linear. Differentiate the function that contains it with vjp or grad instead of linear_transpose."
      )
    }
    // A carry may start from a known value (a zero tangent), yet every step is linear in it.
    let linear = constants.map(\.isLinear) + carry.map { _ in true } + xs.map(\.isLinear)
    let (carryCotangents, yCotangents) = (Array(cotangents.prefix(params.carries)), Array(cotangents.dropFirst(params.carries)))
    let outputAvals = params.jaxpr.outputAvals
    let nonzeroYs = yCotangents.map { $0 != nil }
    let derived = try params.jaxpr.transposed(
      linear: linear, nonzero: carryCotangents.map { _ in true } + nonzeroYs, instantiate: true)

    let knownConstants = constants.filter { !$0.isLinear }.map { $0.value! }
    let linearConstants = constants.filter(\.isLinear).map(\.aval)
    let knownXs = xs.filter { !$0.isLinear }.map { $0.value! }
    let ctCarry = try zip(carryCotangents, outputAvals).map { try instantiate($0, like: $1) }
    let ctYs = yCotangents.compactMap { $0 }
    let ctConstants = try linearConstants.map { try Lax.zeros($0.shape, $0.dtype) }
    let hoisted = derived.staged.hoisted

    let slices = (ctYs + knownXs).map { AbstractValue($0.dtype, Array($0.shape.dropFirst())) }
    let avals = (hoisted + knownConstants + ctConstants + ctCarry).map(\.aval) + slices
    let body = try rearranged(params.jaxpr.name, avals) { values in
      let v = values.split(
        hoisted.count, knownConstants.count, ctConstants.count, ctCarry.count, ctYs.count, knownXs.count)
      let results = try derived.staged.closed.evaluate(v[0] + v[1] + v[5] + v[3] + v[4])
      let r = results.split(ctConstants.count, ctCarry.count, results.count - ctConstants.count - ctCarry.count)
      return try zip(v[2], r[0]).map { try Lax.addAny($0, $1) } + r[1] + r[2]
    }
    let transposed = ScanParams(
      jaxpr: body, length: params.length, reverse: !params.reverse, constants: hoisted.count + knownConstants.count,
      carries: ctConstants.count + ctCarry.count, unroll: params.unroll)
    let results = try bind(
      Primitives.scan, hoisted + knownConstants + ctConstants + ctCarry + ctYs + knownXs, transposed.boxed)
    var rest = results[...]
    return zip(operands, linear).map { operand, isTransposed in
      guard isTransposed else { return nil }
      let cotangent = rest.removeFirst()
      return operand.isLinear ? .dense(cotangent) : nil
    }
  }

  // MARK: Batching

  private static func batchScan(
    _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: ScanParams
  ) throws -> (outputs: [Value], axes: [Int?]) {
    let (constantAxes, carryAxes, xAxes) = params.split(axes)
    let (constants, carry, xs) = params.split(inputs)
    let sliceAxes: [Int?] = xAxes.map { $0 == nil ? nil : 0 }
    let yCount = params.jaxpr.outputAvals.count - params.carries
    var isBatched = carryAxes.map { $0 != nil }
    var derived: BatchedJaxpr
    while true {
      let carryInFront: [Int?] = isBatched.map { $0 ? 0 : nil }
      let probe = try params.jaxpr.batched(
        axis: axis, axes: constantAxes + carryInFront + sliceAxes,
        instantiate: isBatched + [Bool](repeating: false, count: yCount))
      let grown = zip(isBatched, probe.outputAxes).map { $0 || $1 != nil }
      if grown == isBatched {
        derived = try params.jaxpr.batched(
          axis: axis, axes: constantAxes + carryInFront + sliceAxes, instantiate: probe.outputAxes.map { $0 != nil })
        break
      }
      isBatched = grown
    }
    let initial = try carry.indices.map {
      isBatched[$0] ? try Batching.broadcastBatch(carry[$0], carryAxes[$0], size: axis.size, to: 0) : carry[$0]
    }
    // The scanned axis stays in front; the batch axis comes second, so first in each slice.
    let stacked = try zip(xs, xAxes).map { value, source in try source.map { try Lax.moveAxis(value, $0, 1) } ?? value }
    let hoisted = derived.staged.hoisted
    let batched = ScanParams(
      jaxpr: derived.staged.closed, length: params.length, reverse: params.reverse,
      constants: hoisted.count + constants.count, carries: params.carries, unroll: params.unroll)
    let results = try bind(Primitives.scan, hoisted + constants + initial + stacked, batched.boxed)
    let outputAxes = derived.outputAxes.enumerated().map { i, position in
      position == nil ? nil : (i < params.carries ? 0 : 1)
    }
    return (results, outputAxes)
  }
}
