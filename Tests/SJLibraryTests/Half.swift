import CSJLibrary

/// float16 by its definition: Swift's Float16 is missing on some of our platforms.
struct Half: Multiplicand {
  var bits: UInt16
  static var code: Int32 { element(SJ_ELEMENT_F16) }

  var value: Float {
    let mantissa = Float(bits & 0x3ff)
    let exponent = Int(bits >> 10 & 31)
    let magnitude: Float =
      exponent == 0
      ? mantissa * 0x1p-24
      : exponent == 31
        ? (mantissa == 0 ? .infinity : .nan)
        : Float(sign: .plus, exponent: exponent - 25, significand: 1024 + mantissa)
    return bits & 0x8000 != 0 ? -magnitude : magnitude
  }

  static var zero: Float { 0 }
  static func random(_ generator: inout SplitMix) -> Half {
    // Mostly of moderate size, some of them subnormal.
    let bits = UInt16.random(in: 0...0xffff, using: &generator)
    return Half(bits: bits & 7 == 0 ? bits & 0x83ff : (bits & 0x8fff) | 0x2000)
  }
  static func accumulate(_ sum: Float, _ a: Half, _ b: Half) -> Float {
    sum.addingProduct(a.value, b.value)
  }
  static func add(_ a: Float, _ b: Float) -> Float { a + b }

  /// To the nearest, ties to even: by the spacing of numbers of that size.
  static func round(_ sum: Float) -> Half {
    let sign: UInt16 = sum.sign == .minus ? 0x8000 : 0
    if sum.isNaN { return Half(bits: sign | 0x7e00) }
    if sum.magnitude >= 65520 { return Half(bits: sign | 0x7c00) }
    let exponent = max(sum == 0 ? -14 : Int(sum.exponent), -14)
    let units = (sum.magnitude * Float(sign: .plus, exponent: 10 - exponent, significand: 1))
      .rounded(.toNearestOrEven)
    return Half(bits: sign | (UInt16(units) + UInt16((exponent + 14) * 1024)))
  }
  static func same(_ a: Half, _ b: Half) -> Bool { a.bits == b.bits }
}
