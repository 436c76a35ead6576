import SJLoopIR

/// A position in a buffer, in elements: `constant + Σ factor · term`. Terms are
/// axes and whatever else is not a sum: loaded indices, quotients and so on.
struct LinearIndex: Hashable {
  struct Term: Hashable {
    var expr: ExprID
    var factor: Int
  }

  var constant = 0
  /// In the order of the expressions; no factor is zero.
  private(set) var terms: [Term] = []

  init(index: [ExprID], strides: [Int], in kernel: Kernel) {
    for (id, stride) in zip(index, strides) { add(id, times: stride, in: kernel) }
    recombineDivisions(in: kernel)
  }

  func factor(of axis: AxisID, in kernel: Kernel) -> Int {
    terms.first { kernel[$0.expr] == .axis(axis) }?.factor ?? 0
  }

  mutating func removeTerms(where shouldRemove: (Term) -> Bool) { terms.removeAll(where: shouldRemove) }

  /// Takes sums and products by constants apart.
  private mutating func add(_ root: ExprID, times factor: Int, in kernel: Kernel) {
    var pending = [(root, factor)]
    while let (id, factor) = pending.popLast() {
      switch kernel[id] {
      case .constant(let bits): constant &+= factor &* Int(Int64(bitPattern: bits))
      case .binary(.add, let a, let b): pending += [(a, factor), (b, factor)]
      case .binary(.sub, let a, let b): pending += [(a, factor), (b, -factor)]
      case .binary(.mul, let a, let b):
        if let scale = kernel.integer(b) {
          pending.append((a, factor &* scale))
        } else if let scale = kernel.integer(a) {
          pending.append((b, factor &* scale))
        } else {
          add(term: id, factor)
        }
      default: add(term: id, factor)
      }
    }
  }

  private mutating func add(term id: ExprID, _ factor: Int) {
    if factor == 0 { return }
    let position = terms.firstIndex { $0.expr.raw >= id.raw } ?? terms.count
    if position < terms.count, terms[position].expr == id {
      terms[position].factor &+= factor
      if terms[position].factor == 0 { terms.remove(at: position) }
    } else {
      terms.insert(Term(expr: id, factor: factor), at: position)
    }
  }

  /// `n · floor(x / n) + x mod n` is x: undoes the splitting of a flat index into
  /// coordinates where the buffer is as flat.
  private mutating func recombineDivisions(in kernel: Kernel) {
    var changed = true
    while changed {
      changed = false
      for term in terms {
        guard case .floorMod(let x, let n) = kernel[term.expr] else { continue }
        let quotient = terms.first { kernel[$0.expr] == .floorDiv(x, n) && $0.factor == term.factor * n }
        guard let quotient else { continue }
        terms.removeAll { $0 == term || $0 == quotient }
        add(x, times: term.factor, in: kernel)
        changed = true
        break
      }
    }
  }
}

extension Kernel {
  /// The value of an i64 constant.
  func integer(_ id: ExprID) -> Int? {
    guard case .constant(let bits) = self[id], type(of: id) == .i64 else { return nil }
    return Int(Int64(bitPattern: bits))
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
