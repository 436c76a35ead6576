/// exp, exp2, expm1, logistic.
///
/// x = k ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite's two-part ln 2), and
/// e^r = 1 + r + r^2 q(r) with q minimax (Sollya's fpminimax).
enum Exponential {
  static func exp<B>(_ x: Term<B>) -> Term<B> {
    let x = x.clampedForExp
    let (k, r) = reduce(x)
    return (1 + tail(r, degree: .value)).scaled(by: k)
  }

  /// exp where neither argument nor result is extreme: for |x| < 80, and NaN.
  static func expWithoutExtremes<B>(_ x: Term<B>) -> Term<B> {
    let (k, r) = reduce(x)
    return (1 + tail(r, degree: .value)) * k.powerOfTwo()
  }

  static func exp2<B>(_ x: Term<B>) -> Term<B> {
    let x = x.type == .f32 ? x.clamped(-151, 129) : x.clamped(-1076, 1025)
    let k = RoundedInteger(x, times: 1, bias: scaleBias(x))
    let ln2 = Ln2(x.type)
    let f = x - k.float
    let r = f * ln2.high
    let low = f.fma(ln2.high, -r) + f * ln2.low
    return (1 + (tail(r, degree: .value) + low)).scaled(by: k)
  }

  static func expm1<B>(_ x: Term<B>) -> Term<B> {
    let result = expm1Finite(x.type == .f32 ? x.clamped(-18, 89) : x.clamped(-38, 710))
    return (x.magnitude < (x.type == .f32 ? 0x1p-26 : 0x1p-55)).select(x, result)
  }

  /// For |x| away from 0 and where it neither overflows nor is -1 to all digits.
  private static func expm1Finite<B>(_ x: Term<B>) -> Term<B> {
    let (k, r, low) = reduceWithRemainder(x)
    let p = r + (r * r).fma(polynomial(r, degree: .minusOne), low)
    // Half of 2^k, as 2^k itself may overflow where the result does not.
    let half = k.powerOfTwo(plus: -1)
    return p.fma(half, half - 0.5) * 2
  }

  /// e / (1 + e) or 1 / (1 + e) with e = exp(-|x|), so that nothing cancels or overflows.
  static func logistic<B>(_ x: Term<B>) -> Term<B> {
    let e = exp(-x.magnitude)
    let denominator = Pair(fastSum: x.constant(1), e)
    let quotient = (x < 0).select(e, x.constant(1)) / denominator.high
    // Where the sum's rounding error matters most, e is small: no need to divide it, too.
    return quotient.fma(-denominator.low, quotient)
  }

  // MARK: Shared with the hyperbolic functions

  enum Accuracy { case value, minusOne }

  /// q with e^r = 1 + r + r^2 q(r).
  static func polynomial<B>(_ r: Term<B>, degree: Accuracy) -> Term<B> {
    switch (r.type, degree) {
    case (.f32, .value):
      return r.polynomial([0.5, 0x1.5554dcp-3, 0x1.555568p-5, 0x1.120c3p-7, 0x1.6caef2p-10])
    case (.f32, .minusOne):
      return r.polynomial([
        0.5, 0x1.555556p-3, 0x1.555502p-5, 0x1.110ff4p-7, 0x1.6d2e2ap-10, 0x1.a262a4p-13,
      ])
    case (_, .value):
      return r.polynomial([
        0.5, 0x1.5555555555557p-3, 0x1.5555555555552p-5, 0x1.1111111110049p-7,
        0x1.6c16c16c18939p-10, 0x1.a01a01ac2497ep-13, 0x1.a01a0197bcfdep-16,
        0x1.71de0192ff502p-19, 0x1.27e500d1f7054p-22, 0x1.af4f07d7fb034p-26,
        0x1.1f332317b7182p-29,
      ])
    case (_, .minusOne):
      return r.polynomial([
        0.5, 0x1.5555555555555p-3, 0x1.5555555555556p-5, 0x1.111111111137ap-7,
        0x1.6c16c16c15ff4p-10, 0x1.a01a019ead286p-13, 0x1.a01a01a81d43fp-16,
        0x1.71de403ea51b3p-19, 0x1.27e4d806fafd6p-22, 0x1.ae4dfd22e7eeep-26,
        0x1.1f7907beeb021p-29, 0x1.80df4140e147ap-33,
      ])
    }
  }

  /// e^r - 1.
  private static func tail<B>(_ r: Term<B>, degree: Accuracy) -> Term<B> {
    (r * r).fma(polynomial(r, degree: degree), r)
  }

  /// x / ln 2.
  private static func quotient<B>(_ x: Term<B>) -> RoundedInteger<B> {
    RoundedInteger(x, times: 0x1.71547652b82fep+0, bias: scaleBias(x))
  }

  /// With which `scaled(by:)` has nothing to add.
  private static func scaleBias<B>(_ x: Term<B>) -> Int { 2 * RoundedInteger<B>.exponentBias(x.type) }

  static func reduce<B>(_ x: Term<B>) -> (k: RoundedInteger<B>, r: Term<B>) {
    let ln2 = Ln2(x.type)
    let k = quotient(x)
    return (k, k.float.fma(-ln2.low, k.float.fma(-ln2.high, x)))
  }

  /// As `reduce`, with what r lost by rounding: x = k ln 2 + r + low.
  static func reduceWithRemainder<B>(
    _ x: Term<B>
  ) -> (k: RoundedInteger<B>, r: Term<B>, low: Term<B>) {
    reduceWithRemainder(Pair(x, x.constant(0)))
  }

  static func reduceWithRemainder<B>(
    _ x: Pair<B>
  ) -> (k: RoundedInteger<B>, r: Term<B>, low: Term<B>) {
    let ln2 = Ln2(x.high.type)
    let k = quotient(x.high)
    let high = k.float.fma(-ln2.high, x.high)  // exact
    let sum = Pair(fastSum: high, x.low)
    let r = k.float.fma(-ln2.low, sum.high)
    return (k, r, k.float.fma(-ln2.low, sum.high - r) + sum.low)
  }
}

/// ln 2 as a sum of two numbers of the type.
struct Ln2 {
  let high: Double
  let low: Double

  init(_ type: ElementaryType) {
    high = type == .f32 ? 0x1.62e43p-1 : 0x1.62e42fefa39efp-1
    low = type == .f32 ? -0x1.05c61p-29 : 0x1.abc9e3b39803fp-56
  }
}

extension Term {
  /// Into [low, high]; NaN stays NaN.
  func clamped(_ low: Double, _ high: Double) -> Term {
    constant(high).minimum(constant(low).maximum(self))
  }

  /// Into the range in which exp is neither 0 nor infinite, and a little more.
  var clampedForExp: Term { type == .f32 ? clamped(-104, 89) : clamped(-746, 710) }

  /// self * 2^k in two exact steps and one rounding, subnormal results included.
  func scaled(by k: RoundedInteger<B>) -> Term {
    let half = RoundedInteger(k.float, times: 0.5, bias: RoundedInteger<B>.exponentBias(type))
    let rest = (k.integer - half.integer).powerOfTwo(bias: k.bias - half.bias)
    return self * half.powerOfTwo() * rest
  }
}
