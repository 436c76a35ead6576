import SJCore
import SJLax
import SJTypes

// Quantiles by sorting. The reduced axes come last and become one; the positions between which a
// quantile lies follow from the number of elements, or of those that are not NaN.

extension NumPy {
  /// Quantiles `q` (a scalar or a vector, whose axis comes first) over axes (nil: all).
  /// - Parameter method: `linear`, `lower`, `higher`, `midpoint` or `nearest`.
  public static func quantile(
    _ x: Value, _ q: Value, axis: [Int]? = nil, method: String = "linear", keepdims: Bool = false
  ) throws -> Value {
    try quantile("quantile", x, q, axis, method, keepdims, skippingNaN: false)
  }

  public static func nanquantile(
    _ x: Value, _ q: Value, axis: [Int]? = nil, method: String = "linear", keepdims: Bool = false
  ) throws -> Value {
    try quantile("nanquantile", x, q, axis, method, keepdims, skippingNaN: true)
  }

  public static func percentile(
    _ x: Value, _ q: Value, axis: [Int]? = nil, method: String = "linear", keepdims: Bool = false
  ) throws -> Value {
    try quantile("percentile", x, promotedInexact([q], "percentile")[0] / 100, axis, method, keepdims, skippingNaN: false)
  }

  public static func nanpercentile(
    _ x: Value, _ q: Value, axis: [Int]? = nil, method: String = "linear", keepdims: Bool = false
  ) throws -> Value {
    try quantile("nanpercentile", x, promotedInexact([q], "nanpercentile")[0] / 100, axis, method, keepdims, skippingNaN: true)
  }

  public static func median(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    try quantile("median", x, Lax.scalar(0.5, defaultFloat, weakType: true), axis, "midpoint", keepdims, skippingNaN: false)
  }

  public static func nanmedian(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    try quantile("nanmedian", x, Lax.scalar(0.5, defaultFloat, weakType: true), axis, "midpoint", keepdims, skippingNaN: true)
  }

  private static func quantile(
    _ name: String, _ x: Value, _ q: Value, _ axis: [Int]?, _ method: String, _ keepdims: Bool, skippingNaN: Bool
  ) throws -> Value {
    let x = try promotedInexact([x], name)[0]
    let q = try promotedInexact([q], name)[0]
    if x.dtype.isComplex {
      throw SJError(.invalidArgument, "\(name) does not support complex input, as the operation is poorly defined.")
    }
    guard q.rank <= 1 else { throw SJError(.invalidArgument, "\(name): q must have rank <= 1, got \(q.aval)") }
    let axes = try canonicalAxes(axis, rank: x.rank, name)
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let count = axes.reduce(1) { $0 * x.shape[$1] }
    guard count > 0 else { throw SJError(.invalidArgument, "\(name): no elements to choose from in \(x.aval)") }
    let rows = try Lax.reshape(transpose(x, kept + axes), kept.map { x.shape[$0] } + [count])
    let ends = try skippingNaN ? quantileEndsSkippingNaN(rows, q) : quantileEnds(rows, q, count)
    let result = try converted(interpolated(ends, method, q.dtype), x.dtype)
    guard keepdims else { return result }
    return try Lax.reshape(result, q.shape + x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] })
  }

  /// The sorted neighbours of quantiles, [q…, rows…], and how far up between them each lies.
  private struct QuantileEnds {
    var low: Value
    var high: Value
    var fraction: Value
  }

  private static func quantileEnds(_ rows: Value, _ q: Value, _ count: Int) throws -> QuantileEnds {
    let last = rows.rank - 1
    let marked = try `where`(any(isnan(rows), axis: [last], keepdims: true), .nan, rows)
    let sorted = try Lax.sort(marked, dimension: last)
    let position = try q * Double(count - 1)
    let low = try Lax.floor(position)
    func values(_ position: Value) throws -> Value {
      let inside = try clip(position, constant(0, like: position), constant(Double(count - 1), like: position))
      let taken = try take(sorted, converted(inside, defaultInt), axis: last, mode: .clip)
      return q.rank == 0 ? taken : try moveaxis(taken, [-1], [0])
    }
    let fraction = try Lax.reshape(position - low, q.shape + Shape(repeating: 1, count: last))
    return QuantileEnds(low: try values(low), high: try values(Lax.ceil(position)), fraction: fraction)
  }

  private static func quantileEndsSkippingNaN(_ rows: Value, _ q: Value) throws -> QuantileEnds {
    let last = rows.rank - 1
    // Sorted to the end, whatever their signs.
    let sorted = try Lax.sort(`where`(isnan(rows), .nan, rows), dimension: last)
    let top = try sum(!isnan(rows), axis: [last], dtype: q.dtype) - 1
    let position = try Lax.reshape(q, q.shape + Shape(repeating: 1, count: last)) * Lax.expandDims(top, Array(q.shape.indices))
    let low = try Lax.floor(position)
    func values(_ position: Value) throws -> Value {
      let inside = try converted(maximum(constant(0, like: position), minimum(position, top)), defaultInt)
      let index = q.rank == 0 ? try Lax.expandDims(inside, [last]) : try moveaxis(inside, [0], [-1])
      let taken = try takeAlongAxis(sorted, index, axis: last)
      return q.rank == 0 ? try Lax.squeeze(taken, [last]) : try moveaxis(taken, [-1], [0])
    }
    return QuantileEnds(low: try values(low), high: try values(Lax.ceil(position)), fraction: try position - low)
  }

  private static func interpolated(_ ends: QuantileEnds, _ method: String, _ dtype: DType) throws -> Value {
    switch method {
    case "linear":
      return try converted(ends.low, dtype) * (1 - ends.fraction) + converted(ends.high, dtype) * ends.fraction
    case "lower": return ends.low
    case "higher": return ends.high
    case "midpoint": return try (ends.low + ends.high) * 0.5
    case "nearest": return try `where`(ends.fraction <= 0.5, ends.low, ends.high)
    default:
      throw SJError(
        .invalidArgument, "method can only be 'linear', 'lower', 'higher', 'midpoint' or 'nearest', got '\(method)'")
    }
  }
}
