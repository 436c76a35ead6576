/// Which axes of two operands are summed over together, and which are paired as batches.
public struct DotDimensionNumbers: Hashable, Sendable {
  public var lhsContracting: [Int]
  public var rhsContracting: [Int]
  public var lhsBatch: [Int]
  public var rhsBatch: [Int]

  public init(lhsContracting: [Int], rhsContracting: [Int], lhsBatch: [Int] = [], rhsBatch: [Int] = []) {
    self.lhsContracting = lhsContracting
    self.rhsContracting = rhsContracting
    self.lhsBatch = lhsBatch
    self.rhsBatch = rhsBatch
  }

  var swapped: DotDimensionNumbers {
    DotDimensionNumbers(
      lhsContracting: rhsContracting, rhsContracting: lhsContracting, lhsBatch: rhsBatch, rhsBatch: lhsBatch)
  }

  /// The operand's axes that are neither summed over nor paired, in order.
  func lhsFree(rank: Int) -> [Int] { (0..<rank).filter { !lhsContracting.contains($0) && !lhsBatch.contains($0) } }
  func rhsFree(rank: Int) -> [Int] { swapped.lhsFree(rank: rank) }

  /// As JAX prints it: `(([1], [0]), ([], []))`.
  var text: String {
    func list(_ axes: [Int]) -> String { "[" + axes.map(String.init).joined(separator: ", ") + "]" }
    return "((\(list(lhsContracting)), \(list(rhsContracting))), (\(list(lhsBatch)), \(list(rhsBatch))))"
  }

  /// Batch axes, then the free axes of lhs, then those of rhs.
  func resultShape(_ lhs: Shape, _ rhs: Shape) -> Shape {
    lhsBatch.map { lhs[$0] } + lhsFree(rank: lhs.count).map { lhs[$0] } + rhsFree(rank: rhs.count).map { rhs[$0] }
  }

  /// - Throws: where axes do not exist, repeat, or differ in size.
  func check(_ lhs: AbstractValue, _ rhs: AbstractValue) throws {
    try checkAxes("lhs", lhs, lhsContracting, lhsBatch)
    try checkAxes("rhs", rhs, rhsContracting, rhsBatch)
    try checkPairs("batch", lhs, lhsBatch, rhs, rhsBatch)
    try checkPairs("contracting", lhs, lhsContracting, rhs, rhsContracting)
  }

  private func checkAxes(_ side: String, _ operand: AbstractValue, _ contracting: [Int], _ batch: [Int]) throws {
    for axis in contracting + batch where !operand.shape.indices.contains(axis) {
      throw SJError(
        .invalidArgument,
        """
        dot_general: \(side) dimension numbers must be nonnegative and less than the number of axes of the \(side) value, \
        got \(axis) for \(side) \(operand)
        """, raises: .typeError)
    }
    guard Set(contracting + batch).count == contracting.count + batch.count else {
      throw SJError(
        .invalidArgument,
        """
        dot_general: \(side) batch and contracting dimensions must be distinct, got \(side)_batch \(batch.tupleText) and \
        \(side)_contracting \(contracting.tupleText)
        """)
    }
  }

  private func checkPairs(
    _ kind: String, _ lhs: AbstractValue, _ lhsAxes: [Int], _ rhs: AbstractValue, _ rhsAxes: [Int]
  ) throws {
    guard lhsAxes.count == rhsAxes.count else {
      throw SJError(
        .invalidArgument,
        "dot_general: equal numbers of \(kind) dimensions are required, got lhs \(lhsAxes.tupleText) and rhs \(rhsAxes.tupleText)"
      )
    }
    for (l, r) in zip(lhsAxes, rhsAxes) where lhs.shape[l] != rhs.shape[r] {
      throw SJError(
        .shape,
        "dot_general: \(kind) dimensions differ: lhs \(lhs) axis \(l) is \(lhs.shape[l]), rhs \(rhs) axis \(r) is \(rhs.shape[r])"
      )
    }
  }
}

/// How much of an operand's precision a product keeps. This engine multiplies in full
/// precision whatever is asked for.
public enum DotPrecision: String, Hashable, Sendable {
  case `default` = "DEFAULT"
  case high = "HIGH"
  case highest = "HIGHEST"
}

struct DotGeneralParams: ParamValues {
  var dimensions: DotDimensionNumbers
  var precision: [DotPrecision] = []
  var preferredElementType: DType?

  // Only what differs from the default is printed, as in JAX.
  var fields: [(name: String, value: String)] {
    var fields = [("dimension_numbers", dimensions.text)]
    if !precision.isEmpty {
      fields.append(("precision", "(" + precision.map { "Precision.\($0.rawValue)" }.joined(separator: ", ") + ")"))
    }
    if let preferredElementType { fields.append(("preferred_element_type", preferredElementType.name)) }
    return fields
  }
}

extension Equation {
  /// Whether this is a `dot_general`, of matrices alone unless `withBatch`.
  public func isProduct(withBatch: Bool) -> Bool {
    primitive === Primitives.dotGeneral && (withBatch || params.unbox(DotGeneralParams.self).dimensions.lhsBatch.isEmpty)
  }
}
