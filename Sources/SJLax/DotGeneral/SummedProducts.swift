import SJCore
import SJTypes

extension Lax {
  /// The sum over steps of what a `dot_general` or `reduce_sum` gives in each, from its operands stacked
  /// along a first axis: one product or sum with one more contracted axis. Nil for other primitives.
  public static func summedOverSteps(_ primitive: Primitive, _ params: Params, _ stacks: [Value]) throws -> Value? {
    if primitive == Primitives.dotGeneral {
      var product = params.unbox(DotGeneralParams.self)
      let d = product.dimensions
      product.dimensions = DotDimensionNumbers(
        lhsContracting: [0] + d.lhsContracting.map { $0 + 1 }, rhsContracting: [0] + d.rhsContracting.map { $0 + 1 },
        lhsBatch: d.lhsBatch.map { $0 + 1 }, rhsBatch: d.rhsBatch.map { $0 + 1 })
      return try bind1(primitive, stacks, product.boxed)
    }
    if primitive == Primitives.reduceSum {
      return try reduceSum(stacks[0], axes: [0] + params.unbox(ReductionParams.self).axes.map { $0 + 1 })
    }
    return nil
  }
}
