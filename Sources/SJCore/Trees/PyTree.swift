import SJTypes

/// A tree with its leaves: what functions take and give.
public struct PyTree {
  public var leaves: [Value]
  public var tree: Tree

  public init(_ leaves: [Value], _ tree: Tree) {
    self.leaves = leaves
    self.tree = tree
  }

  /// One leaf.
  public init(_ leaf: Value) { self.init([leaf], .leaf) }

  /// A tuple of subtrees.
  public init(tuple parts: [PyTree]) {
    self.init(parts.flatMap(\.leaves), .tuple(parts.map(\.tree)))
  }

  /// The leaves as a flat tuple of arguments.
  public static func arguments(_ values: [Value]) -> PyTree { PyTree(values, .leaves(values.count)) }

  /// The children with their leaves.
  public var children: [PyTree] {
    var start = 0
    return tree.children.map { child in
      defer { start += child.leafCount }
      return PyTree(Array(leaves[start..<start + child.leafCount]), child)
    }
  }

  public var avals: [AbstractValue] { leaves.map(\.aval) }
}
