import SJCore
import SJLax
import SJTransforms
import SJTypes

/// `jax.custom_jvp` on trees.
/// - Parameter rule: of (primals, tangents), both tuples like the arguments, giving (output, output tangent).
public func customJVP(_ function: Function, rule: Function) -> Function {
  Function(function.name) { arguments in
    let tree = arguments.tree
    var outputTree = Tree.none
    let custom = CustomJVP(
      name: function.name, ruleName: rule.name,
      function: { leaves in
        let result = try function.body(PyTree(leaves, tree))
        outputTree = result.tree
        return result.leaves
      },
      derivative: { primals, tangents in
        let result = try rule.body(PyTree(tuple: [PyTree(primals, tree), PyTree(tangents, tree)]))
        let parts = result.children
        guard result.tree.node == .tuple, parts.count == 2 else {
          throw SJError(
            .tree,
            "Custom JVP rule of \(function.name) must produce a pair (list or tuple of length two) representing primal and tangent outputs, but got \(result.tree)",
            raises: .typeError)
        }
        if let difference = parts[0].tree.difference(from: parts[1].tree) {
          throw SJError(
            .tree,
            "Custom JVP rule of \(function.name) must produce primal and tangent outputs with equal container (pytree) structures: \(difference)",
            raises: .typeError)
        }
        outputTree = parts[0].tree
        return (parts[0].leaves, parts[1].leaves)
      })
    let leaves = try custom(arguments.leaves)
    return PyTree(leaves, outputTree)
  }
}

/// `jax.custom_vjp` on trees.
/// - Parameters:
///   - forward: of the arguments, giving (output, residuals).
///   - backward: of (residuals, cotangent of the output), giving a tuple of cotangents, one for each argument (None for zero).
public func customVJP(_ function: Function, forward: Function, backward: Function) -> Function {
  Function(function.name) { arguments in
    let tree = arguments.tree
    let avals = arguments.avals
    var outputTree = Tree.none
    var residualTree = Tree.none
    let custom = CustomVJP(
      name: function.name, forwardName: forward.name, backwardName: backward.name,
      function: { leaves in
        let result = try function.body(PyTree(leaves, tree))
        outputTree = result.tree
        return result.leaves
      },
      forward: { leaves in
        let result = try forward.body(PyTree(leaves, tree))
        let parts = result.children
        guard result.tree.node == .tuple, parts.count == 2 else {
          throw SJError(
            .tree,
            "Custom VJP fwd rule of \(function.name) must produce a pair (list or tuple of length two) where the first element represents the primal output and the second element represents residuals, but got \(result.tree)",
            raises: .typeError)
        }
        outputTree = parts[0].tree
        residualTree = parts[1].tree
        return (parts[0].leaves, parts[1].leaves)
      },
      backward: { residuals, cotangents in
        let result = try backward.body(
          PyTree(tuple: [PyTree(residuals, residualTree), PyTree(cotangents, outputTree)]))
        return try cotangentLeaves(result, tree, avals, name: function.name)
      })
    let leaves = try custom(arguments.leaves)
    return PyTree(leaves, outputTree)
  }
}

/// The cotangents of all argument leaves; a None in place of a subtree means zeros.
private func cotangentLeaves(_ result: PyTree, _ arguments: Tree, _ avals: [AbstractValue], name: String) throws -> [Value?] {
  let isSequence = result.tree.node == .tuple || result.tree.node == .list
  let given = isSequence ? result.children : []
  guard isSequence, given.count == arguments.children.count else {
    throw SJError(
      .tree,
      "Custom VJP bwd rule of \(name) must produce a tuple of cotangents, one for each of the \(arguments.children.count) arguments, but got \(result.tree)",
      raises: .typeError)
  }
  return try zip(given, arguments.children).enumerated().flatMap { i, pair -> [Value?] in
    let (cotangent, tree) = pair
    if cotangent.tree.node == .none { return Array(repeating: nil, count: tree.leafCount) }
    if let difference = tree.difference(from: cotangent.tree) {
      throw SJError(
        .tree, "Custom VJP bwd rule of \(name): the cotangent of argument \(i) must have the argument's tree: \(difference)",
        raises: .typeError)
    }
    return cotangent.leaves
  }
}
