import SJControl
import SJCore
import SJLoopIR

/// A traced function, as text: `{ lambda ; a:f32[3]. let … in (b,) }`.
public struct Jaxpr: CustomStringConvertible, @unchecked Sendable {
  let closed: ClosedJaxpr

  public var description: String { closed.description }
}

/// The jaxpr of a function at arguments: `jax.make_jaxpr`.
public func makeJaxpr<each A: Pytree, each R: Pytree>(
  _ function: @escaping (repeat each A) throws -> (repeat each R), _ arguments: repeat each A
) throws -> Jaxpr {
  Jaxpr(
    closed: try SJControl.makeJaxpr(engineFunction("closure", function), flattenTuple(repeat each arguments)).jaxpr)
}

public typealias MemoryAnalysis = SJCore.MemoryAnalysis
public typealias CostAnalysis = SJLoopIR.CostAnalysis

/// The memory that a call of the jitted function takes: `jax.jit(f).lower(...).compile().memory_analysis()`.
public func memoryAnalysis<each A: Pytree, each R: Pytree>(
  _ function: @escaping (repeat each A) throws -> (repeat each R), _ arguments: repeat each A
) throws -> MemoryAnalysis {
  try SJControl.memoryAnalysis(of: engineFunction("closure", function), flattenTuple(repeat each arguments))
}

/// The work that a call of the jitted function takes: `jax.jit(f).lower(...).compile().cost_analysis()`.
public func costAnalysis<each A: Pytree, each R: Pytree>(
  _ function: @escaping (repeat each A) throws -> (repeat each R), _ arguments: repeat each A
) throws -> CostAnalysis {
  try SJControl.costAnalysis(
    of: engineFunction("closure", function), flattenTuple(repeat each arguments), at: .fusedLoops)
}

/// The results of a function as tensors without data, which have shapes and dtypes only: `jax.eval_shape`.
///
/// Arguments may be such tensors too: `Tensor.abstract([1000, 1000])`.
public func evalShape<each A: Pytree, each R: Pytree>(
  _ function: @escaping (repeat each A) throws -> (repeat each R), _ arguments: repeat each A
) throws -> (repeat each R) {
  let tree = try flattenTuple(repeat each arguments)
  let (avals, outputTree) = try SJControl.evalShape(engineFunction("closure", function), tree.tree, tree.avals)
  return try unflattenResults(repeat (each R).self, from: PyTree(avals.map(typeOnly), outputTree))
}
