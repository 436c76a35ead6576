import SJLoopIR

/// A value of the LLVM function being written: a register or a constant.
struct IRValue {
  /// `%v12`, or nil for a constant.
  private let name: String?
  /// A constant's bit pattern.
  let bits: UInt64?
  let type: ScalarType
  /// 1 for a scalar. Constants are scalars and splat for free.
  let lanes: Int
  /// The scope it lives in: usable there and in all scopes within.
  var level: Int

  init(name: String, type: ScalarType, lanes: Int, level: Int) {
    self.name = name
    self.bits = nil
    self.type = type
    self.lanes = lanes
    self.level = level
  }

  init(constant bits: UInt64, _ type: ScalarType) {
    self.name = nil
    self.bits = bits
    self.type = type
    self.lanes = 1
    self.level = 0
  }

  static func index(_ value: Int) -> IRValue { IRValue(constant: UInt64(bitPattern: Int64(value)), .i64) }
  static func bool(_ value: Bool) -> IRValue { IRValue(constant: value ? 1 : 0, .bool) }

  /// As an operand without its type.
  var text: String { name ?? type.literal(bits!) }
  var typeText: String { type.register(lanes) }
  var typed: String { "\(typeText) \(text)" }

  /// The same value, pinned to an inner scope.
  func at(level: Int) -> IRValue {
    var copy = self
    copy.level = level
    return copy
  }
}

extension ScalarType {
  /// The LLVM type in registers. 16-bit floats are bit patterns: they are only moved and converted.
  func register(_ lanes: Int) -> String { vector(self == .bool ? "i1" : element, lanes) }

  /// The LLVM type in memory, where a bool is a byte.
  func memory(_ lanes: Int) -> String { vector(self == .bool ? "i8" : element, lanes) }

  private func vector(_ element: String, _ lanes: Int) -> String { lanes == 1 ? element : "<\(lanes) x \(element)>" }

  private var element: String {
    switch self {
    case .bool, .i8, .u8: "i8"
    case .i16, .u16, .f16, .bf16: "i16"
    case .i32, .u32: "i32"
    case .i64, .u64: "i64"
    case .f32: "float"
    case .f64: "double"
    }
  }

  /// How intrinsics name the type: `v8f32`, `i64`.
  func mangled(_ lanes: Int) -> String {
    let element = self == .bool ? "i1" : isFloat && size > 2 ? "f\(8 * size)" : "i\(8 * size)"
    return lanes == 1 ? element : "v\(lanes)\(element)"
  }

  var bitWidth: Int { self == .bool ? 1 : 8 * size }

  /// A scalar constant as LLVM spells it. Floats are the hexadecimal bits of the equal double.
  func literal(_ bits: UInt64) -> String {
    switch self {
    case .bool: bits & 1 != 0 ? "true" : "false"
    case .i8, .u8: String(Int8(truncatingIfNeeded: bits))
    case .i16, .u16, .f16, .bf16: String(Int16(truncatingIfNeeded: bits))
    case .i32, .u32: String(Int32(truncatingIfNeeded: bits))
    case .i64, .u64: String(Int64(truncatingIfNeeded: bits))
    case .f32: hexadecimal(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))).bitPattern)
    case .f64: hexadecimal(bits)
    }
  }

  private func hexadecimal(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  var zero: IRValue { IRValue(constant: 0, self) }
}
