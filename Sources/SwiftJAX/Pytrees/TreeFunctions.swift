import SJCore

/// The structure of a pytree, without its leaves.
public struct TreeStructure: Hashable, CustomStringConvertible, @unchecked Sendable {
  let tree: Tree

  /// The number of leaves.
  public var leafCount: Int { tree.leafCount }
  /// Where each leaf is: `.layers[0].weight`.
  public var leafPaths: [String] { tree.leafPaths }
  /// As JAX prints it: `PyTreeDef({'b': *, 'w': *})`.
  public var description: String { tree.description }
}

/// The leaves of a pytree, in order.
public func treeLeaves<P: Pytree>(_ tree: P) throws -> [Tensor] { try flatten(tree).leaves.map(Tensor.init) }

public func treeStructure<P: Pytree>(_ tree: P) throws -> TreeStructure { TreeStructure(tree: try flatten(tree).tree) }

public func treeFlatten<P: Pytree>(_ tree: P) throws -> (leaves: [Tensor], structure: TreeStructure) {
  let flat = try flatten(tree)
  return (flat.leaves.map(Tensor.init), TreeStructure(tree: flat.tree))
}

/// The pytree with these leaves.
/// - Throws: `tree` where their number, or the type, does not fit the structure.
public func treeUnflatten<P: Pytree>(
  _ structure: TreeStructure, _ leaves: [Tensor], as type: P.Type = P.self
) throws -> P {
  guard leaves.count == structure.leafCount else {
    throw JAXError(.tree, "treeUnflatten: \(structure) has \(structure.leafCount) leaves, but \(leaves.count) were given")
  }
  return try unflatten(type, PyTree(leaves.map(\.value), structure.tree))
}

/// A pytree of the same structure, each leaf `function` of the leaf.
public func treeMap<P: Pytree>(_ tree: P, _ function: (Tensor) throws -> Tensor) throws -> P {
  var flat = try flatten(tree)
  for i in flat.leaves.indices { flat.leaves[i] = try function(Tensor(flat.leaves[i])).value }
  return try unflatten(P.self, flat)
}

/// A pytree of the same structure, each leaf `function` of the corresponding leaves.
///
///     params = try treeMap(params, gradients) { p, g in try p - 0.3 * g }
/// - Throws: `tree` with the place where the structures differ.
public func treeMap<P: Pytree>(_ a: P, _ b: P, _ function: (Tensor, Tensor) throws -> Tensor) throws -> P {
  var flat = try flatten(a)
  let other = try flatten(b)
  try checkSame(flat.tree, other.tree, 1)
  for i in flat.leaves.indices { flat.leaves[i] = try function(Tensor(flat.leaves[i]), Tensor(other.leaves[i])).value }
  return try unflatten(P.self, flat)
}

/// As `treeMap` of two, for any number of trees.
public func treeMap<P: Pytree>(_ trees: [P], _ function: ([Tensor]) throws -> Tensor) throws -> P {
  let flat = try trees.map { try flatten($0) }
  guard let first = flat.first else { throw JAXError(.invalidArgument, "treeMap: at least one tree is wanted") }
  for (i, tree) in flat.enumerated().dropFirst() { try checkSame(first.tree, tree.tree, i) }
  let leaves = try first.leaves.indices.map { i in try function(flat.map { Tensor($0.leaves[i]) }).value }
  return try unflatten(P.self, PyTree(leaves, first.tree))
}

private func checkSame(_ a: Tree, _ b: Tree, _ position: Int) throws {
  guard a != b else { return }
  throw JAXError(.tree, "treeMap: trees 0 and \(position) do not match: \(a.difference(from: b) ?? "their static parts differ")")
}

/// `function(… function(function(initial, leaf 0), leaf 1) …)`.
public func treeReduce<P: Pytree, Result>(
  _ tree: P, _ initial: Result, _ function: (Result, Tensor) throws -> Result
) throws -> Result {
  try flatten(tree).leaves.reduce(initial) { try function($0, Tensor($1)) }
}
