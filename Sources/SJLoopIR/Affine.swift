/// `constant + Σ coefficient · atom`: how an index depends on axes and on values
/// that are known only at run time.
public struct AffineForm: Hashable, Sendable {
  public enum Atom: Hashable, Sendable {
    case axis(AxisID)
    /// An `i64` node that is not affine itself.
    case node(ExprID)
  }

  public struct Term: Hashable, Sendable {
    public var atom: Atom
    public var coefficient: Int
  }

  public var constant: Int
  /// In order of first appearance; coefficients are not 0.
  public var terms: [Term]

  public init(_ constant: Int = 0, _ terms: [Term] = []) {
    self.constant = constant
    self.terms = terms
  }

  public init(atom: Atom) { self.init(0, [Term(atom: atom, coefficient: 1)]) }

  public var isConstant: Bool { terms.isEmpty }

  public func coefficient(of axis: AxisID) -> Int {
    terms.first { $0.atom == .axis(axis) }?.coefficient ?? 0
  }

  public mutating func add(_ other: AffineForm, times factor: Int = 1) {
    constant &+= other.constant &* factor
    for term in other.terms { add(term.atom, term.coefficient &* factor) }
  }

  public mutating func add(_ atom: Atom, _ coefficient: Int) {
    if let i = terms.firstIndex(where: { $0.atom == atom }) {
      terms[i].coefficient &+= coefficient
      if terms[i].coefficient == 0 { terms.remove(at: i) }
    } else if coefficient != 0 {
      terms.append(Term(atom: atom, coefficient: coefficient))
    }
  }

  /// The smallest and the largest value, if the range of every atom is known and nothing overflows.
  public func range(of atomRange: (Atom) -> ClosedRange<Int>?) -> ClosedRange<Int>? {
    var low = constant
    var high = constant
    for term in terms {
      guard let range = atomRange(term.atom) else { return nil }
      let ends = [range.lowerBound, range.upperBound].map { $0.multipliedReportingOverflow(by: term.coefficient) }
      if ends.contains(where: \.overflow) { return nil }
      let values = ends.map(\.partialValue)
      let (newLow, lowOverflow) = low.addingReportingOverflow(values.min()!)
      let (newHigh, highOverflow) = high.addingReportingOverflow(values.max()!)
      if lowOverflow || highOverflow { return nil }
      low = newLow
      high = newHigh
    }
    return low...high
  }
}

/// Finds the affine forms of a kernel's index expressions.
public struct AffineAnalysis {
  let kernel: Kernel
  /// The number of values of every axis.
  let extents: [Int]

  public init(_ kernel: Kernel) {
    self.kernel = kernel
    extents = kernel.axisExtents
  }

  public func form(_ id: ExprID) -> AffineForm {
    switch kernel[id] {
    case .constant(let bits): return AffineForm(Int(truncatingIfNeeded: Int64(bitPattern: bits)))
    case .axis(let axis): return AffineForm(atom: .axis(axis))
    case .unary(.neg, let a):
      var result = AffineForm()
      result.add(form(a), times: -1)
      return result
    case .binary(.add, let a, let b):
      var result = form(a)
      result.add(form(b))
      return result
    case .binary(.sub, let a, let b):
      var result = form(a)
      result.add(form(b), times: -1)
      return result
    case .binary(.mul, let a, let b):
      let (left, right) = (form(a), form(b))
      var result = AffineForm()
      if right.isConstant {
        result.add(left, times: right.constant)
      } else if left.isConstant {
        result.add(right, times: left.constant)
      } else {
        return AffineForm(atom: .node(id))
      }
      return result
    case .floorDiv(let a, let divisor):
      return divided(form(a), by: divisor)?.quotient ?? AffineForm(atom: .node(id))
    case .floorMod(let a, let divisor):
      return divided(form(a), by: divisor)?.remainder ?? AffineForm(atom: .node(id))
    default:
      return AffineForm(atom: .node(id))
    }
  }

  /// `Σ strides[d] · index[d]`, with `k · (e div k) + (e mod k)` folded back to `e`: reshapes cancel.
  public func flattened(_ index: [ExprID], strides: [Int]) -> AffineForm {
    var result = AffineForm()
    for (id, stride) in zip(index, strides) { result.add(form(id), times: stride) }
    while let (quotient, remainder, dividend) = cancellation(in: result) {
      result.terms.removeAll { $0.atom == quotient.atom }
      result.terms.removeAll { $0.atom == remainder.atom }
      result.add(dividend, times: remainder.coefficient)
    }
    return result
  }

  /// The range of an atom, as far as axes alone tell.
  public func axisRange(_ atom: AffineForm.Atom) -> ClosedRange<Int>? {
    guard case .axis(let axis) = atom, extents[axis.index] > 0 else { return nil }
    return 0...(extents[axis.index] - 1)
  }

  /// Splits `form` into `divisor · quotient + remainder` where the remainder is known to lie in `0 ..< divisor`.
  private func divided(_ form: AffineForm, by divisor: Int) -> (quotient: AffineForm, remainder: AffineForm)? {
    var quotient = AffineForm(form.constant.floorDivided(by: divisor))
    var remainder = AffineForm(form.constant - quotient.constant * divisor)
    for term in form.terms {
      if term.coefficient % divisor == 0 {
        quotient.add(term.atom, term.coefficient / divisor)
      } else {
        remainder.add(term.atom, term.coefficient)
      }
    }
    guard let range = remainder.range(of: axisRange), range.lowerBound >= 0, range.upperBound < divisor else {
      return nil
    }
    return (quotient, remainder)
  }

  /// The dividend at the bottom of nested divisions and the product of their divisors.
  private func division(_ id: ExprID) -> (base: ExprID, divisor: Int) {
    var (base, divisor) = (id, 1)
    while case .floorDiv(let inner, let factor) = kernel[base] {
      base = inner
      divisor *= factor
    }
    return (base, divisor)
  }

  private typealias Cancellation = (quotient: AffineForm.Term, remainder: AffineForm.Term, dividend: AffineForm)

  private func cancellation(in form: AffineForm) -> Cancellation? {
    for remainder in form.terms {
      guard case .node(let id) = remainder.atom, case .floorMod(let dividend, let modulus) = kernel[id] else {
        continue
      }
      let (base, inner) = division(dividend)
      for quotient in form.terms where quotient.coefficient == remainder.coefficient &* modulus {
        guard case .node(let other) = quotient.atom, case .floorDiv = kernel[other] else { continue }
        let (otherBase, divisor) = division(other)
        if divisor == inner * modulus && same(base, otherBase) {
          return (quotient, remainder, self.form(dividend))
        }
      }
    }
    return nil
  }

  private func same(_ a: ExprID, _ b: ExprID) -> Bool { a == b || form(a) == form(b) }
}

extension Kernel {
  /// The extent of every axis, by its number.
  public var axisExtents: [Int] {
    var extents = [Int](repeating: 0, count: axisCount)
    func visit(_ statements: [Statement]) {
      for case .loop(let loop) in statements {
        extents[loop.axis.index] = loop.extent
        visit(loop.body)
      }
      for case .whileLoop(let loop) in statements { visit(loop.body) }
    }
    visit(body)
    return extents
  }
}

extension Int {
  /// Division rounding towards minus infinity, by a positive number.
  @inlinable public func floorDivided(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
