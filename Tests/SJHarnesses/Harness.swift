import SJLax

/// A call that exercises a primitive: what the primitive matrix runs through every transformation.
struct Harness {
  var name: String
  var arguments: [Argument]
  /// Whether tangents are compared with finite differences (off for what jumps, and for what has no derivative).
  var isDifferentiable = true
  /// Whether cotangents are compared with tangents.
  var hasTranspose = true
  /// Whether it takes arguments of any shape, equal or of rank 0.
  var isElementwise = false
  let function: ([Value]) throws -> [Value]

  /// Arrays of the arguments' types; equal seeds give equal arrays.
  func sample(seed: UInt64) throws -> [ConcreteArray] {
    var random = Generator(state: seed)
    return try arguments.map { try $0.sample(&random) }
  }
}

/// The type of an argument, and from which numbers to draw it.
struct Argument {
  var dtype: DType
  var shape: Shape
  var range: ClosedRange<Double>

  init(_ dtype: DType, _ shape: Shape = [3, 4], _ range: ClosedRange<Double> = -2...2) {
    self.dtype = dtype
    self.shape = shape
    self.range = dtype.isUnsignedInteger && range.lowerBound < 0 ? 0...range.upperBound : range
  }

  func sample(_ random: inout Generator) throws -> ConcreteArray {
    let count = shape.elementCount * dtype.componentCount
    let numbers = (0..<count).map { _ in
      if dtype == .key { return Double(random.next() >> 32) }
      let number = range.lowerBound + random.unit() * (range.upperBound - range.lowerBound)
      return dtype.isInexact ? number : number.rounded()
    }
    return try array(dtype, shape, numbers)
  }
}

/// xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016).
struct Generator {
  private var state: UInt64
  init(state: UInt64) { self.state = state &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// In 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// An array whose components are these numbers, rounded to the dtype.
func array(_ dtype: DType, _ shape: Shape, _ numbers: [Double]) throws -> ConcreteArray {
  let array = try ConcreteArray(uninitialized: AbstractValue(dtype, shape))
  let pointer = try array.mutableBytes()
  func write<T>(_ convert: (Double) -> T) {
    for (i, number) in numbers.enumerated() {
      pointer.storeBytes(of: convert(number), toByteOffset: i * MemoryLayout<T>.size, as: T.self)
    }
  }
  switch dtype.scalar {
  case .bool: write { UInt8($0 > 0 ? 1 : 0) }
  case .i8: write { Int8($0) }
  case .i16: write { Int16($0) }
  case .i32: write { Int32($0) }
  case .i64: write { Int64($0) }
  case .u8: write { UInt8($0) }
  case .u16: write { UInt16($0) }
  case .u32: write { UInt32($0) }
  case .u64: write { UInt64($0) }
  case .f16: write { Float16($0) }
  case .bf16: write { UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16) }
  case .f32: write { Float($0) }
  case .f64: write { $0 }
  }
  return array
}

extension ConcreteArray {
  /// The components as doubles (integers of 64 bits are compared by bits instead).
  func components() throws -> [Double] {
    let pointer = try bytes()
    let count = aval.elementCount * dtype.componentCount
    func read<T>(_ type: T.Type, _ convert: (T) -> Double) -> [Double] {
      (0..<count).map { convert(pointer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)) }
    }
    switch dtype.scalar {
    case .bool, .u8: return read(UInt8.self) { Double($0) }
    case .i8: return read(Int8.self) { Double($0) }
    case .i16: return read(Int16.self) { Double($0) }
    case .i32: return read(Int32.self) { Double($0) }
    case .i64: return read(Int64.self) { Double($0) }
    case .u16: return read(UInt16.self) { Double($0) }
    case .u32: return read(UInt32.self) { Double($0) }
    case .u64: return read(UInt64.self) { Double($0) }
    case .f16: return read(UInt16.self) { Double(Float16(bitPattern: $0)) }
    case .bf16: return read(UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .f32: return read(Float.self) { Double($0) }
    case .f64: return read(Double.self) { $0 }
    }
  }
}
