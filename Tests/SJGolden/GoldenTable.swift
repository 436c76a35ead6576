import Foundation
import SJCore
import SJTypes

/// Reads the tables of `Tests/golden` (its README has the format).
public enum GoldenTable {
  /// The lines of `Tests/golden/<table>.json` whose operation is in `operations`.
  public static func load(_ table: String, _ operations: Set<String>) throws -> [[String: Any]] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("golden/\(table).json"))
    let lines = try JSONSerialization.jsonObject(with: data) as! [[String: Any]]
    return lines.filter { operations.contains($0["op"] as? String ?? "") }
  }

  /// An array of its stored form.
  public static func array(_ entry: [String: Any]) throws -> ConcreteArray {
    let dtype = DType(name: entry["dtype"] as! String)!
    let aval = AbstractValue(dtype, entry["shape"] as! [Int], weakType: entry["weak"] as? Bool ?? false)
    let array = try ConcreteArray(uninitialized: aval)
    let digits = Array((entry["data"] as! String).utf8)
    let bytes = try array.mutableBytes().assumingMemoryBound(to: UInt8.self)
    for i in 0..<(digits.count / 2) {
      bytes[i] = UInt8(String(decoding: digits[(2 * i)..<(2 * i + 2)], as: UTF8.self), radix: 16)!
    }
    return array
  }
}
