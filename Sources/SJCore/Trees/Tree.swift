import SJTypes

/// What a host attaches to a node that is not a plain container: the class of a
/// Python object, the static fields of a struct. Compared and hashed by the host.
open class NodeData: Hashable {
  /// As key paths and printed trees show it.
  public let name: String
  /// The names of the children in key paths (`.weight`), or empty: then they are numbered.
  public let childNames: [String]

  public init(name: String, childNames: [String] = []) {
    self.name = name
    self.childNames = childNames
  }

  open func isEqual(to other: NodeData) -> Bool { name == other.name && childNames == other.childNames }
  open func hash(into hasher: inout Hasher) { hasher.combine(name) }
  public static func == (a: NodeData, b: NodeData) -> Bool { a === b || a.isEqual(to: b) }
}

/// The structure of a pytree: containers over leaves, without the leaves.
public final class Tree: Handle, Hashable {
  public enum Node: Hashable {
    case leaf
    /// No leaves at all: Python's `None`.
    case none
    case tuple
    case list
    /// Children in the order of their sorted keys.
    case dict([String])
    case custom(NodeData)
  }

  public let node: Node
  public let children: [Tree]
  public let leafCount: Int
  private let hash: Int

  public init(_ node: Node, _ children: [Tree] = []) {
    self.node = node
    self.children = children
    leafCount = node == .leaf ? 1 : children.reduce(0) { $0 + $1.leafCount }
    var hasher = Hasher()
    hasher.combine(node)
    for child in children { hasher.combine(child.hash) }
    hash = hasher.finalize()
    super.init(kind: .tree)
  }

  public static let leaf = Tree(.leaf)
  public static let none = Tree(.none)
  /// The positions of the leaves of some children.
  public func leaves(of positions: Set<Int>) -> [Int] {
    var end = 0
    return children.enumerated().flatMap { position, child in
      end += child.leafCount
      return positions.contains(position) ? (end - child.leafCount)..<end : 0..<0
    }
  }

  public static func tuple(_ children: [Tree]) -> Tree { Tree(.tuple, children) }
  public static func list(_ children: [Tree]) -> Tree { Tree(.list, children) }
  /// A tuple of `count` leaves.
  public static func leaves(_ count: Int) -> Tree {
    smallTuples.indices.contains(count) ? smallTuples[count] : tuple(Array(repeating: leaf, count: count))
  }
  /// What calls of flat functions ask for all the time.
  private static let smallTuples = (0...16).map { tuple(Array(repeating: leaf, count: $0)) }
  /// A dictionary; `entries` in any order.
  public static func dict(_ entries: [(key: String, tree: Tree)]) -> Tree {
    let sorted = entries.sorted { $0.key < $1.key }
    return Tree(.dict(sorted.map(\.key)), sorted.map(\.tree))
  }

  public static func == (a: Tree, b: Tree) -> Bool {
    a === b || (a.hash == b.hash && a.node == b.node && a.children == b.children)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }

  public var isLeaf: Bool { node == .leaf }
}

// MARK: Printing and key paths

extension Tree: CustomStringConvertible {
  /// As JAX prints it: `PyTreeDef({'b': *, 'w': *})`.
  public var description: String { "PyTreeDef(\(text))" }

  var text: String {
    let inner = children.map(\.text)
    switch node {
    case .leaf: return "*"
    case .none: return "None"
    case .tuple: return inner.count == 1 ? "(\(inner[0]),)" : "(\(inner.joined(separator: ", ")))"
    case .list: return "[\(inner.joined(separator: ", "))]"
    case .dict(let keys): return "{" + zip(keys, inner).map { "'\($0)': \($1)" }.joined(separator: ", ") + "}"
    case .custom(let data): return "CustomNode(\(data.name)[\(inner.joined(separator: ", "))])"
    }
  }

  /// What a child adds to a key path: `['w']`, `[0]`, `.weight`.
  func keyText(_ child: Int) -> String {
    switch node {
    case .dict(let keys): "['\(keys[child])']"
    case .custom(let data): data.childNames.indices.contains(child) ? ".\(data.childNames[child])" : "[<flat index \(child)>]"
    default: "[\(child)]"
    }
  }

  /// The key path of each leaf, in order.
  public var leafPaths: [String] {
    if isLeaf { return [""] }
    return children.enumerated().flatMap { i, child in child.leafPaths.map { keyText(i) + $0 } }
  }

  private var kindName: String {
    switch node {
    case .leaf: "a leaf"
    case .none: "None"
    case .tuple: "a tuple of length \(children.count)"
    case .list: "a list of length \(children.count)"
    case .dict(let keys): "a dict with keys [\(keys.map { "'\($0)'" }.joined(separator: ", "))]"
    case .custom(let data): children.isEmpty ? "a \(data.name) value" : "a \(data.name) with \(children.count) children"
    }
  }

  /// The first place where two trees differ, as a sentence; nil where they are equal.
  public func difference(from other: Tree) -> String? {
    firstDifference(from: other).map { path, mine, theirs in
      "at \(path.isEmpty ? "the root" : path) one is \(mine) and the other \(theirs)"
    }
  }

  /// The first place where two trees differ, and what is there in this one and the other.
  public func firstDifference(from other: Tree, path: String = "") -> (path: String, here: String, there: String)? {
    if node != other.node || children.count != other.children.count { return (path, kindName, other.kindName) }
    for (i, (a, b)) in zip(children, other.children).enumerated() {
      if let found = a.firstDifference(from: b, path: path + keyText(i)) { return found }
    }
    return nil
  }
}

// MARK: Prefixes

extension Tree {
  /// One entry of `leaves` (those of `self`) for each leaf of `full`, of which `self` must be a prefix.
  ///
  /// `noneIsLeaf` holds where None is a value, as in `in_axes`; then `leaves` has entries for them too.
  /// - Throws: `tree` with the key path where the structures part.
  public func broadcastPrefix<T>(_ leaves: [T], to full: Tree, what: String, noneIsLeaf: Bool = false) throws -> [T] {
    var rest = leaves[...]
    var result: [T] = []
    result.reserveCapacity(full.leafCount)
    try spread(&rest, over: full, path: "", what: what, noneIsLeaf: noneIsLeaf, into: &result)
    return result
  }

  private func spread<T>(
    _ leaves: inout ArraySlice<T>, over full: Tree, path: String, what: String, noneIsLeaf: Bool, into result: inout [T]
  ) throws {
    if isLeaf || (noneIsLeaf && node == .none) {
      guard let value = leaves.popFirst() else { throw SJError(.tree, "\(what): fewer values than leaves") }
      return result.append(contentsOf: repeatElement(value, count: full.leafCount))
    }
    guard node == full.node, children.count == full.children.count else {
      throw SJError(
        .tree,
        "\(what) must be a tree prefix of the corresponding value: \(what)\(path) is \(kindName), but the value there is \(full.kindName)"
      )
    }
    for (i, (a, b)) in zip(children, full.children).enumerated() {
      try a.spread(&leaves, over: b, path: path + keyText(i), what: what, noneIsLeaf: noneIsLeaf, into: &result)
    }
  }

  /// The number of entries that `broadcastPrefix` with `noneIsLeaf` takes.
  public var leafCountWithNones: Int {
    isLeaf || node == .none ? 1 : children.reduce(0) { $0 + $1.leafCountWithNones }
  }
}
