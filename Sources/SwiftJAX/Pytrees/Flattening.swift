import SJCore

/// The leaves and the structure of a pytree.
func flatten<Tree: Pytree>(_ tree: Tree) throws -> PyTree {
  if Tree.self == Tensor.self { return PyTree(unsafeBitCast(tree, to: Tensor.self).value) }
  let encoder = TreeEncoder()
  try encoder.append(tree)
  return try encoder.finished()
}

/// Several pytrees as a tuple: the arguments of a call.
func flattenTuple<each Part: Pytree>(_ parts: repeat each Part) throws -> PyTree {
  let encoder = TreeEncoder()
  encoder.beginTuple()
  for part in repeat each parts { try encoder.append(part) }
  encoder.endTuple()
  return try encoder.finished()
}

func unflatten<Tree: Pytree>(_ type: Tree.Type = Tree.self, _ tree: PyTree) throws -> Tree {
  try TreeDecoder(tree).make(type, from: tree.tree)
}

/// The parts of a tuple.
func unflattenTuple<each Part: Pytree>(_ types: repeat (each Part).Type, from tree: PyTree) throws -> (repeat each Part) {
  let decoder = TreeDecoder(tree)
  var parts = tree.tree.children[...]
  func next<T: Pytree>(_ type: T.Type) throws -> T {
    guard tree.tree.node == .tuple, let part = parts.popFirst() else { throw decoder.mismatch("a tuple of more values") }
    return try decoder.make(type, from: part)
  }
  return (repeat try next((each Part).self))
}
