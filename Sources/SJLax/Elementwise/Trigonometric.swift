import SJLoopIR

extension Primitives {
  public static let sin = Primitive.unary(
    "sin", .inexact, .sin, cost: 4, complex: \.sin, derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.cos(x)) })

  public static let cos = Primitive.unary(
    "cos", .inexact, .cos, cost: 4, complex: \.cos,
    derivative: .unary { g, x, _ in try Lax.neg(try Lax.mul(g, try Lax.sin(x))) })

  public static let tan = Primitive.unary(
    "tan", .inexact, .tan, cost: 5, complex: \.tan,
    derivative: .unary { g, x, answer in
      try Lax.mul(g, try Lax.add(try Lax.constant(1, like: x), try Lax.square(answer)))
    })

  public static let asin = Primitive.unary(
    "asin", .inexact, .asin, cost: 4, complex: \.asin,
    derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.rsqrt(try Lax.oneMinusSquare(x))) })

  public static let acos = Primitive.unary(
    "acos", .inexact, .acos, cost: 4, complex: \.acos,
    derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.neg(try Lax.rsqrt(try Lax.oneMinusSquare(x)))) })

  public static let atan = Primitive.unary(
    "atan", .inexact, .atan, cost: 4, complex: \.atan,
    derivative: .unary { g, x, _ in try Lax.div(g, try Lax.add(try Lax.constant(1, like: x), try Lax.square(x))) })

  public static let atan2 = Primitive.binary(
    "atan2", .inexact, .atan2, cost: 5, complex: { $0.atan2($1) },
    derivative: .binary(
      { g, x, y, _ in try Lax.mul(g, try Lax.div(y, try Lax.add(try Lax.square(x), try Lax.square(y)))) },
      { g, x, y, _ in
        try Lax.mul(g, try Lax.div(try Lax.neg(x), try Lax.add(try Lax.square(x), try Lax.square(y))))
      }))

  static let trigonometric: [Primitive] = [sin, cos, tan, asin, acos, atan, atan2]
}

extension Lax {
  public static func sin(_ x: Value) throws -> Value { try Primitives.sin(x) }
  public static func cos(_ x: Value) throws -> Value { try Primitives.cos(x) }
  public static func tan(_ x: Value) throws -> Value { try Primitives.tan(x) }
  public static func asin(_ x: Value) throws -> Value { try Primitives.asin(x) }
  public static func acos(_ x: Value) throws -> Value { try Primitives.acos(x) }
  public static func atan(_ x: Value) throws -> Value { try Primitives.atan(x) }
  /// The angle of the point (y, x) = (second, first): `atan2(y, x)` as in C.
  public static func atan2(_ x: Value, _ y: Value) throws -> Value { try Primitives.atan2(x, y) }

  fileprivate static func oneMinusSquare(_ x: Value) throws -> Value {
    try sub(try constant(1, like: x), try square(x))
  }
}
