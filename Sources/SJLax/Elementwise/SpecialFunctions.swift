import SJLoopIR

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
    derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.polygamma(try Lax.constant(1, like: x), x)) })

  /// The derivative of order m of digamma, `(-1)^(m+1) m! zeta(m + 1, x)`.
  public static let polygamma: Primitive = .elementwise(
    "polygamma", [.float, .float], cost: 60,
    derivative: .binary(
      { _, _, _, _ in throw SJError(.unsupported, "polygamma has no derivative with respect to its order") },
      { g, m, x, _ in try Lax.mul(g, try Lax.polygamma(try Lax.add(m, try Lax.constant(1, like: m)), x)) })
  ) { kernel, operands, _, _ in
    let (m, x) = (RealExpr(kernel, operands[0].scalar), RealExpr(kernel, operands[1].scalar))
    let half = m * 0.5
    let isOdd = !(half == half.apply(.floor))
    let size = (m + 1).apply(.lgamma).exp * (m + 1).hurwitzZeta(x)
    return .scalar(choose(m == 0, x.apply(.digamma), choose(isOdd, size, -size)).id)
  }

  /// The Hurwitz zeta function, the sum of `(q + k)^-s` over k >= 0.
  public static let zeta: Primitive = .elementwise(
    "zeta", [.float, .float], cost: 60, derivative: .unsupported("zeta has no derivative, in JAX neither")
  ) { kernel, operands, _, _ in
    .scalar(RealExpr(kernel, operands[0].scalar).hurwitzZeta(RealExpr(kernel, operands[1].scalar)).id)
  }

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

  static let specialFunctions: [Primitive] = [erf, erfc, erfInv, lgamma, digamma, polygamma, zeta, besselI0e, besselI1e]
}

extension RealExpr {
  /// Euler and Maclaurin's summation (DLMF 25.11.28) after ten terms.
  fileprivate func hurwitzZeta(_ q: RealExpr) -> RealExpr {
    let s = self
    func term(_ base: RealExpr) -> RealExpr { base.apply(.pow, -s) }
    let head = (0..<10).reduce(constant(0)) { $0 + term(q + Double($1)) }
    let a = q + 10
    let last = term(a)
    // B_2j / (2j)! times s (s + 1) … (s + 2j - 2) / a^(2j - 1)
    let coefficients = [1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1_209_600, 1.0 / 47_900_160, -691.0 / 1_307_674_368_000]
    var factor = s / a
    var tail = constant(0.5)
    for (j, coefficient) in coefficients.enumerated() {
      tail = tail + factor * coefficient
      factor = factor * ((s + Double(2 * j + 1)) * (s + Double(2 * j + 2))) / a.squared
    }
    let sum = head + last * a / (s - 1) + last * tail
    let isPole = q <= 0 && q == q.apply(.floor)
    return choose(s < 1, constant(.nan), choose(s == 1 || isPole, constant(.infinity), sum))
  }
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
  public static func erf(_ x: Value) throws -> Value { try Primitives.erf(x) }
  public static func erfc(_ x: Value) throws -> Value { try Primitives.erfc(x) }
  public static func erfInv(_ x: Value) throws -> Value { try Primitives.erfInv(x) }
  public static func lgamma(_ x: Value) throws -> Value { try Primitives.lgamma(x) }
  public static func digamma(_ x: Value) throws -> Value { try Primitives.digamma(x) }
  /// The derivative of order `m` of digamma.
  public static func polygamma(_ m: Value, _ x: Value) throws -> Value { try Primitives.polygamma(m, x) }
  /// The Hurwitz zeta function.
  public static func zeta(_ s: Value, _ q: Value) throws -> Value { try Primitives.zeta(s, q) }
  /// `exp(-|x|) I0(x)`
  public static func besselI0e(_ x: Value) throws -> Value { try Primitives.besselI0e(x) }
  /// `exp(-|x|) I1(x)`
  public static func besselI1e(_ x: Value) throws -> Value { try Primitives.besselI1e(x) }
}
