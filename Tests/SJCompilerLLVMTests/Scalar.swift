import SJElementary
import SJLoopIR

#if canImport(Glibc)
import Glibc
#endif

/// LoopIR's operations on the bit patterns of single values.
enum Scalar {
  static func unary(_ op: UnaryOp, _ a: UInt64, _ type: ScalarType) -> UInt64 {
    switch type {
    case .f32, .f64:
      let x = ScalarBuilder.Value(bits: a, type: type == .f32 ? .f32 : .f64)
      switch op {
      case .neg: return ScalarBuilder().unary(.neg, x).bits
      case .abs: return ScalarBuilder().unary(.abs, x).bits
      case .floor: return ScalarBuilder().unary(.floor, x).bits
      case .ceil: return ScalarBuilder().unary(.ceil, x).bits
      case .trunc: return ScalarBuilder().unary(.trunc, x).bits
      case .roundEven: return ScalarBuilder().unary(.roundEven, x).bits
      default:
        let function = ElementaryFunction.allCases.first { "\($0)" == "\(op)" }!
        return elementary(function, [x])
      }
    case .bool: return a ^ 1
    default:
      let x = signed(a, type)
      switch op {
      case .neg: return wrap(0 &- x, type)
      case .abs: return wrap(type.isSigned && x < 0 ? 0 &- x : x, type)
      case .sign: return wrap(type.isSigned ? x.signum() : (a != 0 ? 1 : 0), type)
      case .not: return wrap(~x, type)
      case .popcount: return UInt64(a.nonzeroBitCount)
      case .clz: return UInt64(a.leadingZeroBitCount - (64 - 8 * type.size))
      default: fatalError("\(op) on \(type)")
      }
    }
  }

  static func elementary(_ function: ElementaryFunction, _ arguments: [ScalarBuilder.Value]) -> UInt64 {
    let builder = ScalarBuilder()
    let terms = arguments.map { Term($0, builder) }
    // The rare formula is only defined where its condition holds.
    if let rare = function.rare(terms), rare.condition.value.bits != 0 { return rare.value().value.bits }
    return function.common(terms).value.bits
  }

  static func binary(_ op: BinaryOp, _ a: UInt64, _ b: UInt64, _ type: ScalarType) -> UInt64 {
    switch type {
    case .bool: return bool(op, a, b)
    case .f32: return float(op, Float(bitPattern: UInt32(a)), Float(bitPattern: UInt32(b)), type, a, b)
    case .f64: return float(op, Double(bitPattern: a), Double(bitPattern: b), type, a, b)
    case .f16, .bf16:
      let result = binary(op, convert(a, type, .f32), convert(b, type, .f32), .f32)
      return op.isPredicate ? result : convert(result, .f32, type)
    default: return type.isSigned ? signedInteger(op, a, b, type) : unsignedInteger(op, a, b, type)
    }
  }

  private static func bool(_ op: BinaryOp, _ a: UInt64, _ b: UInt64) -> UInt64 {
    switch op {
    case .add, .max, .or: a | b
    case .mul, .min, .and: a & b
    case .xor, .ne: a ^ b
    case .eq: 1 ^ a ^ b
    case .lt, .ltTotal: a < b ? 1 : 0
    case .le: a <= b ? 1 : 0
    case .gt: a > b ? 1 : 0
    case .ge: a >= b ? 1 : 0
    default: fatalError("\(op) on bool")
    }
  }

  private static func float<F: BinaryFloatingPoint>(
    _ op: BinaryOp, _ x: F, _ y: F, _ type: ScalarType, _ a: UInt64, _ b: UInt64
  ) -> UInt64 {
    func bits(_ value: F) -> UInt64 {
      type == .f32 ? UInt64(Float(value).bitPattern) : Double(value).bitPattern
    }
    func same(_ pick: Bool) -> UInt64 { pick ? a : b }
    func truth(_ value: Bool) -> UInt64 { value ? 1 : 0 }
    let elementaryType: ElementaryType = type == .f32 ? .f32 : .f64
    let arguments = [a, b].map { ScalarBuilder.Value(bits: $0, type: elementaryType) }
    switch op {
    case .add: return bits(x + y)
    case .sub: return bits(x - y)
    case .mul: return bits(x * y)
    case .div: return bits(x / y)
    case .rem: return bits(x.truncatingRemainder(dividingBy: y))
    case .min: return x.isNaN || y.isNaN ? bits(.nan) : same(x < y || x == y && x.sign == .minus)
    case .max: return x.isNaN || y.isNaN ? bits(.nan) : same(x > y || x == y && x.sign == .plus)
    case .pow: return elementary(.pow, arguments)
    case .atan2: return elementary(.atan2, arguments)
    case .nextafter: return elementary(.nextAfter, arguments)
    case .eq: return truth(x == y)
    case .ne: return truth(x != y)
    case .lt: return truth(x < y)
    case .le: return truth(x <= y)
    case .gt: return truth(x > y)
    case .ge: return truth(x >= y)
    case .ltTotal: return truth(!x.isNaN && (y.isNaN || x < y))
    default: fatalError("\(op) on \(type)")
    }
  }

  private static func signedInteger(_ op: BinaryOp, _ a: UInt64, _ b: UInt64, _ type: ScalarType) -> UInt64 {
    let (x, y) = (signed(a, type), signed(b, type))
    switch op {
    case .div: return wrap(y == 0 ? -1 : x.dividedReportingOverflow(by: y).partialValue, type)
    case .rem: return wrap(y == 0 ? x : x.remainderReportingOverflow(dividingBy: y).partialValue, type)
    case .min: return wrap(min(x, y), type)
    case .max: return wrap(max(x, y), type)
    case .shrArithmetic: return wrap(x >> Int64(min(b, UInt64(8 * type.size - 1))), type)
    case .lt, .ltTotal: return x < y ? 1 : 0
    case .le: return x <= y ? 1 : 0
    case .gt: return x > y ? 1 : 0
    case .ge: return x >= y ? 1 : 0
    default: return unsignedInteger(op, a, b, type)
    }
  }

  private static func unsignedInteger(_ op: BinaryOp, _ a: UInt64, _ b: UInt64, _ type: ScalarType) -> UInt64 {
    let width = UInt64(8 * type.size)
    func wrap(_ value: UInt64) -> UInt64 { self.wrap(Int64(bitPattern: value), type) }
    switch op {
    case .add: return wrap(a &+ b)
    case .sub: return wrap(a &- b)
    case .mul: return wrap(a &* b)
    case .div: return wrap(b == 0 ? UInt64.max : a / b)
    case .rem: return b == 0 ? a : a % b
    case .min: return min(a, b)
    case .max: return max(a, b)
    case .and: return a & b
    case .or: return a | b
    case .xor: return a ^ b
    case .pow:
      // By the six low bits of the exponent; more would overflow anyway.
      if a == 0 { return b == 0 ? 1 : 0 }
      return wrap((0..<(b & 63)).reduce(1) { power, _ in power &* a })
    case .shl: return b < width ? wrap(a << b) : 0
    case .shrLogical: return b < width ? a >> b : 0
    case .shrArithmetic: return self.wrap(signed(a, type, force: true) >> Int64(min(b, width - 1)), type)
    case .eq: return a == b ? 1 : 0
    case .ne: return a != b ? 1 : 0
    case .lt, .ltTotal: return a < b ? 1 : 0
    case .le: return a <= b ? 1 : 0
    case .gt: return a > b ? 1 : 0
    case .ge: return a >= b ? 1 : 0
    default: fatalError("\(op) on \(type)")
    }
  }

  static func ternary(_ op: TernaryOp, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ type: ScalarType) -> UInt64 {
    switch op {
    case .select: return a != 0 ? b : c
    case .clamp: return binary(.min, binary(.max, b, a, type), c, type)
    case .fma:
      if type == .f32 {
        let (x, y, z) = (Float(bitPattern: UInt32(a)), Float(bitPattern: UInt32(b)), Float(bitPattern: UInt32(c)))
        return UInt64(fmaf(x, y, z).bitPattern)
      }
      if type == .f64 {
        return Glibc.fma(Double(bitPattern: a), Double(bitPattern: b), Double(bitPattern: c)).bitPattern
      }
      return binary(.add, binary(.mul, a, b, type), c, type)
    }
  }

  static func convert(_ a: UInt64, _ from: ScalarType, _ to: ScalarType) -> UInt64 {
    if from == to { return a }
    switch from {
    case .f32: return convert(Double(Float(bitPattern: UInt32(a))), to)
    case .f64: return convert(Double(bitPattern: a), to)
    case .bf16: return convert(Double(Float(bitPattern: UInt32(a) << 16)), to)
    case .f16: return convert(Double(halfToFloat(UInt16(a))), to)
    default: break
    }
    if to == .bool { return a != 0 ? 1 : 0 }
    let x = signed(a, from)
    switch to {
    case .f32: return UInt64((from.isSigned ? Float(x) : Float(a)).bitPattern)
    case .f64: return (from.isSigned ? Double(x) : Double(a)).bitPattern
    case .f16, .bf16:
      return convert(roundedToOdd(from.isSigned ? x : Int64(bitPattern: a), isSigned: from.isSigned), to)
    default: return wrap(x, to)
    }
  }

  private static func convert(_ x: Double, _ to: ScalarType) -> UInt64 {
    switch to {
    case .f32: return UInt64(Float(x).bitPattern)
    case .f64: return x.bitPattern
    case .bool: return x != 0 ? 1 : 0
    case .bf16: return bfloat16(x)
    case .f16: return UInt64(doubleToHalf(x))
    default:
      if x.isNaN { return 0 }
      let width = 8 * to.size
      if to.isSigned {
        let (low, high) = (-scalbn(1.0, Int32(width - 1)), scalbn(1.0, Int32(width - 1)))
        if x <= low { return wrap(Int64.min >> Int64(64 - width), to) }
        if x >= high { return wrap(Int64.max >> Int64(64 - width), to) }
        return wrap(Int64(x), to)
      }
      if x <= 0 { return 0 }
      return x >= scalbn(1.0, Int32(width)) ? UInt64.max >> UInt64(64 - width) : UInt64(x)
    }
  }

  /// An integer as a double, inexact ones to an odd mantissa.
  private static func roundedToOdd(_ x: Int64, isSigned: Bool) -> Double {
    let negative = isSigned && x < 0
    var magnitude = isSigned ? x.magnitude : UInt64(bitPattern: x)
    let excess = max(0, 53 - magnitude.leadingZeroBitCount - 42)
    let lost = magnitude & (1 << UInt64(excess) - 1)
    magnitude = magnitude - lost | (lost != 0 ? 1 << UInt64(excess) : 0)
    return negative ? -Double(magnitude) : Double(magnitude)
  }

  /// The nearest of the two bfloat16 around x, ties to the even one.
  private static func bfloat16(_ x: Double) -> UInt64 {
    if x.isNaN { return 0x7fc0 }
    let sign: UInt64 = x.sign == .minus ? 0x8000 : 0
    func value(_ bits: UInt64) -> Double { bits == 0x7f80 ? 0x1p128 : Double(Float(bitPattern: UInt32(bits) << 16)) }
    var (low, high): (UInt64, UInt64) = (0, 0x7f80)
    if x.magnitude >= 0x1p128 { return sign | high }
    while high - low > 1 {
      let middle = (low + high) / 2
      if value(middle) <= x.magnitude { low = middle } else { high = middle }
    }
    let (below, above) = (x.magnitude - value(low), value(high) - x.magnitude)
    return sign | (below < above || below == above && low % 2 == 0 ? low : high)
  }

  /// By way of scaling, so that subnormals round as they should.
  private static func doubleToHalf(_ x: Double) -> UInt16 {
    let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
    if x.isNaN { return sign | 0x7e00 }
    let magnitude = x.magnitude
    if magnitude >= 65520 { return sign | 0x7c00 }
    let exponent = magnitude < 0x1p-14 ? -14 : Int(magnitude.exponent)
    let units = rint(scalbn(magnitude, Int32(10 - exponent)))
    return sign | UInt16(Int(units) + (exponent + 14) << 10)
  }

  private static func halfToFloat(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 != 0 ? -1 : 1
    let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
    if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    return exponent == 0
      ? sign * fraction * 0x1p-24 : sign * scalbnf(1024 + fraction, Int32(exponent - 25))
  }

  // MARK: Integers as bit patterns

  private static func signed(_ a: UInt64, _ type: ScalarType, force: Bool = false) -> Int64 {
    let unused = Int64(64 - 8 * type.size)
    return type.isSigned || force ? Int64(bitPattern: a << UInt64(unused)) >> unused : Int64(bitPattern: a)
  }

  private static func wrap(_ x: Int64, _ type: ScalarType) -> UInt64 {
    UInt64(bitPattern: x) & (UInt64.max >> UInt64(64 - 8 * type.size))
  }
}

/// Evaluates the elementary functions' table on single values.
final class ScalarBuilder: ElementaryBuilder {
  struct Value {
    let bits: UInt64
    let type: ElementaryType

    var float: Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }
    var double: Double { Double(bitPattern: bits) }
    var integer: Int64 { type == .i32 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits) }
  }

  func type(of value: Value) -> ElementaryType { value.type }
  func constant(bits: UInt64, _ type: ElementaryType) -> Value { Value(bits: bits, type: type) }

  private func make(_ x: Float) -> Value { Value(bits: UInt64(x.bitPattern), type: .f32) }
  private func make(_ x: Double) -> Value { Value(bits: x.bitPattern, type: .f64) }
  private func make(_ x: Bool) -> Value { Value(bits: x ? 1 : 0, type: .mask) }
  private func make(_ bits: UInt64, _ type: ElementaryType) -> Value {
    Value(bits: type == .i32 ? bits & 0xffff_ffff : bits, type: type)
  }

  func unary(_ op: ElementaryUnaryOp, _ a: Value) -> Value {
    switch op {
    case .not: make(a.bits == 0)
    case .neg: Value(bits: a.bits ^ (a.type == .f32 ? 1 << 31 : 1 << 63), type: a.type)
    case .abs: Value(bits: a.bits & (a.type == .f32 ? 0x7fff_ffff : UInt64.max >> 1), type: a.type)
    case .sqrt: a.type == .f32 ? make(a.float.squareRoot()) : make(a.double.squareRoot())
    case .floor: rounded(a, .down)
    case .ceil: rounded(a, .up)
    case .trunc: rounded(a, .towardZero)
    case .roundEven: rounded(a, .toNearestOrEven)
    }
  }

  private func rounded(_ a: Value, _ rule: FloatingPointRoundingRule) -> Value {
    a.type == .f32 ? make(a.float.rounded(rule)) : make(a.double.rounded(rule))
  }

  func binary(_ op: ElementaryBinaryOp, _ a: Value, _ b: Value) -> Value {
    switch op {
    case .add where a.type == .f32: make(a.float + b.float)
    case .sub where a.type == .f32: make(a.float - b.float)
    case .mul where a.type == .f32: make(a.float * b.float)
    case .div where a.type == .f32: make(a.float / b.float)
    case .add where a.type == .f64: make(a.double + b.double)
    case .sub where a.type == .f64: make(a.double - b.double)
    case .mul where a.type == .f64: make(a.double * b.double)
    case .div: make(a.double / b.double)
    case .add: make(a.bits &+ b.bits, a.type)
    case .sub: make(a.bits &- b.bits, a.type)
    case .mul: make(a.bits &* b.bits, a.type)
    case .and: make(a.bits & b.bits, a.type)
    case .or: make(a.bits | b.bits, a.type)
    case .xor: make(a.bits ^ b.bits, a.type)
    case .shl: make(a.bits << b.bits, a.type)
    case .shrLogical: make(a.bits >> b.bits, a.type)
    case .shrArithmetic: make(UInt64(bitPattern: a.integer >> b.integer), a.type)
    case .mulHigh: make(a.bits.multipliedFullWidth(by: b.bits).high, a.type)
    }
  }

  func fma(_ a: Value, _ b: Value, _ c: Value) -> Value {
    a.type == .f32 ? make(fmaf(a.float, b.float, c.float)) : make(Glibc.fma(a.double, b.double, c.double))
  }

  func compare(_ relation: ElementaryRelation, _ a: Value, _ b: Value) -> Value {
    switch a.type {
    case .f32: make(holds(relation, a.float, b.float))
    case .f64: make(holds(relation, a.double, b.double))
    default: make(holds(relation, a.integer, b.integer))
    }
  }

  private func holds<T: Comparable>(_ relation: ElementaryRelation, _ a: T, _ b: T) -> Bool {
    switch relation {
    case .eq: a == b
    case .ne: a != b
    case .lt: a < b
    case .le: a <= b
    case .gt: a > b
    case .ge: a >= b
    }
  }

  func select(_ mask: Value, _ a: Value, _ b: Value) -> Value { mask.bits != 0 ? a : b }

  func convert(_ conversion: ElementaryConversion, _ a: Value, to type: ElementaryType) -> Value {
    switch conversion {
    case .bitcast: Value(bits: a.bits, type: type)
    case .signedToFloat: type == .f32 ? make(Float(a.integer)) : make(Double(a.integer))
    case .widen: make(Double(a.float))
    case .narrow: make(Float(a.double))
    case .zeroExtend, .truncate: make(a.bits & 0xffff_ffff, type)
    }
  }

  func lookup(_ table: ConstantTable, _ index: Value) -> Value {
    Value(bits: table.bits[Int(index.bits)], type: table.type)
  }
}
