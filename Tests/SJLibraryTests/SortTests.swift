import CSJLibrary
import XCTest

/// A key as the header orders it: values that compare by less-than, NaNs last.
private struct Key: Equatable {
  var first: Double, second: Double = 0
  static func before(_ a: Double, _ b: Double) -> Bool { a < b || (b.isNaN && !a.isNaN) }
  static func same(_ a: Double, _ b: Double) -> Bool { !before(a, b) && !before(b, a) }
  static func < (a: Key, b: Key) -> Bool {
    before(a.first, b.first) || (same(a.first, b.first) && before(a.second, b.second))
  }
}

/// One operand of any type: its bytes, and its keys.
private struct Column {
  var type: Int32, size: Int
  var bytes: [UInt8]
  var keys: [Key]

  init<T: BitwiseCopyable>(_ code: sj_element, _ values: [T], _ key: (T) -> Key) {
    type = element(code)
    size = MemoryLayout<T>.stride
    bytes = values.withUnsafeBytes(Array.init)
    keys = values.map(key)
  }

  func bytes(at i: Int) -> ArraySlice<UInt8> { bytes[i * size..<(i + 1) * size] }
}

final class SortTests: XCTestCase {
  private var generator = SplitMix(state: 3)

  private func floats(_ n: Int) -> [Float] {
    let special: [Float] = [
      0, -0.0, .nan, -.nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
      1, 1,
    ]
    return (0..<n).map { _ in
      Bool.random(using: &generator)
        ? special.randomElement(using: &generator)!
        : Float.random(in: -9...9, using: &generator)
    }
  }

  /// A random column of every type of the library, with many equal keys.
  private func column(_ code: sj_element, _ n: Int) -> Column {
    func bits<T: FixedWidthInteger>(_: T.Type) -> [T] {
      (0..<n).map { _ in
        let bits = T.random(in: .min ... .max, using: &generator)
        return bits % 3 == 0 ? bits % 5 : bits
      }
    }
    func integers<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> Column {
      Column(code, bits(type)) { Key(first: Double($0)) }
    }
    switch code {
    case SJ_ELEMENT_BOOL:
      return Column(code, bits(UInt8.self).map { $0 & 1 }) { Key(first: Double($0)) }
    case SJ_ELEMENT_I8: return integers(Int8.self)
    case SJ_ELEMENT_I16: return integers(Int16.self)
    case SJ_ELEMENT_I32: return integers(Int32.self)
    // Doubles hold 53 bits, so wider numbers are compared by their two halves.
    case SJ_ELEMENT_I64:
      return Column(code, bits(Int64.self)) {
        Key(first: Double($0 >> 32), second: Double($0 & 0xffff_ffff))
      }
    case SJ_ELEMENT_U8: return integers(UInt8.self)
    case SJ_ELEMENT_U16: return integers(UInt16.self)
    case SJ_ELEMENT_U32: return integers(UInt32.self)
    case SJ_ELEMENT_U64:
      return Column(code, bits(UInt64.self)) {
        Key(first: Double($0 >> 32), second: Double($0 & 0xffff_ffff))
      }
    case SJ_ELEMENT_F16:
      return Column(code, bits(UInt16.self).map { Half(bits: $0) }) { Key(first: Double($0.value)) }
    case SJ_ELEMENT_BF16:
      return Column(code, floats(n).map { BFloat(bits: UInt16($0.bitPattern >> 16)) }) {
        Key(first: Double($0.value))
      }
    case SJ_ELEMENT_F32: return Column(code, floats(n)) { Key(first: Double($0)) }
    case SJ_ELEMENT_F64: return Column(code, floats(n).map { Double($0) * 1.1 }) { Key(first: $0) }
    case SJ_ELEMENT_C64:
      return Column(code, zip(floats(n), floats(n)).map { ComplexNumber<Float>(re: $0, im: $1) }) {
        Key(first: Double($0.re), second: Double($0.im))
      }
    default:
      return Column(
        code, zip(floats(n), floats(n)).map { ComplexNumber(re: Double($0), im: Double($1)) }
      ) { Key(first: $0.re, second: $0.im) }
    }
  }

  private func copy(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    memory.copyBytes(from: bytes)
    return memory
  }

  private func check(
    rows: Int, _ codes: [sj_element], keys: Int, inPlace: Bool = false,
    parallel: sj_parallel_for? = nil,
    length: Int
  ) {
    let columns = codes.map { column($0, rows * length) }
    let inputs = columns.map { copy($0.bytes) }
    let outputs =
      inPlace ? inputs : columns.map { copy([UInt8](repeating: 0xcc, count: $0.bytes.count)) }
    defer { for memory in inPlace ? inputs : inputs + outputs { memory.deallocate() } }
    let operands = columns.indices.map { i in
      sj_sort_operand(
        type: columns[i].type, input: inputs[i].baseAddress, output: outputs[i].baseAddress)
    }
    let status = sj_sort_rows(
      Int64(rows), Int64(length), Int32(codes.count), Int32(keys), operands, parallel, nil)
    XCTAssertEqual(status, 0)
    for row in 0..<rows {
      let order = (row * length..<(row + 1) * length).sorted { a, b in
        for column in columns.prefix(keys)
        where column.keys[a] < column.keys[b] || column.keys[b] < column.keys[a] {
          return column.keys[a] < column.keys[b]
        }
        return a < b
      }
      for (c, column) in columns.enumerated() {
        for (i, from) in order.enumerated() {
          let at = (row * length + i) * column.size
          guard outputs[c][at..<at + column.size].elementsEqual(column.bytes(at: from)) else {
            return XCTFail(
              "\(codes.map(\.rawValue)) keys \(keys) length \(length): operand \(c) at \(i)")
          }
        }
      }
    }
  }

  func testEveryTypeAlone() {
    for code in 0..<SJ_ELEMENT_COUNT.rawValue {
      for length in [0, 1, 2, 11, 60, 500] {
        check(rows: 3, [sj_element(code)], keys: 1, length: length)
        check(rows: 2, [sj_element(code)], keys: 1, inPlace: true, length: length)
      }
    }
  }

  func testEveryTypeWithPayload() {
    for code in 0..<SJ_ELEMENT_COUNT.rawValue {
      for payload in [SJ_ELEMENT_U8, SJ_ELEMENT_I32, SJ_ELEMENT_F64, SJ_ELEMENT_C128] {
        check(rows: 2, [sj_element(code), payload], keys: 1, length: 70)
        check(rows: 1, [sj_element(code), payload], keys: 1, inPlace: true, length: 300)
      }
    }
  }

  func testSeveralKeys() {
    check(rows: 2, [SJ_ELEMENT_BOOL, SJ_ELEMENT_F32, SJ_ELEMENT_U64], keys: 2, length: 400)
    check(rows: 2, [SJ_ELEMENT_BOOL, SJ_ELEMENT_C64, SJ_ELEMENT_I8], keys: 3, length: 90)
    check(
      rows: 1, [SJ_ELEMENT_F16, SJ_ELEMENT_I64, SJ_ELEMENT_I8, SJ_ELEMENT_F32], keys: 2,
      inPlace: true, length: 333)
  }

  func testThreads() {
    for threads: Int32 in [1, 2, 5] {
      sj_pool_set_threads(threads)
      check(
        rows: 400, [SJ_ELEMENT_F32, SJ_ELEMENT_I32], keys: 1, parallel: sj_pool_parallel_for,
        length: 100)
      check(rows: 2, [SJ_ELEMENT_F32], keys: 1, parallel: sj_pool_parallel_for, length: 20_000)
    }
    sj_pool_set_threads(0)
  }

  /// One lane, long enough for several threads: the same bits as on one. Payloads are places, so
  /// they tell whether the order is stable.
  func testLongLane() {
    let n = (1 << 18) + 77
    let places = (0..<Int32(n)).map { $0 }
    let narrow = places.map { Float($0 &* 7919 % 60013) }
    let wide = narrow.map { Double($0) * 1.1 }
    for code in [SJ_ELEMENT_F32, SJ_ELEMENT_F64] {
      let key = copy(
        code == SJ_ELEMENT_F32
          ? narrow.withUnsafeBytes(Array.init) : wide.withUnsafeBytes(Array.init))
      defer { key.deallocate() }
      let orders = ([nil, sj_pool_parallel_for] as [sj_parallel_for?]).map { parallel in
        [Int32](unsafeUninitializedCapacity: n) { out, count in
          let sorted = copy([UInt8](key))
          defer { sorted.deallocate() }
          places.withUnsafeBytes { places in
            let operands = [
              sj_sort_operand(
                type: element(code), input: key.baseAddress, output: sorted.baseAddress),
              sj_sort_operand(
                type: element(SJ_ELEMENT_I32), input: places.baseAddress, output: out.baseAddress),
            ]
            XCTAssertEqual(sj_sort_rows(1, Int64(n), 2, 1, operands, parallel, nil), 0)
          }
          count = n
        }
      }
      XCTAssertEqual(orders[0], orders[1])
      for (a, b) in zip(orders[0], orders[0].dropFirst()) {
        let (x, y) = (narrow[Int(a)], narrow[Int(b)])
        guard x < y || (x == y && a < b) else { return XCTFail("\(a) before \(b)") }
      }
    }
  }

  func testRefusals() {
    var operand = sj_sort_operand(type: element(SJ_ELEMENT_COUNT), input: nil, output: nil)
    XCTAssertEqual(sj_sort_rows(1, 0, 1, 1, &operand, nil, nil), Int32(SJ_UNSUPPORTED.rawValue))
    operand.type = element(SJ_ELEMENT_F32)
    XCTAssertEqual(sj_sort_rows(1, 0, 1, 2, &operand, nil, nil), Int32(SJ_UNSUPPORTED.rawValue))
    XCTAssertEqual(
      sj_sort_rows(1, 1 << 32, 1, 1, &operand, nil, nil), Int32(SJ_UNSUPPORTED.rawValue))
  }
}
