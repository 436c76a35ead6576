/// sin, cos, tan over the whole range of their argument.
///
/// |x| = k pi/2 + r, |r| <= pi/4: by Cody and Waite's reduction in three parts while
/// k is small, by Payne and Hanek's (1983) multiplication with the digits of 2/pi
/// that matter, where it is not. The latter is the `rare` branch.
enum Trigonometry {
  static func sin<B>(_ x: Term<B>) -> Term<B> {
    let magnitude = x.magnitude
    return x.type == .f32
      ? sinCos32(reduce32(magnitude), addingQuadrants: 0).flippingSign(with: x)
      : sinCos64(reduce64(magnitude), addingQuadrants: 0).flippingSign(with: x)
  }

  static func cos<B>(_ x: Term<B>) -> Term<B> {
    let magnitude = x.magnitude
    return x.type == .f32
      ? sinCos32(reduce32(magnitude), addingQuadrants: 1)
      : sinCos64(reduce64(magnitude), addingQuadrants: 1)
  }

  static func tan<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { tan64(reduce64($0.magnitude)).flippingSign(with: $0) }
  }

  // MARK: Huge arguments

  static func isHuge<B>(_ x: Term<B>) -> Term<B> {
    x.magnitude >= (x.type == .f32 ? 0x1p17 : 0x1p30)
  }
  static func isHugeForTan<B>(_ x: Term<B>) -> Term<B> { x.magnitude >= 0x1p30 }

  static func sinOfHuge<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { sinCos64(reduceHuge($0.magnitude), addingQuadrants: 0).flippingSign(with: $0) }
  }
  static func cosOfHuge<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { sinCos64(reduceHuge($0.magnitude), addingQuadrants: 1) }
  }
  static func tanOfHuge<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { tan64(reduceHuge($0.magnitude)).flippingSign(with: $0) }
  }

  // MARK: float32

  private struct Reduced32<B: ElementaryBuilder> {
    let quadrant: Term<B>
    let r: Term<B>
  }

  private static func reduce32<B>(_ x: Term<B>) -> Reduced32<B> {
    let k = RoundedInteger(x, times: 0x1.45f306p-1)
    let r1 = k.float.fma(-0x1.921fb6p+0, x)
    let r2 = k.float.fma(0x1.777a5cp-25, r1)
    return Reduced32(quadrant: k.integer, r: k.float.fma(0x1.ee59dap-50, r2))
  }

  private static func sinCos32<B>(_ x: Reduced32<B>, addingQuadrants shift: Int) -> Term<B> {
    let (r, quadrant) = (x.r, x.quadrant.plus(shift))
    let z = r * r
    let sine = (r * z).fma(
      z.polynomial([-0x1.555556p-3, 0x1.111198p-7, -0x1.a08304p-13, 0x1.877072p-19]), r)
    let cosine = z.fma(
      z.fma(z.polynomial([0x1.555554p-5, -0x1.6c129cp-10, 0x1.9bc644p-16]), -0.5), 1)
    let chosen = (quadrant & 1).equals(integer: 1).select(cosine, sine)
    return (chosen.bits ^ ((quadrant & 2) << 30)).asFloat
  }

  // MARK: float64

  struct Reduced64<B: ElementaryBuilder> {
    let quadrant: Term<B>
    let r: Pair<B>
  }

  static func reduce64<B>(_ x: Term<B>) -> Reduced64<B> {
    let k = RoundedInteger(x, times: 0x1.45f306dc9c883p-1)
    let r1 = k.float.fma(-0x1.921fb54442d18p+0, x)  // exact
    let middle = Pair(product: k.float, x.constant(0x1.1a62633145c07p-54))
    let r = Pair(sum: r1, -middle.high)
    let low = k.float.fma(0x1.f1976b7ed8fbcp-110, r.low - middle.low)
    return Reduced64(quadrant: k.integer, r: Pair(fastSum: r.high, low))
  }

  static func sinCos64<B>(_ x: Reduced64<B>, addingQuadrants shift: Int) -> Term<B> {
    let quadrant = x.quadrant.plus(shift)
    let chosen = (quadrant & 1).equals(integer: 1)
      .select(cosine(x.r).value, sine(x.r).value)
    return (chosen.bits ^ ((quadrant & 2) << 62)).asFloat
  }

  private static func tan64<B>(_ x: Reduced64<B>) -> Term<B> {
    let (s, c) = (sine(x.r).normalized, cosine(x.r).normalized)
    let odd = (x.quadrant & 1).equals(integer: 1)
    return odd.select(-c, s).divided(by: odd.select(s, c))
  }

  private static func sine<B>(_ r: Pair<B>) -> Pair<B> {
    let z = r.high * r.high
    let series = z.polynomial([
      -0x1.5555555555555p-3, 0x1.1111111110c75p-7, -0x1.a01a019e9daa3p-13,
      0x1.71de37ad58585p-19, -0x1.ae601c94d2dep-26, 0x1.5e1009160d156p-33,
    ])
    let derivative = z.fma(-0.5, 1)
    return Pair(r.high, (r.high * z).fma(series, r.low * derivative))
  }

  private static func cosine<B>(_ r: Pair<B>) -> Pair<B> {
    let z = Pair(product: r.high, r.high)
    let series = z.high.polynomial([
      0x1.5555555555555p-5, -0x1.6c16c16c168c8p-10, 0x1.a01a019f37a4ep-16,
      -0x1.27e4fa0213fd3p-22, 0x1.1eeb56f12ca6p-29, -0x1.9072de2e718cap-37,
    ])
    let high = z.high.fma(-0.5, 1)
    let rounding = z.high.fma(-0.5, 1 - high)
    let linear = r.high.fma(r.low, z.low * 0.5)
    return Pair(high, (z.high * z.high).fma(series, rounding - linear))
  }

  // MARK: Multiples of pi, for 0 <= x <= 1/2

  static func sineOfPi<B>(_ x: Term<B>) -> Term<B> {
    let swap = x > 0.25
    let r = timesPi(swap.select(0.5 - x, x))
    return swap.select(cosine(r), sine(r)).value
  }

  static func cotangentOfPi<B>(_ x: Term<B>) -> Term<B> {
    let swap = x > 0.25
    let r = timesPi(swap.select(0.5 - x, x))
    let (s, c) = (sine(r).normalized, cosine(r).normalized)
    return swap.select(s, c).divided(by: swap.select(c, s))
  }

  private static func timesPi<B>(_ x: Term<B>) -> Pair<B> {
    let product = Pair(product: x, x.constant(0x1.921fb54442d18p+1))
    return Pair(product.high, x.fma(0x1.1a62633145c07p-53, product.low))
  }

  /// For any finite |x| >= 2^-10: m 2^e (2/pi) mod 4 from 192 digits of 2/pi, the
  /// higher ones contributing multiples of 4 and the lower ones less than 2^-137.
  private static func reduceHuge<B>(_ x: Term<B>) -> Reduced64<B> {
    let bits = x.bits
    let position = (bits >> 52).minus(1013)
    let mantissa = (bits & 0xf_ffff_ffff_ffff) | 0x10_0000_0000_0000
    let (index, shift) = (position >> 6, position & 63)
    func digits(_ i: Int) -> Term<B> {
      let upper = index.plus(i).lookup(in: .twoOverPi)
      let lower = index.plus(i + 1).lookup(in: .twoOverPi)
      return upper.binary(.shl, shift)
        | (lower >> 1).binary(.shrLogical, shift.constant(63) - shift)
    }
    let (d0, d1, d2) = (digits(0), digits(1), digits(2))
    let p1 = mantissa * d1
    let middle = mantissa.binary(.mulHigh, d2) + p1
    let sign = Int.min
    let carry = ((middle ^ middle.constant(sign)) < (p1 ^ p1.constant(sign)))
      .select(middle.constant(1), middle.constant(0))
    let top = mantissa * d0 + mantissa.binary(.mulHigh, d1) + carry

    let quadrant = top.plus(1 << 61) >> 62
    let fraction = top - (quadrant << 62)  // signed, in units of 2^-62 quadrants
    let f0 = fraction.binary(.shrArithmetic, fraction.constant(32)).convert(
      .signedToFloat, to: .f64)
    let upper = Pair(sum: f0 * 0x1p-30, (fraction & 0xffff_ffff).smallIntegerToFloat * 0x1p-62)
    let lower = Pair(
      sum: (middle >> 32).smallIntegerToFloat * 0x1p-94,
      (middle & 0xffff_ffff).smallIntegerToFloat * 0x1p-126)
    let sum = Pair(fastSum: upper.high, upper.low + lower.high)
    let r = Pair(product: sum.high, x.constant(0x1.921fb54442d18p+0))
    let low = sum.high.fma(0x1.1a62633145c07p-54, (sum.low + lower.low) * 0x1.921fb54442d18p+0)
    let reduced = Pair(fastSum: r.high, r.low + low)
    let infinite = x.equals(.infinity)
    return Reduced64(
      quadrant: quadrant, r: Pair(infinite.select(.nan, reduced.high), reduced.low))
  }
}

/// A float32 function computed in float64 and rounded at the end; where speed in
/// float32 does not matter that much, this is correctly rounded but for rare ties.
func viaDouble<B>(_ x: Term<B>, _ function: (Term<B>) -> Term<B>) -> Term<B> {
  x.type == .f32 ? function(x.widened).narrowed : function(x)
}
