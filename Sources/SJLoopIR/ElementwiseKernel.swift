import SJTypes

/// A kernel of nests of parallel loops over one shape, each of which stores elements at its own index, and of stores of scalars.
/// Dimensions of extent 1 do not matter.
struct ElementwiseKernel {
  let kernel: Kernel
  /// Empty where there are only scalars.
  let shape: Shape
  /// The dimension of `shape` that each axis counts.
  private var dimensions: [AxisID: Int] = [:]
  private var stores: [Store] = []

  init?(_ kernel: Kernel, in program: Program) {
    self.kernel = kernel
    shape = kernel.nestShape
    guard kernel.passedOn.isEmpty, collect(kernel.body, depth: 0, program), Set(stores.map(\.buffer)).count == stores.count else {
      return nil
    }
  }

  /// Notes the stores, if all is as it should be.
  private mutating func collect(_ statements: [Statement], depth: Int, _ program: Program) -> Bool {
    statements.allSatisfy { statement in
      switch statement {
      case .whileLoop: return false
      case .loop(let loop):
        guard loop.kind == .parallel else { return false }
        if loop.extent == 1 { return collect(loop.body, depth: depth, program) }
        guard depth < shape.count, loop.extent == shape[depth] else { return false }
        dimensions[loop.axis] = depth
        return collect(loop.body, depth: depth + 1, program)
      case .store(let store):
        guard store.mask == nil, store.combine == .none, depth == 0 || depth == shape.count,
          isOwn(store.index, in: program[store.buffer].shape),
          program[store.buffer].shape.filter({ $0 != 1 }) == (depth == 0 ? [] : shape)
        else { return false }
        stores.append(store)
        return true
      }
    }
  }

  /// Whether an index into a buffer of some extents is the nest's own, or a scalar's; a fixed element of a vector is neither.
  func isOwn(_ index: [ExprID], in extents: Shape) -> Bool {
    var places: [Int] = []
    for (id, extent) in zip(index, extents) where extent != 1 {
      guard case .axis(let axis) = kernel[id], let dimension = dimensions[axis] else { return false }
      places.append(dimension)
    }
    return places.isEmpty || places == Array(shape.indices)
  }

  /// What the value stored to a buffer is made from.
  func loads(for buffer: BufferID) -> [BufferID] {
    let needed = needed(for: stores.filter { $0.buffer == buffer })
    return zip(kernel.exprs, needed).compactMap { expr, isNeeded in
      if isNeeded, case .load(let source, _, _, _) = expr { source } else { nil }
    }
  }

  private func needed(for stores: [Store]) -> [Bool] {
    var needed = [Bool](repeating: false, count: kernel.exprs.count)
    for store in stores { needed[store.value.index] = true }
    // Operands precede their users.
    for position in kernel.exprs.indices.reversed() where needed[position] {
      kernel.exprs[position].forEachOperand { needed[$0.index] = true }
    }
    return needed
  }

  /// Writes what some buffers need into another kernel, at `index`, and notes what would have been stored.
  func write(
    _ buffers: Set<BufferID>, to builder: KernelBuilder, index: [ExprID], values: inout [BufferID: ExprID],
    load: (BufferID, [ExprID], ExprID?, ExprID?) -> ExprID
  ) {
    let wanted = stores.filter { buffers.contains($0.buffer) }
    let needed = needed(for: wanted)
    var copies = [ExprID?](repeating: nil, count: kernel.exprs.count)
    func copy(_ id: ExprID) -> ExprID { copies[id.index]! }
    for (position, (expr, type)) in zip(kernel.exprs, kernel.types).enumerated() where needed[position] {
      switch expr {
      case .axis(let axis): copies[position] = dimensions[axis].map { index[$0] } ?? builder.index(0)
      case .load(let buffer, let place, let mask, let fill):
        if let value = values[buffer] {
          let fill = fill.map(copy) ?? builder.constant(0, type)
          copies[position] = mask.map { builder.select(copy($0), value, fill) } ?? value
        } else {
          copies[position] = load(buffer, place.map(copy), mask.map(copy), fill.map(copy))
        }
      // With its range, which builders know of indices.
      case .constant(let bits) where type == .i64: copies[position] = builder.index(Int(Int64(bitPattern: bits)))
      // None is bound to a loop with carries: `collect` refuses those.
      default: copies[position] = builder.node(expr.mapping(copy), type)
      }
    }
    for store in wanted { values[store.buffer] = copy(store.value) }
  }
}

extension Kernel {
  /// The extents of the deepest nest of loops that is first.
  fileprivate var nestShape: Shape {
    var shape: Shape = []
    var statements = body[...]
    while let loop = statements.lazy.compactMap({ if case .loop(let loop) = $0 { loop } else { nil } }).first {
      if loop.extent != 1 { shape.append(loop.extent) }
      statements = loop.body[...]
    }
    return shape
  }
}
