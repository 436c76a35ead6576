import Glibc

// NumPy's .npy files (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a magic
// number, a version, the length of a header, the header (a Python dict literal), and the elements.

private let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

// MARK: Writing

func saveNPY(_ path: String, _ x: Value) throws {
  let array = try x.concreteArray(for: "sj_save_npy")
  let stored = array.dtype == .bfloat16 ? try Trace.with(nil) { try Lax.convertElementType(array, .float32) }.asArray! : array
  var header = "{'descr': '\(try descriptor(stored.dtype))', 'fortran_order': False, 'shape': \(stored.shape.tupleText), }"
  // The elements begin at a multiple of 64 bytes.
  let unpadded = magic.count + 4 + header.utf8.count + 1
  header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
  let length = header.utf8.count
  let prefix = magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
  guard let file = fopen(path, "wb") else { throw fileError("cannot write", path) }
  let bytes = UnsafeRawBufferPointer(start: try stored.bytes(), count: stored.aval.byteCount)
  let written = fwrite(prefix, 1, prefix.count, file) + fwrite(bytes.baseAddress, 1, bytes.count, file)
  guard fclose(file) == 0, written == prefix.count + bytes.count else { throw fileError("cannot write", path) }
}

private func fileError(_ what: String, _ path: String) -> SJError {
  SJError(.io, "\(what) \(path): \(String(cString: strerror(errno)))")
}

private func descriptor(_ dtype: DType) throws -> String {
  switch dtype {
  case .bool: return "|b1"
  case _ where dtype.isSignedInteger: return (dtype.size == 1 ? "|i" : "<i") + "\(dtype.size)"
  case _ where dtype.isUnsignedInteger: return (dtype.size == 1 ? "|u" : "<u") + "\(dtype.size)"
  case _ where dtype.isFloat: return "<f\(dtype.size)"
  case _ where dtype.isComplex: return "<c\(dtype.size)"
  default: throw SJError(.dtype, "sj_save_npy: NumPy has no type for \(dtype); for keys save their key data")
  }
}

// MARK: Reading

func loadNPY(_ path: String) throws -> Value {
  let bytes = try contents(path)
  func malformed(_ what: String) -> SJError { SJError(.io, "\(path) is no .npy file that can be read: \(what)") }
  guard bytes.count >= 12, Array(bytes.prefix(6)) == magic else { throw malformed("wrong magic number") }
  let lengthBytes = bytes[6] == 1 ? 2 : 4
  let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
  let start = 8 + lengthBytes + length
  guard start <= bytes.count else { throw malformed("truncated header") }
  guard let header = NPYHeader(String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self)) else {
    throw malformed("unknown header")
  }
  let aval = AbstractValue(header.dtype, header.shape)
  guard let count = header.shape.checkedElementCount, count <= bytes.count, bytes.count - start >= count * header.dtype.size
  else {
    throw malformed("truncated data")
  }
  return try bytes.withUnsafeBytes { memory in
    try header.withRowMajor(memory.baseAddress! + start, aval) { try array(copying: $0, aval, "sj_load_npy") }
  }
}

private func contents(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else { throw fileError("cannot read", path) }
  defer { fclose(file) }
  guard fseek(file, 0, SEEK_END) == 0, case let size = ftell(file), size >= 0, fseek(file, 0, SEEK_SET) == 0 else {
    throw fileError("cannot read", path)
  }
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = fread(buffer.baseAddress, 1, size, file)
  }
  guard bytes.count == size else { throw fileError("cannot read", path) }
  return bytes
}

/// What the header of a .npy file says.
private struct NPYHeader {
  let dtype: DType
  let shape: Shape
  private let isBigEndian: Bool
  private let isColumnMajor: Bool

  init?(_ text: String) {
    guard let descr = NPYHeader.value("descr", in: text)?.filter({ $0 != "'" && $0 != "\"" }),
      let order = NPYHeader.value("fortran_order", in: text), let shape = NPYHeader.value("shape", in: text),
      let dtype = NPYHeader.dtype(descr.drop { "<>|=".contains($0) })
    else { return nil }
    let sizes = shape.filter { !"() ".contains($0) }.split(separator: ",").map { Int($0) }
    guard sizes.allSatisfy({ $0 != nil && $0! >= 0 }) else { return nil }
    self.dtype = dtype
    self.shape = sizes.map { $0! }
    isBigEndian = descr.hasPrefix(">")
    isColumnMajor = order == "True"
  }

  /// The text of an entry of the dict: up to the comma outside of parentheses.
  private static func value(_ key: String, in text: String) -> String? {
    for quote in ["'", "\""] {
      let mark = Array("\(quote)\(key)\(quote):")
      let characters = Array(text)
      guard let place = characters.indices.first(where: { characters[$0...].starts(with: mark) }) else { continue }
      var depth = 0
      let rest = characters[(place + mark.count)...].prefix { character in
        if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
        return depth > 0 || (character != "," && character != "}")
      }
      return String(rest.filter { $0 != " " })
    }
    return nil
  }

  private static func dtype(_ code: Substring) -> DType? {
    switch code {
    case "b1": .bool
    case "i1": .int8
    case "i2": .int16
    case "i4": .int32
    case "i8": .int64
    case "u1": .uint8
    case "u2": .uint16
    case "u4": .uint32
    case "u8": .uint64
    case "f2": .float16
    case "f4": .float32
    case "f8": .float64
    case "c8": .complex64
    case "c16": .complex128
    default: nil
    }
  }

  /// The elements in this machine's order.
  func withRowMajor<R>(_ data: UnsafeRawPointer, _ aval: AbstractValue, _ body: (UnsafeRawPointer) throws -> R) throws -> R {
    if !isColumnMajor && !isBigEndian { return try body(data) }
    let strides = isColumnMajor ? Array(Shape(aval.shape.reversed()).rowMajorStrides.reversed()) : aval.shape.rowMajorStrides
    return try withDenseCopy(data, aval, strides) { copy in
      if isBigEndian { swapBytes(UnsafeMutableRawPointer(mutating: copy), aval) }
      return try body(copy)
    }
  }

  private func swapBytes(_ data: UnsafeMutableRawPointer, _ aval: AbstractValue) {
    let size = aval.dtype.scalar.size
    let bytes = UnsafeMutableRawBufferPointer(start: data, count: aval.byteCount)
    for start in stride(from: 0, to: aval.byteCount, by: size) {
      for i in 0..<size / 2 { bytes.swapAt(start + i, start + size - 1 - i) }
    }
  }
}
