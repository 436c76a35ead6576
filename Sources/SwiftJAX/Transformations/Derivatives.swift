import SJControl
import SJCore
import SJTransforms

/// The result of a function and its derivative in a direction: `jax.jvp`.
/// - Parameter tangents: a direction for each of the primals, of the same structure, shapes and dtypes.
/// - Throws: `tree`, `shape` or `dtype` where tangents do not fit.
public func jvp<each A: Pytree, R: Pytree>(
  _ function: @escaping (repeat each A) throws -> R, _ primals: (repeat each A), _ tangents: (repeat each A)
) throws -> (output: R, tangent: R) {
  let (output, tangent, _) = try SJTransforms.jvp(
    engineFunction("closure", function), flattenTuple(repeat each primals), flattenTuple(repeat each tangents))
  return (try unflatten(R.self, output), try unflatten(R.self, tangent))
}

/// The result of a function and its pullback, from a cotangent of the result to those of the arguments: `jax.vjp`.
public func vjp<each A: Pytree, R: Pytree>(
  _ function: @escaping (repeat each A) throws -> R, _ arguments: repeat each A
) throws -> (output: R, pullback: (R) throws -> (repeat each A)) {
  let (output, pullback, _) = try SJTransforms.vjp(
    engineFunction("closure", function), flattenTuple(repeat each arguments))
  return (
    try unflatten(R.self, output), swiftFunction(pullback) { try unflattenTuple(repeat (each A).self, from: $0) }
  )
}

/// The result of a function and its derivative there as a linear function of tangents: `jax.linearize`.
public func linearize<each A: Pytree, R: Pytree>(
  _ function: @escaping (repeat each A) throws -> R, _ arguments: repeat each A
) throws -> (output: R, linear: (repeat each A) throws -> R) {
  let (output, linear, _) = try SJTransforms.linearize(
    engineFunction("closure", function), flattenTuple(repeat each arguments))
  return (try unflatten(R.self, output), swiftFunction(linear, read(R.self)))
}

/// The transpose of a linear function, from a cotangent of its result to those of its arguments: `jax.linear_transpose`.
/// - Parameter examples: arguments of the right types; their values do not matter.
public func linearTranspose<each A: Pytree, R: Pytree>(
  _ function: @escaping (repeat each A) throws -> R, _ examples: repeat each A
) throws -> (R) throws -> (repeat each A) {
  let transposed = try SJTransforms.linearTranspose(
    engineFunction("closure", function), flattenTuple(repeat each examples))
  return swiftFunction(transposed) { try unflattenTuple(repeat (each A).self, from: $0) }
}

// MARK: Jacobians

/// The Jacobian of a function for its first argument, by forward mode: each leaf has the shape of the result
/// followed by that of the argument's leaf. `jax.jacfwd`.
public func jacfwd<A: Pytree, each B: Pytree>(
  _ function: @escaping (A, repeat each B) throws -> Tensor
) -> (A, repeat each B) throws -> A {
  swiftFunction(SJTransforms.jacfwd(engineFunction("closure", function)), read(A.self))
}

public func jacfwd<A: Pytree>(_ function: @escaping (A) throws -> Tensor) -> (A) throws -> A {
  swiftFunction(SJTransforms.jacfwd(engineFunction("closure", function)), read(A.self))
}

/// As `jacfwd`, by reverse mode: for functions with fewer results than arguments. `jax.jacrev`.
public func jacrev<A: Pytree, each B: Pytree>(
  _ function: @escaping (A, repeat each B) throws -> Tensor
) -> (A, repeat each B) throws -> A {
  swiftFunction(SJTransforms.jacrev(engineFunction("closure", function)), read(A.self))
}

public func jacrev<A: Pytree>(_ function: @escaping (A) throws -> Tensor) -> (A) throws -> A {
  swiftFunction(SJTransforms.jacrev(engineFunction("closure", function)), read(A.self))
}

/// The matrix of second derivatives of a scalar function, of shape `x.shape + x.shape`. `jax.hessian`.
public func hessian<each B: Pytree>(
  _ function: @escaping (Tensor, repeat each B) throws -> Tensor
) -> (Tensor, repeat each B) throws -> Tensor {
  swiftFunction(SJTransforms.hessian(engineFunction("closure", function)), readTensor)
}

public func hessian(_ function: @escaping (Tensor) throws -> Tensor) -> (Tensor) throws -> Tensor {
  swiftFunction(SJTransforms.hessian(engineFunction("closure", function)), readTensor)
}

// MARK: Derivatives of one's own

/// What a checkpointed function keeps for the backward pass: `jax.checkpoint_policies`.
public typealias CheckpointPolicy = SJControl.CheckpointPolicy

/// A function whose values inside are computed again in the backward pass instead of kept, but for those that the policy
/// keeps: `jax.checkpoint`.
public func checkpoint<each A: Pytree, R: Pytree>(
  policy: CheckpointPolicy = .nothing, _ function: @escaping (repeat each A) throws -> R
) -> (repeat each A) throws -> R {
  swiftFunction(SJControl.checkpoint(engineFunction("closure", function), policy: policy), read(R.self))
}

public func checkpoint<A: Pytree, R: Pytree>(
  policy: CheckpointPolicy = .nothing, _ function: @escaping (A) throws -> R
) -> (A) throws -> R {
  swiftFunction(SJControl.checkpoint(engineFunction("closure", function), policy: policy), read(R.self))
}

/// The same pytree, whose values have a name that policies know: `jax.ad_checkpoint.checkpoint_name`.
public func checkpointName<P: Pytree>(_ tree: P, _ name: String) throws -> P {
  try treeMap(tree) { Tensor(try SJControl.checkpointName($0.value, name)) }
}

/// A function with its own rule for forward derivatives: `jax.custom_jvp`. Reverse mode transposes it.
/// - Parameter rule: of the arguments and their tangents, gives the result and its tangent.
public func customJVP<A: Pytree, R: Pytree>(
  _ function: @escaping (A) throws -> R, rule: @escaping (_ primal: A, _ tangent: A) throws -> (R, R)
) -> (A) throws -> R {
  customJVP(engineFunction("closure", function)) { primals, tangents in
    let (output, tangent) = try rule(unflatten(A.self, primals[0]), unflatten(A.self, tangents[0]))
    return try flattenTuple(output, tangent)
  }
}

/// As above, for a function of two arguments.
public func customJVP<A: Pytree, B: Pytree, R: Pytree>(
  _ function: @escaping (A, B) throws -> R,
  rule: @escaping (_ primals: (A, B), _ tangents: (A, B)) throws -> (R, R)
) -> (A, B) throws -> R {
  customJVP(engineFunction("closure", function)) { primals, tangents in
    let (output, tangent) = try rule(
      (unflatten(A.self, primals[0]), unflatten(B.self, primals[1])),
      (unflatten(A.self, tangents[0]), unflatten(B.self, tangents[1])))
    return try flattenTuple(output, tangent)
  }
}

private func customJVP<each A: Pytree, R: Pytree>(
  _ function: Function, _ rule: @escaping (_ primals: [PyTree], _ tangents: [PyTree]) throws -> PyTree
) -> (repeat each A) throws -> R {
  let engineRule = Function("rule") { try rule($0.children[0].children, $0.children[1].children) }
  return swiftFunction(SJControl.customJVP(function, rule: engineRule), read(R.self))
}

/// A function with its own rule for reverse derivatives: `jax.custom_vjp`.
/// - Parameters:
///   - forward: gives the result, and what `backward` needs of it.
///   - backward: of that and the cotangent of the result, gives the cotangents of the arguments.
public func customVJP<each A: Pytree, R: Pytree, Residuals: Pytree>(
  _ function: @escaping (repeat each A) throws -> R,
  forward: @escaping (repeat each A) throws -> (R, Residuals),
  backward: @escaping (_ residuals: Residuals, _ cotangent: R) throws -> (repeat each A)
) -> (repeat each A) throws -> R {
  let engineBackward = Function("backward") { arguments in
    let parts = arguments.children
    let cotangents = try backward(unflatten(Residuals.self, parts[0]), unflatten(R.self, parts[1]))
    return try flattenTuple(repeat each cotangents)
  }
  let custom = SJControl.customVJP(
    engineFunction("closure", function), forward: engineFunction("forward", forward), backward: engineBackward)
  return swiftFunction(custom, read(R.self))
}
