import SJControl
import SJCore

// Functions of one to three arguments have versions of their own beside that of any number: the
// compiler can call the result of those at once, `try grad(f)(x)`, but not that of a parameter pack.

/// A function that is traced once for each kind of arguments (structure, shapes, dtypes, static parts, configuration)
/// and then runs compiled: `jax.jit`.
///
///     let step = jit { (params: Params, x: Tensor) in try params.weight * x + params.bias }
///
/// What the closure captures is a constant of the trace. The traces live as long as the function that is returned: keep
/// that, and do not call `jit` in a loop. An argument of type `Static` is a constant too; each of its values is a trace.
/// - Parameters:
///   - donateArgnums: the positions of arguments whose tensors are deleted by the call, which writes results into their
///     memory where it can.
///   - name: what jaxprs and messages call the function.
public func jit<each A: Pytree, each R: Pytree>(
  _ function: @escaping (repeat each A) throws -> (repeat each R), donateArgnums: Set<Int> = [], name: String = "closure"
) -> (repeat each A) throws -> (repeat each R) {
  swiftFunction(SJControl.jit(engineFunction(name, function), donated: donateArgnums)) {
    try unflattenResults(repeat (each R).self, from: $0)
  }
}

public func jit<A: Pytree, R: Pytree>(
  _ function: @escaping (A) throws -> R, donateArgnums: Set<Int> = [], name: String = "closure"
) -> (A) throws -> R {
  jitted(SJControl.jit(engineFunction(name, function), donated: donateArgnums))
}

public func jit<A: Pytree, B: Pytree, R: Pytree>(
  _ function: @escaping (A, B) throws -> R, donateArgnums: Set<Int> = [], name: String = "closure"
) -> (A, B) throws -> R {
  jitted(SJControl.jit(engineFunction(name, function), donated: donateArgnums))
}

public func jit<A: Pytree, B: Pytree, C: Pytree, R: Pytree>(
  _ function: @escaping (A, B, C) throws -> R, donateArgnums: Set<Int> = [], name: String = "closure"
) -> (A, B, C) throws -> R {
  jitted(SJControl.jit(engineFunction(name, function), donated: donateArgnums))
}

/// A jitted function of one result; from tensors to a tensor it goes past trees.
private func jitted<each A: Pytree, R: Pytree>(_ function: Function) -> (repeat each A) throws -> R {
  let general: (repeat each A) throws -> R = swiftFunction(function, read(R.self))
  guard let flat = function.flatBody, R.self == Tensor.self, areTensors(repeat (each A).self) else { return general }
  return { (arguments: repeat each A) in
    var values: [Unmanaged<Value>] = []
    for argument in repeat each arguments {
      values.append(Unmanaged.passUnretained(unsafeBitCast(argument, to: Tensor.self).value))
    }
    let result = try withExtendedLifetime((repeat each arguments)) { try call(flat, values) }
    return try result.map { unsafeBitCast(Tensor($0), to: R.self) } ?? general(repeat each arguments)
  }
}

/// The only result of a flat call; nil where the general way must be taken.
private func call(_ flat: Function.FlatBody, _ arguments: [Unmanaged<Value>]) throws -> Value? {
  var result: Unmanaged<Value>?
  let isDone = try withUnsafeMutablePointer(to: &result) { place in
    try arguments.withUnsafeBufferPointer { try flat($0, UnsafeMutableBufferPointer(start: place, count: 1)) }
  }
  return isDone ? result?.takeRetainedValue() : nil
}

private func areTensors<each A>(_ types: repeat (each A).Type) -> Bool {
  var result = true
  for type in repeat each types { result = result && type == Tensor.self }
  return result
}
