import SJLax

@testable import SJHarnesses

/// Operations on what is in the pool.
extension ProgramMaker {
  mutating func operation() throws -> [Value] {
    switch chance(13) {
    case 0...3: try elementwise()
    case 4, 5: try harness()
    case 6: try reduction()
    case 7: try cumulative()
    case 8: try shaped()
    case 9: try product()
    case 10: try rows()
    default: try indexed()
    }
  }

  // MARK: From the primitive matrix

  private static let elementwiseHarnesses = Harnesses.all.filter(\.isElementwise)
  private static let smoothHarnesses = Harnesses.all.filter(isSmooth)
  private static let smoothElementwiseHarnesses = smoothHarnesses.filter(\.isElementwise)

  private static func isSmooth(_ harness: Harness) -> Bool {
    harness.isDifferentiable && harness.hasTranspose && harness.arguments.allSatisfy { $0.shape.elementCount > 0 }
      && harness.arguments.contains { $0.dtype == .float64 || $0.dtype == .float32 }
  }

  /// A call from the matrix, at the shape of what is in the pool.
  private mutating func elementwise() throws -> [Value] {
    let harness = choose(isSmooth ? Self.smoothElementwiseHarnesses : Self.elementwiseHarnesses)
    let first = any()
    let inputs = try harness.arguments.enumerated().map { i, argument in
      var argument = argument
      argument.shape = i == 1 && harness.arguments.count == 2 && chance(3) == 0 ? [] : first.shape
      return try argumentValue(i == 0 ? first : any(), argument, harness)
    }
    return try harness.function(inputs)
  }

  /// A call from the matrix as it is.
  private mutating func harness() throws -> [Value] {
    let harness = choose(isSmooth ? Self.smoothHarnesses : Harnesses.all)
    let inputs = try harness.arguments.map { try argumentValue(any(), $0, harness) }
    return Array(try harness.function(inputs).filter { !isSmooth || $0.dtype.isFloat }.prefix(2))
  }

  /// Which NaN a NaN is must not decide anything, nor may what promises to be in bounds be out of them.
  private mutating func argumentValue(_ x: Value, _ argument: Argument, _ harness: Harness) throws -> Value {
    let seesBits = ["bitcast", "eq_to", "le_to", "lt_to", "nextafter"].contains { harness.name.hasPrefix($0) }
    let isBounded = isSmooth || seesBits || harness.name.contains("promiseInBounds")
    return try adapted(x, to: argument, isBounded: isBounded)
  }

  // MARK: Of any shape

  /// Something with elements of a kind that the operations below take, and with an axis.
  private mutating func array(_ dtypes: [DType] = Harnesses.floats + Harnesses.integers + [.complex64, .bool]) throws -> Value {
    let x = any()
    let dtype = isSmooth ? choose([.float32, .float64]) : dtypes.contains(x.dtype) ? x.dtype : choose(dtypes)
    let converted = try converted(x, to: dtype)
    return x.rank == 0 || x.aval.elementCount == 0 ? try reshaped(converted, to: [3, 4]) : converted
  }

  private mutating func reduction() throws -> [Value] {
    let x = try array()
    let axes = x.shape.indices.filter { _ in isChosen() }
    var choices: [(Value) throws -> Value] = []
    if x.dtype == .bool || x.dtype.isInteger {
      choices += [
        { try Lax.reduceAnd($0, axes: axes) }, { try Lax.reduceOr($0, axes: axes) }, { try Lax.reduceXor($0, axes: axes) },
      ]
    }
    if x.dtype != .bool { choices += [{ try Lax.reduceSum($0, axes: axes) }, { try Lax.reduceProd($0, axes: axes) }] }
    if !x.dtype.isComplex { choices += [{ try Lax.reduceMax($0, axes: axes) }, { try Lax.reduceMin($0, axes: axes) }] }
    if !x.dtype.isComplex, x.dtype != .bool, !isSmooth {
      let axis = chance(x.rank)
      let index = choose([DType.int32, .uint8, .int64])
      choices += [
        { try Lax.argmax($0, axis: axis, indexDType: index) }, { try Lax.argmin($0, axis: axis, indexDType: index) },
      ]
    }
    return [try choose(choices)(x)]
  }

  /// Rows that are made from others and from what these add up to, as in a softmax and its derivatives.
  private mutating func rows() throws -> [Value] {
    let dtype = choose(isSmooth ? [.float32, .float64] : [DType.float32, .float64, .float16, .bfloat16, .int32, .uint8])
    let shape = [choose([2, 5, 40]), choose([3, 33, 70])]
    let operations: [(Value, Value) throws -> Value] = [Lax.add, Lax.sub, Lax.mul, Lax.max]
    var rows = [try reshaped(converted(any(), to: dtype), to: shape)]
    var totals: [Value] = []
    for _ in 0...(1 + chance(3)) {
      let value = try choose(operations)(choose(rows), choose(rows))
      let total = try isChosen() ? Lax.reduceSum(value, axes: [1]) : Lax.reduceMax(value, axes: [1])
      let row = choose(rows)
      let other = try Lax.broadcastInDim(total, shape: shape, broadcastDimensions: [0])
      let next = try choose(operations)(chance(4) == 0 ? Lax.rev(row, [1]) : row, other)
      // What takes long is not computed twice.
      rows.append(dtype.isFloat && chance(4) > 0 ? try Lax.tanh(next) : next)
      totals.append(total)
    }
    return [choose(rows), rows[rows.count - 1]] + (isChosen() ? [choose(totals)] : [])
  }

  private mutating func cumulative() throws -> [Value] {
    let x = try array(Harnesses.floats + [.int32, .uint8, .int64])
    let (axis, reverse) = (chance(x.rank), isChosen())
    switch chance(isSmooth ? 5 : 8) {
    case 0: return [try Lax.cumsum(x, axis: axis, reverse: reverse)]
    case 1: return [try Lax.cumprod(x, axis: axis, reverse: reverse)]
    case 2: return [try Lax.cummax(x, axis: axis, reverse: reverse)]
    case 3: return [try Lax.cummin(x, axis: axis, reverse: reverse)]
    case 4: return [x.dtype.isFloat ? try Lax.cumlogsumexp(x, axis: axis, reverse: reverse) : x]
    case 5: return [try Lax.sort(x, dimension: axis)]
    case 6: return try Lax.sort([x, reshaped(any(), to: x.shape), x], dimension: axis, numKeys: 1)
    default:
      let top = try Lax.topK(x, min(2, x.shape[axis]), axis: axis)
      return [top.values, top.indices]
    }
  }

  private mutating func shaped() throws -> [Value] {
    let x = isSmooth ? try array() : any()
    if x.rank == 0 { return [try Lax.broadcast(x, [2, 5])] }
    let axis = chance(x.rank)
    switch chance(8) {
    case 0: return [try Lax.transpose(x, x.shape.indices.shuffled(using: &random))]
    case 1: return [try Lax.reshape(x, [x.aval.elementCount])]
    case 2: return [try Lax.rev(x, [axis])]
    case 3: return [try Lax.concatenate([x, x], dimension: axis)]
    case 4:
      let size = x.shape[axis]
      let (start, stride) = (chance(size + 1), 1 + chance(3))
      return [try Lax.sliceInDim(x, start, size, stride: stride, axis: axis)]
    case 5 where x.dtype != .key:
      let config = x.shape.map { _ in (chance(4) - 1, chance(4) - 1, chance(2)) }
      let fits = zip(x.shape, config).allSatisfy { $0 + $1.0 + $1.1 + Swift.max($0 - 1, 0) * $1.2 >= 0 }
      return [fits ? try Lax.pad(x, reshaped(x, to: []), config) : x]
    case 6: return try Lax.split(x, sizes: [x.shape[axis] / 2, x.shape[axis] - x.shape[axis] / 2], axis: axis)
    default: return [try Lax.expandDims(x, [axis])]
    }
  }

  private mutating func product() throws -> [Value] {
    let x = try array(Harnesses.floats + [.int32, .int8, .complex64, .complex128])
    let last = x.rank - 1
    if x.rank >= 3, isChosen() {
      let batched = DotDimensionNumbers(lhsContracting: [last], rhsContracting: [last], lhsBatch: [0], rhsBatch: [0])
      return [try Lax.dotGeneral(x, x, batched)]
    }
    let other = try adapted(any(), to: Argument(x.dtype, [x.shape[last], 1 + chance(20)]), isBounded: isSmooth)
    return [try Lax.dotGeneral(x, other, DotDimensionNumbers(lhsContracting: [last], rhsContracting: [0]))]
  }

  // MARK: Indices

  private mutating func index(_ shape: Shape, of axis: Int) throws -> Value {
    try adapted(any(), to: Argument(choose([.int32, .int8, .int64, .uint32]), shape, -1...Double(axis)))
  }

  private mutating func indexed() throws -> [Value] {
    let x = try array()
    let rest = Array(1..<x.rank)
    let window = Array(x.shape.dropFirst())
    let indices = try index([5, 1], of: x.shape[0])
    let mode = choose([GatherScatterMode.clip, .fillOrDrop])
    switch chance(4) {
    case 0:
      let rows = GatherDimensionNumbers(offsetDims: rest, collapsedSliceDims: [0], startIndexMap: [0])
      return [try Lax.gather(x, indices, rows, sliceSizes: [1] + window, mode: mode)]
    case 1:
      let rows = ScatterDimensionNumbers(updateWindowDims: rest, insertedWindowDims: [0], scatterDimsToOperandDims: [0])
      let updates = try adapted(any(), to: Argument(x.dtype, [5] + window), isBounded: isSmooth)
      let scatter = scatterFunction(x.dtype)
      return [try scatter(x, indices, updates, rows, false, false, mode)]
    case 2:
      let starts = try x.shape.map { try index([], of: $0) }
      return [try Lax.dynamicSlice(x, sameType(starts), x.shape.map { 1 + chance($0) })]
    default:
      let starts = try x.shape.map { try index([], of: $0) }
      let update = try adapted(any(), to: Argument(x.dtype, x.shape.map { 1 + chance($0) }), isBounded: isSmooth)
      return [try Lax.dynamicUpdateSlice(x, update, sameType(starts))]
    }
  }

  private func sameType(_ values: [Value]) throws -> [Value] { try values.map { try converted($0, to: values[0].dtype) } }

  private mutating func scatterFunction(
    _ dtype: DType
  ) -> (Value, Value, Value, ScatterDimensionNumbers, Bool, Bool, GatherScatterMode) throws -> Value {
    if dtype == .bool { return Lax.scatter }
    if isSmooth { return choose([Lax.scatter, Lax.scatterAdd]) }
    if dtype.isComplex { return choose([Lax.scatter, Lax.scatterAdd, Lax.scatterSub, Lax.scatterMul]) }
    return choose([Lax.scatter, Lax.scatterAdd, Lax.scatterSub, Lax.scatterMul, Lax.scatterMin, Lax.scatterMax])
  }
}
