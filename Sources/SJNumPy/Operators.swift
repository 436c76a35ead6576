import SJCore
import SJLax
import SJTypes

// Arithmetic as formulas are written, within this module: NumPy's promotion and broadcasting, and
// numbers as weakly typed scalars of the other operand's dtype.

extension Value {
  static func + (x: Value, y: Value) throws -> Value { try NumPy.add(x, y) }
  static func - (x: Value, y: Value) throws -> Value { try NumPy.subtract(x, y) }
  static func * (x: Value, y: Value) throws -> Value { try NumPy.multiply(x, y) }
  static func / (x: Value, y: Value) throws -> Value { try NumPy.divide(x, y) }
  static prefix func - (x: Value) throws -> Value { try NumPy.negative(x) }

  static func + (x: Value, y: Double) throws -> Value { try x + NumPy.constant(y, like: x) }
  static func - (x: Value, y: Double) throws -> Value { try x - NumPy.constant(y, like: x) }
  static func * (x: Value, y: Double) throws -> Value { try x * NumPy.constant(y, like: x) }
  static func / (x: Value, y: Double) throws -> Value { try x / NumPy.constant(y, like: x) }
  static func - (x: Double, y: Value) throws -> Value { try NumPy.constant(x, like: y) - y }

  static func < (x: Value, y: Value) throws -> Value { try NumPy.less(x, y) }
  static func > (x: Value, y: Value) throws -> Value { try NumPy.greater(x, y) }
  static func <= (x: Value, y: Value) throws -> Value { try NumPy.lessEqual(x, y) }
  static func >= (x: Value, y: Value) throws -> Value { try NumPy.greaterEqual(x, y) }
  static func < (x: Value, y: Double) throws -> Value { try x < NumPy.constant(y, like: x) }
  static func > (x: Value, y: Double) throws -> Value { try x > NumPy.constant(y, like: x) }
  static func <= (x: Value, y: Double) throws -> Value { try x <= NumPy.constant(y, like: x) }
  static func >= (x: Value, y: Double) throws -> Value { try x >= NumPy.constant(y, like: x) }

  static func && (x: Value, y: Value) throws -> Value { try NumPy.logicalAnd(x, y) }
  static func || (x: Value, y: Value) throws -> Value { try NumPy.logicalOr(x, y) }
  static prefix func ! (x: Value) throws -> Value { try NumPy.logicalNot(x) }
}

extension NumPy {
  /// Whether elements equal a number.
  static func isEqual(_ x: Value, _ y: Double) throws -> Value { try equal(x, constant(y, like: x)) }

  /// `where` with a number on one side, which takes the other's dtype.
  static func `where`(_ condition: Value, _ x: Double, _ y: Value) throws -> Value {
    try `where`(condition, constant(x, like: y), y)
  }
  static func `where`(_ condition: Value, _ x: Value, _ y: Double) throws -> Value {
    try `where`(condition, x, constant(y, like: x))
  }

  /// The elements `range` of an axis.
  static func slice(_ x: Value, _ range: Range<Int>, axis: Int = 0) throws -> Value {
    try Lax.sliceInDim(x, range.lowerBound, range.upperBound, axis: axis)
  }

  /// One slice of an axis, which vanishes; negative positions count from the end.
  static func pick(_ x: Value, _ position: Int, axis: Int = 0) throws -> Value {
    try Lax.indexInDim(x, position < 0 ? position + x.shape[axis] : position, axis: axis, keepDims: false)
  }

  static func converted(_ x: Value, _ dtype: DType) throws -> Value { try Lax.convertElementType(x, dtype) }

  /// An integer that has to be known while a function is traced.
  static func concreteInteger(_ x: Value, for purpose: String) throws -> Int {
    try concreteIntegers(x, for: purpose)[0]
  }

  /// Integers that have to be known. What is known is read as it is: operations on it would be staged.
  static func concreteIntegers(_ x: Value, for purpose: String) throws -> [Int] {
    let known = try x.concreteArray(for: purpose)
    let array = try Trace.with(nil) { try Lax.convertElementType(known, .int32) }.concreteArray(for: purpose)
    let words = try array.bytes().assumingMemoryBound(to: Int32.self)
    return (0..<x.aval.elementCount).map { Int(words[$0]) }
  }

  static func requireReal(_ x: Value, _ name: String) throws {
    if x.dtype.isComplex { throw SJError(.invalidArgument, "\(name) does not support complex-valued inputs, got \(x.aval)") }
  }

  static func requireInteger(_ x: Value, _ name: String) throws {
    guard x.dtype.isInteger else {
      throw SJError(.invalidArgument, "Arguments to jax.numpy.\(name) must be integers, got \(x.aval)")
    }
  }
}
