import SJControl
import SJCore
import SJLax
import SJNumPy

/// What `vmap` does with a call of host code.
public enum CallbackBatching: Sendable {
  /// It is an error.
  case unsupported
  /// One call for each element.
  case sequential
  /// One call with a leading axis, of size 1 where an operand is not mapped.
  case expandDims
  /// One call with a leading axis of full size on every operand.
  case broadcastAll

  fileprivate var batching: HostCallback.Batching {
    switch self {
    case .unsupported: .unsupported
    case .sequential: .sequential
    case .expandDims: .expandDims
    case .broadcastAll: .broadcastAll
    }
  }
}

/// Swift code that works on values, as an operation of traced functions too: `jax.pure_callback`.
///
/// It may be called any number of times, or not at all; it has no derivative.
/// - Parameter result: a pytree of tensors of the types of the results, such as `try Tensor.abstract([3])`.
/// - Throws: `callback` where results are of other types.
public func pureCallback<each A: Pytree, R: Pytree>(
  _ function: @escaping (repeat each A) throws -> R, result: R, _ operands: repeat each A,
  vmapMethod: CallbackBatching = .unsupported
) throws -> R {
  try callback(
    Primitives.pureCallback, engineFunction("callback", function), result, try flattenTuple(repeat each operands),
    vmapMethod.batching, [])
}

/// As `pureCallback` for code with effects: it is called exactly once for each call, in the order of the program
/// if `ordered`. `jax.experimental.io_callback`.
public func ioCallback<each A: Pytree, R: Pytree>(
  _ function: @escaping (repeat each A) throws -> R, result: R, _ operands: repeat each A, ordered: Bool = false
) throws -> R {
  try callback(
    Primitives.ioCallback, engineFunction("callback", function), result, try flattenTuple(repeat each operands),
    .sequential, ordered ? [.io, .ordered] : .io)
}

private func callback<R: Pytree>(
  _ primitive: Primitive, _ function: Function, _ result: R, _ operands: PyTree, _ batching: HostCallback.Batching,
  _ effects: Effects
) throws -> R {
  let expected = try flatten(result)
  let host = HostCallback(name: function.name, batching: batching, effects: effects) { inputs in
    let given = try function.body(PyTree(inputs, operands.tree))
    guard given.tree == expected.tree else {
      throw JAXError(.tree, "callback: \(expected.tree.difference(from: given.tree) ?? "the static parts of results differ")")
    }
    return given.leaves
  }
  let leaves = try hostCall(primitive, host, expected.avals.map(\.strong), operands.leaves)
  return try unflatten(R.self, PyTree(leaves, expected.tree))
}

/// Looking into traced functions: `jax.debug`.
public enum Debug {
  /// Prints whenever the function runs, with each `{}` replaced by a value: `try Debug.print("loss {}", loss)`.
  public static func print(_ format: String, _ values: Tensor..., ordered: Bool = false) throws {
    try callback(values, ordered: ordered) { Swift.print(filled(format, $0)) }
  }

  /// Calls Swift code with values whenever the function runs.
  public static func callback(_ values: [Tensor], ordered: Bool = false, _ body: @escaping ([Tensor]) throws -> Void) throws {
    let host = HostCallback(name: "debug", batching: .sequential, effects: ordered ? [.io, .ordered] : .io) { inputs in
      try body(inputs.map { Tensor($0) })
      return []
    }
    _ = try hostCall(Primitives.debugCallback, host, [], values.map(\.value))
  }

  private static func filled(_ format: String, _ values: [Tensor]) -> String {
    var values = values[...]
    var text = ""
    var rest = Substring(format)
    while let open = rest.firstIndex(of: "{") {
      let next = rest.index(after: open)
      text += rest[..<open]
      if next < rest.endIndex, rest[next] == "}", let value = values.popFirst() {
        text += value.description
        rest = rest[rest.index(after: next)...]
      } else {
        text += "{"
        rest = rest[next...]
      }
    }
    return text + rest
  }
}
