import SJCore
import SJLax
import SJTypes

/// Tangents of dtype `float0` as symbolic zeros.
private func symbolicZeros(_ tangents: PyTree) -> [Value?] { tangents.leaves.map { $0.dtype == .float0 ? nil : $0 } }

/// Checks that tangents belong to primals.
private func checkedTangents(_ primals: PyTree, _ tangents: PyTree) throws -> [Value?] {
  guard primals.tree == tangents.tree else {
    throw SJError(
      .tree, "jax.jvp: primals and tangents must have the same tree: \(primals.tree.difference(from: tangents.tree) ?? "")")
  }
  for (primal, tangent) in zip(primals.leaves, tangents.leaves) {
    guard primal.shape == tangent.shape else {
      throw SJError(
        .shape, "jax.jvp: a primal has shape \(primal.shape.tupleText) and its tangent \(tangent.shape.tupleText)",
        raises: .valueError)
    }
    guard tangent.dtype == primal.dtype.tangent else {
      throw SJError(
        .dtype,
        "primal and tangent arguments to jax.jvp do not match; dtypes must be equal, or in case of int/bool primal dtype the tangent dtype must be float0. Got primal dtype \(primal.dtype) and so expected tangent dtype \(primal.dtype.tangent), but got tangent dtype \(tangent.dtype) instead."
      )
    }
  }
  return symbolicZeros(tangents)
}

/// The same for the function that `linearize` gives, which raises other kinds of errors.
private func checkedTangents(_ tree: Tree, _ primals: [AbstractValue], _ tangents: PyTree) throws -> [Value?] {
  guard tree == tangents.tree else {
    throw SJError(
      .tree, "the linearized function: tangents must have the tree of the primals: \(tree.difference(from: tangents.tree) ?? "")",
      raises: .typeError)
  }
  for (primal, tangent) in zip(primals, tangents.leaves) {
    let expected = primal.with(dtype: primal.dtype.tangent)
    guard expected.matches(tangent.aval) else {
      throw SJError(
        tangent.shape == primal.shape ? .dtype : .shape,
        "linearized function called on tangent values inconsistent with the original primal values: got tangent \(tangent.aval) for primal \(primal) but expected \(expected)",
        raises: .valueError)
    }
  }
  return symbolicZeros(tangents)
}

/// `jax.jvp`: the output and its tangent (and aux) for tuples of primals and tangents.
public func jvp(
  _ function: Function, _ primals: PyTree, _ tangents: PyTree, hasAux: Bool = false
) throws -> (output: PyTree, tangent: PyTree, aux: PyTree?) {
  let checked = try checkedTangents(primals, tangents)
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
  let (tree, inputTree, avals) = (output.tree, primals.tree, primals.avals)
  let forward = Function("linearize(\(function.name))") { tangents in
    let checked = try checkedTangents(inputTree, avals, tangents)
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
