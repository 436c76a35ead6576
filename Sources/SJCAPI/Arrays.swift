import SJBackendCPU

var defaultFloat: DType { Config.current.enableX64 ? .float64 : .float32 }

func weakInteger(_ value: Int) throws -> Value {
  guard Config.current.enableX64 || Int(Int32(truncatingIfNeeded: value)) == value else {
    throw SJError(
      .invalidArgument,
      "sj_scalar_i64: \(value) does not fit in int32, the integer type while 64-bit types are off (SJ_ENABLE_X64)",
      raises: .overflowError)
  }
  return try Lax.scalar(value, Config.current.enableX64 ? .int64 : .int32, weakType: true)
}

func weakComplex(_ real: Double, _ imaginary: Double) throws -> Value {
  let dtype: DType = Config.current.enableX64 ? .complex128 : .complex64
  let array = try ConcreteArray(uninitialized: AbstractValue(dtype, [], weakType: true))
  let target = try array.mutableBytes()
  if dtype == .complex128 {
    target.initializeMemory(as: Double.self, from: [real, imaginary], count: 2)
  } else {
    target.initializeMemory(as: Float.self, from: [Float(real), Float(imaginary)], count: 2)
  }
  return array
}

// MARK: From host memory

/// The type of an array that C describes.
private func declared(
  _ dtype: sj_dtype, _ shape: UnsafePointer<Int64>?, _ rank: Int64, _ function: StaticString
) throws -> AbstractValue {
  let type = try checkedDType(dtype, function, "dtype")
  let sizes = try integers(shape, rank, function, "shape")
  guard sizes.allSatisfy({ $0 >= 0 }) else {
    throw SJError(.shape, "\(function): the shape \(sizes.text) has a negative size")
  }
  guard let count = sizes.checkedElementCount, !count.multipliedReportingOverflow(by: Swift.max(type.size, 1)).overflow
  else { throw SJError(.outOfMemory, "\(function): an array of shape \(sizes.text) has more bytes than memory has addresses") }
  return AbstractValue(type, sizes)
}

/// An array of the bytes, converted to 32 bits where 64-bit types are off.
func array(copying data: UnsafeRawPointer?, _ aval: AbstractValue, _ function: StaticString) throws -> Value {
  guard data != nil || aval.byteCount == 0 else { throw missing(function, "data") }
  let result = try ConcreteArray(uninitialized: aval)
  if let data {
    let target = try result.mutableBytes()
    target.copyMemory(from: data, byteCount: aval.byteCount)
    if aval.dtype == .bool { normalizeBooleans(target, aval.elementCount) }
  }
  guard !Config.current.enableX64, aval.dtype != aval.dtype.narrowed else { return result }
  return try Trace.with(nil) { try Lax.convertElementType(result, aval.dtype.narrowed) }
}

/// C's truth is "not zero"; kernels know 0 and 1 only.
private func normalizeBooleans(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
  let values = bytes.assumingMemoryBound(to: UInt8.self)
  for i in 0..<count where values[i] > 1 { values[i] = 1 }
}

@_cdecl("sj_array_from_data") @implementation
public func sj_array_from_data(
  _ data: UnsafeRawPointer?, _ dtype: sj_dtype, _ shape: UnsafePointer<Int64>?, _ rank: Int64,
  _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  let function: StaticString = "sj_array_from_data"
  out?.pointee = nil
  return guarded {
    let out = try required(out, function, "out")
    out.pointee = give(try array(copying: data, declared(dtype, shape, rank, function), function))
  }
}

@_cdecl("sj_array_borrow") @implementation
public func sj_array_borrow(
  _ data: UnsafeRawPointer?, _ dtype: sj_dtype, _ shape: UnsafePointer<Int64>?, _ rank: Int64, _ destroy: sj_destroy?,
  _ context: UnsafeMutableRawPointer?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  let function: StaticString = "sj_array_borrow"
  out?.pointee = nil
  let owner = HostContext(context, destroy)
  return guarded {
    let out = try required(out, function, "out")
    let aval = try declared(dtype, shape, rank, function)
    out.pointee = give(try array(borrowing: data, aval, owner, function))
  }
}

/// An array on memory that `owner` keeps alive.
func array(
  borrowing data: UnsafeRawPointer?, _ aval: AbstractValue, _ owner: AnyObject, _ function: StaticString
) throws -> Value {
  guard Config.current.enableX64 || aval.dtype == aval.dtype.narrowed else {
    throw SJError(
      .dtype, "\(function): \(aval.dtype) memory can be borrowed only while 64-bit types are on (SJ_ENABLE_X64); copy it instead")
  }
  if aval.byteCount == 0 { return try ConcreteArray(uninitialized: aval) }
  guard let data else { throw missing(function, "data") }
  guard Int(bitPattern: data) % Swift.max(aval.dtype.scalar.size, 1) == 0 else {
    throw SJError(.invalidArgument, "\(function): the memory is not aligned to elements of \(aval.dtype)")
  }
  if aval.dtype == .bool, UnsafeRawBufferPointer(start: data, count: aval.byteCount).contains(where: { $0 > 1 }) {
    throw SJError(.invalidArgument, "\(function): borrowed booleans must be 0 or 1")
  }
  let storage = Storage(borrowing: UnsafeMutableRawPointer(mutating: data), byteCount: aval.byteCount) {
    withExtendedLifetime(owner) {}
  }
  return ConcreteArray(aval: aval, storage: storage)
}

// MARK: Questions

@_cdecl("sj_shape") @implementation
public func sj_shape(
  _ x: OpaquePointer?, _ sizes: UnsafeMutablePointer<Int64>?, _ capacity: Int64, _ rank: UnsafeMutablePointer<Int64>?
) -> OpaquePointer? {
  guarded {
    let shape = try handle(x, Value.self, "sj_shape", "x").shape
    let places = try elements(UnsafePointer(sizes), capacity, "sj_shape", "sizes")
    for i in 0..<min(shape.count, places.count) { sizes![i] = Int64(shape[i]) }
    rank?.pointee = Int64(shape.count)
  }
}

/// - Throws: `concretization` for tracers.
private func concrete(_ x: Value, _ function: StaticString) throws -> ConcreteArray {
  try x.concreteArray(for: "\(function)")
}

func deleteArray(_ x: Value) throws { try concrete(x, "sj_delete").delete() }

func waitFor(_ x: Value) throws { _ = try concrete(x, "sj_block_until_ready").bytes() }

func isReady(_ x: Value) throws -> Bool { try concrete(x, "sj_is_ready").checkReady() }

func deviceName(_ x: Value) -> String { Backend.current.platformName }

func defaultBackend() -> String { Backend.defaultPlatform() }

func resultType(_ values: [Value]) throws -> (DType, Bool) {
  let type = try NumPy.resultType(values)
  return (type.dtype, type.weak)
}

func dtypeNamed(_ name: String) throws -> DType {
  guard let dtype = DType(name: name) else { throw SJError(.invalidArgument, "there is no dtype named \(name)") }
  return dtype
}

@_cdecl("sj_on_ready") @implementation
public func sj_on_ready(
  _ x: OpaquePointer?, _ call: sj_ready_call?, _ context: UnsafeMutableRawPointer?, _ destroy: sj_destroy?
) -> OpaquePointer? {
  let context = HostContext(context, destroy)
  return guarded {
    let array = try concrete(handle(x, Value.self, "sj_on_ready", "x"), "sj_on_ready")
    guard let call else { throw missing("sj_on_ready", "call") }
    array.whenReady { error in
      let failure = guarded { if let error { throw error } }
      call(context.pointer, failure)
      if let failure { takeBack(UnsafeRawPointer(failure)) }
    }
  }
}

// MARK: Reading

@_cdecl("sj_data") @implementation
public func sj_data(_ x: OpaquePointer?, _ out: UnsafeMutablePointer<UnsafeRawPointer?>?) -> OpaquePointer? {
  out?.pointee = nil
  return guarded {
    let out = try required(out, "sj_data", "out")
    out.pointee = try concrete(handle(x, Value.self, "sj_data", "x"), "sj_data").bytes()
  }
}

@_cdecl("sj_copy_to_host") @implementation
public func sj_copy_to_host(_ x: OpaquePointer?, _ target: UnsafeMutableRawPointer?, _ byte_count: Int64) -> OpaquePointer? {
  guarded {
    let array = try concrete(handle(x, Value.self, "sj_copy_to_host", "x"), "sj_copy_to_host")
    guard byte_count == Int64(array.aval.byteCount) else {
      throw SJError(.shape, "sj_copy_to_host: byte_count is \(byte_count), but \(array.aval) has \(array.aval.byteCount) bytes")
    }
    let source = try array.bytes()
    if byte_count == 0 { return }
    guard let target else { throw missing("sj_copy_to_host", "target") }
    target.copyMemory(from: source, byteCount: Int(byte_count))
  }
}

func booleanItem(_ x: Value) throws -> Bool {
  let (real, imaginary) = try Item(x, "sj_item_bool").complex
  return real != 0 || imaginary != 0
}

func integerItem(_ x: Value) throws -> Int {
  let item = try Item(x, "sj_item_i64")
  if let integer = item.integer {
    guard let result = Int(exactly: integer) else {
      throw SJError(.invalidArgument, "sj_item_i64: \(integer) does not fit in int64")
    }
    return result
  }
  let (real, imaginary) = item.complex
  guard !x.dtype.isComplex || imaginary == 0, let result = Int(exactly: real.rounded(.towardZero)) else {
    throw SJError(.invalidArgument, "sj_item_i64: \(real) is no integer that fits in int64")
  }
  return result
}

func floatItem(_ x: Value) throws -> Double {
  guard !x.dtype.isComplex else {
    throw SJError(.dtype, "sj_item_f64: the array has the complex type \(x.aval); take its real part")
  }
  return try Item(x, "sj_item_f64").complex.real
}

func complexItem(_ x: Value) throws -> (Double, Double) { try Item(x, "sj_item_c128").complex }

/// The only element of an array.
private struct Item {
  let array: ConcreteArray
  let bytes: UnsafeRawPointer

  init(_ x: Value, _ function: StaticString) throws {
    guard x.aval.elementCount == 1 else {
      let isBool = function.description == "sj_item_bool"
      throw SJError(
        .shape,
        isBool
          ? "\(function): the truth value of an array with other than one element is ambiguous, and this is \(x.aval). Use any or all"
          : "\(function): only arrays of one element can be converted to scalars, but this is \(x.aval)",
        raises: isBool ? .valueError : .typeError)
    }
    guard x.dtype.isNumeric else { throw SJError(.dtype, "\(function): \(x.dtype) has no numeric value") }
    array = try concrete(x, function)
    bytes = try array.bytes()
  }

  /// Exact, for integers and booleans.
  var integer: (any BinaryInteger)? {
    switch array.dtype {
    case .bool, .uint8: bytes.load(as: UInt8.self)
    case .int8: bytes.load(as: Int8.self)
    case .int16: bytes.load(as: Int16.self)
    case .int32: bytes.load(as: Int32.self)
    case .int64: bytes.load(as: Int64.self)
    case .uint16: bytes.load(as: UInt16.self)
    case .uint32: bytes.load(as: UInt32.self)
    case .uint64: bytes.load(as: UInt64.self)
    default: nil
    }
  }

  var complex: (real: Double, imaginary: Double) {
    switch array.dtype {
    case .float16: (Double(bytes.load(as: Float16.self)), 0)
    case .bfloat16: (Double(Float(bitPattern: UInt32(bytes.load(as: UInt16.self)) << 16)), 0)
    case .float32: (Double(bytes.load(as: Float.self)), 0)
    case .float64: (bytes.load(as: Double.self), 0)
    case .complex64: (Double(bytes.load(as: Float.self)), Double(bytes.load(fromByteOffset: 4, as: Float.self)))
    case .complex128: (bytes.load(as: Double.self), bytes.load(fromByteOffset: 8, as: Double.self))
    default: (integer.map { Double($0) } ?? 0, 0)
    }
  }
}
