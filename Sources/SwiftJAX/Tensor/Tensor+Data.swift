import SJCore
import SJLax
import SJNumPy
import SJTypes

// Data in and out.

extension Tensor {
  /// From a number, an array, or arrays of arrays of one length: `Tensor([[1, 2], [3, 4]])` is int32[2,2].
  ///
  /// `Double` and `Int` become float32 and int32 while 64-bit types are off; single ones are weakly typed.
  /// - Throws: `shape` for ragged arrays, `invalidArgument` for an `Int` that does not fit in int32.
  public init<Data: TensorData>(_ data: Data, dtype: DType? = nil) throws {
    switch data {
    case let number as Double where dtype == nil: try self.init(scalar: number)
    case let number as Int where dtype == nil: try self.init(scalar: number)
    default: try self.init(elements: data, dtype)
    }
  }

  private init<Data: TensorData>(elements data: Data, _ dtype: DType?) throws {
    var scalars: [Data.Scalar] = []
    var shape: Shape = []
    try data.appendScalars(to: &scalars, &shape, depth: 0)
    try self.init(shape, scalars)
    if let dtype { self = Tensor(try SJNumPy.NumPy.astype(value, dtype)) }
  }

  /// From scalars in row-major order.
  /// - Throws: `shape` where their number is not that of the shape's elements.
  public init<Scalar: TensorScalar>(shape: Shape, scalars: [Scalar]) throws {
    guard shape.allSatisfy({ $0 >= 0 }), shape.checkedElementCount == scalars.count else {
      throw JAXError(.shape, "\(scalars.count) scalars do not fill the shape \(shape.tupleText)")
    }
    try self.init(shape, scalars)
  }

  private init<Scalar: TensorScalar>(_ shape: Shape, _ scalars: [Scalar]) throws {
    let array = try ConcreteArray(uninitialized: AbstractValue(Scalar.dtype, shape))
    if !scalars.isEmpty {
      try scalars.withUnsafeBytes { try array.mutableBytes().copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
    guard !Config.current.enableX64, Scalar.dtype != Scalar.dtype.narrowed else {
      self.init(array)
      return
    }
    if let large = (scalars as? [Int])?.first(where: { Int32(exactly: $0) == nil }) { throw Tensor.tooLarge(large) }
    self.init(try Trace.with(nil) { try SJLax.Lax.convertElementType(array, Scalar.dtype.narrowed) })
  }

  /// The elements in row-major order, rounded towards zero for integers.
  /// - Throws: `dtype` for elements that do not fit and for complex numbers and keys, `concretization` inside `jit` or `vmap`.
  public func scalars<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) throws -> [Scalar] {
    let array = try value.concreteArray(for: "reading elements")
    return try withExtendedLifetime(array) {
      let bytes = try array.bytes()
      if dtype == Scalar.dtype {
        return [Scalar](unsafeUninitializedCapacity: size) { buffer, count in
          if size > 0 { UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: bytes, byteCount: nbytes) }
          count = size
        }
      }
      return try (0..<size).map { position in
        let element = try element(bytes, position)
        guard let scalar = Scalar(element) else {
          throw JAXError(
            .dtype, "element \(position) of a tensor of type \(value.aval), \(element), does not fit in \(Scalar.self)")
        }
        return scalar
      }
    }
  }

  /// The only element.
  /// - Throws: as `scalars(as:)`, and `shape` where there are several.
  public func item<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) throws -> Scalar {
    guard size == 1 else {
      throw JAXError(.shape, "item: only a tensor of one element is a scalar, but this is \(value.aval)")
    }
    return try scalars(as: Scalar.self)[0]
  }

  private func element(_ bytes: UnsafeRawPointer, _ i: Int) throws -> TensorElement {
    func load<T>(_ type: T.Type) -> T { bytes.load(fromByteOffset: i * MemoryLayout<T>.stride, as: type) }
    switch dtype {
    case .bool, .uint8: return .integer(Int64(load(UInt8.self)))
    case .int8: return .integer(Int64(load(Int8.self)))
    case .int16: return .integer(Int64(load(Int16.self)))
    case .int32: return .integer(Int64(load(Int32.self)))
    case .int64: return .integer(load(Int64.self))
    case .uint16: return .integer(Int64(load(UInt16.self)))
    case .uint32: return .integer(Int64(load(UInt32.self)))
    case .uint64: return .unsigned(load(UInt64.self))
    case .float16, .bfloat16: return .real(Double(HalfFloat.float(load(UInt16.self), dtype)))
    case .float32: return .real(Double(load(Float.self)))
    case .float64: return .real(load(Double.self))
    case .complex64, .complex128, .float0, .key:
      throw JAXError(.dtype, "elements of \(dtype) are no real numbers; take the real part, or the data of keys")
    }
  }
}
