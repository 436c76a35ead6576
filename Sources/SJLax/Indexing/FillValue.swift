import SJLoopIR

/// What a gather gives for indices outside the operand.
public enum FillValue: Sendable {
  case integer(Int)
  case unsigned(UInt)
  case real(Double)
  case bool(Bool)

  /// JAX's default: something that stands out.
  static func `default`(_ dtype: DType) -> FillValue {
    switch dtype {
    case .bool: .bool(true)
    case .int8: .integer(Int(Int8.min))
    case .int16: .integer(Int(Int16.min))
    case .int32: .integer(Int(Int32.min))
    case .int64: .integer(Int.min)
    case .uint8: .unsigned(UInt(UInt8.max))
    case .uint16: .unsigned(UInt(UInt16.max))
    case .uint32, .key: .unsigned(UInt(UInt32.max))
    case .uint64: .unsigned(UInt.max)
    default: .real(.nan)
    }
  }

  var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .real(let value): "\(value)"
    case .bool(let value): value ? "True" : "False"
    }
  }

  /// The value as an element; both words of a key take it.
  func element(_ kernel: KernelBuilder, _ dtype: DType) -> Element {
    let type = dtype.scalar.arithmetic
    let value =
      switch self {
      case .integer(let value): kernel.constant(value, type)
      case .unsigned(let value):
        type.isFloat ? kernel.constant(Double(value), type) : kernel.constant(Int(bitPattern: value), type)
      case .real(let value):
        type.isFloat
          ? kernel.constant(value, type) : kernel.constant(Int(exactly: value.rounded(.towardZero)) ?? 0, type)
      case .bool(let value): kernel.constant(value ? 1 : 0, type)
      }
    if dtype == .key { return .pair(value, value) }
    return dtype.isComplex ? .pair(value, kernel.constant(0, type)) : .scalar(kernel.rounded(value, to: dtype))
  }
}

// By bits: one NaN is the other, or a cache of programs would never find the default fill again.
extension FillValue: Hashable {
  private var key: (kind: UInt8, bits: UInt64) {
    switch self {
    case .integer(let value): (0, UInt64(bitPattern: Int64(value)))
    case .unsigned(let value): (1, UInt64(value))
    case .real(let value): (2, value.bitPattern)
    case .bool(let value): (3, value ? 1 : 0)
    }
  }

  public static func == (a: FillValue, b: FillValue) -> Bool { a.key == b.key }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key.kind)
    hasher.combine(key.bits)
  }
}
