import SJLoopIR

extension Primitives {
  /// Adds tangents or cotangents of one type: `add` without broadcasting, of any numeric dtype.
  public static let addAny = Primitive.binary(
    "add_any", [.number, .bool], .add, complex: { $0.add($1, $2) }, derivative: .linear,
    transpose: .rule { cotangents, operands, _ in
      operands.map { operand in operand.isLinear ? cotangents[0].map { .dense($0) } : nil }
    })

  static let arithmetic: [Primitive] = [addAny]
}

extension Lax {
  /// The sum of two tangents.
  public static func addAny(_ x: Value, _ y: Value) throws -> Value {
    guard x.shape == y.shape else {
      throw SJError(.shape, "add_any: operands must have one shape, got \(x.aval) and \(y.aval)")
    }
    return try bind1(Primitives.addAny, [x, y])
  }
}
