import SJCore
import SJLax

/// Which intermediate values of a checkpointed function are kept for the backward pass: `jax.checkpoint_policies`.
///
/// It looks at the operations of the function and of jitted functions that it calls. A loop or a branch among them is
/// one operation.
public struct CheckpointPolicy: Hashable, Sendable {
  /// Results of operations that are kept; each kind includes the former.
  public enum Operations: Int32, Sendable {
    case none
    case productsWithoutBatch
    case products
    case all
  }

  /// Values with names (`checkpointName`) that are kept.
  public enum Names: Hashable, Sendable {
    case only(Set<String>)
    case allBut(Set<String>)
  }

  public var operations: Operations
  /// Named values, for which `operations` says nothing.
  public var names: Names

  public init(_ operations: Operations, names: Names? = nil) {
    self.operations = operations
    self.names = names ?? (operations == .all ? .allBut([]) : .only([]))
  }

  public static let nothing = CheckpointPolicy(.none)

  func saves(_ equation: Equation) -> Bool {
    guard equation.effects.isEmpty else { return false }
    if equation.primitive === Primitives.checkpointName {
      let name = equation.params.unbox(CheckpointNameParams.self).name
      return switch names {
      case .only(let kept): kept.contains(name)
      case .allBut(let dropped): !dropped.contains(name)
      }
    }
    return switch operations {
    case .none: false
    case .productsWithoutBatch: equation.isProduct(withBatch: false)
    case .products: equation.isProduct(withBatch: true)
    case .all: true
    }
  }

  /// The name that JAX has for it, with the named values.
  var text: String {
    let base =
      switch operations {
      case .none: "None"
      case .productsWithoutBatch: "dots_with_no_batch_dims_saveable"
      case .products: "dots_saveable"
      case .all: "everything_saveable"
      }
    switch names {
    case .only([]): return base
    case .only(let kept): return (operations == .none ? "" : base + "+") + "only_names\(kept.sorted())"
    case .allBut([]) where operations == .all: return base
    case .allBut(let dropped): return (operations == .none ? "" : base + "+") + "names_but\(dropped.sorted())"
    }
  }
}

struct CheckpointNameParams: ParamValues {
  let name: String
  var fields: [(name: String, value: String)] { [("name", name)] }
}

/// `jax.ad_checkpoint.checkpoint_name`: the identity, under a name that policies know.
public func checkpointName(_ x: Value, _ name: String) throws -> Value {
  try bind1(Primitives.checkpointName, [x], CheckpointNameParams(name: name).boxed)
}

extension Primitives {
  /// The identity of a named value. Its tangent has no name, as in JAX.
  public static let checkpointName: Primitive = PrimitiveReference.define("name") { this in
    Rules(
      abstract: { inputs, _ in (inputs, []) },
      jvp: .rule { primals, tangents, params in (try bind(this.primitive, primals, params), tangents) },
      transpose: .rule { cotangents, _, _ in cotangents.map { $0.map { .dense($0) } } },
      batch: .rule { _, inputs, axes, params in (try bind(this.primitive, inputs, params), axes) },
      lowering: .rule { _, inputs, _, _ in inputs },
      evaluate: { inputs, _ in inputs })
  }
}
