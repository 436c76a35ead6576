import SJCore
import SJLax
import SJTypes

/// `jax.lax.stop_gradient`: the identity, with derivative zero.
public func stopGradient(_ x: Value) throws -> Value {
  x.dtype.isInexact ? try bind1(Primitives.stopGradient, [x]) : x
}

extension Primitives {
  /// The identity without a derivative.
  public static let stopGradient: Primitive = PrimitiveReference.define("stop_gradient") { this in
    Rules(
      abstract: { inputs, _ in (inputs, []) },
      jvp: .zero,
      transpose: .zero,
      batch: .rule { _, inputs, axes, params in (try bind(this.primitive, inputs, params), axes) },
      lowering: .rule { _, inputs, _, _ in inputs },
      evaluate: { inputs, _ in inputs })
  }
}
