import Glibc
import SJTypes

/// A finite number in decimal: ±0.d₁d₂d₃… × 10^exponent, as few digits as identify it among
/// those of its type, no trailing zeros. Zero has no digits.
struct DecimalDigits {
  let isNegative: Bool
  private(set) var digits: [UInt8]
  /// The place of the decimal point, counted from before the first digit.
  private(set) var exponent: Int
  private let value: Double

  /// - Parameter shortest: the shortest decimal that reads back as the number, as Swift prints it.
  init(_ value: Double, shortest: String) {
    self.value = value
    isNegative = value.sign == .minus
    let parts = shortest.split(separator: "e")
    let mantissa = parts[0].drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
    let whole = mantissa[0].drop { $0 == "0" }
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    digits = (whole + fraction).utf8.map { $0 - 48 }
    exponent = whole.count + (parts.count > 1 ? Int(parts[1])! : 0)
    strip()
  }

  private mutating func strip() {
    let leading = digits.prefix { $0 == 0 }.count
    digits.removeFirst(leading)
    exponent -= leading
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { exponent = 0 }
  }

  /// At most `count` digits after the decimal point, where `shift` of them stand before it: the
  /// exact value correctly rounded, not the shortest decimal.
  private func limited(_ count: Int, scientific: Bool) -> DecimalDigits {
    let fractional = scientific ? digits.count - 1 : digits.count - exponent
    if fractional <= count || digits.isEmpty { return self }
    return DecimalDigits(value, shortest: formatted(value, scientific ? "%.*e" : "%.*f", count))
  }

  /// The digits before and after the decimal point, at most `precision` after it.
  func positional(precision: Int) -> (whole: String, fraction: String) {
    let d = limited(precision, scientific: false)
    let count = d.digits.count
    let whole = d.exponent <= 0 ? "0" : d.text(0..<min(d.exponent, count)) + zeros(d.exponent - count)
    let fraction = zeros(min(-d.exponent, precision)) + d.text(min(max(d.exponent, 0), count)..<count)
    return (whole, d.digits.isEmpty ? "" : fraction)
  }

  /// One digit, those after the decimal point (at most `precision`), and the power of ten.
  func scientific(precision: Int) -> (whole: String, fraction: String, power: Int) {
    let d = limited(precision, scientific: true)
    guard !d.digits.isEmpty else { return ("0", "", 0) }
    return (d.text(0..<1), d.text(1..<d.digits.count), d.exponent - 1)
  }

  /// Exactly `count` digits after the decimal point, those of the exact value.
  func scientific(digits count: Int) -> (whole: String, fraction: String, power: Int) {
    let parts = formatted(value.magnitude, "%.*e", count).split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    return (String(mantissa[0]), mantissa.count > 1 ? String(mantissa[1]) : "", Int(parts[1]) ?? 0)
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: digits[range].map { $0 + 48 }, as: UTF8.self) }
}

func zeros(_ count: Int) -> String { String(repeating: "0", count: max(count, 0)) }
func spaces(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }

/// The power of ten as `e-05`, with at least `width` digits.
func exponentText(_ power: Int, width: Int = 2) -> String {
  let digits = String(power.magnitude)
  return "e" + (power < 0 ? "-" : "+") + zeros(width - digits.count) + digits
}

/// C's formatting of one number with one precision.
func formatted(_ value: Double, _ format: String, _ precision: Int) -> String {
  withVaList([Int32(clamping: precision), value]) { arguments in
    var buffer = [CChar](repeating: 0, count: 512)
    let length = Int(vsnprintf(&buffer, buffer.count, format, arguments))
    return String(decoding: buffer.prefix(min(length, buffer.count - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
