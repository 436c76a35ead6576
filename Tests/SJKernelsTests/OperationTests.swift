import XCTest

/// The meaning of single operations at the places where languages differ.
final class OperationTests: XCTestCase {
  private func apply<T>(_ op: String, _ type: ElementType, _ operands: [T]...) -> Elements {
    let elements = operands.map { Elements(reading: $0, as: type) }
    return Kernel.named(op, type)!(elements, count: operands[0].count)
  }

  private func expect<T, R>(
    _ op: String, _ type: ElementType, _ x: [T], _ y: [T], is result: [R],
    as resultType: ElementType? = nil, line: UInt = #line
  ) {
    let expected = Elements(reading: result, as: resultType ?? type)
    let actual = apply(op, type, x, y)
    XCTAssert(actual.agrees(with: expected), "\(op) \(type): \(actual.bits)", line: line)
  }

  func testIntegerDivisionIsXLAs() {
    let (x, y): ([Int32], [Int32]) = ([5, -5, .min, 7, -7], [0, 0, -1, -2, 2])
    expect("div", .i32, x, y, is: [-1, -1, .min, -3, -3] as [Int32])
    expect("rem", .i32, x, y, is: [5, -5, 0, 1, -1] as [Int32])
    expect("div", .u8, [5, 200] as [UInt8], [0, 3], is: [255, 66] as [UInt8])
    expect("rem", .u8, [5, 200] as [UInt8], [0, 3], is: [5, 2] as [UInt8])
    expect("div", .i8, [-128] as [Int8], [-1], is: [-128] as [Int8])
  }

  func testShiftsByTheWidthOrMore() {
    expect("shl", .i32, [7, 7, 7] as [Int32], [2, 32, -1], is: [28, 0, 0] as [Int32])
    expect("shr_logical", .i8, [-128, -1] as [Int8], [4, 8], is: [8, 0] as [Int8])
    expect(
      "shr_arithmetic", .i8, [-128, -1, 127] as [Int8], [4, 8, 9], is: [-8, -1, 0] as [Int8])
    expect("shr_arithmetic", .u8, [128, 128] as [UInt8], [4, 40], is: [248, 255] as [UInt8])
    expect("shl", .u64, [1, 1] as [UInt64], [63, 64], is: [1 << 63, 0] as [UInt64])
  }

  func testIntegerPowerIsJaxNumpys() {
    expect(
      "pow", .i32, [3, 2, 0, 0, -2, -1] as [Int32], [5, 31, 0, 3, 3, 63],
      is: [243, .min, 1, 0, -8, -1] as [Int32])
    expect("pow", .u8, [3, 2] as [UInt8], [4, 9], is: [81, 0] as [UInt8])
  }

  func testMinimumAndMaximumPropagateNaNAndOrderZeros() {
    let (x, y): ([Double], [Double]) = ([.nan, 1, 0, -0.0, 2], [1, .nan, -0.0, 0, 3])
    expect("min", .f64, x, y, is: [.nan, .nan, -0.0, -0.0, 2] as [Double])
    expect("max", .f64, x, y, is: [.nan, .nan, 0, 0, 3] as [Double])
  }

  func testTotalOrderPutsNaNLast() {
    let x: [Float] = [.nan, 1, -.nan, -0.0, 0, .infinity, -.infinity]
    let y: [Float] = [1, .nan, .nan, 0, -0.0, -.nan, -.nan]
    expect("lt_total", .f32, x, y, is: [0, 1, 0, 0, 0, 1, 1] as [UInt8], as: .bool)
  }

  func testClampPropagatesNaN() {
    let actual = apply("clamp", .f32, [0, 0, .nan] as [Float], [-1, .nan, 0.5], [1, 1, 1])
    XCTAssert(actual.agrees(with: Elements(reading: [0, .nan, .nan] as [Float], as: .f32)))
  }

  func testFmaRoundsOnce() {
    let x: Float = 1 + 0x1p-12
    XCTAssertEqual(
      apply("fma", .f32, [x], [x], [-1]).bits, [UInt64((0x1p-11 + 0x1p-24 as Float).bitPattern)])
  }

  func testRoundingAtHalves() {
    let x: [Double] = [0.5, 1.5, -0.5, -2.5, 0.49999999999999994, 4503599627370497.5]
    XCTAssertEqual(
      apply("round", .f64, x),
      Elements(reading: [1, 2, -1, -3, 0, 4_503_599_627_370_498] as [Double], as: .f64))
    XCTAssertEqual(
      apply("round_even", .f64, x),
      Elements(reading: [0, 2, -0.0, -2, 0, 4_503_599_627_370_498] as [Double], as: .f64))
  }

  func testBitCounts() {
    XCTAssertEqual(
      apply("clz", .i16, [0, 1, -1] as [Int16]),
      Elements(reading: [16, 15, 0] as [Int16], as: .i16))
    XCTAssertEqual(
      apply("popcount", .i8, [-1, 0, 5] as [Int8]), Elements(reading: [8, 0, 2] as [Int8], as: .i8))
  }

  func testNeighboursOf16BitFloats() {
    expect(
      "nextafter", .f16, [0, 0x3c00, 0x8001, 0x7bff, 0x7e00] as [UInt16],
      [0xbc00, 0, 0, 0x7c00, 0],
      is: [0x8001, 0x3bff, 0x8000, 0x7c00, 0x7e00] as [UInt16])
  }
}
