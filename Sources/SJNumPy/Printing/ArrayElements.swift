import SJCore
import SJTypes

/// The elements of an array, for printing.
struct ArrayElements {
  let dtype: DType
  private let bytes: UnsafeRawPointer

  init(_ array: ConcreteArray) throws {
    dtype = array.dtype
    bytes = try array.bytes()
  }

  /// Of integers and booleans, in decimal.
  func integer(_ i: Int) -> String {
    switch dtype {
    case .bool, .uint8: "\(load(i, UInt8.self))"
    case .uint16: "\(load(i, UInt16.self))"
    case .uint32: "\(load(i, UInt32.self))"
    case .uint64: "\(load(i, UInt64.self))"
    case .int8: "\(load(i, Int8.self))"
    case .int16: "\(load(i, Int16.self))"
    case .int32: "\(load(i, Int32.self))"
    default: "\(load(i, Int64.self))"
    }
  }

  func real(_ i: Int) -> Double {
    switch dtype {
    case .bfloat16: Double(Float(bitPattern: UInt32(load(i, UInt16.self)) << 16))
    case .float16: Double(load(i, Float16.self))
    case .float32: Double(load(i, Float.self))
    default: load(i, Double.self)
    }
  }

  /// Of floats, and the real part of complex numbers.
  func decimal(_ i: Int) -> PrintedNumber { part(dtype.isComplex ? 2 * i : i) }
  func imaginaryDecimal(_ i: Int) -> PrintedNumber { part(2 * i + 1) }

  private func part(_ i: Int) -> PrintedNumber {
    switch dtype.realPart {
    case .float16: half(load(i, Float16.self))
    case .float32: number(load(i, Float.self))
    case .bfloat16: number(real(i))
    default: number(load(i, Double.self))
    }
  }

  private func number<T: BinaryFloatingPoint & CustomStringConvertible>(_ value: T) -> PrintedNumber {
    let double = Double(value)
    return PrintedNumber(value: double, digits: value.isFinite ? DecimalDigits(double, shortest: value.description) : nil)
  }

  /// Swift prints all digits of large whole halves, more than identify them.
  private func half(_ value: Float16) -> PrintedNumber {
    guard value.isFinite, value.magnitude > 2048 else { return number(value) }
    let double = Double(value)
    let texts = (0...4).lazy.map { formatted(double, "%.*e", $0) }
    let shortest = texts.first { Double($0).map { Float16($0) } == value } ?? value.description
    return PrintedNumber(value: double, digits: DecimalDigits(double, shortest: shortest))
  }

  private func load<T>(_ i: Int, _ type: T.Type) -> T { (bytes + i * MemoryLayout<T>.size).loadUnaligned(as: T.self) }
}
