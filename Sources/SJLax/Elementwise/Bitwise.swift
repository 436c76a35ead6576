import SJLoopIR

extension Primitives {
  public static let and = Primitive.binary("and", [.bool, .integer], .and, derivative: .zero, identity: KnownOperands.idempotent)
  public static let or = Primitive.binary("or", [.bool, .integer], .or, derivative: .zero, identity: KnownOperands.idempotent)
  public static let xor = Primitive.binary("xor", [.bool, .integer], .xor, derivative: .zero)
  public static let not = Primitive.unary("not", [.bool, .integer], .not, derivative: .zero)
  public static let shiftLeft = Primitive.binary("shift_left", .integer, .shl, derivative: .zero)
  public static let shiftRightArithmetic = Primitive.binary(
    "shift_right_arithmetic", .integer, .shrArithmetic, derivative: .zero)
  public static let shiftRightLogical = Primitive.binary("shift_right_logical", .integer, .shrLogical, derivative: .zero)
  public static let populationCount = Primitive.unary("population_count", .integer, .popcount, derivative: .zero)
  public static let clz = Primitive.unary("clz", .integer, .clz, derivative: .zero)

  static let bitwise: [Primitive] = [
    and, or, xor, not, shiftLeft, shiftRightArithmetic, shiftRightLogical, populationCount, clz,
  ]
}

extension Lax {
  public static func bitwiseAnd(_ x: Value, _ y: Value) throws -> Value { try Primitives.and(x, y) }
  public static func bitwiseOr(_ x: Value, _ y: Value) throws -> Value { try Primitives.or(x, y) }
  public static func bitwiseXor(_ x: Value, _ y: Value) throws -> Value { try Primitives.xor(x, y) }
  public static func bitwiseNot(_ x: Value) throws -> Value { try Primitives.not(x) }
  /// Shifts by at least the width give 0 (-1 from negative numbers to the right, arithmetically).
  public static func shiftLeft(_ x: Value, _ y: Value) throws -> Value { try Primitives.shiftLeft(x, y) }
  public static func shiftRightArithmetic(_ x: Value, _ y: Value) throws -> Value {
    try Primitives.shiftRightArithmetic(x, y)
  }
  public static func shiftRightLogical(_ x: Value, _ y: Value) throws -> Value {
    try Primitives.shiftRightLogical(x, y)
  }
  public static func populationCount(_ x: Value) throws -> Value { try Primitives.populationCount(x) }
  /// The number of leading zeros.
  public static func clz(_ x: Value) throws -> Value { try Primitives.clz(x) }
}
