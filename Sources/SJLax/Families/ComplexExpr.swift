import SJLoopIR

/// A real number inside a kernel, with the operators that formulas are written in.
public struct RealExpr {
  public let kernel: KernelBuilder
  public let id: ExprID

  public init(_ kernel: KernelBuilder, _ id: ExprID) {
    self.kernel = kernel
    self.id = id
  }

  var type: ScalarType { kernel.type(of: id) }
  var isDouble: Bool { type == .f64 }

  func constant(_ value: Double) -> RealExpr { RealExpr(kernel, kernel.constant(value, type)) }
  func apply(_ op: UnaryOp) -> RealExpr { RealExpr(kernel, kernel.unary(op, id)) }
  func apply(_ op: BinaryOp, _ other: RealExpr) -> RealExpr { RealExpr(kernel, kernel.binary(op, id, other.id)) }
  fileprivate func test(_ op: BinaryOp, _ other: RealExpr) -> Condition { Condition(kernel, kernel.binary(op, id, other.id)) }

  static prefix func - (a: RealExpr) -> RealExpr { a.apply(.neg) }
  static func + (a: RealExpr, b: RealExpr) -> RealExpr { a.apply(.add, b) }
  static func - (a: RealExpr, b: RealExpr) -> RealExpr { a.apply(.sub, b) }
  static func * (a: RealExpr, b: RealExpr) -> RealExpr { a.apply(.mul, b) }
  static func / (a: RealExpr, b: RealExpr) -> RealExpr { a.apply(.div, b) }
  static func + (a: RealExpr, b: Double) -> RealExpr { a + a.constant(b) }
  static func - (a: RealExpr, b: Double) -> RealExpr { a - a.constant(b) }
  static func * (a: RealExpr, b: Double) -> RealExpr { a * a.constant(b) }
  static func - (a: Double, b: RealExpr) -> RealExpr { b.constant(a) - b }
  static func / (a: Double, b: RealExpr) -> RealExpr { b.constant(a) / b }
  static func == (a: RealExpr, b: RealExpr) -> Condition { a.test(.eq, b) }
  static func == (a: RealExpr, b: Double) -> Condition { a.test(.eq, a.constant(b)) }
  static func < (a: RealExpr, b: RealExpr) -> Condition { a.test(.lt, b) }
  static func < (a: RealExpr, b: Double) -> Condition { a.test(.lt, a.constant(b)) }
  static func > (a: RealExpr, b: Double) -> Condition { a.test(.gt, a.constant(b)) }
  static func >= (a: RealExpr, b: RealExpr) -> Condition { a.test(.ge, b) }
  static func <= (a: RealExpr, b: Double) -> Condition { a.test(.le, a.constant(b)) }

  var abs: RealExpr { apply(.abs) }
  var sqrt: RealExpr { apply(.sqrt) }
  var exp: RealExpr { apply(.exp) }
  var log: RealExpr { apply(.log) }
  var log1p: RealExpr { apply(.log1p) }
  var sin: RealExpr { apply(.sin) }
  var cos: RealExpr { apply(.cos) }
  var squared: RealExpr { self * self }
  var isInfinite: Condition { abs == .infinity }
  var isNaN: Condition { test(.ne, self) }

  /// `self * b + c`, rounded once.
  func fma(_ b: RealExpr, _ c: RealExpr) -> RealExpr { RealExpr(kernel, kernel.ternary(.fma, id, b.id, c.id)) }

  /// Whether the sign bit is set, that of a zero or NaN included.
  var signBit: Condition {
    let bits: ScalarType = isDouble ? .i64 : .i32
    return Condition(kernel, kernel.binary(.lt, kernel.bitcast(id, to: bits), kernel.constant(0, bits)))
  }

  /// This magnitude with the sign of another number.
  func withSign(of other: RealExpr) -> RealExpr { choose(other.signBit, -abs, abs) }
}

/// A truth value inside a kernel.
public struct Condition {
  let kernel: KernelBuilder
  let id: ExprID

  init(_ kernel: KernelBuilder, _ id: ExprID) {
    self.kernel = kernel
    self.id = id
  }

  static func && (a: Condition, b: Condition) -> Condition { Condition(a.kernel, a.kernel.binary(.and, a.id, b.id)) }
  static func || (a: Condition, b: Condition) -> Condition { Condition(a.kernel, a.kernel.binary(.or, a.id, b.id)) }
  static prefix func ! (a: Condition) -> Condition { Condition(a.kernel, a.kernel.unary(.not, a.id)) }
}

/// `a` where the condition holds, else `b`.
func choose(_ condition: Condition, _ a: RealExpr, _ b: RealExpr) -> RealExpr {
  RealExpr(a.kernel, a.kernel.select(condition.id, a.id, b.id))
}

func choose(_ condition: Condition, _ a: ComplexExpr, _ b: ComplexExpr) -> ComplexExpr {
  ComplexExpr(choose(condition, a.re, b.re), choose(condition, a.im, b.im))
}

/// A complex number inside a kernel.
public struct ComplexExpr {
  public var re: RealExpr
  public var im: RealExpr

  public init(_ re: RealExpr, _ im: RealExpr) {
    self.re = re
    self.im = im
  }

  public init(_ kernel: KernelBuilder, _ element: Element) {
    self.init(RealExpr(kernel, element.pair.0), RealExpr(kernel, element.pair.1))
  }

  public var element: Element { .pair(re.id, im.id) }

  static prefix func - (a: ComplexExpr) -> ComplexExpr { ComplexExpr(-a.re, -a.im) }
  static func + (a: ComplexExpr, b: ComplexExpr) -> ComplexExpr { ComplexExpr(a.re + b.re, a.im + b.im) }
  static func - (a: ComplexExpr, b: ComplexExpr) -> ComplexExpr { ComplexExpr(a.re - b.re, a.im - b.im) }
  static func * (a: ComplexExpr, b: ComplexExpr) -> ComplexExpr {
    ComplexExpr(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }
  static func + (a: ComplexExpr, b: Double) -> ComplexExpr { ComplexExpr(a.re + b, a.im) }

  /// Smith's division (Algorithm 116, CACM 1962), with the infinities of C99 annex G where it gives NaN.
  static func / (a: ComplexExpr, b: ComplexExpr) -> ComplexExpr {
    let byReal = b.im / b.re
    let realDenominator = b.re + b.im * byReal
    let byImaginary = b.re / b.im
    let imaginaryDenominator = b.re * byImaginary + b.im
    let quotient = choose(
      b.re.abs >= b.im.abs,
      ComplexExpr((a.re + a.im * byReal) / realDenominator, (a.im - a.re * byReal) / realDenominator),
      ComplexExpr((a.re * byImaginary + a.im) / imaginaryDenominator, (a.im * byImaginary - a.re) / imaginaryDenominator))
    return choose(quotient.re.isNaN && quotient.im.isNaN, exceptionalQuotient(a, b, otherwise: quotient), quotient)
  }

  private static func exceptionalQuotient(_ a: ComplexExpr, _ b: ComplexExpr, otherwise: ComplexExpr) -> ComplexExpr {
    func unit(_ x: RealExpr) -> RealExpr { choose(x.isInfinite, x.constant(1), x.constant(0)).withSign(of: x) }
    let infinity = a.re.constant(.infinity)
    let zero = a.re.constant(0)
    let overZero = ComplexExpr(infinity.withSign(of: b.re) * a.re, infinity.withSign(of: b.re) * a.im)
    let isOverZero = b.re == 0 && b.im == 0 && !(a.re.isNaN && a.im.isNaN)
    let (c, d) = (unit(a.re), unit(a.im))
    let infinite = ComplexExpr(infinity * (c * b.re + d * b.im), infinity * (d * b.re - c * b.im))
    let isInfinite = (a.re.isInfinite || a.im.isInfinite) && b.isFinite
    let (e, f) = (unit(b.re), unit(b.im))
    let vanishing = ComplexExpr(zero * (a.re * e + a.im * f), zero * (a.im * e - a.re * f))
    let isVanishing = a.isFinite && (b.re.isInfinite || b.im.isInfinite)
    return choose(isOverZero, overZero, choose(isInfinite, infinite, choose(isVanishing, vanishing, otherwise)))
  }

  var isFinite: Condition { re.abs < .infinity && im.abs < .infinity }
  /// Multiplied by i, exactly.
  var timesI: ComplexExpr { ComplexExpr(-im, re) }
  /// Multiplied by -i, exactly.
  var timesMinusI: ComplexExpr { ComplexExpr(im, -re) }
}
