import SJCore
import SJLax
import SJLoopIR
import SJTransforms
import SJTypes

struct CondParams: ParamValues {
  let branches: [ClosedJaxpr]

  var fields: [(name: String, value: String)] { [] }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { branches.map { ("branches", $0) } }
}

/// `jax.lax.cond`: `trueFunction(operands)` or `falseFunction(operands)`.
public func cond(_ predicate: Value, _ trueFunction: Function, _ falseFunction: Function, _ operands: PyTree) throws -> PyTree {
  guard predicate.rank == 0 else {
    throw SJError(
      .shape,
      "Pred must be a scalar, got \(predicate.aval) of shape \(predicate.shape.tupleText). Use select or where for arrays.")
  }
  guard predicate.dtype.isNumeric, !predicate.dtype.isComplex else {
    throw SJError(.dtype, "Pred type must be either boolean or number, got \(predicate.dtype).")
  }
  let truth = predicate.dtype == .bool ? predicate : try Lax.ne(predicate, Lax.zerosLike(predicate))
  return try branch(Lax.convertElementType(truth, .int32), [falseFunction, trueFunction], operands, what: "cond")
}

/// `jax.lax.switch`: `branches[clamp(index)](operands)`.
public func switchCase(_ index: Value, _ branches: [Function], _ operands: PyTree) throws -> PyTree {
  guard index.rank == 0 else {
    throw SJError(.shape, "Branch index must be scalar, got \(index.aval) of shape \(index.shape.tupleText).")
  }
  guard index.dtype.isInteger else { throw SJError(.dtype, "Index type must be an integer, got \(index.dtype)") }
  guard !branches.isEmpty else { throw SJError(.invalidArgument, "Empty branch sequence") }
  if branches.count == 1 { return try branches[0].body(operands) }
  let clamped = try Lax.clamp(
    Lax.scalar(0, index.dtype), index, Lax.scalar(branches.count - 1, index.dtype))
  return try branch(Lax.convertElementType(clamped, .int32), branches, operands, what: "switch")
}

private func branch(_ index: Value, _ functions: [Function], _ operands: PyTree, what: String) throws -> PyTree {
  if Config.current.disableJit, let known = try? index.concreteArray(for: what) {
    return try functions[Int(known.bytes().load(as: Int32.self))].body(operands)
  }
  let bodies = try functions.map { try StagedBody($0, operands.tree, operands.avals) }
  let first = bodies[0]
  for (i, body) in bodies.enumerated().dropFirst() {
    if let difference = first.outputTree.difference(from: body.outputTree) {
      throw SJError(
        .tree,
        "\(what) branch outputs must have the same pytree structure, but branch 0 (\(functions[0].name)) and branch \(i) (\(functions[i].name)) differ: \(difference)",
        raises: .typeError)
    }
    for (j, (a, b)) in zip(first.avals, body.avals).enumerated() where !a.matches(b) {
      throw SJError(
        .dtype,
        "\(what) branches must have equal output types but they differ: output\(first.outputTree.leafPaths[j]) is \(a) in branch 0 (\(functions[0].name)) and \(b) in branch \(i) (\(functions[i].name)), \(typeMismatch(a, b))"
      )
    }
  }
  let types = try joinedTypes(bodies.map(\.avals), what: what)
  let same = try bodies.map { body in
    body.avals == types
      ? body.staged
      : Staged(
        closed: try rearranged(body.staged.closed.name, body.staged.closed.inputAvals) { values in
          try zip(body.staged.closed.evaluate(values), types).map { try converted($0, to: $1) }
        }, hoisted: body.staged.hoisted)
  }
  let (branches, hoisted) = try unified(same)
  let results = try bind(Primitives.cond, [index] + hoisted + operands.leaves, CondParams(branches: branches).boxed)
  return PyTree(results, first.outputTree)
}

/// The output types on which branches agree: weak types give way.
private func joinedTypes(_ avals: [[AbstractValue]], what: String) throws -> [AbstractValue] {
  try avals[0].indices.map { i in
    try avals.dropFirst().reduce(avals[0][i]) { joined, other in
      guard joined.shape == other[i].shape,
        let type = joined.promotion.joined(with: other[i].promotion, x64: Config.current.enableX64)
      else {
        throw SJError(
          .dtype,
          "\(what) branches must have equal output types but they differ: \(joined) and \(other[i]), \(typeMismatch(joined, other[i]))"
        )
      }
      return AbstractValue(type.dtype, joined.shape, weakType: type.weak)
    }
  }
}

extension Primitives {
  public static let cond: Primitive = Primitive(
    "cond",
    Rules(
      abstract: { _, params in
        let branches = params.unbox(CondParams.self).branches
        return (branches[0].outputAvals, branches.reduce(into: []) { $0.formUnion($1.effects) })
      },
      jvp: .rule { primals, tangents, params in
        let branches = params.unbox(CondParams.self).branches
        let nonzero = tangents.dropFirst().map { $0 != nil }
        let outputNonzero = try union(branches.map { try $0.jvp(nonzero: nonzero).outputNonzero })
        let derived = try branches.map { try $0.jvp(nonzero: nonzero, instantiate: outputNonzero).staged }
        let (jaxprs, hoisted) = try unified(derived)
        let operands = primals.dropFirst() + tangents.compactMap { $0 }
        let results = try bind(Primitives.cond, [primals[0]] + hoisted + operands, CondParams(branches: jaxprs).boxed)
        return splitTangents(results, outputNonzero)
      },
      transpose: .rule { cotangents, operands, params in
        let branches = params.unbox(CondParams.self).branches
        let linear = operands.dropFirst().map(\.isLinear)
        let derived = try branches.map {
          try $0.transposed(linear: linear, nonzero: cotangents.map { $0 != nil }, instantiate: true).staged
        }
        let (jaxprs, hoisted) = try unified(derived)
        let known = operands.dropFirst().compactMap { $0.isLinear ? nil : $0.value }
        let results = try bind(
          Primitives.cond, [operands[0].value] + hoisted + known + cotangents.compactMap { $0 },
          CondParams(branches: jaxprs).boxed)
        return spread(results, over: operands, linear.filter { $0 })
      },
      batch: .rule { axis, inputs, axes, params in
        let branches = params.unbox(CondParams.self).branches
        let operandAxes = Array(axes.dropFirst())
        guard axes[0] == nil else { return try batchByIndex(axis, inputs, axes, branches) }
        let isBatched = try union(branches.map { try $0.batched(axis: axis, axes: operandAxes).outputAxes.map { $0 != nil } })
        let derived = try branches.map { try $0.batched(axis: axis, axes: operandAxes, instantiate: isBatched).staged }
        let (jaxprs, hoisted) = try unified(derived)
        let results = try bind(
          Primitives.cond, [inputs[0]] + hoisted + inputs.dropFirst(), CondParams(branches: jaxprs).boxed)
        return (results, isBatched.map { $0 ? 0 : nil })
      },
      lowering: .rule { context, inputs, params, outputs in
        let branches = params.unbox(CondParams.self).branches
        let results = outputs.map { context.newBuffer($0) }
        context.emit(
          .branch(
            BranchCommand(
              index: try context.materialize(inputs[0]),
              branches: try branches.map { try LoweringContext.program(for: $0.jaxpr.optimized()) },
              inputs: try inputs.dropFirst().map { try context.materialize($0) }, results: results)))
        return zip(outputs, results).map { Lowered($0.dtype, $0.shape, .buffer($1)) }
      },
      linearize: { primals, tangents, params, record in
        try linearizeCond(primals, tangents, params.unbox(CondParams.self).branches, record)
      }))

  private static func union(_ flags: [[Bool]]) -> [Bool] {
    flags[0].indices.map { i in flags.contains { $0[i] } }
  }

  /// A batched index: all branches run and `select_n` picks, as under a mask.
  private static func batchByIndex(
    _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ branches: [ClosedJaxpr]
  ) throws -> (outputs: [Value], axes: [Int?]) {
    if branches.contains(where: { $0.effects.preventRemoval }) {
      throw SJError(
        .unsupported, "vmap of cond: the predicate is batched and a branch has effects; every branch would run for every element")
    }
    let index = try Lax.moveAxis(inputs[0], axes[0]!, 0)
    let results = try branches.map { branch in
      let derived = try branch.batched(
        axis: axis, axes: Array(axes.dropFirst()), instantiate: branch.outputAvals.map { _ in true })
      return try bindJit(branch.name, derived.staged, Array(inputs.dropFirst()))
    }
    let outputs = try results[0].indices.map { i in
      let cases = results.map { $0[i] }
      let which = try Lax.broadcastInDim(index, shape: cases[0].shape, broadcastDimensions: [0])
      let predicate = branches.count == 2 ? try Lax.convertElementType(which, .bool) : which
      return try Lax.selectN(predicate, cases)
    }
    return (outputs, outputs.map { _ in 0 })
  }

  /// Every branch gives the residuals of all: its own, and zeros for the others'.
  private static func linearizeCond(
    _ primals: [Value], _ tangents: [Value?], _ branches: [ClosedJaxpr], _ record: Recorder
  ) throws -> (primals: [Value], tangents: [Value?]) {
    let nonzero = tangents.dropFirst().map { $0 != nil }
    let outputNonzero = try union(branches.map { try $0.linearized(nonzero: nonzero).outputNonzero })
    let derived = try branches.map { try $0.linearized(nonzero: nonzero, instantiate: outputNonzero) }
    let outputCount = outputNonzero.count
    let residuals = derived.map { Array($0.known.closed.outputAvals.dropFirst(outputCount)) }

    let known = try derived.enumerated().map { i, part in
      Staged(
        closed: try rearranged(part.known.closed.name, part.known.closed.inputAvals) { values in
          let results = try part.known.closed.evaluate(values)
          return try results.prefix(outputCount)
            + residuals.enumerated().flatMap { j, avals in
              j == i ? Array(results.dropFirst(outputCount)) : try avals.map { try Lax.zeros($0.shape, $0.dtype) }
            }
        }, hoisted: part.known.hoisted)
    }
    let (knownBranches, hoisted) = try unified(known)
    let results = try bind(
      Primitives.cond, [primals[0]] + hoisted + primals.dropFirst(), CondParams(branches: knownBranches).boxed)

    let allResiduals = residuals.flatMap { $0 }
    let tangentAvals = zip(primals, tangents).filter { $0.1 != nil }.map(\.0.aval.tangent)
    var offset = 0
    let linearBranches = try derived.enumerated().map { i, part in
      defer { offset += residuals[i].count }
      return try rearranged(part.linear.name, allResiduals + tangentAvals) { values in
        try part.linear.evaluate(
          Array(values[offset..<offset + residuals[i].count]) + values.dropFirst(allResiduals.count))
      }
    }
    guard outputNonzero.contains(true) else { return (Array(results.prefix(outputCount)), outputNonzero.map { _ in nil }) }
    let derivatives = try record(
      Primitives.cond, [primals[0]] + results.dropFirst(outputCount) + tangents.compactMap { $0 },
      CondParams(branches: linearBranches).boxed)
    return splitTangents(results.prefix(outputCount) + derivatives, outputNonzero)
  }
}
