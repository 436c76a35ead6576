import SJTypes

/// A store and the loops around it, outermost first.
struct PlacedStore {
  var store: Store
  var loops: [Loop]
}

/// Whether a kernel is sound whose loops are parallel, and counters alone, no data, say what it stores where.
public func storesByCountersAlone(_ kernel: Kernel, in program: Program) -> Bool {
  guard let verifier = try? KernelVerifier(kernel, in: program), (try? verifier.verify()) != nil else { return false }
  return verifier.stores.allSatisfy { placed in
    placed.store.mask == nil
      && placed.store.index.flatMap { verifier.affine.form($0).terms }.allSatisfy {
        if case .axis = $0.atom { true } else { false }
      }
  }
}

// Aliasing and races. Iterations of parallel loops (and of reductions, which
// executors spread over lanes) must store different elements.
extension KernelVerifier {
  /// A buffer that is loaded and stored is so at one index only, each element once; or one loop passes it on to others; or one
  /// element is stored at all.
  func checkAliasing() throws {
    if kernel.storesOneElement { return }
    for buffer in kernel.passedOn {
      if let problem = PassedOnRows(kernel, program.buffers, affine).problem(buffer) {
        throw fault("b\(buffer.raw) is loaded and stored, and \(problem)")
      }
    }
    for case .load(let buffer, let index, _, _) in kernel.exprs where !kernel.passedOn.contains(buffer) {
      for placed in stores where placed.store.buffer == buffer {
        let name = "b\(buffer.raw) is loaded and stored"
        if stores.filter({ $0.store.buffer == buffer }).count > 1 { throw fault("\(name), by more than one store") }
        if index != placed.store.index && index.map(affine.form) != placed.store.index.map(affine.form) {
          throw fault("\(name), at different indices")
        }
        if !isInjective(placed, from: 0, overSequential: true) { throw fault("\(name), some element perhaps twice") }
      }
    }
  }

  func checkRaces() throws {
    for (i, placed) in stores.enumerated() {
      guard let first = placed.loops.firstIndex(where: { $0.kind != .sequential }) else { continue }
      if !isInjective(placed, from: first) {
        throw fault("parallel iterations may store the same element of b\(placed.store.buffer.raw)")
      }
      for other in stores[..<i] where other.store.buffer == placed.store.buffer && other.shares(placed.loops[first]) {
        if !areDisjoint(placed, other, from: first) {
          throw fault("two stores to b\(placed.store.buffer.raw) may meet in different parallel iterations")
        }
      }
    }
  }

  /// Whether different iterations of the parallel loops from the `first` loop on
  /// store different elements. Loops further out are fixed.
  private func isInjective(_ placed: PlacedStore, from first: Int, overSequential: Bool = false) -> Bool {
    let loops = placed.loops[first...].filter { $0.extent > 1 }
    let needed = loops.filter { overSequential || $0.kind != .sequential }.map(\.axis)
    let shape = program[placed.store.buffer].shape
    let strides = shape.rowMajorStrides
    let whole = affine.flattened(placed.store.index, strides: strides)
    if isRadix(whole, loops, needed) { return true }
    // Axes whose index depends on data cannot tell iterations apart; perhaps the others do.
    var rest = AffineForm()
    for (id, stride) in zip(placed.store.index, strides) {
      let form = affine.form(id)
      if !varies(form, within: loops) { rest.add(form, times: stride) }
    }
    return isRadix(rest, loops, needed)
  }

  /// A mixed-radix number: every coefficient exceeds all that the smaller ones can add up to.
  private func isRadix(_ form: AffineForm, _ loops: [Loop], _ needed: [AxisID], offset: Int = 0) -> Bool {
    var rest = form
    var digits: [(weight: UInt, extent: Int)] = offset == 0 ? [] : [(offset.magnitude, 2)]
    for loop in loops {
      let parts = form.terms.compactMap { term in part(term.atom, of: loop.axis).map { (part: $0, term: term) } }
      for (part, term) in parts {
        digits.append((term.coefficient.magnitude, part.extent(of: loop)))
        rest.add(term.atom, -term.coefficient)
      }
      let isWhole = parts.map(\.part).makeUp(loop)
      if parts.isEmpty ? needed.contains(loop.axis) : !isWhole { return false }
    }
    if varies(rest, within: loops) { return false }
    var reach: UInt = 0
    for digit in digits.sorted(by: { $0.weight < $1.weight }) {
      let (span, overflow) = digit.weight.multipliedReportingOverflow(by: UInt(digit.extent - 1))
      if overflow || digit.weight <= reach { return false }
      reach &+= span
    }
    return true
  }

  /// What a term says of a counter, if it says nothing else.
  private func part(_ atom: AffineForm.Atom, of axis: AxisID) -> CounterPart? {
    switch atom {
    case .axis(axis): return CounterPart(divisor: 1, modulus: nil)
    case .axis: return nil
    case .node(let id): return part(kernel[id], of: axis)
    }
  }

  private func part(_ expr: Expr, of axis: AxisID) -> CounterPart? {
    switch expr {
    case .axis(axis): CounterPart(divisor: 1, modulus: nil)
    case .floorDiv(let a, let divisor): part(kernel[a], of: axis)?.divided(by: divisor)
    case .floorMod(let a, let modulus): part(kernel[a], of: axis)?.reduced(modulo: modulus)
    default: nil
    }
  }

  /// Whether a form contains values, other than axes, that change within the loops.
  private func varies(_ form: AffineForm, within loops: [Loop]) -> Bool {
    form.terms.contains { term in
      guard case .node(let id) = term.atom else { return false }
      return mentions(id, loops)
    }
  }

  private func mentions(_ root: ExprID, _ loops: [Loop]) -> Bool {
    let axes = Set(loops.map(\.axis))
    var stack = [root]
    var seen: Set<ExprID> = []
    while let id = stack.popLast() {
      if !seen.insert(id).inserted { continue }
      switch kernel[id] {
      case .axis(let axis): if axes.contains(axis) { return true }
      // Values of loops may depend on anything around them.
      case .carry, .result: return true
      default: kernel[id].forEachOperand { stack.append($0) }
      }
    }
    return false
  }

  /// Whether two stores of one parallel nest never meet in different iterations.
  private func areDisjoint(_ a: PlacedStore, _ b: PlacedStore, from first: Int) -> Bool {
    let strides = program[a.store.buffer].shape.rowMajorStrides
    let forms = [a, b].map { affine.flattened($0.store.index, strides: strides) }
    if forms[0] == forms[1] { return true }
    let extents = forms.map { $0.range(of: affine.axisRange) }
    if let x = extents[0], let y = extents[1], !x.overlaps(y) { return true }
    guard forms[0].terms == forms[1].terms else { return false }
    let loops = a.loops[first...].filter { $0.extent > 1 }
    return isRadix(forms[0], loops, [], offset: forms[1].constant - forms[0].constant)
  }
}

/// `counter div divisor mod modulus`: a digit of a counter that stands for several (`collapsingOuterLoops`).
private struct CounterPart {
  let divisor: Int
  /// Nil for the first digit.
  let modulus: Int?

  func divided(by factor: Int) -> CounterPart? {
    if let modulus, modulus % factor != 0 { return nil }
    return CounterPart(divisor: divisor * factor, modulus: modulus.map { $0 / factor })
  }

  func reduced(modulo other: Int) -> CounterPart? {
    if let modulus, modulus % other != 0 { return nil }
    return CounterPart(divisor: divisor, modulus: other)
  }

  /// How many values it has.
  func extent(of loop: Loop) -> Int {
    let all = (loop.extent + divisor - 1) / divisor
    return modulus.map { min($0, all) } ?? all
  }
}

extension [CounterPart] {
  /// Whether these are all digits of a loop's counter, each once.
  fileprivate func makeUp(_ loop: Loop) -> Bool {
    var next: Int? = 1
    for part in sorted(by: { $0.divisor < $1.divisor }) {
      if part.divisor != next { return false }
      next = part.modulus.map { part.divisor * $0 }
    }
    return next.map { $0 >= loop.extent } ?? true
  }
}

extension PlacedStore {
  fileprivate func shares(_ loop: Loop) -> Bool { loops.contains { $0.id == loop.id } }
}
