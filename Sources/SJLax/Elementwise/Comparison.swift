import SJLoopIR

extension Primitives {
  public static let eq = equality("eq", .eq, both: .and)
  public static let ne = equality("ne", .ne, both: .or)
  public static let lt = order("lt", .lt)
  public static let le = order("le", .le)
  public static let gt = order("gt", .gt)
  public static let ge = order("ge", .ge)

  // Total order on floats: -NaN < -inf < … < -0 = 0 < … < inf < NaN.
  public static let ltTo = totalOrder("lt_to") { $0.isBelow($1, $2) }
  public static let leTo = totalOrder("le_to") { $0.unary(.not, $0.isBelow($2, $1)) }
  public static let eqTo = totalOrder("eq_to") { kernel, x, y in
    kernel.unary(.not, kernel.binary(.or, kernel.isBelow(x, y), kernel.isBelow(y, x)))
  }

  /// Complex numbers and keys compare both components.
  private static func equality(_ name: String, _ op: BinaryOp, both: BinaryOp) -> Primitive {
    .elementwise(
      name, [[.any, .key], [.any, .key]], result: { _, _ in .bool }, operation: .binary(op), derivative: .zero
    ) { kernel, operands, _, _ in
      let parts = zip(operands[0].components, operands[1].components).map { kernel.binary(op, $0, $1) }
      return .scalar(parts.count == 2 ? kernel.binary(both, parts[0], parts[1]) : parts[0])
    }
  }

  private static func order(_ name: String, _ op: BinaryOp) -> Primitive {
    .elementwise(
      name, [.ordered, .ordered], result: { _, _ in .bool }, operation: .binary(op), derivative: .zero
    ) { kernel, operands, dtype, _ in
      .scalar(kernel.binary(op, kernel.orderable(operands[0].scalar, dtype), kernel.orderable(operands[1].scalar, dtype)))
    }
  }

  private static func totalOrder(
    _ name: String, _ test: @escaping (KernelBuilder, ExprID, ExprID) -> ExprID
  ) -> Primitive {
    .elementwise(name, [.ordered, .ordered], result: { _, _ in .bool }, derivative: .zero) { kernel, operands, dtype, _ in
      .scalar(test(kernel, kernel.orderable(operands[0].scalar, dtype), kernel.orderable(operands[1].scalar, dtype)))
    }
  }

  static let comparison: [Primitive] = [eq, ne, lt, le, gt, ge, eqTo, leTo, ltTo]
}

extension KernelBuilder {
  /// Booleans have no order of their own: they compare as bytes.
  func orderable(_ value: ExprID, _ dtype: DType) -> ExprID { dtype == .bool ? convert(value, to: .u8) : value }

  fileprivate func isBelow(_ a: ExprID, _ b: ExprID) -> ExprID { binary(.ltTotal, a, b) }
}

extension Lax {
  public static func eq(_ x: Value, _ y: Value) throws -> Value { try Primitives.eq(x, y) }
  public static func ne(_ x: Value, _ y: Value) throws -> Value { try Primitives.ne(x, y) }
  public static func lt(_ x: Value, _ y: Value) throws -> Value { try Primitives.lt(x, y) }
  public static func le(_ x: Value, _ y: Value) throws -> Value { try Primitives.le(x, y) }
  public static func gt(_ x: Value, _ y: Value) throws -> Value { try Primitives.gt(x, y) }
  public static func ge(_ x: Value, _ y: Value) throws -> Value { try Primitives.ge(x, y) }
  public static func eqTo(_ x: Value, _ y: Value) throws -> Value { try Primitives.eqTo(x, y) }
  public static func leTo(_ x: Value, _ y: Value) throws -> Value { try Primitives.leTo(x, y) }
  public static func ltTo(_ x: Value, _ y: Value) throws -> Value { try Primitives.ltTo(x, y) }
}
