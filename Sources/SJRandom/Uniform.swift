import SJCore
import SJLax
import SJNumPy
import SJTypes

extension Random {
  /// Random bits as unsigned integers of the dtype.
  public static func bits(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = NumPy.canonical(dtype ?? .uint32)
    guard type.isUnsignedInteger else {
      throw SJError(.dtype, "dtype argument to `bits` must be an unsigned int dtype, got \(type)")
    }
    return try randomBits(key, type, shape, "bits")
  }

  private static func randomBits(_ key: Value, _ dtype: DType, _ shape: Shape, _ name: String) throws -> Value {
    try checkShape(shape, name)
    return try Lax.randomBits(typed(key, name), bitWidth: dtype.size * 8, shape: shape)
  }

  static func floatType(_ dtype: DType?, _ name: String) throws -> DType {
    let type = NumPy.canonical(dtype ?? NumPy.defaultFloat)
    guard type.isFloat else {
      throw SJError(.dtype, "dtype argument to `\(name)` must be a float dtype, got \(type)", raises: .valueError)
    }
    return type
  }

  /// Numbers in [minval, maxval): random mantissas of floats in [1, 2), shifted and scaled.
  public static func uniform(
    _ key: Value, _ shape: Shape = [], _ dtype: DType? = nil, minval: Value? = nil, maxval: Value? = nil
  ) throws -> Value {
    let type = try floatType(dtype, "uniform")
    let low = try minval.map { try Lax.convertElementType($0, type) } ?? Lax.scalar(0.0, type)
    let high = try maxval.map { try Lax.convertElementType($0, type) } ?? Lax.scalar(1.0, type)
    let (unsigned, mantissa, one): (DType, Int, Int) =
      switch type {
      case .float16: (.uint16, 10, 0x3C00)
      case .bfloat16: (.uint16, 7, 0x3F80)
      case .float32: (.uint32, 23, 0x3F80_0000)
      default: (.uint64, 52, 0x3FF0_0000_0000_0000)
      }
    // A mantissa of 7 bits is drawn from 8 random bits.
    let drawn: DType = type == .bfloat16 ? .uint8 : unsigned
    let random = try Lax.convertElementType(randomBits(key, drawn, shape, "uniform"), unsigned)
    let shifted = try Lax.shiftRightLogical(random, Lax.scalar(drawn.size * 8 - mantissa, unsigned))
    let pattern = try Lax.bitwiseOr(shifted, Lax.scalar(one, unsigned))
    let floats = try Lax.sub(Lax.bitcastConvertType(pattern, type), Lax.scalar(1.0, type))
    let span = try broadcast(Lax.sub(high, low), shape, "uniform")
    let start = try broadcast(low, shape, "uniform")
    return try Lax.max(start, Lax.add(Lax.mul(floats, span), start))
  }

  static func broadcast(_ x: Value, _ shape: Shape, _ name: String) throws -> Value {
    x.rank == 0 ? x : try NumPy.broadcastTo(x, shape)
  }

  /// Integers in [minval, maxval), made from twice as many bits as the dtype has to keep the bias small.
  public static func randint(
    _ key: Value, _ shape: Shape, minval: Value, maxval: Value, _ dtype: DType? = nil
  ) throws -> Value {
    let type = NumPy.canonical(dtype ?? NumPy.defaultInt)
    guard type.isInteger else { throw SJError(.dtype, "randint only accepts integer dtypes, got \(type)") }
    guard type.size < 4 else { return try wideRandint(key, shape, minval, maxval, type) }
    // Narrow integers are drawn in 32 bits, where the bias is smaller.
    let low = try limited(minval, minimum(of: type), maximum(of: type))
    let high = try limited(maxval, minimum(of: type), maximum(of: type) + 1)
    return try Lax.convertElementType(wideRandint(key, shape, low, high, .int32), type)
  }

  private static func limited(_ x: Value, _ low: Int, _ high: Int) throws -> Value {
    try NumPy.clip(Lax.convertElementType(x, .int32), Lax.scalar(low, .int32), Lax.scalar(high, .int32))
  }

  private static func wideRandint(
    _ key: Value, _ shape: Shape, _ minval: Value, _ maxval: Value, _ type: DType
  ) throws -> Value {
    let (minval, maxval) = (try bound(minval), try bound(maxval))
    let unsigned = DType(name: "uint\(type.size * 8)")!
    let largest = try Lax.scalar(maximum(of: type), type)
    let isBeyond = try NumPy.greater(maxval, clipped(largest, to: maxval.dtype))
    let low = try broadcast(clipped(minval, to: type), shape, "randint")
    let high = try broadcast(clipped(maxval, to: type), shape, "randint")

    let keys = try splitKeys(typed(key, "randint"))
    let higher = try randomBits(keys[0], unsigned, shape, "randint")
    let lower = try randomBits(keys[1], unsigned, shape, "randint")
    let one = try Lax.scalar(1, unsigned)
    var span = try Lax.convertElementType(NumPy.subtract(high, low), unsigned)
    span = try NumPy.where(NumPy.lessEqual(high, low), one, span)
    let widened = try NumPy.logicalAnd(isBeyond, NumPy.greater(high, low))
    span = try NumPy.where(widened, NumPy.add(span, one), span)

    var multiplier = try NumPy.fmod(Lax.scalar(1 << (type.size * 4), unsigned), span)
    multiplier = try Lax.rem(Lax.mul(multiplier, multiplier), span)
    let spans = try NumPy.broadcastTo(span, shape)
    let multipliers = try NumPy.broadcastTo(multiplier, shape)
    var offset = try Lax.add(Lax.mul(Lax.rem(higher, spans), multipliers), Lax.rem(lower, spans))
    offset = try Lax.rem(offset, spans)
    return try NumPy.add(low, Lax.convertElementType(offset, type))
  }

  /// A bound as an integer; floats are cut off, as in JAX.
  private static func bound(_ x: Value) throws -> Value {
    x.dtype.isInteger ? x : try Lax.convertElementType(x, NumPy.defaultInt)
  }

  private static func maximum(of type: DType) -> Int {
    type == .uint64 ? -1 : type.isSignedInteger ? Int.max >> (64 - type.size * 8) : (1 << (type.size * 8)) - 1
  }

  private static func minimum(of type: DType) -> Int {
    type.isUnsignedInteger ? 0 : -(maximum(of: type)) - 1
  }

  /// The integer limited to what another integer type holds, and converted to it.
  private static func clipped(_ x: Value, to type: DType) throws -> Value {
    if x.dtype == .bool { return try Lax.convertElementType(x, type) }
    // Only bounds that the operand's own type can reach matter.
    var value = x
    let (low, high) = (minimum(of: type), maximum(of: type))
    if type != .uint64 {
      if x.dtype == .uint64 || high < maximum(of: x.dtype) { value = try NumPy.minimum(value, Lax.scalar(high, x.dtype)) }
    }
    if x.dtype.isSignedInteger, low > minimum(of: x.dtype) { value = try NumPy.maximum(value, Lax.scalar(low, x.dtype)) }
    return try Lax.convertElementType(value, type)
  }

  /// True with probability `p` (an array, or 0.5).
  public static func bernoulli(_ key: Value, _ p: Value? = nil, _ shape: Shape? = nil) throws -> Value {
    let probability = try p ?? Lax.scalar(0.5, NumPy.defaultFloat)
    guard probability.dtype.isFloat else {
      throw SJError(.dtype, "bernoulli probability `p` must have a floating dtype, got \(probability.dtype).")
    }
    let p = try NumPy.promotedInexact([probability], "bernoulli")[0]
    return try NumPy.less(uniform(key, drawn(shape, [p], "bernoulli"), p.dtype), p)
  }
}
