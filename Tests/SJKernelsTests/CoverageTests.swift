import CSJKernels
import XCTest

/// An operation either has a kernel for a type or is listed here as meaningless for it.
final class CoverageTests: XCTestCase {
  private static let bool: Set<ElementType> = [.bool]
  private static let floats: Set<ElementType> = [.f16, .bf16, .f32, .f64]
  private static let integers: Set<ElementType> = [.i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64]

  private static let meaninglessUnary: [String: Set<ElementType>] = {
    var table: [String: Set<ElementType>] = [:]
    for op in ["neg", "abs", "sign"] { table[op] = bool }
    for op in ["popcount", "clz"] { table[op] = bool.union(floats) }
    table["not"] = floats
    return table
  }()

  private static let meaninglessBinary: [String: Set<ElementType>] = {
    var table: [String: Set<ElementType>] = [:]
    for op in ["sub", "div", "rem", "pow"] { table[op] = bool }
    for op in ["atan2", "nextafter"] { table[op] = bool.union(integers) }
    for op in ["and", "or", "xor"] { table[op] = floats }
    for op in ["shl", "shr_arithmetic", "shr_logical"] { table[op] = floats.union(bool) }
    for op in ["add", "mul", "min", "max", "eq", "ne", "lt", "le", "gt", "ge", "lt_total"] {
      table[op] = []
    }
    return table
  }()

  private func check(
    _ op: String, _ type: ElementType, has kernel: Bool, _ meaningless: Set<ElementType>
  ) {
    XCTAssertEqual(kernel, !meaningless.contains(type), "\(op) \(type)")
  }

  func testEveryOperationHasAKernelOrNoMeaning() {
    for type in ElementType.allCases {
      for op in 0..<Int32(SJ_UNARY_COUNT.rawValue) {
        let name = String(cString: sj_unary_name(op))
        let meaningless = Self.meaninglessUnary[name] ?? Self.bool.union(Self.integers)
        check(name, type, has: sj_kernel_unary(op, type.rawValue) != nil, meaningless)
      }
      for op in 0..<Int32(SJ_BINARY_COUNT.rawValue) {
        let name = String(cString: sj_binary_name(op))
        check(
          name, type, has: sj_kernel_binary(op, type.rawValue) != nil, Self.meaninglessBinary[name]!
        )
      }
      for op in 0..<Int32(SJ_TERNARY_COUNT.rawValue) {
        let name = String(cString: sj_ternary_name(op))
        let meaningless = name == "select" ? [] : Self.bool
        check(name, type, has: sj_kernel_ternary(op, type.rawValue) != nil, meaningless)
      }
      for other in ElementType.allCases {
        XCTAssertNotNil(sj_kernel_convert(type.rawValue, other.rawValue))
      }
    }
  }

  func testEveryTargetHasTheSameKernels() {
    func present() -> [Bool] {
      ElementType.allCases.flatMap { type in
        (0..<Int32(SJ_UNARY_COUNT.rawValue)).map { sj_kernel_unary($0, type.rawValue) != nil }
          + (0..<Int32(SJ_BINARY_COUNT.rawValue)).map { sj_kernel_binary($0, type.rawValue) != nil }
      }
    }
    let all = supportedTargets.map { withTarget($0, present) }
    XCTAssert(all.allSatisfy { $0 == all[0] })
  }

  func testUnknownOperationsAndTypesHaveNone() {
    XCTAssertNil(sj_kernel_unary(-1, 0))
    XCTAssertNil(sj_kernel_binary(Int32(SJ_BINARY_COUNT.rawValue), 0))
    XCTAssertNil(sj_kernel_ternary(0, Int32(SJ_TYPE_COUNT.rawValue)))
    XCTAssertNil(sj_unary_name(Int32(SJ_UNARY_COUNT.rawValue)))
  }
}
