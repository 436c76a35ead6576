import SJCore
import SJLax
import SJTypes

/// Axes for the leaves of a tree, given for a prefix of it; nil (None) means not mapped.
public struct AxisSpec {
  public var tree: Tree
  /// One for each leaf or None of `tree`.
  public var axes: [Int?]

  public init(tree: Tree, axes: [Int?]) {
    self.tree = tree
    self.axes = axes
  }

  /// The same axis for every leaf.
  public static func all(_ axis: Int?) -> AxisSpec { AxisSpec(tree: .leaf, axes: [axis]) }
  /// One axis for each argument.
  public static func arguments(_ axes: [Int?]) -> AxisSpec {
    AxisSpec(tree: .leaves(axes.count), axes: axes)
  }

  func flattened(over full: Tree, what: String) throws -> [Int?] {
    try tree.broadcastPrefix(axes, to: full, what: what, noneIsLeaf: true)
  }
}

/// `jax.vmap`: a function over one more axis.
public func vmap(
  _ function: Function, inAxes: AxisSpec = .all(0), outAxes: AxisSpec = .all(0), axisName: String? = nil,
  axisSize: Int? = nil
) -> Function {
  Function("vmap(\(function.name))") { arguments in
    let axes = try inAxes.flattened(over: arguments.tree, what: "vmap in_axes")
    let resolved = try zip(arguments.leaves, axes).enumerated().map { i, pair in
      try resolve(axis: pair.1, of: pair.0.aval) {
        "vmap was requested to map its argument along axis \($0), which implies that its rank should be at least \($1), but is only \(pair.0.rank) (its shape is \(pair.0.shape.tupleText)); the argument is args\(arguments.tree.leafPaths[i])"
      }
    }
    let size = try mappedSize(arguments, resolved, axisSize, name: function.name)
    var tree = Tree.none
    let results = try vmap(
      function.name, axis: BatchAxis(size: size, name: axisName), arguments.leaves, resolved,
      outputAxes: { avals in
        let axes = try outAxes.flattened(over: tree, what: "vmap out_axes")
        return try zip(avals, axes).map { aval, axis in
          try resolve(axis: axis, of: AbstractValue(aval.dtype, aval.shape + [size])) {
            "axis \($0) of vmap out_axes is out of bounds for an output of rank \($1 - 1 < 0 ? 0 : aval.rank) (with the mapped axis \(aval.rank + 1))"
          }
        }
      }
    ) { leaves in
      let result = try function.body(PyTree(leaves, arguments.tree))
      tree = result.tree
      return result.leaves
    }
    return PyTree(results, tree)
  }
}

private func resolve(axis: Int?, of aval: AbstractValue, message: (_ axis: Int, _ rank: Int) -> String) throws -> Int? {
  guard let axis else { return nil }
  guard axis >= -aval.rank, axis < aval.rank else {
    throw SJError(.invalidArgument, message(axis, axis < 0 ? -axis : axis + 1))
  }
  return axis < 0 ? axis + aval.rank : axis
}

private func mappedSize(_ arguments: PyTree, _ axes: [Int?], _ given: Int?, name: String) throws -> Int {
  var sizes: [(size: Int, leaf: Int)] = []
  for (i, (leaf, axis)) in zip(arguments.leaves, axes).enumerated() {
    if let axis { sizes.append((leaf.shape[axis], i)) }
  }
  guard let first = given ?? sizes.first?.size else {
    throw SJError(
      .invalidArgument, "vmap must have at least one non-None value in in_axes (or axis_size given); \(name) has none")
  }
  if sizes.allSatisfy({ $0.size == first }) { return first }
  let paths = arguments.tree.leafPaths
  let lines = sizes.map { entry in
    "  args\(paths[entry.leaf]) has type \(arguments.leaves[entry.leaf].aval): axis \(axes[entry.leaf]!) is \(entry.size)"
  }
  throw SJError(
    .shape,
    "vmap got inconsistent sizes for array axes to be mapped:\n" + lines.joined(separator: "\n")
      + (given.map { "\n  axis_size is \($0)" } ?? ""),
    raises: .valueError)
}
