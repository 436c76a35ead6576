import SJLax

/// Harnesses of the ways in which axes and shapes may lie, beyond one per primitive.
extension Harnesses {
  static let variants: [Harness] = scalars + selectionVariants + shapeVariants + reductionVariants + productVariants

  private static func real(_ name: String, _ shapes: [Shape], _ function: @escaping ([Value]) throws -> [Value]) -> Harness {
    Harness(name: name, arguments: shapes.map { Argument(.float64, $0, 0.2...1.2) }, function: function)
  }

  /// Operands of rank 0 beside others, and axes that stretch on both sides.
  private static let scalars: [Harness] = [
    ("add", Lax.add), ("sub", Lax.sub), ("mul", Lax.mul), ("div", Lax.div), ("atan2", Lax.atan2), ("pow", Lax.pow),
    ("max", Lax.max), ("complex", Lax.complex),
  ].flatMap { (name: String, function: @escaping Binary) in
    [([2, 3], []), ([], [2, 3]), ([2, 1], [1, 3])].map { (a: Shape, b: Shape) in
      real("\(name) \(a) \(b)", [a, b]) { [try function($0[0], $0[1])] }
    }
  }

  private static let selectionVariants: [Harness] = [
    Harness(name: "select by a scalar", arguments: [Argument(.bool, []), Argument(.float64), Argument(.float64)]) {
      [try Lax.selectN($0[0], [$0[1], $0[2]])]
    },
    Harness(
      name: "select_n of three", arguments: [Argument(.int32, [4], 0...2)] + (0..<3).map { _ in Argument(.float64, [4]) }
    ) { [try Lax.selectN($0[0], [$0[1], $0[2], $0[3]])] },
    Harness(
      name: "clamp by arrays",
      arguments: [Argument(.float64, [9], -0.6 ... -0.2), Argument(.float64, [9], -1...1), Argument(.float64, [9], 0.2...0.6)]
    ) { [try Lax.clamp($0[0], $0[1], $0[2])] },
    Harness(name: "pow of an integer", arguments: [Argument(.float64, [6], 0.5...2), Argument(.int32, [6], -2...3)]) {
      [try Lax.pow($0[0], $0[1])]
    },
    Harness(name: "real to complex", arguments: [Argument(.float64)]) { [try Lax.convertElementType($0[0], .complex128)] },
    Harness(name: "polygamma", arguments: [Argument(.float64, [6], 0.5...4)]) {
      [try Lax.polygamma(try Lax.scalar(2.0, .float64), $0[0])]
    },
    Harness(
      name: "zeta", arguments: [Argument(.float64, [6], 1.5...4), Argument(.float64, [6], 0.5...4)], isDifferentiable: false,
      hasTranspose: false
    ) {
      [try Lax.zeta($0[0], $0[1])]
    },
  ]

  private static let shapeVariants: [Harness] = [
    real("broadcast_in_dim", [[2, 1]]) { [try Lax.broadcastInDim($0[0], shape: [2, 4, 3], broadcastDimensions: [0, 2])] },
    real("broadcast_in_dim, axes swapped", [[3, 2]]) {
      [try Lax.broadcastInDim($0[0], shape: [2, 4, 3], broadcastDimensions: [2, 0])]
    },
    real("reshape", [[2, 6]]) { [try Lax.reshape($0[0], [3, 4])] },
    real("reshape with dimensions", [[2, 6]]) { [try Lax.reshape($0[0], [4, 3], dimensions: [1, 0])] },
    real("transpose", [[2, 3, 4]]) { [try Lax.transpose($0[0], [2, 0, 1])] },
    real("squeeze", [[2, 1, 3, 1]]) { [try Lax.squeeze($0[0], [1, -1])] },
    real("expand_dims", [[2, 3]]) { [try Lax.expandDims($0[0], [0, 2])] },
    real("rev", [[2, 3]]) { [try Lax.rev($0[0], [1])] },
    real("concatenate", [[2, 3], [2, 0], [2, 2]]) { [try Lax.concatenate($0, dimension: 1)] },
    real("split", [[2, 5]]) { try Lax.split($0[0], sizes: [2, 0, 3], axis: 1) },
    real("pad", [[2, 3], []]) { [try Lax.pad($0[0], $0[1], [(1, 2, 0), (0, 1, 2)])] },
    real("pad, cutting", [[4, 3], []]) { [try Lax.pad($0[0], $0[1], [(-1, 2, 1), (2, -2, 0)])] },
    real("copy", [[2, 3]]) { [try Lax.copy($0[0])] },
    real("optimization_barrier", [[2, 3], [2]]) { try Lax.optimizationBarrier($0) },
  ]

  private static let reductionVariants: [Harness] = [
    real("reduce_sum", [[2, 3, 4]]) { [try Lax.reduceSum($0[0], axes: [0, 2])] },
    real("reduce_sum of all", [[2, 3]]) { [try Lax.reduceSum($0[0], axes: [0, 1])] },
    real("reduce_prod", [[2, 3, 5]]) { [try Lax.reduceProd($0[0], axes: [2, 0])] },
    real("reduce_prod of nothing", [[2, 0]]) { [try Lax.reduceProd($0[0], axes: [1])] },
    real("reduce_max", [[2, 3, 4]]) { [try Lax.reduceMax($0[0], axes: [1])] },
    real("reduce_min", [[2, 3, 4]]) { [try Lax.reduceMin($0[0], axes: [0, 2])] },
    real("cumsum", [[2, 5]]) { [try Lax.cumsum($0[0], axis: 1)] },
    real("cumsum, reverse", [[5, 2]]) { [try Lax.cumsum($0[0], axis: 0, reverse: true)] },
    real("cumprod", [[2, 5]]) { [try Lax.cumprod($0[0], axis: 1)] },
    real("cumprod, reverse", [[5, 2]]) { [try Lax.cumprod($0[0], axis: 0, reverse: true)] },
    real("cummax", [[2, 5]]) { [try Lax.cummax($0[0], axis: 1)] },
    real("cummin, reverse", [[2, 5]]) { [try Lax.cummin($0[0], axis: 1, reverse: true)] },
    real("cumlogsumexp", [[2, 5]]) { [try Lax.cumlogsumexp($0[0], axis: 1)] },
    real("cumlogsumexp, reverse", [[2, 5]]) { [try Lax.cumlogsumexp($0[0], axis: 1, reverse: true)] },
  ]

  private static let productVariants: [Harness] = [
    real("matrix product", [[2, 3], [3, 4]]) { [try Lax.dot($0[0], $0[1])] },
    real("inner product", [[3], [3]]) { [try Lax.dot($0[0], $0[1])] },
    real("outer product", [[3], [4]]) { [try Lax.dotGeneral($0[0], $0[1], .init(lhsContracting: [], rhsContracting: []))] },
    real("dot_general, batched", [[2, 3, 4, 5], [5, 4, 2, 6]]) {
      [
        try Lax.dotGeneral(
          $0[0], $0[1], .init(lhsContracting: [3, 2], rhsContracting: [0, 1], lhsBatch: [0], rhsBatch: [2]))
      ]
    },
    real("dot_general, scattered axes", [[3, 2, 4, 5], [4, 6, 3, 2]]) {
      [
        try Lax.dotGeneral(
          $0[0], $0[1], .init(lhsContracting: [0], rhsContracting: [2], lhsBatch: [2, 1], rhsBatch: [0, 3]))
      ]
    },
    real("dot_general over nothing", [[2, 0], [0, 3]]) { [try Lax.dot($0[0], $0[1])] },
    Harness(name: "complex matrix product", arguments: [Argument(.complex128, [2, 3]), Argument(.complex128, [3, 2])]) {
      [try Lax.dot($0[0], $0[1])]
    },
  ]
}
