import SJControl
import SJCore
import SJLax
import SJNumPy
import SJTypes

// Functions over axes. A mask (`where`) leaves elements out of the sums.

extension NN {
  /// The greatest element along axes, among those of the mask; -∞ where there is none.
  private static func top(_ x: Value, _ axes: [Int], _ mask: Value?) throws -> Value {
    try NumPy.max(x, axis: axes, keepdims: true, initial: Lax.scalar(-.infinity, x.dtype), where: mask)
  }

  private static func masked(_ x: Value, _ mask: Value?, _ other: Double) throws -> Value {
    try mask.map { try NumPy.where($0, x, constant(other, x)) } ?? x
  }

  /// `log(Σ b exp(x))` without overflow; b = 1 unless given.
  public static func logsumexp(
    _ x: Value, axis: [Int]? = nil, b: Value? = nil, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    let parts = try signedLogsumexp(x, axis, b, keepdims, mask)
    guard b != nil, !parts.value.dtype.isComplex else { return parts.value }
    return try NumPy.where(NumPy.less(parts.sign, constant(0, parts.sign)), constant(.nan, parts.value), parts.value)
  }

  /// `logsumexp` of the sum's magnitude, and the sum's sign.
  public static func logsumexpWithSign(
    _ x: Value, axis: [Int]? = nil, b: Value? = nil, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> (value: Value, sign: Value) {
    try signedLogsumexp(x, axis, b, keepdims, mask)
  }

  private static func signedLogsumexp(
    _ x: Value, _ axis: [Int]?, _ b: Value?, _ keepdims: Bool, _ mask: Value?
  ) throws -> (value: Value, sign: Value) {
    var operands = try NumPy.promotedInexact([masked(x, mask, 0)] + (b.map { [$0] } ?? []), "logsumexp")
    // A factor of 0 takes its term out, infinite or not.
    if b != nil {
      operands = try NumPy.broadcast([masked(operands[0], NumPy.asBool(operands[1]), -.infinity), operands[1]], "logsumexp")
    }
    let x = operands[0]
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, "logsumexp")
    let greatest = try stopGradient(top(NumPy.real(x), axes, mask))
    let shift = try NumPy.where(NumPy.isfinite(greatest), greatest, constant(0, greatest))
    var terms = try Lax.exp(NumPy.subtract(x, shift))
    if b != nil { terms = try Lax.mul(terms, operands[1]) }
    let total = try NumPy.sum(terms, axis: axes, keepdims: true, where: mask)
    let sign = try Lax.sign(total)
    let magnitude = total.dtype.isComplex || b == nil ? total : try Lax.abs(total)
    let value = try NumPy.add(Lax.log(magnitude), shift)
    return keepdims ? (value, sign) : (try NumPy.squeeze(value, axes), try NumPy.squeeze(sign, axes))
  }

  /// `log(mean(exp(x)))` without overflow.
  public static func logmeanexp(
    _ x: Value, axis: [Int]? = nil, keepdims: Bool = false, where mask: Value? = nil
  ) throws -> Value {
    let total = try logsumexp(x, axis: axis, keepdims: keepdims, where: mask)
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, "logmeanexp")
    guard let mask else {
      let count = axes.reduce(1) { $0 * x.shape[$1] }
      return try NumPy.subtract(total, NumPy.log(constant(Double(count), total)))
    }
    let count = try NumPy.sum(NumPy.broadcastTo(mask, x.shape), axis: axes, dtype: total.dtype.realPart, keepdims: keepdims)
    return try NumPy.subtract(total, Lax.log(count))
  }

  /// Exponentials that sum to 1 along axes.
  public static func softmax(_ x: Value, axis: [Int]? = [-1], where mask: Value? = nil) throws -> Value {
    let x = try inexact(x, "softmax")
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, "softmax")
    func value(_ x: Value, _ mask: Value?) throws -> Value {
      let unnormalized = try NumPy.exp(NumPy.subtract(masked(x, mask, -.infinity), top(x, axes, mask)))
      let total = try NumPy.sum(unnormalized, axis: axes, keepdims: true, where: mask)
      return try masked(NumPy.divide(unnormalized, total), mask, 0)
    }
    let operands = [x] + (mask.map { [$0] } ?? [])
    return try CustomJVP(
      name: "softmax", function: { [try value($0[0], $0.count > 1 ? $0[1] : nil)] },
      derivative: { primals, tangents in
        let y = try value(primals[0], primals.count > 1 ? primals[1] : nil)
        // y (t - Σ y t)
        let mean = try NumPy.sum(NumPy.multiply(y, tangents[0]), axis: axes, keepdims: true)
        return ([y], [try NumPy.multiply(y, NumPy.subtract(tangents[0], mean))])
      })(operands)[0]
  }

  /// The logarithm of `softmax`.
  public static func logSoftmax(_ x: Value, axis: [Int]? = [-1], where mask: Value? = nil) throws -> Value {
    let x = try inexact(x, "log_softmax")
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, "log_softmax")
    let shifted = try NumPy.subtract(masked(x, mask, -.infinity), stopGradient(top(x, axes, mask)))
    let total = try NumPy.log(NumPy.sum(NumPy.exp(shifted), axis: axes, keepdims: true, where: mask))
    return try masked(NumPy.subtract(shifted, total), mask, -.infinity)
  }

  /// Rows of the identity: 1 where the class number is the index along the new last axis.
  public static func oneHot(_ x: Value, _ classes: Int, _ dtype: DType? = nil, axis: Int = -1) throws -> Value {
    let position = try NumPy.canonicalAxis(axis, rank: x.rank + 1, "one_hot")
    var shape = x.shape
    shape.insert(classes, at: position)
    let numbers = try Lax.broadcastedIota(x.dtype, shape, position)
    let hot = try NumPy.equal(Lax.expandDims(x, [position]), numbers)
    return try Lax.convertElementType(hot, NumPy.canonical(dtype ?? NumPy.defaultFloat))
  }

  /// `(x - mean) / sqrt(variance + epsilon)` along axes, with the data's own mean and variance unless given.
  /// - Parameter stable: takes the variance from deviations, not as the mean of squares less the square of the mean.
  public static func standardize(
    _ x: Value, axis: [Int]? = [-1], mean: Value? = nil, variance: Value? = nil, epsilon: Double = 1e-5,
    where mask: Value? = nil, stable: Bool = false
  ) throws -> Value {
    let center = try mean ?? NumPy.mean(x, axis: axis, keepdims: true, where: mask)
    let spread = try variance ?? standardVariance(x, center, axis, mask, stable)
    return try NumPy.multiply(NumPy.subtract(x, center), Lax.rsqrt(NumPy.add(spread, constant(epsilon, spread))))
  }

  private static func standardVariance(
    _ x: Value, _ mean: Value, _ axis: [Int]?, _ mask: Value?, _ stable: Bool
  ) throws -> Value {
    if stable { return try NumPy.mean(NumPy.square(NumPy.subtract(x, mean)), axis: axis, keepdims: true, where: mask) }
    let square = try NumPy.mean(NumPy.square(x), axis: axis, keepdims: true, where: mask)
    let variance = try NumPy.subtract(square, NumPy.square(mean))
    // Rounding may take it below 0, where rsqrt is NaN.
    return try NumPy.maximum(variance, constant(0, variance))
  }
}
