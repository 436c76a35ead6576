import SJTypes

// A scan whose body works on each element by itself is turned inside out: instead of all elements once for every
// step, every element through all steps, its carries in registers. The bits are the same, since each element
// goes through the same operations in the same order.

extension Program {
  /// The program with its elementwise scans turned inside out.
  func turningElementwiseScans() -> Program {
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
  /// Of the vectors, without dimensions of extent 1; empty where there are only scalars.
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
    let shapes = Set((steps.map(\.shape) + body.outputs.map { body[$0].extents }).filter { !$0.isEmpty })
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
    return steps.allSatisfy { step in
      step.kernel.exprs.allSatisfy { expr in
        guard case .load(let buffer, let index, _, _) = expr else { return true }
        return readOnly.contains(buffer) || step.isOwn(index, in: scan.body[buffer].shape)
      }
    }
  }

  private var slicesAreSmall: Bool {
    let slices = xs + scan.body.outputs.dropFirst(scan.initial.count)
    // Blocks of rows may have another shape.
    let isOfSteps = zip(slices, scan.xs + scan.ys).allSatisfy { program[$1].shape == [scan.length] + scan.body[$0].shape }
    return isOfSteps && (shape.elementCount <= Self.largestSlice || slices.allSatisfy { scan.body[$0].extents.isEmpty })
  }

  /// One kernel for the vectors and one for the scalars. (In that of the vectors, the scalars are computed again for each element.)
  func kernels() -> [Kernel] {
    let ranks = Set(scan.body.outputs.map { scan.body[$0].extents.isEmpty })
    return ranks.sorted { !$0 && $1 }.map { kernel(ofScalars: $0) }
  }

  private func kernel(ofScalars: Bool) -> Kernel {
    let builder = KernelBuilder()
    let extents = ofScalars ? [] : shape
    func isStored(_ id: BufferID) -> Bool { scan.body[id].extents.isEmpty == ofScalars }
    let needed = buffersNeeded(for: scan.body.outputs.filter { scan.body[$0].extents.isEmpty == ofScalars })
    // Those that no step reads have a last value all the same.
    let carried = carries.indices.filter { needed.contains(carries[$0]) || isStored(carries[$0]) }
      .map { $0 - carries.startIndex }
    builder.parallel(extents) { index in
      func own(_ id: BufferID) -> [ExprID] {
        var rest = index[...]
        return scan.body[id].shape.map { $0 == 1 ? builder.index(0) : rest.removeFirst() }
      }
      let initial = carried.map { i in
        let id = scan.initial[i]
        return builder.load(id, program[id].type, at: own(carries[carries.startIndex + i]))
      }
      let final = builder.loop(scan.length, .sequential, carries: initial) { counter, current in
        let step = scan.reverse ? builder.addIndex(builder.mulIndex(counter, -1), scan.length - 1) : counter
        var values: [BufferID: ExprID] = [:]
        for (i, value) in zip(carried, current) { values[carries[carries.startIndex + i]] = value }
        for kernel in steps {
          kernel.write(needed, to: builder, index: index, values: &values) { id, position, mask, fill in
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
        builder.store(value, to: scan.results[i], at: own(carries[carries.startIndex + i]))
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
      for step in steps { pending += step.loads(for: id) }
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

extension BufferDeclaration {
  /// The extents that matter.
  fileprivate var extents: Shape { shape.filter { $0 != 1 } }
}
