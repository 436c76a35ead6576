import SJTypes

/// The element types of LoopIR, in the order of the kernels' `sj_type`.
///
/// There are no complex numbers (lowering splits them in two) and arithmetic on
/// 16-bit floats does not occur (lowering converts to `f32` and back, which
/// rounds once per operation).
public enum ScalarType: UInt8, CaseIterable, Sendable {
  case bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64

  public var size: Int {
    switch self {
    case .bool, .i8, .u8: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }

  public var isFloat: Bool { rawValue >= ScalarType.f16.rawValue }
  public var isSigned: Bool { rawValue >= ScalarType.i8.rawValue && rawValue <= ScalarType.i64.rawValue }
  public var isInteger: Bool { !isFloat && self != .bool }

  /// The type in which arithmetic on this type is done.
  public var arithmetic: ScalarType { self == .f16 || self == .bf16 ? .f32 : self }
}

extension DType {
  /// The scalar type of one component (complex numbers and keys have two).
  public var scalar: ScalarType {
    switch self {
    case .bool, .float0: .bool
    case .int8: .i8
    case .int16: .i16
    case .int32: .i32
    case .int64: .i64
    case .uint8: .u8
    case .uint16: .u16
    case .uint32, .key: .u32
    case .uint64: .u64
    case .float16: .f16
    case .bfloat16: .bf16
    case .float32, .complex64: .f32
    case .float64, .complex128: .f64
    }
  }

  /// Scalars in one element.
  public var componentCount: Int { isComplex || self == .key ? 2 : 1 }
}
