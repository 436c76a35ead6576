/// sinh, cosh, tanh and their inverses.
enum Hyperbolic {
  static func sinh<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let parts = Parts(x.magnitude.clampedForHyperbolic)
      let tail = parts.sinh.fma(parts.coshScale, parts.coshMinusOne * parts.sinhScale)
      let result = (tail + parts.sinhScale) * 2
      return (x.magnitude < 0x1p-28).select(x.magnitude, result).withSign(of: x)
    }
  }

  static func cosh<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let parts = Parts(x.magnitude.clampedForHyperbolic)
      let tail = parts.sinh.fma(parts.sinhScale, parts.coshMinusOne * parts.coshScale)
      return (tail + parts.coshScale) * 2
    }
  }

  /// With |x| = k ln 2 + r, sinh and cosh of x follow from those of r and of k ln 2
  /// by the addition theorem; nothing cancels badly, at k = 0 least of all.
  private struct Parts<B: ElementaryBuilder> {
    let sinh, coshMinusOne: Term<B>
    /// Half of cosh(k ln 2) and of sinh(k ln 2), so that they do not overflow.
    let coshScale, sinhScale: Term<B>

    init(_ x: Term<B>) {
      let (k, r, low) = Exponential.reduceWithRemainder(x)
      let z = r * r
      sinh =
        r
        + (r * z).fma(
          z.polynomial([
            0x1.5555555555555p-3, 0x1.1111111111489p-7, 0x1.a01a019d93306p-13,
            0x1.71de465b2c13bp-19, 0x1.ae323f225e434p-26, 0x1.ad44d5e75d8b1p-33,
          ]), low)
      coshMinusOne =
        z
        * z.polynomial([
          0.5, 0x1.5555555555556p-5, 0x1.6c16c16c15ff7p-10, 0x1.a01a01a81afd1p-16,
          0x1.27e4d80f41249p-22, 0x1.1f78f53287102p-29,
        ])
      let growing = k.powerOfTwo(plus: -2)
      // Beyond k = 64 the other exponential is negligible; keep it a normal number.
      let shrinking = RoundedInteger(-k.float.minimum(64)).powerOfTwo(plus: -2)
      coshScale = growing + shrinking
      sinhScale = growing - shrinking
    }
  }

  static func tanh<B>(_ x: Term<B>) -> Term<B> {
    x.type == .f32 ? tanhSingle(x) : tanhDouble(x)
  }

  /// tanh(a)/a - 1, minimax in a^2, or 1 - 2 / (exp(2a) + 1), a = |x|.
  private static func tanhSingle<B>(_ x: Term<B>) -> Term<B> {
    let a = x.magnitude
    let z = a * a
    let near = (a * z).fma(
      z.polynomial([
        -0x1.5554f6p-2, 0x1.10fb0ap-3, -0x1.b6c362p-5, 0x1.4939cp-6, -0x1.50e2aap-8,
      ]), a)
    let far = 1 - 2 / (Exponential.expWithoutExtremes(a.constant(20).minimum(a + a)) + 1)
    return (a < 0.7).select(near, far).withSign(of: x)
  }

  /// t / (t + 2) with t = expm1(2 |x|).
  private static func tanhDouble<B>(_ x: Term<B>) -> Term<B> {
    let twice = (x.magnitude * 2).clamped(0, 40)
    let (k, r, low) = Exponential.reduceWithRemainder(twice)
    let p = Pair(fastSum: r, (r * r).fma(Exponential.polynomial(r, degree: .minusOne), low))
    let scale = k.powerOfTwo()
    let sum = Pair(sum: scale - 1, p.high * scale)
    let t = Pair(sum.high, p.low.fma(scale, sum.low))
    let denominator = Pair(sum: t.high, t.high.constant(2))
    let result = t.divided(by: Pair(denominator.high, denominator.low + t.low))
    return (x.magnitude < 0x1p-40).select(x.magnitude, result).withSign(of: x)
  }

  // MARK: Inverses, by log1p of a pair

  /// log1p(a + a^2 / (1 + sqrt(a^2 + 1))), a = |x|.
  static func asinh<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let a = x.magnitude
      let square = Pair(product: a, a)
      let above = Pair(sum: square.high, a.constant(1))
      let root = squareRoot(Pair(above.high, above.low + square.low))
      let denominator = Pair(sum: root.high, a.constant(1))
      let quotient = square.quotient(by: Pair(denominator.high, denominator.low + root.low))
      let sum = Pair(sum: a, quotient.high)
      let argument = Pair(sum.high, sum.low + quotient.low)
      return (a < 0x1p-28).select(a, logarithm(of: argument, orTwice: a)).withSign(of: x)
    }
  }

  /// log1p(t + sqrt(t (t + 2))), t = x - 1.
  static func acosh<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let t = Pair(sum: x, x.constant(-1))
      let plus = Pair(sum: x, x.constant(1))
      let product = Pair(product: t.high, plus.high)
      let low = product.low + t.high.fma(plus.low, t.low * plus.high)
      let root = squareRoot(Pair(product.high, low))
      let sum = Pair(sum: root.high, t.high)
      let argument = Pair(sum.high, sum.low + (root.low + t.low))
      let result = x.equals(1).select(0, logarithm(of: argument, orTwice: x))
      return (x < 1).select(.nan, result)
    }
  }

  /// log1p(2a / (1 - a)) / 2, a = |x|.
  static func atanh<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let a = x.magnitude
      let argument = Pair(a + a, a.constant(0)).quotient(by: Pair(fastSum: a.constant(1), -a))
      let result = Logarithm.log1p(high: argument.high, low: argument.low) * 0.5
      let edge = a.equals(1).select(.infinity, (a > 1).select(.nan, result))
      return (a < 0x1p-40).select(a, edge).withSign(of: x)
    }
  }

  /// log1p(argument); where that overflows or says no more, log(2 x).
  private static func logarithm<B>(of argument: Pair<B>, orTwice x: Term<B>) -> Term<B> {
    let large = x > 0x1p40
    let high = large.select(x, argument.high)
    let low = large.select(-1, argument.low)
    let result = Logarithm.log1p(high: high, low: low)
    let finite = large.select(result + 0x1.62e42fefa39efp-1, result)
    return x.equals(.infinity).select(.infinity, finite)
  }

  private static func squareRoot<B>(_ x: Pair<B>) -> Pair<B> {
    let root = x.high.squareRoot
    return Pair(root, (root.fma(-root, x.high) + x.low) / (root + root))
  }
}

extension Term {
  /// Non-negative, f64: to where sinh and cosh have overflowed; NaN stays NaN.
  fileprivate var clampedForHyperbolic: Term { clamped(0, 710.5) }
}
