import SJCore
import SJTypes

/// How the elements of one array print: NumPy's `array2string` chooses widths that all share.
struct ElementFormat {
  let text: (_ element: Int) -> String

  /// - Parameter shown: the elements that print, which decide on widths.
  init(_ elements: ArrayElements, shown: [Int], isScalar: Bool) {
    switch elements.dtype {
    case .bool:
      text = { elements.integer($0) == "0" ? "False" : isScalar ? "True" : " True" }
    case .bfloat16:
      // NumPy prints ml_dtypes.bfloat16 by its str, without aligning.
      text = { formatted(elements.real($0), "%.*g", 6) }
    case let dtype where dtype.isComplex:
      let real = FloatFormat(shown.map(elements.decimal), dtype.realPart, showsPlus: false)
      let imaginary = FloatFormat(shown.map(elements.imaginaryDecimal), dtype.realPart, showsPlus: true)
      text = { element in
        let second = imaginary(elements.imaginaryDecimal(element))
        let padding = second.reversed().prefix { $0 == " " }.count
        return real(elements.decimal(element)) + second.dropLast(padding) + "j" + spaces(padding)
      }
    case let dtype where dtype.isFloat:
      let format = FloatFormat(shown.map(elements.decimal), dtype, showsPlus: false)
      text = { format(elements.decimal($0)) }
    default:
      let width = shown.map { elements.integer($0).count }.max() ?? 0
      text = {
        let digits = elements.integer($0)
        return spaces(width - digits.count) + digits
      }
    }
  }
}

/// A number that may be infinite or none.
struct PrintedNumber {
  let value: Double
  /// Of finite numbers.
  let digits: DecimalDigits?
}

/// NumPy's `FloatingFormat` with its default options: at most 8 digits after the point.
struct FloatFormat {
  private static let precision = 8
  private let showsPlus: Bool
  private let isScientific: Bool
  private var left = 0
  private var right = 0
  private var fraction = 0
  private var exponentWidth = 0

  init(_ numbers: [PrintedNumber], _ dtype: DType, showsPlus: Bool) {
    self.showsPlus = showsPlus
    let finite = numbers.compactMap(\.digits)
    isScientific = FloatFormat.wantsExponent(numbers.map { $0.value.magnitude }.filter { $0.isFinite && $0 != 0 }, dtype)
    for number in finite {
      let sign = number.isNegative || showsPlus ? 1 : 0
      if isScientific {
        let parts = number.scientific(precision: FloatFormat.precision)
        left = max(left, sign + parts.whole.count)
        fraction = max(fraction, parts.fraction.count)
        exponentWidth = max(exponentWidth, exponentText(parts.power).count - 2)
      } else {
        let parts = number.positional(precision: FloatFormat.precision)
        left = max(left, sign + parts.whole.count)
        right = max(right, parts.fraction.count)
      }
    }
    if isScientific { right = exponentWidth + 2 + fraction }
    guard finite.count < numbers.count else { return }
    let infinitySign = showsPlus || numbers.contains { $0.value == -.infinity } ? 1 : 0
    left = max(left, 3 - (right + 1), 3 + infinitySign - (right + 1))
  }

  /// Whether magnitudes differ so much, or are so large or small, that exponents print. As NumPy
  /// compares them: in their own type.
  private static func wantsExponent(_ magnitudes: [Double], _ dtype: DType) -> Bool {
    guard let greatest = magnitudes.max(), let least = magnitudes.min() else { return false }
    switch dtype {
    case .float16: return greatest >= 1e3 || least < Double(Float16(0.0001)) || Float16(greatest) / Float16(least) > 1000
    case .float32: return greatest >= 1e6 || least < Double(Float(0.0001)) || Float(greatest) / Float(least) > 1000
    default: return greatest >= 1e8 || least < 0.0001 || greatest / least > 1000
    }
  }

  func callAsFunction(_ number: PrintedNumber) -> String {
    guard let digits = number.digits else {
      let sign = number.value == -.infinity ? "-" : showsPlus ? "+" : ""
      let name = sign + (number.value.isNaN ? "nan" : "inf")
      return spaces(left + right + 1 - name.count) + name
    }
    let sign = digits.isNegative ? "-" : showsPlus ? "+" : ""
    if isScientific {
      let parts = digits.scientific(digits: fraction)
      let head = sign + parts.whole
      return spaces(left - head.count) + head + "." + parts.fraction + exponentText(parts.power, width: exponentWidth)
    }
    let parts = digits.positional(precision: FloatFormat.precision)
    let head = sign + parts.whole
    return spaces(left - head.count) + head + "." + parts.fraction + spaces(right - parts.fraction.count)
  }
}
