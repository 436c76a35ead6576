import CSJKernels
import SJLoopIR

// Short rows: inside a tile of outer iterations, a short inner loop is not run
// counter by counter but opened up, so that its tile holds all elements of
// several rows. Values of the outer space are repeated along their rows.
extension KernelCompiler {
  private static let longestRow = 256

  /// Whether everything inside a nest is a store or a row, short but not so short that running rows side by
  /// side is better.
  func isRowNest(_ nest: LoopNest) -> Bool {
    guard nest.isParallel, nest.extents.elementCount > 1, !nest.isStores else { return false }
    return nest.body.allSatisfy {
      switch $0 {
      case .store: true
      case .loop(let loop): isShortRow(loop) && LoopNest(loop).rowLength >= Loop.reduceLanes
      case .whileLoop: false
      }
    }
  }

  func isShortRow(_ loop: Loop) -> Bool {
    let nest = LoopNest(loop)
    if nest.isStores { return nest.isParallel && nest.extents.elementCount <= KernelCompiler.longestRow }
    return loop.kind == .lanes && storesElementsAlone(loop) && loop.extent <= KernelCompiler.longestRow
      && rowKernels(loop) != nil
  }

  /// A row of stores, or a reduction of every row by a C kernel.
  func row(_ loop: Loop) {
    let nest = loop.kind == .lanes ? nil : LoopNest(loop)
    let outer = scopes[currentScope].space
    let draft = newLoop()
    draft.extent = nest?.extents.elementCount ?? loop.extent
    draft.space = outer
    draft.elementSpace = newSpace(
      axes: spaces[Int(outer)].axes + (nest?.axes ?? [loop.axis]),
      extents: spaces[Int(outer)].extents + (nest?.extents ?? [loop.extent]))
    spaces[Int(draft.elementSpace)].outer = outer
    if nest == nil { draft.carries = reductionCarries(loop, draft) }
    let scope = Scope(
      block: draft.body, space: draft.elementSpace, storesMeanwhile: nest == nil && !loop.body.isEmpty)
    withScope(scope, from: firstDepth(of: loop)) {
      if let nest { translate(nest.body) } else { rowValues(loop, draft) }
    }
    appendLoop(.rows, draft, to: currentScope)
  }

  private func rowValues(_ loop: Loop, _ draft: LoopDraft) {
    translate(loop.body)
    for (i, kernel) in rowKernels(loop)!.enumerated() {
      let size = Int(draft.carries[i].size)
      draft.carries[i].carry = area(draft, size: size, space: draft.space)
      draft.carries[i].reduce = kernel.function
      draft.carries[i].value = materialised(value(of: kernel.value), size: size, in: currentScope)
    }
  }

  private func rowKernels(_ loop: Loop) -> [ReduceKernel]? {
    reduceKernels(loop)?.enumerated().reduce(into: [ReduceKernel]?([])) { result, item in
      let type = loop.carries[item.offset].type
      guard let function = sj_kernel_reduce_rows(Int32(item.element.combine.rawValue), cType(type)) else {
        result = nil
        return
      }
      var kernel = item.element
      kernel.function = unsafeBitCast(function, to: UnsafeRawPointer.self)
      result?.append(kernel)
    }
  }
}

extension LoopNest {
  fileprivate var rowLength: Int {
    if isStores { return extents.elementCount }
    if case .loop(let loop)? = body.first { return loop.extent }
    return 0
  }
}

extension Machine {
  /// Opens up the rows of the current tile of the outer space.
  func rows(_ loop: LoopPointer) {
    let (outer, inner) = (Int(loop.pointee.space), Int(loop.pointee.elementSpace))
    let length = loop.pointee.extent
    counts[inner] = counts[outer] &* length
    firsts[inner] = firsts[outer] &* length
    run(loop.pointee.body)
    if loop.pointee.carries.isEmpty { return }
    for carry in loop.pointee.carries {
      let function = unsafeBitCast(carry.reduce, to: sj_reduce_rows_fn.self)
      function(Int64(counts[outer]), Int64(length), self[carry.carry], self[carry.value])
    }
    mergeInitial(loop)
  }
}
