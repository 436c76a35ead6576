import SJTypes
import Synchronization

/// An operation the engine knows by rules instead of by code.
public final class Primitive: @unchecked Sendable {
  public let name: String
  public let rules: Rules

  private static let registry = Mutex<[Primitive]>([])

  /// Defines a primitive and enters it into the registry.
  public init(_ name: String, _ rules: Rules) {
    self.name = name
    self.rules = rules
    Primitive.registry.withLock { $0.append(self) }
  }

  /// All primitives defined so far, for the primitive matrix.
  public static var registered: [Primitive] { registry.withLock { $0 } }
}

extension Primitive: Hashable {
  public static func == (a: Primitive, b: Primitive) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Applies a primitive: the current trace decides what that means; without one it runs at once.
public func bind(_ primitive: Primitive, _ inputs: [Value], _ params: Params = .none) throws -> [Value] {
  if let trace = Trace.current { return try trace.process(primitive, inputs, params) }
  return try evaluate(primitive, inputs, params)
}

/// `bind` for primitives with one result.
public func bind1(_ primitive: Primitive, _ inputs: [Value], _ params: Params = .none) throws -> Value {
  try bind(primitive, inputs, params)[0]
}
