import SJTypes

extension Jaxpr {
  /// Checks that variables are defined once and before use, and that every
  /// equation's types are those that its primitive gives.
  /// - Throws: `internalFault` naming the equation.
  public func check() throws {
    var defined = [Bool](repeating: false, count: avals.count)
    func define(_ id: Int, _ place: String) throws {
      guard avals.indices.contains(id), !defined[id] else { throw fault("\(place) defines variable \(id) again") }
      defined[id] = true
    }
    func checkUse(_ atom: Atom, _ place: String) throws {
      if let id = atom.variable {
        guard avals.indices.contains(id), defined[id] else { throw fault("\(place) uses undefined variable \(id)") }
      } else if !literals.indices.contains(atom.literal!) {
        throw fault("\(place) uses an unknown literal")
      }
    }
    for id in constants + inputs { try define(id, "the signature") }
    for equation in equations {
      let place = equation.primitive.name
      for atom in equation.inputs { try checkUse(atom, place) }
      let (outputs, effects) = try equation.primitive.rules.abstract(equation.inputs.map(aval), equation.params)
      let declared = equation.outputs.map { avals[$0] }
      guard outputs.count == declared.count, zip(outputs, declared).allSatisfy({ $0.matches($1) }) else {
        throw fault("\(place) is declared to give \(declared) and gives \(outputs)")
      }
      guard effects == equation.effects else { throw fault("\(place) has effects other than declared") }
      for id in equation.outputs { try define(id, place) }
      for (_, inner) in equation.params.jaxprs { try inner.jaxpr.check() }
    }
    for atom in outputs { try checkUse(atom, "the result") }
  }

  private func fault(_ text: String) -> SJError { SJError(.internalFault, "jaxpr \(name): \(text)") }
}
