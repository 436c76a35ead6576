import SJCore
import SJLax
import SJTransforms
import SJTypes

// What the control-flow primitives share: rearranging inner jaxprs.

/// Stages a rearrangement of other jaxprs. They have no constants, so nothing can be closed over.
func rearranged(_ name: String, _ avals: [AbstractValue], _ body: ([Value]) throws -> [Value]) throws -> ClosedJaxpr {
  let staged = try stage(name, avals, body)
  guard staged.hoisted.isEmpty else {
    throw SJError(.internalFault, "\(name): a rearranged jaxpr has constants")
  }
  return staged.closed
}

extension Staged {
  /// The jaxpr with its constants as inputs at the place where the caller wants them, given that they follow `prefix` others.
  func withHoisted(total: [AbstractValue], offset: Int) throws -> ClosedJaxpr {
    let own = hoisted.count
    if own == total.count { return closed }
    let inputs = Array(closed.inputAvals.dropFirst(own))
    return try rearranged(closed.name, total + inputs) { values in
      try closed.evaluate(Array(values[offset..<offset + own]) + values.dropFirst(total.count))
    }
  }
}

/// Gives several bodies the same inputs: everything that any of them closed over, then their own.
func unified(_ bodies: [Staged]) throws -> (jaxprs: [ClosedJaxpr], hoisted: [Value]) {
  let hoisted = bodies.flatMap(\.hoisted)
  var offset = 0
  let jaxprs = try bodies.map { body in
    defer { offset += body.hoisted.count }
    return try body.withHoisted(total: hoisted.map(\.aval), offset: offset)
  }
  return (jaxprs, hoisted)
}

extension Array {
  /// The elements cut into pieces of given lengths.
  func split(_ lengths: Int...) -> [[Element]] {
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return Array(self[start..<start + length])
    }
  }

  /// The elements whose flag is set.
  func filter(by flags: [Bool]) -> [Element] { zip(self, flags).filter(\.1).map(\.0) }
}

/// A value of a type that may be weak where the other is strong.
func converted(_ value: Value, to aval: AbstractValue) throws -> Value {
  value.dtype == aval.dtype && value.aval.weakType == aval.weakType
    ? value : try Lax.convertElementType(value, aval.dtype, weakType: aval.weakType)
}

/// What JAX says where a carry or a branch changes type.
func typeMismatch(_ a: AbstractValue, _ b: AbstractValue) -> String {
  if a.dtype != b.dtype && a.shape != b.shape { return "so the dtypes and shapes do not match" }
  return a.dtype != b.dtype ? "so the dtypes do not match" : "so the shapes do not match"
}
