import SJCore
import SJLax
import SJTypes

/// Options shared by the gradient functions, with JAX's defaults.
public struct GradientOptions {
  /// Which arguments to differentiate; negative counts from the end.
  public var argnums: [Int] = [0]
  /// Whether `argnums` was one number: then the gradient is not wrapped in a tuple.
  public var isSingle = true
  public var hasAux = false
  public var holomorphic = false
  public var allowInt = false

  public init(argnums: [Int]? = nil, hasAux: Bool = false, holomorphic: Bool = false, allowInt: Bool = false) {
    self.argnums = argnums ?? [0]
    isSingle = argnums == nil
    self.hasAux = hasAux
    self.holomorphic = holomorphic
    self.allowInt = allowInt
  }

  public init(argnum: Int, hasAux: Bool = false, holomorphic: Bool = false, allowInt: Bool = false) {
    self.init(argnums: [argnum], hasAux: hasAux, holomorphic: holomorphic, allowInt: allowInt)
    isSingle = true
  }

  /// The argument numbers in 0 ..< count, each once.
  func resolved(count: Int, what: String) throws -> [Int] {
    let numbers = try argnums.map { number in
      guard number >= -count, number < count else {
        throw SJError(
          .invalidArgument,
          "\(what): differentiating with respect to argnums=\(number) requires at least \(number < 0 ? -number : number + 1) positional arguments to be passed, but got only \(count)"
        )
      }
      return number < 0 ? number + count : number
    }
    guard Set(numbers).count == numbers.count else {
      throw SJError(.invalidArgument, "\(what): argnums=\(argnums.tupleText) names an argument twice", raises: .typeError)
    }
    return numbers
  }
}

/// Splits `(output, aux)`.
func splitAux(_ result: PyTree, hasAux: Bool, what: String) throws -> (output: PyTree, aux: PyTree?) {
  guard hasAux else { return (result, nil) }
  let parts = result.children
  guard result.tree.node == .tuple, parts.count == 2 else {
    throw SJError(
      .tree, "\(what): with has_aux the function must return a pair (output, aux), but it returned \(result.tree)",
      raises: .typeError)
  }
  return (parts[0], parts[1])
}

/// The reverse-mode derivative of `function` at `arguments`.
/// - Returns: the output, its pullback (from a cotangent tree like the output to a tuple of cotangents), and aux.
public func vjp(
  _ function: Function, _ arguments: PyTree, hasAux: Bool = false
) throws -> (output: PyTree, pullback: Function, aux: PyTree?) {
  let all = arguments.leaves.map { _ in true }
  let (output, map, aux) = try linearized(function, arguments, differentiated: all, hasAux: hasAux, what: "vjp")
  let outputTree = output.tree
  let inputTree = arguments.tree
  let avals = output.avals
  let pullback = Function("vjp(\(function.name))") { cotangents in
    // A pullback takes one argument: the cotangent of the output.
    guard cotangents.tree.children.count == 1, cotangents.tree.children[0] == outputTree else {
      let given = cotangents.tree.children.first ?? .none
      throw SJError(
        .tree,
        "vjp of \(function.name): the cotangent's tree must be that of the output: \(outputTree.difference(from: given) ?? "one argument is wanted")"
      )
    }
    for (cotangent, aval) in zip(cotangents.leaves, avals) {
      guard cotangent.aval.shape == aval.shape, cotangent.dtype == aval.tangent.dtype else {
        throw SJError(
          .dtype,
          "vjp of \(function.name): the cotangent has type \(cotangent.aval), but the output's cotangent type is \(aval.tangent)",
          raises: .valueError)
      }
    }
    let seeds = cotangents.leaves.map { $0.dtype == .float0 ? nil : $0 }
    let results = try map.backward(seeds)
    return PyTree(try zip(results, map.inputAvals).map { try cotangent($0, of: $1) }, inputTree)
  }
  return (output, pullback, aux)
}

/// The cotangent of an input, zeros where there is none; weak where the input is.
private func cotangent(_ value: Value?, of aval: AbstractValue) throws -> Value {
  let value = try instantiate(value, like: aval)
  guard aval.weakType, !value.aval.weakType, value.dtype == aval.dtype else { return value }
  return try Lax.convertElementType(value, value.dtype, weakType: true)
}

/// Linearises a function of trees; aux comes back as primal values.
func linearized(
  _ function: Function, _ arguments: PyTree, differentiated: [Bool], hasAux: Bool, what: String
) throws -> (output: PyTree, map: LinearMap, aux: PyTree?) {
  var outputTree = Tree.none
  var auxTree: Tree?
  var outputCount = 0
  let (values, map) = try linearize(function.name, arguments.leaves, differentiated: differentiated) { leaves in
    let result = try function.body(PyTree(leaves, arguments.tree))
    let (output, aux) = try splitAux(result, hasAux: hasAux, what: what)
    outputTree = output.tree
    outputCount = output.leaves.count
    auxTree = aux?.tree
    return output.leaves + (aux?.leaves ?? [])
  }
  let output = PyTree(Array(values.prefix(outputCount)), outputTree)
  let aux = auxTree.map { PyTree(Array(values.dropFirst(outputCount)), $0) }
  return (output, map.droppingOutputs(from: outputCount), aux)
}

extension LinearMap {
  /// The map without the outputs from `count` on (those of aux).
  func droppingOutputs(from count: Int) -> LinearMap {
    LinearMap(
      tape: tape, outputPositions: Array(outputPositions.prefix(count)), inputAvals: inputAvals,
      outputAvals: Array(outputAvals.prefix(count)))
  }
}

/// `jax.value_and_grad`: a function to `(value, gradient)`, or `((value, aux), gradient)`.
public func valueAndGrad(_ function: Function, _ options: GradientOptions = GradientOptions()) -> Function {
  Function("value_and_grad(\(function.name))") { arguments in
    let (value, gradient, aux) = try gradient(of: function, arguments, options, what: "value_and_grad")
    let head = aux.map { PyTree(tuple: [value, $0]) } ?? value
    return PyTree(tuple: [head, gradient])
  }
}

/// `jax.grad`: a function to the gradient, or `(gradient, aux)`.
public func grad(_ function: Function, _ options: GradientOptions = GradientOptions()) -> Function {
  Function("grad(\(function.name))") { arguments in
    let (_, gradient, aux) = try gradient(of: function, arguments, options, what: "grad")
    return aux.map { PyTree(tuple: [gradient, $0]) } ?? gradient
  }
}

private func gradient(
  of function: Function, _ arguments: PyTree, _ options: GradientOptions, what: String
) throws -> (value: PyTree, gradient: PyTree, aux: PyTree?) {
  let parts = arguments.children
  let chosen = try options.resolved(count: parts.count, what: what)
  for leaf in chosen.flatMap({ parts[$0].leaves }) { try checkInput(leaf.aval, options, what: what) }
  let differentiated = parts.enumerated().flatMap { i, part in part.leaves.map { _ in chosen.contains(i) } }
  let (output, map, aux) = try linearized(
    function, arguments, differentiated: differentiated, hasAux: options.hasAux, what: what)
  guard output.tree.isLeaf else {
    throw SJError(
      .tree,
      "Gradient only defined for scalar-output functions. \(function.name) gave \(output.tree). Use vjp, or jacrev for several outputs.",
      raises: .typeError)
  }
  let value = output.leaves[0]
  try checkOutput(value.aval, options, what: what)
  let seed = try Lax.scalar(1, value.dtype, weakType: value.aval.weakType)
  let cotangents = try map.backward([seed])
  var perLeaf = zip(cotangents, map.inputAvals).makeIterator()
  var gradients: [Int: PyTree] = [:]
  for i in parts.indices where chosen.contains(i) {
    let leaves = try parts[i].leaves.map { _ in
      let (cotangent, aval) = perLeaf.next()!
      return try SJTransforms.cotangent(cotangent, of: aval)
    }
    gradients[i] = PyTree(leaves, parts[i].tree)
  }
  let ordered = chosen.map { gradients[$0]! }
  return (output, options.isSingle ? ordered[0] : PyTree(tuple: ordered), aux)
}

private func checkInput(_ aval: AbstractValue, _ options: GradientOptions, what: String) throws {
  if options.holomorphic {
    guard aval.dtype.isComplex else {
      throw SJError(.dtype, "\(what) with holomorphic=True requires inputs with complex dtype, but got \(aval.dtype).")
    }
    return
  }
  guard aval.dtype.isInexact || options.allowInt else {
    throw SJError(
      .dtype,
      "\(what) requires real- or complex-valued inputs (input dtype that is a sub-dtype of np.inexact), but got \(aval.dtype). If you want to use Boolean- or integer-valued inputs, use vjp or set allow_int to True."
    )
  }
}

private func checkOutput(_ aval: AbstractValue, _ options: GradientOptions, what: String) throws {
  guard aval.shape.isEmpty else {
    throw SJError(.shape, "Gradient only defined for scalar-output functions. Output had shape: \(aval.shape.tupleText).")
  }
  if options.holomorphic {
    guard aval.dtype.isComplex else {
      throw SJError(.dtype, "\(what) with holomorphic=True requires outputs with complex dtype, but got \(aval.dtype).")
    }
  } else if aval.dtype.isComplex {
    throw SJError(
      .dtype,
      "\(what) requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got \(aval.dtype). For holomorphic differentiation, pass holomorphic=True. For differentiation of functions with complex outputs, use jax.vjp directly."
    )
  } else if !aval.dtype.isFloat {
    throw SJError(
      .dtype,
      "\(what) requires real- or complex-valued outputs (output dtype that is a sub-dtype of np.inexact), but got \(aval.dtype). For differentiation of functions with integer outputs, use vjp directly."
    )
  }
}
