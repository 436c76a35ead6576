import SJLoopIR

struct ConvertElementTypeParams: ParamValues {
  var newDType: DType
  var weakType: Bool
  var fields: [(name: String, value: String)] {
    [("new_dtype", newDType.name), ("weak_type", weakType ? "True" : "False")]
  }
}

extension Primitives {
  public static let convertElementType = PrimitiveReference.define("convert_element_type") { reference in
    Rules(
      abstract: { inputs, params in
        let p = params.unbox(ConvertElementTypeParams.self)
        try checkConversion(inputs[0].dtype, p.newDType)
        return ([inputs[0].with(dtype: p.newDType, weakType: p.weakType)], [])
      },
      jvp: .rule { primals, tangents, params in
        let p = params.unbox(ConvertElementTypeParams.self)
        let answer = try bind1(reference.primitive, primals, params)
        guard let tangent = tangents[0], p.newDType.isInexact else { return ([answer], [nil]) }
        return ([answer], [try bind1(reference.primitive, [tangent], params)])
      },
      transpose: .rule { cotangents, operands, _ in
        guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
        let aval = operands[0].aval
        return [.dense(try Lax.convertElementType(ct, aval.dtype, weakType: aval.weakType))]
      },
      batch: .rule(Batching.unary(reference)),
      lowering: .rule { _, inputs, params, outputs in
        let (from, to) = (inputs[0].dtype, outputs[0].dtype)
        return [
          Lowered(outputs[0], cost: inputs[0].cost + (from == to ? 0 : 1)) { kernel, index in
            kernel.converted(try inputs[0].element(kernel, index), from, to)
          }
        ]
      },
      identity: KnownOperands.sameType)
  }

  private static func checkConversion(_ from: DType, _ to: DType) throws {
    if from == to { return }
    guard from != .key, to != .key else {
      throw SJError(
        .dtype, "convert_element_type: cannot convert \(from) to \(to); keys are not numbers (see key_data and wrap_key_data)")
    }
    guard from != .float0, to != .float0 else {
      throw SJError(.dtype, "convert_element_type: cannot convert \(from) to \(to); float0 has no values")
    }
  }

  static let conversion: [Primitive] = [convertElementType]
}

extension KernelBuilder {
  /// An element of one dtype as one of another, as XLA's `convert`: complex to real drops the
  /// imaginary part, complex to bool asks whether either part is non-zero.
  func converted(_ element: Element, _ from: DType, _ to: DType) -> Element {
    if from == to { return element }
    let target = to.scalar
    func convertScalar(_ value: ExprID) -> ExprID { rounded(convert(convert(value, to: target), to: target.arithmetic), to: to) }
    if from.isComplex, to == .bool {
      let (re, im) = element.pair
      return .scalar(binary(.or, convert(re, to: .bool), convert(im, to: .bool)))
    }
    if to.isComplex {
      let im = from.isComplex ? convertScalar(element.pair.1) : constant(0, target)
      return .pair(convertScalar(element.pair.0), im)
    }
    return .scalar(convertScalar(element.pair.0))
  }
}

extension Lax {
  /// `jax.lax.convert_element_type`. 64-bit types become 32-bit ones while they are not enabled.
  public static func convertElementType(_ operand: Value, _ newDType: DType, weakType: Bool = false) throws -> Value {
    let dtype = Config.current.enableX64 ? newDType : newDType.narrowed
    if operand.dtype == dtype, operand.aval.weakType == weakType { return operand }
    return try bind1(
      Primitives.convertElementType, [operand], ConvertElementTypeParams(newDType: dtype, weakType: weakType).boxed)
  }
}
