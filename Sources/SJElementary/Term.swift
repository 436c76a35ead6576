/// A value under construction, with operators, so that the functions of the
/// table read like the formulas they compute.
public struct Term<B: ElementaryBuilder> {
  public let builder: B
  public let value: B.Value

  public init(_ value: B.Value, _ builder: B) {
    self.value = value
    self.builder = builder
  }

  public var type: ElementaryType { builder.type(of: value) }

  // MARK: Constants of this term's type

  func constant(_ x: Double) -> Term {
    switch type {
    case .f32: return constant(bits: UInt64(Float(x).bitPattern), .f32)
    case .f64: return constant(bits: x.bitPattern, .f64)
    default: return constant(Int(x))
    }
  }

  func constant(_ x: Int) -> Term {
    switch type {
    case .f32, .f64: return constant(Double(x))
    case .i32: return constant(bits: UInt64(UInt32(truncatingIfNeeded: x)), .i32)
    case .i64: return constant(bits: UInt64(bitPattern: Int64(x)), .i64)
    case .mask: return constant(bits: x == 0 ? 0 : 1, .mask)
    }
  }

  func constant(bits: UInt64, _ type: ElementaryType) -> Term {
    Term(builder.constant(bits: bits, type), builder)
  }

  var infinity: Term { constant(.infinity) }
  var nan: Term { constant(.nan) }

  // MARK: Arithmetic

  func unary(_ op: ElementaryUnaryOp) -> Term { Term(builder.unary(op, value), builder) }
  func binary(_ op: ElementaryBinaryOp, _ b: Term) -> Term {
    Term(builder.binary(op, value, b.value), builder)
  }

  static prefix func - (a: Term) -> Term { a.unary(.neg) }
  static func + (a: Term, b: Term) -> Term { a.binary(.add, b) }
  static func - (a: Term, b: Term) -> Term { a.binary(.sub, b) }
  static func * (a: Term, b: Term) -> Term { a.binary(.mul, b) }
  static func / (a: Term, b: Term) -> Term { a.binary(.div, b) }
  static func + (a: Term, b: Double) -> Term { a + a.constant(b) }
  static func - (a: Term, b: Double) -> Term { a - a.constant(b) }
  static func * (a: Term, b: Double) -> Term { a * a.constant(b) }
  static func / (a: Term, b: Double) -> Term { a / a.constant(b) }
  static func + (a: Double, b: Term) -> Term { b.constant(a) + b }
  static func - (a: Double, b: Term) -> Term { b.constant(a) - b }
  static func * (a: Double, b: Term) -> Term { b.constant(a) * b }
  static func / (a: Double, b: Term) -> Term { b.constant(a) / b }

  /// self * b + c, rounded once.
  func fma(_ b: Term, _ c: Term) -> Term {
    Term(builder.fma(value, b.value, c.value), builder)
  }
  func fma(_ b: Double, _ c: Term) -> Term { fma(constant(b), c) }
  func fma(_ b: Term, _ c: Double) -> Term { fma(b, constant(c)) }
  func fma(_ b: Double, _ c: Double) -> Term { fma(constant(b), constant(c)) }

  var magnitude: Term { unary(.abs) }
  var squareRoot: Term { unary(.sqrt) }
  var roundedToEven: Term { unary(.roundEven) }

  /// The bits of `self` with the sign of `b`; `self` must not be negative.
  func withSign(of b: Term) -> Term { (bits | b.signBit).asFloat(type) }
  /// `self` with its sign flipped where `b` is negative.
  func flippingSign(with b: Term) -> Term { (bits ^ b.signBit).asFloat(type) }
  var signBit: Term { bits & (type == .f32 ? 1 << 31 : Int.min) }

  // MARK: Integers and masks

  static func & (a: Term, b: Term) -> Term { a.binary(.and, b) }
  static func | (a: Term, b: Term) -> Term { a.binary(.or, b) }
  static func ^ (a: Term, b: Term) -> Term { a.binary(.xor, b) }
  static func & (a: Term, b: Int) -> Term { a & a.constant(b) }
  static func | (a: Term, b: Int) -> Term { a | a.constant(b) }
  static func << (a: Term, b: Int) -> Term { a.binary(.shl, a.constant(b)) }
  static func >> (a: Term, b: Int) -> Term { a.binary(.shrLogical, a.constant(b)) }
  static prefix func ! (a: Term) -> Term { a.unary(.not) }
  func plus(_ b: Int) -> Term { self + constant(b) }
  func minus(_ b: Int) -> Term { self - constant(b) }

  // MARK: Comparison and choice

  func compare(_ relation: ElementaryRelation, _ b: Term) -> Term {
    Term(builder.compare(relation, value, b.value), builder)
  }
  static func < (a: Term, b: Term) -> Term { a.compare(.lt, b) }
  static func <= (a: Term, b: Term) -> Term { a.compare(.le, b) }
  static func > (a: Term, b: Term) -> Term { a.compare(.gt, b) }
  static func >= (a: Term, b: Term) -> Term { a.compare(.ge, b) }
  static func < (a: Term, b: Double) -> Term { a < a.constant(b) }
  static func <= (a: Term, b: Double) -> Term { a <= a.constant(b) }
  static func > (a: Term, b: Double) -> Term { a > a.constant(b) }
  static func >= (a: Term, b: Double) -> Term { a >= a.constant(b) }
  func equals(_ b: Term) -> Term { compare(.eq, b) }
  func equals(_ b: Double) -> Term { compare(.eq, constant(b)) }
  func differs(_ b: Term) -> Term { compare(.ne, b) }
  func equals(integer b: Int) -> Term { compare(.eq, constant(b)) }
  var isNaN: Term { compare(.ne, self) }

  /// On a mask: `a` where it holds, `b` elsewhere.
  func select(_ a: Term, _ b: Term) -> Term {
    Term(builder.select(value, a.value, b.value), builder)
  }
  func select(_ a: Double, _ b: Term) -> Term { select(b.constant(a), b) }
  func select(_ a: Term, _ b: Double) -> Term { select(a, a.constant(b)) }
  /// The smaller of the two; `b` if either is NaN.
  func minimum(_ b: Term) -> Term { (self < b).select(self, b) }
  func minimum(_ b: Double) -> Term { minimum(constant(b)) }
  /// The larger of the two; `b` if either is NaN.
  func maximum(_ b: Term) -> Term { (self > b).select(self, b) }
  func maximum(_ b: Double) -> Term { maximum(constant(b)) }

  // MARK: Conversion

  func convert(_ conversion: ElementaryConversion, to type: ElementaryType) -> Term {
    Term(builder.convert(conversion, value, to: type), builder)
  }
  var bits: Term { convert(.bitcast, to: type.integer) }
  func asFloat(_ type: ElementaryType) -> Term { convert(.bitcast, to: type) }
  var asFloat: Term { asFloat(type == .i32 ? .f32 : .f64) }
  var widened: Term { convert(.widen, to: .f64) }
  var narrowed: Term { convert(.narrow, to: .f32) }
  func lookup(in table: ConstantTable) -> Term { Term(builder.lookup(table, value), builder) }

  /// An i64 in [0, 2^52) as f64, by placing it below the unit bit of 2^52.
  var smallIntegerToFloat: Term {
    precondition(type == .i64)
    return (self | 0x4330_0000_0000_0000).asFloat - 0x1p52
  }
}

/// A float with an integral value k, with k + `bias` in the low bits of `integer`.
///
/// Adding 1.5 * 2^(precision - 1) rounds to an integer (to even) and leaves it in
/// the low bits, which saves a conversion that AVX2 lacks for 64 bits.
struct RoundedInteger<B: ElementaryBuilder> {
  let float: Term<B>
  let integer: Term<B>
  let bias: Int

  /// |x| + bias < 2^22 (f32) or 2^51 (f64).
  init(_ x: Term<B>) { self.init(shifted: x + Self.magic(x.type), bias: 0) }

  /// round(x * scale), with one rounding fewer. A bias is added for nothing.
  init(_ x: Term<B>, times scale: Double, bias: Int = 0) {
    self.init(shifted: x.fma(scale, Self.magic(x.type) + Double(bias)), bias: bias)
  }

  private init(shifted: Term<B>, bias: Int) {
    float = shifted - (Self.magic(shifted.type) + Double(bias))
    integer = shifted.bits
    self.bias = bias
  }

  private static func magic(_ type: ElementaryType) -> Double { type == .f32 ? 0x1.8p23 : 0x1.8p52 }

  /// The bias of the type's exponents, with which it takes a shift alone to make a power of two.
  static func exponentBias(_ type: ElementaryType) -> Int { type == .f32 ? 127 : 1023 }

  /// 2^(k + shift), which must be a normal number.
  func powerOfTwo(plus shift: Int = 0) -> Term<B> { integer.powerOfTwo(bias: bias - shift) }
}

extension Term {
  /// 2^k, a normal number, for k + bias in the low bits of `self`.
  func powerOfTwo(bias: Int) -> Term {
    let missing = (type == .i32 ? 127 : 1023) - bias
    return ((missing == 0 ? self : plus(missing)) << (type == .i32 ? 23 : 52)).asFloat
  }

  /// c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule with fma.
  func polynomial(_ c: [Double]) -> Term {
    var sum = constant(c[c.count - 1])
    for coefficient in c.dropLast().reversed() { sum = sum.fma(self, coefficient) }
    return sum
  }

  /// As `polynomial`, from the highest coefficient down, with terms as coefficients.
  func horner(descending c: [Term]) -> Term {
    c.dropFirst().reduce(c[0]) { sum, coefficient in sum.fma(self, coefficient) }
  }
}
