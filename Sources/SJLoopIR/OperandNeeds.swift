/// What each node of a kernel is needed for: the arithmetic of positions is not the program's own.
struct OperandNeeds {
  enum Need: Int { case nothing, position, value }

  private(set) var all: [Need]

  init(_ kernel: Kernel) {
    all = Array(repeating: .nothing, count: kernel.exprs.count)
    visit(kernel.body)
    // Operands come before what they are operands of.
    for i in kernel.exprs.indices.reversed() where all[i] != .nothing { spread(all[i], from: kernel.exprs[i]) }
  }

  private mutating func visit(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .store(let store):
        need([store.value], .value)
        need(store.index + [store.mask].compactMap { $0 }, .position)
      case .loop(let loop):
        need(loop.carries.flatMap { [$0.initial, $0.next] }, .value)
        visit(loop.body)
      case .whileLoop(let loop):
        need([loop.condition] + loop.carries.flatMap { [$0.initial, $0.next] }, .value)
        visit(loop.body)
      }
    }
  }

  private mutating func spread(_ need: Need, from expr: Expr) {
    if case .load(_, let index, let mask, let fill) = expr {
      self.need(index + [mask].compactMap { $0 }, .position)
      self.need([fill].compactMap { $0 }, .value)
    } else {
      expr.forEachOperand { self.need([$0], need) }
    }
  }

  private mutating func need(_ ids: [ExprID], _ need: Need) {
    for id in ids where all[id.index].rawValue < need.rawValue { all[id.index] = need }
  }
}
