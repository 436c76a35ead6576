import SJLoopIR

extension Primitives {
  public static let dotGeneral = PrimitiveReference.define("dot_general") { reference in
    Rules(
      abstract: { inputs, params in
        let p = params.unbox(DotGeneralParams.self)
        try p.dimensions.check(inputs[0], inputs[1])
        let shape = p.dimensions.resultShape(inputs[0].shape, inputs[1].shape)
        try Lax.checkShape("dot_general", shape)
        let dtype = try resultDType(inputs[0].dtype, inputs[1].dtype, p.preferredElementType)
        return ([AbstractValue(dtype, shape, weakType: inputs.allSatisfy(\.weakType))], [])
      },
      jvp: .rule { primals, tangents, params in
        let answer = try bind1(reference.primitive, primals, params)
        guard answer.dtype.isInexact else { return ([answer], [nil]) }
        let left = try tangents[0].map { try bind1(reference.primitive, [$0, primals[1]], params) }
        let right = try tangents[1].map { try bind1(reference.primitive, [primals[0], $0], params) }
        if let left, let right { return ([answer], [try Lax.addAny(left, right)]) }
        return ([answer], [left ?? right])
      },
      transpose: .rule { cotangents, operands, params in
        guard let ct = cotangents[0] else { return [nil, nil] }
        let p = params.unbox(DotGeneralParams.self)
        if operands[0].isLinear, let rhs = operands[1].value {
          return [.dense(try transposed(ct, operands[0].aval, rhs, p, linearIsRight: false)), nil]
        }
        guard let lhs = operands[0].value else { throw SJError(.internalFault, "dot_general: both operands are linear") }
        return [nil, .dense(try transposed(ct, operands[1].aval, lhs, p, linearIsRight: true))]
      },
      batch: .rule(batchDot),
      lowering: .rule { context, inputs, params, outputs in
        [try DotLowering(context, inputs[0], inputs[1], params.unbox(DotGeneralParams.self)).lower(to: outputs[0])]
      })
  }

  static let dotProducts: [Primitive] = [dotGeneral]

  /// The wider of two types in XLA's order: complex over real, then exponent, significand, width, sign.
  private static func resultDType(_ lhs: DType, _ rhs: DType, _ preferred: DType?) throws -> DType {
    for dtype in [lhs, rhs] where !dtype.isNumeric {
      throw SJError(.dtype, "dot_general does not accept dtype \(dtype).")
    }
    let wider = lhs == rhs || rhs.dotRank.lexicographicallyPrecedes(lhs.dotRank) ? lhs : rhs
    guard let preferred, preferred != wider else { return wider }
    guard preferred.isNumeric else {
      throw SJError(.dtype, "dot_general: preferred_element_type \(preferred) is not a number type")
    }
    guard wider.isFloat || preferred.dotWidth >= wider.dotWidth else {
      throw SJError(
        .dtype,
        """
        dot_general: `preferred_element_type` must not be narrower than the original type, got preferred_element_type of \
        \(preferred) for result type of \(wider).
        """)
    }
    return preferred
  }

  /// The cotangent of the linear operand, which becomes batch, free and contracting axes, in its own order again.
  private static func transposed(
    _ ct: Value, _ linear: AbstractValue, _ known: Value, _ p: DotGeneralParams, linearIsRight: Bool
  ) throws -> Value {
    // Below "x" is the linear operand and "y" the known one.
    let d = linearIsRight ? p.dimensions.swapped : p.dimensions
    let xFree = d.lhsFree(rank: linear.rank)
    let yFree = d.rhsFree(rank: known.rank)
    let batch = Array(0..<d.lhsBatch.count)
    let yStart = batch.count + (linearIsRight ? 0 : xFree.count)
    let numbers = DotDimensionNumbers(
      lhsContracting: Array(yStart..<yStart + yFree.count), rhsContracting: yFree, lhsBatch: batch, rhsBatch: d.rhsBatch)
    let product = try Lax.dotGeneral(
      ct, known, numbers, precision: p.precision, preferredElementType: p.preferredElementType)
    // The product's last axes are y's contracting ones in y's order.
    let contracting = zip(d.lhsContracting, d.rhsContracting).sorted { $0.1 < $1.1 }.map(\.0)
    let axes = d.lhsBatch + xFree + contracting
    let result = try Lax.transpose(product, axes.inversePermutation)
    return result.dtype == linear.dtype ? result : try Lax.convertElementType(result, linear.dtype, weakType: linear.weakType)
  }

  private static func batchDot(
    _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
  ) throws -> (outputs: [Value], axes: [Int?]) {
    var p = params.unbox(DotGeneralParams.self)
    func shifted(_ dimensions: [Int], _ batch: Int?) -> [Int] {
      dimensions.map { batch == nil || $0 < batch! ? $0 : $0 + 1 }
    }
    var d = DotDimensionNumbers(
      lhsContracting: shifted(p.dimensions.lhsContracting, axes[0]),
      rhsContracting: shifted(p.dimensions.rhsContracting, axes[1]),
      lhsBatch: shifted(p.dimensions.lhsBatch, axes[0]), rhsBatch: shifted(p.dimensions.rhsBatch, axes[1]))
    let position: Int?
    switch (axes[0], axes[1]) {
    case (nil, nil): position = nil
    case (let l?, let r?):
      d.lhsBatch.insert(l, at: 0)
      d.rhsBatch.insert(r, at: 0)
      position = 0
    case (let l?, nil):
      // The mapped axis is one more free axis of its operand.
      position = d.lhsFree(rank: inputs[0].rank).firstIndex(of: l).map { d.lhsBatch.count + $0 }
    case (nil, let r?):
      let before = d.lhsBatch.count + d.lhsFree(rank: inputs[0].rank).count
      position = d.rhsFree(rank: inputs[1].rank).firstIndex(of: r).map { before + $0 }
    }
    p.dimensions = d
    return ([try bind1(Primitives.dotGeneral, inputs, p.boxed)], [position])
  }
}

extension DType {
  /// Bits of one real part, 1 for booleans.
  fileprivate var dotWidth: Int { self == .bool ? 1 : 8 * size }

  /// The order in which `dot_general` promotes mixed operands.
  fileprivate var dotRank: [Int] {
    let (exponent, significand): (Int, Int) =
      switch realPart {
      case .float16: (16, 10)
      case .bfloat16: (128, 7)
      case .float32: (128, 23)
      case .float64: (1024, 52)
      default: (-1, -1)
      }
    return [isComplex ? 1 : 0, exponent, significand, self == .bool ? 1 : 8 * realPart.size, isUnsignedInteger ? 0 : 1]
  }
}

extension Lax {
  /// `jax.lax.dot_general`: batch axes come first in the result, then the free axes of `lhs`, then those of `rhs`.
  ///
  /// 16-bit floats are multiplied and added up in float32 and rounded once; integers wrap.
  /// - Parameter preferredElementType: the dtype of the result, where not that of the operands.
  public static func dotGeneral(
    _ lhs: Value, _ rhs: Value, _ dimensionNumbers: DotDimensionNumbers, precision: [DotPrecision] = [],
    preferredElementType: DType? = nil
  ) throws -> Value {
    let preferred = Config.current.enableX64 ? preferredElementType : preferredElementType?.narrowed
    let params = DotGeneralParams(dimensions: dimensionNumbers, precision: precision, preferredElementType: preferred)
    return try bind1(Primitives.dotGeneral, [lhs, rhs], params.boxed)
  }

  /// `jax.lax.dot` of vectors and matrices: the last axis of `lhs` with the first of `rhs`.
  public static func dot(
    _ lhs: Value, _ rhs: Value, precision: [DotPrecision] = [], preferredElementType: DType? = nil
  ) throws -> Value {
    guard (1...2).contains(lhs.rank), (1...2).contains(rhs.rank), lhs.shape[lhs.rank - 1] == rhs.shape[0] else {
      throw SJError(.shape, "dot: incompatible shapes: got \(lhs.aval) and \(rhs.aval)")
    }
    let numbers = DotDimensionNumbers(lhsContracting: [lhs.rank - 1], rhsContracting: [0])
    return try dotGeneral(lhs, rhs, numbers, precision: precision, preferredElementType: preferredElementType)
  }

  /// `jax.lax.batch_matmul`: matrices in the last two axes, batches in the others.
  public static func batchMatmul(_ lhs: Value, _ rhs: Value, precision: [DotPrecision] = []) throws -> Value {
    guard lhs.rank == rhs.rank, lhs.rank >= 2 else {
      throw SJError(.shape, "batch_matmul: arguments must be of one rank of at least 2, got \(lhs.aval) and \(rhs.aval)")
    }
    let batch = Array(0..<lhs.rank - 2)
    let numbers = DotDimensionNumbers(
      lhsContracting: [lhs.rank - 1], rhsContracting: [lhs.rank - 2], lhsBatch: batch, rhsBatch: batch)
    return try dotGeneral(lhs, rhs, numbers, precision: precision)
  }
}
