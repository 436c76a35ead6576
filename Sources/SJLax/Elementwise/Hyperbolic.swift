extension Primitives {
  public static let sinh = Primitive.unary(
    "sinh", .inexact, .sinh, cost: 4, complex: \.sinh, derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.cosh(x)) })

  public static let cosh = Primitive.unary(
    "cosh", .inexact, .cosh, cost: 4, complex: \.cosh, derivative: .unary { g, x, _ in try Lax.mul(g, try Lax.sinh(x)) })

  public static let tanh = Primitive.unary(
    "tanh", .inexact, .tanh, cost: 4, complex: \.tanh,
    derivative: .unary { g, x, answer in
      try Lax.mul(try Lax.add(g, try Lax.mul(g, answer)), try Lax.sub(try Lax.constant(1, like: x), answer))
    })

  public static let asinh = Primitive.unary(
    "asinh", .inexact, .asinh, cost: 4, complex: \.asinh,
    derivative: .unary { g, x, _ in
      try Lax.mul(g, try Lax.rsqrt(try Lax.add(try Lax.square(x), try Lax.constant(1, like: x))))
    })

  public static let acosh = Primitive.unary(
    "acosh", .inexact, .acosh, cost: 4, complex: \.acosh,
    derivative: .unary { g, x, _ in
      try Lax.mul(g, try Lax.rsqrt(try Lax.sub(try Lax.square(x), try Lax.constant(1, like: x))))
    })

  public static let atanh = Primitive.unary(
    "atanh", .inexact, .atanh, cost: 4, complex: \.atanh,
    derivative: .unary { g, x, _ in
      let one = try Lax.constant(1, like: x)
      return try Lax.mul(try Lax.reciprocal(try Lax.add(one, x)), try Lax.div(g, try Lax.sub(one, x)))
    })

  static let hyperbolic: [Primitive] = [sinh, cosh, tanh, asinh, acosh, atanh]
}

extension Lax {
  public static func sinh(_ x: Value) throws -> Value { try Primitives.sinh(x) }
  public static func cosh(_ x: Value) throws -> Value { try Primitives.cosh(x) }
  public static func tanh(_ x: Value) throws -> Value { try Primitives.tanh(x) }
  public static func asinh(_ x: Value) throws -> Value { try Primitives.asinh(x) }
  public static func acosh(_ x: Value) throws -> Value { try Primitives.acosh(x) }
  public static func atanh(_ x: Value) throws -> Value { try Primitives.atanh(x) }
}
