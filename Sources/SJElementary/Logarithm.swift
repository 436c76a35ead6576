/// log, log1p.
///
/// Random numbers must have JAX's bits, and `gumbel`, `exponential` and `normal`
/// take logarithms. So these two follow, operation for operation, what XLA's CPU
/// back end runs on a machine with FMA: in float32 Cephes' `logf` in the order of
/// XLA's vectorised version; in float64 the table-driven logarithm of Szabolcs Nagy
/// (Arm Optimized Routines; in glibc since 2.28, which XLA calls); for log1p Cephes'
/// rational function near zero and log(1 + x) elsewhere.
enum Logarithm {
  static func log<B>(_ x: Term<B>) -> Term<B> {
    let finite = x.type == .f32 ? logSingle(x) : logDouble(x)
    let edge = x.equals(0).select(-.infinity, x.nan)
    return (x <= 0).select(edge, (x < .infinity).select(finite, x))
  }

  static func log1p<B>(_ x: Term<B>) -> Term<B> {
    // In float64 XLA is off by up to 128 ULP below sqrt(1/2) - 1, where Cephes'
    // function is not meant for use; we are not.
    x.type == .f32
      ? log1pOfXLA(x) : log1p(x, near: (x.magnitude < log1pLimit) & (x > -0x1.2bec333018866p-2))
  }

  static func log1pOfXLA<B>(_ x: Term<B>) -> Term<B> {
    log1p(x, near: x.magnitude < log1pLimit)
  }

  private static func log1p<B>(_ x: Term<B>, near isNear: Term<B>) -> Term<B> {
    let square = x * x
    let ratio = x.polynomial(log1pNumerator) / x.polynomial(log1pDenominator)
    let near = x + square.fma(-0.5, (x * square) * ratio)
    return isNear.select(near, log(x + 1))
  }

  private static let log1pLimit = 0x1.a827999fcef32p-2  // sqrt(2) - 1

  // Cephes, log1p.c: log(1 + x) = x - x^2/2 + x^3 P(x)/Q(x), sqrt(1/2) <= 1+x <= sqrt(2).
  private static let log1pNumerator = [
    0x1.40a202d99830ap+4, 0x1.c8e7597479a10p+5, 0x1.e798eb86c3351p+5, 0x1.de9738b8cb9c9p+4,
    0x1.a509f46f4fa53p+2, 0x1.fe818a0fe1a83p-2, 0x1.7bc0962b395cap-15,
  ]
  private static let log1pDenominator = [
    0x1.e0f304466448ep+5, 0x1.b0db13e48e066p+7, 0x1.351945dc908a5p+8, 0x1.bb86590fcfb56p+7,
    0x1.4c30b52213498p+6, 0x1.e20359e903e37p+3, 1,
  ]

  // MARK: float32

  /// x = 2^e m, sqrt(1/2) <= m < sqrt(2). Coefficients: Cephes, logf.c.
  private static func logSingle<B>(_ x: Term<B>) -> Term<B> {
    let tiny = x < 0x1p-126
    let bits = tiny.select(x * 0x1p23, x).bits
    let offset = bits.minus(0x3f35_04f3)
    let m = (bits - (offset & ~0x7f_ffff)).asFloat
    let e = offset.binary(.shrArithmetic, offset.constant(23)).convert(.signedToFloat, to: .f32)
    return logSeries(m - 1, exponent: e - tiny.select(23, x.constant(0)))
  }

  private static func logSeries<B>(_ f: Term<B>, exponent e: Term<B>) -> Term<B> {
    let f2 = f * f
    let f3 = f2 * f
    let a = f.polynomial([0x1.de4a34p-4, -0x1.d7a37p-4, 0x1.204376p-4])
    let b = f.polynomial([-0x1.555ca0p-3, 0x1.23d37ep-3, -0x1.fcba9ep-4])
    let c = f.polynomial([0x1.555554p-2, -0x1.fffff8p-3, 0x1.999d58p-3])
    let series = f3.fma(a, b).fma(f3, c)
    let low = f3.fma(series, e * -0x1.bd0106p-13)
    return e.fma(0x1.63p-1, f2.fma(-0.5, f) + low)
  }

  // MARK: float64

  private static func logDouble<B>(_ x: Term<B>) -> Term<B> {
    let tiny = x < 0x1p-1022
    let bits = tiny.select(x * 0x1p52, x).bits
    let shift = tiny.select(52, x.constant(0))
    let nearOne = (x >= 1 - 0x1p-4).select(x < 1 + 0x1.09p-4, x.constant(0) > 0)
    return nearOne.select(logNearOne(x), logByTable(bits, exponentShift: shift))
  }

  /// x = 2^k z, z in one of 128 intervals around c: log x = k ln 2 + log c + log(z/c).
  private static func logByTable<B>(_ bits: Term<B>, exponentShift: Term<B>) -> Term<B> {
    let offset = bits.minus(0x3fe6_0000_0000_0000)
    let index = ((offset >> 45) & 127) << 1
    // Biased by 1024 so that the shifted value is not negative.
    let biased = offset.plus(1024 << 52) >> 52
    let k = (biased.smallIntegerToFloat - 1024) - exponentShift
    let z = (bits - (offset & ~0xf_ffff_ffff_ffff)).asFloat
    let inverse = index.lookup(in: .logarithm)
    let logC = index.plus(1).lookup(in: .logarithm)

    let r = z.fma(inverse, -1)
    let w = k.fma(0x1.62e42fefa3800p-1, logC)
    let high = w + r
    let r2 = r * r
    let low = r2.fma(-0x1.0000000000001p-1, k.fma(0x1.ef35793c76730p-45, (w - high) + r))
    let a = r.fma(-0x1.fffffffeb4590p-3, 0x1.555555551305bp-2)
    let b = r.fma(-0x1.55575e506c89fp-3, 0x1.999b324f10111p-3)
    return (r * r2).fma(b.fma(r2, a), low) + high
  }

  private static func logNearOne<B>(_ x: Term<B>) -> Term<B> {
    let r = x - 1
    let r2 = r * r
    let r3 = r * r2
    let p0 = r2.fma(0x1.999999995dd0cp-3, r.fma(-0x1.ffffffffffdcbp-3, 0x1.5555555555577p-2))
    let p1 = r2.fma(-0x1.fffffa4423d65p-4, r.fma(0x1.24924a344de30p-3, -0x1.55555556745a7p-3))
    let p2 = r2.fma(0x1.78182f7afd085p-4, r.fma(-0x1.999eb43b068ffp-4, 0x1.c7184282ad6cap-4))
    let series = r3.fma(-0x1.5521375d145cdp-4, p2).fma(r3, p1).fma(r3, p0)
    // r - r^2/2 with r split in two so that the square of the upper part is exact.
    let upper = r.fma(-0x1p27, r.fma(0x1p27, r))
    let square = upper * upper
    let high = square.fma(-0.5, r)
    let low = square.fma(-0.5, r - high)
    let rest = ((r - upper) * -0.5).fma(r + upper, low)
    return series.fma(r3, rest) + high
  }

  // MARK: For functions built on a logarithm

  /// log(1 + high + low), float64, within 1 ULP: log(1+f) = f - f^2/2 + s (f^2/2 + R),
  /// s = f/(2+f) (the method of FreeBSD's s_log1p.c, with minimax R of our own).
  static func log1p<B>(high: Term<B>, low: Term<B>) -> Term<B> {
    let u = 1 + high
    let error = (u > 2).select(1 - (u - high), high - (u - 1)) + low
    let bits = u.bits
    // The exponent that brings the mantissa into [sqrt(1/2), sqrt(2)).
    let raised = bits.plus(0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd)
    let k = (raised >> 52).smallIntegerToFloat - 1023
    let mantissa = ((raised & 0xf_ffff_ffff_ffff).plus(0x3fe6_a09e_667f_3bcd)).asFloat
    // Without scaling, f is `high` itself, with no rounding.
    let f = k.equals(0).select(high, mantissa - 1)
    let c = k.equals(0).select(low, error / u)
    let half = (f * 0.5) * f
    let s = f / (2 + f)
    let series =
      (s * s)
      * (s * s).polynomial([
        0x1.5555555555558p-1, 0x1.9999999995284p-2, 0x1.2492492e03d5p-2, 0x1.c71c62c9cb7e9p-3,
        0x1.7462bd218b3e2p-3, 0x1.39fd3c2df8e5bp-3, 0x1.2b66b9bfa57aep-3,
      ])
    let tail = s.fma(half + series, k.fma(0x1.ef35793c76730p-45, c)) - half
    return k.fma(0x1.62e42fefa3800p-1, tail + f)
  }
}
