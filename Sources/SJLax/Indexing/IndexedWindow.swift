import SJLoopIR

/// The window of an operand that an index vector selects: what gather reads and scatter writes.
struct IndexedWindow {
  let operandShape: Shape
  /// The window's size along every operand axis.
  let sizes: [Int]
  let indices: Lowered
  let startIndexMap: [Int]
  /// Pairs of an operand axis and the axis of the indices that it goes with.
  let batching: [(operand: Int, indices: Int)]

  init(
    _ operandShape: Shape, _ sizes: [Int], _ indices: Lowered, _ dimensions: GatherDimensionNumbers
  ) {
    self.operandShape = operandShape
    self.sizes = sizes
    self.indices = indices
    startIndexMap = dimensions.startIndexMap
    batching = zip(dimensions.operandBatchingDims, dimensions.startIndicesBatchingDims).map { ($0, $1) }
  }

  /// Where the window of the index vector at `batch` begins, moved inside the operand, and whether it was there
  /// without being moved (nil: surely).
  func start(_ kernel: KernelBuilder, at batch: [ExprID]) throws -> (position: [ExprID], inside: ExprID?) {
    var position = operandShape.map { _ in kernel.index(0) }
    var inside: ExprID?
    for pair in batching { position[pair.operand] = batch[pair.indices] }
    for (component, axis) in startIndexMap.enumerated() {
      let element = try indices.element(kernel, batch + [kernel.index(component)])
      let value = kernel.indexValue(element.scalar, indices.dtype)
      let last = operandShape[axis] - sizes[axis]
      inside = kernel.and(inside, kernel.inBounds(value, 0, last + 1))
      position[axis] = kernel.clampIndex(value, 0, last)
    }
    return (position, inside)
  }
}
