import SJLax
import XCTest

@testable import SJHarnesses

/// Reductions whose loops have several blocks, along every set of axes, against plain loops over small integers (exact in float32).
final class LargeReductionTests: LaxTestCase {
  private static let shapes: [Shape] = [[9000], [3, 4500], [600, 3], [5, 300, 1, 9], [1, 40], [260, 31]]

  private func number(_ position: Int) -> Double { Double(position * 7919 % 101 - 50) }

  private func forEachCase(_ dtypes: [DType], _ body: (Value, Shape, [Int]) throws -> Void) throws {
    for dtype in dtypes {
      for shape in Self.shapes {
        let x = try array(dtype, shape, (0..<shape.elementCount).map(number))
        for set in 1..<(1 << shape.count) { try body(x, shape, shape.indices.filter { set >> $0 & 1 == 1 }) }
      }
    }
  }

  /// Folds the elements that share a position of the result, in order.
  private func folded<T>(_ shape: Shape, _ axes: [Int], _ initial: T, _ step: (inout T, Int) -> Void) -> [T] {
    let kept = shape.indices.filter { !axes.contains($0) }
    let strides = kept.map { shape[$0] }.rowMajorStrides
    var results = [T](repeating: initial, count: kept.map { shape[$0] }.elementCount)
    let outer = shape.rowMajorStrides
    for position in 0..<shape.elementCount {
      var target = 0
      for i in kept.indices { target += position / outer[kept[i]] % shape[kept[i]] * strides[i] }
      step(&results[target], position)
    }
    return results
  }

  private func components(_ value: Value) throws -> [Double] { try value.concreteArray(for: "test").components() }

  func testSums() throws {
    try forEachCase([.float32, .int32]) { x, shape, axes in
      let expected = folded(shape, axes, 0.0) { $0 += number($1) }
      XCTAssertEqual(try components(Lax.reduceSum(x, axes: axes)), expected, "\(x.aval) over \(axes)")
    }
  }

  func testExtrema() throws {
    try forEachCase([.float32, .float16]) { x, shape, axes in
      let greatest = folded(shape, axes, -Double.infinity) { $0 = max($0, number($1)) }
      XCTAssertEqual(try components(Lax.reduceMax(x, axes: axes)), greatest, "\(x.aval) over \(axes)")
      let least = folded(shape, axes, Double.infinity) { $0 = min($0, number($1)) }
      XCTAssertEqual(try components(Lax.reduceMin(x, axes: axes)), least, "\(x.aval) over \(axes)")
    }
  }

  /// The first of equal elements.
  func testPositions() throws {
    try forEachCase([.float32, .int8]) { x, shape, axes in
      guard axes.count == 1 else { return }
      let stride = shape.rowMajorStrides[axes[0]]
      let best = folded(shape, axes, (value: -Double.infinity, index: 0)) { best, position in
        if number(position) > best.value { best = (number(position), position / stride % shape[axes[0]]) }
      }
      let given = try components(Lax.argmax(x, axis: axes[0], indexDType: .int32))
      XCTAssertEqual(given, best.map { Double($0.index) }, "\(x.aval) along \(axes)")
    }
  }

  func testRunningSums() throws {
    for (shape, axis) in [([900], 0), ([3, 300], 1), ([300, 3], 0)] {
      for reverse in [false, true] {
        let x = try array(.float32, shape, (0..<shape.elementCount).map(number))
        let result = try components(Lax.cumsum(x, axis: axis, reverse: reverse))
        let (extent, stride) = (shape[axis], shape.rowMajorStrides[axis])
        for position in result.indices {
          let here = position / stride % extent
          let range = reverse ? here..<extent : 0..<here + 1
          let expected = range.reduce(0.0) { $0 + number(position + ($1 - here) * stride) }
          guard result[position] == expected else {
            return XCTFail("\(shape) at \(position): \(result[position]), expected \(expected)")
          }
        }
      }
    }
  }

  /// Sums of 16-bit floats accumulate in float32: 5000 ones are 5000, which steps of bfloat16 would never reach.
  func testHalfPrecisionSums() throws {
    for dtype in [DType.float16, .bfloat16] {
      let sum = try Lax.reduceSum(Lax.ones([2, 4096], dtype), axes: [1])
      XCTAssertEqual(try components(sum), [4096, 4096])
      let product = try Lax.dot(Lax.ones([2, 4096], dtype), Lax.ones([4096], dtype))
      XCTAssertEqual(try components(product), [4096, 4096])
    }
  }
}
