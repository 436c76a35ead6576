import SJLoopIR

struct SortParams: ParamValues {
  var dimension: Int
  /// Printed only: every sort here is stable.
  var isStable: Bool
  /// Operands that are compared, lexicographically; the others follow.
  var keyCount: Int

  var fields: [(name: String, value: String)] {
    [("dimension", "\(dimension)"), ("is_stable", isStable ? "True" : "False"), ("num_keys", "\(keyCount)")]
  }
}

extension Primitives {
  static let sorting: [Primitive] = [sort, topK]

  /// Sorts operands of one shape along an axis: ascending, NaN last, zeros equal, complex numbers lexicographically.
  public static let sort: Primitive = PrimitiveReference.define("sort") { reference in
    Rules(
      abstract: { inputs, params in
        try checkSort(inputs, params.unbox())
        return (inputs, [])
      },
      jvp: .rule { primals, tangents, params in
        guard tangents.contains(where: { $0 != nil }) else {
          return (try bind(reference.primitive, primals, params), tangents)
        }
        let dimension = params.unbox(SortParams.self).dimension
        let shape = primals[0].shape
        let positions = try Lax.broadcastedIota(indexDType(shape), shape, dimension)
        let sorted = try bind(reference.primitive, primals + [positions], params)
        let moved = try tangents.map { try $0.map { try Lax.takeAlong($0, sorted.last!, axis: dimension) } }
        return (sorted.dropLast(), moved)
      },
      transpose: .unsupported("sort is not linear"),
      batch: .rule { axis, inputs, axes, params in
        guard let position = axes.compactMap({ $0 }).first else {
          return (try bind(reference.primitive, inputs, params), axes)
        }
        var sort: SortParams = params.unbox()
        if position <= sort.dimension { sort.dimension += 1 }
        let operands = try zip(inputs, axes).map {
          try Batching.broadcastBatch($0, $1, size: axis.size, to: position)
        }
        return (try bind(reference.primitive, operands, sort.boxed), axes.map { _ in position })
      },
      lowering: .rule { context, inputs, params, outputs in
        let sort: SortParams = params.unbox()
        if outputs[0].elementCount == 0 { return outputs.map { .zeros($0) } }
        return try context.sort(inputs, axis: sort.dimension, keys: sort.keyCount)
      })
  }
}

/// An unsigned dtype for positions along the axes of a shape.
private func indexDType(_ shape: Shape) -> DType { shape.contains { $0 > Int(UInt32.max) } ? .uint64 : .uint32 }

extension LoweringContext {
  /// The operands sorted along `axis` by the first `keys` of them.
  ///
  /// The library sorts the rows of matrices, so the axis goes last in a copy and back in the consumer.
  func sort(_ operands: [Lowered], axis: Int, keys: Int) throws -> [Lowered] {
    let shape = operands[0].shape
    let length = shape[axis]
    let rest = shape.removing(axes: [axis])
    let rows = rest.elementCount
    // A square matrix has the right shape along either axis.
    let isRows = shape.count == 2 && axis == 1
    func full(_ kernel: KernelBuilder, row: ExprID, column: ExprID) -> [ExprID] {
      var index = kernel.unravel(row, into: rest)
      index.insert(column, at: axis)
      return index
    }
    let results = operands.map { newBuffer(AbstractValue($0.dtype, [rows, length])) }
    let inputs = try operands.map { operand in
      let matrix = AbstractValue(operand.dtype, [rows, length])
      if isRows { return try materialize(operand) }
      return try materialize(
        Lowered(matrix, cost: operand.cost) { kernel, index in
          try operand.element(kernel, full(kernel, row: index[0], column: index[1]))
        })
    }
    let complex = operands.map { $0.dtype.componentCount == 2 }
    let operation = LibraryOperation.sort(rows: rows, length: length, keys: keys, complex: complex)
    emit(.library(LibraryCall(operation: operation, inputs: inputs, outputs: results)))
    return zip(operands, results).map { operand, result in
      let matrix = Lowered(operand.dtype, [rows, length], .buffer(result))
      if isRows { return matrix }
      return Lowered(AbstractValue(operand.dtype, shape), cost: 0) { kernel, index in
        var outer = index
        let column = outer.remove(at: axis)
        return try matrix.element(kernel, [kernel.linearIndex(outer, in: rest), column])
      }
    }
  }
}

private func checkSort(_ operands: [AbstractValue], _ sort: SortParams) throws {
  guard let first = operands.first else {
    throw SJError(.invalidArgument, "sort: requires at least one operand")
  }
  guard operands.allSatisfy({ $0.shape == first.shape }) else {
    throw SJError(
      .shape, "sort: arguments must have equal shapes, got: " + operands.map(\.description).joined(separator: ", "))
  }
  guard sort.keyCount >= 1, sort.keyCount <= operands.count else {
    throw SJError(
      .invalidArgument, "sort: num_keys=\(sort.keyCount) must be between 1 and the number of operands \(operands.count)"
    )
  }
  for key in operands.prefix(sort.keyCount) { try DTypeCheck.unary("sort", key.dtype, .any) }
}

extension Lax {
  /// `jax.lax.sort`: ascending along an axis, by the first `numKeys` operands; the others follow.
  public static func sort(
    _ operands: [Value], dimension: Int = -1, isStable: Bool = true, numKeys: Int = 1
  ) throws -> [Value] {
    guard let first = operands.first else { throw SJError(.invalidArgument, "sort: requires at least one operand") }
    let axis = try canonicalAxis("sort", dimension, rank: first.rank)
    let params = SortParams(dimension: axis, isStable: isStable, keyCount: numKeys)
    return try bind(Primitives.sort, operands, params.boxed)
  }

  public static func sort(_ operand: Value, dimension: Int = -1, isStable: Bool = true) throws -> Value {
    try sort([operand], dimension: dimension, isStable: isStable)[0]
  }

  /// `jax.lax.sort_key_val`: sorts keys and moves values with them.
  public static func sortKeyVal(
    _ keys: Value, _ values: Value, dimension: Int = -1, isStable: Bool = true
  ) throws -> (keys: Value, values: Value) {
    let sorted = try sort([keys, values], dimension: dimension, isStable: isStable)
    return (sorted[0], sorted[1])
  }

  /// `x` at `positions` along an axis, all other axes running together: a gather with batching axes.
  static func takeAlong(_ x: Value, _ positions: Value, axis: Int) throws -> Value {
    let others = x.shape.indices.filter { $0 != axis }
    let dimensions = GatherDimensionNumbers(
      offsetDims: [], collapsedSliceDims: [axis], startIndexMap: [axis], operandBatchingDims: others,
      startIndicesBatchingDims: others)
    let sizes = x.shape.indices.map { $0 == axis ? 1 : Swift.min(x.shape[$0], 1) }
    return try gather(x, expandDims(positions, [positions.rank]), dimensions, sliceSizes: sizes)
  }
}
