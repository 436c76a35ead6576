import CSJKernels
import XCTest

/// Reductions against the tree that sj_kernels.h documents.
final class ReductionTests: XCTestCase {
  private let lanes = Int(SJ_REDUCE_LANES)
  private let lengths = [0, 1, 5, 31, 32, 33, 100, 4096]

  /// Lane j takes the elements i = j (mod 32) in order; then halves are combined.
  private func tree<T>(_ x: [T], _ identity: T, _ combine: (T, T) -> T) -> T {
    var partial = [T](repeating: identity, count: lanes)
    for (i, value) in x.enumerated() { partial[i % lanes] = combine(partial[i % lanes], value) }
    for half in [16, 8, 4, 2, 1] {
      partial = (0..<half).map { combine(partial[$0], partial[$0 + half]) }
    }
    return partial[0]
  }

  private func reduce<T>(_ combine: sj_combine, _ type: ElementType, _ x: [T]) -> Elements {
    results(1, of: type) { out in
      x.withUnsafeBytes {
        sj_kernel_reduce(Int32(combine.rawValue), type.rawValue)(
          Int64(x.count), out, $0.baseAddress)
      }
    }
  }

  private func check<T>(
    _ combine: sj_combine, _ type: ElementType, _ values: (Int) -> [T], identity: T,
    _ operation: (T, T) -> T
  ) {
    for target in supportedTargets {
      withTarget(target) {
        for n in lengths {
          let x = values(n)
          let expected = Elements(reading: [tree(x, identity, operation)], as: type)
          XCTAssert(reduce(combine, type, x).agrees(with: expected), "\(combine) \(type) n = \(n)")
        }
      }
    }
  }

  private func doubles(_ n: Int) -> [Double] {
    var random = RandomBits(seed: 6)
    return (0..<n).map { _ in Double.random(in: -1...1, using: &random) }
  }
  private func floats(_ n: Int) -> [Float] { doubles(n).map { Float($0) } }
  private func integers(_ n: Int) -> [Int32] { doubles(n).map { Int32($0 * 0x1p31) } }

  func testSumsAndProducts() {
    check(SJ_COMBINE_ADD, .f32, floats, identity: 0, +)
    check(SJ_COMBINE_ADD, .f64, doubles, identity: 0, +)
    check(SJ_COMBINE_MUL, .f64, doubles, identity: 1, *)
    check(SJ_COMBINE_ADD, .i32, integers, identity: 0, &+)
    check(SJ_COMBINE_MUL, .i32, integers, identity: 1, &*)
  }

  func testSumsOf16BitFloatsAreRoundedAtEachStep() {
    func halves(_ n: Int) -> [UInt16] { doubles(n).map { Float16($0).bitPattern } }
    check(SJ_COMBINE_ADD, .f16, halves, identity: 0) {
      Float16(Float(Float16(bitPattern: $0)) + Float(Float16(bitPattern: $1))).bitPattern
    }
  }

  func testExtremesAndBits() {
    check(SJ_COMBINE_MIN, .f32, floats, identity: .infinity, min)
    check(SJ_COMBINE_MAX, .f64, doubles, identity: -.infinity, max)
    check(SJ_COMBINE_MIN, .i32, integers, identity: .max, min)
    check(SJ_COMBINE_MAX, .i32, integers, identity: .min, max)
    check(SJ_COMBINE_AND, .i32, integers, identity: -1, &)
    check(SJ_COMBINE_OR, .i32, integers, identity: 0, |)
    let truths: (Int) -> [UInt8] = { n in (0..<n).map { UInt8($0 % 7 == 6 ? 0 : 1) } }
    check(SJ_COMBINE_AND, .bool, truths, identity: 1, &)
    check(SJ_COMBINE_OR, .bool, truths, identity: 0, |)
  }

  func testNaNPropagates() {
    var x = floats(100)
    x[70] = .nan
    for combine in [SJ_COMBINE_ADD, SJ_COMBINE_MUL, SJ_COMBINE_MIN, SJ_COMBINE_MAX] {
      XCTAssert(ElementType.f32.isNaN(reduce(combine, .f32, x).bits[0]))
    }
  }

  func testRowsAreReducedOneByOne() {
    for n in [1, 3, 32, 77] {
      let x = floats(5 * n)
      let rows = results(5, of: .f32) { out in
        sj_kernel_reduce_rows(Int32(SJ_COMBINE_ADD.rawValue), ElementType.f32.rawValue)(
          5, Int64(n), out, x)
      }
      let single = (0..<5).map {
        reduce(SJ_COMBINE_ADD, .f32, Array(x[($0 * n)..<($0 * n + n)])).bits[0]
      }
      XCTAssertEqual(rows.bits, single)
    }
  }
}
