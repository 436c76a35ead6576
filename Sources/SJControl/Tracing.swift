import SJCore
import SJLoopIR
import SJTransforms
import SJTypes
import Synchronization

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
  let optimized = try jaxpr.jaxpr.optimized()
  return switch stage {
  case .loops: try LoweringContext.unfusedProgram(for: optimized).description
  case .llvm: try Backend.current.text(of: LoweringContext.program(for: optimized), .intermediate)
  case .assembly: try Backend.current.text(of: LoweringContext.program(for: optimized), .assembly)
  default: try LoweringContext.program(for: optimized).optimizingLoops().description
  }
}

/// The memory that a call of the jitted function takes: `jax.jit(f).lower(...).compile().memory_analysis()`.
public func memoryAnalysis(of function: Function, _ arguments: PyTree) throws -> MemoryAnalysis {
  let optimized = try makeJaxpr(function, arguments).jaxpr.jaxpr.optimized()
  let donated = arguments.tree.leaves(of: function.donated).map { optimized.constants.count + $0 }
  return try CompiledJaxpr(optimized, donated: donated).memoryAnalysis(constants: optimized.constants.count)
}

/// The work that a call of the jitted function takes, counted before fusion (`loops`, as `lower(...).cost_analysis()`) or after
/// (`fusedLoops`, as `compile().cost_analysis()`).
/// - Throws: `invalidArgument` for stages that have no such figures.
public func costAnalysis(of function: Function, _ arguments: PyTree, at stage: CompilationStage) throws -> CostAnalysis {
  let optimized = try makeJaxpr(function, arguments).jaxpr.jaxpr.optimized()
  switch stage {
  case .loops: return try LoweringContext.unfusedProgram(for: optimized).costAnalysis
  case .fusedLoops: return try LoweringContext.program(for: optimized).optimizingLoops().costAnalysis
  default: throw SJError(.invalidArgument, "cost_analysis: costs are known of loops and of fused loops, not of \(stage)")
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

  /// The body, traced; a function that is given again with the same types is not traced again.
  init(_ function: Function, _ tree: Tree, _ avals: [AbstractValue]) throws {
    let key = TraceCache.Key(tree: tree, avals: avals, config: Config.current.forTracing, axes: AxisEnvironment.current)
    let traces = BodyTraces.of(function)
    if let known = traces[key] {
      self = known
      return
    }
    var outputTree = Tree.none
    staged = try stage(function.name, avals) { leaves in
      let result = try function.body(PyTree(leaves, tree))
      outputTree = result.tree
      return result.leaves
    }
    self.outputTree = outputTree
    // What closes over tracers belongs to their traces.
    if staged.isPure { traces[key] = self }
  }

  init(staged: Staged, outputTree: Tree) {
    self.staged = staged
    self.outputTree = outputTree
  }

  var avals: [AbstractValue] { staged.closed.outputAvals }
}

/// What control flow remembers of a function that it was given: its traces, and the loop bodies made of it.
final class BodyTraces: @unchecked Sendable {
  private struct Contents: @unchecked Sendable {
    var traces: [TraceCache.Key: StagedBody] = [:]
    var derived: [String: Function] = [:]
  }
  private let contents = Mutex(Contents())

  static func of(_ function: Function) -> BodyTraces {
    function.memo.withLock { memo in
      if let known = memo.object as? BodyTraces { return known }
      let fresh = BodyTraces()
      memo.object = fresh
      return fresh
    }
  }

  subscript(key: TraceCache.Key) -> StagedBody? {
    get { contents.withLock { $0.traces[key] } }
    set { contents.withLock { $0.traces[key] = newValue } }
  }

  /// The function that `make` builds of the one remembered here, built once. It must not hold the latter.
  func derived(_ name: String, _ make: () -> Function) -> Function {
    if let known = contents.withLock({ $0.derived[name] }) { return known }
    let fresh = make()
    return contents.withLock { contents in
      if let known = contents.derived[name] { return known }
      contents.derived[name] = fresh
      return fresh
    }
  }
}
