extension Primitives {
  public static let erf = Primitive.unary(
    "erf", .float, .erf, cost: 5,
    derivative: .unary { g, x, _ in try gaussian(1.1283791670955126, g, try Lax.neg(try Lax.square(x))) })

  public static let erfc = Primitive.unary(
    "erfc", .float, .erfc, cost: 6,
    derivative: .unary { g, x, _ in try gaussian(-1.1283791670955126, g, try Lax.neg(try Lax.square(x))) })

  public static let erfInv = Primitive.unary(
    "erf_inv", .float, .erfInv, cost: 5,
    derivative: .unary { g, _, answer in try gaussian(0.8862269254527580, g, try Lax.square(answer)) })

  /// `factor * g * exp(exponent)`
  private static func gaussian(_ factor: Double, _ g: Value, _ exponent: Value) throws -> Value {
    try Lax.mul(try Lax.constant(factor, like: exponent), try Lax.mul(g, try Lax.exp(exponent)))
  }

  public static let lgamma = Primitive.unary(
    "lgamma", .float, .lgamma, cost: 8, derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.digamma(x)) })

  public static let digamma = Primitive.unary(
    "digamma", .float, .digamma, cost: 8,
    derivative: .unsupported("the derivative of digamma needs polygamma, which is not there yet"))

  public static let besselI0e = Primitive.unary(
    "bessel_i0e", .float, .besselI0e, cost: 6,
    derivative: .unary { g, x, answer in
      try Lax.mul(g, try Lax.sub(try Lax.besselI1e(x), try Lax.mul(try Lax.sign(x), answer)))
    })

  public static let besselI1e = Primitive.unary(
    "bessel_i1e", .float, .besselI1e, cost: 6,
    derivative: .unary { g, x, answer in
      // i1e(x)/x tends to 1/2 at zero, where the formula has 0/0.
      let epsilon = try Lax.constant(x.dtype.epsilon, like: x)
      let isOrdinary = try Lax.gt(try Lax.abs(x), epsilon)
      let safe = try Lax.select(isOrdinary, x, try Lax.fullLike(x, x.dtype.epsilon))
      let slope = try Lax.add(try Lax.sign(safe), try Lax.reciprocal(safe))
      let derivative = try Lax.sub(try Lax.besselI0e(safe), try Lax.mul(answer, slope))
      return try Lax.mul(g, try Lax.select(isOrdinary, derivative, try Lax.fullLike(x, 0.5)))
    })

  static let specialFunctions: [Primitive] = [erf, erfc, erfInv, lgamma, digamma, besselI0e, besselI1e]
}

extension DType {
  /// The distance from 1 to the next larger number of a float type.
  var epsilon: Double {
    switch realPart {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float32: 0x1p-23
    default: 0x1p-52
    }
  }
}

extension Lax {
  public static func erf(_ x: Value) throws -> Value { try bind1(Primitives.erf, [x]) }
  public static func erfc(_ x: Value) throws -> Value { try bind1(Primitives.erfc, [x]) }
  public static func erfInv(_ x: Value) throws -> Value { try bind1(Primitives.erfInv, [x]) }
  public static func lgamma(_ x: Value) throws -> Value { try bind1(Primitives.lgamma, [x]) }
  public static func digamma(_ x: Value) throws -> Value { try bind1(Primitives.digamma, [x]) }
  /// `exp(-|x|) I0(x)`
  public static func besselI0e(_ x: Value) throws -> Value { try bind1(Primitives.besselI0e, [x]) }
  /// `exp(-|x|) I1(x)`
  public static func besselI1e(_ x: Value) throws -> Value { try bind1(Primitives.besselI1e, [x]) }
}
