import SJCore
import SJLax
import SJLoopIR
import SJTransforms
import SJTypes

struct WhileParams: ParamValues {
  let condition: ClosedJaxpr
  let conditionConstants: Int
  let body: ClosedJaxpr
  let bodyConstants: Int

  var fields: [(name: String, value: String)] {
    [("cond_nconsts", "\(conditionConstants)"), ("body_nconsts", "\(bodyConstants)")]
  }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [("cond_jaxpr", condition), ("body_jaxpr", body)] }

  /// Operands as (condition constants, body constants, carries).
  func split<T>(_ operands: [T]) -> (condition: [T], body: [T], carry: [T]) {
    let parts = operands.split(conditionConstants, bodyConstants, operands.count - conditionConstants - bodyConstants)
    return (parts[0], parts[1], parts[2])
  }
}

/// `jax.lax.while_loop`: `body` applied to the carry while `condition` of it holds.
public func whileLoop(_ condition: Function, _ body: Function, _ initial: PyTree) throws -> PyTree {
  if Config.current.disableJit, let result = try whileByHand(condition, body, initial) { return result }
  let carry = PyTree(tuple: [initial])
  let (stagedBody, start) = try stageCarryBody(body, carry, what: "while_loop") { $0 }
  let test = try StagedBody(condition, carry.tree, start.map(\.aval))
  guard test.outputTree.isLeaf, test.avals[0].shape.isEmpty, test.avals[0].dtype == .bool else {
    let given = test.outputTree.isLeaf ? "\(test.avals[0])" : "\(test.outputTree)"
    throw SJError(.dtype, "cond_fun must return a boolean scalar, but got output type(s) \(given).")
  }
  let params = WhileParams(
    condition: test.staged.closed, conditionConstants: test.staged.hoisted.count, body: stagedBody.staged.closed,
    bodyConstants: stagedBody.staged.hoisted.count)
  let results = try bind(Primitives.whileLoop, test.staged.hoisted + stagedBody.staged.hoisted + start, params.boxed)
  return PyTree(results, initial.tree)
}

/// The loop without tracing; nil where the condition depends on a value that is not known.
private func whileByHand(_ condition: Function, _ body: Function, _ initial: PyTree) throws -> PyTree? {
  var state = initial
  while true {
    let test = try condition.body(PyTree(tuple: [state]))
    guard test.leaves.count == 1, test.leaves[0].aval.matches(AbstractValue(.bool)),
      let known = try? test.leaves[0].concreteArray(for: "while_loop")
    else { return nil }
    guard try known.bytes().load(as: Bool.self) else { return state }
    state = try body.body(PyTree(tuple: [state]))
  }
}

/// `jax.lax.fori_loop`: a scan where the bounds are known, else a while loop (not differentiable in reverse).
public func foriLoop(_ lower: Value, _ upper: Value, _ body: Function, _ initial: PyTree) throws -> PyTree {
  guard lower.rank == 0, upper.rank == 0, lower.dtype.isInteger, upper.dtype.isInteger else {
    throw SJError(.dtype, "lower and upper arguments to fori_loop must be integer scalars, got \(lower.aval) and \(upper.aval)")
  }
  let dtype =
    lower.dtype == upper.dtype
    ? lower.dtype
    : lower.aval.promotion.joined(with: upper.aval.promotion, x64: Config.current.enableX64)!.dtype
  let low = lower.dtype == dtype ? lower : try Lax.convertElementType(lower, dtype)
  let high = upper.dtype == dtype ? upper : try Lax.convertElementType(upper, dtype)
  if let first = try? low.concreteArray(for: "fori_loop").integer(),
    let last = try? high.concreteArray(for: "fori_loop").integer()
  {
    let step = BodyTraces.of(body).derived("fori_step") { [unowned body] in
      Function(body.name) { arguments in
        let carry = arguments.children[0].children
        let counter = try successor(carry[0])
        let next = try body.body(PyTree(tuple: carry))
        return PyTree(tuple: [PyTree(tuple: [counter, next]), PyTree([], .none)])
      }
    }
    // Steps by hand, none of which would tell what a scan gives.
    if Config.current.disableJit, last <= first { return initial }
    let (result, _) = try scan(
      step, PyTree(tuple: [PyTree(low), initial]), PyTree([], .none), length: max(last - first, 0))
    return result.children[1]
  }
  let step = BodyTraces.of(body).derived("fori_while_step") { [unowned body] in
    Function(body.name) { arguments in
      let carry = arguments.children[0].children
      let counter = try successor(carry[0])
      let next = try body.body(PyTree(tuple: [carry[0], carry[2]]))
      return PyTree(tuple: [counter, carry[1], next])
    }
  }
  return try whileLoop(foriCondition, step, PyTree(tuple: [PyTree(low), PyTree(high), initial])).children[2]
}

/// Whether the counter of a fori loop, the first of its carry, has not reached the second.
private nonisolated(unsafe) let foriCondition = Function("fori_cond") { arguments in
  let carry = arguments.children[0].children
  return PyTree(try Lax.lt(carry[0].leaves[0], carry[1].leaves[0]))
}

private func successor(_ counter: PyTree) throws -> PyTree {
  let value = counter.leaves[0]
  return PyTree(try Lax.add(value, Lax.scalar(1, value.dtype, weakType: value.aval.weakType)))
}

extension ConcreteArray {
  /// The value of an integer scalar.
  func integer() throws -> Int {
    let pointer = try bytes()
    return switch dtype {
    case .int8: Int(pointer.load(as: Int8.self))
    case .int16: Int(pointer.load(as: Int16.self))
    case .int32: Int(pointer.load(as: Int32.self))
    case .uint8: Int(pointer.load(as: UInt8.self))
    case .uint16: Int(pointer.load(as: UInt16.self))
    case .uint32: Int(pointer.load(as: UInt32.self))
    default: Int(truncatingIfNeeded: pointer.load(as: Int64.self))
    }
  }
}

extension Primitives {
  public static let whileLoop: Primitive = Primitive(
    "while",
    Rules(
      abstract: { _, params in
        let params = params.unbox(WhileParams.self)
        return (params.body.outputAvals, params.condition.effects.union(params.body.effects))
      },
      jvp: .rule { primals, tangents, params in
        let loop = try DifferentiatedWhile(params.unbox(WhileParams.self), primals, tangents)
        let results = try bind(Primitives.whileLoop, loop.operands, loop.params.boxed)
        return splitTangents(results, loop.carryNonzero)
      },
      transpose: .unsupported(
        "Reverse-mode differentiation does not work for lax.while_loop or lax.fori_loop with dynamic start/stop values. Try using lax.scan, or using fori_loop with static start/stop."
      ),
      batch: .rule { axis, inputs, axes, params in
        try batchWhile(axis, inputs, axes, params.unbox(WhileParams.self))
      },
      lowering: .rule { context, inputs, params, outputs in
        let params = params.unbox(WhileParams.self)
        if let results = try lowerScalarWhile(context, inputs, params, outputs) { return results }
        let (condition, body, carry) = params.split(try inputs.map { try context.materialize($0) })
        let results = outputs.map { context.newBuffer($0) }
        context.emit(
          .whileLoop(
            WhileCommand(
              condition: try LoweringContext.program(for: params.condition.jaxpr.optimized()),
              conditionConstants: condition,
              body: try LoweringContext.program(for: params.body.jaxpr.optimized()),
              bodyConstants: body, initial: carry, results: results)))
        return zip(outputs, results).map { Lowered($0.dtype, $0.shape, .buffer($1)) }
      },
      linearize: { primals, tangents, params, record in
        // Forward mode only: the primal loop runs now, and the tape runs it again with tangents.
        let outputs = try bind(Primitives.whileLoop, primals, params)
        let loop = try DifferentiatedWhile(params.unbox(WhileParams.self), primals, tangents)
        guard loop.carryNonzero.contains(true) else { return (outputs, outputs.map { _ in nil }) }
        let results = try record(Primitives.whileLoop, loop.operands, loop.params.boxed)
        return (outputs, splitTangents(results, loop.carryNonzero).tangents)
      }))

  private static func batchWhile(
    _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: WhileParams
  ) throws -> (outputs: [Value], axes: [Int?]) {
    let (conditionAxes, bodyAxes, carryAxes) = params.split(axes)
    var isBatched = carryAxes.map { $0 != nil }
    var testIsBatched = false
    while true {
      let carry: [Int?] = isBatched.map { $0 ? 0 : nil }
      testIsBatched = try params.condition.batched(axis: axis, axes: conditionAxes + carry).outputAxes[0] != nil
      let result = try params.body.batched(axis: axis, axes: bodyAxes + carry, instantiate: isBatched)
      let grown = zip(isBatched, result.outputAxes).map { $0 || $1 != nil || testIsBatched }
      if grown == isBatched { break }
      isBatched = grown
    }
    let carryInFront: [Int?] = isBatched.map { $0 ? 0 : nil }
    let test = try params.condition.batched(axis: axis, axes: conditionAxes + carryInFront).staged
    let step = try params.body.batched(axis: axis, axes: bodyAxes + carryInFront, instantiate: isBatched).staged
    let (conditionConstants, bodyConstants, carry) = params.split(inputs)
    let initial = try carry.indices.map {
      isBatched[$0] ? try Batching.broadcastBatch(carry[$0], carryAxes[$0], size: axis.size, to: 0) : carry[$0]
    }
    let testOperands = test.hoisted + conditionConstants
    let stepOperands = step.hoisted + bodyConstants
    let batched: WhileParams
    let operands: [Value]
    if testIsBatched {
      batched = try masked(test.closed, testOperands.map(\.aval), step.closed, stepOperands.map(\.aval), initial.map(\.aval))
      operands = testOperands + testOperands + stepOperands + initial
    } else {
      batched = WhileParams(
        condition: test.closed, conditionConstants: testOperands.count, body: step.closed, bodyConstants: stepOperands.count)
      operands = testOperands + stepOperands + initial
    }
    return (try bind(Primitives.whileLoop, operands, batched.boxed), carryInFront)
  }

  /// A loop that runs while any element wants to and changes only those that do.
  private static func masked(
    _ test: ClosedJaxpr, _ testConstants: [AbstractValue], _ step: ClosedJaxpr, _ stepConstants: [AbstractValue],
    _ carry: [AbstractValue]
  ) throws -> WhileParams {
    let condition = try rearranged(test.name, testConstants + carry) { values in
      [try Lax.reduceOr(test.evaluate(values)[0], axes: [0])]
    }
    let body = try rearranged(step.name, testConstants + stepConstants + carry) { values in
      let parts = values.split(testConstants.count, stepConstants.count, carry.count)
      let active = try test.evaluate(parts[0] + parts[2])[0]
      let next = try step.evaluate(parts[1] + parts[2])
      return try zip(parts[2], next).map { old, new in
        let mask = try Lax.broadcastInDim(active, shape: new.shape, broadcastDimensions: [0])
        return try Lax.selectN(mask, [old, new])
      }
    }
    return WhileParams(
      condition: condition, conditionConstants: testConstants.count, body: body,
      bodyConstants: testConstants.count + stepConstants.count)
  }

  /// A loop over scalars whose condition and body are formulas: one kernel with everything in registers.
  private static func lowerScalarWhile(
    _ context: LoweringContext, _ inputs: [Lowered], _ params: WhileParams, _ outputs: [AbstractValue]
  ) throws -> [Lowered]? {
    let isScalar =
      (inputs.map(\.dtype) + outputs.map(\.dtype)).allSatisfy { $0.componentCount == 1 }
      && inputs.allSatisfy(\.shape.isEmpty)
    guard isScalar, !params.body.effects.preventRemoval else { return nil }
    let cheapInputs = try inputs.map { try context.cheap($0) }
    let (conditionConstants, bodyConstants, carry) = params.split(cheapInputs)
    guard let test = try formulas(params.condition, context), let step = try formulas(params.body, context) else { return nil }
    let buffers = outputs.map { context.newBuffer($0) }
    try context.kernel("while") { kernel in
      let initial = try carry.map { try $0.element(kernel, []).scalar }
      func operands(_ values: [ExprID]) -> [Lowered] {
        zip(outputs, values).map { aval, value in Lowered(aval, cost: 0) { _, _ in .scalar(value) } }
      }
      let results = try kernel.whileLoop(
        initial,
        condition: { try test(conditionConstants + operands($0))[0].element(kernel, []).scalar },
        body: { carried in try step(bodyConstants + operands(carried)).map { try $0.element(kernel, []).scalar } })
      for (i, aval) in outputs.enumerated() { kernel.store(.scalar(results[i]), aval.dtype, to: buffers[i], at: []) }
    }
    return zip(outputs, buffers).map { Lowered($0.dtype, $0.shape, .buffer($1)) }
  }

  /// The jaxpr as a function of formulas, or nil where it needs memory.
  private static func formulas(_ closed: ClosedJaxpr, _ context: LoweringContext) throws -> (([Lowered]) throws -> [Lowered])? {
    let jaxpr = try closed.jaxpr.optimized()
    guard jaxpr.avals.allSatisfy({ $0.shape.isEmpty && $0.dtype.componentCount == 1 }) else { return nil }
    let probe = LoweringContext(keepingFormulas: true)
    let inputs = jaxpr.inputAvals.map { aval in Lowered(aval, cost: 0) { kernel, _ in kernel.zero(aval.dtype) } }
    _ = try probe.lower(jaxpr, constants: [], inputs: inputs)
    guard probe.program.commands.isEmpty else { return nil }
    return { try LoweringContext(keepingFormulas: true).lower(jaxpr, constants: [], inputs: $0) }
  }
}

/// The while loop over (carry, nonzero carry tangents).
private struct DifferentiatedWhile {
  let params: WhileParams
  let operands: [Value]
  let carryNonzero: [Bool]

  init(_ loop: WhileParams, _ primals: [Value], _ tangents: [Value?]) throws {
    let (conditionConstants, bodyConstants, carry) = loop.split(primals)
    let (_, bodyTangents, carryTangents) = loop.split(tangents)
    let constantsNonzero = bodyTangents.map { $0 != nil }
    var nonzero = carryTangents.map { $0 != nil }
    while true {
      let result = try loop.body.jvp(nonzero: constantsNonzero + nonzero, instantiate: nonzero)
      if result.outputNonzero.prefix(nonzero.count).elementsEqual(nonzero) { break }
      nonzero = zip(nonzero, result.outputNonzero).map { $0 || $1 }
    }
    let derived = try loop.body.jvp(nonzero: constantsNonzero + nonzero, instantiate: nonzero).staged
    let initialTangents = try carry.indices.filter { nonzero[$0] }.map {
      try instantiate(carryTangents[$0], like: carry[$0].aval)
    }
    let constants = bodyConstants + bodyTangents.compactMap { $0 }
    let counts = (body: bodyConstants.count, tangents: constants.count - bodyConstants.count, carry: carry.count)
    let avals = (derived.hoisted + constants + carry + initialTangents).map(\.aval)
    let hoistedCount = derived.hoisted.count
    let body = try rearranged(loop.body.name, avals) { values in
      let parts = values.split(hoistedCount, counts.body, counts.tangents, counts.carry, initialTangents.count)
      return try derived.closed.evaluate(parts[0] + parts[1] + parts[3] + parts[2] + parts[4])
    }
    let tests = (conditionConstants + carry + initialTangents).map(\.aval)
    let condition = try rearranged(loop.condition.name, tests) { values in
      try loop.condition.evaluate(Array(values.dropLast(initialTangents.count)))
    }
    params = WhileParams(
      condition: condition, conditionConstants: conditionConstants.count, body: body,
      bodyConstants: hoistedCount + constants.count)
    operands = conditionConstants + derived.hoisted + constants + carry + initialTangents
    carryNonzero = nonzero
  }
}
