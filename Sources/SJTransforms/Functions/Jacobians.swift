import SJCore
import SJLax
import SJTypes

/// `jax.jacfwd`: the Jacobian, column by column: leaves of shape output + input, in a tree
/// of the output whose leaves are trees of the input.
public func jacfwd(_ function: Function, _ options: GradientOptions = GradientOptions()) -> Function {
  Function("jacfwd(\(function.name))") { arguments in
    let selection = try Selection(arguments, options, what: "jacfwd")
    var shape: (output: Tree, avals: [AbstractValue]) = (.none, [])
    var auxResult: PyTree?
    let basis = try standardBasis(selection.chosen.avals)
    let size = basis.size
    let columns = try vmap(
      function.name, axis: BatchAxis(size: size, name: nil), basis.rows, basis.rows.map { _ in 0 },
      outputAxes: { $0.map(\.rank) }
    ) { tangents in
      let (output, tangent, aux) = try jvp(
        selection.function(function), selection.chosen, PyTree(tangents, selection.chosen.tree), hasAux: options.hasAux)
      shape = (output.tree, output.avals)
      auxResult = aux
      return tangent.leaves
    }
    let inputs = selection.chosen
    let leaves = try zip(columns, shape.avals).flatMap { column, aval in
      try split(column, axis: aval.rank, into: inputs.avals.map(\.shape)) { aval.shape + $0 }
    }
    let jacobian = PyTree(leaves, shape.output.composed(with: selection.resultTree))
    return auxResult.map { PyTree(tuple: [jacobian, $0]) } ?? jacobian
  }
}

/// `jax.jacrev`: the Jacobian, row by row; same result as `jacfwd`.
public func jacrev(_ function: Function, _ options: GradientOptions = GradientOptions()) -> Function {
  Function("jacrev(\(function.name))") { arguments in
    let selection = try Selection(arguments, options, what: "jacrev")
    let (output, pullback, aux) = try vjp(
      selection.function(function), selection.chosen, hasAux: options.hasAux)
    for aval in output.avals where !aval.dtype.isInexact {
      throw SJError(.dtype, "jacrev requires real- or complex-valued outputs, but got \(aval.dtype)")
    }
    let basis = try standardBasis(output.avals)
    let rows = try vmap(
      function.name, axis: BatchAxis(size: basis.size, name: nil), basis.rows, basis.rows.map { _ in 0 },
      outputAxes: { $0.map { _ in 0 } }
    ) { cotangents in
      try pullback.body(PyTree(tuple: [PyTree(cotangents, output.tree)])).leaves
    }
    // rows[j] holds, for input leaf j, the rows of all outputs one after the other.
    let perInput = try zip(rows, selection.chosen.avals).map { row, aval in
      try split(row, axis: 0, into: output.avals.map(\.shape)) { $0 + aval.shape }
    }
    let leaves = output.avals.indices.flatMap { i in perInput.map { $0[i] } }
    let jacobian = PyTree(leaves, output.tree.composed(with: selection.resultTree))
    return aux.map { PyTree(tuple: [jacobian, $0]) } ?? jacobian
  }
}

/// `jax.hessian`: forward over reverse.
public func hessian(_ function: Function, _ options: GradientOptions = GradientOptions()) -> Function {
  jacfwd(jacrev(function, options), options)
}

/// The arguments that are differentiated, and how a function of them alone looks.
private struct Selection {
  let arguments: PyTree
  let numbers: [Int]
  /// The chosen arguments as a tuple.
  let chosen: PyTree
  /// The tree of one row or column: that of the argument, or a tuple of them.
  let resultTree: Tree

  init(_ arguments: PyTree, _ options: GradientOptions, what: String) throws {
    self.arguments = arguments
    let parts = arguments.children
    numbers = try options.resolved(count: parts.count, what: what)
    chosen = PyTree(tuple: numbers.map { parts[$0] })
    resultTree = options.isSingle ? chosen.tree.children[0] : chosen.tree
    for aval in chosen.avals where !(options.holomorphic ? aval.dtype.isComplex : aval.dtype.isFloat) {
      throw SJError(
        .dtype,
        "\(what) requires \(options.holomorphic ? "complex" : "real-valued")  inputs (input dtype that is a sub-dtype of np.\(options.holomorphic ? "complexfloating" : "floating")), but got \(aval.dtype)."
      )
    }
  }

  /// `function` with the other arguments fixed.
  func function(_ function: Function) -> Function {
    Function(function.name) { chosen in
      var parts = arguments.children
      for (number, part) in zip(numbers, chosen.children) { parts[number] = part }
      return try function.body(PyTree(tuple: parts))
    }
  }
}

/// The rows of the identity over all elements of some arrays: one array [total, shape…] for each.
private func standardBasis(_ avals: [AbstractValue]) throws -> (rows: [Value], size: Int) {
  let total = avals.reduce(0) { $0 + $1.elementCount }
  var start = 0
  let rows = try avals.map { aval in
    let count = aval.elementCount
    defer { start += count }
    let block = try Lax.eye(rows: total, columns: count, offset: -start, dtype: aval.dtype)
    return try Lax.reshape(block, [total] + aval.shape)
  }
  return (rows, total)
}

/// Cuts an axis that runs over all elements of several shapes, and gives each part its shape.
private func split(_ value: Value, axis: Int, into shapes: [Shape], _ result: (Shape) -> Shape) throws -> [Value] {
  var start = 0
  return try shapes.map { shape in
    let count = shape.elementCount
    defer { start += count }
    let part = try Lax.sliceInDim(value, start, start + count, axis: axis)
    return try Lax.reshape(part, result(shape))
  }
}

extension Tree {
  /// The tree with each leaf replaced by `inner`.
  public func composed(with inner: Tree) -> Tree {
    isLeaf ? inner : Tree(node, children.map { $0.composed(with: inner) })
  }
}
