import SJCore
import SJTypes

extension NumPy {
  /// What `str` of an array shows: `[[1. 2.]\n [3. 4.]]`.
  public static func arrayStr(_ x: Value) throws -> String {
    if let tracer = x.asTracer { return text(tracer) }
    let array = try x.concreteArray(for: "printing")
    return try withExtendedLifetime(array) {
      if x.dtype == .key { return try keyText(array) }
      let elements = PrintedElements(try array.bytes(), x.dtype)
      return x.rank == 0 ? elements.scalarText(0) : ArrayLayout(x.shape, separator: " ").text(elements)
    }
  }

  /// What `repr` of an array shows: `Array([1., 2.], dtype=float32)`.
  public static func arrayRepr(_ x: Value) throws -> String {
    if let tracer = x.asTracer { return text(tracer) }
    let array = try x.concreteArray(for: "printing")
    return try withExtendedLifetime(array) {
      if x.dtype == .key { return try keyText(array) }
      let prefix = "Array("
      let dtype = "dtype=\(x.dtype.name)" + (x.aval.weakType ? ", weak_type=True" : "")
      // A comma follows the text.
      let layout = ArrayLayout(x.shape, separator: ", ", indent: prefix.utf8.count, lineWidth: ArrayLayout.lineWidth - 1)
      let body =
        x.aval.elementCount == 0
        ? "[], shape=\(x.shape.tupleText)" : layout.text(PrintedElements(try array.bytes(), x.dtype))
      let lastLine = body.utf8.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
      // JAX aligns a type that does not fit as if it began a line, but begins none.
      let isLong = lastLine + dtype.utf8.count + 4 > ArrayLayout.lineWidth
      return prefix + body + "," + String(repeating: " ", count: isLong ? prefix.utf8.count : 1) + dtype + ")"
    }
  }

  /// Tracers show what is in them.
  private static func text(_ tracer: Tracer) -> String {
    tracer.description { value in (try? arrayStr(value)) ?? value.aval.description }
  }

  /// Keys show the words that they are made of.
  private static func keyText(_ keys: ConcreteArray) throws -> String {
    let words = PrintedElements(try keys.bytes(), .uint32)
    return "Array(\(keys.shape.tupleText), dtype=\(keys.dtype.name)) overlaying:\n"
      + ArrayLayout(keys.shape + [2], separator: " ").text(words)
  }
}

/// The elements of an array by their position in memory, as text.
struct PrintedElements {
  private let bytes: UnsafeRawPointer
  private let dtype: DType

  init(_ bytes: UnsafeRawPointer, _ dtype: DType) {
    self.bytes = bytes
    self.dtype = dtype
  }

  private func load<T>(_ position: Int, _ type: T.Type) -> T {
    bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<T>.size, as: type)
  }

  private func integer(_ position: Int) -> String {
    switch dtype {
    case .int8: String(load(position, Int8.self))
    case .int16: String(load(position, Int16.self))
    case .int32: String(load(position, Int32.self))
    case .int64: String(load(position, Int64.self))
    case .uint8: String(load(position, UInt8.self))
    case .uint16: String(load(position, UInt16.self))
    case .uint32: String(load(position, UInt32.self))
    default: String(load(position, UInt64.self))
    }
  }

  private func bool(_ position: Int) -> String { load(position, UInt8.self) != 0 ? "True" : "False" }

  /// A float; of complex arrays, positions count parts.
  private func float(_ position: Int) -> Double {
    switch dtype.realPart {
    case .float16, .bfloat16: Double(HalfFloat.float(load(position, UInt16.self), dtype))
    case .float32: Double(load(position, Float.self))
    default: load(position, Double.self)
    }
  }

  private func complex(_ position: Int) -> (Double, Double) { (float(2 * position), float(2 * position + 1)) }

  /// What `str` of one element shows.
  func scalarText(_ position: Int) -> String {
    switch dtype {
    case .bool: bool(position)
    case .bfloat16: ScalarText.bfloat16(float(position))
    case .float16, .float32, .float64: ScalarText.float(float(position), dtype)
    case .complex64, .complex128: ScalarText.complex(complex(position), dtype)
    case .float0: "(b'',)"
    default: integer(position)
    }
  }

  /// Text of elements that looks alike for all that are `shown`.
  func format(_ shown: [Int], isScalar: Bool) -> (Int) -> String {
    switch dtype {
    case .bool: return { bool($0).padded(left: isScalar ? 0 : 5) }
    case .bfloat16, .float0: return scalarText
    case .float16, .float32, .float64:
      let format = FloatFormat(shown.map(float), dtype)
      return { format.text(float($0)) }
    case .complex64, .complex128:
      let format = ComplexFormat(shown.map(complex), dtype)
      return { format.text(complex($0)) }
    default:
      let width = shown.map { integer($0).utf8.count }.max() ?? 0
      return { integer($0).padded(left: width) }
    }
  }
}

/// Rows, line breaks and brackets of an array's text, and `...` for the middle of large ones.
struct ArrayLayout {
  static let lineWidth = 75
  private static let threshold = 1000
  private static let edgeItems = 3

  private let shape: Shape
  private let strides: [Int]
  private let separator: String
  private let indent: Int
  private let lineWidth: Int
  private let isSummarized: Bool

  /// `indent`: the length of what precedes the text.
  init(_ shape: Shape, separator: String, indent: Int = 0, lineWidth: Int = ArrayLayout.lineWidth) {
    self.shape = shape
    self.separator = separator
    self.indent = indent
    self.lineWidth = lineWidth
    strides = shape.rowMajorStrides
    isSummarized = shape.elementCount > ArrayLayout.threshold
  }

  func text(_ elements: PrintedElements) -> String {
    guard shape.elementCount > 0 else { return "[]" }
    let format = elements.format(shownPositions(), isScalar: shape.isEmpty)
    return text(axis: 0, position: 0, indent: String(repeating: " ", count: indent + 1), width: lineWidth, format)
  }

  /// The indices along an axis that are shown; nil stands for the others.
  private func shownIndices(_ axis: Int) -> [Int?] {
    let (size, edge) = (shape[axis], ArrayLayout.edgeItems)
    guard isSummarized && size > 2 * edge else { return Array(0..<size) }
    return Array(0..<edge) + [nil] + Array((size - edge)..<size)
  }

  private func shownPositions() -> [Int] {
    shape.indices.reduce([0]) { positions, axis in
      let steps = shownIndices(axis).compactMap { $0.map { $0 * strides[axis] } }
      return positions.flatMap { position in steps.map { position + $0 } }
    }
  }

  private func text(axis: Int, position: Int, indent: String, width: Int, _ format: (Int) -> String) -> String {
    if axis == shape.count { return format(position) }
    if axis == shape.count - 1 { return row(position, indent, width, format) }
    let lineEnd = separator.trimmedRight + String(repeating: "\n", count: shape.count - 1 - axis)
    let rows = shownIndices(axis).map { index in
      index.map { text(axis: axis + 1, position: position + $0 * strides[axis], indent: indent + " ", width: width - 1, format) }
        ?? "..."
    }
    return "[" + rows.joined(separator: lineEnd + indent) + "]"
  }

  /// The last axis, broken into lines. A bracket or comma follows each word.
  private func row(_ position: Int, _ indent: String, _ width: Int, _ format: (Int) -> String) -> String {
    var (text, line) = ("", indent)
    for (count, index) in shownIndices(shape.count - 1).enumerated() {
      if count > 0 { line += separator }
      let word = index.map { format(position + $0) } ?? "..."
      if line.utf8.count + word.utf8.count > width - 1 && line.utf8.count > indent.utf8.count {
        text += line.trimmedRight + "\n"
        line = indent
      }
      line += word
    }
    return "[" + (text + line).dropFirst(indent.utf8.count) + "]"
  }
}
