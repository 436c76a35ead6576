import XCTest

final class ConversionTests: XCTestCase {
  private func convert<T>(_ x: [T], _ from: ElementType, to: ElementType) -> Elements {
    Kernel(convert: from, to: to)([Elements(reading: x, as: from)], count: x.count, result: to)
  }

  func testFloatsToIntegersTruncateAndSaturate() {
    let x: [Float] = [.nan, 1e20, -1e20, 300.7, -300.7, -0.5]
    XCTAssertEqual(
      convert(x, .f32, to: .i32),
      Elements(reading: [0, .max, .min, 300, -300, 0] as [Int32], as: .i32))
    XCTAssertEqual(
      convert(x, .f32, to: .u8), Elements(reading: [0, 255, 0, 255, 0, 0] as [UInt8], as: .u8))
    XCTAssertEqual(
      convert(x, .f32, to: .i8), Elements(reading: [0, 127, -128, 127, -128, 0] as [Int8], as: .i8))
    XCTAssertEqual(
      convert([0x1p63, -0x1p63, 0x1p64] as [Double], .f64, to: .i64),
      Elements(reading: [.max, .min, .max] as [Int64], as: .i64))
    XCTAssertEqual(
      convert([0x1p63, -1, 0x1p64] as [Double], .f64, to: .u64),
      Elements(reading: [1 << 63, 0, .max] as [UInt64], as: .u64))
  }

  func testToBoolIsNotZero() {
    XCTAssertEqual(convert([.nan, 0.5, 0, -0.0] as [Float], .f32, to: .bool).bits, [1, 1, 0, 0])
    XCTAssertEqual(convert([256, 0] as [Int32], .i32, to: .bool).bits, [1, 0])
  }

  func testIntegersWrap() {
    XCTAssertEqual(convert([300, -1] as [Int32], .i32, to: .u8).bits, [44, 255])
    XCTAssertEqual(convert([-1] as [Int8], .i8, to: .u64).bits, [.max])
  }

  func testEvery16BitFloatSurvivesFloat32() {
    let all = (0...UInt16.max).map { $0 }
    for type in [ElementType.f16, .bf16] {
      let wide = convert(all, type, to: .f32)
      let back = Kernel(convert: .f32, to: type)([wide], count: all.count, result: type)
      XCTAssert(back.agrees(with: Elements(reading: all, as: type)), "\(type)")
    }
  }

  #if !arch(x86_64) || !os(macOS)
  func testFloat16AgreesWithSwiftsOwn() {
    let all = (0...UInt16.max).map { Float(Float16(bitPattern: $0)) }
    XCTAssert(
      convert((0...UInt16.max).map { $0 }, .f16, to: .f32).agrees(
        with: Elements(reading: all, as: .f32)))
    var random = RandomBits(seed: 5)
    let floats = random.elements(20000, of: .f32)
    let expected = floats.bits.map { UInt64(Float16(Float(bitPattern: UInt32($0))).bitPattern) }
    let actual = Kernel(convert: .f32, to: .f16)([floats], count: 20000, result: .f16)
    XCTAssert(actual.agrees(with: Elements(.f16, expected)))
  }
  #endif

  func testWideTypesAreRoundedTo16BitsOnce() {
    // Half way between neighbours but for a last bit that float32 cannot hold.
    let justAbove = 1 + 0x1p-11 + 0x1p-40
    XCTAssertEqual(convert([justAbove, 1 + 0x1p-11], .f64, to: .f16).bits, [0x3c01, 0x3c00])
    let large: [Int64] = [
      (1 << 62) + (1 << 54) + 1, (1 << 62) + (1 << 54), -(1 << 62) - (1 << 54) - 1,
    ]
    XCTAssertEqual(convert(large, .i64, to: .bf16).bits, [0x5e81, 0x5e80, 0xde81])
    XCTAssertEqual(convert([UInt64.max], .u64, to: .bf16).bits, [0x5f80])
    XCTAssertEqual(convert([1e300, -1e300], .f64, to: .f16).bits, [0x7c00, 0xfc00])
    XCTAssertEqual(convert([0x1p-1030], .f64, to: .bf16).bits, [0])
  }
}
