import CSJHost

// MARK: Export

/// What an exported tensor points to; freed by the consumer's call of the deleter.
private final class Export {
  private let array: ConcreteArray
  /// What the array's deletion does not take away.
  private let storage: Storage
  let shape: UnsafeMutableBufferPointer<Int64>

  /// - Throws: `deleted`.
  init(_ array: ConcreteArray) throws {
    self.array = array
    storage = try array.liveStorage()
    // Shape and strides, one after the other.
    shape = .allocate(capacity: 2 * array.rank + 1)
    _ = shape.initialize(from: (array.shape + array.shape.rowMajorStrides + [0]).map { Int64($0) })
  }

  deinit { shape.deallocate() }

  func tensor() throws -> sj_dl_tensor {
    let (code, bits) = try dlpackType(array.dtype)
    return sj_dl_tensor(
      data: UnsafeMutableRawPointer(mutating: try array.bytes()), device_type: Int32(sj_dl_cpu), device_id: 0,
      ndim: Int32(array.rank), code: code, bits: bits, lanes: 1, shape: shape.baseAddress,
      strides: shape.baseAddress! + array.rank, byte_offset: 0)
  }
}

private func dlpackType(_ dtype: DType) throws -> (code: UInt8, bits: UInt8) {
  let bits = UInt8(8 * dtype.size)
  switch dtype {
  case .bool: return (UInt8(sj_dl_bool), 8)
  case .bfloat16: return (UInt8(sj_dl_bfloat), 16)
  case _ where dtype.isSignedInteger: return (UInt8(sj_dl_int), bits)
  case _ where dtype.isUnsignedInteger: return (UInt8(sj_dl_uint), bits)
  case _ where dtype.isFloat: return (UInt8(sj_dl_float), bits)
  case _ where dtype.isComplex: return (UInt8(sj_dl_complex), bits)
  default: throw SJError(.dtype, "sj_to_dlpack: DLPack has no type for \(dtype); for keys export their key data")
  }
}

@_cdecl("sj_to_dlpack") @implementation
public func sj_to_dlpack(
  _ x: OpaquePointer?, _ versioned: sj_bool, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> OpaquePointer? {
  out?.pointee = nil
  return guarded {
    let out = try required(out, "sj_to_dlpack", "out")
    let export = try Export(handle(x, Value.self, "sj_to_dlpack", "x").concreteArray(for: "sj_to_dlpack"))
    let tensor = try export.tensor()
    let context = Unmanaged.passRetained(export).toOpaque()
    if versioned != 0 {
      let managed = UnsafeMutablePointer<sj_dl_versioned>.allocate(capacity: 1)
      managed.initialize(
        to: sj_dl_versioned(
          major: 1, minor: 0, context: context, deleter: deleteVersioned, flags: UInt64(sj_dl_read_only), tensor: tensor))
      out.pointee = UnsafeMutableRawPointer(managed)
    } else {
      let managed = UnsafeMutablePointer<sj_dl_managed>.allocate(capacity: 1)
      managed.initialize(to: sj_dl_managed(tensor: tensor, context: context, deleter: deleteManaged))
      out.pointee = UnsafeMutableRawPointer(managed)
    }
  }
}

private func deleteVersioned(_ managed: UnsafeMutablePointer<sj_dl_versioned>) {
  if let context = managed.pointee.context { Unmanaged<Export>.fromOpaque(context).release() }
  managed.deallocate()
}

private func deleteManaged(_ managed: UnsafeMutablePointer<sj_dl_managed>) {
  if let context = managed.pointee.context { Unmanaged<Export>.fromOpaque(context).release() }
  managed.deallocate()
}

// MARK: Import

/// A tensor of somebody else, given back exactly once.
private final class Import {
  private let managed: UnsafeMutableRawPointer
  private let isVersioned: Bool

  init(_ managed: UnsafeMutableRawPointer, isVersioned: Bool) {
    self.managed = managed
    self.isVersioned = isVersioned
  }

  var tensor: sj_dl_tensor {
    isVersioned
      ? managed.assumingMemoryBound(to: sj_dl_versioned.self).pointee.tensor
      : managed.assumingMemoryBound(to: sj_dl_managed.self).pointee.tensor
  }

  var majorVersion: UInt32 { isVersioned ? managed.assumingMemoryBound(to: sj_dl_versioned.self).pointee.major : 0 }

  deinit {
    if isVersioned {
      let tensor = managed.assumingMemoryBound(to: sj_dl_versioned.self)
      tensor.pointee.deleter?(tensor)
    } else {
      let tensor = managed.assumingMemoryBound(to: sj_dl_managed.self)
      tensor.pointee.deleter?(tensor)
    }
  }
}

@_cdecl("sj_from_dlpack") @implementation
public func sj_from_dlpack(
  _ managed: UnsafeMutableRawPointer?, _ versioned: sj_bool, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  out?.pointee = nil
  return guarded {
    guard let managed else { throw missing("sj_from_dlpack", "managed") }
    let source = Import(managed, isVersioned: versioned != 0)
    let out = try required(out, "sj_from_dlpack", "out")
    out.pointee = give(try array(from: source))
  }
}

private func array(from source: Import) throws -> Value {
  guard source.majorVersion <= 1 else {
    throw SJError(.invalidArgument, "sj_from_dlpack: version \(source.majorVersion) of DLPack is not known")
  }
  let tensor = source.tensor
  guard tensor.device_type == sj_dl_cpu else {
    throw SJError(
      .invalidArgument, "sj_from_dlpack: the tensor is on a device of type \(tensor.device_type); copy it to the CPU first")
  }
  let aval = AbstractValue(try elementType(tensor), try shape(tensor))
  guard let count = aval.shape.checkedElementCount, !count.multipliedReportingOverflow(by: aval.dtype.size).overflow else {
    throw SJError(.outOfMemory, "sj_from_dlpack: a tensor of shape \(aval.shape.text) has more bytes than memory has addresses")
  }
  guard let data = tensor.data.map({ UnsafeRawPointer($0 + Int(tensor.byte_offset)) }), count > 0 else {
    guard count == 0 else { throw missing("sj_from_dlpack", "data") }
    return try array(copying: nil, aval, "sj_from_dlpack")
  }
  let strides = tensor.strides.map { pointer in aval.shape.indices.map { Int(pointer[$0]) } } ?? aval.shape.rowMajorStrides
  let isDense = aval.shape.indices.allSatisfy { aval.shape[$0] == 1 || strides[$0] == aval.shape.rowMajorStrides[$0] }
  let isEnabled = Config.current.enableX64 || aval.dtype == aval.dtype.narrowed
  let isAligned = Int(bitPattern: data) % aval.dtype.scalar.size == 0
  if isDense, isEnabled, isAligned, aval.dtype != .bool {
    return try array(borrowing: data, aval, source, "sj_from_dlpack")
  }
  return try withExtendedLifetime(source) {
    try withDenseCopy(data, aval, strides) { try array(copying: $0, aval, "sj_from_dlpack") }
  }
}

private func elementType(_ tensor: sj_dl_tensor) throws -> DType {
  for dtype in DType.allCases where dtype.isNumeric {
    let (code, bits) = try dlpackType(dtype)
    if code == tensor.code, bits == tensor.bits, tensor.lanes == 1 { return dtype }
  }
  throw SJError(
    .dtype, "sj_from_dlpack: there is no dtype for code \(tensor.code) with \(tensor.bits) bits and \(tensor.lanes) lanes")
}

private func shape(_ tensor: sj_dl_tensor) throws -> Shape {
  guard tensor.ndim >= 0, tensor.ndim == 0 || tensor.shape != nil else {
    throw SJError(.invalidArgument, "sj_from_dlpack: the tensor has \(tensor.ndim) axes and no shape")
  }
  let sizes = (0..<Int(tensor.ndim)).map { Int(tensor.shape![$0]) }
  guard sizes.allSatisfy({ $0 >= 0 }) else {
    throw SJError(.shape, "sj_from_dlpack: the shape \(sizes.text) has a negative size")
  }
  return sizes
}

/// Gathers strided elements (strides in elements) into dense memory for the time of `body`.
func withDenseCopy<R>(
  _ data: UnsafeRawPointer, _ aval: AbstractValue, _ strides: [Int], _ body: (UnsafeRawPointer) throws -> R
) rethrows -> R {
  let size = aval.dtype.size
  let copy = UnsafeMutableRawPointer.allocate(byteCount: max(aval.byteCount, 1), alignment: 16)
  defer { copy.deallocate() }
  var index = [Int](repeating: 0, count: aval.rank)
  for element in 0..<aval.elementCount {
    let offset = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
    (copy + element * size).copyMemory(from: data + offset * size, byteCount: size)
    for axis in aval.shape.indices.reversed() {
      index[axis] += 1
      if index[axis] < aval.shape[axis] { break }
      index[axis] = 0
    }
  }
  return try body(copy)
}
