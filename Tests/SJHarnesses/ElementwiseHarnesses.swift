import SJLax

/// Harnesses of elementwise primitives, in one line each.
extension Harnesses {
  typealias Binary = (Value, Value) throws -> Value

  /// `range` lies where the function is defined; `isSmooth` says whether finite differences make sense there, and
  /// `hasDerivative` whether there is a rule at all.
  private static func unary(
    _ name: String, _ dtypes: [DType], in range: ClosedRange<Double> = -2...2, isSmooth: Bool = true,
    hasDerivative: Bool = true, _ function: @escaping Unary
  ) -> [Harness] {
    acrossShapes([[[3, 4]], [[]], [[0, 2]]], dtypes) { shapes, dtype in
      Harness(
        name: "\(name) \(dtype)\(shapes[0].text)", arguments: [Argument(dtype, shapes[0], range)],
        isDifferentiable: isSmooth && hasDerivative, hasTranspose: hasDerivative, isElementwise: true
      ) { [try function($0[0])] }
    }
  }

  /// Operands of one shape, with an axis that stretches, and with a scalar.
  private static func binary(
    _ name: String, _ dtypes: [DType], in range: ClosedRange<Double> = -2...2, isSmooth: Bool = true,
    hasDerivative: Bool = true, _ function: @escaping Binary
  ) -> [Harness] {
    acrossShapes([[[3, 4], [3, 4]], [[3, 4], [3, 1]], [[], [2]], [[0], [1]]], dtypes) { shapes, dtype in
      Harness(
        name: "\(name) \(dtype)\(shapes[0].text) \(dtype)\(shapes[1].text)",
        arguments: shapes.map { Argument(dtype, $0, range) },
        isDifferentiable: isSmooth && hasDerivative, hasTranspose: hasDerivative, isElementwise: true
      ) { [try function($0[0], $0[1])] }
    }
  }

  /// All dtypes with the first shapes, the others with a float where there is one.
  private static func acrossShapes(
    _ shapes: [[Shape]], _ dtypes: [DType], _ make: ([Shape], DType) -> Harness
  ) -> [Harness] {
    let dtype = dtypes.contains(.float64) ? .float64 : dtypes[0]
    return dtypes.map { make(shapes[0], $0) } + shapes.dropFirst().map { make($0, dtype) }
  }

  static let elementwise: [Harness] =
    arithmetic + powers + exponential + trigonometric + special + rounding + comparison + bits + selection

  private static let inexact = floats + complex
  private static let numbers = inexact + integers

  private static let arithmetic = joined(
    binary("add", numbers, Lax.add),
    binary("sub", numbers, Lax.sub),
    binary("mul", numbers, Lax.mul),
    binary("div", numbers, in: 1...3, Lax.div),
    binary("rem", floats + integers, in: 1...9, isSmooth: false, Lax.rem),
    binary("max", numbers, isSmooth: false, Lax.max),
    binary("min", numbers, isSmooth: false, Lax.min),
    binary("nextafter", [.float32, .float64], hasDerivative: false, Lax.nextafter),
    unary("add_any", floats) { try Lax.addAny($0, Lax.sin($0)) },
    unary("neg", numbers, Lax.neg),
    unary("sign", numbers, isSmooth: false, Lax.sign),
    unary("abs", numbers, isSmooth: false, Lax.abs))

  private static let powers = joined(
    unary("square", numbers, Lax.square),
    unary("sqrt", inexact, in: 0.5...2, Lax.sqrt),
    unary("rsqrt", inexact, in: 0.5...2, Lax.rsqrt),
    unary("cbrt", floats, in: 0.5...2, Lax.cbrt),
    unary("integer_pow", numbers) { try Lax.integerPow($0, 3) },
    binary("pow", inexact, in: 1...2, Lax.pow))

  private static let exponential = joined(
    unary("exp", inexact, Lax.exp),
    unary("exp2", inexact, Lax.exp2),
    unary("expm1", inexact, Lax.expm1),
    unary("log", inexact, in: 0.5...2, Lax.log),
    unary("log1p", inexact, in: -0.5...2, Lax.log1p),
    unary("logistic", inexact, Lax.logistic))

  private static let trigonometric = joined(
    unary("sin", inexact, Lax.sin),
    unary("cos", inexact, Lax.cos),
    unary("tan", inexact, in: -1...1, Lax.tan),
    unary("asin", inexact, in: -0.9...0.9, Lax.asin),
    unary("acos", inexact, in: -0.9...0.9, Lax.acos),
    unary("atan", inexact, in: -0.9...0.9, Lax.atan),
    binary("atan2", floats, Lax.atan2),
    unary("sinh", inexact, Lax.sinh),
    unary("cosh", inexact, Lax.cosh),
    unary("tanh", inexact, Lax.tanh),
    unary("asinh", inexact, Lax.asinh),
    unary("acosh", inexact, in: 1.1...3, Lax.acosh),
    unary("atanh", inexact, in: -0.9...0.9, Lax.atanh))

  private static let special = joined(
    unary("erf", floats, Lax.erf),
    unary("erfc", floats, Lax.erfc),
    unary("erf_inv", floats, in: -0.9...0.9, Lax.erfInv),
    unary("lgamma", floats, in: 0.5...4, Lax.lgamma),
    unary("digamma", floats, in: 0.5...4, Lax.digamma),
    unary("polygamma", [.float32, .float64], in: 1...4) { try Lax.polygamma(Lax.scalar(1.0, $0.dtype), $0) },
    binary("zeta", [.float32, .float64], in: 1.5...4, hasDerivative: false, Lax.zeta),
    unary("bessel_i0e", floats, in: 0.1...2, Lax.besselI0e),
    unary("bessel_i1e", floats, in: 0.1...2, Lax.besselI1e))

  private static let rounding = joined(
    unary("floor", floats, isSmooth: false, Lax.floor),
    unary("ceil", floats, isSmooth: false, Lax.ceil),
    unary("round", floats, isSmooth: false) { try Lax.round($0) },
    unary("is_finite", floats, isSmooth: false, Lax.isFinite),
    unary("reduce_precision", [.float32], isSmooth: false) {
      try Lax.reducePrecision($0, exponentBits: 5, mantissaBits: 10)
    })

  private static let ordered = floats + integers + [.bool]

  private static let comparison = joined(
    binary("eq", ordered + complex, isSmooth: false, Lax.eq),
    binary("ne", ordered + complex, isSmooth: false, Lax.ne),
    binary("lt", ordered, isSmooth: false, Lax.lt),
    binary("le", ordered, isSmooth: false, Lax.le),
    binary("gt", ordered, isSmooth: false, Lax.gt),
    binary("ge", ordered, isSmooth: false, Lax.ge),
    binary("eq_to", ordered, isSmooth: false, Lax.eqTo),
    binary("le_to", ordered, isSmooth: false, Lax.leTo),
    binary("lt_to", ordered, isSmooth: false, Lax.ltTo))

  private static let bits = joined(
    binary("and", integers + [.bool], Lax.bitwiseAnd),
    binary("or", integers + [.bool], Lax.bitwiseOr),
    binary("xor", integers + [.bool], Lax.bitwiseXor),
    unary("not", integers + [.bool], Lax.bitwiseNot),
    binary("shift_left", integers, in: 0...9, Lax.shiftLeft),
    binary("shift_right_arithmetic", integers, in: 0...9, Lax.shiftRightArithmetic),
    binary("shift_right_logical", integers, in: 0...9, Lax.shiftRightLogical),
    unary("population_count", integers, Lax.populationCount),
    unary("clz", integers, Lax.clz),
    unary("bitcast_convert_type", [.float32], isSmooth: false) { try Lax.bitcastConvertType($0, .int32) })

  private static let selection = joined(
    binary("complex", [.float32, .float64], Lax.complex),
    unary("real", complex, Lax.real),
    unary("imag", complex, Lax.imag),
    unary("conj", complex, Lax.conj),
    each(numbers) { dtype in
      Harness(name: "select_n \(dtype)", arguments: [Argument(.bool), Argument(dtype), Argument(dtype)], isElementwise: true) {
        [try Lax.select($0[0], $0[1], $0[2])]
      }
    },
    each(floats + integers) { dtype in
      let bounds = [Argument(dtype, [], 0...1), Argument(dtype, [], 1...2)]
      return Harness(name: "clamp \(dtype)", arguments: bounds + [Argument(dtype)], isDifferentiable: false) {
        [try Lax.clamp($0[0], $0[2], $0[1])]
      }
    },
    each([.float16, .complex64, .int8, .bool]) { target in
      Harness(name: "convert_element_type \(target)", arguments: [Argument(.float32)], isDifferentiable: false) {
        [try Lax.convertElementType($0[0], target)]
      }
    })
}
