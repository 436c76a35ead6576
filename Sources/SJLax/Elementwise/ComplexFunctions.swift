import SJLoopIR

/// Elementary functions of complex numbers in terms of real ones, free of spurious
/// overflow and, where the formula allows, accurate in each part.
///
/// Sources: W. Kahan, "Branch cuts for complex elementary functions" (1987); T. Hull, T. Fairgrieve, P. Tang,
/// "Implementing the complex arcsine and arccosine functions using exception handling" (1997).
extension ComplexExpr {
  /// The absolute value, `max * sqrt(1 + (min / max)^2)`.
  var magnitude: RealExpr { hypot(re, im) }

  /// The argument, in [-pi, pi].
  var argument: RealExpr { im.apply(.atan2, re) }

  /// `log |z|`, accurate near the unit circle too.
  var logMagnitude: RealExpr {
    let large = re.abs.apply(.max, im.abs)
    let small = re.abs.apply(.min, im.abs)
    // |z|^2 - 1 to twice the precision, as the parts cancel near the circle.
    let excess = sum([twoProduct(large, large), twoProduct(small, small)], plus: large.constant(-1))
    let near = excess.log1p * 0.5
    // Equal parts stand for (0, 0) and (inf, inf), whose quotient is not a number.
    let ratio = choose(large == small, large.constant(1), small / large)
    let far = large.log + ratio.squared.log1p * 0.5
    return choose(large <= 2 && large.constant(0.5) < large, near, far)
  }

  var exp: ComplexExpr { polar(re.exp, half: (re * 0.5).exp, angle: im) }
  var exp2: ComplexExpr { polar(re.apply(.exp2), half: (re * 0.5).apply(.exp2), angle: im * 0.6931471805599453) }

  /// A radius at an angle. Where the radius overflows, its product with a small cosine need not: then by its root.
  private func polar(_ radius: RealExpr, half: RealExpr, angle: RealExpr) -> ComplexExpr {
    func scaled(_ part: RealExpr) -> RealExpr { choose(radius.isInfinite, half * part * half, radius * part) }
    return ComplexExpr(scaled(angle.cos), choose(im == 0, im, scaled(angle.sin)))
  }

  /// `(expm1 x) cos y - 2 sin(y/2)^2 + i e^x sin y`
  var expm1: ComplexExpr {
    let halfSine = (im * 0.5).sin
    let large = exp
    let real = re.apply(.expm1) * im.cos - halfSine.squared * 2
    return ComplexExpr(choose(re > 64, large.re, real), large.im)
  }

  var log: ComplexExpr { ComplexExpr(logMagnitude, argument) }

  var log1p: ComplexExpr {
    let shifted = self + 1
    // |1 + z|^2 - 1 = 2x + x^2 + y^2
    let excess = sum([twoProduct(re, re), twoProduct(im, im)], plus: re * 2)
    let isClose = re.abs < 2 && im.abs < 2 && excess > -0.5
    return ComplexExpr(choose(isClose, excess.log1p * 0.5, shifted.logMagnitude), shifted.argument)
  }

  /// Kahan's square root, on operands scaled by a power of 4 that keeps the magnitude in range.
  var sqrt: ComplexExpr {
    let large = re.abs.apply(.max, im.abs)
    let (huge, tiny, lift) = re.isDouble ? (0x1p1020, 0x1p-960, 52) : (0x1p124, 0x1p-100, 24)
    func pick(_ whenHuge: Double, _ whenTiny: Double) -> RealExpr {
      choose(large > huge, re.constant(whenHuge), choose(large < tiny, re.constant(whenTiny), re.constant(1)))
    }
    let scale = pick(0.25, Double(sign: .plus, exponent: 2 * lift, significand: 1))
    let unscale = pick(2, Double(sign: .plus, exponent: -lift, significand: 1))
    let (x, y) = (re * scale, im * scale)
    let root = ((x.abs + hypot(x, y)) * 0.5).sqrt
    let other = y.abs / (root * 2)
    let (major, minor) = (root * unscale, other * unscale)
    let result = choose(
      re.signBit, ComplexExpr(minor, major.withSign(of: im)), ComplexExpr(major, minor.withSign(of: im)))
    let finite = choose(large == 0, ComplexExpr(large, im), result)
    return choose(im.isInfinite, ComplexExpr(im.abs, im), finite)
  }

  var rsqrt: ComplexExpr { ComplexExpr(re.constant(1), re.constant(0)) / sqrt }

  /// `x^y = |x|^c e^(-d arg x) cis(c arg x + d log |x|)` for `y = c + di`.
  func pow(_ y: ComplexExpr) -> ComplexExpr {
    let logarithm = logMagnitude
    let angle = argument
    let radius = magnitude.apply(.pow, y.re) * (-(y.im * angle)).exp
    let phase = y.re * angle + y.im * logarithm
    let general = ComplexExpr(radius * phase.cos, radius * phase.sin)
    let zero = ComplexExpr(re.constant(0), re.constant(0))
    let one = ComplexExpr(re.constant(1), re.constant(0))
    let isZeroPower = y.re == 0 && y.im == 0
    let isZeroBase = re == 0 && im == 0 && y.re > 0
    return choose(isZeroPower, one, choose(isZeroBase, zero, general))
  }

  var squared: ComplexExpr {
    // Equal magnitudes cancel, even where their sum overflows.
    let cancels = re.abs == im.abs && isFinite
    return ComplexExpr(choose(cancels, re.constant(0), (re - im) * (re + im)), re * im * 2)
  }

  /// `z / |z|`, zero at zero.
  var sign: ComplexExpr {
    let size = magnitude
    let isZero = size == 0
    return ComplexExpr(choose(isZero, re, re / size), choose(isZero, im, im / size))
  }

  var logistic: ComplexExpr { ComplexExpr(re.constant(1), re.constant(0)) / ((-self).exp + 1) }

  func atan2(_ x: ComplexExpr) -> ComplexExpr {
    // atan2(y, x) = -i log((x + iy) / sqrt(x^2 + y^2))
    ((x + timesI) / (x * x + self * self).sqrt).log.timesMinusI
  }

  /// Where real parts are equal the imaginary ones decide.
  func isLess(than other: ComplexExpr, orEqual: Bool) -> Condition {
    let last = orEqual ? !(other.im < im) : im < other.im
    return re < other.re || (re == other.re && last)
  }
}

// MARK: - Trigonometric and hyperbolic

extension ComplexExpr {
  var sinh: ComplexExpr {
    let (sine, cosine) = (im.sin, im.cos)
    let half = (re.abs * 0.5).exp
    let isLarge = re.abs > (re.isDouble ? 709 : 88)
    let real = choose(isLarge, (half * 0.5 * cosine * half * re.constant(1).withSign(of: re)), re.apply(.sinh) * cosine)
    let imaginary = choose(isLarge, half * 0.5 * sine * half, re.apply(.cosh) * sine)
    return ComplexExpr(choose(re == 0, re, real), choose(im == 0, im, imaginary))
  }

  var cosh: ComplexExpr {
    let (sine, cosine) = (im.sin, im.cos)
    let half = (re.abs * 0.5).exp
    let isLarge = re.abs > (re.isDouble ? 709 : 88)
    let real = choose(isLarge, half * 0.5 * cosine * half, re.apply(.cosh) * cosine)
    let sign = re.constant(1).withSign(of: re)
    let imaginary = choose(isLarge, half * 0.5 * sine * half * sign, re.apply(.sinh) * sine)
    let vanishes = re == 0 || im == 0
    return ComplexExpr(real, choose(vanishes, re.constant(1).withSign(of: re) * re.constant(0).withSign(of: im), imaginary))
  }

  // sin z = -i sinh iz, cos z = cosh iz, tan z = -i tanh iz
  var sin: ComplexExpr { timesI.sinh.timesMinusI }
  var cos: ComplexExpr { timesI.cosh }
  var tan: ComplexExpr { timesI.tanh.timesMinusI }

  /// Kahan's formula with `t = tan y`, `s = sinh x`.
  var tanh: ComplexExpr {
    let tangent = im.apply(.tan)
    let beta = tangent.squared + 1
    let sine = re.apply(.sinh)
    let rho = (sine.squared + 1).sqrt
    let denominator = beta * sine.squared + 1
    let general = ComplexExpr(beta * rho * sine / denominator, tangent / denominator)
    let decay = im.sin * im.cos * 4 * (re.abs * -2).exp
    let limit = ComplexExpr(re.constant(1).withSign(of: re), choose(re.isInfinite && decay.isNaN, re.constant(0), decay))
    let result = choose(re.abs > (re.isDouble ? 22 : 11), limit, general)
    return ComplexExpr(result.re, choose(im == 0, im, result.im))
  }

  /// The quantities of Hull, Fairgrieve and Tang that arcsine and arccosine share, for |x| and |y|:
  /// `side` is such that `asin` has real part atan(|x| / side) and `acos` atan(side / x).
  private var arcParts: (side: RealExpr, imaginary: RealExpr) {
    let (x, y) = (re.abs, im.abs)
    let r = hypot(x + 1, y)
    let s = hypot(x - 1, y)
    let a = (r + s) * 0.5
    let right = r + x + 1
    let inside = ((a + x) * 0.5 * (y.squared / right + (s + (1 - x)))).sqrt
    let outside = y * (((a + x) / right + (a + x) / (s + (x - 1))) * 0.5).sqrt
    let side = choose(x <= 1, inside, outside)
    let excess = (y.squared / right + choose(x < 1, y.squared / (s + (1 - x)), s + (x - 1))) * 0.5
    let low = (excess + (excess * (a + 1)).sqrt).log1p
    let high = (a + (a.squared - 1).sqrt).log
    let general = choose(a <= 1.5, low, high)
    return limits(x, y, side, general)
  }

  /// The parts where squares would underflow (y far smaller than |x - 1|) or overflow.
  private func limits(_ x: RealExpr, _ y: RealExpr, _ side: RealExpr, _ general: RealExpr) -> (RealExpr, RealExpr) {
    let gap = (x - 1).abs
    let epsilon = re.isDouble ? 0x1p-53 : 0x1p-24
    let product = (gap * (x + 1)).sqrt
    let flat = choose(x < 1, y / product, (gap + product).log1p)
    let isFlat = y < gap * epsilon
    let huge = re.isDouble ? 0x1p500 : 0x1p60
    let isHuge = x > huge || y > huge
    let logarithm = ComplexExpr(x, y).logMagnitude + 0.6931471805599453
    return (choose(isHuge, y, side), choose(isHuge, logarithm, choose(isFlat, flat, general)))
  }

  var asin: ComplexExpr {
    let (side, imaginary) = arcParts
    return ComplexExpr(re.apply(.atan2, side), imaginary.withSign(of: im))
  }

  var acos: ComplexExpr {
    let (side, imaginary) = arcParts
    let signed = choose(im.signBit, imaginary, -imaginary)
    return ComplexExpr(side.apply(.atan2, re), signed)
  }

  // asinh z = -i asin iz; acosh z = ±i acos z with a non-negative real part
  var asinh: ComplexExpr { timesI.asin.timesMinusI }
  var acosh: ComplexExpr {
    let arc = acos
    return ComplexExpr(arc.im.abs, arc.re.withSign(of: im))
  }

  /// `1/4 log1p(4x / ((1 - x)^2 + y^2)) + i/2 atan2(2y, (1 - x)(1 + x) - y^2)` for x >= 0 (Kahan).
  var atanh: ComplexExpr {
    let x = re.abs
    let real = (x * 4 / ((1 - x).squared + im.squared)).log1p * 0.25
    let imaginary = (im * 2).apply(.atan2, (1 - x) * (x + 1) - im.squared) * 0.5
    let size = magnitude
    let isHuge = size > (re.isDouble ? 0x1p500 : 0x1p60)
    let farReal = choose(size.isInfinite, re.constant(0), x / size / size)
    let quarterTurn = re.constant(1.5707963267948966).withSign(of: im)
    return ComplexExpr(
      choose(isHuge, farReal, real).withSign(of: re), choose(isHuge, quarterTurn, imaginary))
  }

  var atan: ComplexExpr { timesI.atanh.timesMinusI }
}

// MARK: - Helpers

private func hypot(_ x: RealExpr, _ y: RealExpr) -> RealExpr {
  let large = x.abs.apply(.max, y.abs)
  let small = x.abs.apply(.min, y.abs)
  let ratio = choose(large == 0, large, small / large)
  return choose(x.isInfinite || y.isInfinite, x.constant(.infinity), large * (ratio.squared + 1).sqrt)
}

/// A product and its rounding error.
private func twoProduct(_ a: RealExpr, _ b: RealExpr) -> (high: RealExpr, low: RealExpr) {
  let product = a * b
  return (product, a.fma(b, -product))
}

/// A sum and its rounding error (Knuth).
private func twoSum(_ a: RealExpr, _ b: RealExpr) -> (high: RealExpr, low: RealExpr) {
  let sum = a + b
  let part = sum - a
  return (sum, (a - (sum - part)) + (b - part))
}

/// The sum of numbers given to twice the precision, and one more, rounded about once.
private func sum(_ terms: [(high: RealExpr, low: RealExpr)], plus other: RealExpr) -> RealExpr {
  var total = (high: other, low: other.constant(0))
  for term in terms {
    let next = twoSum(total.high, term.high)
    total = (next.high, total.low + next.low + term.low)
  }
  return total.high + total.low
}
