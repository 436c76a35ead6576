import SJCore
import SJLax
import SJTypes

// Reductions that pass over NaNs. Integers have none, so that they go to the plain ones.

extension NumPy {
  private static func replacingNaN(_ x: Value, by identity: Double) throws -> Value {
    x.dtype.isInexact ? try `where`(isnan(x), identity, x) : x
  }

  public static func nansum(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    try sum(replacingNaN(x, by: 0), axis: axis, dtype: dtype, keepdims: keepdims, initial: initial, where: mask)
  }

  public static func nanprod(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    try prod(replacingNaN(x, by: 1), axis: axis, dtype: dtype, keepdims: keepdims, initial: initial, where: mask)
  }

  /// NaN where all elements are, unless there is an initial value.
  public static func nanmax(
    _ x: Value, axis: [Int]? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    let result = try max(replacingNaN(x, by: -.infinity), axis: axis, keepdims: keepdims, initial: initial, where: mask)
    return try initial == nil ? markingAllNaN(x, axis, keepdims, result) : result
  }

  public static func nanmin(
    _ x: Value, axis: [Int]? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    let result = try min(replacingNaN(x, by: .infinity), axis: axis, keepdims: keepdims, initial: initial, where: mask)
    return try initial == nil ? markingAllNaN(x, axis, keepdims, result) : result
  }

  private static func markingAllNaN(_ x: Value, _ axis: [Int]?, _ keepdims: Bool, _ result: Value) throws -> Value {
    x.dtype.isInexact ? try `where`(all(isnan(x), axis: axis, keepdims: keepdims), .nan, result) : result
  }

  public static func nanmean(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    guard x.dtype.isInexact else { return try mean(x, axis: axis, dtype: dtype, keepdims: keepdims, where: mask) }
    let type = canonical(dtype ?? x.dtype)
    let count = try sum(!isnan(x), axis: axis, dtype: type, keepdims: keepdims, where: mask)
    return try Lax.div(nansum(x, axis: axis, dtype: type, keepdims: keepdims, where: mask), count)
  }

  public static func nanvar(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, ddof: Double = 0, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    guard x.dtype.isInexact else {
      return try `var`(x, axis: axis, dtype: dtype, ddof: ddof, keepdims: keepdims, where: mask)
    }
    let working: DType = x.dtype == .float16 || x.dtype == .bfloat16 ? .float32 : x.dtype
    let operand = try converted(x, working)
    let isMissing = try isnan(operand)
    let center = try nanmean(operand, axis: axis, keepdims: true, where: mask)
    let deviation = try `where`(isMissing, 0, operand - center)
    let squared = working.isComplex ? try Lax.real(Lax.mul(deviation, Lax.conj(deviation))) : try Lax.square(deviation)
    let count = try sum(!isMissing, axis: axis, dtype: working.realPart, keepdims: keepdims, where: mask) - ddof
    let total = try sum(squared, axis: axis, keepdims: keepdims, where: mask)
    let isEmpty = try count <= 0
    let variance = try `where`(isEmpty, .nan, total / `where`(isEmpty, 1, count))
    return try converted(variance, dtype.map(canonical) ?? x.dtype.realPart)
  }

  public static func nanstd(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, ddof: Double = 0, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    try sqrt(nanvar(x, axis: axis, dtype: dtype, ddof: ddof, keepdims: keepdims, where: mask))
  }

  /// The index of the largest number; -1 where all are NaN.
  public static func nanargmax(_ x: Value, axis: Int? = nil, keepdims: Bool = false) throws -> Value {
    let result = try argmax(replacingNaN(x, by: -.infinity), axis: axis, keepdims: keepdims)
    return try markingNone(x, axis, keepdims, result)
  }

  public static func nanargmin(_ x: Value, axis: Int? = nil, keepdims: Bool = false) throws -> Value {
    let result = try argmin(replacingNaN(x, by: .infinity), axis: axis, keepdims: keepdims)
    return try markingNone(x, axis, keepdims, result)
  }

  private static func markingNone(_ x: Value, _ axis: Int?, _ keepdims: Bool, _ result: Value) throws -> Value {
    x.dtype.isInexact ? try `where`(all(isnan(x), axis: axis.map { [$0] }, keepdims: keepdims), -1, result) : result
  }

  public static func nancumsum(_ x: Value, axis: Int? = nil, dtype: DType? = nil) throws -> Value {
    try cumsum(replacingNaN(x, by: 0), axis: axis, dtype: dtype)
  }

  public static func nancumprod(_ x: Value, axis: Int? = nil, dtype: DType? = nil) throws -> Value {
    try cumprod(replacingNaN(x, by: 1), axis: axis, dtype: dtype)
  }
}
