import SJCore
import SJLax
import SJNumPy

// Literals are weakly typed scalars. Initialisers of literals cannot throw: one that does not fit traps,
// as `Int8` of 300 does.

extension Tensor: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) { self = literal { try Tensor(scalar: value) } }
}

extension Tensor: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = literal { try Tensor(scalar: value) } }
}

extension Tensor: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = literal { Tensor(try SJLax.Lax.scalar(value ? 1 : 0, .bool)) } }
}

private func literal(_ make: () throws -> Tensor) -> Tensor {
  do { return try make() } catch { fatalError("\(error)") }
}

extension Tensor {
  /// A weak scalar of the default float type.
  init(scalar value: Double) throws {
    self.init(try SJLax.Lax.scalar(value, SJNumPy.NumPy.defaultFloat, weakType: true))
  }

  /// A weak scalar of the default integer type.
  init(scalar value: Int) throws {
    let dtype = SJNumPy.NumPy.defaultInt
    if dtype == .int32, Int32(exactly: value) == nil { throw Tensor.tooLarge(value) }
    self.init(try SJLax.Lax.scalar(value, dtype, weakType: true))
  }

  static func tooLarge(_ value: Int) -> JAXError {
    JAXError(
      .invalidArgument,
      "\(value) does not fit in int32, the integer type while 64-bit types are off; make the tensor within withX64 { … }")
  }
}
