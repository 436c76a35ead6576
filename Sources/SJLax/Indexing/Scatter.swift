/// What a scatter does with the element that an update meets.
enum ScatterOperation: Hashable {
  case set, add, sub, mul, min, max
  /// Replaces the element by a function of itself; the updates only say where.
  case apply(ClosedJaxpr)

  var accepted: DTypeSet {
    switch self {
    case .add, .sub, .mul: .number
    case .min, .max: .any
    case .set, .apply: [.any, .key]
    }
  }

  /// The operation on two scalars, as jaxprs show it.
  func jaxpr(_ dtype: DType) -> ClosedJaxpr? {
    if case .apply(let function) = self { return function }
    let scalar = AbstractValue(dtype)
    return try? CompositionTrace.jaxpr("scatter", [scalar, scalar]) { operands in
      let (x, y) = (operands[0], operands[1])
      return switch self {
      case .add: [try Lax.add(x, y)]
      case .sub: [try Lax.sub(x, y)]
      case .mul: [try Lax.mul(x, y)]
      case .min: [try Lax.min(x, y)]
      case .max: [try Lax.max(x, y)]
      case .set, .apply: [y]
      }
    }
  }
}

struct ScatterParams: ParamValues {
  var dimensions: ScatterDimensionNumbers
  var indicesAreSorted: Bool
  var uniqueIndices: Bool
  var mode: GatherScatterMode
  var operation: ScatterOperation = .set
  /// The dtype of the operand, for printing.
  var dtype: DType = .float32

  var fields: [(name: String, value: String)] {
    [
      ("dimension_numbers", dimensions.text), ("indices_are_sorted", indicesAreSorted ? "True" : "False"),
      ("mode", mode.text), ("unique_indices", uniqueIndices ? "True" : "False"), ("update_consts", "()"),
    ] + (operation == .set ? [("update_jaxpr", "None")] : [])
  }

  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] {
    operation == .set ? [] : operation.jaxpr(dtype).map { [("update_jaxpr", $0)] } ?? []
  }
}

extension Primitives {
  static let scattering: [Primitive] = [scatter, scatterAdd, scatterSub, scatterMul, scatterMin, scatterMax]

  /// Operands of all scatters: the array, integer indices whose last axis holds index vectors, and the updates.
  public static let scatter: Primitive = define("scatter", jvp: scatterSetJVP, transpose: .rule(transposeScatterSet))
  public static let scatterAdd: Primitive = define(
    "scatter-add", jvp: scatterSumJVP, transpose: .rule(transposeScatterSum))
  public static let scatterSub: Primitive = define(
    "scatter-sub", jvp: scatterSumJVP, transpose: .rule(transposeScatterSum))
  public static let scatterMul: Primitive = define(
    "scatter-mul", jvp: scatterProductJVP, transpose: .rule(transposeScatterProduct))
  public static let scatterMin: Primitive = define(
    "scatter-min", jvp: scatterExtremumJVP, transpose: .unsupported("scatter-min is not linear"))
  public static let scatterMax: Primitive = define(
    "scatter-max", jvp: scatterExtremumJVP, transpose: .unsupported("scatter-max is not linear"))

  private static func define(
    _ name: String, jvp: @escaping (PrimitiveReference) -> JVPRule, transpose: Slot<TransposeRule>
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          try checkScatter(name, inputs, params.unbox())
          return ([inputs[0]], [])
        },
        jvp: .rule(jvp(reference)),
        transpose: transpose,
        batch: .rule { try batchScatter(reference.primitive, $0, $1, $2, $3) },
        lowering: .rule(lowerScatter))
    }
  }
}

/// The operand gets the batch axis in any case, since it is written to. If the indices have none, it is one more window
/// axis, else a pair of batching axes.
func batchScatter(
  _ primitive: Primitive, _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
) throws -> (outputs: [Value], axes: [Int?]) {
  if axes.allSatisfy({ $0 == nil }) { return (try bind(primitive, inputs, params), [nil]) }
  var scatter: ScatterParams = params.unbox()
  var dims = scatter.dimensions
  let operand = try Batching.atFront(inputs[0], axes[0], axis.size)
  let updates = try Batching.atFront(inputs[2], axes[2], axis.size)
  dims.updateWindowDims = dims.updateWindowDims.shifted
  dims.insertedWindowDims = dims.insertedWindowDims.shifted
  dims.operandBatchingDims = dims.operandBatchingDims.shifted
  dims.scatterDimsToOperandDims = dims.scatterDimsToOperandDims.shifted
  var indices = inputs[1]
  if axes[1] == nil {
    dims.updateWindowDims.insert(0, at: 0)
  } else {
    indices = try Batching.atFront(indices, axes[1], axis.size)
    dims.operandBatchingDims.insert(0, at: 0)
    dims.scatterIndicesBatchingDims = [0] + dims.scatterIndicesBatchingDims.shifted
  }
  scatter.dimensions = dims
  return (try bind(primitive, [operand, indices, updates], scatter.boxed), [0])
}

/// The checks of XLA's shape inference for scatter.
private func checkScatter(_ name: String, _ inputs: [AbstractValue], _ scatter: ScatterParams) throws {
  let (operand, indices, updates) = (inputs[0], inputs[1], inputs[2])
  let dims = scatter.dimensions
  let check = DimensionChecks(operation: name)
  try check.integerIndices(indices)
  try DTypeCheck.same("scatter", [operand, updates])
  try DTypeCheck.unary(name, operand.dtype, scatter.operation.accepted)
  try check.indexMap(dims.scatterDimsToOperandDims, operand, indices, "scatter_dims_to_operand_dims")
  let rank = indices.rank - 1 + dims.updateWindowDims.count
  try check.require(updates.rank == rank, "updates must be of rank \(rank); got \(updates)")
  try check.axes(dims.updateWindowDims, updates.rank, "update_window_dims")
  try check.axes(dims.insertedWindowDims, operand.rank, "inserted_window_dims")
  try check.batching(
    operand, dims.operandBatchingDims, indices, dims.scatterIndicesBatchingDims, name: "scatter_indices_batching_dims")
  try check.disjoint(
    dims.insertedWindowDims, dims.operandBatchingDims, "inserted_window_dims", "operand_batching_dims")
  try check.disjoint(
    dims.scatterDimsToOperandDims, dims.operandBatchingDims, "scatter_dims_to_operand_dims", "operand_batching_dims")
  let window = dims.updateWindowDims.count + dims.insertedWindowDims.count + dims.operandBatchingDims.count
  try check.require(
    operand.rank == window, "the window has \(window) dimensions, which doesn't match operand \(operand)")
  for (axis, dimension) in zip(dims.windowAxes(rank: operand.rank), dims.updateWindowDims) {
    try check.require(
      updates.shape[dimension] <= operand.shape[axis],
      "bounds of the window dimensions of updates must not exceed those of operand. For dimension \(dimension), "
        + "updates bound is \(updates.shape[dimension]), operand bound is \(operand.shape[axis])")
  }
  let batch = updates.shape.removing(axes: dims.updateWindowDims)
  try check.require(
    batch == Array(indices.shape.dropLast()),
    "bounds of the scatter dimensions of updates must be those of indices; got \(batch.tupleText) for updates "
      + "\(updates) and indices \(indices)")
}

extension Lax {
  /// `jax.lax.scatter`: `x` with the windows that index vectors select replaced by `updates`; of several updates of
  /// one element the last wins.
  public static func scatter(
    _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false, mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    try scatter(Primitives.scatter, .set, x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  /// `jax.lax.scatter_add`: adds the updates where the index vectors say.
  public static func scatterAdd(
    _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false, mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    try scatter(Primitives.scatterAdd, .add, x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  /// `jax.lax.scatter_sub`
  public static func scatterSub(
    _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false, mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    try scatter(Primitives.scatterSub, .sub, x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  /// `jax.lax.scatter_mul`
  public static func scatterMul(
    _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false, mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    try scatter(Primitives.scatterMul, .mul, x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  /// `jax.lax.scatter_min`
  public static func scatterMin(
    _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false, mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    try scatter(Primitives.scatterMin, .min, x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  /// `jax.lax.scatter_max`
  public static func scatterMax(
    _ x: Value, _ indices: Value, _ updates: Value, _ dimensions: ScatterDimensionNumbers,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false, mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    try scatter(Primitives.scatterMax, .max, x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  /// `jax.lax.scatter_apply`: applies an elementwise function where the index vectors say, once per index vector.
  public static func scatterApply(
    _ x: Value, _ indices: Value, _ function: (Value) throws -> Value, _ dimensions: ScatterDimensionNumbers,
    updateShape: Shape, indicesAreSorted: Bool = false, uniqueIndices: Bool = false,
    mode: GatherScatterMode = .fillOrDrop
  ) throws -> Value {
    let scalar = AbstractValue(x.dtype)
    let body = try CompositionTrace.jaxpr("scatter_apply", [scalar, scalar]) { [try function($0[0])] }
    guard body.outputAvals[0].matches(scalar) else {
      throw SJError(
        .dtype,
        "scatter_apply: the function must give a scalar of the operand's dtype \(x.dtype), but gives \(body.outputAvals[0])"
      )
    }
    let updates = try zeros(updateShape, x.dtype)
    return try scatter(
      Primitives.scatter, .apply(body), x, indices, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
  }

  private static func scatter(
    _ primitive: Primitive, _ operation: ScatterOperation, _ x: Value, _ indices: Value, _ updates: Value,
    _ dimensions: ScatterDimensionNumbers, _ sorted: Bool, _ unique: Bool, _ mode: GatherScatterMode
  ) throws -> Value {
    let params = ScatterParams(
      dimensions: dimensions, indicesAreSorted: sorted, uniqueIndices: unique, mode: mode, operation: operation,
      dtype: x.dtype)
    return try bind1(primitive, [x, indices, updates], params.boxed)
  }
}
