import SJLoopIR

struct BitcastParams: ParamValues {
  var newDType: DType
  var fields: [(name: String, value: String)] { [("new_dtype", newDType.name)] }
}

struct ReducePrecisionParams: ParamValues {
  var exponentBits: Int
  var mantissaBits: Int
  var fields: [(name: String, value: String)] {
    [("exponent_bits", "\(exponentBits)"), ("mantissa_bits", "\(mantissaBits)")]
  }
}

extension Primitives {
  public static let bitcastConvertType = PrimitiveReference.define("bitcast_convert_type") { reference in
    Rules(
      abstract: { inputs, params in
        let to = params.unbox(BitcastParams.self).newDType
        return ([AbstractValue(to, try bitcastShape(inputs[0], to))], [])
      },
      jvp: .zero,
      transpose: .unsupported("bitcast_convert_type is not linear"),
      batch: .rule { _, inputs, axes, params in
        guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        // The last axis may come or go, so the batch axis must not be it.
        return (try bind(reference.primitive, [try Lax.moveAxis(inputs[0], batch, 0)], params), [0])
      },
      lowering: .rule { _, inputs, _, outputs in [bitcast(inputs[0], outputs[0])] })
  }

  private static func bitcastShape(_ operand: AbstractValue, _ to: DType) throws -> Shape {
    let from = operand.dtype
    if from == to { return operand.shape }
    guard [from, to].allSatisfy({ $0.isInteger || $0.isFloat }) else {
      throw SJError(
        .dtype,
        """
        lax.bitcast_convert_type does not support bool or complex values unless the operand and destination types match. \
        Got operand dtype=\(from), new_dtype=\(to).
        """)
    }
    if from.size == to.size { return operand.shape }
    if from.size > to.size { return operand.shape + [from.size / to.size] }
    guard let last = operand.shape.last, last == to.size / from.size else {
      throw SJError(
        .shape,
        """
        bitcast_convert_type: cannot convert \(operand) to \(to): the last axis must hold the \(to.size / from.size) parts of one \
        element
        """)
    }
    return Array(operand.shape.dropLast())
  }

  private static func bitcast(_ operand: Lowered, _ aval: AbstractValue) -> Lowered {
    let (from, to) = (operand.dtype, aval.dtype)
    if from == to { return operand }
    return Lowered(aval, cost: operand.cost + Swift.max(1, to.size / from.size)) { kernel, index in
      let bits: ExprID
      if from.size == to.size {
        bits = kernel.bits(try operand.element(kernel, index).scalar, from)
      } else if from.size > to.size {
        bits = kernel.part(kernel.bits(try operand.element(kernel, index.dropLast()).scalar, from), index[index.count - 1], to)
      } else {
        let parts = try (0..<to.size / from.size).map {
          kernel.bits(try operand.element(kernel, index + [kernel.index($0)]).scalar, from)
        }
        bits = kernel.joined(parts, from, to)
      }
      return .scalar(kernel.convert(kernel.bitcast(bits, to: to.scalar), to: to.scalar.arithmetic))
    }
  }

  /// Rounds to a float format of fewer bits; values stay in their type.
  public static let reducePrecision: Primitive = Primitive.elementwise(
    "reduce_precision", [.float], cost: 8, derivative: .linear,
    transpose: .rule { cotangents, operands, params in
      guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
      return [.dense(try bind1(Primitives.reducePrecision, [ct], params))]
    },
    check: { params in
      let p = params.unbox(ReducePrecisionParams.self)
      guard p.exponentBits >= 1 else {
        throw SJError(.invalidArgument, "reduce_precision: exponent_bits must be positive; got \(p.exponentBits)")
      }
      guard p.mantissaBits >= 0 else {
        throw SJError(.invalidArgument, "reduce_precision: mantissa_bits must be non-negative; got \(p.mantissaBits)")
      }
    }
  ) { kernel, operands, dtype, params in
    let p = params.unbox(ReducePrecisionParams.self)
    return .scalar(kernel.reducedPrecision(operands[0].scalar, dtype, p))
  }

  static let bitConversion: [Primitive] = [bitcastConvertType, reducePrecision]
}

extension DType {
  /// The unsigned integer type of this many bytes an element.
  fileprivate var bitsType: ScalarType {
    switch size {
    case 1: .u8
    case 2: .u16
    case 4: .u32
    default: .u64
    }
  }

  /// Stored bits of the significand, and of the exponent.
  fileprivate var format: (mantissa: Int, exponent: Int) {
    switch self {
    case .float16: (10, 5)
    case .bfloat16: (7, 8)
    case .float32: (23, 8)
    default: (52, 11)
    }
  }
}

extension KernelBuilder {
  /// The bits of an element as an unsigned integer.
  fileprivate func bits(_ value: ExprID, _ dtype: DType) -> ExprID {
    bitcast(convert(value, to: dtype.scalar), to: dtype.bitsType)
  }

  /// Part number `part` of wide bits, the low ones first.
  fileprivate func part(_ wide: ExprID, _ part: ExprID, _ narrow: DType) -> ExprID {
    let shift = convert(mulIndex(part, 8 * narrow.size), to: type(of: wide))
    return convert(binary(.shrLogical, wide, shift), to: narrow.bitsType)
  }

  fileprivate func joined(_ parts: [ExprID], _ narrow: DType, _ wide: DType) -> ExprID {
    let type = wide.bitsType
    return parts.enumerated().map { i, part in
      binary(.shl, convert(part, to: type), constant(8 * narrow.size * i, type))
    }.reduce(constant(0, type)) { binary(.or, $0, $1) }
  }

  /// XLA's ReducePrecision: rounds the significand to nearest even, overflows to
  /// infinity, flushes what falls below the normal numbers of the narrow format.
  fileprivate func reducedPrecision(_ value: ExprID, _ dtype: DType, _ p: ReducePrecisionParams) -> ExprID {
    let format = dtype.format
    let type = dtype.bitsType
    var bits = self.bits(value, dtype)
    func mask(_ low: Int, _ count: Int) -> ExprID { constant(bits: ((1 << UInt64(count)) - 1) << UInt64(low), type) }
    if p.mantissaBits < format.mantissa {
      let dropped = format.mantissa - p.mantissaBits
      let lowest = binary(.and, binary(.shrLogical, bits, constant(dropped, type)), constant(1, type))
      let bias = binary(.add, lowest, mask(0, dropped - 1))
      let kept = unary(.not, mask(0, dropped))
      bits = binary(.and, binary(.add, bits, bias), kept)
    }
    if p.exponentBits < format.exponent {
      let bias = (1 << (format.exponent - 1)) - 1
      let narrowBias = (1 << (p.exponentBits - 1)) - 1
      let exponent = binary(.and, bits, mask(format.mantissa, format.exponent))
      func exponentConstant(_ value: Int) -> ExprID { constant(bits: UInt64(value) << UInt64(format.mantissa), type) }
      let sign = binary(.and, bits, mask(format.mantissa + format.exponent, 1))
      let infinity = binary(.or, sign, mask(format.mantissa, format.exponent))
      let overflows = binary(.gt, exponent, exponentConstant(bias + narrowBias))
      let underflows = binary(.le, exponent, exponentConstant(bias - narrowBias))
      bits = select(overflows, infinity, select(underflows, sign, bits))
    }
    let result = convert(bitcast(bits, to: dtype.scalar), to: dtype.scalar.arithmetic)
    // NaN keeps its bits: rounding them could give infinity.
    return select(binary(.ne, value, value), value, result)
  }
}

extension Lax {
  /// `jax.lax.bitcast_convert_type`: the same bits as another type. Narrower types get a last
  /// axis of the parts of an element, low bits first; for wider ones such an axis disappears.
  public static func bitcastConvertType(_ operand: Value, _ newDType: DType) throws -> Value {
    let dtype = Config.current.enableX64 ? newDType : newDType.narrowed
    return try bind1(Primitives.bitcastConvertType, [operand], BitcastParams(newDType: dtype).boxed)
  }

  /// `jax.lax.reduce_precision`.
  public static func reducePrecision(_ operand: Value, exponentBits: Int, mantissaBits: Int) throws -> Value {
    let params = ReducePrecisionParams(exponentBits: exponentBits, mantissaBits: mantissaBits)
    return try bind1(Primitives.reducePrecision, [operand], params.boxed)
  }
}
