import SJLoopIR

extension Lax {
  /// A rank-0 array.
  public static func scalar(_ value: Double, _ dtype: DType, weakType: Bool = false) throws -> Value {
    try scalar(bits: dtype.scalar.bits(of: value), dtype, weakType: weakType)
  }

  /// A rank-0 array of an integer, exact for all 64 bits.
  public static func scalar(_ value: Int, _ dtype: DType, weakType: Bool = false) throws -> Value {
    let type = dtype.scalar
    let bits = type.isInteger ? UInt64(bitPattern: Int64(value)) : type.bits(of: Double(value))
    return try scalar(bits: bits, dtype, weakType: weakType)
  }

  private static func scalar(bits: UInt64, _ dtype: DType, weakType: Bool) throws -> Value {
    let array = try ConcreteArray(uninitialized: AbstractValue(dtype, [], weakType: weakType))
    // Little-endian: the low bytes are the value. The imaginary part is zero.
    let parts = [bits, 0]
    let size = dtype.scalar.size
    for part in 0..<dtype.componentCount {
      withUnsafeBytes(of: parts[part]) { source in
        guard let base = source.baseAddress, let target = try? array.mutableBytes() else { return }
        (target + part * size).copyMemory(from: base, byteCount: size)
      }
    }
    return array
  }

  /// A constant of the dtype of `x`, weak where `x` is, as the rules of derivatives need it.
  public static func constant(_ value: Double, like x: Value) throws -> Value {
    try scalar(value, x.dtype, weakType: x.aval.weakType)
  }

  /// `jax.lax.full`: an array of one value.
  public static func full(_ shape: Shape, _ value: Double, _ dtype: DType) throws -> Value {
    dtype == .key ? try keys(shape, ofWords: scalar(value, .uint32)) : try broadcast(try scalar(value, dtype), shape)
  }

  /// `jax.lax.full` with an array of rank 0 for the value.
  public static func full(_ shape: Shape, _ value: Value, _ dtype: DType? = nil) throws -> Value {
    guard value.rank == 0 else {
      throw SJError(.shape, "full: must be called with scalar fill_value, got fill_value of type \(value.aval)")
    }
    if dtype == .key, value.dtype != .key { return try keys(shape, ofWords: convertElementType(value, .uint32)) }
    return try broadcast(try convertElementType(value, dtype ?? value.dtype), shape)
  }

  /// Keys both of whose words are the same. Made by equations: a key is no literal of a jaxpr, and would be a constant that its
  /// function closes over.
  private static func keys(_ shape: Shape, ofWords word: Value) throws -> Value {
    try randomWrap(broadcast(word, shape + [2]))
  }

  public static func zeros(_ shape: Shape, _ dtype: DType) throws -> Value { try full(shape, 0, dtype) }
  public static func ones(_ shape: Shape, _ dtype: DType) throws -> Value { try full(shape, 1, dtype) }
  public static func zerosLike(_ x: Value) throws -> Value { try zeros(x.shape, x.dtype) }
  public static func onesLike(_ x: Value) throws -> Value { try ones(x.shape, x.dtype) }
  public static func fullLike(_ x: Value, _ value: Double) throws -> Value { try full(x.shape, value, x.dtype) }
}

extension ScalarType {
  /// The bit pattern of a number rounded to this type.
  func bits(of value: Double) -> UInt64 {
    switch self {
    case .bool: value != 0 ? 1 : 0
    case .f16: UInt64(Float16(value).bitPattern)
    case .bf16: bfloat16Bits(Float(value))
    case .f32: UInt64(Float(value).bitPattern)
    case .f64: value.bitPattern
    default: integerBits(value)
    }
  }

  private func integerBits(_ value: Double) -> UInt64 {
    if value >= 9.2e18 { return value >= 1.8446744073709552e19 ? .max : UInt64(value) }
    guard value.isFinite else { return 0 }
    return UInt64(bitPattern: Int64(max(value, -9.2e18)))
  }

  /// Rounds to nearest, ties to even; a NaN stays one.
  private func bfloat16Bits(_ value: Float) -> UInt64 {
    if value.isNaN { return 0x7FC0 }
    let bits = value.bitPattern
    return UInt64((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
  }
}
