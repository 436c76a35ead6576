import SJLax
import XCTest

/// Reductions, cumulative operations and products against tables from real JAX.
final class ReductionGoldenTests: LaxTestCase {
  func testReductions() throws {
    try checkGolden("lax_reduce", Self.reductions.mapValues { f in { [try f($0.inputs[0], $0.ints("axes")!)] } })
  }
  func testArgExtrema() throws {
    try checkGolden(
      "lax_reduce",
      Self.argExtrema.mapValues { f in { [try f($0.inputs[0], $0.int("axis")!, try $0.dtype("index_dtype"))] } })
  }
  func testCumulative() throws {
    try checkGolden(
      "lax_reduce",
      Self.cumulative.mapValues { f in { [try f($0.inputs[0], $0.int("axis") ?? 0, $0.bool("reverse") ?? false)] } })
  }
  func testDotGeneral() throws {
    try checkGolden(
      "lax_reduce",
      [
        "lax.dot_general": { c in
          let numbers = c.parameters["dimension_numbers"] as! [[[Int]]]
          let preferred = c.parameters["preferred_element_type"] as? String
          return [
            try Lax.dotGeneral(
              c.inputs[0], c.inputs[1],
              DotDimensionNumbers(
                lhsContracting: numbers[0][0], rhsContracting: numbers[0][1], lhsBatch: numbers[1][0], rhsBatch: numbers[1][1]),
              preferredElementType: preferred.flatMap(DType.init(name:)))
          ]
        },
        "lax.dot": { [try Lax.dot($0.inputs[0], $0.inputs[1])] },
        "lax.batch_matmul": { [try Lax.batchMatmul($0.inputs[0], $0.inputs[1])] },
      ])
  }

  static let reductions: [String: (Value, [Int]) throws -> Value] = [
    "lax.reduce_sum": Lax.reduceSum, "lax.reduce_prod": Lax.reduceProd, "lax.reduce_max": Lax.reduceMax,
    "lax.reduce_min": Lax.reduceMin, "lax.reduce_and": Lax.reduceAnd, "lax.reduce_or": Lax.reduceOr,
    "lax.reduce_xor": Lax.reduceXor,
  ]
  static let argExtrema: [String: (Value, Int, DType) throws -> Value] = [
    "lax.argmax": Lax.argmax, "lax.argmin": Lax.argmin,
  ]
  static let cumulative: [String: (Value, Int, Bool) throws -> Value] = [
    "lax.cumsum": Lax.cumsum, "lax.cumprod": Lax.cumprod, "lax.cummax": Lax.cummax, "lax.cummin": Lax.cummin,
    "lax.cumlogsumexp": Lax.cumlogsumexp,
  ]
}
