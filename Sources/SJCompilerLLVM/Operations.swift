import SJLoopIR
import SJTypes

/// LoopIR's operations as LLVM instructions. What each does at its edges (division by zero,
/// NaN, shifts by the width and more) is defined in the kernels' header.
extension FunctionBuilder {
  // MARK: One operand

  func apply(_ op: UnaryOp, _ a: IRValue) throws -> IRValue {
    switch a.type {
    case .bool where op == .not: return binary("xor", a, .bool(true))
    case .f16, .bf16: return try inSingle([a], predicate: op.isPredicate) { try apply(op, $0[0]) }
    case .f32, .f64: return try floatUnary(op, a)
    default: return try integerUnary(op, a)
    }
  }

  private func floatUnary(_ op: UnaryOp, _ a: IRValue) throws -> IRValue {
    switch op {
    case .neg: return negated(a)
    case .abs: return intrinsic("fabs", [a])
    case .floor: return intrinsic("floor", [a])
    case .ceil: return intrinsic("ceil", [a])
    case .trunc: return intrinsic("trunc", [a])
    case .roundEven: return intrinsic("roundeven", [a])
    default: return try elementary(op, a)
    }
  }

  private func integerUnary(_ op: UnaryOp, _ a: IRValue) throws -> IRValue {
    guard a.type.isInteger else { throw unsupported("\(op)", a.type) }
    let zero = a.type.zero
    switch op {
    case .neg: return binary("sub", zero, a)
    case .not: return binary("xor", a, IRValue(constant: UInt64.max, a.type))
    case .abs:
      return a.type.isSigned ? intrinsic("abs", [a], immediate: "i1 false") : a
    case .sign:
      let positive = cast("zext", compare(a.type.isSigned ? "icmp sgt" : "icmp ne", a, zero), to: a.type)
      return a.type.isSigned
        ? binary("or", positive, binary("ashr", a, IRValue(constant: UInt64(a.type.bitWidth - 1), a.type))) : positive
    case .popcount: return intrinsic("ctpop", [a])
    case .clz: return intrinsic("ctlz", [a], immediate: "i1 false")
    default: throw unsupported("\(op)", a.type)
    }
  }

  // MARK: Two operands

  func apply(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) throws -> IRValue {
    switch a.type {
    case .f16 where op != .nextafter, .bf16 where op != .nextafter:
      return try inSingle([a, b], predicate: op.isPredicate) { try apply(op, $0[0], $0[1]) }
    case _ where op.isPredicate: return comparison(op, a, b)
    case .bool: return try boolBinary(op, a, b)
    case .f32, .f64: return try floatBinary(op, a, b)
    default: return try integerBinary(op, a, b)
    }
  }

  private func comparison(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) -> IRValue {
    switch op {
    case .eq: compare(.eq, a, b, isSigned: a.type.isSigned)
    case .ne: compare(.ne, a, b, isSigned: a.type.isSigned)
    case .lt: compare(.lt, a, b, isSigned: a.type.isSigned)
    case .le: compare(.le, a, b, isSigned: a.type.isSigned)
    case .gt: compare(.gt, a, b, isSigned: a.type.isSigned)
    case .ge: compare(.ge, a, b, isSigned: a.type.isSigned)
    default: totalLess(a, b)
    }
  }

  /// Zeros are equal and all NaN come last, equal to each other.
  private func totalLess(_ a: IRValue, _ b: IRValue) -> IRValue {
    guard a.type.isFloat else { return compare(.lt, a, b, isSigned: a.type.isSigned) }
    let ordered = compare("fcmp ord", a, a)
    return binary("and", ordered, compare("fcmp ult", a, b))
  }

  private func boolBinary(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) throws -> IRValue {
    switch op {
    case .add, .max, .or: binary("or", a, b)
    case .mul, .min, .and: binary("and", a, b)
    case .xor: binary("xor", a, b)
    default: throw unsupported("\(op)", a.type)
    }
  }

  private func floatBinary(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) throws -> IRValue {
    switch op {
    case .add: return binary("fadd", a, b)
    case .sub: return binary("fsub", a, b)
    case .mul: return binary("fmul", a, b)
    case .div: return binary("fdiv", a, b)
    case .rem: return remainder(a, b)
    // NaN if either is, and -0 below +0.
    case .min: return intrinsic("minimum", [a, b])
    case .max: return intrinsic("maximum", [a, b])
    default: return try elementary(op, a, b)
    }
  }

  /// C's fmod, exact by definition, one lane at a time.
  private func remainder(_ a: IRValue, _ b: IRValue) -> IRValue {
    let lanes = max(a.lanes, b.lanes)
    let function = a.type == .f32 ? "@fmodf" : "@fmod"
    let type = a.type.register(1)
    declare("\(type) \(function)(\(type), \(type))")
    return perLane(a.type, lanes, level: max(a.level, b.level)) { lane in
      let x = extract(a, lane)
      let y = extract(b, lane)
      return instruction(
        "call \(type) \(function)(\(x.typed), \(y.typed))", a.type, lanes: 1, level: max(x.level, y.level))
    }
  }

  private func integerBinary(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) throws -> IRValue {
    switch op {
    case .add: return binary("add", a, b)
    case .sub: return binary("sub", a, b)
    case .mul: return binary("mul", a, b)
    case .div, .rem: return divide(op, a, b)
    case .min: return intrinsic(a.type.isSigned ? "smin" : "umin", [a, b])
    case .max: return intrinsic(a.type.isSigned ? "smax" : "umax", [a, b])
    case .and: return binary("and", a, b)
    case .or: return binary("or", a, b)
    case .xor: return binary("xor", a, b)
    case .shl, .shrLogical, .shrArithmetic: return shift(op, a, b)
    case .pow: return power(a, b)
    default: throw unsupported("\(op)", a.type)
    }
  }

  /// x / 0 = -1, x rem 0 = x, and the smallest integer over -1 is itself: the
  /// instruction never sees a divisor for which it traps.
  private func divide(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) -> IRValue {
    let opcode = (a.type.isSigned ? "s" : "u") + (op == .div ? "div" : "rem")
    // Where LLVM sees an ordinary constant, it multiplies instead.
    if let bits = b.bits, !["0", "-1"].contains(b.type.literal(bits)) { return binary(opcode, a, b) }
    let one = IRValue(constant: 1, a.type)
    let allOnes = IRValue(constant: UInt64.max, a.type)
    let byZero = compare("icmp eq", b, a.type.zero)
    var divisor = select(byZero, one, b)
    if a.type.isSigned {
      let lowest = IRValue(constant: 1 << UInt64(a.type.bitWidth - 1), a.type)
      let overflows = binary("and", compare("icmp eq", a, lowest), compare("icmp eq", b, allOnes))
      divisor = select(overflows, one, divisor)
    }
    return select(byZero, op == .div ? allOnes : a, binary(opcode, a, divisor))
  }

  /// Shifting by the width or more moves everything out.
  private func shift(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) -> IRValue {
    let width = a.type.bitWidth
    let last = IRValue(constant: UInt64(width - 1), a.type)
    if op == .shrArithmetic { return binary("ashr", a, intrinsic("umin", [b, last])) }
    let inRange = compare("icmp ult", b, IRValue(constant: UInt64(width), a.type))
    let shifted = binary(op == .shl ? "shl" : "lshr", a, binary("and", b, last))
    return select(inRange, shifted, a.type.zero)
  }

  /// By the six low bits of the exponent; more would overflow anyway.
  private func power(_ a: IRValue, _ b: IRValue) -> IRValue {
    let (zero, one) = (a.type.zero, IRValue(constant: 1, a.type))
    let vanishes = binary("and", compare("icmp eq", a, zero), compare("icmp ne", b, zero))
    var result = select(vanishes, zero, one)
    var square = a
    for bit in 0..<6 {
      let isSet = compare("icmp ne", binary("and", b, IRValue(constant: 1 << UInt64(bit), b.type)), zero)
      result = select(isSet, binary("mul", result, square), result)
      square = binary("mul", square, square)
    }
    return result
  }

  /// Arithmetic on 16-bit floats, done in f32 and rounded once.
  private func inSingle(
    _ arguments: [IRValue], predicate: Bool, _ body: ([IRValue]) throws -> IRValue
  ) throws
    -> IRValue
  {
    let result = try body(try arguments.map { $0.type.isFloat ? try convert($0, to: .f32) : $0 })
    return predicate ? result : try convert(result, to: arguments.last!.type)
  }

  // MARK: Three operands

  func apply(_ op: TernaryOp, _ a: IRValue, _ b: IRValue, _ c: IRValue) throws -> IRValue {
    switch op {
    case .select: return select(a, b, c)
    case .fma where a.type == .f16 || a.type == .bf16:
      return try inSingle([a, b, c], predicate: false) { fma($0[0], $0[1], $0[2]) }
    case .fma:
      return a.type.isFloat ? fma(a, b, c) : try apply(.add, try apply(.mul, a, b), c)
    case .clamp: return try apply(.min, try apply(.max, b, a), c)
    }
  }

  // MARK: Index arithmetic

  /// Division rounding down by a positive constant; `isNonNegative` spares the correction.
  func floorDivide(_ a: IRValue, _ divisor: Int, isNonNegative: Bool) -> IRValue {
    if divisor & (divisor - 1) == 0 { return binary("ashr", a, .index(divisor.trailingZeroBitCount)) }
    if isNonNegative { return binary("udiv", a, .index(divisor)) }
    // floor(a / d) = ~(~a / d) for negative a.
    let flip = binary("ashr", a, .index(63))
    return binary("xor", binary("sdiv", binary("xor", a, flip), .index(divisor)), flip)
  }

  func floorModulo(_ a: IRValue, _ divisor: Int, isNonNegative: Bool) -> IRValue {
    if divisor & (divisor - 1) == 0 { return binary("and", a, .index(divisor - 1)) }
    if isNonNegative { return binary("urem", a, .index(divisor)) }
    let quotient = floorDivide(a, divisor, isNonNegative: false)
    return binary("sub", a, binary("mul", quotient, .index(divisor)))
  }

  // MARK: Constants and errors

  func constant(_ value: Double, _ type: ScalarType) -> IRValue {
    IRValue(constant: type == .f32 ? UInt64(Float(value).bitPattern) : value.bitPattern, type)
  }

  func unsupported(_ what: String, _ type: ScalarType) -> SJError {
    SJError(.unsupported, "LLVM: \(what) on \(type)")
  }
}
