import SJCore
import SJLax
import SJTypes

// Averages, spreads and correlations.

extension NumPy {
  /// The weighted average and the sum of the weights.
  public static func average(
    _ x: Value, axis: [Int]? = nil, weights: Value? = nil, keepdims: Bool = false
  ) throws -> (average: Value, weights: Value) {
    let axes = try canonicalAxes(axis, rank: x.rank, "average")
    guard let weights else {
      let result = try mean(promotedInexact([x], "average")[0], axis: axes, keepdims: keepdims)
      let count = axes.reduce(1) { $0 * x.shape[$1] }
      return (result, try Lax.full(result.shape, Double(count), result.dtype))
    }
    let operands = try promotedInexact([x, weights], "average")
    let aligned = try alignedWeights(operands[1], operands[0], axis == nil ? nil : axes)
    let total = try sum(aligned, axis: axes, keepdims: keepdims)
    let result = try sum(operands[0] * aligned, axis: axes, keepdims: keepdims) / total
    return (result, try broadcastTo(total, result.shape))
  }

  /// Weights of the operand's shape, or of the reduced axes alone.
  private static func alignedWeights(_ weights: Value, _ x: Value, _ axes: [Int]?) throws -> Value {
    if weights.shape == x.shape { return weights }
    guard let axes else {
      throw SJError(.invalidArgument, "Axis must be specified when shapes of a and weights differ.")
    }
    guard weights.shape == axes.map({ x.shape[$0] }) else {
      throw SJError(
        .invalidArgument,
        "Shape of weights must be consistent with shape of a along specified axis: got weights \(weights.aval), a \(x.aval), axis \(axes)"
      )
    }
    let order = axes.indices.sorted { axes[$0] < axes[$1] }
    let spread = x.shape.indices.map { axes.contains($0) ? x.shape[$0] : 1 }
    return try broadcastTo(Lax.reshape(transpose(weights, order), spread), x.shape)
  }

  /// The greatest element less the least.
  public static func ptp(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    try Lax.sub(max(x, axis: axis, keepdims: keepdims), min(x, axis: axis, keepdims: keepdims))
  }

  public static func countNonzero(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    try sum(asBool(x), axis: axis, dtype: defaultInt, keepdims: keepdims)
  }

  /// `cumsum` of the array API: narrow integers are widened, and a zero may stand in front.
  public static func cumulativeSum(
    _ x: Value, axis: Int? = nil, dtype: DType? = nil, includeInitial: Bool = false
  ) throws -> Value {
    try cumulative("cumulative_sum", x, axis, dtype, includeInitial ? 0 : nil) { try cumsum($0, axis: $1, dtype: $2) }
  }

  public static func cumulativeProd(
    _ x: Value, axis: Int? = nil, dtype: DType? = nil, includeInitial: Bool = false
  ) throws -> Value {
    try cumulative("cumulative_prod", x, axis, dtype, includeInitial ? 1 : nil) { try cumprod($0, axis: $1, dtype: $2) }
  }

  private static func cumulative(
    _ name: String, _ x: Value, _ axis: Int?, _ dtype: DType?, _ initial: Double?,
    _ operation: (Value, Int, DType) throws -> Value
  ) throws -> Value {
    guard x.rank > 0 else { throw SJError(.invalidArgument, "\(name): the input must not be a scalar, got \(x.aval)") }
    guard axis != nil || x.rank == 1 else {
      throw SJError(
        .invalidArgument, "\(name): the axis argument is only optional for one-dimensional arrays, got \(x.aval)")
    }
    let position = try canonicalAxis(axis ?? 0, rank: x.rank, name)
    let type = try dtype.map(canonical) ?? accumulationType(x.dtype)
    let result = try operation(x, position, type)
    guard let initial else { return result }
    var shape = x.shape
    shape[position] = 1
    return try Lax.concatenate([Lax.full(shape, initial, type), result], dimension: position)
  }

  /// What booleans and narrow integers are accumulated in.
  private static func accumulationType(_ dtype: DType) throws -> DType {
    try sum(Lax.zeros([], dtype)).dtype
  }

  /// The covariance matrix of variables given as rows, with optional frequency and reliability weights.
  public static func cov(
    _ m: Value, _ y: Value? = nil, rowvar: Bool = true, bias: Bool = false, ddof: Int? = nil, fweights: Value? = nil,
    aweights: Value? = nil, dtype: DType? = nil
  ) throws -> Value {
    var rows = try promotedInexact([m] + (y.map { [$0] } ?? []), "cov")
    guard rows.allSatisfy({ $0.rank <= 2 }) else {
      throw SJError(.invalidArgument, "cov: m and y have at most 2 dimensions, got \(m.aval)")
    }
    rows = try rows.map { variable in
      let matrix = try atLeast(2, variable)
      return rowvar || variable.rank < 2 ? matrix : try transpose(matrix)
    }
    var x = try concatenate(rows, axis: 0)
    if let dtype { x = try converted(x, canonical(dtype)) }
    let ddof = ddof ?? (bias ? 0 : 1)
    let weights = try observationWeights(fweights, aweights, count: x.shape[1], x.dtype)
    let (center, total) = try average(x, axis: [1], weights: weights)
    let weightSum = try pick(total, 0)
    let centered = try x - Lax.expandDims(center, [1])
    let weighted = try weights.map { try centered * Lax.expandDims($0, [0]) } ?? centered
    let divisor = try degrees(weightSum, Double(ddof), weights, aweights)
    return try squeeze(dot(centered, conj(transpose(weighted))) / divisor)
  }

  private static func observationWeights(_ fweights: Value?, _ aweights: Value?, count: Int, _ dtype: DType) throws -> Value? {
    for (name, weights) in [("fweights", fweights), ("aweights", aweights)] {
      if let weights, weights.shape != [count] {
        throw SJError(.invalidArgument, "cov: \(name) must have shape (\(count),), got \(weights.aval)")
      }
    }
    if let fweights, !fweights.dtype.isInteger { throw SJError(.dtype, "fweights must be integer, got \(fweights.aval)") }
    let factors = try [fweights, aweights].compactMap { try $0.map { try converted(abs($0), dtype) } }
    return try factors.dropFirst().reduce(factors.first) { try $0! * $1 }
  }

  /// The divisor of the sum of products.
  private static func degrees(_ weightSum: Value, _ ddof: Double, _ weights: Value?, _ aweights: Value?) throws -> Value {
    guard ddof != 0, let weights, let aweights else { return try weightSum - ddof }
    return try weightSum - sum(weights * converted(abs(aweights), weights.dtype)) * ddof / weightSum
  }

  /// The covariance matrix scaled to ones on its diagonal.
  public static func corrcoef(_ x: Value, _ y: Value? = nil, rowvar: Bool = true, dtype: DType? = nil) throws -> Value {
    let c = try cov(x, y, rowvar: rowvar, dtype: dtype)
    if c.rank == 0 { return try c / c }
    let deviation = try converted(Lax.sqrt(real(diagonal(c))), c.dtype)
    let scaled = try c / Lax.expandDims(deviation, [1]) / Lax.expandDims(deviation, [0])
    func limited(_ x: Value) throws -> Value { try clip(x, constant(-1, like: x), constant(1, like: x)) }
    return scaled.dtype.isComplex
      ? try Lax.complex(limited(Lax.real(scaled)), limited(Lax.imag(scaled))) : try limited(scaled)
  }
}
