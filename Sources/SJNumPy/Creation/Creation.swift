import SJCore
import SJLax
import SJTypes

extension NumPy {
  public static func zeros(_ shape: Shape, _ dtype: DType? = nil) throws -> Value {
    try Lax.zeros(shape, canonical(dtype ?? defaultFloat))
  }
  public static func ones(_ shape: Shape, _ dtype: DType? = nil) throws -> Value {
    try Lax.ones(shape, canonical(dtype ?? defaultFloat))
  }
  /// An array of one value; its dtype is the value's unless given.
  public static func full(_ shape: Shape, _ value: Value, _ dtype: DType? = nil) throws -> Value {
    let type = canonical(dtype ?? value.dtype)
    if type == .key, value.dtype != .key { return try Lax.full(shape, value, type) }
    let weak = dtype == nil && value.aval.weakType
    return try broadcastTo(Lax.convertElementType(value, type, weakType: weak), shape)
  }
  public static func zerosLike(_ x: Value, _ dtype: DType? = nil, shape: Shape? = nil) throws -> Value {
    try Lax.zeros(shape ?? x.shape, canonical(dtype ?? x.dtype))
  }
  public static func onesLike(_ x: Value, _ dtype: DType? = nil, shape: Shape? = nil) throws -> Value {
    try Lax.ones(shape ?? x.shape, canonical(dtype ?? x.dtype))
  }
  public static func fullLike(_ x: Value, _ value: Value, _ dtype: DType? = nil, shape: Shape? = nil) throws -> Value {
    try full(shape ?? x.shape, value, dtype ?? x.dtype)
  }

  /// `start, start + step, …` up to but without `stop`, for integers.
  public static func arange(_ start: Int, _ stop: Int, _ step: Int = 1, _ dtype: DType? = nil) throws -> Value {
    guard step != 0 else { throw SJError(.invalidArgument, "arange: step must not be 0") }
    let (span, overflow) = stop.subtractingReportingOverflow(start)
    guard !overflow else { throw SJError(.invalidArgument, "arange: the range is too long") }
    let count = Swift.max(0, step > 0 ? (span + step - 1) / step : (span + step + 1) / step)
    return try affineRange(count, Double(start), Double(step), canonical(dtype ?? defaultInt))
  }

  /// `start, start + step, …` up to but without `stop`, for floats: `ceil((stop - start) / step)` values.
  public static func arange(_ start: Double, _ stop: Double, _ step: Double = 1, _ dtype: DType? = nil) throws -> Value {
    guard step != 0, ((stop - start) / step).isFinite, (stop - start) / step < 1e15 else {
      throw SJError(.invalidArgument, "arange: cannot count from \(start) to \(stop) in steps of \(step)")
    }
    let count = Swift.max(0, Int(((stop - start) / step).rounded(.up)))
    return try affineRange(count, start, step, canonical(dtype ?? defaultFloat))
  }

  private static func affineRange(_ count: Int, _ start: Double, _ step: Double, _ dtype: DType) throws -> Value {
    let steps = try Lax.iota(dtype, count)
    let scaled = step == 1 ? steps : try multiply(steps, Lax.scalar(step, dtype))
    return start == 0 ? scaled : try add(scaled, Lax.scalar(start, dtype))
  }

  public static func eye(_ rows: Int, _ columns: Int? = nil, k: Int = 0, _ dtype: DType? = nil) throws -> Value {
    guard rows >= 0, columns ?? 0 >= 0 else {
      throw SJError(.invalidArgument, "eye: negative dimensions are not allowed, got \(rows) and \(columns ?? rows)")
    }
    return try Lax.eye(rows: rows, columns: columns ?? rows, offset: k, dtype: canonical(dtype ?? defaultFloat))
  }
}
