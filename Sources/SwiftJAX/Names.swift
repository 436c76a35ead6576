import SJNumPy
import SJTypes

// What users see of the layers below, so that `import SwiftJAX` is all they need.

/// An element type: `.float32`, `.int32`, `.bool`…
public typealias DType = SJTypes.DType

/// What went wrong, with a `code` (`.shape`, `.dtype`, `.tree`…) and a message that names the operation.
public typealias JAXError = SJTypes.SJError

/// The sizes of the axes, outermost first; `[]` for a scalar.
public typealias Shape = [Int]

/// `jax.numpy`: NumPy's functions with JAX's type promotion.
public enum NumPy {
  /// `jax.numpy.linalg`
  public enum Linalg {}
}

/// `jax.lax`: the operations themselves. They promote nothing and broadcast scalars only.
public enum Lax {}

/// `jax.random`: explicit keys and distributions. The bits are those of JAX.
public enum Random {}

/// `jax.nn`: activations and what goes with them.
public enum NN {}
