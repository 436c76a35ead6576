import SJTypes

extension Jaxpr {
  /// Applies the equations to values through `bind`, so under whatever trace is current.
  /// - Parameter apply: another way to apply a primitive.
  public func evaluate(
    constants: [Value], inputs: [Value], apply: (Primitive, [Value], Params) throws -> [Value] = bind
  ) throws -> [Value] {
    var environment = [Value?](repeating: nil, count: avals.count)
    for (id, value) in zip(self.constants, constants) { environment[id] = value }
    for (id, value) in zip(self.inputs, inputs) { environment[id] = value }
    func read(_ atom: Atom) -> Value {
      if let id = atom.variable { environment[id]! } else { literals[atom.literal!] }
    }
    let lastUse = lastUses()
    for (position, equation) in equations.enumerated() {
      let results = try apply(equation.primitive, equation.inputs.map(read), equation.params)
      for (id, value) in zip(equation.outputs, results) { environment[id] = value }
      // Give memory back as soon as nothing reads it any more.
      for atom in equation.inputs {
        if let id = atom.variable, lastUse[id] == position { environment[id] = nil }
      }
    }
    return outputs.map(read)
  }

  /// For each variable the position of the last equation that reads it (`Int.max` for outputs).
  public func lastUses() -> [Int] {
    var last = [Int](repeating: -1, count: avals.count)
    for (position, equation) in equations.enumerated() {
      for atom in equation.inputs { if let id = atom.variable { last[id] = position } }
    }
    for atom in outputs { if let id = atom.variable { last[id] = .max } }
    return last
  }
}

extension ClosedJaxpr {
  public func evaluate(_ inputs: [Value]) throws -> [Value] {
    try jaxpr.evaluate(constants: constants, inputs: inputs)
  }
}
