import SJCore
import SJLax
import SJNumPy

// Literals are weakly typed scalars. Initialisers of literals cannot throw: one that does not fit traps,
// as `Int8` of 300 does.

extension Tensor: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) { self = hostScalar(value) }
}

extension Tensor: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = hostScalar(value) }
}

extension Tensor: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = hostScalar(value) }
}

private func hostScalar(_ scalar: some TensorScalar) -> Tensor {
  do { return try Tensor(scalar) } catch { fatalError("\(error)") }
}
