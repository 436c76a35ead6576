import SJLoopIR

/// Records a composition of primitives as a jaxpr, for primitives that are lowered as what they are made of.
final class CompositionTrace: Trace {
  private let builder: JaxprBuilder

  private init(_ name: String) {
    builder = JaxprBuilder(name: name)
    super.init(functionName: name)
  }

  override func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    let atoms = try inputs.map(atom)
    let (outputs, effects) = try primitive.rules.abstract(inputs.map(\.aval), params)
    let ids = builder.addEquation(primitive, atoms, params, outputs: outputs, effects: effects)
    return zip(outputs, ids).map { Tracer(trace: self, aval: $0, number: $1) }
  }

  private func atom(_ value: Value) throws -> Atom {
    guard let tracer = value.asTracer else { return builder.constantAtom(value) }
    guard tracer.trace === self else {
      throw SJError(
        .unsupported, "\(functionName): the function may not use values of the enclosing \(tracer.trace.label)")
    }
    return .variable(tracer.number)
  }

  /// The jaxpr of `body` on operands of these types.
  static func jaxpr(
    _ name: String, _ avals: [AbstractValue], _ body: ([Value]) throws -> [Value]
  ) throws -> ClosedJaxpr {
    let trace = CompositionTrace(name)
    return try trace.run {
      let inputs = avals.map { Tracer(trace: trace, aval: $0, number: trace.builder.addInput($0)) }
      return trace.builder.finish(outputs: try body(inputs).map(trace.atom))
    }
  }
}

extension Slot where Rule == LoweringRule {
  /// Lowers a primitive as a composition of others.
  static func composition(
    _ name: String, _ body: @escaping (_ inputs: [Value], _ params: Params) throws -> [Value]
  ) -> Slot {
    .rule { context, inputs, params, _ in
      let avals = inputs.map { AbstractValue($0.dtype, $0.shape) }
      let closed = try CompositionTrace.jaxpr(name, avals) { try body($0, params) }
      return try context.lower(closed.jaxpr, constants: [], inputs: inputs)
    }
  }
}
