import SJNumPy

infix operator ** : ExponentiationPrecedence
infix operator • : MultiplicationPrecedence

precedencegroup ExponentiationPrecedence {
  associativity: right
  higherThan: MultiplicationPrecedence
}

// Operators promote dtypes and broadcast shapes as NumPy's do, and throw `shape` or `dtype` where they cannot.

extension Tensor {
  // MARK: Arithmetic

  public static func + (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.add(x.value, y.value)) }
  public static func - (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.subtract(x.value, y.value)) }
  public static func * (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.multiply(x.value, y.value)) }
  /// True division: integers become floats.
  public static func / (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.divide(x.value, y.value)) }
  /// The remainder with the divisor's sign, as Python's.
  public static func % (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.remainder(x.value, y.value)) }
  /// The power.
  public static func ** (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.power(x.value, y.value)) }
  /// The matrix product, Python's `@`.
  public static func • (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.matmul(x.value, y.value)) }
  public static prefix func - (x: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.negative(x.value)) }
  public static prefix func + (x: Tensor) -> Tensor { x }

  public static func += (x: inout Tensor, y: Tensor) throws { x = try x + y }
  public static func -= (x: inout Tensor, y: Tensor) throws { x = try x - y }
  public static func *= (x: inout Tensor, y: Tensor) throws { x = try x * y }
  public static func /= (x: inout Tensor, y: Tensor) throws { x = try x / y }

  // MARK: Bits and booleans

  public static func & (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.bitwiseAnd(x.value, y.value)) }
  public static func | (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.bitwiseOr(x.value, y.value)) }
  public static func ^ (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.bitwiseXor(x.value, y.value)) }
  public static func << (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.leftShift(x.value, y.value)) }
  public static func >> (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.rightShift(x.value, y.value)) }
  public static prefix func ~ (x: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.bitwiseNot(x.value)) }

  // MARK: Comparison, element by element

  public static func .== (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.equal(x.value, y.value)) }
  public static func .!= (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.notEqual(x.value, y.value)) }
  public static func .< (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.less(x.value, y.value)) }
  public static func .<= (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.lessEqual(x.value, y.value)) }
  public static func .> (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.greater(x.value, y.value)) }
  public static func .>= (x: Tensor, y: Tensor) throws -> Tensor { Tensor(try SJNumPy.NumPy.greaterEqual(x.value, y.value)) }
}
