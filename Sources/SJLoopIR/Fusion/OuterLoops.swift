extension Kernel {
  /// Iterations of the outermost loop, which alone is divided among threads, that are enough for any number of these.
  private static let enoughIterations = 256

  /// The kernel with its outermost loops made one, as long as that has few iterations and there are loops further inside.
  func collapsingOuterLoops() -> Kernel {
    guard body.count == 1, case .loop(let outer) = body[0], outer.kind == .parallel, outer.extent < Kernel.enoughIterations,
      outer.body.count == 1, case .loop(let inner) = outer.body[0], inner.kind == .parallel, inner.extent > 0,
      inner.body.hasOwnVectors
    else { return self }
    let builder = KernelBuilder()
    builder.passedOn = passedOn
    builder.loop(outer.extent * inner.extent, .parallel) { counter, _ in
      let counters = [
        outer.axis: builder.floorDiv(counter, inner.extent), inner.axis: builder.floorMod(counter, inner.extent),
      ]
      var copier = KernelCopier(self, into: builder, inside: counters)
      for statement in inner.body { copier.copy(statement).map(builder.emit) }
      return []
    }
    return builder.finish(name: name).collapsingOuterLoops()
  }
}

extension [Statement] {
  /// Elements of a row over which a loop vectorises well.
  private static let longRow = 32

  /// Whether there is a loop for the lanes of vectors, so that the loops around need not be regular.
  fileprivate var hasOwnVectors: Bool {
    contains {
      guard case .loop(let loop) = $0 else { return false }
      let isVector = loop.kind == .parallel || loop.kind == .lanes
      return isVector && loop.extent >= Self.longRow || loop.body.hasOwnVectors
    }
  }
}
