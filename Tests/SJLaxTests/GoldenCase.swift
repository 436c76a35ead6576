import Foundation
import SJBackendCPU
import SJGolden
import SJLax
import XCTest

@testable import SJHarnesses

/// One line of a golden table: a call and what real JAX made of it.
struct GoldenCase {
  let name: String
  let operation: String
  let expression: String
  let parameters: [String: Any]
  let inputs: [ConcreteArray]
  let outputs: [ConcreteArray]
  /// Allowed difference: units in the last place, or absolute.
  let tolerance: Double
  let absoluteTolerance: Double
  let config: [String: Bool]

  /// The cases of `Tests/golden/<table>.json` whose operation is in `operations`.
  static func load(_ table: String, _ operations: Set<String>) throws -> [GoldenCase] {
    try GoldenTable.load(table, operations).map(GoldenCase.init)
  }

  private init(_ line: [String: Any]) throws {
    name = line["name"] as! String
    operation = line["op"] as! String
    expression = line["expr"] as! String
    parameters = line["params"] as! [String: Any]
    inputs = try (line["inputs"] as! [[String: Any]]).map(GoldenTable.array)
    outputs = try (line["outputs"] as! [[String: Any]]).map(GoldenTable.array)
    tolerance = line["ulp"] as? Double ?? 0
    absoluteTolerance = line["atol"] as? Double ?? 0
    config = line["config"] as? [String: Bool] ?? [:]
  }

  // MARK: Parameters

  func int(_ name: String) -> Int? { parameters[name] as? Int }
  func ints(_ name: String) -> [Int]? { parameters[name] as? [Int] }
  func bool(_ name: String) -> Bool? { parameters[name] as? Bool }

  /// Runs `body` under the case's configuration.
  func configured<R>(_ body: () throws -> R) rethrows -> R {
    try Config.with(
      {
        $0.enableX64 = config["x64"] ?? false
        $0.threefryPartitionable = config["partitionable"] ?? false
      }, body)
  }

  // MARK: Comparison

  /// Fails where results differ in type or by more than the tolerance, in units in the last place.
  func check(_ results: [Value], file: StaticString = #filePath, line: UInt = #line) throws {
    XCTAssertEqual(results.map(\.aval.weakText), outputs.map(\.aval.weakText), "\(name): \(expression)", file: file, line: line)
    for (result, expected) in zip(results, outputs) where result.aval.matches(expected.aval) {
      let result = try result.concreteArray(for: name)
      let worst = try result.distance(to: expected, ignoring: absoluteTolerance)
      let (given, wanted) = (try result.text(), try expected.text())
      XCTAssertLessThanOrEqual(
        worst, tolerance, "\(name): \(expression) gives \(given), expected \(wanted)", file: file, line: line)
    }
  }
}

extension ConcreteArray {
  func text() throws -> String { "\(aval.shortText)\(try components())" }

  /// The largest difference of two arrays of one type in units in the last place, of which zeros of different sign
  /// are one apart; infinite where only one is NaN. Differences up to `absolute` count as none, and numbers below
  /// the normal ones are at most 1 apart: JAX's CPU backend flushes them, an engine need not.
  func distance(to other: ConcreteArray, ignoring absolute: Double = 0) throws -> Double {
    if memcmp(try bytes(), try other.bytes(), aval.byteCount) == 0 { return 0 }
    guard dtype.isInexact else { return .infinity }
    let (digits, least) =
      switch dtype.scalar {
      case .f16: (10, -14)
      case .bf16: (7, -126)
      case .f32: (23, -126)
      default: (52, -1022)
      }
    let tiny = scalbn(1.0, least)
    return zip(try components(), try other.components()).map { a, b in
      if a.isNaN && b.isNaN || abs(a - b) <= absolute && a != b { return 0 }
      if abs(a) <= tiny && abs(b) <= tiny { return a == b && a.sign == b.sign ? 0 : 1 }
      if a == b { return 0 }
      let exponent = max(b.isFinite && b != 0 ? Int(b.exponent) : least, least)
      return abs(a - b) / scalbn(1, exponent - digits)
    }.map { $0.isNaN ? .infinity : $0 }.max() ?? 0
  }
}

/// The backend of all tests of this target.
class LaxTestCase: XCTestCase {
  override class func setUp() {
    super.setUp()
    CPUBackend.install()
    Config.update { $0.checks = true }
  }
  typealias Call = (GoldenCase) throws -> [Value]

  /// Where JAX is off by more than the table allows: its lgamma(1) is 4.8e-7.
  static let deviations: Set<String> = ["lax.lgamma bfloat16[24]"]

  /// Runs all cases of a table whose operations are among `calls`.
  func checkGolden(_ table: String, _ calls: [String: Call]) throws {
    let cases = try GoldenCase.load(table, Set(calls.keys))
    XCTAssertGreaterThanOrEqual(cases.count, calls.count)
    for golden in cases {
      guard let call = calls[golden.operation], !Self.deviations.contains(golden.name) else { continue }
      do {
        try golden.configured { try golden.check(try call(golden)) }
      } catch {
        XCTFail("\(golden.name): \(error)")
      }
    }
  }
}
