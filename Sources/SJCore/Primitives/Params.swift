import SJTypes

/// The static parameters of one application of a primitive.
///
/// A family declares a struct of `ParamValues`; `Boxed` carries it, so that
/// equations hold one pointer and rules get their own type back.
open class Params: Hashable {
  public static let none: Params = NoParams()

  init() {}

  open func isEqual(to other: Params) -> Bool { self === other }
  open func hash(into hasher: inout Hasher) {}
  /// Names and values in printing order.
  open var fields: [(name: String, value: String)] { [] }
  /// Jaxprs among the parameters, in printing order.
  open var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [] }
  /// Named axes that the operation works over (`psum`).
  open var axisNames: [String] { [] }

  public static func == (a: Params, b: Params) -> Bool { a === b || a.isEqual(to: b) }

  /// The parameters as the family's own type.
  @inline(__always) public final func unbox<P: ParamValues>(_ type: P.Type = P.self) -> P {
    unsafeDowncast(self, to: Boxed<P>.self).values
  }
}

private final class NoParams: Params {}

public protocol ParamValues: Hashable {
  var fields: [(name: String, value: String)] { get }
  var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { get }
  var axisNames: [String] { get }
}

extension ParamValues {
  public var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { [] }
  public var axisNames: [String] { jaxprs.flatMap(\.jaxpr.axisNames) }
  public var boxed: Params { Boxed(self) }
}

public final class Boxed<P: ParamValues>: Params {
  public let values: P

  public init(_ values: P) { self.values = values }

  public override func isEqual(to other: Params) -> Bool {
    guard let other = other as? Boxed<P> else { return false }
    return values == other.values
  }
  public override func hash(into hasher: inout Hasher) { values.hash(into: &hasher) }
  public override var fields: [(name: String, value: String)] { values.fields }
  public override var jaxprs: [(name: String, jaxpr: ClosedJaxpr)] { values.jaxprs }
  public override var axisNames: [String] { values.axisNames }
}
