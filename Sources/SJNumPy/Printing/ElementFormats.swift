import SJTypes

/// How NumPy shows the floats of an array: all in positional or all in scientific notation, with aligned points.
/// After `FloatingFormat` in NumPy's arrayprint.py, default print options.
struct FloatFormat {
  /// Digits after the point that are shown at most.
  private static let precision = 8

  private let dtype: DType
  private let showsPlus: Bool
  private var isScientific = false
  /// Widths left and right of the point.
  private var padLeft = 0
  private var padRight = 0
  /// Of scientific notation: digits after the point, and of the exponent.
  private var fractionLength = 0
  private var exponentLength = 0

  /// For the parts of `dtype`, which is real; imaginary parts show their sign.
  init(_ values: [Double], _ dtype: DType, showsPlus: Bool = false) {
    self.dtype = dtype
    self.showsPlus = showsPlus
    let finite = values.filter(\.isFinite)
    isScientific = FloatFormat.needsExponents(finite, dtype)
    if isScientific { measureScientific(finite) } else { measurePositional(finite) }
    if finite.count < values.count {
      let hasSign = showsPlus || values.contains { $0 == -.infinity }
      padLeft = Swift.max(padLeft, 3 + (hasSign ? 1 : 0) - (padRight + 1))
    }
  }

  /// NumPy compares in the array's own type.
  private static func needsExponents(_ finite: [Double], _ dtype: DType) -> Bool {
    let magnitudes = finite.lazy.map(\.magnitude).filter { $0 != 0 }
    guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return false }
    let limit = dtype == .float16 ? 1e3 : dtype == .float32 ? 1e6 : 1e8
    return largest >= limit || smallest < round(1e-4, dtype) || round(largest / smallest, dtype) > 1000
  }

  private static func round(_ value: Double, _ dtype: DType) -> Double {
    switch dtype {
    case .float16: Double(HalfFloat.float(HalfFloat.bits(Float(value), .float16), .float16))
    case .float32: Double(Float(value))
    default: value
    }
  }

  private mutating func measureScientific(_ finite: [Double]) {
    for value in finite {
      let parts = DecimalDigits.of(value, dtype) { _ in 0...(Self.precision + 1) }.scientific
      padLeft = Swift.max(padLeft, sign(value).utf8.count + 1)
      fractionLength = Swift.max(fractionLength, parts.fraction.utf8.count)
      exponentLength = Swift.max(exponentLength, parts.exponent.utf8.count - 1)
    }
    padRight = exponentLength + 2 + fractionLength
  }

  private mutating func measurePositional(_ finite: [Double]) {
    for value in finite {
      let parts = positional(value)
      padLeft = Swift.max(padLeft, sign(value).utf8.count + parts.integer.utf8.count)
      padRight = Swift.max(padRight, parts.fraction.utf8.count)
    }
  }

  private func positional(_ value: Double) -> (integer: String, fraction: String) {
    DecimalDigits.of(value, dtype) { 0...Swift.max($0.point + Self.precision, 0) }.positional
  }

  private func sign(_ value: Double) -> String {
    value.sign == .minus && !value.isNaN ? "-" : showsPlus ? "+" : ""
  }

  func text(_ value: Double) -> String {
    guard value.isFinite else {
      return (sign(value) + (value.isNaN ? "nan" : "inf")).padded(left: padLeft + padRight + 1)
    }
    if !isScientific {
      let parts = positional(value)
      return (sign(value) + parts.integer).padded(left: padLeft) + "." + parts.fraction.padded(right: padRight)
    }
    // Shown digits beyond the shortest are those of the exact value.
    let parts = DecimalDigits.of(value, dtype) { _ in (fractionLength + 1)...(fractionLength + 1) }.scientific
    let zeros = String(repeating: "0", count: fractionLength - parts.fraction.utf8.count)
    let exponent = String(repeating: "0", count: exponentLength + 1 - parts.exponent.utf8.count) + parts.exponent.dropFirst()
    return (sign(value) + parts.integer).padded(left: padLeft) + "." + parts.fraction + zeros + "e"
      + parts.exponent.prefix(1) + exponent
  }
}

/// `re+imj`, each part in its own format.
struct ComplexFormat {
  private let real: FloatFormat
  private let imaginary: FloatFormat

  init(_ values: [(Double, Double)], _ dtype: DType) {
    real = FloatFormat(values.map(\.0), dtype.realPart)
    imaginary = FloatFormat(values.map(\.1), dtype.realPart, showsPlus: true)
  }

  func text(_ value: (Double, Double)) -> String {
    let padded = imaginary.text(value.1)
    let trimmed = padded.trimmedRight
    return real.text(value.0) + trimmed + "j" + String(repeating: " ", count: padded.utf8.count - trimmed.utf8.count)
  }
}

/// Single numbers as `str` of NumPy's scalars shows them.
enum ScalarText {
  static func float(_ value: Double, _ dtype: DType) -> String {
    let text = number(value, dtype)
    return value.isFinite && text.utf8.allSatisfy { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "e") } ? text + ".0" : text
  }

  static func complex(_ value: (Double, Double), _ dtype: DType) -> String {
    let imaginary = number(value.1, dtype.realPart)
    if value.0 == 0 && value.0.sign == .plus { return imaginary + "j" }
    let plus = value.1.sign == .minus && !value.1.isNaN ? "" : "+"
    return "(\(number(value.0, dtype.realPart))\(plus)\(imaginary)j)"
  }

  /// `bfloat16` is not NumPy's own type: it shows six significant digits, as C's `%g`.
  static func bfloat16(_ value: Double) -> String {
    guard value.isFinite else { return nonFinite(value) }
    let digits = DecimalDigits.exact(value.magnitude).rounded(to: 6)
    return joined(value, digits, isScientific: digits.exponent < -4 || digits.exponent >= 6)
  }

  /// Without a point where there is no fraction.
  private static func number(_ value: Double, _ dtype: DType) -> String {
    guard value.isFinite else { return nonFinite(value) }
    let limit = dtype == .float16 ? 1e3 : dtype == .float32 ? 1e6 : 1e16
    let isPositional = value == 0 || (1e-4..<limit).contains(value.magnitude)
    return joined(value, .shortest(value, dtype), isScientific: !isPositional)
  }

  private static func nonFinite(_ value: Double) -> String { value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }

  private static func joined(_ value: Double, _ digits: DecimalDigits, isScientific: Bool) -> String {
    let sign = value.sign == .minus ? "-" : ""
    let (integer, fraction) = isScientific ? (digits.scientific.integer, digits.scientific.fraction) : digits.positional
    let exponent = isScientific ? "e" + digits.scientific.exponent : ""
    return sign + integer + (fraction.isEmpty ? "" : "." + fraction) + exponent
  }
}

extension String {
  func padded(left width: Int) -> String { String(repeating: " ", count: Swift.max(width - utf8.count, 0)) + self }
  func padded(right width: Int) -> String { self + String(repeating: " ", count: Swift.max(width - utf8.count, 0)) }

  /// Without blanks at the end.
  var trimmedRight: String {
    var end = utf8.endIndex
    while end > startIndex, utf8[utf8.index(before: end)] == UInt8(ascii: " ") { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
