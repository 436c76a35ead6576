/// erf, erfc, erf_inv.
enum ErrorFunctions {
  static func erf<B>(_ x: Term<B>) -> Term<B> {
    let a = x.magnitude
    return (a < limit(x.type)).select(near(x), far(a).withSign(of: x))
  }

  private static func limit(_ type: ElementaryType) -> Double { type == .f32 ? 1.2 : 1 }

  private static func near<B>(_ x: Term<B>) -> Term<B> { x.fma(series(x), x) }

  /// erf(x)/x - 1, minimax in x^2.
  private static func series<B>(_ x: Term<B>) -> Term<B> {
    let z = x * x
    guard x.type == .f64 else {
      return z.polynomial([
        0x1.06eba6p-3, -0x1.8127p-2, 0x1.ce232p-4, -0x1.b76688p-6, 0x1.50288cp-8,
        -0x1.8bce88p-11, 0x1.10710cp-14,
      ])
    }
    return z.polynomial([
      0x1.06eba8214db69p-3, -0x1.812746b0379fdp-2, 0x1.ce2f21a04362dp-4,
      -0x1.b82ce312abf08p-6, 0x1.565bcd12991cp-8, -0x1.c02db49b09506p-11,
      0x1.f9a335388d2f5p-14, -0x1.f4d333884b5c9p-17, 0x1.b9ee95850f6bfp-20,
      -0x1.5f9828c55d5cep-23, 0x1.fc78cbccf045ap-27, -0x1.46794feaf949ep-30,
      0x1.29783041ef512p-34,
    ])
  }

  private static func far<B>(_ a: Term<B>) -> Term<B> {
    guard a.type == .f32 else { return 1 - scaledComplement(a) }
    // 1 - 1/p(a)^8 with p minimax for erfc^(-1/8) up to 3.95; beyond, p grows, and this is 1 to all digits.
    let p = a.polynomial([
      0x1.fa6af4p-1, 0x1.86546cp-3, -0x1.c664d2p-8, 0x1.088aa6p-3, -0x1.0b5dcep-4, 0x1.d86832p-6,
      -0x1.8ecd6ep-8, 0x1.73974p-11,
    ])
    let p2 = p * p
    let p4 = p2 * p2
    return 1 - 1 / (p4 * p4)
  }

  static func erfc<B>(_ x: Term<B>) -> Term<B> {
    let complement = scaledComplement(x.magnitude)
    let far = (x < 0).select(2 - complement, complement)
    let difference = Pair(fastSum: x.constant(1), -x)
    let near = difference.high + x.fma(-series(x), difference.low)
    return (x.magnitude < 0.5).select(near, far)
  }

  /// erfc(a), a >= 1/2, as exp(-a^2) P(t) / (1 + 2a) with t = (a - c)/(a + c)
  /// (Shepherd and Laframboise 1981), exp's argument in twice the precision.
  private static func scaledComplement<B>(_ a: Term<B>) -> Term<B> {
    let isSingle = a.type == .f32
    let a = a.clamped(0, isSingle ? 10.1 : 28)
    let c = isSingle ? 2.0 : 4.0
    let coefficients = isSingle ? erfcxCoefficients32 : erfcxCoefficients64
    let t = (a - c) / (a + c)
    let p = Pair(
      fastSum: t.constant(coefficients[0]), t * t.polynomial(Array(coefficients.dropFirst())))
    let quotient = p.quotient(by: Pair(sum: a + a, a.constant(1)))

    let square = Pair(product: a, a)
    let (k, r, low) = Exponential.reduceWithRemainder(-square)
    let tail = (r * r).fma(Exponential.polynomial(r, degree: .value), low)
    let one = Pair(fastSum: a.constant(1), r + tail)
    let product = Pair(product: quotient.high, one.high)
    let rest = quotient.low.fma(one.high, quotient.high.fma(one.low, product.low))
    return (product.high + rest).scaled(by: k)
  }

  private static let erfcxCoefficients32 = [
    0x1.46e80ep0, -0x1.7bf5e4p-4, -0x1.540816p-3, 0x1.4ff966p-3, -0x1.bc1214p-5, -0x1.06b52ap-7,
    0x1.1b3798p-7, 0x1.37b232p-10, -0x1.45a764p-10, -0x1.23bb14p-12,
  ]
  private static let erfcxCoefficients64 = [
    0x1.3ba5916e9fd7fp+0, -0x1.1df1ad154a28fp-3, 0x1.f7f5df66fd6a7p-7, 0x1.16ecefcfa540ep-4,
    -0x1.9ddb23c3e8874p-4, 0x1.7fee004e112c3p-4, -0x1.0fb06dfe56142p-4, 0x1.3079edf6aa5a8p-5,
    -0x1.096238828c1cbp-6, 0x1.49c6727af5d87p-8, -0x1.8d4a9c3d62797p-11, -0x1.a1df1e2a70512p-13,
    0x1.3be068698b9ccp-13, -0x1.9959f4cc5a01cp-16, -0x1.788ca4d342b82p-17, 0x1.7f2d5af276b00p-18,
    0x1.3b713b970cad2p-22, -0x1.bb2bbabb02ec5p-21, 0x1.40eafd5947706p-24, 0x1.d8b4353ca5555p-24,
    -0x1.353a87be1712dp-26, -0x1.e432644b5660ap-27, 0x1.00cd8e2f991c3p-29, 0x1.5b62d008c2d94p-30,
  ]

  // MARK: erf_inv

  /// Giles, "Approximating the erfinv function" (2010), in the operations of XLA's
  /// expansion, so that `normal` has JAX's bits.
  static func erfInv<B>(_ x: Term<B>) -> Term<B> {
    let negated = Logarithm.log1pOfXLA(x * -x)
    let w = -negated
    let p = x.type == .f32 ? gilesSingle(w) : gilesDouble(w)
    return x * x.magnitude.equals(1).select(.infinity, p)
  }

  private static func gilesSingle<B>(_ w: Term<B>) -> Term<B> {
    let central = w < 5
    let t = central.select(w - 2.5, w.squareRoot - 3)
    return t.horner(
      descending: zip(gilesCentral32, gilesTail32).map { inner, outer in
        central.select(inner, w.constant(outer))
      })
  }

  private static let gilesCentral32 = [
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
    -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
  ]
  private static let gilesTail32 = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
  ]

  private static func gilesDouble<B>(_ w: Term<B>) -> Term<B> {
    let central = w < 6.25
    let middle = w < 16
    let root = w.squareRoot
    let t = central.select(w - 3.125, root - middle.select(3.25, w.constant(5)))
    // The three polynomials have degrees 22, 18 and 16; the shorter ones wait.
    var p = t
    for i in 0..<gilesCentral64.count {
      let coefficient = central.select(
        w.constant(gilesCentral64[i]),
        middle.select(
          w.constant(i < gilesMiddle64.count ? gilesMiddle64[i] : 0),
          w.constant(i < gilesTail64.count ? gilesTail64[i] : 0)))
      let next = i == 0 ? coefficient : p.fma(t, coefficient)
      if i >= gilesMiddle64.count {
        p = central.select(next, p)
      } else if i >= gilesTail64.count {
        p = middle.select(next, p)
      } else {
        p = next
      }
    }
    return p
  }

  private static let gilesCentral64 = [
    -3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17,
    -1.3331716628546209e-16, 2.0972767875968562e-17, 6.6376381343583238e-15,
    -4.0545662729752069e-14, -8.1519341976054722e-14, 2.6335093153082323e-12,
    -1.2975133253453532e-11, -5.4154120542946279e-11, 1.0512122733215323e-09,
    -4.1126339803469837e-09, -2.9070369957882005e-08, 4.2347877827932404e-07,
    -1.3654692000834679e-06, -1.3882523362786469e-05, 0.00018673420803405714,
    -0.000740702534166267, -0.0060336708714301491, 0.24015818242558962, 1.6536545626831027,
  ]

  private static let gilesMiddle64 = [
    2.2137376921775787e-09, 9.0756561938885391e-08, -2.7517406297064545e-07,
    1.8239629214389228e-08, 1.5027403968909828e-06, -4.013867526981546e-06,
    2.9234449089955446e-06, 1.2475304481671779e-05, -4.7318229009055734e-05,
    6.8284851459573175e-05, 2.4031110387097894e-05, -0.00035503752036284748,
    0.0009532893797373805, -0.0016882755560235047, 0.0024914420961078508, -0.0037512085075692412,
    0.0053709145535900636, 1.0052589676941592, 3.0838856104922208,
  ]

  private static let gilesTail64 = [
    -2.7109920616438573e-11, -2.5556418169965252e-10, 1.5076572693500548e-09,
    -3.789465440126737e-09, 7.61570120807834e-09, -1.496002662714924e-08, 2.9147953450901081e-08,
    -6.7711997758452339e-08, 2.2900482228026655e-07, -9.9298272942317e-07, 4.5260625972231537e-06,
    -1.9681778105531671e-05, 7.5995277030017761e-05, -0.00021503011930044477,
    -0.00013871931833623122, 1.0103004648645344, 4.8499064014085844,
  ]
}
