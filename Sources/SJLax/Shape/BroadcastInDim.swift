import SJLoopIR

struct BroadcastInDimParams: ParamValues {
  var shape: Shape
  /// `broadcastDimensions[i]` is the result's axis for axis i of the operand.
  var broadcastDimensions: [Int]

  // As JAX 0.10 prints it: the shape is seen from the result.
  var fields: [(name: String, value: String)] {
    broadcastDimensions.isEmpty ? [] : [("broadcast_dimensions", broadcastDimensions.tupleText)]
  }
}

extension Primitives {
  public static let broadcastInDim = PrimitiveReference.define("broadcast_in_dim") { reference in
    Rules(
      abstract: { inputs, params in
        let p = params.unbox(BroadcastInDimParams.self)
        try check(inputs[0], p)
        return ([inputs[0].with(shape: p.shape)], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule(transpose),
      batch: .rule { axis, inputs, axes, params in
        let p = params.unbox(BroadcastInDimParams.self)
        guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        let operand = try Lax.moveAxis(inputs[0], batch, 0)
        let result = try Lax.broadcastInDim(
          operand, shape: [operand.shape[0]] + p.shape, broadcastDimensions: [0] + p.broadcastDimensions.map { $0 + 1 })
        return ([result], [0])
      },
      lowering: .rule { context, inputs, params, outputs in
        let p = params.unbox(BroadcastInDimParams.self)
        let stretched = inputs[0].shape.elementCount > 1 && inputs[0].shape.elementCount < p.shape.elementCount
        // A little index arithmetic is cheaper than a load, and shows its consumer where it leads.
        let isIndex = inputs[0].dtype.isInteger && inputs[0].cost <= LoweringContext.cheapFormula
        let source = stretched && !isIndex ? try context.cheap(inputs[0]) : inputs[0]
        return [
          Lowered(outputs[0], cost: source.cost) { kernel, index in
            try source.element(
              kernel, source.shape.indices.map { source.shape[$0] == 1 ? kernel.index(0) : index[p.broadcastDimensions[$0]] })
          }
        ]
      },
      identity: KnownOperands.sameType)
  }

  private static func check(_ operand: AbstractValue, _ p: BroadcastInDimParams) throws {
    func fail(_ text: String) -> SJError { SJError(.shape, "broadcast_in_dim: \(text)") }
    let dimensions = p.broadcastDimensions
    try Lax.checkShape("broadcast_in_dim", p.shape)
    guard dimensions.count == operand.rank else {
      throw fail(
        "broadcast_dimensions must have length equal to operand ndim; got \(dimensions.tupleText) for operand \(operand)")
    }
    guard dimensions.allSatisfy(p.shape.indices.contains), Set(dimensions).count == dimensions.count else {
      throw fail(
        "broadcast_dimensions must be distinct axes of the result; got \(dimensions.tupleText) for shape \(p.shape.tupleText)")
    }
    for (axis, target) in dimensions.enumerated() where operand.shape[axis] != 1 && operand.shape[axis] != p.shape[target] {
      throw fail(
        """
        operand dimension sizes must either be 1, or be equal to their corresponding dimensions in the target shape; \
        got operand \(operand), target shape \(p.shape.tupleText), broadcast_dimensions \(dimensions.tupleText) (axis \(axis))
        """)
    }
  }

  private static func transpose(
    _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
  ) throws -> [Cotangent?] {
    guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
    let p = params.unbox(BroadcastInDimParams.self)
    let operand = operands[0].aval
    // Axes of the operand are kept; those of size 1 are summed over and put back.
    let unit = operand.shape.indices.filter { operand.shape[$0] == 1 }
    let kept = p.broadcastDimensions.indices.filter { !unit.contains($0) }.map { p.broadcastDimensions[$0] }
    let summed = try Lax.reduceSum(ct, axes: p.shape.indices.filter { !kept.contains($0) })
    // What is left is in the result's order; bring it into the operand's.
    let order = kept.indices.sorted { kept[$0] < kept[$1] }
    let position = kept.indices.map { axis in order.firstIndex(of: axis)! }
    return [.dense(try Lax.expandDims(try Lax.transpose(summed, position), unit))]
  }
}

extension Lax {
  /// `jax.lax.broadcast_in_dim`: axis i of `operand` becomes axis `broadcastDimensions[i]` of the result.
  public static func broadcastInDim(_ operand: Value, shape: Shape, broadcastDimensions: [Int]) throws -> Value {
    if operand.shape == shape, broadcastDimensions == Array(shape.indices) { return operand }
    let params = BroadcastInDimParams(shape: shape, broadcastDimensions: broadcastDimensions)
    return try bind1(Primitives.broadcastInDim, [operand], params.boxed)
  }

  /// `jax.lax.broadcast`: new leading axes.
  public static func broadcast(_ operand: Value, _ sizes: Shape) throws -> Value {
    if sizes.isEmpty { return operand }
    return try broadcastInDim(
      operand, shape: sizes + operand.shape, broadcastDimensions: Array(sizes.count..<(sizes.count + operand.rank)))
  }

  /// `jax.lax.broadcast_to_rank`: leading axes of size 1 up to a rank.
  public static func broadcastToRank(_ operand: Value, _ rank: Int) throws -> Value {
    guard rank >= operand.rank else {
      throw SJError(.invalidArgument, "broadcast_to_rank: cannot broadcast \(operand.aval) to the lower rank \(rank)")
    }
    return try expandDims(operand, Array(0..<rank - operand.rank))
  }

  /// `jax.lax.expand_dims`: axes of size 1 at these positions of the result.
  public static func expandDims(_ operand: Value, _ dimensions: [Int]) throws -> Value {
    if dimensions.isEmpty { return operand }
    let rank = operand.rank + dimensions.count
    let new = try dimensions.map { try canonicalAxis("expand_dims", $0, rank: rank) }
    guard Set(new).count == new.count else {
      throw SJError(.invalidArgument, "expand_dims: repeated axis in \(dimensions.tupleText)")
    }
    var shape = Shape(repeating: 1, count: rank)
    let kept = (0..<rank).filter { !new.contains($0) }
    for (axis, position) in kept.enumerated() { shape[position] = operand.shape[axis] }
    return try broadcastInDim(operand, shape: shape, broadcastDimensions: kept)
  }

  /// The value stretched to the shape that elementwise broadcasting gave: from rank 0, or along axes of size 1.
  static func stretch(_ x: Value, to shape: Shape) throws -> Value {
    if x.shape == shape { return x }
    return try broadcastInDim(x, shape: shape, broadcastDimensions: x.rank == 0 ? [] : Array(shape.indices))
  }

  /// The transpose of `stretch`: sums a cotangent over what was broadcast.
  static func unstretch(_ ct: Value, to aval: AbstractValue) throws -> Value {
    if ct.shape == aval.shape { return ct }
    if aval.rank == 0 { return try reduceSum(ct, axes: Array(ct.shape.indices)) }
    let axes = ct.shape.indices.filter { aval.shape[$0] == 1 && ct.shape[$0] != 1 }
    return try reshape(try reduceSum(ct, axes: axes), aval.shape)
  }
}
