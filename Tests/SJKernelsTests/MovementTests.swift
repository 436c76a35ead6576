import CSJKernels
import XCTest

final class MovementTests: XCTestCase {
  private let extents: [Int64] = [3, 4, 5]
  /// A transposed, partly reversed view of 60 elements: offsets in elements.
  private let strides: [Int64] = [1, -3, 12]
  private let origin = 9

  /// The element offsets of the whole iteration space, row-major.
  private var offsets: [Int] {
    (0..<3).flatMap { i in (0..<4).flatMap { j in (0..<5).map { k in i - 3 * j + 12 * k } } }
  }

  private func bytes(_ size: Int32) -> [Int64] { strides.map { $0 * Int64(size) } }

  func testLoadsAndStoresFollowTheStrides() {
    for size in [1, 2, 4, 8, 16] as [Int32] {
      let source = (0..<(60 * Int(size))).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      for (first, n) in [(0, 60), (7, 20), (59, 1), (13, 0)] {
        let expected = offsets[first..<(first + n)].flatMap { offset -> [UInt8] in
          let start = (origin + offset) * Int(size)
          return Array(source[start..<(start + Int(size))])
        }
        var tile = [UInt8](repeating: 0, count: n * Int(size))
        source.withUnsafeBytes { memory in
          sj_load_nd(
            size, Int64(n), &tile, memory.baseAddress! + origin * Int(size), 3, extents,
            bytes(size), Int64(first))
        }
        XCTAssertEqual(tile, expected, "load, size \(size), \(n) from \(first)")

        var target = source.map { _ in UInt8(0) }
        target.withUnsafeMutableBytes { memory in
          sj_store_nd(
            size, Int64(n), memory.baseAddress! + origin * Int(size), 3, extents, bytes(size),
            Int64(first), tile)
        }
        var wanted = source.map { _ in UInt8(0) }
        for offset in offsets[first..<(first + n)] {
          for byte in 0..<Int(size) {
            let place = (origin + offset) * Int(size) + byte
            wanted[place] = source[place]
          }
        }
        XCTAssertEqual(target, wanted, "store, size \(size), \(n) from \(first)")
      }
    }
  }

  func testMaskedStoresLeaveTheRest() {
    var target = [Int32](repeating: -1, count: 6)
    let strides: [Int64] = [4, 8]
    sj_store_nd_masked(
      4, 4, &target, 2, [2, 3], strides, 1, [10, 20, 30, 40] as [Int32], [1, 0, 1, 1])
    XCTAssertEqual(target, [-1, 30, 10, 40, -1, -1])
  }

  func testRankZeroIsOneElement() {
    var value: Int32 = 0
    sj_load_nd(4, 1, &value, [7] as [Int32], 0, nil, nil, 0)
    XCTAssertEqual(value, 7)
  }

  func testStridedCopies() {
    var tile = [Int16](repeating: 0, count: 3)
    sj_load_strided(2, 3, &tile, [1, 2, 3, 4, 5, 6] as [Int16], 4)
    XCTAssertEqual(tile, [1, 3, 5])
    sj_load_strided(2, 3, &tile, [9] as [Int16], 0)
    XCTAssertEqual(tile, [9, 9, 9])
    var target = [Int16](repeating: 0, count: 6)
    sj_store_strided(2, 3, &target, 4, [1, 2, 3] as [Int16])
    XCTAssertEqual(target, [1, 0, 2, 0, 3, 0])
  }

  func testIota() {
    var indices = [Int64](repeating: 0, count: 60)
    sj_iota_nd(60, &indices, 3, extents, strides, 100, 0)
    XCTAssertEqual(indices, offsets.map { Int64(100 + $0) })
    var tail = [Int64](repeating: 0, count: 10)
    sj_iota_nd(10, &tail, 3, extents, strides, 0, 50)
    XCTAssertEqual(tail, offsets[50...].map(Int64.init))
  }

  func testGatherFillsWhereTheMaskIsOff() {
    var tile = [Double](repeating: 0, count: 3)
    sj_gather_elements(8, 3, &tile, [1, 2, 3] as [Double], [2, 1 << 40, 0], [1, 0, 1], [-7] as [Double])
    XCTAssertEqual(tile, [3, -7, 1])
    sj_gather_elements(8, 2, &tile, [1, 2, 3] as [Double], [1, 1], nil, nil)
    XCTAssertEqual(tile, [2, 2, 1])
  }

  func testScatterCombinesInOrder() {
    func scatter(_ combine: sj_combine, mask: [UInt8]? = nil) -> [Int32] {
      var target: [Int32] = [1, 2, 3]
      sj_scatter_elements(
        Int32(SJ_I32.rawValue), Int32(combine.rawValue), 4, &target, [0, 2, 0, 2],
        [5, 6, 7, -8] as [Int32], mask)
      return target
    }
    XCTAssertEqual(scatter(SJ_COMBINE_NONE), [7, 2, -8])
    XCTAssertEqual(scatter(SJ_COMBINE_ADD), [13, 2, 1])
    XCTAssertEqual(scatter(SJ_COMBINE_MUL), [35, 2, -144])
    XCTAssertEqual(scatter(SJ_COMBINE_MIN), [1, 2, -8])
    XCTAssertEqual(scatter(SJ_COMBINE_MAX), [7, 2, 6])
    XCTAssertEqual(scatter(SJ_COMBINE_OR), [7, 2, -1])
    XCTAssertEqual(scatter(SJ_COMBINE_ADD, mask: [1, 0, 0, 1]), [6, 2, -5])
  }
}
