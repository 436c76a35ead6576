import SJLoopIR

struct ConjParams: ParamValues {
  var inputDType: DType
  var fields: [(name: String, value: String)] { [("input_dtype", inputDType.name)] }
}

extension Primitives {
  public static let complex = Primitive.elementwise(
    "complex", [.complexParts, .complexParts], result: { operands, _ in operands[0].dtype.complexCounterpart },
    derivative: .linear,
    transpose: .rule { cotangents, operands, _ in
      guard let ct = cotangents[0] else { return [nil, nil] }
      return [
        operands[0].isLinear ? try unstretched(try Lax.real(ct), operands[0]) : nil,
        operands[1].isLinear ? try unstretched(try Lax.imag(try Lax.neg(ct)), operands[1]) : nil,
      ]
    }
  ) { _, operands, _, _ in .pair(operands[0].scalar, operands[1].scalar) }

  public static let real = part("real", component: { $0.0 }) { try Lax.complex($0, try Lax.zerosLike($0)) }
  public static let imag = part("imag", component: { $0.1 }) {
    try Lax.complex(try Lax.zerosLike($0), try Lax.neg($0))
  }

  private static func part(
    _ name: String, component: @escaping ((ExprID, ExprID)) -> ExprID, transpose: @escaping (Value) throws -> Value
  ) -> Primitive {
    .elementwise(
      name, [.complex], result: { operands, _ in operands[0].dtype.realPart }, derivative: .linear,
      transpose: .rule { cotangents, operands, _ in
        [operands[0].isLinear ? try cotangents[0].map { .dense(try transpose($0)) } : nil]
      }
    ) { _, operands, _, _ in .scalar(component(operands[0].pair)) }
  }

  /// The conjugate; of a real operand the complex number with no imaginary part.
  public static let conj = Primitive.elementwise(
    "conj", [[.complexParts, .complex]], result: { operands, _ in operands[0].dtype.complexCounterpart },
    derivative: .linear,
    transpose: .rule { cotangents, operands, params in
      guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
      let isComplex = params.unbox(ConjParams.self).inputDType.isComplex
      return [.dense(isComplex ? try Lax.conj(ct) : try Lax.real(ct))]
    }
  ) { kernel, operands, dtype, _ in
    switch operands[0] {
    case .scalar(let value): .pair(value, kernel.constant(0, dtype.scalar))
    case .pair(let re, let im): .pair(re, kernel.unary(.neg, im))
    }
  }

  static let complexParts: [Primitive] = [complex, real, imag, conj]
}

extension Lax {
  public static func complex(_ re: Value, _ im: Value) throws -> Value { try Primitives.complex(re, im) }
  public static func real(_ x: Value) throws -> Value { try Primitives.real(x) }
  public static func imag(_ x: Value) throws -> Value { try Primitives.imag(x) }
  public static func conj(_ x: Value) throws -> Value {
    try bind1(Primitives.conj, [x], ConjParams(inputDType: x.dtype).boxed)
  }
}
