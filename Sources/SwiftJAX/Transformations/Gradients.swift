import SJCore
import SJTransforms

/// `argnums: .all`: the gradient for every argument, as a tuple.
public enum AllArguments { case all }
/// `argnums: .second`
public enum SecondArgument { case second }
/// `argnums: .firstTwo`: a tuple of the gradients for the first two arguments.
public enum FirstTwoArguments { case firstTwo }

private func engineGrad(_ function: Function, _ argnums: [Int]? = nil, hasAux: Bool = false) -> Function {
  SJTransforms.grad(function, GradientOptions(argnums: argnums, hasAux: hasAux))
}

private func engineValueAndGrad(_ function: Function, _ argnums: [Int]? = nil, hasAux: Bool = false) -> Function {
  SJTransforms.valueAndGrad(function, GradientOptions(argnums: argnums, hasAux: hasAux))
}

private func engineGrad(second function: Function) -> Function { SJTransforms.grad(function, GradientOptions(argnum: 1)) }

// MARK: grad

/// The gradient of a scalar function for its first argument: a pytree like that argument. `jax.grad`.
/// - Throws (when called): `shape` where the result is no scalar, `dtype` where it or a leaf is not real.
public func grad<A: Pytree, each B: Pytree>(
  _ function: @escaping (A, repeat each B) throws -> Tensor
) -> (A, repeat each B) throws -> A {
  swiftFunction(engineGrad(engineFunction("closure", function)), read(A.self))
}

public func grad<A: Pytree>(_ function: @escaping (A) throws -> Tensor) -> (A) throws -> A {
  swiftFunction(engineGrad(engineFunction("closure", function)), read(A.self))
}

public func grad<A: Pytree, B: Pytree>(_ function: @escaping (A, B) throws -> Tensor) -> (A, B) throws -> A {
  swiftFunction(engineGrad(engineFunction("closure", function)), read(A.self))
}

public func grad<A: Pytree, B: Pytree, C: Pytree>(
  _ function: @escaping (A, B, C) throws -> Tensor
) -> (A, B, C) throws -> A {
  swiftFunction(engineGrad(engineFunction("closure", function)), read(A.self))
}

/// The gradients for all arguments.
public func grad<each A: Pytree>(
  _ function: @escaping (repeat each A) throws -> Tensor, argnums: AllArguments
) -> (repeat each A) throws -> (repeat each A) {
  let all = Array(0..<count(repeat (each A).self))
  return swiftFunction(engineGrad(engineFunction("closure", function), all)) {
    try unflattenTuple(repeat (each A).self, from: $0)
  }
}

public func grad<A: Pytree, B: Pytree>(
  _ function: @escaping (A, B) throws -> Tensor, argnums: AllArguments
) -> (A, B) throws -> (A, B) {
  swiftFunction(engineGrad(engineFunction("closure", function), [0, 1])) { try readPair($0, read(A.self), read(B.self)) }
}

/// The gradient for the second argument.
public func grad<A: Pytree, B: Pytree, each C: Pytree>(
  _ function: @escaping (A, B, repeat each C) throws -> Tensor, argnums: SecondArgument
) -> (A, B, repeat each C) throws -> B {
  swiftFunction(engineGrad(second: engineFunction("closure", function)), read(B.self))
}

/// The gradients for the first two arguments.
public func grad<A: Pytree, B: Pytree, each C: Pytree>(
  _ function: @escaping (A, B, repeat each C) throws -> Tensor, argnums: FirstTwoArguments
) -> (A, B, repeat each C) throws -> (A, B) {
  swiftFunction(engineGrad(engineFunction("closure", function), [0, 1])) { try readPair($0, read(A.self), read(B.self)) }
}

/// Of a function that gives (loss, aux): the gradient of the loss, and aux.
public func grad<A: Pytree, Aux: Pytree, each B: Pytree>(
  _ function: @escaping (A, repeat each B) throws -> (Tensor, Aux)
) -> (A, repeat each B) throws -> (A, Aux) {
  swiftFunction(engineGrad(engineFunction("closure", function), hasAux: true)) {
    try readPair($0, read(A.self), read(Aux.self))
  }
}

public func grad<A: Pytree, Aux: Pytree>(
  _ function: @escaping (A) throws -> (Tensor, Aux)
) -> (A) throws -> (A, Aux) {
  swiftFunction(engineGrad(engineFunction("closure", function), hasAux: true)) {
    try readPair($0, read(A.self), read(Aux.self))
  }
}

// MARK: valueAndGrad

/// The value of a scalar function and its gradient for the first argument. `jax.value_and_grad`.
/// - Throws (when called): as `grad`.
public func valueAndGrad<A: Pytree, each B: Pytree>(
  _ function: @escaping (A, repeat each B) throws -> Tensor
) -> (A, repeat each B) throws -> (Tensor, A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function))) { try readPair($0, readTensor, read(A.self)) }
}

public func valueAndGrad<A: Pytree>(_ function: @escaping (A) throws -> Tensor) -> (A) throws -> (Tensor, A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function))) { try readPair($0, readTensor, read(A.self)) }
}

public func valueAndGrad<A: Pytree, B: Pytree>(
  _ function: @escaping (A, B) throws -> Tensor
) -> (A, B) throws -> (Tensor, A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function))) { try readPair($0, readTensor, read(A.self)) }
}

public func valueAndGrad<A: Pytree, B: Pytree, C: Pytree>(
  _ function: @escaping (A, B, C) throws -> Tensor
) -> (A, B, C) throws -> (Tensor, A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function))) { try readPair($0, readTensor, read(A.self)) }
}

/// The value and the gradients for all arguments.
public func valueAndGrad<each A: Pytree>(
  _ function: @escaping (repeat each A) throws -> Tensor, argnums: AllArguments
) -> (repeat each A) throws -> (Tensor, (repeat each A)) {
  let all = Array(0..<count(repeat (each A).self))
  return swiftFunction(engineValueAndGrad(engineFunction("closure", function), all)) {
    try readPair($0, readTensor) { try unflattenTuple(repeat (each A).self, from: $0) }
  }
}

/// Of a function that gives (loss, aux): ((loss, aux), gradient).
public func valueAndGrad<A: Pytree, Aux: Pytree, each B: Pytree>(
  _ function: @escaping (A, repeat each B) throws -> (Tensor, Aux)
) -> (A, repeat each B) throws -> ((Tensor, Aux), A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function), hasAux: true)) {
    try readPair($0, { try readPair($0, readTensor, read(Aux.self)) }, read(A.self))
  }
}

public func valueAndGrad<A: Pytree, Aux: Pytree>(
  _ function: @escaping (A) throws -> (Tensor, Aux)
) -> (A) throws -> ((Tensor, Aux), A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function), hasAux: true)) {
    try readPair($0, { try readPair($0, readTensor, read(Aux.self)) }, read(A.self))
  }
}

public func valueAndGrad<A: Pytree, B: Pytree, Aux: Pytree>(
  _ function: @escaping (A, B) throws -> (Tensor, Aux)
) -> (A, B) throws -> ((Tensor, Aux), A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function), hasAux: true)) {
    try readPair($0, { try readPair($0, readTensor, read(Aux.self)) }, read(A.self))
  }
}

public func valueAndGrad<A: Pytree, B: Pytree, C: Pytree, Aux: Pytree>(
  _ function: @escaping (A, B, C) throws -> (Tensor, Aux)
) -> (A, B, C) throws -> ((Tensor, Aux), A) {
  swiftFunction(engineValueAndGrad(engineFunction("closure", function), hasAux: true)) {
    try readPair($0, { try readPair($0, readTensor, read(Aux.self)) }, read(A.self))
  }
}

private func count<each T>(_ types: repeat (each T).Type) -> Int {
  var count = 0
  for _ in repeat each types { count += 1 }
  return count
}
