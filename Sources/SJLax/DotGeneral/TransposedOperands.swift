import SJCore

extension Equation {
  /// A `dot_general` of transposed operands as one of what was transposed, with the same result to the bit: the library multiplies
  /// matrices that lie either way round, so that nothing is moved. Nil where no operand is transposed, or the result would change.
  /// - Parameters:
  ///   - operands: of this equation.
  ///   - definition: the equation that an operand comes from.
  public func multiplyingUntransposed(
    _ operands: [Atom], definition: (Atom) -> Equation?
  ) -> (params: Params, operands: [Atom])? {
    guard primitive === Primitives.dotGeneral else { return nil }
    var p = params.unbox(DotGeneralParams.self)
    var sources = operands
    // More contracted axes than one are summed over in an order that depends on how they lie.
    guard p.dimensions.lhsContracting.count == 1 else { return nil }
    if let (source, permutation) = definition(operands[0])?.transposed, let d = p.dimensions.onLhs(before: permutation) {
      (sources[0], p.dimensions) = (source, d)
    }
    if let (source, permutation) = definition(operands[1])?.transposed, let d = p.dimensions.swapped.onLhs(before: permutation) {
      (sources[1], p.dimensions) = (source, d.swapped)
    }
    return sources == operands ? nil : (p.boxed, sources)
  }

  /// What a `transpose` is of, and its permutation.
  private var transposed: (source: Atom, permutation: [Int])? {
    primitive === Primitives.transpose ? (inputs[0], params.unbox(TransposeParams.self).permutation) : nil
  }
}

extension DotDimensionNumbers {
  /// With lhs as it was before a permutation; nil where its free axes would come in another order.
  fileprivate func onLhs(before permutation: [Int]) -> DotDimensionNumbers? {
    let free = lhsFree(rank: permutation.count).map { permutation[$0] }
    guard free == free.sorted() else { return nil }
    var result = self
    result.lhsContracting = lhsContracting.map { permutation[$0] }
    result.lhsBatch = lhsBatch.map { permutation[$0] }
    return result
  }
}
