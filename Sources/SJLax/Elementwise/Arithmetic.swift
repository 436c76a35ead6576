import SJLoopIR

extension Primitives {
  public static let add = Primitive.binary(
    "add", .number, .add, complex: { $0 + $1 },
    derivative: .rule { primals, tangents, _ in
      let answer = try Lax.add(primals[0], primals[1])
      guard answer.dtype.isInexact else { return ([answer], [nil]) }
      if let x = tangents[0], let y = tangents[1] { return ([answer], [try Lax.add(x, y)]) }
      return ([answer], [try (tangents[0] ?? tangents[1]).map { try Lax.stretch($0, to: answer.shape) }])
    },
    transpose: .rule { cotangents, operands, _ in
      try operands.map { try unstretched(cotangents[0], $0) }
    })

  public static let sub = Primitive.binary(
    "sub", .number, .sub, complex: { $0 - $1 },
    derivative: .rule { primals, tangents, _ in
      let answer = try Lax.sub(primals[0], primals[1])
      guard answer.dtype.isInexact else { return ([answer], [nil]) }
      if let x = tangents[0], let y = tangents[1] { return ([answer], [try Lax.sub(x, y)]) }
      let tangent = try tangents[0] ?? tangents[1].map(Lax.neg)
      return ([answer], [try tangent.map { try Lax.stretch($0, to: answer.shape) }])
    },
    transpose: .rule { cotangents, operands, _ in
      [
        try unstretched(cotangents[0], operands[0]),
        try unstretched(operands[1].isLinear ? cotangents[0].map(Lax.neg) : nil, operands[1]),
      ]
    }, identity: KnownOperands.rightNeutral(0))

  public static let mul = Primitive.binary(
    "mul", .number, .mul, complex: { $0 * $1 },
    derivative: .binary({ g, _, y, _ in try Lax.mul(g, y) }, { g, x, _, _ in try Lax.mul(x, g) }),
    transpose: .rule { cotangents, operands, _ in
      guard let ct = cotangents[0] else { return [nil, nil] }
      if operands[0].isLinear, let y = operands[1].value { return [try unstretched(try Lax.mul(ct, y), operands[0]), nil] }
      guard let x = operands[0].value else { throw SJError(.internalFault, "mul: both operands are linear") }
      return [nil, try unstretched(try Lax.mul(x, ct), operands[1])]
    }, identity: KnownOperands.neutral(1))

  public static let div = Primitive.binary(
    "div", .number, .div, cost: 2, complex: { $0 / $1 },
    derivative: .binary(
      { g, _, y, _ in try Lax.div(g, y) },
      { g, x, y, _ in try Lax.mul(try Lax.mul(try Lax.neg(g), x), try Lax.integerPow(y, -2)) }),
    transpose: .rule { cotangents, operands, _ in
      guard let ct = cotangents[0], operands[0].isLinear else { return [nil, nil] }
      guard let y = operands[1].value else { throw SJError(.internalFault, "div: the divisor is linear") }
      return [try unstretched(try Lax.div(ct, y), operands[0]), nil]
    }, identity: KnownOperands.rightNeutral(1))

  public static let rem = Primitive.binary(
    "rem", [.integer, .float], .rem, cost: 4,
    derivative: .binary(
      { g, _, _, _ in g },
      { g, x, y, _ in
        let quotient = try Lax.div(x, y)
        return try Lax.mul(try Lax.neg(g), try Lax.mul(try Lax.sign(quotient), try Lax.floor(try Lax.abs(quotient))))
      }))

  public static let neg = Primitive.unary(
    "neg", .number, .neg, complex: { -$0 }, derivative: .linear,
    transpose: .rule { cotangents, operands, _ in
      [operands[0].isLinear ? try cotangents[0].map { .dense(try Lax.neg($0)) } : nil]
    })

  public static let sign = Primitive.unary("sign", .number, .sign, complex: \.sign, derivative: .zero)

  public static let abs = Primitive.elementwise(
    "abs", [[.signed, .float, .complex]], result: { operands, _ in operands[0].dtype.realPart }, operation: .unary(.abs),
    derivative: .unary { g, x, answer in
      guard x.dtype.isComplex else {
        return try Lax.select(try Lax.ge(x, try Lax.constant(0, like: x)), g, try Lax.neg(g))
      }
      let size = try Lax.replaceZero(try Lax.convertElementType(answer, x.dtype))
      return try Lax.real(try Lax.mul(g, try Lax.div(try Lax.conj(x), size)))
    }
  ) { kernel, operands, dtype, _ in
    dtype.isComplex
      ? .scalar(ComplexExpr(kernel, operands[0]).magnitude.id)
      : .scalar(kernel.unary(.abs, operands[0].scalar))
  }

  public static let max = extremum("max", .max, whenBool: .or) { !$0.isLess(than: $1, orEqual: true) }
  public static let min = extremum("min", .min, whenBool: .and) { $0.isLess(than: $1, orEqual: false) }

  private static func extremum(
    _ name: String, _ op: BinaryOp, whenBool: BinaryOp, prefersFirst: @escaping (ComplexExpr, ComplexExpr) -> Condition
  ) -> Primitive {
    .elementwise(
      name, [.any, .any], operation: .binary(op),
      derivative: .binary(
        { g, x, y, answer in try Lax.mul(g, try Lax.balancedEqual(x, answer, y)) },
        { g, x, y, answer in try Lax.mul(g, try Lax.balancedEqual(y, answer, x)) }),
      identity: KnownOperands.idempotent
    ) { kernel, operands, dtype, _ in
      guard dtype.isComplex else {
        return .scalar(kernel.binary(dtype == .bool ? whenBool : op, operands[0].scalar, operands[1].scalar))
      }
      let (x, y) = (ComplexExpr(kernel, operands[0]), ComplexExpr(kernel, operands[1]))
      return choose(prefersFirst(x, y), x, y).element
    }
  }

  /// Adds tangents or cotangents of one type: `add` without broadcasting, of any dtype.
  public static let addAny = Primitive.binary(
    "add_any", .any, .add, complex: { $0 + $1 }, derivative: .linear,
    transpose: .rule { cotangents, operands, _ in
      operands.map { operand in operand.isLinear ? cotangents[0].map { .dense($0) } : nil }
    })

  /// The next number after x in the direction of y.
  public static let nextafter = Primitive.elementwise(
    "nextafter", [.float, .float], operation: .binary(.nextafter), cost: 4,
    derivative: .unsupported("nextafter has no derivative, in JAX neither")
  ) { kernel, operands, dtype, _ in
    let (x, y) = (operands[0].scalar, operands[1].scalar)
    guard dtype.size == 2 else { return .scalar(kernel.binary(.nextafter, x, y)) }
    return .scalar(nextafter16(kernel, x, y, dtype.scalar))
  }

  /// A step in the bit pattern of a 16-bit float; `x` and `y` are `f32`.
  private static func nextafter16(_ kernel: KernelBuilder, _ x: ExprID, _ y: ExprID, _ type: ScalarType) -> ExprID {
    let bits = kernel.bitcast(kernel.convert(x, to: type), to: .i16)
    let (one, zero) = (kernel.constant(1, .i16), kernel.constant(0, .f32))
    // Magnitudes grow with the bit pattern, so the step is up where y lies further from zero.
    let outward = kernel.binary(.eq, kernel.binary(.lt, x, y), kernel.binary(.gt, x, zero))
    let stepped = kernel.select(outward, kernel.binary(.add, bits, one), kernel.binary(.sub, bits, one))
    // From zero to the smallest number of the sign of y.
    let signMask = kernel.constant(-32768, .i16)
    let signed = kernel.binary(.and, kernel.bitcast(kernel.convert(y, to: type), to: .i16), signMask)
    let next = kernel.select(kernel.binary(.eq, x, zero), kernel.binary(.or, signed, one), stepped)
    let moved = kernel.convert(kernel.bitcast(next, to: type), to: .f32)
    let isNaN = kernel.binary(.or, kernel.binary(.ne, x, x), kernel.binary(.ne, y, y))
    return kernel.select(isNaN, kernel.binary(.add, x, y), kernel.select(kernel.binary(.eq, x, y), y, moved))
  }

  static let arithmetic: [Primitive] = [add, sub, mul, div, rem, neg, sign, abs, max, min, addAny, nextafter]

  /// The cotangent of an operand that was stretched to the result's shape; nil where it is not asked for.
  static func unstretched(_ cotangent: Value?, _ operand: TransposeOperand) throws -> Cotangent? {
    guard let cotangent, operand.isLinear else { return nil }
    return .dense(try Lax.unstretch(cotangent, to: operand.aval))
  }
}

extension Lax {
  public static func add(_ x: Value, _ y: Value) throws -> Value { try Primitives.add(x, y) }
  public static func sub(_ x: Value, _ y: Value) throws -> Value { try Primitives.sub(x, y) }
  public static func mul(_ x: Value, _ y: Value) throws -> Value { try Primitives.mul(x, y) }
  /// Integers truncate towards zero; an integer divided by zero is -1 (all ones).
  public static func div(_ x: Value, _ y: Value) throws -> Value { try Primitives.div(x, y) }
  /// The remainder, with the sign of `x`.
  public static func rem(_ x: Value, _ y: Value) throws -> Value { try Primitives.rem(x, y) }
  public static func neg(_ x: Value) throws -> Value { try Primitives.neg(x) }
  /// -1, 0 or 1 (NaN stays NaN); for complex numbers `x / |x|`.
  public static func sign(_ x: Value) throws -> Value { try Primitives.sign(x) }
  /// The absolute value; of unsigned integers the operand itself.
  public static func abs(_ x: Value) throws -> Value {
    x.dtype.isUnsignedInteger ? x : try Primitives.abs(x)
  }
  /// The larger one; NaN where either is NaN, `or` of booleans, lexicographic for complex numbers.
  public static func max(_ x: Value, _ y: Value) throws -> Value { try Primitives.max(x, y) }
  public static func min(_ x: Value, _ y: Value) throws -> Value { try Primitives.min(x, y) }
  public static func nextafter(_ x: Value, _ y: Value) throws -> Value { try Primitives.nextafter(x, y) }

  /// The sum of two tangents.
  public static func addAny(_ x: Value, _ y: Value) throws -> Value {
    guard x.shape == y.shape else {
      throw SJError(.shape, "add_any: operands must have one shape, got \(x.aval) and \(y.aval)")
    }
    return try Primitives.addAny(x, y)
  }

  /// 1 where `x` is the answer, 1/2 where `y` is too, else 0.
  static func balancedEqual(_ x: Value, _ answer: Value, _ y: Value) throws -> Value {
    func like(_ value: Double) throws -> Value { try fullLike(answer, value) }
    return try div(
      try select(try eq(x, answer), try like(1), try like(0)),
      try select(try eq(y, answer), try like(2), try like(1)))
  }

  /// The value with ones in place of zeros.
  static func replaceZero(_ x: Value) throws -> Value {
    try select(try eq(x, try constant(0, like: x)), try onesLike(x), x)
  }
}
