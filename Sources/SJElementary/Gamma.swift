/// lgamma, digamma.
///
/// Reduced to one or two unit intervals by the recurrence, or far out by the
/// asymptotic series. Within a few ULP for x > 0; for x < 0 by reflection, where
/// near a zero of the function only the absolute error is small.
enum Gamma {
  /// log |Gamma(x)|; infinite at the poles.
  static func lgamma<B>(_ x: Term<B>) -> Term<B> { viaDouble(x) { lgammaPositive($0) } }
  /// Not a number at the poles, as in JAX.
  static func digamma<B>(_ x: Term<B>) -> Term<B> { viaDouble(x) { digammaPositive($0) } }

  static func needsReflection<B>(_ x: Term<B>) -> Term<B> { x <= 0 }

  /// log(pi / |sin(pi x)|) - log Gamma(1 - x).
  static func lgammaReflected<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let fraction = (x - x.roundedToEven).magnitude
      let sine = Trigonometry.sineOfPi(fraction)
      let reflected = (0x1.250d048e7a1bdp+0 - Logarithm.log(sine)) - lgammaPositive(1 - x)
      return (fraction.equals(0) | x.equals(-.infinity)).select(.infinity, reflected)
    }
  }

  /// psi(1 - x) - pi / tan(pi x).
  static func digammaReflected<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let fraction = x - x.roundedToEven
      let cotangent = Trigonometry.cotangentOfPi(fraction.magnitude).flippingSign(with: fraction)
      let reflected = digammaPositive(1 - x) - 0x1.921fb54442d18p+1 * cotangent
      // Near 0 the pole is all there is, and the cotangent may overflow.
      let result = (x.magnitude < 0x1p-500).select(-1 / x, reflected)
      return fraction.equals(0).select(.nan, result)
    }
  }

  // MARK: lgamma, x > 0

  private static func lgammaPositive<B>(_ x: Term<B>) -> Term<B> {
    let isSmall = x < 0.5
    let isFar = x >= 8
    // x = y + n, Gamma(x) = (y)(y+1)..(x-1) Gamma(y), 1.5 <= y < 2.5.
    var (y, product) = (x, x.constant(1))
    for _ in 0..<6 {
      let above = y >= 2.5
      y = above.select(y - 1, y)
      product = above.select(product * y, product)
    }
    let argument = (isSmall | isFar).select(x, product)
    let log = Logarithm.log(argument)
    let series = aroundOneOrTwo(x, y)
    let near = isSmall.select(series - log, series + log)
    return isFar.select(stirling(x, log: log), near)
  }

  /// lgamma near its zeros: around 1 for arguments below 1.5, around 2 above.
  private static func aroundOneOrTwo<B>(_ x: Term<B>, _ y: Term<B>) -> Term<B> {
    let isOne = x < 1.5
    let u = isOne.select((x < 0.5).select(x, x - 1), y - 2)
    let coefficients = (0..<aroundOne.count).reversed().map { k in
      isOne.select(aroundOne[k], x.constant(k < aroundTwo.count ? aroundTwo[k] : 0))
    }
    return u * u.horner(descending: coefficients)
  }

  /// (x - 1/2)(log x - 1) + (log(2 pi) - 1)/2 + sum B_2k / (2k (2k-1) x^(2k-1)).
  private static func stirling<B>(_ x: Term<B>, log: Term<B>) -> Term<B> {
    let inverse = 1 / x
    let series = (inverse * inverse).polynomial([
      0x1.5555555555555p-4, -0x1.6c16c16c16c17p-9, 0x1.a01a01a01a01ap-11, -0x1.3813813813814p-11,
      0x1.b951e2b18ff23p-11, -0x1.f6ab0d9993c7dp-10, 0x1.a41a41a41a41ap-8, -0x1.e4286cb0f5398p-6,
    ])
    return (x - 0.5).fma(log - 1, inverse.fma(series, 0x1.acfe390c97d69p-2))
  }

  // MARK: digamma, x > 0

  private static func digammaPositive<B>(_ x: Term<B>) -> Term<B> {
    let isSmall = x < 1
    // psi(x) = psi(y) + 1/y + .. + 1/(x-1), 1 <= y < 2; the sum as one fraction.
    var (y, numerator, denominator) = (x, x.constant(0), x.constant(1))
    for _ in 0..<8 {
      let above = y >= 2
      y = above.select(y - 1, y)
      numerator = above.select(numerator.fma(y, denominator), numerator)
      denominator = above.select(denominator * y, denominator)
    }
    let quotient = isSmall.select(-1, numerator) / isSmall.select(x, denominator)
    let near = aroundZero(x, isSmall: isSmall, y) + quotient
    return (x >= 10).select(digammaFar(x), near)
  }

  /// (y - y0) P(y - 3/2), y0 the zero of digamma; y = x + 1 for small x.
  private static func aroundZero<B>(_ x: Term<B>, isSmall: Term<B>, _ y: Term<B>) -> Term<B> {
    let u = isSmall.select(x - 0.5, y - 1.5)
    let distance = isSmall.select(x - 0x1.d8b618d5af8fcp-2, y - 0x1.762d86356be3fp+0)
    return (distance - 0x1.b86a722197829p-54) * u.polynomial(digammaSeries)
  }

  /// log x - 1/(2x) - sum B_2k / (2k x^2k).
  private static func digammaFar<B>(_ x: Term<B>) -> Term<B> {
    let inverse = 1 / x
    let z = inverse * inverse
    let series = z.polynomial([
      0x1.5555555555555p-4, -0x1.1111111111111p-7, 0x1.0410410410410p-8, -0x1.1111111111111p-8,
      0x1.f07c1f07c1f08p-8, -0x1.5995995995996p-6, 0x1.5555555555555p-4, -0x1.c5e5e5e5e5e5ep-2,
    ])
    return Logarithm.log(x) - inverse.fma(0.5, z * series)
  }

  /// lgamma(1 + u)/u, lgamma(2 + u)/u and digamma(3/2 + u)/(3/2 + u - y0) on
  /// |u| <= 1/2, interpolated at Chebyshev's nodes.
  private static let aroundOne = [
    -0x1.2788cfc6fb619p-1, 0x1.a51a6625307d3p-1, -0x1.9a4d55beab37cp-2, 0x1.151322ac7d8e9p-2,
    -0x1.a8b9c17a91284p-3, 0x1.5b40cb0ff7e2cp-3, -0x1.2703a1e53cd44p-3, 0x1.010b36b799ac3p-3,
    -0x1.c8066cfb76ec6p-4, 0x1.9a01e02e1bc0ep-4, -0x1.748ca0044fd2dp-4, 0x1.556b3fe9a66f6p-4,
    -0x1.3b14e848a2d53p-4, 0x1.248e72b0a7186p-4, -0x1.118acc50ec441p-4, 0x1.007509e47a025p-4,
    -0x1.d8fbcda10e84fp-5, 0x1.be79bd2aebac5p-5, -0x1.ea4aa627b4073p-5, 0x1.d2f7f4a6085fbp-5,
    -0x1.db7126487ed80p-7, 0x1.b4fc9a43dac9fp-7, -0x1.28eb1f4f52ce4p-3, 0x1.1ef5d11df4a3dp-3,
    0x1.3914b3aa0e424p-3, -0x1.3046d605c1822p-3, -0x1.cc35b376ce280p-3, 0x1.bdb3d7629dd5ep-3,
  ]

  private static let aroundTwo = [
    0x1.b0ee6072093cep-2, 0x1.4a34cc4a60fa7p-2, -0x1.13e001a557607p-4, 0x1.51322ac7d7fd2p-6,
    -0x1.e404fc218ecffp-8, 0x1.7add6eae5b8fdp-9, -0x1.38ac5c2c96006p-10, 0x1.0b36af3424c50p-11,
    -0x1.d3fd4bda4f97bp-13, 0x1.a127dd231f4b2p-14, -0x1.78de85fa0bf74p-15, 0x1.5806d7786fbc2p-16,
    -0x1.3cb5f201754a6p-17, 0x1.2640a5e8ab73ep-18, -0x1.125408d7ee6ebp-19, 0x1.edf317afe0c72p-21,
    -0x1.d06b46182e294p-22, 0x1.2b4bb069ee6a9p-22, -0x1.1be56b7e101c6p-23,
  ]

  private static let digammaSeries = [
    0x1.e6f0cbb873616p-1, -0x1.b1cb63005ee98p-2, 0x1.eca189b8e6f6dp-3, -0x1.2feeeb98a78eap-3,
    0x1.8512e5903903ep-4, -0x1.fb44202a2306bp-5, 0x1.4de9aa1779d23p-5, -0x1.b9f8b11bfd3d0p-6,
    0x1.2564717896ec6p-6, -0x1.863563f44f303p-7, 0x1.03c0adafa529cp-7, -0x1.5a06a5d662cb4p-8,
    0x1.cd2011454fd05p-9, -0x1.336dbe66757c8p-9, 0x1.99d3f5c0cad5ep-10, -0x1.0fb38d217b800p-10,
    0x1.6a3e76070c135p-11, -0x1.fd8e50abf2196p-12, 0x1.53b23429da21bp-12, -0x1.2fae5cb379bf2p-13,
    0x1.94e73cc9821e1p-14, -0x1.75c084e78a4cdp-13, 0x1.f255c4568ac4dp-14,
  ]
}
