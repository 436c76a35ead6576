// Plain arguments of the C functions as the engine's types.

func checkedDType(_ value: sj_dtype, _ function: StaticString, _ name: StaticString) throws -> DType {
  guard let raw = UInt8(exactly: value), let dtype = DType(rawValue: raw) else {
    throw SJError(.invalidArgument, "\(function): \(name) is \(value), which is no sj_dtype")
  }
  return dtype
}

func checkedDTypeOrNil(_ value: sj_dtype, _ function: StaticString, _ name: StaticString) throws -> DType? {
  try value == SJ_DTYPE_NONE ? nil : checkedDType(value, function, name)
}

/// SJ_AXIS_NONE, which is a macro with a cast and so does not cross.
let axisNone = Int64.min

func axisOrNil(_ axis: Int64) -> Int? { axis == axisNone ? nil : Int(axis) }

func integers(
  _ values: UnsafePointer<Int64>?, _ count: Int64, _ function: StaticString, _ name: StaticString
) throws -> [Int] {
  try elements(values, count, function, name).map { Int($0) }
}

/// nil for NULL: "all axes", "no shape given".
func integersOrNil(
  _ values: UnsafePointer<Int64>?, _ count: Int64, _ function: StaticString, _ name: StaticString
) throws -> [Int]? {
  try values == nil ? nil : integers(values, count, function, name)
}

/// Leaves with the tree of arguments: a tuple, of leaves where none is given.
func argumentTree(_ list: List, _ tree: Tree?) throws -> PyTree {
  guard let tree else { return .arguments(list.values) }
  guard tree.node == .tuple else {
    throw SJError(.tree, "the tree of arguments must be a tuple, with one child for each argument, but it is \(tree)")
  }
  return try matched(list, tree)
}

/// Leaves with the tree of a value: where none is given, one array is a leaf and several are a tuple.
func valueTree(_ list: List, _ tree: Tree?) throws -> PyTree {
  guard let tree else { return PyTree(list.values, list.values.count == 1 ? .leaf : .leaves(list.values.count)) }
  return try matched(list, tree)
}

private func matched(_ list: List, _ tree: Tree) throws -> PyTree {
  guard tree.leafCount == list.values.count else {
    throw SJError(.tree, "the tree \(tree) has \(tree.leafCount) leaves, but there are \(list.values.count) arrays")
  }
  return PyTree(list.values, tree)
}

func pytree(_ list: OpaquePointer?, _ tree: OpaquePointer?, _ function: StaticString, _ name: StaticString) throws -> PyTree {
  try valueTree(handle(list, List.self, function, name), handleOrNil(tree, Tree.self, function, name))
}

/// The tree without leaves for NULL.
func pytreeOrNil(_ list: OpaquePointer?, _ tree: OpaquePointer?, _ function: StaticString, _ name: StaticString) throws -> PyTree
{
  try list == nil ? PyTree([], .none) : pytree(list, tree, function, name)
}

func rounded(_ x: Value, _ method: Int) throws -> Value {
  guard let known = RoundingMethod(rawValue: method) else {
    throw SJError(.invalidArgument, "sj_lax_round: method \(method) is neither 0, away from zero, nor 1, to even")
  }
  return try Lax.round(x, known)
}
