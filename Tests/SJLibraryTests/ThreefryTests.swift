import CSJLibrary
import XCTest

/// Expected words: JAX 0.10.2 (`threefry_2x32`, and `jax.random.bits` with PRNGKey(42)); the
/// first three are also the known answers of the authors' Random123 distribution.
final class ThreefryTests: XCTestCase {
  func testKnownAnswers() {
    let all: UInt32 = 0xffff_ffff
    let cases: [(key: [UInt32], counter: [UInt32], result: [UInt32])] = [
      ([0, 0], [0, 0], [0x6b20_0159, 0x99ba_4efe]),
      ([all, all], [all, all], [0x1cb9_96fc, 0xbb00_2be7]),
      ([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3], [0xc492_3a9c, 0x483d_f7a0]),
    ]
    forEachTarget { target in
      for n in [1, 3, 16, 37, 64] {
        for (key, counter, result) in cases {
          var x0 = [UInt32](repeating: counter[0], count: n)
          var x1 = [UInt32](repeating: counter[1], count: n)
          sj_threefry2x32(key[0], key[1], Int64(n), x0, x1, &x0, &x1)
          XCTAssertEqual([x0, x1], result.map { [UInt32](repeating: $0, count: n) }, target)
        }
      }
    }
  }

  func testKeysPerElement() {
    forEachTarget { target in
      let n = 45
      let values = (0..<4).map { c in
        (0..<n).map { UInt32(truncatingIfNeeded: $0 &* 0x9E37_79B9 &+ c) }
      }
      var out0 = [UInt32](repeating: 0, count: n)
      var out1 = out0
      sj_threefry2x32_keys(Int64(n), values[0], values[1], values[2], values[3], &out0, &out1)
      for i in 0..<n {
        var one: UInt32 = 0
        var two: UInt32 = 0
        sj_threefry2x32(values[0][i], values[1][i], 1, [values[2][i]], [values[3][i]], &one, &two)
        XCTAssertEqual([out0[i], out1[i]], [one, two], target)
      }
    }
  }

  private func original(_ n: Int, _ parallel: sj_parallel_for? = nil) -> [UInt32] {
    var out = [UInt32](repeating: 0, count: n)
    sj_threefry_bits_original(0, 42, Int64(n), &out, parallel, nil)
    return out
  }

  private func partitionable(
    _ first: UInt64, _ n: Int, _ parallel: sj_parallel_for? = nil
  )
    -> [UInt32]
  {
    var out = [UInt32](repeating: 0, count: n)
    sj_threefry_bits_partitionable(0, 42, first, Int64(n), &out, parallel, nil)
    return out
  }

  /// A sum that depends on every word and its place.
  private func digest(_ words: [UInt32]) -> UInt32 {
    words.enumerated().reduce(0) { $0 ^ ($1.element &* UInt32($1.offset + 1)) }
  }

  func testOriginalLayout() {
    forEachTarget { target in
      XCTAssertEqual(original(0), [], target)
      XCTAssertEqual(original(1), [1_832_780_943], target)
      XCTAssertEqual(
        original(7),
        [
          2_954_079_971, 2_575_172_198, 1_139_032_965, 1_681_094_280, 3_276_725_750, 1_223_413_151,
          173_471_767,
        ], target)
      XCTAssertEqual(
        original(8),
        [
          2_954_079_971, 2_575_172_198, 1_139_032_965, 1_035_738_655, 3_276_725_750, 1_223_413_151,
          173_471_767, 13_772_463,
        ],
        target)
      for parallel in [nil, sj_pool_parallel_for] as [sj_parallel_for?] {
        let words = original(100_001, parallel)
        XCTAssertEqual(digest(words), 588_816_090, target)
        XCTAssertEqual(
          [words[100_000], words[50000], words[50001]], [1_423_114_517, 2_595_154_805, 903_659_459])
      }
    }
  }

  func testPartitionableLayout() {
    forEachTarget { target in
      let eight: [UInt32] = [
        2_098_992_034, 2_919_706_841, 2_646_866_425, 2_409_546_199, 1_935_504_149, 2_516_274_904,
        321_304_473, 3_329_172_656,
      ]
      XCTAssertEqual(partitionable(0, 8), eight, target)
      XCTAssertEqual(partitionable(3, 5), Array(eight[3...]), target)
      for parallel in [nil, sj_pool_parallel_for] as [sj_parallel_for?] {
        let words = partitionable(0, 100_001, parallel)
        XCTAssertEqual(digest(words), 724_323_128, target)
        XCTAssertEqual(
          [words[100_000], words[50000], words[50001]], [1_504_343_439, 281_033_295, 660_445_983])
      }
    }
  }

  /// The counter's high word counts beyond 2^32.
  func testPartitionableCarries() {
    let edge: UInt64 = (7 << 32) - 3
    let words = partitionable(edge, 40)
    for i in 0..<40 {
      let index = edge + UInt64(i)
      var one: UInt32 = 0
      var two: UInt32 = 0
      sj_threefry2x32(
        0, 42, 1, [UInt32(index >> 32)], [UInt32(truncatingIfNeeded: index)], &one, &two)
      XCTAssertEqual(words[i], one ^ two)
    }
  }

  func test64Bits() {
    var out = [UInt64](repeating: 0, count: 3)
    forEachTarget { target in
      sj_threefry_bits64_partitionable(0, 42, 0, 3, &out, nil, nil)
      XCTAssertEqual(
        out, [7_871_734_211_187_709_741, 276_886_910_877_598_708, 10_591_095_138_341_673_235],
        target)
    }
  }
}
