import SJCore
import SJLax
import SJTypes

// Polynomials as vectors of coefficients, the highest power first.

extension NumPy {
  /// The value of a polynomial, by Horner's scheme.
  public static func polyval(_ p: Value, _ x: Value) throws -> Value {
    try checkCoefficients(p, "polyval")
    let operands = try promoted([p, x], "polyval")
    let shape = try broadcastShapes([Shape(p.shape.dropFirst()), x.shape], "polyval")
    let start = try Lax.zeros(shape, operands[0].dtype)
    return try (0..<p.shape[0]).reduce(start) { try $0 * operands[1] + pick(operands[0], $1) }
  }

  public static func polyadd(_ a: Value, _ b: Value) throws -> Value {
    let operands = try sameLength(a, b, "polyadd")
    return try operands[0] + operands[1]
  }

  public static func polysub(_ a: Value, _ b: Value) throws -> Value {
    let operands = try sameLength(a, b, "polysub")
    return try operands[0] - operands[1]
  }

  private static func checkCoefficients(_ p: Value, _ name: String) throws {
    guard p.rank > 0 else {
      throw SJError(.shape, "\(name): a vector of coefficients is wanted, got \(p.aval)")
    }
  }

  /// Both with leading zeros up to the longer one's length.
  private static func sameLength(_ a: Value, _ b: Value, _ name: String) throws -> [Value] {
    let operands = try promoted([a, b], name).map { try atLeast(1, $0) }
    let length = operands.map { $0.shape[0] }.max()!
    return try operands.map { try Lax.pad($0, Lax.scalar(0, $0.dtype), [(length - $0.shape[0], 0, 0)]) }
  }

  public static func polymul(_ a: Value, _ b: Value) throws -> Value {
    let operands = try promotedInexact([a, b], "polymul").map { try atLeast(1, $0) }
    return try convolve(operands[0], operands[1])
  }

  /// The m-th derivative.
  public static func polyder(_ p: Value, _ m: Int = 1) throws -> Value {
    try checkCoefficients(p, "polyder")
    guard m >= 0 else { throw SJError(.invalidArgument, "Order of derivative must be positive, got \(m)") }
    guard m > 0 else { return p }
    let p = try promotedInexact([p], "polyder")[0]
    let count = Swift.max(p.shape[0] - m, 0)
    // The power n gives the factor n (n - 1) … (n - m + 1).
    let factors = (0..<count).map { i in (0..<m).reduce(1.0) { $0 * Double(p.shape[0] - 1 - i - $1) } }
    return try slice(p, 0..<count) * vector(factors, p.dtype)
  }

  /// The m-th integral with constants of integration `k`, the first integration's first.
  public static func polyint(_ p: Value, _ m: Int = 1, _ k: Value? = nil) throws -> Value {
    try checkCoefficients(p, "polyint")
    guard m >= 0 else { throw SJError(.invalidArgument, "Order of integral must be positive, got \(m)") }
    let constants = try atLeast(1, k ?? Lax.scalar(0, defaultInt, weakType: true))
    let operands = try promotedInexact([p, constants], "polyint")
    guard m > 0 else { return operands[0] }
    guard constants.shape == [m] || constants.shape == [1] else {
      throw SJError(.invalidArgument, "k must be a scalar or a rank-1 array of length 1 or \(m), got \(constants.aval)")
    }
    let all = try concatenate([operands[0], broadcastTo(operands[1], [m])])
    let count = all.shape[0]
    let divisors = (0..<count).map { i in
      (0..<Swift.min(m, count - 1 - i)).reduce(1.0) { $0 * Double(count - 1 - i - $1) }
    }
    return try all / vector(divisors, all.dtype)
  }

  private static func vector(_ values: [Double], _ dtype: DType) throws -> Value {
    guard !values.isEmpty else { return try Lax.zeros([0], dtype) }
    return try stack(values.map { try Lax.scalar($0, dtype) })
  }

  // MARK: Convolution

  /// `Σ a[k] v[n - k]`; `mode` is `full`, `same` (the longer one's length) or `valid`.
  public static func convolve(_ a: Value, _ v: Value, mode: String = "full", dtype: DType? = nil) throws -> Value {
    let (long, short) = try filterOperands(a, v, dtype, "convolve")
    return try filtered(long, Lax.rev(short, [0]), mode)
  }

  /// `Σ a[n + k] conj(v[k])`.
  public static func correlate(_ a: Value, _ v: Value, mode: String = "valid", dtype: DType? = nil) throws -> Value {
    let (long, short) = try filterOperands(a, conj(v), dtype, "correlate")
    let result = try filtered(long, short, mode)
    return a.shape[0] < v.shape[0] ? try Lax.rev(result, [0]) : result
  }

  private static func filterOperands(_ a: Value, _ v: Value, _ dtype: DType?, _ name: String) throws -> (Value, Value) {
    guard a.rank == 1, v.rank == 1 else {
      throw SJError(.invalidArgument, "\(name)() only support 1-dimensional inputs, got \(a.aval) and \(v.aval)")
    }
    guard a.shape[0] > 0, v.shape[0] > 0 else {
      throw SJError(
        .invalidArgument, "\(name): inputs cannot be empty, got shapes \(a.shape.tupleText) and \(v.shape.tupleText).")
    }
    let typed = try dtype.map { type in try [a, v].map { try converted($0, canonical(type)) } } ?? promotedInexact([a, v], name)
    return a.shape[0] < v.shape[0] ? (typed[1], typed[0]) : (typed[0], typed[1])
  }

  /// Sums of the windows of one vector, weighted by the other, shorter one.
  private static func filtered(_ long: Value, _ short: Value, _ mode: String) throws -> Value {
    let width = short.shape[0]
    let padding: (Int, Int)
    switch mode {
    case "full": padding = (width - 1, width - 1)
    case "same": padding = (width / 2, width - width / 2 - 1)
    case "valid": padding = (0, 0)
    default: throw SJError(.invalidArgument, "mode must be one of ['full', 'same', 'valid'], got '\(mode)'")
    }
    let padded = try Lax.pad(long, Lax.scalar(0, long.dtype), [(padding.0, padding.1, 0)])
    let count = padded.shape[0] - width + 1
    let index = try Lax.broadcastedIota(.int32, [count, width], 0) + Lax.broadcastedIota(.int32, [count, width], 1)
    return try sum(take(padded, index, axis: 0, mode: .promiseInBounds) * short, axis: [1], dtype: long.dtype)
  }
}
