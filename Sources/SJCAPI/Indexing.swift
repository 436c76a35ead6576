import SJNumPy

// Indices, gather, scatter and padding: what C gives as structs.

func padded(_ x: Value, _ value: Value, _ config: [Int]) throws -> Value {
  guard config.count == 3 * x.rank else {
    throw SJError(.invalidArgument, "sj_pad_lax: \(config.count) numbers given where \(x.aval) wants three for each axis")
  }
  let axes = (0..<x.rank).map { axis in
    PaddingConfig(low: config[3 * axis], high: config[3 * axis + 1], interior: config[3 * axis + 2])
  }
  return try Lax.pad(x, value, axes)
}

/// Padding of windows: by name, or pairs that C gives one after the other, or none.
func windowPadding(_ pairs: [Int]?, _ name: String?) throws -> WindowPadding {
  if let name { return .named(name) }
  guard let pairs else { return .named("VALID") }
  guard pairs.count % 2 == 0 else {
    throw SJError(.invalidArgument, "padding must have pairs (low, high), but has \(pairs.count) numbers")
  }
  return .explicit(stride(from: 0, to: pairs.count, by: 2).map { (low: pairs[$0], high: pairs[$0 + 1]) })
}

/// Pairs (source, target) that C gives one after the other.
func permuted(_ x: Value, _ axisName: String, _ permutation: [Int]) throws -> Value {
  guard permutation.count % 2 == 0 else {
    throw SJError(
      .invalidArgument, "sj_ppermute: permutation must have pairs (source, target), but has \(permutation.count) numbers")
  }
  let pairs = stride(from: 0, to: permutation.count, by: 2).map { (source: permutation[$0], target: permutation[$0 + 1]) }
  return try Lax.ppermute(x, axisName, pairs)
}

private func mode(_ value: sj_mode, _ function: StaticString, default: GatherScatterMode) throws -> GatherScatterMode {
  switch Int(value) {
  case SJ_MODE_DEFAULT: return `default`
  case SJ_MODE_CLIP: return .clip
  case SJ_MODE_FILL_OR_DROP: return .fillOrDrop
  case SJ_MODE_PROMISE_IN_BOUNDS: return .promiseInBounds
  default: throw SJError(.invalidArgument, "\(function): options.mode is \(value), which is no sj_mode")
  }
}

struct GatherOptions {
  var dimensions: GatherDimensionNumbers
  var sliceSizes: [Int]
  var isSorted: Bool
  var isUnique: Bool
  var mode: GatherScatterMode
}

func gatherOptions(
  _ pointer: UnsafePointer<sj_gather_options>?, _ function: StaticString, _ name: StaticString
) throws -> GatherOptions {
  guard let pointer else { throw missing(function, name) }
  let o = try versioned(pointer, sj_gather_options(), size: pointer.pointee.struct_size, function)
  let dimensions = GatherDimensionNumbers(
    offsetDims: try integers(o.offset_dims, o.offset_dims_count, function, "offset_dims"),
    collapsedSliceDims: try integers(o.collapsed_slice_dims, o.collapsed_slice_dims_count, function, "collapsed_slice_dims"),
    startIndexMap: try integers(o.start_index_map, o.start_index_map_count, function, "start_index_map"),
    operandBatchingDims: try integers(o.operand_batching_dims, o.operand_batching_dims_count, function, "operand_batching_dims"),
    startIndicesBatchingDims: try integers(
      o.start_indices_batching_dims, o.start_indices_batching_dims_count, function, "start_indices_batching_dims"))
  return GatherOptions(
    dimensions: dimensions, sliceSizes: try integers(o.slice_sizes, o.slice_sizes_count, function, "slice_sizes"),
    isSorted: o.indices_are_sorted != 0, isUnique: o.unique_indices != 0,
    mode: try mode(o.mode, function, default: .promiseInBounds))
}

func gather(_ x: Value, _ indices: Value, _ options: GatherOptions) throws -> Value {
  try Lax.gather(
    x, indices, options.dimensions, sliceSizes: options.sliceSizes, uniqueIndices: options.isUnique,
    indicesAreSorted: options.isSorted, mode: options.mode)
}

struct ScatterOptions {
  var dimensions: ScatterDimensionNumbers
  var isSorted: Bool
  var isUnique: Bool
  var mode: GatherScatterMode
}

func scatterOptions(
  _ pointer: UnsafePointer<sj_scatter_options>?, _ function: StaticString, _ name: StaticString
) throws -> ScatterOptions {
  guard let pointer else { throw missing(function, name) }
  let o = try versioned(pointer, sj_scatter_options(), size: pointer.pointee.struct_size, function)
  let dimensions = ScatterDimensionNumbers(
    updateWindowDims: try integers(o.update_window_dims, o.update_window_dims_count, function, "update_window_dims"),
    insertedWindowDims: try integers(o.inserted_window_dims, o.inserted_window_dims_count, function, "inserted_window_dims"),
    scatterDimsToOperandDims: try integers(
      o.scatter_dims_to_operand_dims, o.scatter_dims_to_operand_dims_count, function, "scatter_dims_to_operand_dims"),
    operandBatchingDims: try integers(o.operand_batching_dims, o.operand_batching_dims_count, function, "operand_batching_dims"),
    scatterIndicesBatchingDims: try integers(
      o.scatter_indices_batching_dims, o.scatter_indices_batching_dims_count, function, "scatter_indices_batching_dims"))
  return ScatterOptions(
    dimensions: dimensions, isSorted: o.indices_are_sorted != 0, isUnique: o.unique_indices != 0,
    mode: try mode(o.mode, function, default: .fillOrDrop))
}

typealias ScatterFunction = (
  _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers, _ isSorted: Bool,
  _ isUnique: Bool, _ mode: GatherScatterMode
) throws -> Value

func scatter(
  _ function: ScatterFunction, _ x: Value, _ indices: Value, _ updates: Value, _ options: ScatterOptions
) throws -> Value {
  try function(x, indices, updates, options.dimensions, options.isSorted, options.isUnique, options.mode)
}

// MARK: x[…] and x.at[…]

func indexItems(
  _ items: UnsafePointer<sj_index_item>?, _ count: Int64, _ function: StaticString, _ name: StaticString
) throws -> [IndexItem] {
  try elements(items, count, function, name).map { item in
    switch Int(item.kind) {
    case SJ_ITEM_INTEGER: return .integer(Int(item.start))
    case SJ_ITEM_SLICE:
      func part(_ value: Int64, _ flag: Int) -> Int? { Int(item.present) & flag != 0 ? Int(value) : nil }
      return .slice(
        start: part(item.start, SJ_HAS_START), stop: part(item.stop, SJ_HAS_STOP), step: part(item.step, SJ_HAS_STEP))
    case SJ_ITEM_NEW_AXIS: return .newAxis
    case SJ_ITEM_ELLIPSIS: return .ellipsis
    case SJ_ITEM_ARRAY: return .array(try handle(item.array, Value.self, function, "items[…].array"))
    default: throw SJError(.invalidArgument, "\(function): an item has the kind \(item.kind), which is no sj_item_kind")
    }
  }
}

func atGet(_ x: Value, _ items: [IndexItem], _ given: sj_mode, _ fill: Double) throws -> Value {
  let mode = try mode(given, "sj_at_get", default: .clip)
  guard mode == .fillOrDrop, !fill.isNaN else { return try NumPy.atGet(x, items, mode: mode) }
  return try NumPy.atGet(x, items, mode: mode, fillValue: .real(fill))
}

func atUpdate(
  _ x: Value, _ items: [IndexItem], _ operation: NumPy.AtOperation, _ y: Value, _ given: sj_mode, _ isSorted: Bool,
  _ isUnique: Bool
) throws -> Value {
  try NumPy.at(
    x, items, operation, y, mode: mode(given, "sj_at", default: .fillOrDrop), indicesAreSorted: isSorted,
    uniqueIndices: isUnique)
}
