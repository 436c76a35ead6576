import SJLoopIR

/// Where `round` puts numbers halfway between two integers.
public enum RoundingMethod: Int, Sendable {
  case awayFromZero = 0
  case toNearestEven = 1
}

struct RoundParams: ParamValues {
  var method: RoundingMethod
  var fields: [(name: String, value: String)] { [("rounding_method", "\(method.rawValue)")] }
}

extension Primitives {
  public static let floor = Primitive.unary("floor", .float, .floor, derivative: .zero)
  public static let ceil = Primitive.unary("ceil", .float, .ceil, derivative: .zero)

  public static let round = Primitive.elementwise("round", [.float], derivative: .zero) { kernel, operands, _, params in
    let method = params.unbox(RoundParams.self).method
    return .scalar(kernel.unary(method == .awayFromZero ? .round : .roundEven, operands[0].scalar))
  }

  public static let isFinite = Primitive.elementwise(
    "is_finite", [.float], result: { _, _ in .bool }, operation: .unary(.isFinite), derivative: .zero
  ) { kernel, operands, _, _ in .scalar(kernel.unary(.isFinite, operands[0].scalar)) }

  static let rounding: [Primitive] = [floor, ceil, round, isFinite]
}

extension Lax {
  public static func floor(_ x: Value) throws -> Value { try Primitives.floor(x) }
  public static func ceil(_ x: Value) throws -> Value { try Primitives.ceil(x) }
  public static func round(_ x: Value, _ method: RoundingMethod = .awayFromZero) throws -> Value {
    try bind1(Primitives.round, [x], RoundParams(method: method).boxed)
  }
  public static func isFinite(_ x: Value) throws -> Value { try Primitives.isFinite(x) }
}
