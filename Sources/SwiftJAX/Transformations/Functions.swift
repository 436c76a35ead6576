import SJCore

/// A Swift function of pytrees as the engine takes it. What it throws passes through unchanged.
func engineFunction<each A: Pytree, each R: Pytree>(
  _ name: String = "closure", _ function: @escaping (repeat each A) throws -> (repeat each R)
) -> Function {
  Function(name) { arguments in
    let parts = try unflattenTuple(repeat (each A).self, from: arguments)
    let results = try function(repeat each parts)
    return try flattenResults(repeat each results)
  }
}

/// One result as it is, several as a tuple.
func flattenResults<each R: Pytree>(_ results: repeat each R) throws -> PyTree {
  if packCount(repeat (each R).self) != 1 { return try flattenTuple(repeat each results) }
  let encoder = TreeEncoder()
  for result in repeat each results { try encoder.append(result) }
  return try encoder.finished()
}

func unflattenResults<each R: Pytree>(_ types: repeat (each R).Type, from tree: PyTree) throws -> (repeat each R) {
  let isOne = packCount(repeat (each R).self) == 1
  return try unflattenTuple(repeat (each R).self, from: isOne ? PyTree(tuple: [tree]) : tree)
}

private func packCount<each T>(_ types: repeat (each T).Type) -> Int {
  var count = 0
  for _ in repeat each types { count += 1 }
  return count
}

/// An engine's function as a Swift one.
func swiftFunction<each A: Pytree, Result>(
  _ function: Function, _ read: @escaping (PyTree) throws -> Result
) -> (repeat each A) throws -> Result {
  { (arguments: repeat each A) in try read(function.body(flattenTuple(repeat each arguments))) }
}

/// The two parts of an engine's pair.
func readPair<A, B>(
  _ tree: PyTree, _ first: (PyTree) throws -> A, _ second: (PyTree) throws -> B
) throws -> (A, B) {
  let parts = tree.children
  return (try first(parts[0]), try second(parts[1]))
}

/// Reads a pytree of a type.
func read<T: Pytree>(_ type: T.Type) -> (PyTree) throws -> T { { try unflatten(type, $0) } }

func readTensor(_ tree: PyTree) throws -> Tensor { try unflatten(Tensor.self, tree) }
