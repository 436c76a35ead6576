import SJCore
import SJLax
import SJTypes

/// An index made ready for gather and scatter.
///
/// Each axis of the operand is either taken whole (a window) or indexed by an integer
/// array; partial slices are ranges of integers. All index arrays broadcast over the
/// result's axes that are no windows.
struct IndexPlan {
  /// An axis (or several) of the result, in order.
  private enum ResultAxis {
    case window(axis: Int)
    case range(axis: Int, start: Int, count: Int, step: Int)
    /// The broadcast shape of all integer and array items.
    case advanced
    case new
  }

  private let shape: Shape
  private var layout: [ResultAxis] = []
  private var advancedShape: Shape = []
  /// Index arrays of the advanced axes.
  private var advanced: [(axis: Int, index: Value)] = []

  init(_ items: [IndexItem], _ x: Value) throws {
    shape = x.shape
    let expanded = try IndexPlan.expanded(items, x)
    let hasArrays = expanded.contains { if case .array = $0 { true } else { false } }
    var axis = 0
    var positions: [Int] = []
    var scalarMasks: [Shape] = []
    for (position, item) in expanded.enumerated() {
      switch item {
      case .newAxis: layout.append(.new)
      case .slice(let start, let stop, let step):
        layout.append(try IndexPlan.range(axis, x.shape[axis], start, stop, step))
        axis += 1
      case .integer(let value):
        advanced.append((axis, try Lax.scalar(value < 0 ? value + x.shape[axis] : value, .int32)))
        if hasArrays { positions.append(position) }
        axis += 1
      case .array(let mask) where mask.dtype == .bool:
        // Without axes of its own: all or nothing, along an axis of size 1 or 0.
        scalarMasks.append([try IndexPlan.isTrue(mask) ? 1 : 0])
        positions.append(position)
      case .array(let array):
        let size = try Lax.scalar(x.shape[axis], array.dtype)
        let isNegative = try NumPy.less(array, Lax.scalar(0, array.dtype))
        let wrapped = array.dtype.isUnsignedInteger ? array : try NumPy.where(isNegative, NumPy.add(array, size), array)
        advanced.append((axis, try Lax.convertElementType(wrapped, array.dtype.size == 8 ? array.dtype : .int32)))
        positions.append(position)
        axis += 1
      case .ellipsis: break
      }
    }
    advancedShape = try NumPy.broadcastShapes(advanced.map(\.index.shape) + scalarMasks, "indexing")
    if hasArrays { placeAdvanced(positions, expanded) }
  }

  /// Neighbouring advanced items leave their axes in place, others put them in front.
  private mutating func placeAdvanced(_ positions: [Int], _ items: [IndexItem]) {
    let isBlock = positions.last! - positions.first! + 1 == positions.count
    let before = items[..<positions.first!].filter {
      if case .slice = $0 { true } else if case .newAxis = $0 { true } else { false }
    }
    layout.insert(.advanced, at: isBlock ? before.count : 0)
  }

  // MARK: Parsing

  /// The items with one for each axis: the ellipsis spelled out, booleans turned into integers.
  private static func expanded(_ items: [IndexItem], _ x: Value) throws -> [IndexItem] {
    var result: [IndexItem] = []
    var consumed = 0
    var ellipsis: Int?
    let total = items.reduce(0) { $0 + $1.axisCount }
    for item in items {
      switch item {
      case .ellipsis:
        guard ellipsis == nil else {
          throw SJError(.invalidArgument, "an index can only have a single ellipsis ('...')", raises: .indexError)
        }
        ellipsis = result.count
      case .newAxis: result.append(item)
      case .array(let array) where array.dtype == .bool && array.rank == 0: result.append(item)
      case .array(let array) where array.dtype == .bool:
        // After an ellipsis axes are counted from the last one.
        let axis = ellipsis == nil ? consumed : x.rank - (total - consumed)
        let indices = try trueIndices(array, x, at: axis)
        result += indices.map { .array($0) }
        consumed += array.rank
      case .array(let array):
        guard array.dtype.isInteger else {
          throw SJError(
            .dtype, "Indexer must have integer or boolean type, got indexer with type \(array.dtype) at position \(result.count)")
        }
        result.append(item)
        consumed += 1
      default:
        result.append(item)
        consumed += 1
      }
    }
    guard consumed <= x.rank else {
      throw SJError(
        .invalidArgument, "Too many indices: \(x.rank)-dimensional array indexed with \(consumed) regular indices.",
        raises: .indexError)
    }
    result.insert(contentsOf: Array(repeating: .all, count: x.rank - consumed), at: ellipsis ?? result.count)
    return result
  }

  private static func isTrue(_ mask: Value) throws -> Bool {
    let array = try mask.concreteArray(for: "boolean indexing")
    return try array.bytes().load(as: UInt8.self) != 0
  }

  /// The positions of the true elements of a mask, one index array for each of its axes.
  private static func trueIndices(_ mask: Value, _ x: Value, at axis: Int) throws -> [Value] {
    guard !mask.isTracer || mask.asTracer?.concrete != nil else {
      throw SJError(
        .concretization,
        "Array boolean indices must be concrete; got \(mask.asTracer!.describe()). Use where with three arguments, or nonzero with a size.",
        raises: .nonConcreteBooleanIndex
      )
    }
    for i in 0..<mask.rank where axis + i >= x.rank || mask.shape[i] != x.shape[axis + i] {
      throw SJError(
        .invalidArgument,
        "boolean index did not match shape of indexed array in index \(axis): got \(mask.shape.tupleText), expected \(Array(x.shape.dropFirst(axis).prefix(mask.rank)).tupleText)",
        raises: .indexError
      )
    }
    let array = try mask.concreteArray(for: "boolean indexing")
    var columns = [[Int32]](repeating: [], count: mask.rank)
    let strides = mask.shape.rowMajorStrides
    try withExtendedLifetime(array) {
      let bytes = try array.bytes().assumingMemoryBound(to: UInt8.self)
      for position in 0..<mask.aval.elementCount where bytes[position] != 0 {
        for i in columns.indices { columns[i].append(Int32(position / strides[i] % mask.shape[i])) }
      }
    }
    return try columns.map { column in
      let result = try ConcreteArray(uninitialized: AbstractValue(.int32, [column.count]))
      try column.withUnsafeBytes {
        try result.mutableBytes().copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(result.bytes()), byteCount: $0.count)
      }
      return result
    }
  }

  /// A slice by Python's rules: bounds clipped, negative ones counted from the end.
  private static func range(_ axis: Int, _ size: Int, _ start: Int?, _ stop: Int?, _ step: Int?) throws -> ResultAxis {
    let step = Swift.max(step ?? 1, -Int.max)
    guard step != 0 else { throw SJError(.invalidArgument, "slice step cannot be zero") }
    let (low, high) = step > 0 ? (0, size) : (-1, size - 1)
    func clipped(_ bound: Int) -> Int { Swift.min(Swift.max(bound < 0 ? bound &+ size : bound, low), high) }
    let first = start.map(clipped) ?? (step > 0 ? low : high)
    let last = stop.map(clipped) ?? (step > 0 ? high : low)
    let span = step > 0 ? last - first : first - last
    let stride = Int(step.magnitude)
    let count = span <= 0 ? 0 : (span - 1) / stride + 1
    if count == size && step == 1 { return .window(axis: axis) }
    return .range(axis: axis, start: first, count: count, step: step)
  }

  // MARK: Basic indexing

  /// Whether slices and known integers say it all.
  var isBasic: Bool { !layout.contains { if case .advanced = $0 { true } else { false } } }

  /// The result by slicing, reversing and reshaping alone. Integers out of range are clamped.
  func sliced(_ x: Value, _ integers: [(axis: Int, value: Int)]) throws -> Value {
    var (start, limit, stride) = (x.shape.map { _ in 0 }, x.shape, x.shape.map { _ in 1 })
    var reversed: [Int] = []
    for case .range(let axis, let first, let count, let step) in layout {
      let magnitude = Swift.min(Int(step.magnitude), Swift.max(x.shape[axis], 1))
      start[axis] = step > 0 || count == 0 ? Swift.min(first, x.shape[axis]) : first + (count - 1) * step
      start[axis] = Swift.max(start[axis], 0)
      limit[axis] = count == 0 ? start[axis] : start[axis] + (count - 1) * magnitude + 1
      stride[axis] = magnitude
      if step < 0 { reversed.append(axis) }
    }
    for (axis, value) in integers {
      guard x.shape[axis] > 0 else { throw SJError(.invalidArgument, "index is out of bounds for axis \(axis) with size 0") }
      start[axis] = Swift.min(Swift.max(value, 0), x.shape[axis] - 1)
      limit[axis] = start[axis] + 1
    }
    var result =
      start.allSatisfy { $0 == 0 } && limit == x.shape && stride.allSatisfy { $0 == 1 }
      ? x : try Lax.slice(x, start, limit, strides: stride.allSatisfy { $0 == 1 } ? nil : stride)
    if !reversed.isEmpty { result = try Lax.rev(result, reversed) }
    if !integers.isEmpty { result = try Lax.squeeze(result, integers.map(\.axis)) }
    return try Lax.expandDims(result, newAxes)
  }

  // MARK: Gather and scatter

  /// Positions of new axes in the result.
  private var newAxes: [Int] {
    var position = 0
    var result: [Int] = []
    for entry in layout {
      if case .new = entry { result.append(position) }
      if case .advanced = entry { position += advancedShape.count } else { position += 1 }
    }
    return result
  }

  /// The result's shape without new axes, and which of its axes are windows.
  private var core: (shape: Shape, windows: [Int], windowAxes: [Int]) {
    var (result, windows, axes): (Shape, [Int], [Int]) = ([], [], [])
    for entry in layout {
      switch entry {
      case .window(let axis):
        windows.append(result.count)
        axes.append(axis)
        result.append(shape[axis])
      case .range(_, _, let count, _): result.append(count)
      case .advanced: result += advancedShape
      case .new: break
      }
    }
    return (result, windows, axes)
  }

  /// The index vectors, [batch axes…, components], and the operand axis of each component.
  private func indexVectors() throws -> (vectors: Value, axes: [Int]) {
    var batch: Shape = []
    var columns: [(axis: Int, value: Value, position: Int)] = []
    for entry in layout {
      switch entry {
      case .range(let axis, let start, let count, let step):
        columns.append((axis, try NumPy.arange(start, start + count * step, step, .int32), batch.count))
        batch.append(count)
      case .advanced:
        for (axis, index) in advanced { columns.append((axis, index, batch.count + advancedShape.count - index.rank)) }
        batch += advancedShape
      case .window, .new: break
      }
    }
    if isBasic { for (axis, index) in advanced { columns.append((axis, index, 0)) } }
    columns.sort { $0.axis < $1.axis }
    let wide = columns.contains { $0.value.dtype.size == 8 }
    let parts = try columns.map { column in
      let typed = try Lax.convertElementType(column.value, wide ? .int64 : .int32)
      let dimensions = Array(column.position..<(column.position + column.value.rank))
      let full = try spread(typed, batch, dimensions)
      return try Lax.expandDims(full, [batch.count])
    }
    guard !parts.isEmpty else { return (try Lax.zeros(batch + [0], .int32), []) }
    return (try Lax.concatenate(parts, dimension: batch.count), columns.map(\.axis))
  }

  /// An index array on its axes of the batch shape, stretched where it has size 1.
  private func spread(_ x: Value, _ batch: Shape, _ dimensions: [Int]) throws -> Value {
    var aligned = Shape(repeating: 1, count: batch.count)
    for (source, target) in dimensions.enumerated() { aligned[target] = x.shape[source] }
    return try NumPy.broadcastTo(Lax.reshape(x, aligned), batch)
  }

  func gathered(_ x: Value, mode: GatherScatterMode, fillValue: FillValue?) throws -> Value {
    let (vectors, axes) = try indexVectors()
    let core = core
    var sizes = shape
    for axis in axes { sizes[axis] = 1 }
    let dimensions = GatherDimensionNumbers(
      offsetDims: core.windows, collapsedSliceDims: axes, startIndexMap: axes)
    let result = try Lax.gather(x, vectors, dimensions, sliceSizes: sizes, mode: mode, fillValue: fillValue)
    return try Lax.expandDims(result, newAxes)
  }

  /// Updates as scatter wants them: broadcast to the indexed shape, without new axes.
  func scattered(
    _ y: Value, _ scatter: (_ vectors: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers) throws -> Value
  ) throws -> Value {
    let (vectors, axes) = try indexVectors()
    let core = core
    var full = core.shape
    for position in newAxes { full.insert(1, at: position) }
    // Leading axes of size 1 beyond the indexed shape are harmless, as in NumPy.
    var updates = y
    while updates.rank > full.count, updates.shape[0] == 1 { updates = try Lax.squeeze(updates, [0]) }
    updates = try Lax.reshape(NumPy.broadcastTo(updates, full), core.shape)
    return try scatter(
      vectors, updates,
      ScatterDimensionNumbers(
        updateWindowDims: core.windows, insertedWindowDims: axes, scatterDimsToOperandDims: axes))
  }
}
