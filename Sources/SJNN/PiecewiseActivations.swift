import SJCore
import SJLax
import SJNumPy
import SJTypes

// Activations made of pieces, and gates.

extension NN {
  /// `relu6(x + 3) / 6`.
  public static func hardSigmoid(_ x: Value) throws -> Value {
    // A weak float, which integers give way to.
    func number(_ value: Double) throws -> Value { try Lax.scalar(value, NumPy.defaultFloat, weakType: true) }
    return try NumPy.divide(relu6(NumPy.add(x, number(3))), number(6))
  }

  /// `x hardSigmoid(x)`, also called hard_swish.
  public static func hardSilu(_ x: Value) throws -> Value { try NumPy.multiply(x, hardSigmoid(x)) }

  /// `x` limited to [-1, 1].
  public static func hardTanh(_ x: Value) throws -> Value {
    let (low, high) = (try constant(-1, x), try constant(1, x))
    return try NumPy.where(NumPy.greater(x, high), high, NumPy.where(NumPy.less(x, low), low, x))
  }

  /// 0 below -1, `(x + 1)² / 4` up to 1, `x` from there.
  public static func sparsePlus(_ x: Value) throws -> Value {
    let x = try inexact(x, "sparse_plus")
    let one = try constant(1, x)
    let bend = try NumPy.divide(Lax.integerPow(NumPy.add(x, one), 2), constant(4, x))
    let upper = try NumPy.where(NumPy.greaterEqual(x, one), x, bend)
    return try NumPy.where(NumPy.lessEqual(x, constant(-1, x)), constant(0, x), upper)
  }

  /// The derivative of `sparsePlus`.
  public static func sparseSigmoid(_ x: Value) throws -> Value {
    let x = try inexact(x, "sparse_sigmoid")
    let ramp = try NumPy.clip(NumPy.add(x, constant(1, x)), constant(0, x), constant(2, x))
    return try NumPy.multiply(constant(0.5, x), ramp)
  }

  /// `(x + sqrt(x² + b)) / 2`; b = 4 unless given.
  public static func squareplus(_ x: Value, b: Value? = nil) throws -> Value {
    let bend = try NumPy.sqrt(NumPy.add(NumPy.square(x), b ?? constant(4, x)))
    let sum = try NumPy.add(x, bend)
    return try NumPy.divide(sum, constant(2, sum))
  }

  /// `x tanh(softplus(x))`.
  public static func mish(_ x: Value) throws -> Value { try NumPy.multiply(x, NumPy.tanh(softplus(x))) }

  /// One half of an axis gated by the sigmoid of the other.
  public static func glu(_ x: Value, axis: Int = -1) throws -> Value {
    let position = try NumPy.canonicalAxis(axis, rank: x.rank, "glu")
    guard x.shape[position] % 2 == 0 else {
      throw SJError(.invalidArgument, "glu: axis \(position) of \(x.aval) must have a size divisible by 2")
    }
    let halves = try NumPy.split(x, sections: 2, axis: position)
    return try NumPy.multiply(halves[0], sigmoid(halves[1]))
  }

  /// `log(1 - exp(-x))`, in the form that is accurate on either side of log 2 (Mächler, 2012).
  public static func log1mexp(_ x: Value) throws -> Value {
    let x = try inexact(x, "log1mexp")
    let isSmall = try NumPy.less(x, constant(0.6931471805599453, x))
    let near = try Lax.log(Lax.neg(Lax.expm1(Lax.neg(x))))
    return try NumPy.where(isSmall, near, Lax.log1p(Lax.neg(Lax.exp(Lax.neg(x)))))
  }
}
