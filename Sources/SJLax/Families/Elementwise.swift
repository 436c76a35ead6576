import SJLoopIR

/// One element of the result from one element of each operand, before rounding to 16 bits.
/// `dtype` is that of the first operand.
public typealias ElementRule = (
  _ kernel: KernelBuilder, _ operands: [Element], _ dtype: DType, _ params: Params
) throws -> Element

/// The dtype of an elementwise result.
public typealias ResultDType = (_ operands: [AbstractValue], _ params: Params) throws -> DType

/// The tangent of an elementwise result along one operand: linear in `tangent`.
public typealias TangentRule = (_ tangent: Value, _ primals: [Value], _ answer: Value, _ params: Params) throws -> Value

/// How an elementwise operation is differentiated.
public enum Derivative {
  /// Zero everywhere, or of an integer or boolean result.
  case zero
  /// One rule per operand; nil where the operand is not differentiable.
  case tangents([TangentRule?])
  /// The operation is linear in all its operands: the tangent is the operation itself.
  case linear
  case rule(JVPRule)
  case unsupported(String)
}

extension Primitive {
  /// An operation on corresponding elements of operands of one shape. Operands may also be of rank 0, and
  /// axes of size 1 stretch.
  ///
  /// - Parameters:
  ///   - accepted: the dtypes that each operand may have.
  ///   - sameDTypes: whether all operands must be of one dtype.
  ///   - result: the result's dtype; the first operand's unless given.
  ///   - cost: about how many simple operations one element takes.
  public static func elementwise(
    _ name: String, _ accepted: [DTypeSet], sameDTypes: Bool = true,
    result: @escaping ResultDType = { operands, _ in operands[0].dtype },
    operation: ElementwiseOperation? = nil, cost: Int = 1, derivative: Derivative,
    transpose: Slot<TransposeRule>? = nil, identity: IdentityRule? = nil,
    check: ((_ params: Params) throws -> Void)? = nil, element: @escaping ElementRule
  ) -> Primitive {
    let reference = PrimitiveReference()
    var rules = Rules(
      abstract: { inputs, params in
        if inputs.count == 1 {
          try DTypeCheck.unary(name, inputs[0].dtype, accepted[0])
        } else {
          try DTypeCheck.nary(name, inputs, accepted)
          if sameDTypes { try DTypeCheck.same(name, inputs) }
        }
        try check?(params)
        let shape = try Broadcasting.shape(name, inputs)
        let dtype = try result(inputs, params)
        return ([AbstractValue(dtype, shape, weakType: inputs.allSatisfy(\.weakType))], [])
      },
      jvp: derivative.slot(reference),
      transpose: transpose ?? .unsupported("\(name) is not linear in its operands"),
      batch: .rule(Batching.broadcasting(reference)),
      lowering: .rule(elementwiseLowering(cost, element)),
      identity: identity,
      elementwise: operation)
    rules.elementwiseDTypes = accepted.reduce(.max) { $0 & $1.mask }
    let primitive = Primitive(name, rules)
    reference.primitive = primitive
    return primitive
  }

  /// A unary operation that is one operation of LoopIR on real numbers, and `complex` on complex ones.
  public static func unary(
    _ name: String, _ accepted: DTypeSet, _ op: UnaryOp, cost: Int = 1,
    complex: ((ComplexExpr) -> ComplexExpr)? = nil, derivative: Derivative,
    transpose: Slot<TransposeRule>? = nil
  ) -> Primitive {
    elementwise(
      name, [accepted], operation: .unary(op), cost: cost, derivative: derivative, transpose: transpose
    ) { kernel, operands, dtype, _ in
      guard dtype.isComplex else { return .scalar(kernel.unary(op, operands[0].scalar)) }
      guard let complex else { throw SJError(.unsupported, "\(name) has no rule for \(dtype)") }
      return complex(ComplexExpr(kernel, operands[0])).element
    }
  }

  /// A binary operation that is one operation of LoopIR on real numbers, and `complex` on complex ones.
  public static func binary(
    _ name: String, _ accepted: DTypeSet, _ op: BinaryOp, cost: Int = 1,
    complex: ((ComplexExpr, ComplexExpr) -> ComplexExpr)? = nil, derivative: Derivative,
    transpose: Slot<TransposeRule>? = nil, identity: IdentityRule? = nil
  ) -> Primitive {
    elementwise(
      name, [accepted, accepted], operation: .binary(op), cost: cost, derivative: derivative, transpose: transpose,
      identity: identity
    ) { kernel, operands, dtype, _ in
      guard dtype.isComplex else { return .scalar(kernel.binary(op, operands[0].scalar, operands[1].scalar)) }
      guard let complex else { throw SJError(.unsupported, "\(name) has no rule for \(dtype)") }
      return complex(ComplexExpr(kernel, operands[0]), ComplexExpr(kernel, operands[1])).element
    }
  }
}

/// Lets the rules of a primitive name it while it is being made.
public final class PrimitiveReference {
  public fileprivate(set) var primitive: Primitive!
  public init() {}

  /// Makes the primitive whose rules know it by this reference.
  public static func define(_ name: String, _ rules: (PrimitiveReference) -> Rules) -> Primitive {
    let reference = PrimitiveReference()
    let primitive = Primitive(name, rules(reference))
    reference.primitive = primitive
    return primitive
  }
}

extension Derivative {
  /// A unary operation's tangent from (tangent, x, answer).
  public static func unary(_ rule: @escaping (_ tangent: Value, _ x: Value, _ answer: Value) throws -> Value) -> Derivative {
    .tangents([{ tangent, primals, answer, _ in try rule(tangent, primals[0], answer) }])
  }

  /// A binary operation's tangents from (tangent, x, y, answer).
  public static func binary(
    _ alongX: ((_ tangent: Value, _ x: Value, _ y: Value, _ answer: Value) throws -> Value)?,
    _ alongY: ((_ tangent: Value, _ x: Value, _ y: Value, _ answer: Value) throws -> Value)?
  ) -> Derivative {
    .tangents(
      [alongX, alongY].map { rule in
        rule.map { rule in { tangent, primals, answer, _ in try rule(tangent, primals[0], primals[1], answer) } }
      })
  }

  fileprivate func slot(_ reference: PrimitiveReference) -> Slot<JVPRule> {
    switch self {
    case .zero: .zero
    case .rule(let rule): .rule(rule)
    case .unsupported(let reason): .unsupported(reason)
    case .linear: .rule(linearJVP(reference))
    case .tangents(let rules): .rule(sumOfTangents(reference, rules))
    }
  }

  private func sumOfTangents(_ reference: PrimitiveReference, _ rules: [TangentRule?]) -> JVPRule {
    { primals, tangents, params in
      let answer = try bind1(reference.primitive, primals, params)
      var total: Value?
      guard answer.dtype.isInexact else { return ([answer], [nil]) }
      for (rule, tangent) in zip(rules, tangents) {
        guard let rule, let tangent else { continue }
        let term = try Lax.stretch(try rule(tangent, primals, answer, params), to: answer.shape)
        total = try total.map { try Lax.addAny($0, term) } ?? term
      }
      return ([answer], [total])
    }
  }
}

/// The JVP of a primitive that is linear in all its operands taken together.
public func linearJVP(_ reference: PrimitiveReference) -> JVPRule {
  { primals, tangents, params in
    let answers = try bind(reference.primitive, primals, params)
    guard tangents.contains(where: { $0 != nil }), answers[0].dtype.isInexact else {
      return (answers, answers.map { _ in nil })
    }
    let filled = try zip(tangents, primals).map { try $0 ?? Lax.zerosLike($1) }
    return (answers, try bind(reference.primitive, filled, params))
  }
}

/// Shapes and tensors under elementwise broadcasting.
public enum Broadcasting {
  /// The shape that operands of equal rank (or rank 0) broadcast to.
  /// - Throws: `shape` where ranks differ or sizes do not fit.
  public static func shape(_ name: String, _ avals: [AbstractValue]) throws -> Shape {
    guard var result = avals.first(where: { $0.rank > 0 })?.shape else { return [] }
    for aval in avals where aval.rank > 0 && aval.shape != result {
      guard aval.rank == result.count else {
        let list = avals.map(\.description).joined(separator: ", ")
        throw SJError(
          .shape, "\(name): arrays must have the same number of dimensions, got \(list); reshape or broadcast_in_dim one of them")
      }
      for axis in result.indices where aval.shape[axis] != result[axis] {
        guard result[axis] == 1 || aval.shape[axis] == 1 else {
          let list = avals.map(\.description).joined(separator: ", ")
          throw SJError(.shape, "\(name): got incompatible shapes for broadcasting: \(list) (axis \(axis))")
        }
        if result[axis] == 1 { result[axis] = aval.shape[axis] }
      }
    }
    return result
  }
}

extension Lowered {
  /// The tensor under elementwise broadcasting to `shape`: rank 0, or of equal rank with axes of 1 to be stretched.
  public func broadcast(to shape: Shape, _ context: LoweringContext) throws -> Lowered {
    if self.shape == shape { return self }
    // A scalar is computed once per kernel; anything larger would be computed once per copy.
    let source = self.shape.elementCount == 1 ? self : try context.cheap(self)
    let own = self.shape
    return Lowered(AbstractValue(dtype, shape), cost: source.cost) { kernel, index in
      try source.element(kernel, own.indices.map { own[$0] == 1 ? kernel.index(0) : index[$0] })
    }
  }
}

private func elementwiseLowering(_ cost: Int, _ element: @escaping ElementRule) -> LoweringRule {
  { context, inputs, params, outputs in
    let aval = outputs[0]
    let dtype = inputs[0].dtype
    let operands = try inputs.map { try $0.broadcast(to: aval.shape, context) }
    let repeated = inputs.count == 2 && inputs[0] === inputs[1]
    let total = (repeated ? [operands[0]] : operands).reduce(cost * (dtype.isComplex ? 6 : 1)) { $0 + $1.cost }
    return [
      Lowered(aval, cost: total) { kernel, index in
        let first = try operands[0].element(kernel, index)
        let rest = try operands.dropFirst().map { repeated ? first : try $0.element(kernel, index) }
        let value = try element(kernel, [first] + rest, dtype, params)
        if case .scalar(let scalar) = value { return .scalar(kernel.rounded(scalar, to: aval.dtype)) }
        return value
      }
    ]
  }
}
