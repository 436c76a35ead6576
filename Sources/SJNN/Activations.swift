import SJControl
import SJCore
import SJLax
import SJNumPy
import SJTransforms
import SJTypes

/// `jax.nn`: activation functions and what goes with them.
public enum NN {}

extension NN {
  static func constant(_ value: Double, _ x: Value) throws -> Value {
    try Lax.scalar(value, x.dtype, weakType: x.aval.weakType)
  }

  /// The operand as a float array.
  static func inexact(_ x: Value, _ name: String) throws -> Value { try NumPy.promotedInexact([x], name)[0] }

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
  public static func softplus(_ x: Value) throws -> Value { try NumPy.logaddexp(x, constant(0, x)) }
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
}
