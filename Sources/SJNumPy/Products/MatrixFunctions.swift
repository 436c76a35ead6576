import SJCore
import SJLax
import SJTypes

// `jax.numpy.linalg`, as far as it needs no factorisation.

extension NumPy {
  /// `linalg.norm`: of vectors along one axis, of matrices over two (nil: of everything).
  /// - Parameter ord: nil is the root of the sum of squares.
  public static func norm(_ x: Value, ord: Double? = nil, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    let x = try promotedInexact([x], "norm")[0]
    let axes = try canonicalAxes(axis, rank: x.rank, "norm")
    guard ord != nil || (axis != nil && axes.count != 2) else { return try rootOfSquares(x, axes, keepdims) }
    switch axes.count {
    case 1: return try vectorNorm(x, ord: ord ?? 2, axis: axes, keepdims: keepdims)
    case 2: return try matrixNorm(x, ord!, axes, keepdims)
    default:
      throw SJError(
        .invalidArgument,
        "Improper number of axes for norm: axis=\(axes). Pass one axis to compute a vector-norm, or two axes to compute a matrix-norm."
      )
    }
  }

  private static func rootOfSquares(_ x: Value, _ axes: [Int], _ keepdims: Bool) throws -> Value {
    try Lax.sqrt(sum(x.dtype.isComplex ? Lax.real(Lax.mul(x, Lax.conj(x))) : Lax.mul(x, x), axis: axes, keepdims: keepdims))
  }

  /// `linalg.vector_norm`: `(Σ |x|^ord)^(1/ord)` and its limits, over several axes as over one.
  public static func vectorNorm(_ x: Value, ord: Double = 2, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    let x = try promotedInexact([x], "vector_norm")[0]
    let axes = try canonicalAxes(axis, rank: x.rank, "vector_norm")
    if ord == 2 { return try rootOfSquares(x, axes, keepdims) }
    let magnitude = try Lax.abs(x)
    switch ord {
    case .infinity: return try max(magnitude, axis: axes, keepdims: keepdims, initial: Lax.scalar(0, magnitude.dtype))
    case -.infinity: return try min(magnitude, axis: axes, keepdims: keepdims)
    case 0: return try sum(asBool(x), axis: axes, dtype: magnitude.dtype, keepdims: keepdims)
    case 1: return try sum(magnitude, axis: axes, keepdims: keepdims)
    default:
      let powers = try power(magnitude, constant(ord, like: magnitude))
      let total = try sum(powers, axis: axes, keepdims: keepdims)
      return try power(total, constant(1 / ord, like: total))
    }
  }

  /// The greatest or least sum of magnitudes of columns (±1) or rows (±∞).
  private static func matrixNorm(_ x: Value, _ ord: Double, _ axes: [Int], _ keepdims: Bool) throws -> Value {
    guard ord.magnitude == 1 || ord.isInfinite else {
      if ord.magnitude == 2 {
        throw SJError(.unsupported, "norm: ord=\(ord) of a matrix needs singular values, which are not there yet")
      }
      throw SJError(.invalidArgument, "Invalid order '\(ord)' for matrix norm.")
    }
    let summed = ord.magnitude == 1 ? axes[0] : axes[1]
    let totals = try sum(Lax.abs(x), axis: [summed], keepdims: true)
    let result =
      try ord > 0
      ? max(totals, axis: axes, keepdims: true, initial: Lax.scalar(0, totals.dtype)) : min(totals, axis: axes, keepdims: true)
    return keepdims ? result : try Lax.squeeze(result, axes)
  }

  /// `linalg.matrix_power`, by repeated squaring; negative powers are those of the inverse.
  public static func matrixPower(_ x: Value, _ n: Int) throws -> Value {
    guard x.rank >= 2, x.shape[x.rank - 1] == x.shape[x.rank - 2] else {
      throw SJError(.invalidArgument, "Last 2 dimensions of the array must be square, got \(x.aval)")
    }
    if n < 0 { return try matrixPower(inv(x), -n) }
    if n == 0 {
      return try broadcastTo(Lax.eye(rows: x.shape.last!, columns: x.shape.last!, dtype: x.dtype), x.shape)
    }
    var (result, square, rest): (Value?, Value, Int) = (nil, x, n)
    while true {
      if rest % 2 == 1 { result = try result.map { try matmul($0, square) } ?? square }
      rest /= 2
      if rest == 0 { return result! }
      square = try matmul(square, square)
    }
  }

  /// `linalg.multi_dot`: a chain of products in the order that takes the fewest multiplications.
  public static func multiDot(_ arrays: [Value]) throws -> Value {
    guard arrays.count >= 2 else {
      throw SJError(.invalidArgument, "multi_dot requires at least two arrays, got \(arrays.count)")
    }
    guard arrays.dropFirst().dropLast().allSatisfy({ $0.rank == 2 }),
      [arrays.first!, arrays.last!].allSatisfy({ (1...2).contains($0.rank) })
    else {
      throw SJError(
        .invalidArgument,
        "multi_dot: all arrays must be matrices, the first and the last may be vectors: \(arrays.map { "\($0.aval)" })")
    }
    let rows = arrays.map { $0.rank == 1 ? ($0 === arrays.first! ? 1 : $0.shape[0]) : $0.shape[0] }
    let lastColumns = arrays.last!.rank == 1 ? 1 : arrays.last!.shape[1]
    let cuts = bestCuts(rows + [lastColumns])
    func product(_ i: Int, _ j: Int) throws -> Value {
      if i == j { return arrays[i] }
      return try matmul(product(i, cuts[i][j]), product(cuts[i][j] + 1, j))
    }
    return try product(0, arrays.count - 1)
  }

  /// Where to cut the chain i … j (Cormen et al., Introduction to Algorithms, matrix-chain order).
  private static func bestCuts(_ sizes: [Int]) -> [[Int]] {
    let count = sizes.count - 1
    var cost = Array(repeating: Array(repeating: 0.0, count: count), count: count)
    var cuts = Array(repeating: Array(repeating: 0, count: count), count: count)
    for length in 1..<count {
      for i in 0..<(count - length) {
        let j = i + length
        cost[i][j] = .infinity
        for k in i..<j {
          let next = cost[i][k] + cost[k + 1][j] + Double(sizes[i]) * Double(sizes[k + 1]) * Double(sizes[j + 1])
          if next < cost[i][j] { (cost[i][j], cuts[i][j]) = (next, k) }
        }
      }
    }
    return cuts
  }
}
