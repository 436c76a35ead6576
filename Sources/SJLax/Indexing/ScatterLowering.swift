import SJLoopIR

/// A copy of the operand, which the executor makes in place where the operand is dead, and a kernel over the updates.
func lowerScatter(
  _ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue]
) throws -> [Lowered] {
  let scatter: ScatterParams = params.unbox()
  if inputs[2].shape.contains(0) { return [inputs[0]] }
  let isStored = scatter.combinesInStores(inputs[0].dtype)
  if isStored, let result = try scatterToDistinctPlaces(context, scatter, inputs) { return [result] }
  let plan = ScatterPlan(scatter, inputs[0], try context.cheap(inputs[1]), inputs[2].shape)
  if case .apply(let function) = scatter.operation { return [try plan.apply(function, context, outputs[0])] }
  if !isStored { return [try plan.fold(try context.inMemory(inputs[2]), context, outputs[0])] }
  let result = try context.copy(inputs[0])
  context.emit(.kernel(try plan.kernel(into: result, inputs[2], ordered: .sequential)))
  return [Lowered(outputs[0].dtype, outputs[0].shape, .buffer(result))]
}

/// Where the indices are known from their formulas alone, no place comes twice and all are inside, as those of
/// `x.at[1:-1]`: order does not matter, and nothing looks indices up.
private func scatterToDistinctPlaces(
  _ context: LoweringContext, _ scatter: ScatterParams, _ inputs: [Lowered]
) throws -> Lowered? {
  if inputs[1].buffer != nil { return nil }
  let plan = ScatterPlan(scatter, inputs[0], inputs[1], inputs[2].shape)
  return try context.attempt {
    let result = try context.copy(inputs[0])
    let kernel = try plan.kernel(into: result, inputs[2], ordered: .parallel)
    guard storesByCountersAlone(kernel, in: context.program) else { return nil }
    context.emit(.kernel(kernel))
    return Lowered(inputs[0].dtype, inputs[0].shape, .buffer(result))
  }
}

extension ScatterParams {
  /// Whether each update is one combining store.
  fileprivate func combinesInStores(_ dtype: DType) -> Bool {
    if case .apply = operation { return false }
    return !(dtype.isComplex && [.mul, .min, .max].contains(operation))
  }
}

extension Element {
  fileprivate var parts: [ExprID] {
    switch self {
    case .scalar(let value): [value]
    case .pair(let first, let second): [first, second]
    }
  }
}

extension KernelBuilder {
  fileprivate func negated(_ element: Element) -> Element {
    switch element {
    case .scalar(let value): .scalar(unary(.neg, value))
    case .pair(let re, let im): .pair(unary(.neg, re), unary(.neg, im))
    }
  }
}

private struct ScatterPlan {
  let scatter: ScatterParams
  let operand: Lowered
  let updatesShape: Shape
  let window: IndexedWindow
  /// Operand axes that updates run over, and the axes of the updates that do.
  let windowAxes: [Int]
  let windowDims: [Int]
  /// The other axes of the updates: those of the indices, in order.
  let scatterDims: [Int]

  init(_ scatter: ScatterParams, _ operand: Lowered, _ indices: Lowered, _ updatesShape: Shape) {
    let dims = scatter.dimensions
    let rank = operand.shape.count
    self.scatter = scatter
    self.operand = operand
    self.updatesShape = updatesShape
    window = IndexedWindow(
      operand.shape, dims.windowSizes(operandRank: rank, updates: updatesShape), indices, dims.inverse)
    windowAxes = dims.windowAxes(rank: rank)
    windowDims = dims.updateWindowDims
    scatterDims = updatesShape.indices.filter { !dims.updateWindowDims.contains($0) }
  }

  var combine: StoreCombine {
    switch scatter.operation {
    case .set, .apply: .none
    case .add, .sub: .add
    case .mul: .mul
    case .min: operand.dtype == .bool ? .and : .min
    case .max: operand.dtype == .bool ? .or : .max
    }
  }

  /// Whether updates of windows that are not inside are left out.
  private var drops: Bool { scatter.mode != .clip }

  // MARK: Stores

  func kernel(into buffer: BufferID, _ updates: Lowered, ordered: Loop.Kind) throws -> Kernel {
    let kernel = KernelBuilder()
    try store(kernel, into: buffer, operand.dtype, combine: combine, ordered: ordered) { index in
      let value = try updates.element(kernel, index)
      return scatter.operation == .sub ? kernel.negated(value) : value
    }
    return kernel.finish(name: "scatter")
  }

  /// Visits the updates: index vectors come in order unless told otherwise, since they may repeat, while the elements of
  /// one window are independent, and so are batches. (The verifier cannot see that where indices move the windows, or
  /// where an element takes two stores: then batches come in order too.)
  func store(
    _ kernel: KernelBuilder, into buffer: BufferID, _ dtype: DType, combine: StoreCombine,
    ordered kind: Loop.Kind = .sequential, _ value: (_ index: [ExprID]) throws -> Element
  ) throws {
    let paired = window.batching.map { scatterDims[$0.indices] }
    let ordered = scatterDims.filter { !paired.contains($0) }
    let isPlain = dtype.componentCount == 1 && !windowAxes.contains(where: window.startIndexMap.contains)
    let batches = isPlain ? .parallel : kind
    let loops: [LoopAxis] =
      paired.map { ($0, batches) } + ordered.map { ($0, kind) } + windowDims.map { ($0, .parallel) }
    try nest(kernel, loops[...], updatesShape.map { _ in kernel.index(0) }) { index in
      var (position, inside) = try window.start(kernel, at: scatterDims.map { index[$0] })
      for (axis, dimension) in zip(windowAxes, windowDims) {
        position[axis] = kernel.addIndex(position[axis], index[dimension])
      }
      kernel.store(try value(index), dtype, to: buffer, at: position, mask: drops ? inside : nil, combine: combine)
    }
  }

  private typealias LoopAxis = (axis: Int, kind: Loop.Kind)

  private func nest(
    _ kernel: KernelBuilder, _ loops: ArraySlice<LoopAxis>, _ index: [ExprID],
    _ body: ([ExprID]) throws -> Void
  ) throws {
    guard let loop = loops.first else { return try body(index) }
    try kernel.loop(updatesShape[loop.axis], loop.kind) { counter, _ in
      var index = index
      index[loop.axis] = counter
      try nest(kernel, loops.dropFirst(), index, body)
      return []
    }
  }

  // MARK: Functions of elements

  /// Counts how often each element is met, then applies the function so many times to it.
  func apply(_ function: ClosedJaxpr, _ context: LoweringContext, _ aval: AbstractValue) throws -> Lowered {
    let counter = AbstractValue(.int32, aval.shape)
    let counts = try context.copy(.zeros(counter))
    try context.kernel("scatter_apply_count") { kernel in
      try store(kernel, into: counts, .int32, combine: .add) { _ in .scalar(kernel.constant(1, .i32)) }
    }
    let times = Lowered(.int32, aval.shape, .buffer(counts))
    return try context.stored("scatter_apply", aval) { kernel, buffer in
      try kernel.parallel(aval.shape) { index in
        let count = try times.element(kernel, index).scalar
        let result = try repeated(function, count, try operand.element(kernel, index), kernel, context)
        kernel.store(result, aval.dtype, to: buffer, at: index)
      }
    }
  }

  private func repeated(
    _ function: ClosedJaxpr, _ count: ExprID, _ first: Element, _ kernel: KernelBuilder, _ context: LoweringContext
  ) throws -> Element {
    func element(_ parts: [ExprID]) -> Element { parts.count == 2 ? .pair(parts[0], parts[1]) : .scalar(parts[0]) }
    let results = try kernel.whileLoop(
      first.parts + [kernel.constant(0, .i32)], condition: { kernel.binary(.lt, $0.last!, count) },
      body: { carries in
        let input = Lowered(operand.dtype, [], .formula({ _, _ in element(carries.dropLast()) }, cost: 0))
        let before = context.program.commands.count
        let output = try context.lower(function.jaxpr, constants: [], inputs: [input, input])[0]
        guard context.program.commands.count == before else {
          throw SJError(.unsupported, "scatter_apply: the function must be elementwise")
        }
        return try output.element(kernel, []).parts + [kernel.binary(.add, carries.last!, kernel.constant(1, .i32))]
      })
    return element(results.dropLast())
  }

  // MARK: Combinations without a store

  /// For complex products and extrema, which no store combines: every element of the operand looks at all updates.
  func fold(_ updates: Lowered, _ context: LoweringContext, _ aval: AbstractValue) throws -> Lowered {
    try context.stored("scatter", aval) { kernel, buffer in
      try kernel.parallel(aval.shape) { element in
        let first = try operand.element(kernel, element).parts
        var batch = scatterDims.map { _ in kernel.index(0) }
        for pair in window.batching { batch[pair.indices] = element[pair.operand] }
        let free = scatterDims.indices.filter { axis in !window.batching.contains { $0.indices == axis } }
        let result = try fold(kernel, free[...], batch, first) { batch, carries in
          let (index, hit) = try updateIndex(kernel, of: element, at: batch)
          let value = ComplexExpr(kernel, try updates.element(kernel, index))
          let current = ComplexExpr(kernel, .pair(carries[0], carries[1]))
          return kernel.select(hit, combined(current, value).element, current.element).parts
        }
        kernel.store(.pair(result[0], result[1]), aval.dtype, to: buffer, at: element)
      }
    }
  }

  private func fold(
    _ kernel: KernelBuilder, _ axes: ArraySlice<Int>, _ batch: [ExprID], _ carries: [ExprID],
    _ body: ([ExprID], [ExprID]) throws -> [ExprID]
  ) throws -> [ExprID] {
    guard let axis = axes.first else { return try body(batch, carries) }
    return try kernel.loop(updatesShape[scatterDims[axis]], .sequential, carries: carries) { counter, carries in
      var batch = batch
      batch[axis] = counter
      return try fold(kernel, axes.dropFirst(), batch, carries, body)
    }
  }

  /// Which update of the window at `batch` meets an element of the operand, and whether one does.
  private func updateIndex(
    _ kernel: KernelBuilder, of element: [ExprID], at batch: [ExprID]
  ) throws -> (index: [ExprID], hit: ExprID) {
    let (start, inside) = try window.start(kernel, at: batch)
    var hit = drops ? inside : nil
    var index = updatesShape.map { _ in kernel.index(0) }
    for (axis, dimension) in scatterDims.enumerated() { index[dimension] = batch[axis] }
    for axis in operand.shape.indices {
      let offset = kernel.addIndex(element[axis], kernel.mulIndex(start[axis], -1))
      hit = kernel.and(hit, kernel.inBounds(offset, 0, window.sizes[axis]))
      guard let place = windowAxes.firstIndex(of: axis) else { continue }
      index[windowDims[place]] = kernel.clampIndex(offset, 0, window.sizes[axis] - 1)
    }
    return (index, hit ?? kernel.bool(true))
  }

  private func combined(_ a: ComplexExpr, _ b: ComplexExpr) -> ComplexExpr {
    switch scatter.operation {
    case .mul: a * b
    case .min: choose(a.isLess(than: b, orEqual: false), a, b)
    default: choose(a.isLess(than: b, orEqual: true), b, a)
    }
  }
}
