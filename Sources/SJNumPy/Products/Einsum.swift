import SJCore
import SJLax
import SJTypes

// Einstein summation: parsed here, the order of contraction chosen greedily, each of them one dot_general
// (or a product, where nothing is contracted).

extension NumPy {
  /// Sums of products by NumPy's subscripts: `bij,bjk->bik`, with ellipses.
  /// - Parameter dtype: what products are accumulated in, and the result's; the operands' common one unless given.
  public static func einsum(_ subscripts: String, _ operands: [Value], dtype: DType? = nil) throws -> Value {
    let formula = try EinsumFormula(subscripts, operands)
    let type = try resultType(operands, "einsum")
    let result = dtype.map { PromotionType(canonical($0)) } ?? type
    let terms = try zip(operands, formula.inputs).map { operand, labels in
      try EinsumTerm(cast(operand, to: type), labels).withoutRepeats().withoutOnes(formula.sizes)
    }
    var contraction = EinsumContraction(terms: terms, output: formula.output, dtype: result.dtype)
    let total = try contraction.run(formula.sizes)
    return try cast(total, to: result)
  }
}

/// The labels of each operand and of the result. Letters are their code points; axes under an ellipsis
/// count downwards from -1, the last one.
struct EinsumFormula {
  var inputs: [[Int]] = []
  var output: [Int] = []
  /// The size of each label; operands may have 1 instead.
  private(set) var sizes: [Int: Int] = [:]

  init(_ subscripts: String, _ operands: [Value]) throws {
    let text = subscripts.filter { $0 != " " }
    let sides = text.split(separator: ">", omittingEmptySubsequences: false)
    let isExplicit = text.contains("->")
    guard sides.count == (isExplicit ? 2 : 1) else { throw EinsumFormula.malformed(subscripts) }
    let left = isExplicit ? sides[0].dropLast() : sides[0]
    let terms = left.split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == operands.count else {
      throw SJError(
        .invalidArgument,
        "einsum: the number of operands (\(operands.count)) does not match the terms of the subscripts '\(subscripts)' (\(terms.count))"
      )
    }
    for (term, operand) in zip(terms, operands) {
      inputs.append(try EinsumFormula.labels(term, rank: operand.rank, subscripts))
    }
    try readSizes(operands, subscripts)
    let dots = Array(Set(inputs.joined().filter { $0 < 0 })).sorted()
    output = try isExplicit ? EinsumFormula.outputLabels(sides[1], dots, subscripts) : dots + onceOccurring()
    guard output.allSatisfy({ sizes[$0] != nil }), Set(output).count == output.count else {
      throw SJError(.invalidArgument, "einsum: output of '\(subscripts)' has a label that is repeated or in no operand")
    }
  }

  private static func malformed(_ subscripts: String) -> SJError {
    SJError(.invalidArgument, "einsum: subscripts '\(subscripts)' are not of the form 'ij,jk->ik'")
  }

  private static func letters(_ text: Substring, _ subscripts: String) throws -> [Int] {
    try text.unicodeScalars.map {
      guard $0.properties.isAlphabetic else { throw malformed(subscripts) }
      return Int($0.value)
    }
  }

  /// The text before and after an ellipsis, if there is one.
  private static func aroundDots(_ term: Substring) -> (Substring, Substring)? {
    guard let start = term.firstIndex(of: "."), term[start...].hasPrefix("...") else { return nil }
    return (term[..<start], term[term.index(start, offsetBy: 3)...])
  }

  private static func labels(_ term: Substring, rank: Int, _ subscripts: String) throws -> [Int] {
    guard let (before, after) = aroundDots(term) else {
      let labels = try letters(term, subscripts)
      guard labels.count == rank else {
        throw SJError(.invalidArgument, "einsum: term '\(term)' of '\(subscripts)' does not go with an operand of rank \(rank)")
      }
      return labels
    }
    let (head, tail) = (try letters(before, subscripts), try letters(after, subscripts))
    let count = rank - head.count - tail.count
    guard count >= 0 else {
      throw SJError(
        .invalidArgument, "einsum: term '\(term)' of '\(subscripts)' has more labels than an operand of rank \(rank) axes")
    }
    return head + (-count..<0) + tail
  }

  private static func outputLabels(_ term: Substring, _ dots: [Int], _ subscripts: String) throws -> [Int] {
    guard let (before, after) = aroundDots(term) else { return try letters(term, subscripts) }
    return try letters(before, subscripts) + dots + letters(after, subscripts)
  }

  private func onceOccurring() -> [Int] {
    let all = inputs.joined().filter { $0 >= 0 }
    return Set(all).filter { label in all.filter { $0 == label }.count == 1 }.sorted()
  }

  private mutating func readSizes(_ operands: [Value], _ subscripts: String) throws {
    for (operand, labels) in zip(operands, inputs) {
      for (axis, label) in labels.enumerated() {
        let size = operand.shape[axis]
        let known = sizes[label] ?? 1
        guard known == 1 || size == 1 || known == size else {
          let name = label < 0 ? "..." : String(UnicodeScalar(UInt32(label))!)
          throw SJError(
            .invalidArgument,
            "einsum: size of label '\(name)' in '\(subscripts)' is \(known) in one operand but axis \(axis) of \(operand.aval) is \(size)"
          )
        }
        sizes[label] = known == 1 ? size : known
      }
    }
  }
}

/// An operand with the labels of its axes.
struct EinsumTerm {
  var value: Value
  var labels: [Int]

  init(_ value: Value, _ labels: [Int]) {
    (self.value, self.labels) = (value, labels)
  }

  /// Diagonals in place of axes with one label.
  func withoutRepeats() throws -> EinsumTerm {
    guard let label = labels.first(where: { label in labels.filter { $0 == label }.count > 1 }) else { return self }
    let axes = labels.indices.filter { labels[$0] == label }.prefix(2)
    guard value.shape[axes[0]] == value.shape[axes[1]] else {
      throw SJError(.invalidArgument, "einsum: axes \(axes[0]) and \(axes[1]) of \(value.aval) have one label but two sizes")
    }
    let rest = labels.indices.filter { !axes.contains($0) }.map { labels[$0] }
    return try EinsumTerm(NumPy.diagonal(value, axis1: axes[0], axis2: axes[1]), rest + [label]).withoutRepeats()
  }

  /// Without axes of size 1 that others broadcast.
  func withoutOnes(_ sizes: [Int: Int]) throws -> EinsumTerm {
    let ones = labels.indices.filter { value.shape[$0] == 1 && sizes[labels[$0]] != 1 }
    guard !ones.isEmpty else { return self }
    return EinsumTerm(try Lax.squeeze(value, ones), labels.indices.filter { !ones.contains($0) }.map { labels[$0] })
  }

  /// Summed over the labels that nobody else has.
  func summed(keeping kept: Set<Int>, _ dtype: DType) throws -> EinsumTerm {
    let gone = labels.indices.filter { !kept.contains(labels[$0]) }
    guard !gone.isEmpty else { return self }
    let total = try NumPy.sum(Lax.convertElementType(value, dtype), axis: gone, dtype: dtype)
    return EinsumTerm(total, labels.filter { kept.contains($0) })
  }

  func axes(of wanted: [Int]) -> [Int] { wanted.map { labels.firstIndex(of: $0)! } }
}

/// The terms that are left, contracted in pairs.
struct EinsumContraction {
  var terms: [EinsumTerm]
  let output: [Int]
  let dtype: DType

  mutating func run(_ sizes: [Int: Int]) throws -> Value {
    while terms.count > 1 {
      let (i, j) = terms.count == 2 ? (0, 1) : cheapestPair(sizes)
      let kept = Set(output).union(terms.indices.filter { $0 != i && $0 != j }.flatMap { terms[$0].labels })
      let (left, right) = (terms[i], terms[j])
      terms.remove(at: j)
      terms.remove(at: i)
      terms.append(try contract(left, right, kept))
    }
    let last = try terms[0].summed(keeping: Set(output), dtype)
    let arranged = try NumPy.transpose(last.value, last.axes(of: output.filter(last.labels.contains)))
    // Labels whose every operand has size 1 under a larger one cannot be, so that all are there.
    return try Lax.convertElementType(arranged, dtype)
  }

  /// The pair whose product is smallest in comparison with its factors, as opt_einsum's greedy path takes it.
  private func cheapestPair(_ sizes: [Int: Int]) -> (Int, Int) {
    func volume(_ labels: some Sequence<Int>) -> Double { labels.reduce(1) { $0 * Double(sizes[$1]!) } }
    var best = (0, 1)
    var least = Double.infinity
    for i in terms.indices {
      for j in terms.indices where j > i {
        let rest = Set(output).union(terms.indices.filter { $0 != i && $0 != j }.flatMap { terms[$0].labels })
        let product = Set(terms[i].labels).union(terms[j].labels).intersection(rest)
        let cost = volume(product) - volume(terms[i].labels) - volume(terms[j].labels)
        if cost < least { (least, best) = (cost, (i, j)) }
      }
    }
    return best
  }

  private func contract(_ left: EinsumTerm, _ right: EinsumTerm, _ kept: Set<Int>) throws -> EinsumTerm {
    let a = try left.summed(keeping: kept.union(right.labels), dtype)
    let b = try right.summed(keeping: kept.union(left.labels), dtype)
    let shared = a.labels.filter(b.labels.contains)
    let contracted = shared.filter { !kept.contains($0) }
    guard !contracted.isEmpty else { return try product(a, b) }
    let batch = shared.filter(kept.contains)
    // The operand whose free axes come first in the result goes first, so that less has to be transposed.
    let free = (a: a.labels.filter { !shared.contains($0) }, b: b.labels.filter { !shared.contains($0) })
    let isSwapped = output == batch + free.b + free.a && !free.a.isEmpty && !free.b.isEmpty
    let (x, y) = isSwapped ? (b, a) : (a, b)
    let value = try Lax.dotGeneral(
      Lax.convertElementType(x.value, a.value.dtype), Lax.convertElementType(y.value, a.value.dtype),
      DotDimensionNumbers(
        lhsContracting: x.axes(of: contracted), rhsContracting: y.axes(of: contracted), lhsBatch: x.axes(of: batch),
        rhsBatch: y.axes(of: batch)), preferredElementType: dtype)
    return EinsumTerm(value, batch + (isSwapped ? free.b + free.a : free.a + free.b))
  }

  /// Nothing to sum over: a product that broadcasts.
  private func product(_ a: EinsumTerm, _ b: EinsumTerm) throws -> EinsumTerm {
    let labels = a.labels + b.labels.filter { !a.labels.contains($0) }
    func aligned(_ term: EinsumTerm) throws -> Value {
      let present = labels.filter(term.labels.contains)
      let ordered = try NumPy.transpose(term.value, term.axes(of: present))
      let missing = labels.indices.filter { !term.labels.contains(labels[$0]) }
      return try Lax.expandDims(Lax.convertElementType(ordered, dtype), missing)
    }
    return EinsumTerm(try aligned(a) * aligned(b), labels)
  }
}
