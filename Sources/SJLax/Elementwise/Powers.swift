import SJLoopIR

struct IntegerPowParams: ParamValues {
  var y: Int
  var fields: [(name: String, value: String)] { [("y", "\(y)")] }
}

extension Primitives {
  public static let square = Primitive.elementwise(
    "square", [.number], derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.mul(try Lax.constant(2, like: x), x)) }
  ) { kernel, operands, dtype, _ in
    dtype.isComplex
      ? ComplexExpr(kernel, operands[0]).squared.element
      : .scalar(kernel.binary(.mul, operands[0].scalar, operands[0].scalar))
  }

  public static let sqrt = Primitive.unary(
    "sqrt", .inexact, .sqrt, cost: 2, complex: \.sqrt,
    derivative: .unary { g, x, answer in try Lax.mul(g, try Lax.div(try Lax.constant(0.5, like: x), answer)) })

  public static let rsqrt = Primitive.unary(
    "rsqrt", .inexact, .rsqrt, cost: 2, complex: \.rsqrt,
    derivative: .unary { g, x, answer in
      try Lax.mul(g, try Lax.mul(try Lax.constant(-0.5, like: x), try Lax.div(answer, x)))
    })

  public static let cbrt = Primitive.unary(
    "cbrt", .float, .cbrt, cost: 4,
    derivative: .unary { g, x, answer in
      try Lax.mul(g, try Lax.mul(try Lax.constant(1.0 / 3, like: x), try Lax.integerPow(answer, -2)))
    })

  public static let pow = Primitive.elementwise(
    "pow", [.inexact, .number], sameDTypes: false, result: powerDType, operation: .binary(.pow), cost: 6,
    derivative: .binary(
      { g, x, y, _ in try Lax.mul(g, try powerDerivative(x, y)) },
      { g, x, y, answer in
        try Lax.convertElementType(try Lax.mul(g, try Lax.mul(try Lax.log(try Lax.replaceZero(x)), answer)), y.dtype)
      })
  ) { kernel, operands, dtype, _ in
    if dtype.isComplex {
      // An integer exponent has one component: it is the real part.
      let exponent: ComplexExpr
      switch operands[1] {
      case .pair: exponent = ComplexExpr(kernel, operands[1])
      case .scalar(let y):
        let type = dtype.scalar
        exponent = ComplexExpr(RealExpr(kernel, kernel.convert(y, to: type)), RealExpr(kernel, kernel.constant(0, type)))
      }
      return ComplexExpr(kernel, operands[0]).pow(exponent).element
    }
    return .scalar(kernel.binary(.pow, operands[0].scalar, kernel.convert(operands[1].scalar, to: dtype.scalar.arithmetic)))
  }

  private static func powerDType(_ operands: [AbstractValue], _ params: Params) throws -> DType {
    let (x, y) = (operands[0].dtype, operands[1].dtype)
    guard x == y || y.isInteger else {
      throw SJError(
        .dtype,
        """
        the first argument to pow must have an inexact dtype (float or complex), and the second argument must have an \
        inexact or integer dtype, and two inexact dtypes must match, but got \(x) and \(y) respectively.
        """)
    }
    return x
  }

  /// `y x^(y-1)`; zero for an integer exponent of zero, whatever x is.
  private static func powerDerivative(_ x: Value, _ exponent: Value) throws -> Value {
    guard exponent.dtype.isInteger else {
      return try Lax.mul(exponent, try Lax.pow(x, try Lax.sub(exponent, try Lax.onesLike(exponent))))
    }
    let shape = try Broadcasting.shape("pow", [x.aval, exponent.aval])
    let base = try Lax.stretch(x, to: shape)
    let y = try Lax.convertElementType(try Lax.stretch(exponent, to: shape), x.dtype)
    let general = try Lax.mul(try Lax.replaceZero(y), try Lax.pow(base, try Lax.sub(y, try Lax.onesLike(y))))
    return try Lax.select(try Lax.eq(y, try Lax.constant(0, like: y)), try Lax.zerosLike(y), general)
  }

  public static let integerPow = Primitive.elementwise(
    "integer_pow", [.number], result: integerPowerDType, cost: 3,
    derivative: .tangents([integerPowerTangent])
  ) { kernel, operands, dtype, params in
    let exponent = params.unbox(IntegerPowParams.self).y
    if dtype.isComplex {
      let one = ComplexExpr(kernel, kernel.element(1, dtype))
      return power(ComplexExpr(kernel, operands[0]), exponent, one: one, times: { $0 * $1 }, over: { $0 / $1 }).element
    }
    let one = kernel.constant(1, dtype.scalar.arithmetic)
    return .scalar(
      power(operands[0].scalar, exponent, one: one, times: { kernel.binary(.mul, $0, $1) }, over: { kernel.binary(.div, $0, $1) })
    )
  }

  private static func integerPowerDType(_ operands: [AbstractValue], _ params: Params) throws -> DType {
    let y = params.unbox(IntegerPowParams.self).y
    if y < 0, operands[0].dtype.isInteger {
      throw SJError(.dtype, "Integers cannot be raised to negative powers, got integer_pow(\(operands[0]), \(y))")
    }
    return operands[0].dtype
  }

  private static func integerPowerTangent(_ g: Value, _ primals: [Value], _ answer: Value, _ params: Params) throws -> Value {
    let (x, y) = (primals[0], params.unbox(IntegerPowParams.self).y)
    if y == 0 { return try Lax.zerosLike(g) }
    if y == 1 { return g }
    let factor = try Lax.constant(Double(y), like: x)
    return try Lax.mul(g, try Lax.mul(factor, y == 2 ? x : try Lax.integerPow(x, y - 1)))
  }

  /// Powers by repeated squaring, as JAX multiplies them.
  private static func power<T>(
    _ base: T, _ exponent: Int, one: T, times: (T, T) -> T, over: (T, T) -> T
  ) -> T {
    var (square, rest) = (base, exponent.magnitude)
    var product: T?
    while rest > 0 {
      if rest & 1 == 1 { product = product.map { times($0, square) } ?? square }
      rest >>= 1
      if rest > 0 { square = times(square, square) }
    }
    guard let product else { return one }
    return exponent < 0 ? over(one, product) : product
  }

  static let powers: [Primitive] = [square, sqrt, rsqrt, cbrt, pow, integerPow]
}

extension Lax {
  public static func square(_ x: Value) throws -> Value { try Primitives.square(x) }
  public static func sqrt(_ x: Value) throws -> Value { try Primitives.sqrt(x) }
  public static func rsqrt(_ x: Value) throws -> Value { try Primitives.rsqrt(x) }
  public static func cbrt(_ x: Value) throws -> Value { try Primitives.cbrt(x) }
  /// `x` to the power of `y`, which is of the same type or of an integer one.
  public static func pow(_ x: Value, _ y: Value) throws -> Value { try Primitives.pow(x, y) }
  /// `x` to a fixed integer power.
  public static func integerPow(_ x: Value, _ y: Int) throws -> Value {
    try bind1(Primitives.integerPow, [x], IntegerPowParams(y: y).boxed)
  }
  public static func reciprocal(_ x: Value) throws -> Value { try integerPow(x, -1) }
}
