import SJTypes

// A scan whose body works on each element by itself is turned inside out: instead of all elements once for every
// step, every element through all steps, its carries in registers. The bits are the same, since each element
// goes through the same operations in the same order.

extension Program {
  /// The program with its elementwise scans turned inside out.
  public func turningElementwiseScans() -> Program {
    var result = self
    result.commands = commands.flatMap { command -> [Command] in
      guard case .scan(let scan) = command, let kernels = ElementwiseScan(scan, in: self)?.kernels() else {
        return [command]
      }
      return kernels.map { .kernel($0) }
    }
    return result
  }
}

/// A scan all of whose vectors have one shape, and whose body is elementwise kernels on it or on scalars.
private struct ElementwiseScan {
  /// Vectors that are read or written in every step, and are larger than this, had better be walked through in order.
  private static let largestSlice = 1024
  private static let nodeLimit = 400

  private let scan: ScanCommand
  private let program: Program
  private let steps: [ElementwiseKernel]
  /// Of the vectors; empty where there are only scalars.
  private let shape: Shape

  init?(_ scan: ScanCommand, in program: Program) {
    self.scan = scan
    self.program = program
    let body = scan.body
    var steps: [ElementwiseKernel] = []
    for case let command in body.commands {
      guard case .kernel(let kernel) = command, let step = ElementwiseKernel(kernel, in: body) else { return nil }
      steps.append(step)
    }
    self.steps = steps
    let shapes = Set((steps.map(\.shape) + body.outputs.map { body[$0].shape }).filter { !$0.isEmpty })
    guard shapes.count <= 1, scan.length > 0, body.commands.count > 0 else { return nil }
    shape = shapes.first ?? []
    let nodes = steps.reduce(0) { $0 + $1.kernel.exprs.count }
    guard nodes <= Self.nodeLimit, body.buffers.allSatisfy({ $0.type.size != 2 || !$0.type.isFloat }) else { return nil }
    guard loadsAreElementwise, slicesAreSmall else { return nil }
  }

  private var xs: ArraySlice<BufferID> { scan.body.inputs.dropFirst(scan.constants.count + scan.initial.count) }
  private var carries: ArraySlice<BufferID> { scan.body.inputs.dropFirst(scan.constants.count).prefix(scan.initial.count) }

  /// Whatever changes within a step is read at the element's own index only.
  private var loadsAreElementwise: Bool {
    let readOnly = Set(scan.body.inputs.prefix(scan.constants.count) + xs)
    return steps.allSatisfy { step in step.loads.allSatisfy { readOnly.contains($0.buffer) || step.isOwn($0.index, $0.buffer) } }
  }

  private var slicesAreSmall: Bool {
    let slices = xs + scan.body.outputs.dropFirst(scan.initial.count)
    let isOfSteps = zip(xs, scan.xs).allSatisfy { program[$1].shape == [scan.length] + scan.body[$0].shape }
    return isOfSteps && (shape.elementCount <= Self.largestSlice || slices.allSatisfy { scan.body[$0].shape.isEmpty })
  }

  /// One kernel for the vectors and one for the scalars. (In that of the vectors, the scalars are computed again for each element.)
  func kernels() -> [Kernel] {
    let ranks = Set(scan.body.outputs.map { scan.body[$0].shape.isEmpty })
    return ranks.sorted { !$0 && $1 }.map { kernel(ofScalars: $0) }
  }

  private func kernel(ofScalars: Bool) -> Kernel {
    let builder = KernelBuilder()
    let extents = ofScalars ? [] : shape
    func isStored(_ id: BufferID) -> Bool { scan.body[id].shape.isEmpty == ofScalars }
    let needed = buffersNeeded(for: scan.body.outputs.filter { scan.body[$0].shape.isEmpty == ofScalars })
    let carried = carries.indices.filter { needed.contains(carries[$0]) }.map { $0 - carries.startIndex }
    builder.parallel(extents) { index in
      func own(_ id: BufferID) -> [ExprID] { scan.body[id].shape.isEmpty ? [] : index }
      let initial = carried.map { i in
        let id = scan.initial[i]
        return builder.load(id, program[id].type, at: own(carries[carries.startIndex + i]))
      }
      let final = builder.loop(scan.length, .sequential, carries: initial) { counter, current in
        let step = scan.reverse ? builder.addIndex(builder.mulIndex(counter, -1), scan.length - 1) : counter
        var values: [BufferID: ExprID] = [:]
        for (i, value) in zip(carried, current) { values[carries[carries.startIndex + i]] = value }
        for kernel in steps where kernel.stores.contains(where: { needed.contains($0.buffer) }) {
          kernel.write(to: builder, index: index, values: &values) { id, position, mask, fill in
            load(id, position, step, builder, mask, fill)
          }
        }
        func value(_ id: BufferID) -> ExprID {
          values[id] ?? load(id, own(id), step, builder, nil, nil)
        }
        for (id, target) in zip(scan.body.outputs.dropFirst(scan.initial.count), scan.ys) where isStored(id) {
          builder.store(value(id), to: target, at: [step] + own(id))
        }
        return carried.map { value(scan.body.outputs[$0]) }
      }
      for (i, value) in zip(carried, final) where isStored(carries[carries.startIndex + i]) {
        builder.store(value, to: scan.results[i], at: index)
      }
    }
    return builder.finish(name: "scan")
  }

  /// The body's buffers on which some outputs depend, from step to step.
  private func buffersNeeded(for outputs: [BufferID]) -> Set<BufferID> {
    var needed: Set<BufferID> = []
    var pending = outputs
    while let id = pending.popLast() {
      guard needed.insert(id).inserted else { continue }
      for step in steps where step.stores.contains(where: { $0.buffer == id }) { pending += step.loads.map(\.buffer) }
      if let carry = carries.firstIndex(of: id) { pending.append(scan.body.outputs[carry - carries.startIndex]) }
    }
    return needed
  }

  /// A constant's element, or one of this step's slice.
  private func load(
    _ id: BufferID, _ position: [ExprID], _ step: ExprID, _ builder: KernelBuilder, _ mask: ExprID?, _ fill: ExprID?
  ) -> ExprID {
    let input = scan.body.inputs.firstIndex(of: id)!
    let type = scan.body[id].type
    if input < scan.constants.count { return builder.load(scan.constants[input], type, at: position, mask: mask, fill: fill) }
    let source = scan.xs[input - scan.constants.count - scan.initial.count]
    return builder.load(source, type, at: [step] + position, mask: mask, fill: fill)
  }
}

/// A nest of parallel loops that stores elements at its own index, or scalars.
private struct ElementwiseKernel {
  let kernel: Kernel
  let shape: Shape
  let stores: [Store]
  private let axes: [AxisID]

  init?(_ kernel: Kernel, in program: Program) {
    var (axes, extents, statements) = ([AxisID](), Shape(), kernel.body)
    while statements.count == 1, case .loop(let loop) = statements[0], loop.kind == .parallel {
      axes.append(loop.axis)
      extents.append(loop.extent)
      statements = loop.body
    }
    var stores: [Store] = []
    for statement in statements {
      guard case .store(let store) = statement, store.mask == nil, store.combine == .none else { return nil }
      stores.append(store)
    }
    guard Set(stores.map(\.buffer)).count == stores.count, kernel.axisCount == axes.count, kernel.loopCount == axes.count
    else { return nil }
    self.kernel = kernel
    self.shape = extents
    self.axes = axes
    self.stores = stores
    guard stores.allSatisfy({ isOwn($0.index, $0.buffer) && program[$0.buffer].shape == extents }) else { return nil }
  }

  var loads: [(buffer: BufferID, index: [ExprID])] {
    kernel.exprs.compactMap { if case .load(let buffer, let index, _, _) = $0 { (buffer, index) } else { nil } }
  }

  /// Whether an index is the nest's own, or a scalar's.
  func isOwn(_ index: [ExprID], _ buffer: BufferID) -> Bool {
    if index.isEmpty { return true }
    return index.count == axes.count
      && zip(index, axes.indices).allSatisfy { id, axis in
        kernel[id] == .axis(axes[axis]) || shape[axis] == 1 && kernel[id] == .constant(0)
      }
  }

  /// Writes the kernel's expressions into another, at `index`, and notes what it would have stored.
  func write(
    to builder: KernelBuilder, index: [ExprID], values: inout [BufferID: ExprID],
    load: (BufferID, [ExprID], ExprID?, ExprID?) -> ExprID
  ) {
    var copies: [ExprID] = []
    copies.reserveCapacity(kernel.exprs.count)
    func copy(_ id: ExprID) -> ExprID { copies[id.index] }
    for (expr, type) in zip(kernel.exprs, kernel.types) {
      let copied: ExprID
      switch expr {
      case .axis(let axis): copied = index[axes.firstIndex(of: axis)!]
      case .constant(let bits):
        copied = type == .i64 ? builder.index(Int(Int64(bitPattern: bits))) : builder.constant(bits: bits, type)
      case .load(let buffer, let position, let mask, let fill):
        if let value = values[buffer] {
          copied = mask.map { builder.select(copy($0), value, fill.map(copy) ?? builder.constant(0, type)) } ?? value
        } else {
          copied = load(buffer, position.map(copy), mask.map(copy), fill.map(copy))
        }
      case .unary(let op, let a): copied = builder.node(.unary(op, copy(a)), type)
      case .binary(let op, let a, let b): copied = builder.node(.binary(op, copy(a), copy(b)), type)
      case .ternary(let op, let a, let b, let c):
        copied = builder.node(.ternary(op, copy(a), copy(b), copy(c)), type)
      case .convert(let a): copied = builder.node(.convert(copy(a)), type)
      case .bitcast(let a): copied = builder.node(.bitcast(copy(a)), type)
      case .floorDiv(let a, let divisor): copied = builder.node(.floorDiv(copy(a), divisor), type)
      case .floorMod(let a, let divisor): copied = builder.node(.floorMod(copy(a), divisor), type)
      case .carry, .result, .partial: preconditionFailure("an elementwise kernel has no carries")
      }
      copies.append(copied)
    }
    for store in stores { values[store.buffer] = copy(store.value) }
  }
}
