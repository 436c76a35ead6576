import SJCore
import SJLax
import SJNumPy
import SJTypes

/// `jax.random`: random numbers as pure functions of explicit keys, bit for bit those of JAX 0.10.2
/// under both settings of `threefry_partitionable`.
///
/// A key is a typed key array (dtype `key<fry>`) or raw `uint32[2]`; functions of one key take either, and give
/// back the same kind.
public enum Random {}

extension Random {
  /// A raw key, `uint32[2]`.
  public static func PRNGKey(_ seed: Value) throws -> Value { try Lax.randomUnwrap(key(seed)) }

  /// A typed key.
  public static func key(_ seed: Value) throws -> Value {
    guard seed.dtype.isInteger else {
      throw SJError(.dtype, "PRNG key seed must be an integer; got \(seed.aval)")
    }
    guard seed.rank == 0 else {
      throw SJError(
        .shape, "PRNGKey accepts a scalar seed, but was given an array of shape \(seed.shape.tupleText). Use vmap for batching")
    }
    return try Lax.randomSeed(seed)
  }

  /// A key from a host integer.
  public static func PRNGKey(_ seed: Int) throws -> Value { try PRNGKey(seedScalar(seed)) }
  public static func key(_ seed: Int) throws -> Value { try key(seedScalar(seed)) }

  private static func seedScalar(_ seed: Int) throws -> Value {
    // Without 64-bit types a seed's high word is lost, as in JAX; what is left may have the top bit set.
    Config.current.enableX64
      ? try Lax.scalar(seed, .int64, weakType: true) : try Lax.scalar(Int(UInt32(truncatingIfNeeded: seed)), .uint32)
  }

  /// The data of keys, `uint32[…, 2]`.
  public static func keyData(_ keys: Value) throws -> Value { keys.dtype == .key ? try Lax.randomUnwrap(keys) : keys }
  /// Typed keys from data.
  public static func wrapKeyData(_ data: Value) throws -> Value { try Lax.randomWrap(data) }

  /// A single key as a typed one.
  static func typed(_ key: Value, _ name: String) throws -> Value {
    let keys: Value
    if key.dtype == .key {
      keys = key
    } else if key.dtype == .uint32, key.shape.last == 2 {
      keys = try Lax.randomWrap(key)
    } else {
      throw SJError(
        .dtype,
        "\(name): unexpected type for a PRNG key: \(key.aval). Pass an array made by key or PRNGKey (key<fry>[] or uint32[2])")
    }
    guard keys.rank == 0 else {
      throw SJError(
        .shape, "\(name) accepts a single key, but was given a key array of shape \(keys.shape.tupleText). Use vmap for batching",
        raises: .valueError)
    }
    return keys
  }

  /// The key in the form of the one it comes from.
  private static func like(_ original: Value, _ key: Value) throws -> Value {
    original.dtype == .key ? key : try Lax.randomUnwrap(key)
  }

  /// `shape` new keys from one.
  public static func split(_ key: Value, _ shape: Shape = [2]) throws -> Value {
    try checkShape(shape, "split")
    return try like(key, Lax.randomSplit(typed(key, "split"), shape))
  }

  /// The keys of a split as separate values.
  public static func splitKeys(_ key: Value, _ count: Int = 2) throws -> [Value] {
    let keys = try split(key, [count])
    return try (0..<count).map { try Lax.indexInDim(keys, $0, axis: 0, keepDims: false) }
  }

  /// A new key from a key and an integer.
  public static func foldIn(_ key: Value, _ data: Value) throws -> Value {
    guard data.rank == 0 else {
      throw SJError(
        .shape, "fold_in accepts a scalar, but was given an array of shape \(data.shape.tupleText). Use vmap for batching")
    }
    return try like(key, Lax.randomFoldIn(typed(key, "fold_in"), Lax.convertElementType(data, .uint32)))
  }

  static func checkShape(_ shape: Shape, _ name: String) throws {
    guard shape.allSatisfy({ $0 >= 0 }), shape.checkedElementCount != nil else {
      throw SJError(.shape, "\(name): shape \(shape.tupleText) is not a shape of sizes that are not negative")
    }
  }
}
