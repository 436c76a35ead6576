import SJLoopIR

extension Kernel {
  /// The loop whose iterations may be spread over threads.
  var splittableLoop: Loop? {
    guard body.count == 1, case .loop(let loop) = body[0], loop.kind == .parallel else { return nil }
    return loop
  }

  func forEachStore(_ visit: (Store) -> Void) { Self.forEachStore(body, visit) }

  static func forEachStore(_ statements: [Statement], _ visit: (Store) -> Void) {
    for statement in statements {
      switch statement {
      case .store(let store): visit(store)
      case .loop(let loop): forEachStore(loop.body, visit)
      case .whileLoop(let loop): forEachStore(loop.body, visit)
      }
    }
  }

  /// Whether an index is known not to be negative: counters, and what is made from them.
  func isNonNegative(_ id: ExprID) -> Bool {
    switch self[id] {
    case .axis, .floorMod: true
    case .constant(let bits): Int64(bitPattern: bits) >= 0
    case .binary(.add, let a, let b), .binary(.mul, let a, let b): isNonNegative(a) && isNonNegative(b)
    case .floorDiv(let a, _): isNonNegative(a)
    case .ternary(.clamp, let low, _, _): isNonNegative(low)
    default: false
    }
  }
}
