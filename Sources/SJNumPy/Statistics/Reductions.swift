import SJCore
import SJLax
import SJTypes

extension NumPy {
  /// Reduces axes (nil: all) after conversion, keeping them with size 1 where asked.
  static func reduce(
    _ x: Value, _ axes: [Int]?, keepdims: Bool, _ name: String, _ operation: (Value, [Int]) throws -> Value
  ) throws -> Value {
    let axes = try canonicalAxes(axes, rank: x.rank, name)
    let result = try operation(x, axes)
    return keepdims ? try Lax.expandDims(result, axes) : result
  }

  /// Elements outside the mask replaced by the identity of the reduction.
  private static func masked(_ x: Value, _ mask: Value?, identity: Double) throws -> Value {
    try mask.map { try `where`($0, x, Lax.scalar(identity, x.dtype)) } ?? x
  }

  /// Narrow integers and booleans are summed as the default integer.
  private static func accumulated(_ x: Value, _ dtype: DType?) throws -> Value {
    if let dtype { return try Lax.convertElementType(x, canonical(dtype)) }
    if x.dtype == .bool { return try Lax.convertElementType(x, defaultInt) }
    guard x.dtype.isInteger else { return x }
    let wide: DType = x.dtype.isSignedInteger ? defaultInt : (Config.current.enableX64 ? .uint64 : .uint32)
    return x.dtype.size < wide.size ? try Lax.convertElementType(x, wide) : x
  }

  public static func sum(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    let total = try reduce(masked(accumulated(x, dtype), mask, identity: 0), axis, keepdims: keepdims, "sum") {
      try Lax.reduceSum($0, axes: $1)
    }
    return try initial.map { try add(total, Lax.convertElementType($0, total.dtype)) } ?? total
  }

  public static func prod(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    let product = try reduce(masked(accumulated(x, dtype), mask, identity: 1), axis, keepdims: keepdims, "prod") {
      try Lax.reduceProd($0, axes: $1)
    }
    return try initial.map { try multiply(product, Lax.convertElementType($0, product.dtype)) } ?? product
  }

  public static func max(
    _ x: Value, axis: [Int]? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    try extremum(x, axis, keepdims, initial, mask, "max", least: true, Lax.reduceMax, maximum)
  }

  public static func min(
    _ x: Value, axis: [Int]? = nil, keepdims: Bool = false, initial: Value? = nil, where mask: Value? = nil
  ) throws -> Value {
    try extremum(x, axis, keepdims, initial, mask, "min", least: false, Lax.reduceMin, minimum)
  }

  private static func extremum(
    _ x: Value, _ axis: [Int]?, _ keepdims: Bool, _ initial: Value?, _ mask: Value?, _ name: String, least: Bool,
    _ operation: (Value, [Int]) throws -> Value, _ combine: (Value, Value) throws -> Value
  ) throws -> Value {
    let axes = try canonicalAxes(axis, rank: x.rank, name)
    if initial == nil, axes.contains(where: { x.shape[$0] == 0 }) {
      throw SJError(.invalidArgument, "zero-size array to reduction operation \(name) which has no identity")
    }
    guard mask == nil || initial != nil else {
      throw SJError(
        .invalidArgument,
        "reduction operation \(name) does not have an identity, so to use a where mask one has to specify 'initial'")
    }
    let operand = try mask.map { try `where`($0, x, Lax.convertElementType(initial!, x.dtype)) } ?? x
    let result = try reduce(operand, axis, keepdims: keepdims, name) { try operation($0, $1) }
    return try initial.map { try combine(result, Lax.convertElementType($0, x.dtype)) } ?? result
  }

  public static func all(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false, where mask: Value? = nil) throws -> Value {
    try reduce(masked(asBool(x), mask, identity: 1), axis, keepdims: keepdims, "all") { try Lax.reduceAnd($0, axes: $1) }
  }

  public static func any(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false, where mask: Value? = nil) throws -> Value {
    try reduce(masked(asBool(x), mask, identity: 0), axis, keepdims: keepdims, "any") { try Lax.reduceOr($0, axes: $1) }
  }

  /// The number of elements that are averaged, as a float array or scalar.
  private static func count(_ x: Value, _ axes: [Int], _ keepdims: Bool, _ mask: Value?, _ dtype: DType) throws -> Value {
    if let mask {
      return try sum(broadcastTo(asBool(mask), x.shape), axis: axes, dtype: dtype, keepdims: keepdims)
    }
    return try Lax.scalar(Double(axes.reduce(1) { $0 * x.shape[$1] }), dtype)
  }

  /// The average; integers become floats, 16-bit floats are summed in 32 bits.
  public static func mean(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    let result = dtype.map(canonical) ?? (x.dtype.isInexact ? x.dtype : defaultFloat)
    let axes = try canonicalAxes(axis, rank: x.rank, "mean", raises: .indexError)
    let working: DType = result == .float16 || result == .bfloat16 ? .float32 : result
    let total = try sum(x, axis: axes, dtype: working, keepdims: keepdims, where: mask)
    let average = try divide(total, count(x, axes, keepdims, mask, working.realPart))
    return try cast(average, to: PromotionType(result))
  }

  /// The mean squared deviation, with `count - ddof` as the divisor.
  public static func `var`(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, ddof: Double = 0, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    let result = dtype.map(canonical) ?? (x.dtype.isInexact ? x.dtype.realPart : defaultFloat)
    let axes = try canonicalAxes(axis, rank: x.rank, "var", raises: .indexError)
    let base: DType = x.dtype.isInexact ? x.dtype : defaultFloat
    let working: DType = base == .float16 || base == .bfloat16 ? .float32 : base
    let operand = try Lax.convertElementType(x, working)
    let centered = try subtract(operand, mean(operand, axis: axes, keepdims: true, where: mask))
    let squared = working.isComplex ? try Lax.real(Lax.mul(centered, Lax.conj(centered))) : try Lax.square(centered)
    let divisor = try subtract(
      count(x, axes, keepdims, mask, working.realPart), Lax.scalar(ddof, working.realPart))
    let total = try sum(squared, axis: axes, keepdims: keepdims, where: mask)
    let quotient = try divide(total, divisor)
    let nan = try Lax.scalar(.nan, quotient.dtype)
    let variance = try `where`(greater(divisor, Lax.scalar(0, divisor.dtype)), quotient, nan)
    return try cast(variance, to: PromotionType(result))
  }

  public static func std(
    _ x: Value, axis: [Int]? = nil, dtype: DType? = nil, ddof: Double = 0, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    try sqrt(`var`(x, axis: axis, dtype: dtype, ddof: ddof, keepdims: keepdims, where: mask))
  }

  /// The index of the largest element along an axis (nil: of the flattened array).
  public static func argmax(_ x: Value, axis: Int? = nil, keepdims: Bool = false) throws -> Value {
    try argExtremum(x, axis, keepdims, "argmax") { try Lax.argmax($0, axis: $1, indexDType: defaultInt) }
  }

  public static func argmin(_ x: Value, axis: Int? = nil, keepdims: Bool = false) throws -> Value {
    try argExtremum(x, axis, keepdims, "argmin") { try Lax.argmin($0, axis: $1, indexDType: defaultInt) }
  }

  private static func argExtremum(
    _ x: Value, _ axis: Int?, _ keepdims: Bool, _ name: String, _ operation: (Value, Int) throws -> Value
  ) throws -> Value {
    guard !x.dtype.isComplex else {
      throw SJError(.dtype, "\(name) does not accept dtype \(x.dtype); complex numbers have no order")
    }
    guard let axis else {
      let result = try argExtremum(Lax.reshape(x, [x.aval.elementCount]), 0, false, name, operation)
      return keepdims ? try Lax.expandDims(result, Array(x.shape.indices)) : result
    }
    let resolved = try canonicalAxis(axis, rank: x.rank, name, raises: .indexError)
    guard x.shape[resolved] > 0 else { throw SJError(.invalidArgument, "attempt to get \(name) of an empty sequence") }
    let result = try operation(x, resolved)
    return keepdims ? try Lax.expandDims(result, [resolved]) : result
  }

  public static func cumsum(_ x: Value, axis: Int? = nil, dtype: DType? = nil) throws -> Value {
    try cumulative(x, axis, dtype, "cumsum") { try Lax.cumsum($0, axis: $1) }
  }

  public static func cumprod(_ x: Value, axis: Int? = nil, dtype: DType? = nil) throws -> Value {
    try cumulative(x, axis, dtype, "cumprod") { try Lax.cumprod($0, axis: $1) }
  }

  private static func cumulative(
    _ x: Value, _ axis: Int?, _ dtype: DType?, _ name: String, _ operation: (Value, Int) throws -> Value
  ) throws -> Value {
    guard let axis else { return try cumulative(Lax.reshape(x, [x.aval.elementCount]), 0, dtype, name, operation) }
    let result = dtype.map(canonical) ?? (x.dtype == .bool ? defaultInt : x.dtype)
    return try operation(Lax.convertElementType(x, result), canonicalAxis(axis, rank: x.rank, name))
  }
}
