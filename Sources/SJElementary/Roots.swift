/// rsqrt, cbrt.
enum Roots {
  static func rsqrt<B>(_ x: Term<B>) -> Term<B> { 1 / x.squareRoot }

  /// |x| = 2^(3q) w, 1/2 <= w < 4: a minimax start, one step of Halley's method and
  /// one of Newton's with an exact residual.
  static func cbrt<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let a = x.magnitude
      let tiny = a < 0x1p-1022
      let bits = tiny.select(a * 0x1p54, a).bits
      let exponent = (bits >> 52).smallIntegerToFloat - tiny.select(1022 + 54, a.constant(1022))
      let mantissa = ((bits & 0xf_ffff_ffff_ffff) | 0x3fe0_0000_0000_0000).asFloat
      let q = RoundedInteger((exponent - 1) * 0x1.5555555555555p-2)
      let rest = exponent - q.float * 3  // 0, 1 or 2
      let w = mantissa * rest.equals(0).select(1, rest.equals(1).select(2, a.constant(4)))
      let start = mantissa.polynomial([
        0x1.812112248ecffp-2, 0x1.53d80c630bbe9p0, -0x1.7b3b4050e4caep0, 0x1.46acd1da46088p0,
        -0x1.439fbb490c946p-1, 0x1.11f06bc1e65bap-3,
      ])
      let rootOfRest = rest.equals(0).select(
        1, rest.equals(1).select(0x1.428a2f98d728bp+0, a.constant(0x1.965fea53d6e3dp+0)))
      let result = refine(start * rootOfRest, w) * q.powerOfTwo()
      let exact = a.equals(0) | a.equals(.infinity) | x.isNaN
      return exact.select(x, result.withSign(of: x))
    }
  }

  private static func refine<B>(_ start: Term<B>, _ w: Term<B>) -> Term<B> {
    let cube = start * start * start
    let y = start * (cube + 2 * w) / (2 * cube + w)
    let square = Pair(product: y, y)
    let residual = square.low.fma(-y, square.high.fma(-y, w))
    return y + residual / (3 * square.high)
  }
}
