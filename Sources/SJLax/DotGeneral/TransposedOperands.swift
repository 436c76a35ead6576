import SJCore
import SJLoopIR

extension Equation {
  /// A `dot_general` of transposed operands as one of what was transposed, with the same result to the bit: the library multiplies
  /// matrices that lie either way round, so that nothing is moved. Nil where no operand is transposed, or nothing would be gained.
  /// - Parameters:
  ///   - operands: of this equation.
  ///   - shapes: the operands'.
  ///   - definition: the equation that an operand comes from.
  public func multiplyingUntransposed(
    _ operands: [Atom], _ shapes: [Shape], definition: (Atom) -> Equation?
  ) -> (params: Params, operands: [Atom])? {
    guard primitive === Primitives.dotGeneral else { return nil }
    var p = params.unbox(DotGeneralParams.self)
    var sources = operands
    // More contracted axes than one are summed over in an order that depends on how they lie. A small product is
    // rather written out in its loop, for which columns should lie side by side.
    guard p.dimensions.lhsContracting.count == 1, p.dimensions.multiplyAdds(shapes[0], shapes[1]) > LibraryCall.smallProduct
    else {
      return nil
    }
    // A product whose rows are columns in memory cannot be cut into blocks of rows.
    if let (source, permutation) = definition(operands[0])?.transposed,
      let d = p.dimensions.onLhs(before: permutation, mayLieTransposed: false)
    {
      (sources[0], p.dimensions) = (source, d)
    }
    if let (source, permutation) = definition(operands[1])?.transposed,
      let d = p.dimensions.swapped.onLhs(before: permutation, mayLieTransposed: true)
    {
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
  fileprivate func multiplyAdds(_ lhs: Shape, _ rhs: Shape) -> Int {
    lhs.elementCount * rhsFree(rank: rhs.count).map { rhs[$0] }.elementCount
  }

  /// With lhs as it was before a permutation; nil where it would have to be moved all the same, or its free axes would come in another
  /// order.
  /// - Parameter mayLieTransposed: whether the contracted axis may come before the free ones.
  fileprivate func onLhs(before permutation: [Int], mayLieTransposed: Bool) -> DotDimensionNumbers? {
    let free = lhsFree(rank: permutation.count).map { permutation[$0] }
    var result = self
    result.lhsContracting = lhsContracting.map { permutation[$0] }
    result.lhsBatch = lhsBatch.map { permutation[$0] }
    let rows = result.lhsBatch + free + result.lhsContracting
    let columns = result.lhsBatch + result.lhsContracting + free
    func isInOrder(_ axes: [Int]) -> Bool { axes == Array(axes.indices) }
    return isInOrder(rows) || (mayLieTransposed && isInOrder(columns)) ? result : nil
  }
}
