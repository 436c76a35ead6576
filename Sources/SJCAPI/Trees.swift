/// What a host attached to a custom node.
final class HostNodeData: NodeData {
  private let context: HostContext
  private let hash: sj_aux_hash?
  private let equal: sj_aux_equal?

  init(name: String, childNames: [String], context: HostContext, hash: sj_aux_hash?, equal: sj_aux_equal?) {
    self.context = context
    self.hash = hash
    self.equal = equal
    super.init(name: name, childNames: childNames)
  }

  var data: UnsafeMutableRawPointer? { context.pointer }

  override func isEqual(to other: NodeData) -> Bool {
    guard let other = other as? HostNodeData, super.isEqual(to: other) else { return false }
    if data == other.data { return true }
    guard let equal, other.equal != nil else { return false }
    return equal(data, other.data) != 0
  }

  override func hash(into hasher: inout Hasher) {
    super.hash(into: &hasher)
    if let hash { hasher.combine(hash(data)) } else if equal == nil { hasher.combine(data) }
  }
}

func nodeKind(_ tree: Tree) -> Int {
  switch tree.node {
  case .leaf: SJ_NODE_LEAF
  case .none: SJ_NODE_NONE
  case .tuple: SJ_NODE_TUPLE
  case .list: SJ_NODE_LIST
  case .dict: SJ_NODE_DICT
  case .custom: SJ_NODE_CUSTOM
  }
}

func child(_ tree: Tree, _ index: Int) throws -> Tree {
  guard tree.children.indices.contains(index) else {
    throw SJError(.invalidArgument, "sj_tree_child: index \(index) is out of range for \(tree.children.count) children")
  }
  return tree.children[index]
}

func childKey(_ tree: Tree, _ index: Int) throws -> String {
  let keys: [String] =
    switch tree.node {
    case .dict(let keys): keys
    case .custom(let data): data.childNames
    default: []
    }
  guard keys.indices.contains(index) else {
    throw SJError(.invalidArgument, "sj_tree_key: child \(index) of \(tree) has no key")
  }
  return keys[index]
}

func customNode(_ tree: Tree) throws -> NodeData {
  guard case .custom(let data) = tree.node else {
    throw SJError(.invalidArgument, "sj_tree_name: \(tree) is no custom node")
  }
  return data
}

func leafPath(_ tree: Tree, _ index: Int) throws -> String {
  guard index >= 0, index < tree.leafCount else {
    throw SJError(.invalidArgument, "sj_tree_leaf_path: index \(index) is out of range for \(tree.leafCount) leaves")
  }
  return tree.leafPaths[index]
}

@_cdecl("sj_tree_dict") @implementation
public func sj_tree_dict(
  _ keys: UnsafePointer<sj_string_view>?, _ children: UnsafePointer<OpaquePointer?>?, _ count: Int64,
  _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  let function: StaticString = "sj_tree_dict"
  out?.pointee = nil
  return guarded {
    let out = try required(out, function, "out")
    let names = try elements(keys, count, function, "keys").map { try text($0, function, "keys") }
    let trees = try handles(children, count, Tree.self, function, "children")
    guard Set(names).count == names.count else {
      throw SJError(.invalidArgument, "sj_tree_dict: a key occurs twice in \(names)")
    }
    out.pointee = give(Tree.dict(zip(names, trees).map { ($0, $1) }))
  }
}

@_cdecl("sj_tree_custom") @implementation
public func sj_tree_custom(
  _ name: sj_string_view, _ aux: UnsafePointer<sj_aux>?, _ child_names: UnsafePointer<sj_string_view>?,
  _ children: UnsafePointer<OpaquePointer?>?, _ count: Int64, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  let function: StaticString = "sj_tree_custom"
  out?.pointee = nil
  let context = HostContext(aux?.pointee.data, aux?.pointee.destroy)
  return guarded {
    let out = try required(out, function, "out")
    let names =
      try child_names == nil
      ? [] : elements(child_names, count, function, "child_names").map { try text($0, function, "child_names") }
    let data = HostNodeData(
      name: try text(name, function, "name"), childNames: names, context: context, hash: aux?.pointee.hash,
      equal: aux?.pointee.equal)
    out.pointee = give(Tree(.custom(data), try handles(children, count, Tree.self, function, "children")))
  }
}

@_cdecl("sj_tree_aux") @implementation
public func sj_tree_aux(
  _ tree: OpaquePointer?, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> OpaquePointer? {
  out?.pointee = nil
  return guarded {
    let out = try required(out, "sj_tree_aux", "out")
    if case .custom(let data) = try handle(tree, Tree.self, "sj_tree_aux", "tree").node {
      out.pointee = (data as? HostNodeData)?.data
    }
  }
}

@_cdecl("sj_tree_map") @implementation
public func sj_tree_map(
  _ fn: OpaquePointer?, _ lists: UnsafePointer<OpaquePointer?>?, _ lists_count: Int64,
  _ trees: UnsafePointer<OpaquePointer?>?, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  let function: StaticString = "sj_tree_map"
  out?.pointee = nil
  return guarded {
    let out = try required(out, function, "out")
    let map = try handle(fn, Function.self, function, "fn")
    let lists = try handles(lists, lists_count, List.self, function, "lists")
    let trees = try trees == nil ? nil : handles(trees, lists_count, Tree.self, function, "trees")
    try checkSameTree(lists, trees)
    let results = try (lists.first?.values ?? []).indices.map { i in
      let result = try map.body(.arguments(lists.map { $0.values[i] }))
      guard result.tree.isLeaf else {
        throw SJError(.tree, "sj_tree_map: \(map.name) must return one array for each leaf, but returned \(result.tree)")
      }
      return result.leaves[0]
    }
    out.pointee = give(List(results))
  }
}

private func checkSameTree(_ lists: [List], _ trees: [Tree]?) throws {
  guard let first = lists.first else { return }
  for (i, list) in lists.enumerated() {
    if let trees, let difference = trees[0].difference(from: trees[i]) {
      throw SJError(.tree, "tree_map: trees 0 and \(i) do not match: \(difference)")
    }
    guard list.values.count == first.values.count, trees == nil || trees![i].leafCount == list.values.count else {
      throw SJError(.tree, "tree_map: list \(i) has \(list.values.count) arrays, which is not the number of leaves")
    }
  }
}
