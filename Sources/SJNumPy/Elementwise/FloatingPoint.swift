import SJCore
import SJLax
import SJTypes

// The parts of floating-point numbers: sign, exponent, fraction, neighbours.

extension NumPy {
  /// Whether the sign is minus, that of zeros and NaNs included.
  public static func signbit(_ x: Value) throws -> Value {
    if x.dtype == .bool { return try Lax.full(x.shape, 0, .bool) }
    if x.dtype.isInteger { return try x < 0 }
    try requireReal(x, "signbit")
    let bits = DType(name: "int\(x.dtype.size * 8)")!
    return try Lax.lt(Lax.bitcastConvertType(x, bits), Lax.scalar(0, bits))
  }

  /// The magnitude of the first with the sign of the second.
  public static func copysign(_ x: Value, _ y: Value) throws -> Value {
    let operands = try promotedInexact([x, y], "copysign")
    try requireReal(operands[0], "copysign")
    let magnitude = try Lax.abs(operands[0])
    return try `where`(signbit(operands[1]), Lax.neg(magnitude), magnitude)
  }

  public static func fabs(_ x: Value) throws -> Value {
    try requireReal(x, "fabs")
    return try inexactUnary("fabs", x, Lax.abs)
  }

  /// Fraction and whole part, both with the operand's sign.
  public static func modf(_ x: Value) throws -> (fraction: Value, whole: Value) {
    let x = try promotedInexact([x], "modf")[0]
    let whole = try `where`(x >= 0, Lax.floor(x), Lax.ceil(x))
    return (try x - whole, whole)
  }

  private struct FloatLayout {
    let integer: DType
    let mantissaBits: Int
    let bias: Int
    var exponentMask: Int { 2 * bias + 1 }

    init(_ dtype: DType) {
      switch dtype {
      case .float16: (integer, mantissaBits, bias) = (.int16, 10, 15)
      case .bfloat16: (integer, mantissaBits, bias) = (.int16, 7, 127)
      case .float32: (integer, mantissaBits, bias) = (.int32, 23, 127)
      default: (integer, mantissaBits, bias) = (.int64, 52, 1023)
      }
    }
  }

  /// Mantissas in [0.5, 1) and exponents with `x = mantissa * 2 ** exponent`, read off the bits.
  public static func frexp(_ x: Value) throws -> (mantissa: Value, exponent: Value) {
    let x = try promotedInexact([x], "frexp")[0]
    guard !x.dtype.isComplex else { throw SJError(.dtype, "frexp does not support complex-valued inputs") }
    let layout = FloatLayout(x.dtype)
    func number(_ value: Int) throws -> Value { try Lax.scalar(value, layout.integer) }
    func biasedExponent(_ bits: Value) throws -> Value {
      try Lax.bitwiseAnd(Lax.shiftRightArithmetic(bits, number(layout.mantissaBits)), number(layout.exponentMask))
    }
    // Subnormal numbers are brought into the normal range first.
    let isTiny = try isEqual(biasedExponent(Lax.bitcastConvertType(x, layout.integer)), 0)
    let shift = layout.mantissaBits + 2
    let scaled = try `where`(isTiny, x * Double(1 << shift), x)
    let bits = try Lax.bitcastConvertType(scaled, layout.integer)
    let exponent = try biasedExponent(bits) - Double(layout.bias - 1)
    let adjusted = try `where`(isTiny, exponent - Double(shift), exponent)
    let kept = try Lax.bitwiseAnd(bits, number(~(layout.exponentMask << layout.mantissaBits)))
    let half = try Lax.bitwiseOr(kept, number((layout.bias - 1) << layout.mantissaBits))
    let isPlain = try isfinite(x) && Lax.ne(x, constant(0, like: x))
    let mantissa = try `where`(isPlain, Lax.bitcastConvertType(half, x.dtype), x)
    return (mantissa, try converted(`where`(isPlain, adjusted, 0), .int32))
  }

  /// `x * 2 ** exponent` without overflow on the way.
  public static func ldexp(_ x: Value, _ exponent: Value) throws -> Value {
    guard !x.dtype.isComplex, !exponent.dtype.isInexact else {
      throw SJError(.invalidArgument, "ldexp not supported for input types \(x.dtype) and \(exponent.dtype)")
    }
    let x = try promotedInexact([x], "ldexp")[0]
    let parts = try frexp(x)
    let sum = try converted(parts.exponent, x.dtype) + converted(exponent, x.dtype)
    // One factor of two goes to the mantissa: 2 ** sum may be infinite where the result is not.
    let isPositive = try sum > 0
    let mantissa = try `where`(isPositive, parts.mantissa * 2, parts.mantissa)
    let power = try Lax.pow(Lax.full(sum.shape, 2, x.dtype), `where`(isPositive, sum - 1, sum))
    return try `where`(isinf(x) || isEqual(x, 0), x, mantissa * power)
  }

  /// The distance to the next number away from zero.
  public static func spacing(_ x: Value) throws -> Value {
    let x = try promotedInexact([x], "spacing")[0]
    try requireReal(x, "spacing")
    let infinity = try constant(.infinity, like: x)
    if x.dtype == .float16 { return try Lax.nextafter(x, broadcastTo(infinity, x.shape)) - x }
    let layout = FloatLayout(x.dtype)
    let smallest = try Lax.bitcastConvertType(Lax.full(x.shape, 1, layout.integer), x.dtype)
    let gap = try Lax.nextafter(x, broadcastTo(copysign(infinity, x), x.shape)) - x
    return try `where`(isEqual(gap, 0), copysign(smallest, x), gap)
  }

  public static func isposinf(_ x: Value) throws -> Value { try isInfinity(x, .infinity, "isposinf") }
  public static func isneginf(_ x: Value) throws -> Value { try isInfinity(x, -.infinity, "isneginf") }

  private static func isInfinity(_ x: Value, _ infinity: Double, _ name: String) throws -> Value {
    try requireReal(x, name)
    return x.dtype.isInexact ? try isEqual(x, infinity) : try Lax.full(x.shape, 0, .bool)
  }

  /// NaNs and infinities replaced by numbers: 0 and the largest finite ones unless given.
  public static func nanToNum(_ x: Value, nan: Value? = nil, posinf: Value? = nil, neginf: Value? = nil) throws -> Value {
    guard x.dtype.isInexact else { return x }
    if x.dtype.isComplex {
      return try Lax.complex(
        nanToNum(Lax.real(x), nan: nan, posinf: posinf, neginf: neginf),
        nanToNum(Lax.imag(x), nan: nan, posinf: posinf, neginf: neginf))
    }
    func number(_ given: Value?, _ default: Double) throws -> Value {
      try given.map { try converted($0, x.dtype) } ?? Lax.scalar(`default`, x.dtype)
    }
    let largest = largestFinite(x.dtype)
    var result = try `where`(isnan(x), number(nan, 0), x)
    result = try `where`(isposinf(result), number(posinf, largest), result)
    return try `where`(isneginf(result), number(neginf, -largest), result)
  }

  static func largestFinite(_ dtype: DType) -> Double {
    switch dtype {
    case .float16: 65504
    case .bfloat16: 0x1.FEp127
    case .float32: Double(Float.greatestFiniteMagnitude)
    default: Double.greatestFiniteMagnitude
    }
  }
}
