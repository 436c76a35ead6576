import SJCore
import SJTransforms
import SJTypes

/// `jax.make_jaxpr`: the jaxpr of a function with its constants, and the output's tree.
public func makeJaxpr(_ function: Function, _ arguments: PyTree) throws -> (jaxpr: ClosedJaxpr, outputTree: Tree) {
  try traced(function, arguments.tree, arguments.avals)
}

/// As `makeJaxpr` for arguments given by their types.
public func traced(
  _ function: Function, _ tree: Tree, _ avals: [AbstractValue]
) throws -> (jaxpr: ClosedJaxpr, outputTree: Tree) {
  var outputTree = Tree.none
  let closed = try stageClosed(function.name, avals) { leaves in
    let result = try function.body(PyTree(leaves, tree))
    outputTree = result.tree
    return result.leaves
  }
  return (closed, outputTree)
}

/// The stages of a function's compilation that can be read.
public enum CompilationStage: Int32 {
  case jaxpr
  /// LoopIR as lowering rules make it, and after fusion.
  case loops, fusedLoops
  case llvm, assembly
}

/// What a function becomes for such arguments, as text: `jax.jit(f).lower(...).as_text()`.
/// - Throws: `unsupported` for LLVM's stages where the compiler is missing.
public func text(of function: Function, _ arguments: PyTree, at stage: CompilationStage) throws -> String {
  let jaxpr = try makeJaxpr(function, arguments).jaxpr
  if stage == .jaxpr { return jaxpr.description }
  let pruned = jaxpr.jaxpr.removingDeadCode().jaxpr
  return switch stage {
  case .loops: try LoweringContext.unfusedProgram(for: pruned).description
  case .llvm: try Backend.current.text(of: LoweringContext.program(for: pruned), .intermediate)
  case .assembly: try Backend.current.text(of: LoweringContext.program(for: pruned), .assembly)
  default: try LoweringContext.program(for: pruned).description
  }
}

/// `jax.eval_shape`: the types of the outputs, without computing them.
public func evalShape(
  _ function: Function, _ tree: Tree, _ avals: [AbstractValue]
) throws -> (avals: [AbstractValue], tree: Tree) {
  let (jaxpr, outputTree) = try traced(function, tree, avals)
  return (jaxpr.outputAvals, outputTree)
}

/// A body of control flow, staged on given types: arguments and results are trees.
struct StagedBody {
  let staged: Staged
  let outputTree: Tree

  init(_ function: Function, _ tree: Tree, _ avals: [AbstractValue]) throws {
    var outputTree = Tree.none
    staged = try stage(function.name, avals) { leaves in
      let result = try function.body(PyTree(leaves, tree))
      outputTree = result.tree
      return result.leaves
    }
    self.outputTree = outputTree
  }

  init(staged: Staged, outputTree: Tree) {
    self.staged = staged
    self.outputTree = outputTree
  }

  var avals: [AbstractValue] { staged.closed.outputAvals }
}
