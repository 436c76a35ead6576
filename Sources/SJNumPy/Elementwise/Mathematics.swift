import SJCore
import SJLax
import SJTypes

// Functions of mathematics beyond those of lax.

extension NumPy {
  /// `sqrt(x² + y²)` without overflow: the larger magnitude times a factor between 1 and √2.
  public static func hypot(_ x: Value, _ y: Value) throws -> Value {
    let operands = try promotedInexact([x, y], "hypot")
    try requireReal(operands[0], "hypot")
    let (a, b) = (try Lax.abs(operands[0]), try Lax.abs(operands[1]))
    let isInfinite = try isposinf(a) || isposinf(b)
    let (large, small) = (try maximum(a, b), try minimum(a, b))
    let isZero = try isEqual(large, 0)
    let ratio = try small / `where`(isZero, 1, large)
    let length = try `where`(isZero, large, large * Lax.sqrt(Lax.square(ratio) + 1))
    return try `where`(isInfinite, .infinity, length)
  }

  /// `sin(πx) / (πx)`, 1 at 0.
  public static func sinc(_ x: Value) throws -> Value {
    let x = try promotedInexact([x], "sinc")[0]
    let isZero = try isEqual(x, 0)
    let scaled = try x * Double.pi
    let safe = try `where`(isZero, 1, scaled)
    // At 0 the branch 1 - (πx)²/6 has the right derivatives, first and second.
    let near = try 1 - Lax.square(scaled) / 6
    return try `where`(isZero, near, Lax.sin(safe) / safe)
  }

  /// The modified Bessel function of the first kind and order 0.
  public static func i0(_ x: Value) throws -> Value {
    let x = try promotedInexact([x], "i0")[0]
    guard x.dtype.isFloat else { throw SJError(.invalidArgument, "Unsupported input type to jax.numpy.i0: \(x.dtype)") }
    return try Lax.exp(Lax.abs(x)) * Lax.besselI0e(x)
  }

  public static func deg2rad(_ x: Value) throws -> Value { try inexactUnary("deg2rad", x) { try $0 * (Double.pi / 180) } }
  public static func rad2deg(_ x: Value) throws -> Value { try inexactUnary("rad2deg", x) { try $0 * (180 / Double.pi) } }

  /// The argument of complex numbers.
  public static func angle(_ z: Value, degrees: Bool = false) throws -> Value {
    // As in JAX, floats of rank 0 are taken to the default float.
    let base = z.dtype.isInexact && !(z.dtype.isFloat && z.rank == 0) ? z : try converted(z, defaultFloat)
    let result = try Lax.atan2(imag(base), real(base))
    return degrees ? try rad2deg(result) : result
  }

  /// 0 below 0, 1 above, the second operand at 0.
  public static func heaviside(_ x: Value, _ y: Value) throws -> Value {
    let operands = try promotedInexact([x, y], "heaviside")
    let x = operands[0]
    return try `where`(x < 0, 0, `where`(x > 0, 1, `where`(isnan(x), x, operands[1])))
  }

  public static func floatPower(_ x: Value, _ y: Value) throws -> Value { try inexactBinary("float_power", x, y, Lax.pow) }

  /// The larger operand; the other one where one is NaN.
  public static func fmax(_ x: Value, _ y: Value) throws -> Value { try `where`(x > y || isnan(y), x, y) }
  public static func fmin(_ x: Value, _ y: Value) throws -> Value { try `where`(x < y || isnan(y), x, y) }

  // MARK: Complex parts

  public static func real(_ x: Value) throws -> Value { x.dtype.isComplex ? try Lax.real(x) : x }
  public static func imag(_ x: Value) throws -> Value { x.dtype.isComplex ? try Lax.imag(x) : try Lax.zeros(x.shape, x.dtype) }
  public static func conj(_ x: Value) throws -> Value { x.dtype.isComplex ? try Lax.conj(x) : x }
  public static func iscomplex(_ x: Value) throws -> Value { try !isreal(x) }
  public static func isreal(_ x: Value) throws -> Value { try isEqual(imag(x), 0) }

  // MARK: Choice among several

  /// For each element the choice whose condition is the first to hold, else `default`.
  public static func select(_ conditions: [Value], _ choices: [Value], default: Value? = nil) throws -> Value {
    guard conditions.count == choices.count else {
      throw SJError(
        .invalidArgument, "condlist must have length equal to choicelist (\(conditions.count) vs \(choices.count))")
    }
    guard !conditions.isEmpty else { throw SJError(.invalidArgument, "condlist must be non-empty") }
    let fallback = try `default` ?? Lax.scalar(0, defaultInt, weakType: true)
    let typed = try promoted([fallback] + choices, "select")
    return try zip(conditions, typed.dropFirst()).reversed().reduce(typed[0]) { try `where`($1.0, $1.1, $0) }
  }

  /// `choices[a[i]][i]`; `mode` says what numbers beyond the choices mean: `wrap`, `clip` or `raise`.
  public static func choose(_ a: Value, _ choices: [Value], mode: String = "raise") throws -> Value {
    guard a.dtype.isInteger else { throw SJError(.invalidArgument, "`a` array must be integer typed, got \(a.aval)") }
    guard !choices.isEmpty else { throw SJError(.invalidArgument, "choose: at least one choice is needed") }
    let last = choices.count - 1
    let index: Value
    switch mode {
    case "raise":
      let host = try a.concreteArray(for: "choose with mode='raise'")
      guard try concreteInteger(any(host < 0 || host > Double(last)), for: "choose") == 0 else {
        throw SJError(.invalidArgument, "invalid entry in choice array")
      }
      index = a
    case "wrap": index = try remainder(a, constant(Double(choices.count), like: a))
    case "clip": index = try clip(a, constant(0, like: a), constant(Double(last), like: a))
    default: throw SJError(.invalidArgument, "mode='\(mode)' not understood. Must be 'raise', 'wrap', or 'clip'")
    }
    let operands = try broadcast([converted(index, .int32)] + promoted(choices, "choose"), "choose")
    return try Lax.selectN(operands[0], Array(operands.dropFirst()))
  }
}
