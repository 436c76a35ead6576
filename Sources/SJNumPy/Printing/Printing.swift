import SJCore
import SJTypes

extension NumPy {
  /// The array as NumPy's `str` shows it: `[1.  2.5]`. Tracers say what they stand for.
  public static func string(_ x: Value) throws -> String {
    guard let array = x.asArray else { return x.asTracer!.describe() }
    if array.isDeleted { return try deletedText(array) }
    if array.dtype == .key { return try repr(x) }
    if array.rank == 0 { return try scalarText(array) }
    return try ArrayPrinter(array).text(separator: " ", indent: 0, width: ArrayPrinter.lineWidth)
  }

  /// The array as JAX's `repr` shows it: `Array([1. , 2.5], dtype=float32)`.
  public static func repr(_ x: Value) throws -> String {
    guard let array = x.asArray else { return x.asTracer!.describe() }
    if array.isDeleted { return try deletedText(array) }
    if array.dtype == .key {
      let words = try array.view(as: AbstractValue(.uint32, array.shape + [2]))
      return "Array(\(array.shape.tupleText), dtype=key<fry>) overlaying:\n\(try string(words))"
    }
    let prefix = "Array("
    let type = "dtype=\(array.dtype.name)" + (array.aval.weakType ? ", weak_type=True" : "")
    let body =
      array.aval.elementCount == 0
      ? "[], shape=\(array.shape.tupleText)"
      : try ArrayPrinter(array).text(separator: ", ", indent: prefix.count, width: ArrayPrinter.lineWidth - 1)
    // JAX's own arithmetic, which separates by spaces where it means to break the line.
    let lastLine = body.split(separator: "\n", omittingEmptySubsequences: false).last!.count + 2
    let gap = lastLine + type.count + 2 > ArrayPrinter.lineWidth ? spaces(prefix.count) : " "
    return "\(prefix)\(body),\(gap)\(type))"
  }

  private static func deletedText(_ array: ConcreteArray) throws -> String { "<deleted Array(\(array.aval))>" }

  /// As NumPy prints scalars: `2.0`, `1e-10`, `(1+2j)`.
  private static func scalarText(_ array: ConcreteArray) throws -> String {
    let elements = try ArrayElements(array)
    switch array.dtype {
    case .bool: return elements.integer(0) == "0" ? "False" : "True"
    case .bfloat16: return formatted(elements.real(0), "%.*g", 6)
    case .float0: return ArrayPrinter.noData
    case let dtype where dtype.isComplex:
      let (real, imaginary) = (elements.decimal(0), elements.imaginaryDecimal(0))
      let second = floatText(imaginary, dtype.realPart, keepsPoint: false) + "j"
      if real.value == 0, real.value.sign == .plus { return second }
      let plus = imaginary.value.sign == .minus && !imaginary.value.isNaN ? "" : "+"
      return "(\(floatText(real, dtype.realPart, keepsPoint: false))\(plus)\(second))"
    case let dtype where dtype.isFloat: return floatText(elements.decimal(0), dtype, keepsPoint: true)
    default: return elements.integer(0)
    }
  }

  private static func floatText(_ number: PrintedNumber, _ dtype: DType, keepsPoint: Bool) -> String {
    guard let digits = number.digits else { return number.value.isNaN ? "nan" : number.value < 0 ? "-inf" : "inf" }
    let sign = digits.isNegative ? "-" : ""
    let magnitude = number.value.magnitude
    let limit = dtype == .float16 ? 1e3 : dtype == .float32 ? 1e6 : 1e16
    guard magnitude == 0 || (magnitude >= 1e-4 && magnitude < limit) else {
      let parts = digits.scientific(precision: .max)
      return sign + parts.whole + (parts.fraction.isEmpty ? "" : "." + parts.fraction) + exponentText(parts.power)
    }
    let parts = digits.positional(precision: .max)
    let fraction = parts.fraction.isEmpty && keepsPoint ? "0" : parts.fraction
    return sign + parts.whole + (fraction.isEmpty ? "" : "." + fraction)
  }
}

/// NumPy's `array2string`: rows in brackets, large arrays summarised.
private struct ArrayPrinter {
  static let lineWidth = 75
  static let noData = "(b'',)"
  /// Arrays of more elements show the first and last three of each axis.
  private static let threshold = 1000
  private static let edge = 3

  private let shape: Shape
  private let strides: [Int]
  private let isSummary: Bool
  private let format: ElementFormat

  init(_ array: ConcreteArray) throws {
    shape = array.shape
    strides = array.shape.rowMajorStrides
    isSummary = array.aval.elementCount > ArrayPrinter.threshold
    if array.dtype == .float0 {
      format = ElementFormat(text: { _ in ArrayPrinter.noData })
      return
    }
    var shown = [0]
    for (extent, stride) in zip(array.shape, strides) {
      let places = ArrayPrinter.shownPlaces(extent, isSummary)
      shown = shown.flatMap { start in places.map { start + $0 * stride } }
    }
    format = ElementFormat(try ArrayElements(array), shown: shown, isScalar: shape.isEmpty)
  }

  private static func shownPlaces(_ extent: Int, _ isSummary: Bool) -> [Int] {
    guard isSummary, extent > 2 * edge else { return Array(0..<extent) }
    return Array(0..<edge) + Array(extent - edge..<extent)
  }

  func text(separator: String, indent: Int, width: Int) -> String {
    if shape.contains(0) { return "[]" }
    return block(axis: 0, start: 0, separator: separator, indent: indent + 1, width: width)
  }

  /// The part of the array that begins at an element, from an axis on; lines after the first are indented.
  private func block(axis: Int, start: Int, separator: String, indent: Int, width: Int) -> String {
    guard axis < shape.count else { return format.text(start) }
    let places = ArrayPrinter.shownPlaces(shape[axis], isSummary)
    var items = places.map {
      block(axis: axis + 1, start: start + $0 * strides[axis], separator: separator, indent: indent + 1, width: width - 1)
    }
    if places.count < shape[axis] { items.insert("...", at: ArrayPrinter.edge) }
    if axis == shape.count - 1 { return "[" + wrapped(items, separator, indent, width) + "]" }
    let trimmed = separator.last == " " ? String(separator.dropLast()) : separator
    let lineEnd = trimmed + String(repeating: "\n", count: shape.count - axis - 1) + spaces(indent)
    return "[" + items.joined(separator: lineEnd) + "]"
  }

  /// The elements of a row, on as many lines as they need.
  private func wrapped(_ items: [String], _ separator: String, _ indent: Int, _ width: Int) -> String {
    let trimmed = separator.last == " " ? separator.count - 1 : separator.count
    let limit = width - max(trimmed, 1)
    var lines: [String] = []
    var line = spaces(indent)
    for (i, item) in items.enumerated() {
      if line.count > indent, line.count + item.count > limit {
        while line.last == " " { line.removeLast() }
        lines.append(line)
        line = spaces(indent)
      }
      line += item + (i + 1 < items.count ? separator : "")
    }
    return (lines + [line]).joined(separator: "\n").dropFirst(indent).description
  }
}

extension ElementFormat {
  init(text: @escaping (_ element: Int) -> String) { self.text = text }
}
