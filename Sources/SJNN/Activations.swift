import SJControl
import SJCore
import SJLax
import SJNumPy
import SJTransforms
import SJTypes

/// `jax.nn`: activation functions and what goes with them.
public enum NN {}

extension NN {
  private static func constant(_ value: Double, _ x: Value) throws -> Value {
    try Lax.scalar(value, x.dtype, weakType: x.aval.weakType)
  }

  /// The operand as a float array.
  private static func inexact(_ x: Value, _ name: String) throws -> Value { try NumPy.promotedInexact([x], name)[0] }

  /// A unary function with a derivative of its own: `rule` gives the factor of the tangent.
  private static func withDerivative(
    _ name: String, _ x: Value, _ function: @escaping (Value) throws -> Value,
    _ rule: @escaping (_ x: Value, _ tangent: Value) throws -> Value
  ) throws -> Value {
    try CustomJVP(
      name: name, function: { [try function($0[0])] },
      derivative: { ([try function($0[0])], [try rule($0[0], $1[0])]) })([x])[0]
  }

  /// `max(x, 0)`, with derivative 0 at 0.
  public static func relu(_ x: Value) throws -> Value {
    try withDerivative("relu", x, { try NumPy.maximum($0, constant(0, $0)) }) { x, tangent in
      try NumPy.where(NumPy.greater(x, constant(0, x)), tangent, Lax.zerosLike(tangent))
    }
  }

  public static func relu6(_ x: Value) throws -> Value {
    try withDerivative("relu6", x, { try NumPy.minimum(NumPy.maximum($0, constant(0, $0)), constant(6, $0)) }) { x, tangent in
      let inside = try NumPy.logicalAnd(NumPy.greater(x, constant(0, x)), NumPy.less(x, constant(6, x)))
      return try NumPy.where(inside, tangent, Lax.zerosLike(tangent))
    }
  }

  public static func sigmoid(_ x: Value) throws -> Value { try Lax.logistic(inexact(x, "sigmoid")) }
  public static func softplus(_ x: Value) throws -> Value { try logaddexp(x, constant(0, x)) }
  public static func logSigmoid(_ x: Value) throws -> Value { try NumPy.negative(softplus(NumPy.negative(x))) }
  public static func silu(_ x: Value) throws -> Value { try NumPy.multiply(x, sigmoid(x)) }
  public static func softSign(_ x: Value) throws -> Value {
    try NumPy.divide(x, NumPy.add(NumPy.abs(x), constant(1, x)))
  }
  public static func tanh(_ x: Value) throws -> Value { try NumPy.tanh(x) }

  /// `x` above 0, `alpha (exp(x) - 1)` below; the branch not taken gets a harmless operand.
  public static func elu(_ x: Value, alpha: Value? = nil) throws -> Value {
    let a = try alpha ?? constant(1, x)
    let isPositive = try NumPy.greater(x, constant(0, x))
    let safe = try NumPy.where(isPositive, constant(0, x), x)
    return try NumPy.where(isPositive, x, NumPy.multiply(a, NumPy.expm1(safe)))
  }

  /// The self-normalising unit (Klambauer et al., 2017).
  public static func selu(_ x: Value) throws -> Value {
    try NumPy.multiply(
      constant(1.0507009873554804934193349852946, x), elu(x, alpha: constant(1.6732632423543772848170429916717, x)))
  }

  public static func celu(_ x: Value, alpha: Value? = nil) throws -> Value {
    let a = try alpha ?? constant(1, x)
    let zero = try constant(0, x)
    return try NumPy.add(
      NumPy.maximum(x, zero), NumPy.multiply(a, NumPy.expm1(NumPy.divide(NumPy.minimum(x, zero), a))))
  }

  public static func leakyRelu(_ x: Value, negativeSlope: Value? = nil) throws -> Value {
    let slope = try negativeSlope ?? constant(0.01, x)
    return try NumPy.where(NumPy.greaterEqual(x, constant(0, x)), x, NumPy.multiply(slope, x))
  }

  /// Gaussian error linear unit; `approximate` takes the tanh form.
  public static func gelu(_ x: Value, approximate: Bool = true) throws -> Value {
    let x = try inexact(x, "gelu")
    if approximate {
      let root = try constant((2 / Double.pi).squareRoot(), x)
      let cubic = try NumPy.add(x, NumPy.multiply(constant(0.044715, x), Lax.integerPow(x, 3)))
      let cdf = try NumPy.multiply(constant(0.5, x), NumPy.add(constant(1, x), Lax.tanh(NumPy.multiply(root, cubic))))
      return try NumPy.multiply(x, cdf)
    }
    let scaled = try NumPy.multiply(NumPy.negative(x), constant(0.5.squareRoot(), x))
    return try NumPy.multiply(NumPy.multiply(constant(0.5, x), x), Lax.erfc(scaled))
  }

  /// `log(exp(x) + exp(y))` without overflow.
  public static func logaddexp(_ x: Value, _ y: Value) throws -> Value {
    let operands = try NumPy.broadcast(NumPy.promotedInexact([x, y], "logaddexp"), "logaddexp")
    let rule = CustomJVP(
      name: "logaddexp", function: { [try logaddexpValue($0[0], $0[1])] },
      derivative: { primals, tangents in
        let output = try logaddexpValue(primals[0], primals[1])
        // exp(x - output) and exp(y - output), with 0 where an operand is not finite.
        let weights = try primals.map { try Lax.exp(replacingInfinity(Lax.sub($0, output))) }
        return ([output], [try NumPy.add(Lax.mul(tangents[0], weights[0]), Lax.mul(tangents[1], weights[1]))])
      })
    return try rule(operands)[0]
  }

  private static func logaddexpValue(_ x: Value, _ y: Value) throws -> Value {
    let largest = try Lax.max(x, y)
    let delta = try Lax.sub(x, y)
    let sum = try Lax.add(largest, Lax.log1p(Lax.exp(Lax.neg(Lax.abs(delta)))))
    // inf - inf: both operands are the same infinity, or one is NaN.
    return try Lax.select(NumPy.isnan(delta), Lax.add(x, y), sum)
  }

  private static func replacingInfinity(_ x: Value) throws -> Value {
    try NumPy.where(NumPy.equal(x, constant(.infinity, x)), constant(0, x), x)
  }

  // MARK: Over axes

  /// `log(sum(exp(x)))` without overflow.
  public static func logsumexp(_ x: Value, axis: [Int]? = nil, keepdims: Bool = false) throws -> Value {
    let x = try inexact(x, "logsumexp")
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, "logsumexp")
    let top = try stopGradient(NumPy.max(x, axis: axes, keepdims: true))
    let finite = try NumPy.where(NumPy.isfinite(top), top, constant(0, x))
    let total = try NumPy.sum(NumPy.exp(NumPy.subtract(x, finite)), axis: axes, keepdims: true)
    let result = try NumPy.add(NumPy.log(total), finite)
    return keepdims ? result : try NumPy.squeeze(result, axes)
  }

  /// Exponentials that sum to 1 along axes.
  public static func softmax(_ x: Value, axis: [Int]? = [-1]) throws -> Value {
    let x = try inexact(x, "softmax")
    return try withAxes("softmax", x, axis) { x, axes in
      let unnormalized = try NumPy.exp(NumPy.subtract(x, NumPy.max(x, axis: axes, keepdims: true)))
      return try NumPy.divide(unnormalized, NumPy.sum(unnormalized, axis: axes, keepdims: true))
    } derivative: { y, tangent, axes in
      // y (t - Σ y t)
      let mean = try NumPy.sum(NumPy.multiply(y, tangent), axis: axes, keepdims: true)
      return try NumPy.multiply(y, NumPy.subtract(tangent, mean))
    }
  }

  private static func withAxes(
    _ name: String, _ x: Value, _ axis: [Int]?, _ function: @escaping (Value, [Int]) throws -> Value,
    derivative: @escaping (_ y: Value, _ tangent: Value, [Int]) throws -> Value
  ) throws -> Value {
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, name)
    return try CustomJVP(
      name: name, function: { [try function($0[0], axes)] },
      derivative: { primals, tangents in
        let y = try function(primals[0], axes)
        return ([y], [try derivative(y, tangents[0], axes)])
      })([x])[0]
  }

  /// The logarithm of `softmax`.
  public static func logSoftmax(_ x: Value, axis: [Int]? = [-1]) throws -> Value {
    let x = try inexact(x, "log_softmax")
    let axes = try NumPy.canonicalAxes(axis, rank: x.rank, "log_softmax")
    let shifted = try NumPy.subtract(x, stopGradient(NumPy.max(x, axis: axes, keepdims: true)))
    return try NumPy.subtract(shifted, NumPy.log(NumPy.sum(NumPy.exp(shifted), axis: axes, keepdims: true)))
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

  /// `(x - mean) / sqrt(variance + epsilon)` along axes.
  public static func standardize(_ x: Value, axis: [Int]? = [-1], epsilon: Double = 1e-5) throws -> Value {
    let mean = try NumPy.mean(x, axis: axis, keepdims: true)
    let square = try NumPy.mean(NumPy.square(x), axis: axis, keepdims: true)
    let variance = try NumPy.subtract(square, NumPy.square(mean))
    return try NumPy.multiply(NumPy.subtract(x, mean), Lax.rsqrt(NumPy.add(variance, constant(epsilon, variance))))
  }
}
