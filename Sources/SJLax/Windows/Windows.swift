import SJCore
import SJTypes

/// How a window goes along one axis.
struct WindowAxis {
  var size: Int
  var stride: Int
  var low: Int
  var high: Int
  /// One more than the number of holes between elements of the operand.
  var baseDilation: Int
  /// One more than the number of holes in the window.
  var windowDilation: Int

  /// What the window covers, holes included.
  var extent: Int { (size - 1) * windowDilation + 1 }

  func outputSize(_ operand: Int) -> Int {
    let dilated = operand == 0 ? 0 : (operand - 1) * baseDilation + 1
    let room = dilated + low + high - extent
    return room < 0 ? 0 : room / stride + 1
  }
}

/// Padding of windows by its names: `SAME` keeps `ceil(size / stride)` places, the odd one of the padding after
/// (`SAME_LOWER`: before); `VALID` has none.
public enum WindowPadding {
  case explicit([(low: Int, high: Int)])
  case named(String)

  func resolved(_ name: String, sizes: Shape, extents: [Int], strides: [Int]) throws -> [(low: Int, high: Int)] {
    switch self {
    case .explicit(let pairs): return pairs
    case .named("VALID"): return sizes.map { _ in (0, 0) }
    case .named(let kind) where kind == "SAME" || kind == "SAME_LOWER":
      return sizes.indices.map { axis in
        let places = (sizes[axis] + strides[axis] - 1) / strides[axis]
        let total = Swift.max((places - 1) * strides[axis] + extents[axis] - sizes[axis], 0)
        return kind == "SAME" ? (total / 2, total - total / 2) : (total - total / 2, total / 2)
      }
    case .named(let kind):
      throw SJError(.invalidArgument, "\(name): unknown padding '\(kind)'; there are SAME, SAME_LOWER and VALID")
    }
  }
}

extension Lax {
  /// The axes of a window, checked.
  static func windowAxes(
    _ name: String, _ sizes: Shape, _ window: [Int], _ strides: [Int]?, _ padding: WindowPadding, _ baseDilation: [Int]?,
    _ windowDilation: [Int]?
  ) throws -> [WindowAxis] {
    let ones = Array(repeating: 1, count: sizes.count)
    let lists = [window, strides ?? ones, baseDilation ?? ones, windowDilation ?? ones]
    guard lists.allSatisfy({ $0.count == sizes.count && $0.allSatisfy { $0 > 0 } }) else {
      throw SJError(
        .invalidArgument,
        "\(name): window \(window), strides \(lists[1]) and dilations \(lists[2]), \(lists[3]) must have a positive number for each of \(sizes.count) axes"
      )
    }
    let dilated = zip(sizes, lists[2]).map { $0 == 0 ? 0 : ($0 - 1) * $1 + 1 }
    let extents = zip(window, lists[3]).map { ($0 - 1) * $1 + 1 }
    let pairs = try padding.resolved(name, sizes: dilated, extents: extents, strides: lists[1])
    guard pairs.count == sizes.count else {
      throw SJError(.invalidArgument, "\(name): padding must have a pair for each of \(sizes.count) axes, got \(pairs.count)")
    }
    return sizes.indices.map {
      WindowAxis(
        size: window[$0], stride: lists[1][$0], low: pairs[$0].low, high: pairs[$0].high, baseDilation: lists[2][$0],
        windowDilation: lists[3][$0])
    }
  }

  /// For each place in the window, row by row, the elements that it meets: strided slices of the padded operand,
  /// whose last axes the window goes along.
  static func windowSlices(_ x: Value, _ filling: Value, _ axes: [WindowAxis]) throws -> [Value] {
    let outer = x.rank - axes.count
    let config = Array(repeating: (0, 0, 0), count: outer) + axes.map { ($0.low, $0.high, $0.baseDilation - 1) }
    let padded = try pad(x, filling, config)
    let counts = axes.indices.map { axes[$0].outputSize(x.shape[outer + $0]) }
    return try places(axes.map(\.size)).map { place in
      let start = Array(repeating: 0, count: outer) + axes.indices.map { place[$0] * axes[$0].windowDilation }
      let limit =
        Array(padded.shape.prefix(outer))
        + axes.indices.map { counts[$0] == 0 ? start[outer + $0] : start[outer + $0] + (counts[$0] - 1) * axes[$0].stride + 1 }
      return try slice(padded, start, limit, strides: Array(repeating: 1, count: outer) + axes.map(\.stride))
    }
  }

  /// All indices into a shape, the last axis fastest.
  private static func places(_ sizes: [Int]) -> [[Int]] {
    sizes.reduce([[]]) { prefixes, size in prefixes.flatMap { prefix in (0..<size).map { prefix + [$0] } } }
  }
}
