import SJTypes

/// An operand: a variable or a literal of the jaxpr, as a number in its tables.
public struct Atom: Hashable, Sendable {
  private let raw: Int32

  public static func variable(_ id: Int) -> Atom { Atom(raw: Int32(id)) }
  public static func literal(_ index: Int) -> Atom { Atom(raw: ~Int32(index)) }

  public var isVariable: Bool { raw >= 0 }
  /// The variable's id, or nil for a literal.
  public var variable: Int? { raw >= 0 ? Int(raw) : nil }
  /// The literal's index, or nil for a variable.
  public var literal: Int? { raw < 0 ? Int(~raw) : nil }
}

/// One application of a primitive to variables and literals.
public struct Equation {
  public var primitive: Primitive
  public var params: Params
  public var inputs: [Atom]
  /// Ids of the variables that it defines.
  public var outputs: [Int]
  public var effects: Effects

  public init(
    primitive: Primitive, params: Params, inputs: [Atom], outputs: [Int], effects: Effects
  ) {
    self.primitive = primitive
    self.params = params
    self.inputs = inputs
    self.outputs = outputs
    self.effects = effects
  }
}

/// A traced function: equations in order over typed variables.
///
/// Variables are indices into `avals`; each is defined once, by being a
/// constant, an input, or an output of an equation before its first use.
public struct Jaxpr {
  public var avals: [AbstractValue] = []
  public var literals: [ConcreteArray] = []
  public var constants: [Int] = []
  public var inputs: [Int] = []
  public var equations: [Equation] = []
  public var outputs: [Atom] = []
  /// The traced function's name.
  public var name: String

  public init(name: String) { self.name = name }

  public mutating func newVariable(_ aval: AbstractValue) -> Int {
    avals.append(aval)
    return avals.count - 1
  }

  /// Makes room for so many equations, each with a variable of its own.
  mutating func reserveCapacity(_ count: Int) {
    equations.reserveCapacity(count)
    avals.reserveCapacity(count)
    literals.reserveCapacity(count / 2)
  }

  public mutating func newLiteral(_ value: ConcreteArray) -> Atom {
    literals.append(value)
    return .literal(literals.count - 1)
  }

  public func aval(_ atom: Atom) -> AbstractValue {
    if let id = atom.variable { avals[id] } else { literals[atom.literal!].aval }
  }

  public var inputAvals: [AbstractValue] { inputs.map { avals[$0] } }
  public var outputAvals: [AbstractValue] { outputs.map(aval) }
  public var effects: Effects { equations.reduce(into: []) { $0.formUnion($1.effects) } }
}

/// A jaxpr with the values of its constants. Immutable and shared: identity is
/// equality, which keeps jit caches cheap.
public final class ClosedJaxpr: Hashable {
  public let jaxpr: Jaxpr
  public let constants: [Value]
  public let effects: Effects
  /// Named axes that its equations work over.
  public let axisNames: [String]
  /// What a transformation made of this jaxpr, so that repeated tracing gives identical results.
  public let derived = DerivedJaxprs()

  public init(_ jaxpr: Jaxpr, constants: [Value]) {
    self.jaxpr = jaxpr
    self.constants = constants
    effects = jaxpr.effects
    axisNames = jaxpr.equations.flatMap(\.params.axisNames)
  }

  public var inputAvals: [AbstractValue] { jaxpr.inputAvals }
  public var outputAvals: [AbstractValue] { jaxpr.outputAvals }
  public var name: String { jaxpr.name }

  public static func == (a: ClosedJaxpr, b: ClosedJaxpr) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
