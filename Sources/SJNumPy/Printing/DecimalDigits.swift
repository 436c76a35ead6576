import SJTypes

/// The magnitude of a finite number in decimal: 0.d₁d₂d₃… × 10^`point`, without outer zeros. Zero has no digits.
struct DecimalDigits: Equatable {
  var digits: [UInt8] = []
  var point = 1

  /// The exponent that scientific notation shows.
  var exponent: Int { point - 1 }

  /// The shortest digits that tell `value` from its neighbours in `dtype`.
  static func shortest(_ value: Double, _ dtype: DType) -> DecimalDigits {
    switch dtype {
    case .float16: shortestHalf(value)
    case .float32: DecimalDigits(parsing: Float(value).description)
    default: DecimalDigits(parsing: value.description)
    }
  }

  /// The shortest digits, but at least and at most so many, in which case they are the exact value's, rounded.
  static func of(_ value: Double, _ dtype: DType, count: (DecimalDigits) -> ClosedRange<Int>) -> DecimalDigits {
    let shortest = shortest(value, dtype)
    let allowed = count(shortest)
    guard value != 0, !allowed.contains(shortest.digits.count) else { return shortest }
    return exact(value).rounded(to: shortest.digits.count < allowed.lowerBound ? allowed.lowerBound : allowed.upperBound)
  }

  /// All digits of `value`, which is an integer times a power of two.
  static func exact(_ value: Double) -> DecimalDigits {
    guard value != 0 else { return DecimalDigits() }
    let integer = UInt64(value.significand * 0x1p52)
    let exponent = Int(value.exponent) - 52
    var product = BigDecimal(integer)
    // m 2^-k = m 5^k 10^-k
    product.multiply(by: exponent < 0 ? 5 : 2, times: Int(exponent.magnitude))
    return DecimalDigits(trimming: product.digits, exponent: Swift.min(exponent, 0))
  }

  /// To `count` digits, ties to even unless `tiesUp`; zeros at the end are dropped.
  func rounded(to count: Int, tiesUp: Bool = false) -> DecimalDigits {
    guard count < digits.count else { return self }
    guard count >= 0 else { return DecimalDigits() }
    var kept = Array(digits[..<count])
    let isTie = !tiesUp && digits[count] == 5 && digits.count == count + 1
    let roundsUp = isTie ? (kept.last ?? 0) % 2 == 1 : digits[count] >= 5
    var point = point
    if roundsUp {
      while kept.last == 9 { kept.removeLast() }
      if kept.isEmpty {
        kept = [1]
        point += 1
      } else {
        kept[kept.count - 1] += 1
      }
    }
    while kept.last == 0 { kept.removeLast() }
    return kept.isEmpty ? DecimalDigits() : DecimalDigits(digits: kept, point: point)
  }

  /// Integer and fraction digits of positional notation.
  var positional: (integer: String, fraction: String) {
    guard point > 0 else { return ("0", String(repeating: "0", count: -point) + text(0, digits.count)) }
    let integer = text(0, Swift.min(point, digits.count)) + String(repeating: "0", count: Swift.max(point - digits.count, 0))
    return (digits.isEmpty ? "0" : integer, text(Swift.min(point, digits.count), digits.count))
  }

  /// First digit, further ones and exponent of scientific notation.
  var scientific: (integer: String, fraction: String, exponent: String) {
    let magnitude = String(exponent.magnitude)
    let padded = (exponent < 0 ? "-" : "+") + (magnitude.utf8.count < 2 ? "0" : "") + magnitude
    return digits.isEmpty ? ("0", "", "+00") : (text(0, 1), text(1, digits.count), padded)
  }

  private func text(_ start: Int, _ end: Int) -> String {
    String(decoding: digits[start..<end].map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }

  // MARK: Making

  init(digits: [UInt8] = [], point: Int = 1) {
    self.digits = digits
    self.point = point
  }

  /// The integer with these digits times 10^`exponent`.
  private init(trimming all: [UInt8], exponent: Int) {
    let significant = all.drop { $0 == 0 }
    guard !significant.isEmpty else { return }
    digits = Array(significant)
    point = digits.count + exponent
    while digits.last == 0 { digits.removeLast() }
  }

  /// Swift describes floats with their shortest digits.
  private init(parsing text: String) {
    let halves = text.split(separator: "e")
    let mantissa = halves[0].utf8
    let all = mantissa.filter { $0 >= UInt8(ascii: "0") }.map { $0 - UInt8(ascii: "0") }
    let fractionLength = mantissa.contains(UInt8(ascii: ".")) ? mantissa.split(separator: UInt8(ascii: "."))[1].count : 0
    let exponent = halves.count > 1 ? Int(halves[1])! : 0
    self.init(trimming: all, exponent: exponent - fractionLength)
  }

  private static func shortestHalf(_ value: Double) -> DecimalDigits {
    let exact = exact(value)
    let bits = HalfFloat.bits(Float(value.magnitude), .float16)
    for count in 1..<5 {
      // Below a power of two, neighbours are nearer: of 2^-6 = 0.015625, 0.01563 comes back, but not 0.01562.
      for tiesUp in [false, true] {
        let candidate = exact.rounded(to: count, tiesUp: tiesUp)
        if HalfFloat.bits(Float(candidate.value), .float16) == bits { return candidate }
      }
    }
    return exact.rounded(to: 5)
  }

  /// The nearest double, for few digits and small exponents.
  private var value: Double {
    let integer = digits.reduce(0) { $0 * 10 + Double($1) }
    let scale = (0..<abs(point - digits.count)).reduce(1.0) { power, _ in power * 10 }
    return point < digits.count ? integer / scale : integer * scale
  }
}

/// A natural number in base 10⁹, lowest part first.
private struct BigDecimal {
  private static let base: UInt64 = 1_000_000_000
  private var parts: [UInt64]

  init(_ value: UInt64) {
    parts = [value % Self.base, value / Self.base % Self.base, value / Self.base / Self.base]
  }

  mutating func multiply(by factor: UInt64, times: Int) {
    for _ in 0..<times {
      var carry: UInt64 = 0
      for i in parts.indices {
        let product = parts[i] * factor + carry
        parts[i] = product % Self.base
        carry = product / Self.base
      }
      if carry > 0 { parts.append(carry) }
    }
  }

  /// Highest first, with leading zeros.
  var digits: [UInt8] {
    var result: [UInt8] = []
    for part in parts {
      var rest = part
      for _ in 0..<9 {
        result.append(UInt8(rest % 10))
        rest /= 10
      }
    }
    return result.reversed()
  }
}
