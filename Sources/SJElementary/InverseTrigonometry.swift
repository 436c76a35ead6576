/// asin, acos, atan, atan2.
enum InverseTrigonometry {
  static func atan<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { atanMagnitude($0.magnitude).value.withSign(of: $0) }
  }

  /// The angle of (x, y), C's special cases included.
  static func atan2<B>(_ y: Term<B>, _ x: Term<B>) -> Term<B> {
    guard y.type == .f64 else { return atan2(y.widened, x.widened).narrowed }
    let (ay, ax) = (y.magnitude, x.magnitude)
    // 0/0 and inf/inf stand for 0 and 1 here.
    let degenerate = ay.equals(ax) & (ay.equals(0) | ay.equals(.infinity))
    let limit = ay.equals(0).select(0, x.constant(1))
    let ratio = degenerate.select(limit, ay / ax)
    let angle = atanMagnitude(ratio)
    let left = x.bits.compare(.lt, x.bits.constant(0))
    let supplement = (0x1.1a62633145c07p-53 - angle.low) - angle.high + 0x1.921fb54442d18p+1
    let result = left.select(supplement, angle.value).withSign(of: y)
    return (x.isNaN | y.isNaN).select(.nan, result)
  }

  static func asin<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let a = x.magnitude
      let parts = arcsine(a)
      // Above 1/2: pi/2 - 2 asin(sqrt((1 - x)/2)).
      let complement = 0x1.921fb54442d18p+0 - (parts.value.fma(2, -0x1.1a62633145c07p-54))
      return (a > 0.5).select(complement, parts.value).withSign(of: x)
    }
  }

  static func acos<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let parts = arcsine(x.magnitude)
      let piHigh = 0x1.921fb54442d18p+1
      let piLow = 0x1.1a62633145c07p-53
      let inner =
        0.5 * piHigh
        - (parts.high.flippingSign(with: x)
          + (parts.low.flippingSign(with: x) - 0.5 * piLow))
      let right = 2 * parts.value
      let left = piHigh - (2 * parts.value - piLow)
      let outer = (x < 0).select(left, right)
      return (x.magnitude > 0.5).select(outer, inner)
    }
  }

  /// asin(a) for a <= 1/2, asin(sqrt((1 - a)/2)) above (NaN above 1).
  private static func arcsine<B>(_ a: Term<B>) -> Pair<B> {
    let large = a > 0.5
    let half = (1 - a) * 0.5
    let root = half.squareRoot
    let z = large.select(half, a * a)
    let s = large.select(root, a)
    let rootError = root.fma(-root, half) / (root + root)
    let error = (large & (half > 0)).select(rootError, a.constant(0))
    let series = z.polynomial([
      0x1.5555555555556p-3, 0x1.3333333332dc8p-4, 0x1.6db6db6e442c2p-5, 0x1.f1c71c1478c97p-6,
      0x1.6e8bb30e1ed28p-6, 0x1.1c4d1a7281b43p-6, 0x1.c9d1fdde36367p-7, 0x1.780afddec0e07p-7,
      0x1.52eb7199c6db3p-7, 0x1.60375605ed99ep-8, 0x1.20a9f2e3129dp-6, -0x1.f170025cbcac5p-7,
      0x1.dabba2b825275p-6,
    ])
    return Pair(s, (s * z).fma(series, error))
  }

  /// atan(a), a >= 0: atan(c) + atan((a - c)/(1 + c a)) with c among 0, 1/2, 1, 3/2
  /// and infinity, as in FreeBSD's s_atan.c.
  private static func atanMagnitude<B>(_ a: Term<B>) -> Pair<B> {
    func byRegion(
      _ c0: Double, _ half: Double, _ one: Double, _ threeHalves: Double, _ above: Double
    ) -> Term<B> {
      (a < 0.4375).select(
        a.constant(c0),
        (a < 0.6875).select(
          a.constant(half),
          (a < 1.1875).select(
            a.constant(one), (a < 2.4375).select(a.constant(threeHalves), a.constant(above)))))
    }
    let above = a >= 2.4375
    let c = byRegion(0, 0.5, 1, 1.5, 0)
    let numerator = above.select(-1, a - c)
    let denominator = above.select(a, a.fma(c, 1))
    let t = numerator / denominator
    let z = t * t
    let series = z.polynomial([
      -0x1.5555555555554p-2, 0x1.99999999989cap-3, -0x1.24924923bb814p-3, 0x1.c71c713b23b8ep-4,
      -0x1.745cfff22293p-4, 0x1.3b116b8aa7bacp-4, -0x1.10ed8cbfae708p-4, 0x1.df11815eaaccfp-5,
      -0x1.9c79ff2914c57p-5, 0x1.3616e835b771dp-5, -0x1.1ff212c3289c4p-6,
    ])
    let high = byRegion(
      0, 0x1.dac670561bb4fp-2, 0x1.921fb54442d18p-1, 0x1.f730bd281f69bp-1, 0x1.921fb54442d18p+0)
    let low = byRegion(
      0, 0x1.a2b7f222f65e2p-56, 0x1.1a62633145c07p-55, 0x1.007887af0cbbdp-56, 0x1.1a62633145c07p-54)
    let tail = (t * z).fma(series, low)
    // In the lowest region `high` is 0 and t itself is the leading part.
    let lowest = a < 0.4375
    return Pair(lowest.select(t, high), lowest.select(tail, tail + t))
  }
}
