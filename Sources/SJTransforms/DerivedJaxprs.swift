import SJCore
import SJLax
import SJTypes

// Transformations of whole jaxprs, for the primitives that hold some (jit, cond,
// scan…). Results are remembered on the jaxpr, so that a transformed function
// gives the same jaxpr, and hits the same caches, each time.

/// A jaxpr from (primals, tangents of the inputs marked nonzero) to (primals, tangents of `outputNonzero` outputs).
public final class JVPJaxpr {
  public let staged: Staged
  public let outputNonzero: [Bool]

  init(_ staged: Staged, _ outputNonzero: [Bool]) {
    self.staged = staged
    self.outputNonzero = outputNonzero
  }
}

/// A jaxpr split at linearisation.
public final class LinearizedJaxpr {
  /// From the primals to (primal outputs, residuals).
  public let known: Staged
  /// From (residuals, tangents of the inputs marked nonzero) to tangents of `outputNonzero` outputs.
  public let linear: ClosedJaxpr
  public let residualCount: Int
  public let outputNonzero: [Bool]

  init(known: Staged, linear: ClosedJaxpr, residualCount: Int, outputNonzero: [Bool]) {
    self.known = known
    self.linear = linear
    self.residualCount = residualCount
    self.outputNonzero = outputNonzero
  }
}

/// A jaxpr over inputs with batch axes.
public final class BatchedJaxpr {
  public let staged: Staged
  public let outputAxes: [Int?]

  init(_ staged: Staged, _ outputAxes: [Int?]) {
    self.staged = staged
    self.outputAxes = outputAxes
  }
}

/// The transpose of a jaxpr: from (known inputs, nonzero cotangents) to the nonzero cotangents of its linear inputs.
public final class TransposedJaxpr {
  public let staged: Staged
  public let inputNonzero: [Bool]

  init(_ staged: Staged, _ inputNonzero: [Bool]) {
    self.staged = staged
    self.inputNonzero = inputNonzero
  }
}

extension ClosedJaxpr {
  /// - Parameters:
  ///   - nonzero: the inputs that have tangents.
  ///   - instantiate: the outputs that shall have tangents even where those are zero.
  public func jvp(nonzero: [Bool], instantiate: [Bool]? = nil) throws -> JVPJaxpr {
    let forced = instantiate ?? outputAvals.map { _ in false }
    return try derived.result("jvp", (nonzero + forced).map { $0 ? 1 : 0 }) {
      let tangentAvals = zip(inputAvals, nonzero).filter(\.1).map { $0.0.tangent }
      var outputNonzero: [Bool] = []
      let staged = try stage(name, inputAvals + tangentAvals) { values in
        var rest = values.dropFirst(inputAvals.count)
        let tangents = nonzero.map { $0 ? rest.removeFirst() : nil }
        let (outputs, derivatives) = try SJTransforms.jvp(name, Array(values.prefix(inputAvals.count)), tangents, evaluate)
        outputNonzero = zip(derivatives, forced).map { $0 != nil || $1 }
        let kept = try zip(outputs, zip(derivatives, outputNonzero)).filter(\.1.1).map {
          try SJTransforms.instantiate($0.1.0, like: $0.0.aval)
        }
        return outputs + kept
      }
      return JVPJaxpr(staged, outputNonzero)
    }
  }

  /// Parameters as for `jvp`.
  public func linearized(nonzero: [Bool], instantiate: [Bool]? = nil) throws -> LinearizedJaxpr {
    let forced = instantiate ?? outputAvals.map { _ in false }
    return try derived.result("linearize", (nonzero + forced).map { $0 ? 1 : 0 }) {
      var tape: Staged?
      var outputNonzero: [Bool] = []
      let known = try stage(name, inputAvals) { values in
        let trace = LinearizeTrace(functionName: name)
        defer { trace.tape.end() }
        return try trace.run {
          let inputs = zip(values, nonzero).map { value, wanted in
            trace.tracer(value, wanted ? trace.tape.newInput(value.aval.tangent) : nil)
          }
          let results = try evaluate(inputs).map(trace.parts)
          outputNonzero = zip(results, forced).map { $0.tangent != nil || $1 }
          let atoms = try Trace.with(trace.parent) {
            try zip(results, outputNonzero).filter(\.1).map {
              trace.tape.atom(try SJTransforms.instantiate($0.0.tangent, like: $0.0.primal.aval))
            }
          }
          let staged = hoistConstants(trace.tape.builder.finish(outputs: atoms))
          tape = staged
          return results.map(\.primal) + staged.hoisted
        }
      }
      return LinearizedJaxpr(
        known: known, linear: tape!.closed, residualCount: tape!.hoisted.count, outputNonzero: outputNonzero)
    }
  }

  /// - Parameters:
  ///   - axes: the batch axis of each input, nil where it has none.
  ///   - instantiate: the outputs that shall have a batch axis, in front, even where they do not depend on a batched input.
  public func batched(axis: BatchAxis, axes: [Int?], instantiate: [Bool]? = nil) throws -> BatchedJaxpr {
    let forced = instantiate ?? outputAvals.map { _ in false }
    let options = [axis.size] + axes.map { $0 ?? -1 } + forced.map { $0 ? 1 : 0 }
    return try derived.result("batch \(axis.name ?? "")", options) {
      let avals = zip(inputAvals, axes).map { aval, position in
        guard let position else { return aval }
        var batched = aval
        batched.shape.insert(axis.size, at: position)
        return batched
      }
      var outputAxes: [Int?] = []
      let staged = try stage(name, avals) { values in
        var (outputs, axes) = try SJTransforms.batched(name, axis: axis, values, axes, evaluate)
        for i in outputs.indices where forced[i] {
          outputs[i] =
            try axes[i].map { try Lax.moveAxis(outputs[i], $0, 0) }
            ?? Batching.broadcastBatch(outputs[i], nil, size: axis.size, to: 0)
          axes[i] = 0
        }
        outputAxes = axes
        return outputs
      }
      return BatchedJaxpr(staged, outputAxes)
    }
  }

  /// - Parameters:
  ///   - linear: the inputs that are transposed; the others are known.
  ///   - nonzero: the outputs with a cotangent.
  ///   - instantiate: whether all linear inputs shall get a cotangent even where that is zero.
  public func transposed(linear: [Bool], nonzero: [Bool], instantiate: Bool = false) throws -> TransposedJaxpr {
    try derived.result("transpose", (linear + nonzero + [instantiate]).map { $0 ? 1 : 0 }) {
      let knownAvals = zip(inputAvals, linear).filter { !$0.1 }.map(\.0)
      let cotangentAvals = zip(outputAvals, nonzero).filter(\.1).map(\.0.tangent)
      var inputNonzero: [Bool] = []
      let staged = try stage(name, knownAvals + cotangentAvals) { values in
        var known = values.prefix(knownAvals.count)
        var seeds = values.dropFirst(knownAvals.count)
        let inputs = linear.map { $0 ? nil : known.removeFirst() }
        let cotangents = nonzero.map { $0 ? seeds.removeFirst() : nil }
        var results = try transpose(jaxpr, constants: constants, inputs: inputs, cotangents: cotangents)
        if instantiate {
          let avals = zip(inputAvals, linear).filter(\.1).map(\.0)
          results = try zip(results, avals).map { try SJTransforms.instantiate($0, like: $1) }
        }
        inputNonzero = results.map { $0 != nil }
        return results.compactMap { $0 }
      }
      return TransposedJaxpr(staged, inputNonzero)
    }
  }
}
