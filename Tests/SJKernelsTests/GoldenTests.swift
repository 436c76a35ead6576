import CSJKernels
import Foundation
import XCTest

/// The elementary functions against tables: of correctly rounded values, which
/// Tests/golden/make_elementary.py made, and of JAX's own, from make_xla_bits.py.
final class GoldenTests: XCTestCase {
  private struct Section {
    let name: String
    let type: ElementType
    let tolerance: UInt64
    /// Arguments, then the result.
    var rows: [[UInt64]] = []
  }

  private static let accuracy = sections(of: "elementary.txt")
  private static let xlaBits = sections(of: "xla_bits.txt")

  private static func sections(of name: String) -> [Section] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("golden/\(name)")
    let text = try! String(contentsOf: file, encoding: .utf8)
    var sections: [Section] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if let type = ["f32": ElementType.f32, "f64": .f64][words[1]] {
        sections.append(Section(name: words[0], type: type, tolerance: UInt64(words[2])!))
      } else {
        sections[sections.count - 1].rows.append(words.map { UInt64($0, radix: 16)! })
      }
    }
    return sections
  }

  func testEveryFunctionIsWithinItsToleranceOnEveryTarget() {
    for target in supportedTargets {
      withTarget(target) { Self.accuracy.forEach(check) }
    }
  }

  func testRandomNumbersWillHaveTheBitsOfXLA() {
    XCTAssertEqual(Self.xlaBits.count, 6)
    for target in supportedTargets {
      withTarget(target) { Self.xlaBits.forEach(check) }
    }
  }

  private func check(_ section: Section) {
    guard let kernel = Kernel.named(section.name, section.type) else {
      return XCTFail("no kernel \(section.name) for \(section.type)")
    }
    let columns = (0...kernel.arity).map { column in
      Elements(section.type, section.rows.map { $0[column] })
    }
    let actual = kernel(Array(columns.dropLast()), count: section.rows.count)
    for (row, result) in zip(section.rows, actual.bits) {
      let distance = section.type.distance(result, row.last!)
      if distance > section.tolerance {
        let arguments = row.dropLast().map { "0x" + String($0, radix: 16) }
        XCTFail(
          "\(section.name) \(section.type) of \(arguments): 0x\(String(result, radix: 16)) is "
            + "\(distance) ULP from 0x\(String(row.last!, radix: 16))")
      }
    }
  }

  func testTheGoldenTablesCoverEveryElementaryFunction() {
    let covered = Set((Self.accuracy + Self.xlaBits).map { "\($0.name) \($0.type)" })
    let exact: Set = [
      "neg", "abs", "sign", "floor", "ceil", "round", "round_even", "trunc", "is_finite",
    ]
    for type in [ElementType.f32, .f64] {
      for kernel in Kernel.all(arity: 1, type) where !exact.contains(kernel.name) {
        XCTAssert(covered.contains("\(kernel.name) \(type)"), "\(kernel.name) \(type)")
      }
    }
  }
}

extension ElementType {
  /// In units in the last place; huge between a NaN and a number, or 0 and -0.
  func distance(_ a: UInt64, _ b: UInt64) -> UInt64 {
    if isNaN(a) || isNaN(b) { return isNaN(a) && isNaN(b) ? 0 : .max }
    let sign: UInt64 = 1 << UInt64(8 * size - 1)
    let (magnitudeA, magnitudeB) = (a & ~sign, b & ~sign)
    if a & sign == b & sign {
      return magnitudeA > magnitudeB ? magnitudeA - magnitudeB : magnitudeB - magnitudeA
    }
    return magnitudeA == 0 && magnitudeB == 0 ? .max : magnitudeA + magnitudeB
  }
}
