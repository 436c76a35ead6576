import SJCore
import SJLax
import SJTypes

// Numbers spaced evenly, on a linear or logarithmic scale.

extension NumPy {
  /// `count` numbers from `start` to `stop` along a new axis, and the step between them.
  public static func linspace(
    _ start: Value, _ stop: Value, _ count: Int = 50, endpoint: Bool = true, dtype: DType? = nil, axis: Int = 0
  ) throws -> (values: Value, step: Value) {
    guard count >= 0 else { throw SJError(.invalidArgument, "Number of samples, \(count), must be non-negative.") }
    let type = try dtype.map(canonical) ?? inexact(resultType([start, stop], "linspace"), "linspace").dtype
    let working = type.isInexact ? type : defaultFloat
    let ends = try [start, stop].map { try converted($0, working) }
    let bounds = try broadcast(ends, "linspace")
    let position = try canonicalAxis(axis, rank: bounds[0].rank + 1, "linspace")
    let divisions = endpoint ? count - 1 : count
    let step =
      count == 0 || divisions == 0 ? try Lax.scalar(.nan, working) : try (ends[1] - ends[0]) / Double(divisions)
    let values = try interpolated(bounds, position, count, divisions, endpoint: endpoint, working)
    return (try converted(type.isInteger ? Lax.floor(values) : values, type), step)
  }

  /// `start (1 - t) + stop t`, which hits both ends.
  private static func interpolated(
    _ bounds: [Value], _ axis: Int, _ count: Int, _ divisions: Int, endpoint: Bool, _ dtype: DType
  ) throws -> Value {
    let spread = try bounds.map { try Lax.expandDims($0, [axis]) }
    if count <= 1 { return try slice(spread[0], 0..<count, axis: axis) }
    let numbers = try Lax.iota(dtype.realPart, divisions)
    let fraction = try converted(Lax.div(numbers, Lax.full([divisions], Double(divisions), dtype.realPart)), dtype)
    let t = try Lax.reshape(fraction, spread[0].shape.indices.map { $0 == axis ? divisions : 1 })
    let inner = try spread[0] * (1 - t) + spread[1] * t
    return endpoint ? try Lax.concatenate([inner, spread[1]], dimension: axis) : inner
  }

  /// Powers of `base` with evenly spaced exponents.
  public static func logspace(
    _ start: Value, _ stop: Value, _ count: Int = 50, endpoint: Bool = true, base: Value? = nil, dtype: DType? = nil,
    axis: Int = 0
  ) throws -> Value {
    let type = try dtype.map(canonical) ?? inexact(resultType([start, stop], "logspace"), "logspace").dtype
    let working = type.isInexact ? type : defaultFloat
    let exponents = try linspace(converted(start, working), converted(stop, working), count, endpoint: endpoint, axis: axis)
    return try converted(power(base ?? constant(10, like: exponents.values), exponents.values), type)
  }

  /// Numbers of which each is the same multiple of the one before.
  public static func geomspace(
    _ start: Value, _ stop: Value, _ count: Int = 50, endpoint: Bool = true, dtype: DType? = nil, axis: Int = 0
  ) throws -> Value {
    let type = try dtype.map(canonical) ?? inexact(resultType([start, stop], "geomspace"), "geomspace").dtype
    let working = type.isInexact ? type : defaultFloat
    let (first, last) = (try converted(start, working), try converted(stop, working))
    let sign = try sign(first)
    let values = try sign * logspace(log10(first / sign), log10(last / sign), count, endpoint: endpoint, dtype: working)
    return try converted(moveaxis(values, [0], [axis]), type)
  }

  // MARK: Windows

  /// A symmetric window as a function of the positions and the last of them; ones for fewer than two points.
  private static func window(_ count: Int, _ shape: (_ n: Value, _ last: Double) throws -> Value) throws -> Value {
    guard count > 1 else { return try Lax.ones([Swift.max(count, 0)], defaultFloat) }
    return try shape(Lax.iota(defaultFloat, count), Double(count - 1))
  }

  public static func bartlett(_ count: Int) throws -> Value {
    try window(count) { try 1 - abs($0 * 2 + -$1) / $1 }
  }
  public static func hanning(_ count: Int) throws -> Value {
    try window(count) { try (1 - cos($0 * (2 * Double.pi) / $1)) * 0.5 }
  }
  public static func hamming(_ count: Int) throws -> Value {
    try window(count) { try 0.54 - cos($0 * (2 * Double.pi) / $1) * 0.46 }
  }
  public static func blackman(_ count: Int) throws -> Value {
    try window(count) { try 0.42 - cos($0 * (2 * Double.pi) / $1) * 0.5 + cos($0 * (4 * Double.pi) / $1) * 0.08 }
  }
  public static func kaiser(_ count: Int, _ beta: Value) throws -> Value {
    try window(count) { n, last in
      let alpha = last / 2
      let height = try sqrt(1 - square((n - alpha) / alpha))
      return try i0(beta * height) / i0(beta)
    }
  }
}
