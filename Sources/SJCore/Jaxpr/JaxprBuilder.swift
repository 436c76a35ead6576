import SJTypes

/// Collects equations while a function is traced.
public final class JaxprBuilder {
  public private(set) var jaxpr: Jaxpr
  public private(set) var constants: [Value] = []
  private var constantIDs: [ObjectIdentifier: Int] = [:]

  public init(name: String) {
    jaxpr = Jaxpr(name: name)
    jaxpr.reserveCapacity(16)
  }

  public func addInput(_ aval: AbstractValue) -> Int {
    let id = jaxpr.newVariable(aval)
    jaxpr.inputs.append(id)
    return id
  }

  /// The operand for a value from outside: a literal if it is a scalar array, else a constant variable.
  public func constantAtom(_ value: Value) -> Atom {
    if let known = constantIDs[ObjectIdentifier(value)] { return .variable(known) }
    if let array = value.asArray, array.rank == 0, array.dtype.isNumeric { return jaxpr.newLiteral(array) }
    let id = jaxpr.newVariable(value.aval)
    jaxpr.constants.append(id)
    constants.append(value)
    constantIDs[ObjectIdentifier(value)] = id
    return .variable(id)
  }

  /// Appends an equation and returns the ids of its outputs.
  public func addEquation(
    _ primitive: Primitive, _ inputs: [Atom], _ params: Params, outputs: [AbstractValue], effects: Effects
  ) -> [Int] {
    let ids = outputs.map { jaxpr.newVariable($0) }
    jaxpr.equations.append(
      Equation(primitive: primitive, params: params, inputs: inputs, outputs: ids, effects: effects))
    return ids
  }

  public func finish(outputs: [Atom]) -> ClosedJaxpr {
    var result = jaxpr
    result.outputs = outputs
    return ClosedJaxpr(result, constants: constants)
  }
}
