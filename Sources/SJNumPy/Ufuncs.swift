import SJCore
import SJLax
import SJTypes

// Universal functions: promotion, broadcasting, then one or a few lax operations.

extension NumPy {
  // MARK: Families

  /// A binary operation on operands of one dtype and shape; alike operands skip the promotion.
  static func binary(_ name: String, _ x: Value, _ y: Value, _ operation: (Value, Value) throws -> Value) throws -> Value {
    if x.aval == y.aval || (Trace.isEvaluating && areReady(x, y)) { return try operation(x, y) }
    // A weak scalar gives way to any float type.
    if x.dtype.isFloat, let scalar = try convertedHostScalar(y, to: x.aval.promotion) { return try operation(x, scalar) }
    if y.dtype.isFloat, let scalar = try convertedHostScalar(x, to: y.aval.promotion) { return try operation(scalar, y) }
    let operands = try promoted([x, y], name)
    let shape = try broadcastShapes(operands.map(\.shape), name)
    // lax operations broadcast scalars themselves.
    let aligned = try operands.map { $0.rank == 0 ? $0 : try broadcastTo($0, shape) }
    return try operation(aligned[0], aligned[1])
  }

  /// Whether eager lax operations take the operands as they are: one dtype, and one shape or a scalar.
  private static func areReady(_ x: Value, _ y: Value) -> Bool {
    x.dtype == y.dtype && (x.rank == 0 || y.rank == 0 || x.shape == y.shape)
  }

  static func inexactBinary(
    _ name: String, _ x: Value, _ y: Value, _ operation: (Value, Value) throws -> Value
  ) throws -> Value {
    let operands = try promotedInexact([x, y], name)
    return try binary(name, operands[0], operands[1], operation)
  }

  static func inexactUnary(_ name: String, _ x: Value, _ operation: (Value) throws -> Value) throws -> Value {
    x.dtype.isInexact ? try operation(x) : try operation(promotedInexact([x], name)[0])
  }

  /// The operand as booleans: whether it is not zero.
  public static func asBool(_ x: Value) throws -> Value {
    x.dtype == .bool ? x : try Lax.ne(x, Lax.scalar(0, x.dtype))
  }

  /// A constant of the operand's dtype, to be broadcast.
  static func constant(_ value: Double, like x: Value) throws -> Value {
    try Lax.scalar(value, x.dtype, weakType: x.aval.weakType)
  }

  // MARK: Arithmetic

  public static func add(_ x: Value, _ y: Value) throws -> Value {
    try binary("add", x, y) { $0.dtype == .bool ? try Lax.bitwiseOr($0, $1) : try Lax.add($0, $1) }
  }
  public static func multiply(_ x: Value, _ y: Value) throws -> Value {
    try binary("multiply", x, y) { $0.dtype == .bool ? try Lax.bitwiseAnd($0, $1) : try Lax.mul($0, $1) }
  }
  public static func subtract(_ x: Value, _ y: Value) throws -> Value { try binary("subtract", x, y, Lax.sub) }
  /// True division: integers become floats.
  public static func divide(_ x: Value, _ y: Value) throws -> Value { try inexactBinary("divide", x, y, Lax.div) }

  /// The quotient rounded towards minus infinity.
  public static func floorDivide(_ x: Value, _ y: Value) throws -> Value {
    try binary("floor_divide", x, y) { a, b in
      if a.dtype.isComplex { throw SJError(.dtype, "floor_divide does not support complex-valued inputs") }
      if a.dtype == .bool { return try floorDivide(cast(a, to: .init(.int8)), cast(b, to: .init(.int8))) }
      if a.dtype.isFloat { return try floatDivmod(a, b).quotient }
      let quotient = try Lax.div(a, b)
      if a.dtype.isUnsignedInteger { return quotient }
      // One less where the signs differ and the division is not exact.
      let differ = try Lax.ne(Lax.sign(a), Lax.sign(b))
      let inexact = try Lax.ne(Lax.rem(a, b), constant(0, like: a))
      return try Lax.select(Lax.bitwiseAnd(differ, inexact), Lax.sub(quotient, constant(1, like: a)), quotient)
    }
  }

  /// The remainder with the divisor's sign, as Python's `%`.
  public static func remainder(_ x: Value, _ y: Value) throws -> Value {
    try binary("remainder", x, y) { a, b in
      let zero = try constant(0, like: a)
      let b = try nonzeroDivisor(b)
      let truncated = try Lax.rem(a, b)
      let isNonzero = try Lax.ne(truncated, zero)
      let differ = try Lax.ne(Lax.lt(truncated, zero), Lax.lt(b, zero))
      return try Lax.select(Lax.bitwiseAnd(differ, isNonzero), Lax.add(truncated, b), truncated)
    }
  }

  /// The remainder with the dividend's sign, as C's `fmod`.
  public static func fmod(_ x: Value, _ y: Value) throws -> Value {
    try binary("fmod", x, y) { try Lax.rem($0, nonzeroDivisor($1)) }
  }

  /// Integers with 1 for 0: the remainder of a division by zero is 0.
  private static func nonzeroDivisor(_ y: Value) throws -> Value {
    if !y.dtype.isInteger { return y }
    return try `where`(Lax.eq(y, constant(0, like: y)), constant(1, like: y), y)
  }

  /// `jax.lax.rem` of promoted operands: as `fmod`, but the remainder of an integer's division by zero is the dividend.
  public static func rem(_ x: Value, _ y: Value) throws -> Value { try binary("rem", x, y, Lax.rem) }

  public static func divmod(_ x: Value, _ y: Value) throws -> (quotient: Value, remainder: Value) {
    let operands = try promoted([x, y], "divmod")
    if operands[0].dtype.isFloat {
      let aligned = try broadcast(operands, "divmod")
      return try floatDivmod(aligned[0], aligned[1])
    }
    return (try floorDivide(x, y), try remainder(x, y))
  }

  /// CPython's `float_divmod`: the remainder first, then the quotient that matches it.
  private static func floatDivmod(_ x: Value, _ y: Value) throws -> (quotient: Value, remainder: Value) {
    let zero = try constant(0, like: x)
    var mod = try Lax.rem(x, y)
    // Where the divisor is 0 the remainder is NaN, and the quotient infinite.
    var div = try Lax.div(`where`(Lax.eq(y, zero), x, Lax.sub(x, mod)), y)
    let adjust = try Lax.bitwiseAnd(Lax.ne(mod, zero), Lax.ne(Lax.sign(y), Lax.sign(mod)))
    mod = try Lax.select(adjust, Lax.add(mod, y), mod)
    div = try Lax.select(adjust, Lax.sub(div, constant(1, like: x)), div)
    return (try Lax.round(div, .toNearestEven), mod)
  }

  public static func negative(_ x: Value) throws -> Value { try Lax.neg(x) }
  public static func positive(_ x: Value) throws -> Value { x }
  public static func abs(_ x: Value) throws -> Value {
    x.dtype == .bool || x.dtype.isUnsignedInteger ? x : try Lax.abs(x)
  }
  public static func sign(_ x: Value) throws -> Value { try Lax.sign(x) }
  public static func square(_ x: Value) throws -> Value { try Lax.square(x.dtype == .bool ? cast(x, to: .init(.int32)) : x) }
  public static func reciprocal(_ x: Value) throws -> Value { try inexactUnary("reciprocal", x) { try Lax.integerPow($0, -1) } }

  /// `x ** y`. A weakly typed integer scalar exponent of known value is a product of powers, as in JAX.
  public static func power(_ x: Value, _ y: Value) throws -> Value {
    if let exponent = integer(y), x.dtype.isNumeric {
      if exponent < 0, !x.dtype.isInexact {
        throw SJError(.dtype, "Integers cannot be raised to negative powers, got integer_pow(\(x.aval), \(exponent))")
      }
      if y.aval.weakType, x.dtype != .bool { return try integerPower(x, exponent) }
    }
    let operands = try promoted([x, y], "power")
    let (a, b) = (operands[0], operands[1])
    if a.dtype == .bool { return try Lax.bitwiseOr(a, Lax.bitwiseNot(b)) }
    if a.dtype.isInexact, y.dtype.isInteger {
      let shape = try broadcastShapes([a.shape, y.shape], "power")
      return try Lax.pow(broadcastTo(a, shape), broadcastTo(y, shape))
    }
    return try binary("power", a, b) { a, b in
      a.dtype.isInteger ? try integerArrayPower(a, b) : try Lax.pow(a, b)
    }
  }

  static func integerPower(_ x: Value, _ exponent: Int) throws -> Value {
    if exponent == 0 { return try Lax.onesLike(x) }
    return exponent == 1 ? x : try Lax.integerPow(x, exponent)
  }

  /// The value of a concrete integer scalar.
  private static func integer(_ y: Value) -> Int? {
    guard y.rank == 0, y.dtype == .int32 || y.dtype == .int64, let array = y.asArray, let bytes = try? array.bytes()
    else { return nil }
    return y.dtype == .int32 ? Int(bytes.load(as: Int32.self)) : Int(bytes.load(as: Int64.self))
  }

  /// Square and multiply over the bits of the exponents; negative ones give 0 but for bases ±1, as the products overflow.
  private static func integerArrayPower(_ x: Value, _ y: Value) throws -> Value {
    let shape = try broadcastShapes([x.shape, y.shape])
    var (base, exponent) = (try broadcastTo(x, shape), try broadcastTo(y, shape))
    var result = try Lax.onesLike(base)
    let one = try constant(1, like: exponent)
    for bit in 0..<(exponent.dtype.size * 8) {
      let isSet = try asBool(Lax.bitwiseAnd(exponent, one))
      result = try Lax.select(isSet, Lax.mul(result, base), result)
      if bit + 1 < exponent.dtype.size * 8 {
        base = try Lax.mul(base, base)
        exponent = try Lax.shiftRightLogical(exponent, one)
      }
    }
    return result
  }

  public static func sqrt(_ x: Value) throws -> Value { try inexactUnary("sqrt", x, Lax.sqrt) }
  public static func cbrt(_ x: Value) throws -> Value { try inexactUnary("cbrt", x, Lax.cbrt) }
  public static func maximum(_ x: Value, _ y: Value) throws -> Value { try binary("maximum", x, y, Lax.max) }
  public static func minimum(_ x: Value, _ y: Value) throws -> Value { try binary("minimum", x, y, Lax.min) }

  // MARK: Exponential and trigonometric

  public static func exp(_ x: Value) throws -> Value { try inexactUnary("exp", x, Lax.exp) }
  public static func exp2(_ x: Value) throws -> Value { try inexactUnary("exp2", x, Lax.exp2) }
  public static func expm1(_ x: Value) throws -> Value { try inexactUnary("expm1", x, Lax.expm1) }
  public static func log(_ x: Value) throws -> Value { try inexactUnary("log", x, Lax.log) }
  public static func log1p(_ x: Value) throws -> Value { try inexactUnary("log1p", x, Lax.log1p) }
  public static func log2(_ x: Value) throws -> Value {
    try inexactUnary("log2", x) { try Lax.div(Lax.log($0), constant(0.6931471805599453, like: $0)) }
  }
  public static func log10(_ x: Value) throws -> Value {
    try inexactUnary("log10", x) { try Lax.div(Lax.log($0), constant(2.302585092994046, like: $0)) }
  }
  public static func sin(_ x: Value) throws -> Value { try inexactUnary("sin", x, Lax.sin) }
  public static func cos(_ x: Value) throws -> Value { try inexactUnary("cos", x, Lax.cos) }
  public static func tan(_ x: Value) throws -> Value { try inexactUnary("tan", x, Lax.tan) }
  public static func arcsin(_ x: Value) throws -> Value { try inexactUnary("arcsin", x, Lax.asin) }
  public static func arccos(_ x: Value) throws -> Value { try inexactUnary("arccos", x, Lax.acos) }
  public static func arctan(_ x: Value) throws -> Value { try inexactUnary("arctan", x, Lax.atan) }
  public static func sinh(_ x: Value) throws -> Value { try inexactUnary("sinh", x, Lax.sinh) }
  public static func cosh(_ x: Value) throws -> Value { try inexactUnary("cosh", x, Lax.cosh) }
  public static func tanh(_ x: Value) throws -> Value { try inexactUnary("tanh", x, Lax.tanh) }
  public static func arcsinh(_ x: Value) throws -> Value { try inexactUnary("arcsinh", x, Lax.asinh) }
  public static func arccosh(_ x: Value) throws -> Value { try inexactUnary("arccosh", x, Lax.acosh) }
  public static func arctanh(_ x: Value) throws -> Value { try inexactUnary("arctanh", x, Lax.atanh) }
  public static func arctan2(_ x: Value, _ y: Value) throws -> Value { try inexactBinary("arctan2", x, y, Lax.atan2) }

  // MARK: Rounding

  public static func floor(_ x: Value) throws -> Value { x.dtype.isInexact ? try Lax.floor(x) : x }
  public static func ceil(_ x: Value) throws -> Value { x.dtype.isInexact ? try Lax.ceil(x) : x }
  public static func trunc(_ x: Value) throws -> Value {
    guard x.dtype.isInexact else { return x }
    return try Lax.select(Lax.lt(x, constant(0, like: x)), Lax.ceil(x), Lax.floor(x))
  }
  public static func rint(_ x: Value) throws -> Value { try inexactUnary("rint", x) { try Lax.round($0, .toNearestEven) } }

  // MARK: Predicates and comparisons

  public static func isfinite(_ x: Value) throws -> Value {
    x.dtype.isInexact ? try Lax.isFinite(x) : try Lax.full(x.shape, 1, .bool)
  }
  public static func isnan(_ x: Value) throws -> Value { try Lax.ne(x, x) }
  public static func isinf(_ x: Value) throws -> Value {
    guard x.dtype.isInexact else { return try Lax.full(x.shape, 0, .bool) }
    if x.dtype.isComplex { return try Lax.bitwiseOr(isinf(Lax.real(x)), isinf(Lax.imag(x))) }
    return try Lax.eq(Lax.abs(x), constant(.infinity, like: x))
  }

  public static func equal(_ x: Value, _ y: Value) throws -> Value { try binary("equal", x, y, Lax.eq) }
  public static func notEqual(_ x: Value, _ y: Value) throws -> Value { try binary("not_equal", x, y, Lax.ne) }
  /// Complex numbers are ordered by their real parts, then by their imaginary ones.
  private static func ordered(
    _ name: String, _ x: Value, _ y: Value, _ operation: (Value, Value) throws -> Value
  ) throws -> Value {
    try binary(name, x, y) { a, b in
      guard a.dtype.isComplex else { return try operation(a, b) }
      let (re, im) = (try [a, b].map(Lax.real), try [a, b].map(Lax.imag))
      return try `where`(Lax.eq(re[0], re[1]), operation(im[0], im[1]), operation(re[0], re[1]))
    }
  }

  public static func less(_ x: Value, _ y: Value) throws -> Value { try ordered("less", x, y, Lax.lt) }
  public static func lessEqual(_ x: Value, _ y: Value) throws -> Value { try ordered("less_equal", x, y, Lax.le) }
  public static func greater(_ x: Value, _ y: Value) throws -> Value { try ordered("greater", x, y, Lax.gt) }
  public static func greaterEqual(_ x: Value, _ y: Value) throws -> Value { try ordered("greater_equal", x, y, Lax.ge) }

  public static func logicalAnd(_ x: Value, _ y: Value) throws -> Value {
    try binary("logical_and", asBool(x), asBool(y), Lax.bitwiseAnd)
  }
  public static func logicalOr(_ x: Value, _ y: Value) throws -> Value {
    try binary("logical_or", asBool(x), asBool(y), Lax.bitwiseOr)
  }
  public static func logicalXor(_ x: Value, _ y: Value) throws -> Value {
    try binary("logical_xor", asBool(x), asBool(y), Lax.bitwiseXor)
  }
  public static func logicalNot(_ x: Value) throws -> Value { try Lax.bitwiseNot(asBool(x)) }

  public static func bitwiseAnd(_ x: Value, _ y: Value) throws -> Value { try binary("bitwise_and", x, y, Lax.bitwiseAnd) }
  public static func bitwiseOr(_ x: Value, _ y: Value) throws -> Value { try binary("bitwise_or", x, y, Lax.bitwiseOr) }
  public static func bitwiseXor(_ x: Value, _ y: Value) throws -> Value { try binary("bitwise_xor", x, y, Lax.bitwiseXor) }
  public static func bitwiseNot(_ x: Value) throws -> Value { try Lax.bitwiseNot(x) }
  public static func leftShift(_ x: Value, _ y: Value) throws -> Value { try binary("left_shift", x, y, Lax.shiftLeft) }
  public static func rightShift(_ x: Value, _ y: Value) throws -> Value {
    try binary("right_shift", x, y) {
      $0.dtype.isUnsignedInteger ? try Lax.shiftRightLogical($0, $1) : try Lax.shiftRightArithmetic($0, $1)
    }
  }

  // MARK: Choice

  /// `x` where the condition holds, else `y`.
  public static func `where`(_ condition: Value, _ x: Value, _ y: Value) throws -> Value {
    let operands = try promoted([x, y], "where")
    let shape = try broadcastShapes([condition.shape, x.shape, y.shape], "where")
    return try Lax.select(
      broadcastTo(asBool(condition), shape), broadcastTo(operands[0], shape), broadcastTo(operands[1], shape))
  }

  /// The values limited to [low, high]; nil bounds are open.
  public static func clip(_ x: Value, _ low: Value?, _ high: Value?) throws -> Value {
    for operand in [x, low, high].compactMap({ $0 }) { try requireReal(operand, "clip") }
    var result = x
    if let low { result = try maximum(low, result) }
    if let high { result = try minimum(high, result) }
    return result
  }

  // MARK: Nearness

  /// Rounded to a number of decimals, halves to even; integers stay as they are.
  public static func round(_ x: Value, decimals: Int = 0) throws -> Value {
    guard x.dtype.isInexact || decimals >= 0 else {
      throw SJError(.unsupported, "round: integers cannot be rounded to \(decimals) decimals")
    }
    guard x.dtype.isInexact, decimals != 0 else { return x.dtype.isInexact ? try rint(x) : x }
    let factor = (0..<decimals.magnitude).reduce(1.0) { result, _ in result * 10 }
    return try decimals > 0 ? rint(x * factor) / factor : rint(x / factor) * factor
  }

  /// Whether elements differ by at most `atol + rtol |y|`.
  public static func isclose(
    _ x: Value, _ y: Value, rtol: Value? = nil, atol: Value? = nil, equalNaN: Bool = false
  ) throws -> Value {
    let operands = try promoted([x, y], "isclose")
    let (a, b) = (operands[0], operands[1])
    guard a.dtype.isInexact else {
      return try isclose(converted(a, defaultFloat), converted(b, defaultFloat), rtol: rtol, atol: atol)
    }
    let relative = try rtol ?? Lax.scalar(1e-5, defaultFloat, weakType: true)
    let absolute = try atol ?? Lax.scalar(1e-8, defaultFloat, weakType: true)
    let isNear = try abs(a - b) <= absolute + relative * abs(b)
    let result = try `where`(isfinite(a) && isfinite(b), isNear, equal(a, b))
    return equalNaN ? try result || (isnan(a) && isnan(b)) : result
  }

  public static func allclose(
    _ x: Value, _ y: Value, rtol: Value? = nil, atol: Value? = nil, equalNaN: Bool = false
  ) throws -> Value {
    try all(isclose(x, y, rtol: rtol, atol: atol, equalNaN: equalNaN))
  }

  /// Whether shapes and elements are equal.
  public static func arrayEqual(_ x: Value, _ y: Value, equalNaN: Bool = false) throws -> Value {
    guard x.shape == y.shape else { return try Lax.scalar(0, .bool) }
    let isSame = try equal(x, y)
    guard equalNaN, x.dtype.isInexact, y.dtype.isInexact else { return try all(isSame) }
    return try all(isSame || (isnan(x) && isnan(y)))
  }

  /// Whether elements are equal after broadcasting.
  public static func arrayEquiv(_ x: Value, _ y: Value) throws -> Value {
    guard x.shape.broadcast(with: y.shape) != nil else { return try Lax.scalar(0, .bool) }
    return try all(equal(x, y))
  }
}
