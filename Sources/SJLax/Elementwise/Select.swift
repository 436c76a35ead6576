import SJLoopIR

extension Primitives {
  public static let selectN = PrimitiveReference.define("select_n") { reference in
    Rules(
      abstract: { inputs, _ in
        try checkSelect(inputs)
        let cases = inputs.dropFirst()
        return ([AbstractValue(inputs[1].dtype, inputs[1].shape, weakType: cases.allSatisfy(\.weakType))], [])
      },
      jvp: .rule { primals, tangents, params in
        let answer = try bind1(reference.primitive, primals, params)
        guard let some = tangents.dropFirst().compactMap({ $0 }).first else { return ([answer], [nil]) }
        let zeros = try Lax.zerosLike(some)
        let filled = tangents.dropFirst().map { $0 ?? zeros }
        return ([answer], [try Lax.selectN(primals[0], filled)])
      },
      transpose: .rule(transposeSelect),
      batch: .rule(batchSelect),
      lowering: .rule { context, inputs, _, outputs in
        let which = try inputs[0].broadcast(to: outputs[0].shape, context)
        let cases = Array(inputs.dropFirst())
        let cost = inputs.reduce(cases.count - 1) { $0 + $1.cost }
        return [
          Lowered(outputs[0], cost: cost) { kernel, index in
            let selector = try which.element(kernel, index).scalar
            return kernel.choose(selector, which.dtype, try cases.map { try $0.element(kernel, index) })
          }
        ]
      },
      identity: { operands, _ in operands.atoms.dropFirst().allSatisfy { $0 == operands.atoms[1] } ? 1 : nil })
  }

  private static func checkSelect(_ inputs: [AbstractValue]) throws {
    guard inputs.count >= 2 else { throw SJError(.invalidArgument, "select must have at least one case") }
    let (which, cases) = (inputs[0], inputs.dropFirst())
    let list = cases.map(\.description).joined(separator: ", ")
    guard cases.allSatisfy({ $0.shape == inputs[1].shape }) else {
      throw SJError(.shape, "select cases must have the same shapes, got [\(list)].")
    }
    guard which.rank == 0 || which.shape == inputs[1].shape else {
      throw SJError(
        .shape, "select `which` must be scalar or have the same shape as cases, got `which` \(which) but cases \(inputs[1]).")
    }
    try DTypeCheck.same("select", Array(cases))
    guard which.dtype == .bool || which.dtype.isInteger else {
      throw SJError(.dtype, "select `which` must be boolean or integer type, got \(which.dtype).")
    }
    guard which.dtype != .bool || cases.count <= 2 else {
      throw SJError(.invalidArgument, "select with boolean `which` cannot have > 2 cases.")
    }
  }

  private static func transposeSelect(
    _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
  ) throws -> [Cotangent?] {
    guard let ct = cotangents[0], let which = operands[0].value else { return operands.map { _ in nil } }
    let zeros = try Lax.zerosLike(ct)
    return try operands.enumerated().map { position, operand in
      guard position > 0, operand.isLinear else { return nil }
      var parts = operands.dropFirst().map { _ in zeros }
      parts[position - 1] = ct
      return .dense(try Lax.selectN(which, parts))
    }
  }

  private static func batchSelect(
    _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
  ) throws -> (outputs: [Value], axes: [Int?]) {
    if axes.allSatisfy({ $0 == nil }) { return (try bind(Primitives.selectN, inputs, params), [nil]) }
    if axes[0] == nil, inputs[0].rank == 0 {
      let cases = try zip(inputs, axes).dropFirst().map { try Batching.atFront($0, $1, axis.size) }
      return ([try Lax.selectN(inputs[0], cases)], [0])
    }
    if let common = axes[1], axes.allSatisfy({ $0 == common }), inputs[0].rank == inputs[1].rank {
      return (try bind(Primitives.selectN, inputs, params), [common])
    }
    let cases = try zip(inputs, axes).dropFirst().map { try Batching.atFront($0, $1, axis.size) }
    var which = try Batching.atFront(inputs[0], axes[0], axis.size)
    if which.rank < cases[0].rank { which = try Lax.broadcastInDim(which, shape: cases[0].shape, broadcastDimensions: [0]) }
    return ([try Lax.selectN(which, cases)], [0])
  }

  public static let clamp = Primitive.elementwise(
    "clamp", [.any, .any, .any], result: { operands, _ in operands[1].dtype }, cost: 2,
    derivative: .tangents([
      { g, p, answer, _ in try clampTangent(g, try Lax.gt(p[0], p[1]), p[0], below: p[2], answer) },
      { g, p, answer, _ in
        let inside = try Lax.bitwiseAnd(try Lax.gt(p[1], p[0]), try Lax.lt(p[1], p[2]))
        return try Lax.select(try Lax.stretch(inside, to: answer.shape), g, try Lax.zerosLike(answer))
      },
      { g, p, answer, _ in
        let above = try Lax.lt(p[2], p[1])
        return try Lax.select(
          try Lax.stretch(above, to: answer.shape), try Lax.stretch(g, to: answer.shape), try Lax.zerosLike(answer))
      },
    ])
  ) { kernel, operands, dtype, _ in
    if dtype.isComplex {
      let (low, x, high) = (ComplexExpr(kernel, operands[0]), ComplexExpr(kernel, operands[1]), ComplexExpr(kernel, operands[2]))
      let raised = SJLax.choose(x.isLess(than: low, orEqual: false), low, x)
      return SJLax.choose(high.isLess(than: raised, orEqual: false), high, raised).element
    }
    let (low, x, high) = (operands[0].scalar, operands[1].scalar, operands[2].scalar)
    if dtype == .bool { return .scalar(kernel.binary(.and, kernel.binary(.or, x, low), high)) }
    return .scalar(kernel.ternary(.clamp, low, x, high))
  }

  private static func clampTangent(
    _ g: Value, _ isBelow: Value, _ low: Value, below high: Value, _ answer: Value
  ) throws -> Value {
    let counts = try Lax.bitwiseAnd(isBelow, try Lax.lt(low, high))
    let shape = answer.shape
    return try Lax.select(try Lax.stretch(counts, to: shape), try Lax.stretch(g, to: shape), try Lax.zerosLike(answer))
  }

  static let selection: [Primitive] = [selectN, clamp]
}

extension KernelBuilder {
  /// The case that the selector names, by bisection; out of range the first or last one.
  fileprivate func choose(_ selector: ExprID, _ dtype: DType, _ cases: [Element], offset: Int = 0) -> Element {
    if cases.count == 1 { return cases[0] }
    if dtype == .bool { return select(selector, cases[1], cases[0]) }
    let middle = cases.count / 2
    let isLower = binary(.lt, selector, constant(offset + middle, dtype.scalar))
    return select(
      isLower, choose(selector, dtype, Array(cases[..<middle]), offset: offset),
      choose(selector, dtype, Array(cases[middle...]), offset: offset + middle))
  }
}

extension Lax {
  /// `jax.lax.select_n`: `cases[which]`, element by element.
  public static func selectN(_ which: Value, _ cases: [Value]) throws -> Value {
    if cases.isEmpty { throw SJError(.invalidArgument, "select must have at least one case") }
    return try bind1(Primitives.selectN, [which] + cases)
  }

  /// `jax.lax.select`: `onTrue` where `predicate` holds, else `onFalse`.
  public static func select(_ predicate: Value, _ onTrue: Value, _ onFalse: Value) throws -> Value {
    try selectN(predicate, [onFalse, onTrue])
  }

  /// `jax.lax.clamp`: `min(max(x, low), high)`; the bounds are scalars or of the shape of `x`.
  public static func clamp(_ low: Value, _ x: Value, _ high: Value) throws -> Value {
    for bound in [low, high] where bound.rank > 0 && bound.shape != x.shape {
      throw SJError(
        .shape, "clamp requires bounds that are scalars or of the operand's shape, got \(bound.aval) for operand \(x.aval).")
    }
    return try bind1(Primitives.clamp, [low, x, high])
  }
}
