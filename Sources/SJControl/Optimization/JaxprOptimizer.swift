import SJCore
import SJLax
import SJTransforms
import SJTypes

extension Jaxpr {
  /// What is compiled in place of the jaxpr: calls of functions are replaced by what these do, equal equations are one, what is known
  /// is computed, products take their operands as they lie, and what nothing needs is left out. No bit of a result changes.
  ///
  /// Checkpointed calls stay calls, so that what they compute again is merged with nothing.
  func optimized() throws -> Jaxpr {
    var optimizer = JaxprOptimizer(name: name)
    let constants = optimizer.define(constants.map { avals[$0] })
    let inputs = optimizer.define(inputs.map { avals[$0] })
    let outputs = optimizer.apply(self, constants: constants, inputs: inputs)
    let result = optimizer.finish(constants: constants, inputs: inputs, outputs: outputs).removingDeadCode().jaxpr
    if Config.current.checks { try result.check() }
    return result
  }
}

/// Writes equations anew, one after the other, each after those that it depends on.
struct JaxprOptimizer {
  private var jaxpr: Jaxpr
  private var literals: [LiteralKey: Atom] = [:]
  private var merged: [EquationKey: [Atom]] = [:]
  /// The equation that defines a variable.
  private var definitions: [Int: Equation] = [:]

  private struct LiteralKey: Hashable {
    let aval: AbstractValue
    let bits: [UInt8]
  }

  private struct EquationKey: Hashable {
    let primitive: ObjectIdentifier
    let inputs: [Atom]
    let params: Params
  }

  init(name: String) { jaxpr = Jaxpr(name: name) }

  mutating func define(_ avals: [AbstractValue]) -> [Atom] { avals.map { .variable(jaxpr.newVariable($0)) } }

  func finish(constants: [Atom], inputs: [Atom], outputs: [Atom]) -> Jaxpr {
    var result = jaxpr
    result.constants = constants.map { $0.variable! }
    result.inputs = inputs.map { $0.variable! }
    result.outputs = outputs
    return result
  }

  /// Writes the equations of a jaxpr applied to these operands.
  /// - Returns: its outputs.
  mutating func apply(_ source: Jaxpr, constants: [Atom], inputs: [Atom]) -> [Atom] {
    var atoms = [Atom?](repeating: nil, count: source.avals.count)
    for (id, atom) in zip(source.constants + source.inputs, constants + inputs) { atoms[id] = atom }
    var literals = [Atom?](repeating: nil, count: source.literals.count)
    func translated(_ atom: Atom, _ optimizer: inout JaxprOptimizer) -> Atom {
      if let id = atom.variable { return atoms[id]! }
      let index = atom.literal!
      if let known = literals[index] { return known }
      let fresh = optimizer.literal(source.literals[index])
      literals[index] = fresh
      return fresh
    }
    for equation in source.equations {
      let operands = equation.inputs.map { translated($0, &self) }
      let results = apply(equation, operands, equation.outputs.map { source.avals[$0] })
      for (id, atom) in zip(equation.outputs, results) { atoms[id] = atom }
    }
    return source.outputs.map { translated($0, &self) }
  }

  private mutating func apply(_ equation: Equation, _ operands: [Atom], _ avals: [AbstractValue]) -> [Atom] {
    if let callee = equation.callee { return apply(callee.jaxpr, constants: [], inputs: operands) }
    guard equation.effects.isEmpty, equation.primitive !== Primitives.optimizationBarrier else {
      return write(equation, operands, avals)
    }
    if let direct = equation.multiplyingUntransposed(
      operands, operands.map { jaxpr.aval($0).shape }, definition: { $0.variable.flatMap { definitions[$0] } })
    {
      var product = equation
      product.params = direct.params
      return apply(product, direct.operands, avals)
    }
    if let same = identity(equation, operands, avals) { return [same] }
    if let known = folded(equation, operands, avals) { return known }
    let key = EquationKey(primitive: ObjectIdentifier(equation.primitive), inputs: operands, params: equation.params)
    if let known = merged[key] { return known }
    let results = write(equation, operands, avals)
    merged[key] = results
    return results
  }

  private mutating func write(_ equation: Equation, _ operands: [Atom], _ avals: [AbstractValue]) -> [Atom] {
    let outputs = avals.map { jaxpr.newVariable($0) }
    let equation = Equation(
      primitive: equation.primitive, params: equation.params, inputs: operands, outputs: outputs, effects: equation.effects)
    jaxpr.equations.append(equation)
    for id in outputs { definitions[id] = equation }
    return outputs.map { .variable($0) }
  }

  // MARK: Identities

  /// The operand that an equation gives back.
  private func identity(_ equation: Equation, _ operands: [Atom], _ avals: [AbstractValue]) -> Atom? {
    guard let rule = equation.primitive.rules.identity,
      let position = rule(KnownOperands(operands, numbers: operands.map(number)), equation.params),
      jaxpr.aval(operands[position]) == avals[0]
    else { return nil }
    return operands[position]
  }

  /// The number that all elements of an operand are.
  private func number(_ atom: Atom) -> Double? {
    if let index = atom.literal { return jaxpr.literals[index].number }
    guard let equation = definitions[atom.variable!], equation.primitive === Primitives.broadcastInDim else { return nil }
    return equation.inputs[0].literal.flatMap { jaxpr.literals[$0].number }
  }

  // MARK: Constants

  private mutating func literal(_ value: ConcreteArray) -> Atom {
    guard let bytes = try? value.bytes() else { return jaxpr.newLiteral(value) }
    let bits = withExtendedLifetime(value) { [UInt8](UnsafeRawBufferPointer(start: bytes, count: value.dtype.size)) }
    let key = LiteralKey(aval: value.aval, bits: bits)
    if let known = literals[key] { return known }
    let fresh = jaxpr.newLiteral(value)
    literals[key] = fresh
    return fresh
  }

  /// The scalars that an operation on literals gives. The backend computes them, as it would when the program runs.
  private mutating func folded(_ equation: Equation, _ operands: [Atom], _ avals: [AbstractValue]) -> [Atom]? {
    // Views, calls and control flow have evaluation rules of their own, and so have calls of the host, which count as they are.
    guard !operands.isEmpty, operands.allSatisfy({ !$0.isVariable }), equation.primitive.rules.evaluate == nil,
      avals.allSatisfy({ $0.shape.isEmpty && $0.dtype.isNumeric })
    else { return nil }
    let values = operands.map { jaxpr.literals[$0.literal!] }
    let computed = try? Trace.with(nil) { try evaluate(equation.primitive, values, equation.params) }
    guard let arrays = computed?.map(\.asArray), zip(arrays, avals).allSatisfy({ $0?.aval == $1 }) else { return nil }
    return arrays.map { literal($0!) }
  }
}

extension Equation {
  /// The function that a call calls.
  fileprivate var callee: ClosedJaxpr? {
    if primitive === Primitives.jit { return params.unbox(CallParams.self).jaxpr }
    if primitive === Primitives.customJVPCall { return params.unbox(CustomJVPParams.self).staged }
    if primitive === Primitives.customVJPCall { return params.unbox(CustomVJPParams.self).staged }
    return nil
  }
}

extension ConcreteArray {
  /// A real scalar's value, where a `Double` can hold it.
  fileprivate var number: Double? {
    guard rank == 0, let pointer = try? bytes() else { return nil }
    return withExtendedLifetime(self) {
      switch dtype {
      case .float32: Double(pointer.load(as: Float.self))
      case .float64: pointer.load(as: Double.self)
      case .float16, .bfloat16: Double(HalfFloat.float(pointer.load(as: UInt16.self), dtype))
      case .int8: Double(pointer.load(as: Int8.self))
      case .int16: Double(pointer.load(as: Int16.self))
      case .int32: Double(pointer.load(as: Int32.self))
      case .int64: Double(exactly: pointer.load(as: Int64.self))
      case .uint8: Double(pointer.load(as: UInt8.self))
      case .uint16: Double(pointer.load(as: UInt16.self))
      case .uint32: Double(pointer.load(as: UInt32.self))
      case .uint64: Double(exactly: pointer.load(as: UInt64.self))
      case .bool, .complex64, .complex128, .float0, .key: nil
      }
    }
  }
}
