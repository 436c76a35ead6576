import SJLoopIR

/// Lowers `dot_general` to one library call on matrices [b,m,k] and [b,k,n], either of which may lie
/// transposed in memory; an operand is copied only where its axes are in neither order.
struct DotLowering {
  private let context: LoweringContext
  private let lhs: Lowered
  private let rhs: Lowered
  private let dimensions: DotDimensionNumbers
  private let preferred: DType?

  init(_ context: LoweringContext, _ lhs: Lowered, _ rhs: Lowered, _ params: DotGeneralParams) {
    self.context = context
    self.lhs = lhs
    self.rhs = rhs
    dimensions = params.dimensions
    preferred = params.preferredElementType
  }

  func lower(to output: AbstractValue) throws -> Lowered {
    let (operandType, productType) = types(output.dtype)
    let product = AbstractValue(productType, output.shape)
    let result =
      product.elementCount == 0 || extent(lhs, dimensions.lhsContracting) == 0
      ? zeros(product) : try multiply(operandType, product)
    if productType == output.dtype { return result }
    return Lowered(output, cost: 1) { kernel, index in
      kernel.converted(try result.element(kernel, index), productType, output.dtype)
    }
  }

  private func zeros(_ aval: AbstractValue) -> Lowered {
    Lowered(aval, cost: 0) { kernel, _ in kernel.zero(aval.dtype) }
  }

  /// The dtype of both operands and that of the product.
  private func types(_ result: DType) -> (operands: DType, product: DType) {
    let wider = lhs.dtype == rhs.dtype ? lhs.dtype : Lowered.widest(lhs.dtype, rhs.dtype, result)
    if wider == .bool { return result == .bool ? (.int32, .int32) : (result, result) }
    if lhs.dtype == rhs.dtype, wider.multiplies(into: result) { return (wider, result) }
    // What the result cannot hold is cut off after the product, not before.
    let losesParts = wider.isComplex && !result.isComplex
    let losesFraction = wider.isInexact && !result.isInexact
    let losesBits = wider.isInexact && result.isInexact && wider.realPart.size > result.realPart.size
    if losesBits, result.isComplex, !wider.isComplex { return (wider.complexCounterpart, wider.complexCounterpart) }
    return losesParts || losesFraction || losesBits ? (wider, wider) : (result, result)
  }

  private func extent(_ operand: Lowered, _ axes: [Int]) -> Int { axes.map { operand.shape[$0] }.elementCount }

  private func multiply(_ operandType: DType, _ product: AbstractValue) throws -> Lowered {
    let left = Layout(converted(lhs, operandType), dimensions.lhsBatch, dimensions.lhsFree(rank: lhs.shape.count))
    let right = Layout(converted(rhs, operandType), dimensions.rhsBatch, dimensions.rhsFree(rank: rhs.shape.count))
    let order = contractionOrder(left, right)
    let lhsAxes = order.map { dimensions.lhsContracting[$0] }
    let rhsAxes = order.map { dimensions.rhsContracting[$0] }
    // [b,m,k] and [b,k,n] are the library's own forms.
    let (a, lhsTransposed) = try left.matrix(context, contracting: lhsAxes, contractingFirst: false)
    let (b, rhsTransposed) = try right.matrix(context, contracting: rhsAxes, contractingFirst: true)
    let buffer = context.newBuffer(product)
    let operation = LibraryOperation.dot(
      batch: extent(lhs, dimensions.lhsBatch), m: extent(lhs, left.free), n: extent(rhs, right.free),
      k: extent(lhs, dimensions.lhsContracting), lhsTransposed: lhsTransposed, rhsTransposed: rhsTransposed,
      complex: operandType.isComplex)
    context.emit(.library(LibraryCall(operation: operation, inputs: [a, b], outputs: [buffer])))
    return Lowered(product.dtype, product.shape, .buffer(buffer))
  }

  private func converted(_ operand: Lowered, _ dtype: DType) -> Lowered {
    if operand.dtype == dtype { return operand }
    return Lowered(AbstractValue(dtype, operand.shape), cost: operand.cost + 1) { kernel, index in
      kernel.converted(try operand.element(kernel, index), operand.dtype, dtype)
    }
  }

  /// The order of the contracting axes, free as long as both operands agree, that spares the most copies.
  private func contractionOrder(_ left: Layout, _ right: Layout) -> [Int] {
    let (l, r) = (dimensions.lhsContracting, dimensions.rhsContracting)
    let candidates = [l.indices.sorted { l[$0] < l[$1] }, r.indices.sorted { r[$0] < r[$1] }]
    func copies(_ order: [Int]) -> Int {
      (left.isDirect(contracting: order.map { l[$0] }) ? 0 : 1) + (right.isDirect(contracting: order.map { r[$0] }) ? 0 : 1)
    }
    return copies(candidates[1]) < copies(candidates[0]) ? candidates[1] : candidates[0]
  }
}

/// One operand as a batch of matrices.
private struct Layout {
  let operand: Lowered
  let batch: [Int]
  let free: [Int]

  init(_ operand: Lowered, _ batch: [Int], _ free: [Int]) {
    self.operand = operand
    self.batch = batch
    self.free = free
  }

  /// Whether axes in this order are in memory order, axes of size 1 aside.
  private func isInOrder(_ axes: [Int]) -> Bool {
    let moving = axes.filter { operand.shape[$0] != 1 }
    return zip(moving, moving.dropFirst()).allSatisfy { $0 < $1 }
  }

  func isDirect(contracting: [Int]) -> Bool {
    isInOrder(batch + free + contracting) || isInOrder(batch + contracting + free)
  }

  /// The operand in memory, and whether it lies the other way round than asked for.
  func matrix(_ context: LoweringContext, contracting: [Int], contractingFirst: Bool) throws -> (BufferID, isTransposed: Bool) {
    let wanted = contractingFirst ? batch + contracting + free : batch + free + contracting
    let other = contractingFirst ? batch + free + contracting : batch + contracting + free
    if isInOrder(wanted) { return (try context.materialize(operand, name: "dot_operand"), false) }
    if isInOrder(other) { return (try context.materialize(operand, name: "dot_operand"), true) }
    // A copy runs along memory where it keeps the innermost axis.
    let innermost = operand.shape.indices.last { operand.shape[$0] != 1 }
    let isTransposed = other.last { operand.shape[$0] != 1 } == innermost
    let copy = operand.permuted(isTransposed ? other : wanted)
    return (try context.materialize(copy, name: "dot_operand"), isTransposed)
  }
}

extension DType {
  /// Whether the library multiplies operands of this type straight into results of another.
  fileprivate func multiplies(into result: DType) -> Bool {
    switch self {
    case _ where self == result: true
    case .float16, .bfloat16: result == .float32
    case .int8, .int16: result == .int32
    case .uint8, .uint16: result == .uint32
    default: false
    }
  }
}

extension Lowered {
  /// The type that operands of two dtypes promote to; the result's where they do not.
  fileprivate static func widest(_ a: DType, _ b: DType, _ result: DType) -> DType {
    PromotionType(a).joined(with: PromotionType(b), x64: true)?.dtype ?? result
  }
}
