/// The types an elementary function computes with. `mask` is a truth value.
public enum ElementaryType: Sendable {
  case f32, f64, i32, i64, mask

  public var isFloat: Bool { self == .f32 || self == .f64 }
  /// The integer type as wide as this float type.
  public var integer: ElementaryType { self == .f32 ? .i32 : .i64 }
}

public enum ElementaryUnaryOp: Sendable {
  /// Floats; each is one correctly rounded IEEE operation.
  case neg, abs, sqrt, floor, ceil, trunc, roundEven
  /// Masks.
  case not
}

public enum ElementaryBinaryOp: Sendable {
  /// Floats round to nearest even; integers wrap (no integer division).
  case add, sub, mul, div
  /// Integers and masks.
  case and, or, xor
  /// Integers; the shift count is smaller than the width.
  case shl, shrLogical, shrArithmetic
  /// The upper 64 bits of the unsigned 128-bit product (i64).
  case mulHigh
}

/// Comparisons of floats are false on NaN, except `ne`. Integers compare signed.
public enum ElementaryRelation: Sendable { case eq, ne, lt, le, gt, ge }

public enum ElementaryConversion: Sendable {
  /// Same bits: f32 <-> i32, f64 <-> i64.
  case bitcast
  /// Signed integer to the float of the same width, rounded to nearest even.
  /// (AVX2 has no instruction for i64: fast paths use `Term.smallIntegerToFloat`.)
  case signedToFloat
  /// f32 -> f64 (exact), f64 -> f32 (rounded to nearest even).
  case widen, narrow
  /// i32 -> i64 filled with zeros; i64 -> i32 keeping the low half.
  case zeroExtend, truncate
}

/// What the table of elementary functions is written against.
///
/// Every function is a straight line of these operations, each of which has one
/// result bit for bit (NaN payloads excepted). Whoever implements the protocol
/// (the C generator, an emitter of LLVM IR) therefore gets the same results,
/// provided it neither contracts `mul` and `add` nor reassociates.
public protocol ElementaryBuilder: AnyObject {
  associatedtype Value

  func type(of value: Value) -> ElementaryType
  /// A constant with the given bit pattern (in the low bits).
  func constant(bits: UInt64, _ type: ElementaryType) -> Value
  func unary(_ op: ElementaryUnaryOp, _ a: Value) -> Value
  func binary(_ op: ElementaryBinaryOp, _ a: Value, _ b: Value) -> Value
  /// a * b + c, rounded once.
  func fma(_ a: Value, _ b: Value, _ c: Value) -> Value
  func compare(_ relation: ElementaryRelation, _ a: Value, _ b: Value) -> Value
  func select(_ mask: Value, _ a: Value, _ b: Value) -> Value
  func convert(_ conversion: ElementaryConversion, _ a: Value, to type: ElementaryType) -> Value
  /// table[index]; the index (i64) is in range for every input.
  func lookup(_ table: ConstantTable, _ index: Value) -> Value
}

/// A named table of constants that functions look values up in.
public struct ConstantTable: Sendable {
  public let name: String
  /// f64 or i64.
  public let type: ElementaryType
  public let bits: [UInt64]
}
