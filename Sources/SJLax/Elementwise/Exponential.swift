extension Primitives {
  public static let exp = Primitive.unary(
    "exp", .inexact, .exp, cost: 4, complex: \.exp, derivative: .unary { g, _, answer in try Lax.mul(g, answer) })

  public static let exp2 = Primitive.unary(
    "exp2", .inexact, .exp2, cost: 4, complex: \.exp2,
    derivative: .unary { g, x, answer in
      try Lax.mul(try Lax.log(try Lax.constant(2, like: x)), try Lax.mul(g, answer))
    })

  public static let expm1 = Primitive.unary(
    "expm1", .inexact, .expm1, cost: 4, complex: \.expm1,
    derivative: .unary { g, _, answer in try Lax.mul(g, try Lax.add(answer, try Lax.constant(1, like: answer))) })

  public static let log = Primitive.unary(
    "log", .inexact, .log, cost: 4, complex: \.log, derivative: .unary { g, x, _ in try Lax.div(g, x) })

  public static let log1p = Primitive.unary(
    "log1p", .inexact, .log1p, cost: 4, complex: \.log1p,
    derivative: .unary { g, x, _ in try Lax.div(g, try Lax.add(x, try Lax.constant(1, like: x))) })

  /// The same with XLA's bits, for random numbers that must have JAX's.
  public static let log1pOfXLA = Primitive.unary(
    "log1p", .float, .log1pXLA, cost: 4,
    derivative: .unary { g, x, _ in try Lax.div(g, try Lax.add(x, try Lax.constant(1, like: x))) })

  public static let logistic = Primitive.unary(
    "logistic", .inexact, .logistic, cost: 5, complex: \.logistic,
    derivative: .unary { g, _, answer in
      let one = try Lax.constant(1, like: answer)
      return try Lax.mul(g, try Lax.mul(answer, try Lax.sub(one, answer)))
    })

  static let exponential: [Primitive] = [exp, exp2, expm1, log, log1p, logistic]
}

extension Lax {
  public static func exp(_ x: Value) throws -> Value { try Primitives.exp(x) }
  public static func exp2(_ x: Value) throws -> Value { try Primitives.exp2(x) }
  public static func expm1(_ x: Value) throws -> Value { try Primitives.expm1(x) }
  public static func log(_ x: Value) throws -> Value { try Primitives.log(x) }
  public static func log1p(_ x: Value) throws -> Value { try Primitives.log1p(x) }
  /// `1 / (1 + exp(-x))`
  public static func logistic(_ x: Value) throws -> Value { try Primitives.logistic(x) }
}
