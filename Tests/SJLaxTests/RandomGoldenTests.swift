import Foundation
import SJLax
import XCTest

@testable import SJHarnesses

/// Random bits and keys against tables from real JAX, for both layouts and both kinds of keys.
final class RandomGoldenTests: LaxTestCase {
  func testBits() throws {
    let cases = try GoldenCase.load("random_keys", ["random.bits"])
    XCTAssertGreaterThan(cases.count, 40)
    for golden in cases {
      let call = try RandomCall(golden.expression)
      let width = Int(call.last.filter(\.isNumber)) ?? 32
      try golden.configured {
        try golden.check([Lax.randomBits(call.typedKey(), bitWidth: width, shape: call.shape)])
        let raw = try Lax.threefryRandomBits(
          Lax.randomUnwrap(call.typedKey()), bitWidth: width, shape: call.shape,
          partitionable: Config.current.threefryPartitionable)
        try golden.check([raw])
      }
    }
  }

  func testSplitAndFoldIn() throws {
    let cases = try GoldenCase.load("random_keys", ["random.split", "random.fold_in"])
    var checked = 0
    for golden in cases {
      guard let call = try? RandomCall(golden.expression) else { continue }
      checked += 1
      try golden.configured {
        let keys =
          golden.operation == "random.split"
          ? try Lax.randomSplit(call.typedKey(), call.shape)
          : try Lax.randomFoldIn(call.typedKey(), Lax.scalar(call.shape[0], .uint32))
        try golden.check([call.isTyped ? keys : Lax.randomUnwrap(keys)])
      }
    }
    XCTAssertGreaterThan(checked, 15)
  }

  func testSeeds() throws {
    for (seed, dtype, x64, expected) in [
      (0, DType.int32, false, [0, 0]), (-1, .int32, false, [0, 0xFFFF_FFFF]), (-1, .int8, false, [0, 0xFFFF_FFFF]),
      (200, .uint8, false, [0, 200]), (-1, .int64, true, [0xFFFF_FFFF, 0xFFFF_FFFF]),
      ((1 << 33) + 1, .int64, true, [2, 1]),
    ] as [(Int, DType, Bool, [Double])] {
      try Config.with({ $0.enableX64 = x64 }) {
        let data = try Lax.randomUnwrap(Lax.randomSeed(Lax.scalar(seed, dtype)))
        XCTAssertEqual(try data.concreteArray(for: "test").components(), expected, "\(seed) as \(dtype)")
      }
    }
  }

  /// Many keys at once give what each gives alone.
  func testBatchesOfKeys() throws {
    for partitionable in [false, true] {
      try Config.with({ $0.threefryPartitionable = partitionable }) {
        let keys = try Lax.randomSplit(Lax.randomSeed(Lax.scalar(7, .int32)), [2, 3])
        for width in [8, 16, 32] {
          let all = try Lax.randomBits(keys, bitWidth: width, shape: [5])
          let key = try Lax.reshape(Lax.slice(keys, [1, 2], [2, 3]), [])
          let one = try Lax.randomBits(key, bitWidth: width, shape: [5])
          let same = try Lax.reshape(Lax.slice(all, [1, 2, 0], [2, 3, 5]), [5])
          XCTAssertEqual(
            try one.concreteArray(for: "test").components(), try same.concreteArray(for: "test").components())
        }
      }
    }
  }
}

/// `random.f(random.key(3), (2, 3), 'uint8')`, read from its text.
private struct RandomCall {
  let seed: Int
  let isTyped: Bool
  let shape: [Int]
  let last: Substring

  init(_ text: String) throws {
    let pattern =
      #/random\.\w+\(random\.(PRNGKey|key)\((\d+)\)(?:, (?:jnp\.uint32\()?(2\*\*32 - 1|\d+|\([\d, ]*\))\)?)?(.*)\)/#
    guard let match = text.wholeMatch(of: pattern) else { throw SJError(.invalidArgument, text) }
    isTyped = match.1 == "key"
    seed = Int(match.2)!
    let argument = match.3 ?? "2"
    shape = argument == "2**32 - 1" ? [Int(UInt32.max)] : argument.split { !$0.isNumber }.map { Int($0)! }
    last = match.4
  }

  func typedKey() throws -> Value { try Lax.randomSeed(Lax.scalar(seed, .int32)) }
}
