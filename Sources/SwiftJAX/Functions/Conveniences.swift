import SJCore
import SJNumPy
import SJRandom

// What Swift says otherwise than Python.

extension Tensor {
  /// The slices along the first axis: `for row in try x.rows() { … }`.
  /// - Throws: `shape` for a scalar.
  public func rows() throws -> [Tensor] {
    guard let count = shape.first else { throw JAXError(.shape, "rows: a scalar has none") }
    return try (0..<count).map { try self[$0] }
  }

  /// The elements in another shape, one size of which may be -1: `x.reshape(2, -1)`.
  public func reshape(_ sizes: Int...) throws -> Tensor { try reshape(sizes) }
}

extension NumPy {
  /// The result dtype of an operation on these tensors, and whether it is weak. `jnp.result_type`.
  public static func resultType(_ arrays: [Tensor]) throws -> (dtype: DType, weakType: Bool) {
    let type = try SJNumPy.NumPy.resultType(arrays.map(\.value))
    return (type.dtype, type.weak)
  }

  /// Integers 0 ..< stop. `jnp.arange`.
  public static func arange(_ stop: Int, dtype: DType? = nil) throws -> Tensor { try arange(0, stop, dtype: dtype) }
}

extension Random {
  /// A raw key, uint32[2]. `jax.random.PRNGKey`.
  public static func PRNGKey(_ seed: Int) throws -> Tensor { Tensor(try SJRandom.Random.PRNGKey(seed)) }
  /// A typed key. `jax.random.key`.
  public static func key(_ seed: Int) throws -> Tensor { Tensor(try SJRandom.Random.key(seed)) }
  /// New keys along a new first axis. `jax.random.split`.
  public static func split(_ key: Tensor, _ count: Int = 2) throws -> Tensor { try split(key, [count]) }
  /// New keys one by one: `let keys = try Random.splitKeys(key, 3)`.
  public static func splitKeys(_ key: Tensor, _ count: Int = 2) throws -> [Tensor] { try split(key, count).rows() }
}
