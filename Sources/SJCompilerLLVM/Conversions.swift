import SJLoopIR
import SJTypes

/// XLA's `convert`: floats to integers truncate and saturate, NaN becomes 0; integers wrap; floats round to
/// nearest even; everything but zero is true.
extension FunctionBuilder {
  func convert(_ a: IRValue, to type: ScalarType) throws -> IRValue {
    if a.type == type { return a }
    if type == .bool { return truth(a) }
    if a.type.isFloat { return convertFloat(a, to: type) }
    if type.isFloat { return convertInteger(a, toFloat: type) }
    return resize(a, to: type)
  }

  /// The same bits as another type of the same size. A bool is a byte.
  func bitcast(_ a: IRValue, to type: ScalarType) -> IRValue {
    if a.type == .bool { return cast("zext", a, to: type) }
    if type == .bool { return compare("icmp ne", a, a.type.zero) }
    return cast("bitcast", a, to: type)
  }

  private func truth(_ a: IRValue) -> IRValue {
    switch a.type {
    case .f32, .f64: return compare("fcmp une", a, a.type.zero)
    case .f16, .bf16:
      let magnitude = binary("and", a, IRValue(constant: 0x7fff, a.type))
      return compare("icmp ne", magnitude, a.type.zero)
    default: return compare("icmp ne", a, a.type.zero)
    }
  }

  private func resize(_ a: IRValue, to type: ScalarType) -> IRValue {
    if a.type.bitWidth == type.bitWidth { return cast("bitcast", a, to: type) }
    if a.type.bitWidth > type.bitWidth { return cast("trunc", a, to: type) }
    return cast(a.type.isSigned ? "sext" : "zext", a, to: type)
  }

  private func convertInteger(_ a: IRValue, toFloat type: ScalarType) -> IRValue {
    let wide: ScalarType = type == .f64 || type.size == 2 && a.type.bitWidth > 16 ? .f64 : .f32
    let source = type.size == 2 && a.type.size == 8 ? foldedForHalf(a) : a
    let result = cast(a.type.isSigned ? "sitofp" : "uitofp", source, to: wide)
    return type == wide ? result : narrow(result, to: type)
  }

  /// A 64-bit integer of 2^53 and more with its low bits folded into one that still
  /// decides how the double is rounded to 16 bits.
  private func foldedForHalf(_ a: IRValue) -> IRValue {
    func integer(_ value: Int64) -> IRValue { IRValue(constant: UInt64(bitPattern: value), a.type) }
    let lost = compare("icmp ne", binary("and", a, integer(0xfff)), integer(0))
    let folded = binary("or", binary("and", a, integer(~0xfff)), select(lost, integer(0x800), integer(0)))
    var isSmall = compare(a.type.isSigned ? "icmp slt" : "icmp ult", a, integer(1 << 53))
    if a.type.isSigned { isSmall = binary("and", isSmall, compare("icmp sgt", a, integer(-(1 << 53)))) }
    return select(isSmall, a, folded)
  }

  private func convertFloat(_ a: IRValue, to type: ScalarType) -> IRValue {
    switch (a.type, type) {
    case (.f16, _), (.bf16, _):
      let wide = widen(a)
      return type == .f32 ? wide : convertFloat(wide, to: type)
    case (_, .f16), (_, .bf16): return narrow(a, to: type)
    case (.f32, .f64): return cast("fpext", a, to: type)
    case (.f64, .f32): return cast("fptrunc", a, to: type)
    default:
      return intrinsic(
        type.isSigned ? "fptosi.sat" : "fptoui.sat", [a], as: type, overloads: [type, a.type])
    }
  }

  // MARK: 16-bit floats

  private func widen(_ a: IRValue) -> IRValue {
    if a.type == .bf16 {
      let wide = cast("zext", a, to: .u32)
      return cast("bitcast", binary("shl", wide, IRValue(constant: 16, .u32)), to: .f32)
    }
    guard target.hasHalfConversions else { return widenByBits(a) }
    let half = pointer("bitcast \(a.typed) to \(halfType(a.lanes))", level: a.level)
    return instruction(
      "fpext \(halfType(a.lanes)) \(half.text) to \(ScalarType.f32.register(a.lanes))", .f32, lanes: a.lanes,
      level: half.level)
  }

  private func narrow(_ a: IRValue, to type: ScalarType) -> IRValue {
    let single = a.type == .f64 ? roundToOdd(a) : a
    if type == .bf16 { return roundToBFloat16(single) }
    guard target.hasHalfConversions else { return narrowByBits(single) }
    let half = pointer("fptrunc \(single.typed) to \(halfType(a.lanes))", level: single.level)
    return instruction(
      "bitcast \(halfType(a.lanes)) \(half.text) to \(type.register(a.lanes))", type, lanes: a.lanes, level: half.level)
  }

  /// Rebiasing the exponent by a product brings subnormals to normal form, too.
  private func widenByBits(_ a: IRValue) -> IRValue {
    let bits = cast("zext", a, to: .u32)
    let magnitude = binary("shl", binary("and", bits, u32(0x7fff)), u32(13))
    let sign = binary("shl", binary("and", bits, u32(0x8000)), u32(16))
    let scaled = binary("fmul", cast("bitcast", magnitude, to: .f32), constant(0x1p112, .f32))
    let isSpecial = compare("icmp uge", magnitude, u32(0x0f80_0000))
    let finite = cast("bitcast", scaled, to: .u32)
    let result = select(isSpecial, binary("or", magnitude, u32(0x7f80_0000)), finite)
    return cast("bitcast", binary("or", result, sign), to: .f32)
  }

  /// Adding 1/2 rounds to multiples of 2^-24, the smallest subnormal.
  private func narrowByBits(_ a: IRValue) -> IRValue {
    let bits = cast("bitcast", a, to: .u32)
    let magnitude = binary("and", bits, u32(0x7fff_ffff))
    let shifted = binary("fadd", cast("bitcast", magnitude, to: .f32), constant(0.5, .f32))
    let subnormal = binary("sub", cast("bitcast", shifted, to: .u32), u32(0x3f00_0000))
    let isOdd = binary("and", binary("lshr", magnitude, u32(13)), u32(1))
    let rebiased = binary("add", binary("sub", magnitude, u32(0x3800_0000 - 0xfff)), isOdd)
    let special = select(compare("icmp ugt", magnitude, u32(0x7f80_0000)), u32(0x7e00), u32(0x7c00))
    let large = select(compare("icmp ult", magnitude, u32(0x4780_0000)), binary("lshr", rebiased, u32(13)), special)
    let result = select(compare("icmp ult", magnitude, u32(0x3880_0000)), subnormal, large)
    let sign = binary("and", binary("lshr", bits, u32(16)), u32(0x8000))
    return cast("trunc", binary("or", result, sign), to: .f16)
  }

  private func u32(_ bits: UInt64) -> IRValue { IRValue(constant: bits, .u32) }

  /// f64 to f32: exact, or the neighbour with an odd mantissa. Rounding that to 16
  /// bits equals rounding once (Boldo and Melquiond, 2008).
  private func roundToOdd(_ a: IRValue) -> IRValue {
    let nearest = cast("fptrunc", a, to: .f32)
    let back = cast("fpext", nearest, to: .f64)
    let away = compare("fcmp ogt", intrinsic("fabs", [back]), intrinsic("fabs", [a]))
    let inexact = compare("fcmp one", back, a)
    let bits = cast("bitcast", nearest, to: .u32)
    let down = binary("sub", bits, cast("zext", away, to: .u32))
    return cast("bitcast", binary("or", down, cast("zext", inexact, to: .u32)), to: .f32)
  }

  private func halfType(_ lanes: Int) -> String { lanes == 1 ? "half" : "<\(lanes) x half>" }

  /// Adds just below half of the last kept place, or exactly half where that place is odd; NaN stays (quiet) NaN.
  private func roundToBFloat16(_ a: IRValue) -> IRValue {
    let bits = cast("bitcast", a, to: .u32)
    let isOdd = binary("and", binary("lshr", bits, u32(16)), u32(1))
    let rounded = binary("add", binary("add", bits, u32(0x7fff)), isOdd)
    let quiet = binary("or", bits, u32(0x40_0000))
    let upper = binary("lshr", select(compare("fcmp uno", a, a), quiet, rounded), u32(16))
    return cast("trunc", upper, to: .bf16)
  }
}
