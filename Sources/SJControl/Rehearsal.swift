import SJCore
import SJLax
import SJTransforms
import SJTypes

/// Has the compiler loaded in the background, if there is one, and try itself out: LLVM and the Swift runtime make much when they
/// first need it, three milliseconds' worth of which the first function would wait for.
public func preloadCompiler() {
  Backend.current.preloadCompiler {
    let queries = AbstractValue(.float32, [2, 256, 16])
    let keys = AbstractValue(.float32, [2, 1024, 16])
    let jaxpr = try stageClosed("rehearsal", [queries, keys, keys], attention).jaxpr.optimized()
    return try LoweringContext.program(for: jaxpr)
  }
}

/// A bit of everything: products, reductions, an elementary function, blocks of rows.
private func attention(_ x: [Value]) throws -> [Value] {
  let scores = try product(x[0], Lax.transpose(x[1], [0, 2, 1]))
  func along(_ row: Value) throws -> Value { try Lax.broadcastInDim(row, shape: scores.shape, broadcastDimensions: [0, 1]) }
  let powers = try Lax.exp(Lax.sub(scores, along(Lax.reduceMax(scores, axes: [2]))))
  return [try product(Lax.div(powers, along(Lax.reduceSum(powers, axes: [2]))), x[2])]
}

private func product(_ a: Value, _ b: Value) throws -> Value {
  let dimensions = DotDimensionNumbers(lhsContracting: [2], rhsContracting: [1], lhsBatch: [0], rhsBatch: [0])
  return try Lax.dotGeneral(a, b, dimensions)
}
