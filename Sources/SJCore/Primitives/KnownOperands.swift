/// What is known of the operands of an equation before it runs.
public struct KnownOperands {
  public let atoms: [Atom]
  /// For each operand the number that all its elements are, nil where there is none.
  public let numbers: [Double?]

  public init(_ atoms: [Atom], numbers: [Double?]) {
    self.atoms = atoms
    self.numbers = numbers
  }

  /// Whether all elements of an operand are this number; -0 is not 0.
  public func isNumber(_ operand: Int, _ number: Double) -> Bool { numbers[operand]?.bitPattern == number.bitPattern }

  // MARK: Rules of many operations

  /// A change of the type, or of the shape in a way that only keeps the elements in place if it keeps the shape.
  public static let sameType: IdentityRule = { _, _ in 0 }
  /// x · x is x.
  public static let idempotent: IdentityRule = { operands, _ in operands.atoms[0] == operands.atoms[1] ? 0 : nil }
  /// x · e is x.
  public static func rightNeutral(_ element: Double) -> IdentityRule {
    { operands, _ in operands.isNumber(1, element) ? 0 : nil }
  }
  /// x · e and e · x are x.
  public static func neutral(_ element: Double) -> IdentityRule {
    { operands, _ in operands.isNumber(1, element) ? 0 : operands.isNumber(0, element) ? 1 : nil }
  }
}
