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
///   - donateArgnums: the positions of arguments whose tensors are deleted by the call.
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
  swiftFunction(SJControl.jit(engineFunction(name, function), donated: donateArgnums), read(R.self))
}

public func jit<A: Pytree, B: Pytree, R: Pytree>(
  _ function: @escaping (A, B) throws -> R, donateArgnums: Set<Int> = [], name: String = "closure"
) -> (A, B) throws -> R {
  swiftFunction(SJControl.jit(engineFunction(name, function), donated: donateArgnums), read(R.self))
}

public func jit<A: Pytree, B: Pytree, C: Pytree, R: Pytree>(
  _ function: @escaping (A, B, C) throws -> R, donateArgnums: Set<Int> = [], name: String = "closure"
) -> (A, B, C) throws -> R {
  swiftFunction(SJControl.jit(engineFunction(name, function), donated: donateArgnums), read(R.self))
}
