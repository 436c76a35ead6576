import SJCore
import SJLax
import SJTypes

/// Checks that tangents belong to primals, and turns `float0` ones into symbolic zeros.
private func checkedTangents(_ primals: PyTree, _ tangents: PyTree, what: String) throws -> [Value?] {
  guard primals.tree == tangents.tree else {
    throw SJError(
      .tree, "\(what): primals and tangents must have the same tree: \(primals.tree.difference(from: tangents.tree) ?? "")")
  }
  return try zip(primals.leaves, tangents.leaves).map { primal, tangent in
    guard primal.shape == tangent.shape else {
      throw SJError(
        .shape, "\(what): a primal has shape \(primal.shape.tupleText) and its tangent \(tangent.shape.tupleText)",
        raises: .valueError)
    }
    guard tangent.dtype == primal.dtype.tangent else {
      throw SJError(
        .dtype,
        "primal and tangent arguments to \(what) do not match; dtypes must be equal, or in case of int/bool primal dtype the tangent dtype must be float0. Got primal dtype \(primal.dtype) and so expected tangent dtype \(primal.dtype.tangent), but got tangent dtype \(tangent.dtype) instead."
      )
    }
    return tangent.dtype == .float0 ? nil : tangent
  }
}

/// `jax.jvp`: the output and its tangent (and aux) for tuples of primals and tangents.
public func jvp(
  _ function: Function, _ primals: PyTree, _ tangents: PyTree, hasAux: Bool = false
) throws -> (output: PyTree, tangent: PyTree, aux: PyTree?) {
  let checked = try checkedTangents(primals, tangents, what: "jax.jvp")
  var shape: (output: Tree, aux: Tree?, count: Int) = (.none, nil, 0)
  let (values, derivatives) = try jvp(function.name, primals.leaves, checked) { leaves in
    let (output, aux) = try splitAux(function.body(PyTree(leaves, primals.tree)), hasAux: hasAux, what: "jvp")
    shape = (output.tree, aux?.tree, output.leaves.count)
    return output.leaves + (aux?.leaves ?? [])
  }
  let output = PyTree(Array(values.prefix(shape.count)), shape.output)
  let tangent = try zip(derivatives.prefix(shape.count), output.avals).map { try instantiate($0, like: $1) }
  return (output, PyTree(tangent, shape.output), shape.aux.map { PyTree(Array(values.dropFirst(shape.count)), $0) })
}

/// `jax.linearize`: the output and a linear function from tangents to the output's tangent.
public func linearize(
  _ function: Function, _ primals: PyTree, hasAux: Bool = false
) throws -> (output: PyTree, map: Function, aux: PyTree?) {
  let all = primals.leaves.map { _ in true }
  let (output, map, aux) = try linearized(function, primals, differentiated: all, hasAux: hasAux, what: "linearize")
  let tree = output.tree
  let forward = Function("linearize(\(function.name))") { tangents in
    let checked = try checkedTangents(primals, tangents, what: "the linearized function")
    let dense = try zip(checked, map.inputAvals).map { try instantiate($0, like: $1) }
    return PyTree(try map.forward(dense), tree)
  }
  return (output, forward, aux)
}

/// `jax.linear_transpose`: from a cotangent of the output to cotangents of the (linear) arguments.
public func linearTranspose(_ function: Function, _ examples: PyTree) throws -> Function {
  var outputTree = Tree.none
  let closed = try stageClosed(function.name, examples.avals) { leaves in
    let result = try function.body(PyTree(leaves, examples.tree))
    outputTree = result.tree
    return result.leaves
  }
  let avals = examples.avals
  return Function("linear_transpose(\(function.name))") { cotangents in
    guard cotangents.tree.children.count == 1, cotangents.tree.children[0] == outputTree else {
      throw SJError(.tree, "linear_transpose: the cotangent must have the output's tree \(outputTree)")
    }
    let results = try transpose(
      closed.jaxpr, constants: closed.constants, inputs: avals.map { _ in nil }, cotangents: cotangents.leaves)
    return PyTree(try zip(results, avals).map { try instantiate($0, like: $1) }, examples.tree)
  }
}
