/// pow.
enum Power {
  /// IEEE 754's pow, C's special cases included.
  static func pow<B>(_ x: Term<B>, _ y: Term<B>) -> Term<B> {
    guard x.type == .f64 else {
      let (x, y) = (x.widened, y.widened)
      return special(x, y, magnitude: single(x.magnitude, y)).narrowed
    }
    return special(x, y, magnitude: double(x.magnitude, y))
  }

  /// Signs, zeros, infinities and NaN around |x|^y.
  private static func special<B>(_ x: Term<B>, _ y: Term<B>, magnitude: Term<B>) -> Term<B> {
    let a = x.magnitude
    let limit = y.magnitude.equals(.infinity) | a.equals(0) | a.equals(.infinity)
    let vanishes = (a < 1) ^ (y < 0)
    let limitValue = a.equals(1).select(1, vanishes.select(0, y.constant(.infinity)))
    let half = y * 0.5
    let isInteger = y.unary(.floor).equals(y)
    let isOdd = isInteger & half.unary(.floor).differs(half)
    let signed = limit.select(limitValue, magnitude)
    let result = (isOdd.select(x.signBit, x.bits.constant(0)) | signed.bits).asFloat
    let undefined = ((x < 0) & !isInteger & !limit) | x.isNaN | y.isNaN
    let isOne = x.equals(1) | y.equals(0)
    return isOne.select(1, undefined.select(.nan, result))
  }

  /// x = 2^k z, and the constants of the interval that z is in.
  private struct Decomposed<B: ElementaryBuilder> {
    let k, r, logC, logCLow: Term<B>

    init(_ x: Term<B>) {
      let tiny = x < 0x1p-1022
      let bits = tiny.select(x * 0x1p52, x).bits
      let offset = bits.minus(0x3fe6_0000_0000_0000)
      let position = (offset >> 44) & 255
      let index = position + (position << 1)
      let biased = offset.plus(1024 << 52) >> 52
      k = biased.smallIntegerToFloat - tiny.select(1024 + 52, x.constant(1024))
      let z = (bits - (offset & ~0xf_ffff_ffff_ffff)).asFloat
      r = z.fma(index.lookup(in: .power), -1)  // exact
      logC = index.plus(1).lookup(in: .power)
      logCLow = index.plus(2).lookup(in: .power)
    }
  }

  /// log x with about 68 significant bits; log(1+r) = r - r^2/2 + r^3 p(r).
  private static func logPair<B>(_ x: Term<B>) -> Pair<B> {
    let d = Decomposed(x)
    let r = d.r
    let base = d.k.fma(0x1.62e42fefa3800p-1, d.logC)  // exact
    let linear = Pair(fastSum: base, r)
    let half = r * -0.5
    let square = Pair(product: half, r)
    let quadratic = Pair(fastSum: linear.high, square.high)
    let series =
      (r * square.high) * -2
      * r.polynomial([
        0x1.5555555555556p-2, -0x1.0000000000001p-2, 0x1.99999998e0b59p-3, -0x1.5555555478514p-3,
        0x1.2493cbfde65e3p-3, -0x1.00018906adc6p-3,
      ])
    let low = d.k.fma(0x1.ef35793c76730p-45, d.logCLow)
    let rest = ((low + linear.low) + (square.low + quadratic.low)) + series
    return Pair(fastSum: quadratic.high, rest)
  }

  private static func double<B>(_ x: Term<B>, _ y: Term<B>) -> Term<B> {
    let log = logPair(x)
    let product = Pair(product: y, log.high)
    let exponent = product.high.clamped(-760, 720)
    // Where the product is clamped (or not finite), its low part means nothing.
    let low = exponent.equals(product.high)
      .select(y.fma(log.low, product.low), y.constant(0))
    let (k, r, rest) = Exponential.reduceWithRemainder(Pair(exponent, low))
    let tail = (r * r).fma(Exponential.polynomial(r, degree: .value), rest)
    return (1 + (r + tail)).scaled(by: k)
  }

  /// In float64 arithmetic, with an error far below float32's rounding.
  private static func single<B>(_ x: Term<B>, _ y: Term<B>) -> Term<B> {
    let d = Decomposed(x)
    let series = d.r.polynomial([
      -0x1.ffffffffeaaa9p-2, 0x1.555555550c307p-2, -0x1.0000aaab2b9c7p-2, 0x1.999b50768ce0cp-3,
    ])
    let log = d.k.fma(0x1.62e42fefa39efp-1, d.logC) + (d.r * d.r).fma(series, d.r)
    let exponent = (y * log).clamped(-200, 200)
    let (k, r) = Exponential.reduce(exponent)
    let e = r.polynomial([
      0x1.fffffffffc0cp-2, 0x1.5555556753515p-3, 0x1.5555556f09a6ep-5, 0x1.1110c632c7ba9p-7,
      0x1.6c16522f8a7a7p-10, 0x1.a15178d86301bp-13, 0x1.a15a606b54e1p-16,
    ])
    return ((r * r).fma(e, r) + 1) * k.powerOfTwo()
  }
}
