import SJLax
import XCTest

/// Elementwise operations against tables from real JAX.
final class ElementwiseGoldenTests: LaxTestCase {
  func testUnary() throws { try checkGolden("lax_elementwise", Self.unary.mapValues { f in { [try f($0.inputs[0])] } }) }
  func testBinary() throws {
    try checkGolden("lax_elementwise", Self.binary.mapValues { f in { [try f($0.inputs[0], try $0.second())] } })
  }
  func testOthers() throws { try checkGolden("lax_elementwise", Self.others) }

  static let unary: [String: (Value) throws -> Value] = [
    "lax.neg": Lax.neg, "lax.abs": Lax.abs, "lax.sign": Lax.sign, "lax.square": Lax.square,
    "lax.reciprocal": Lax.reciprocal, "lax.sqrt": Lax.sqrt, "lax.rsqrt": Lax.rsqrt, "lax.cbrt": Lax.cbrt,
    "lax.exp": Lax.exp, "lax.exp2": Lax.exp2, "lax.expm1": Lax.expm1, "lax.log": Lax.log, "lax.log1p": Lax.log1p,
    "lax.logistic": Lax.logistic, "lax.sin": Lax.sin, "lax.cos": Lax.cos, "lax.tan": Lax.tan, "lax.asin": Lax.asin,
    "lax.acos": Lax.acos, "lax.atan": Lax.atan, "lax.sinh": Lax.sinh, "lax.cosh": Lax.cosh, "lax.tanh": Lax.tanh,
    "lax.asinh": Lax.asinh, "lax.acosh": Lax.acosh, "lax.atanh": Lax.atanh, "lax.floor": Lax.floor,
    "lax.ceil": Lax.ceil, "lax.is_finite": Lax.isFinite, "lax.erf": Lax.erf, "lax.erfc": Lax.erfc,
    "lax.erf_inv": Lax.erfInv, "lax.lgamma": Lax.lgamma, "lax.digamma": Lax.digamma, "lax.conj": Lax.conj,
    "lax.real": Lax.real, "lax.imag": Lax.imag, "lax.bitwise_not": Lax.bitwiseNot,
    "lax.population_count": Lax.populationCount, "lax.clz": Lax.clz,
  ]

  static let binary: [String: (Value, Value) throws -> Value] = [
    "lax.add": Lax.add, "lax.sub": Lax.sub, "lax.mul": Lax.mul, "lax.div": Lax.div, "lax.rem": Lax.rem,
    "lax.max": Lax.max, "lax.min": Lax.min, "lax.bitwise_and": Lax.bitwiseAnd, "lax.bitwise_or": Lax.bitwiseOr,
    "lax.bitwise_xor": Lax.bitwiseXor, "lax.shift_left": Lax.shiftLeft,
    "lax.shift_right_logical": Lax.shiftRightLogical, "lax.shift_right_arithmetic": Lax.shiftRightArithmetic,
    "lax.nextafter": Lax.nextafter, "lax.atan2": Lax.atan2, "lax.pow": Lax.pow, "lax.complex": Lax.complex,
    "lax.eq": Lax.eq, "lax.ne": Lax.ne, "lax.lt": Lax.lt, "lax.le": Lax.le, "lax.gt": Lax.gt, "lax.ge": Lax.ge,
  ]

  static let others: [String: Call] = [
    "lax.round": { c in
      let isEven = c.parameters["rounding_method"] as? String == "TO_NEAREST_EVEN"
      return [try Lax.round(c.inputs[0], isEven ? .toNearestEven : .awayFromZero)]
    },
    "lax.integer_pow": { [try Lax.integerPow($0.inputs[0], $0.int("y")!)] },
    "lax.select": { [try Lax.select($0.inputs[0], $0.inputs[1], $0.inputs[2])] },
    "lax.select_n": { [try Lax.selectN($0.inputs[0], Array($0.inputs.dropFirst()))] },
    "lax.clamp": { [try Lax.clamp($0.inputs[0], $0.inputs[1], $0.inputs[2])] },
    "lax.convert_element_type": { [try Lax.convertElementType($0.inputs[0], try $0.dtype("new_dtype"))] },
    "lax.bitcast_convert_type": { [try Lax.bitcastConvertType($0.inputs[0], try $0.dtype("new_dtype"))] },
    "lax.reduce_precision": { c in
      [try Lax.reducePrecision(c.inputs[0], exponentBits: c.int("exponent_bits")!, mantissaBits: c.int("mantissa_bits")!)]
    },
  ]
}

extension GoldenCase {
  /// The second operand: an array, or a host scalar, which is weak.
  fileprivate func second() throws -> Value {
    if inputs.count > 1 { return inputs[1] }
    return try Lax.scalar(try XCTUnwrap(parameters["y"] as? Double), .float32, weakType: true)
  }

  func dtype(_ name: String) throws -> DType {
    let text = try XCTUnwrap(parameters[name] as? String)
    return try XCTUnwrap(DType(name: text == "bool_" ? "bool" : text))
  }
}
