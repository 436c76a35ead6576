import SJCore

extension Jaxpr {
  /// The jaxpr without the equations that no used output and no effect needs.
  /// - Parameters:
  ///   - usedOutputs: outputs to keep; the others are dropped.
  ///   - keepInputs: whether unused inputs stay.
  /// - Returns: the jaxpr and which inputs it keeps.
  public func removingDeadCode(usedOutputs: [Bool]? = nil, keepInputs: Bool = true) -> (jaxpr: Jaxpr, usedInputs: [Bool]) {
    var result = self
    if let usedOutputs { result.outputs = zip(outputs, usedOutputs).filter(\.1).map(\.0) }
    var live = [Bool](repeating: false, count: avals.count)
    for id in result.outputs.compactMap(\.variable) { live[id] = true }

    var kept: [Equation] = []
    for equation in equations.reversed() {
      let used = equation.outputs.map { live[$0] }
      guard used.contains(true) || equation.effects.preventRemoval else { continue }
      var equation = equation
      if used.contains(false), let rule = equation.primitive.rules.deadCode, let smaller = rule(used, equation) {
        equation.params = smaller.params
        equation.inputs = zip(equation.inputs, smaller.usedInputs).filter(\.1).map(\.0)
        equation.outputs = zip(equation.outputs, used).filter(\.1).map(\.0)
      }
      for id in equation.inputs.compactMap(\.variable) { live[id] = true }
      kept.append(equation)
    }
    result.equations = kept.reversed()
    let usedInputs = inputs.map { live[$0] || keepInputs }
    result.inputs = zip(inputs, usedInputs).filter(\.1).map(\.0)
    return (result, usedInputs)
  }
}
