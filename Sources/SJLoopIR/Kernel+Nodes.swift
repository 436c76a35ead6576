extension Store {
  public var operands: [ExprID] { index + [value] + (mask.map { [$0] } ?? []) }
}

extension [Statement] {
  public var areStores: Bool { allSatisfy { if case .store = $0 { true } else { false } } }

  /// Everything that the statements evaluate directly.
  public var roots: [ExprID] {
    flatMap { statement -> [ExprID] in
      switch statement {
      case .store(let store): store.operands
      case .loop(let loop):
        loop.carries.flatMap { [$0.initial, $0.next] } + (loop.combine.map { $0.identity + $0.merged } ?? []) + loop.body.roots
      case .whileLoop(let loop):
        [loop.condition] + loop.carries.flatMap { [$0.initial, $0.next] } + loop.body.roots
      }
    }
  }
}

extension Kernel {
  /// The nodes below `roots`, including them.
  public func nodes(below roots: [ExprID]) -> Set<ExprID> {
    var seen: Set<ExprID> = []
    var stack = roots
    while let id = stack.popLast() {
      if seen.insert(id).inserted { self[id].forEachOperand { stack.append($0) } }
    }
    return seen
  }

  public func loads(of buffers: Set<BufferID>, below roots: [ExprID]) -> [ExprID] {
    nodes(below: roots).filter {
      if case .load(let buffer, _, _, _) = self[$0] { buffers.contains(buffer) } else { false }
    }
  }

  /// Every buffer that it refers to, once each, in order.
  public var buffers: [BufferID] {
    let loaded = loadedBuffers
    return loaded + storedBuffers.filter { !loaded.contains($0) }
  }
}
