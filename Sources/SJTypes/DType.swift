/// The element types of arrays, as JAX has them.
///
/// `float0` is the tangent type of integers and booleans (no data); `key` is the
/// extended dtype `key<fry>`, stored as two `uint32` words an element.
public enum DType: UInt8, CaseIterable, Sendable {
  case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case float16, bfloat16, float32, float64, complex64, complex128
  case float0, key

  /// JAX's name: `float32`, `key<fry>`…
  public var name: String { DType.names[Int(rawValue)] }

  private static let names = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16", "float32",
    "float64", "complex64", "complex128", "float0", "key<fry>",
  ]

  /// The abbreviation that jaxprs print: `f32`, `i32`, `bool`…
  public var shortName: String {
    switch self {
    case .bool, .float0: name
    case .int8, .int16, .int32, .int64: "i\(size * 8)"
    case .uint8, .uint16, .uint32, .uint64: "u\(size * 8)"
    case .float16, .float32, .float64: "f\(size * 8)"
    case .bfloat16: "bf16"
    case .complex64, .complex128: "c\(size * 8)"
    case .key: "key<fry>"
    }
  }

  public init?(name: String) {
    guard let match = DType.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float0: 0
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64, .key: 8
    case .complex128: 16
    }
  }

  public var isSignedInteger: Bool { rawValue >= DType.int8.rawValue && rawValue <= DType.int64.rawValue }
  public var isUnsignedInteger: Bool { rawValue >= DType.uint8.rawValue && rawValue <= DType.uint64.rawValue }
  public var isInteger: Bool { isSignedInteger || isUnsignedInteger }
  public var isFloat: Bool { rawValue >= DType.float16.rawValue && rawValue <= DType.float64.rawValue }
  public var isComplex: Bool { self == .complex64 || self == .complex128 }
  public var isInexact: Bool { isFloat || isComplex }
  /// Numbers and booleans: everything but `float0` and keys.
  public var isNumeric: Bool { self != .float0 && self != .key }

  /// The type of the real and imaginary parts; the type itself where it is real.
  public var realPart: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The complex type whose parts hold this float type.
  public var complexCounterpart: DType { self == .float64 || self == .complex128 ? .complex128 : .complex64 }

  /// The dtype of tangents and cotangents: itself where differentiable, else `float0`.
  public var tangent: DType { isInexact ? self : .float0 }

  /// What the type becomes while 64-bit types are off.
  public var narrowed: DType {
    switch self {
    case .int64: .int32
    case .uint64: .uint32
    case .float64: .float32
    case .complex128: .complex64
    default: self
    }
  }
}

extension DType: CustomStringConvertible {
  public var description: String { name }
}
