import SJCore
import SJLax
import SJTypes

// Counting by position and by bin.

extension NumPy {
  /// How often each of 0 ..< length occurs (or the sum of its weights).
  /// - Parameter length: of the result; without one the values must be known.
  public static func bincount(_ x: Value, weights: Value? = nil, minlength: Int = 0, length: Int? = nil) throws -> Value {
    guard x.dtype.isInteger || x.dtype == .bool else {
      throw SJError(.dtype, "x argument to bincount must have an integer type; got \(x.dtype)")
    }
    guard x.rank == 1 else { throw SJError(.invalidArgument, "bincount: only 1-dimensional input supported, got \(x.aval)") }
    if let weights, weights.shape != x.shape {
      throw SJError(.invalidArgument, "bincount: weights must have the shape of x, got \(weights.aval) and \(x.aval)")
    }
    let positions = try x.dtype == .bool ? converted(x, .int32) : maximum(x, constant(0, like: x))
    let count = try length ?? Swift.max(minlength, x.shape[0] == 0 ? 0 : longest(positions) + 1)
    let amounts = try weights ?? Lax.ones(x.shape, defaultInt)
    return try at(Lax.zeros([count], amounts.dtype), [.array(positions)], .add, amounts)
  }

  private static func longest(_ x: Value) throws -> Int {
    try concreteInteger(max(x), for: "bincount without a static length argument")
  }

  /// The edges of `bins` equal bins over a range (nil: that of the data), or the given edges.
  public static func histogramBinEdges(
    _ x: Value, bins: Int = 10, edges: Value? = nil, range: Value? = nil
  ) throws -> Value {
    let type = x.dtype.isInexact ? x.dtype : defaultFloat
    if let edges {
      guard edges.rank == 1 else { throw SJError(.invalidArgument, "histogram: edges must be a vector, got \(edges.aval)") }
      return try converted(edges, type)
    }
    guard bins > 0 else { throw SJError(.invalidArgument, "histogram: `bins` must be positive, got \(bins)") }
    let limits = try converted(range ?? stack([min(x), max(x)]), type)
    guard limits.shape == [2] else {
      throw SJError(.invalidArgument, "`range` must be either None or a sequence of two scalars, got \(limits.aval)")
    }
    let (low, high) = (try pick(limits, 0), try pick(limits, 1))
    let isPoint = try equal(low, high)
    return try linspace(
      `where`(isPoint, low - 0.5, low), `where`(isPoint, high + 0.5, high), bins + 1, dtype: type
    ).values
  }

  /// Counts (or sums of weights) of the elements between neighbouring edges, and the edges; the last bin is closed.
  public static func histogram(
    _ x: Value, bins: Int = 10, edges: Value? = nil, range: Value? = nil, weights: Value? = nil, density: Bool = false
  ) throws -> (counts: Value, edges: Value) {
    if let weights, weights.shape != x.shape {
      throw SJError(.invalidArgument, "histogram: weights should have the same shape as a, got \(weights.aval) and \(x.aval)")
    }
    let operands = try promotedInexact([x] + (weights.map { [$0] } ?? []), "histogram").map(ravel)
    let values = operands[0]
    let edges = try histogramBinEdges(values, bins: bins, edges: edges, range: range)
    let last = edges.shape[0] - 1
    let found = try searchsorted(edges, values, right: true)
    let bin = try `where`(equal(values, pick(edges, last)), Double(last), found)
    let amounts = weights == nil ? try Lax.ones(values.shape, values.dtype) : operands[1]
    let totals = try at(Lax.zeros([last + 1], amounts.dtype), [.array(bin)], .add, amounts)
    let counts = try slice(totals, 1..<(last + 1))
    guard density else { return (counts, edges) }
    return (try counts / diff(edges) / sum(counts), edges)
  }

  /// The bins that values fall into, for increasing or decreasing edges.
  public static func digitize(_ x: Value, _ bins: Value, right: Bool = false) throws -> Value {
    guard bins.rank == 1 else {
      throw SJError(.invalidArgument, "digitize: bins must be a 1-dimensional array; got \(bins.aval)")
    }
    let count = bins.shape[0]
    if count == 0 { return try Lax.zeros(x.shape, .int32) }
    let rising = try searchsorted(bins, x, right: !right)
    let falling = try Double(count) - searchsorted(Lax.rev(bins, [0]), x, right: !right)
    return try `where`(pick(bins, -1) >= pick(bins, 0), rising, falling)
  }
}
