import SJTypes

/// A kernel to be cut into equal parts along its outermost loop.
struct KernelParts {
  private let kernel: Kernel
  private let program: Program
  private let loop: Loop
  private let affine: AffineAnalysis

  /// Nil for a kernel that is not one parallel loop.
  init?(_ kernel: Kernel, in program: Program) {
    guard kernel.body.count == 1, case .loop(let loop) = kernel.body[0], loop.kind == .parallel, loop.extent > 1 else {
      return nil
    }
    self.kernel = kernel
    self.program = program
    self.loop = loop
    affine = AffineAnalysis(kernel)
  }

  var iterations: Int { loop.extent }

  /// Whether all that an iteration stores, and all it loads of some buffers, lies in the iteration's own share of them: the
  /// i-th of as many equal pieces as there are iterations.
  func keepsToItself(_ shared: (BufferID) -> Bool) -> Bool {
    var result = true
    kernel.body.forEachStore { store, _ in result = result && offset(of: store.index, in: store.buffer) != nil }
    for case .load(let buffer, let index, _, _) in kernel.exprs where shared(buffer) {
      result = result && offset(of: index, in: buffer) != nil
    }
    return result
  }

  /// Where an index is in the iteration's own share of a buffer; nil where it may be elsewhere.
  private func offset(of index: [ExprID], in buffer: BufferID) -> AffineForm? {
    let shape = program[buffer].shape
    var form = affine.flattened(index, strides: shape.rowMajorStrides)
    let share = form.coefficient(of: loop.axis)
    guard share > 0, share * loop.extent == shape.elementCount else { return nil }
    form.add(.axis(loop.axis), -share)
    guard let range = form.range(of: affine.axisRange), range.lowerBound >= 0, range.upperBound < share else { return nil }
    return form
  }

  /// One of `parts` parts, as a kernel of a program whose buffers `place` gives: a buffer that the part has a slice of,
  /// and `part`, which holds the part's number.
  func part(
    of parts: Int, number part: BufferID, _ place: @escaping (_ buffer: BufferID, _ isSliced: Bool) -> BufferID
  ) -> Kernel {
    let builder = KernelBuilder()
    builder.passedOn = Set(kernel.passedOn.map { place($0, true) })
    let extent = loop.extent / parts
    let number = builder.clampIndex(builder.load(part, .i64, at: []), 0, parts - 1)
    let first = builder.mulIndex(number, extent)
    func copyBody(_ counter: ExprID) {
      var copier = KernelCopier(kernel, into: builder, inside: [loop.axis: builder.addIndex(first, counter)]) {
        buffer, index in
        guard let offset = offset(of: index.source, in: buffer) else { return (place(buffer, false), index.copy) }
        let share = program[buffer].shape.elementCount / loop.extent
        let start = builder.addIndex(builder.mulIndex(counter, share), offset.constant)
        return (
          place(buffer, true),
          [
            offset.terms.reduce(start) { sum, term in
              guard case .axis(let axis) = term.atom else { return sum }
              return builder.addIndex(sum, builder.mulIndex(index.counter(axis), term.coefficient))
            }
          ]
        )
      }
      for statement in loop.body { copier.copy(statement).map(builder.emit) }
    }
    if extent == 1 {
      copyBody(builder.index(0))
    } else {
      builder.loop(extent, .parallel) { counter, _ in
        copyBody(counter)
        return []
      }
    }
    return builder.finish(name: kernel.name).compacted(keepingStoresTo: nil)!
  }
}
