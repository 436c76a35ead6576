import SJCore
import SJLax
import SJNumPy
import SJTypes

#if canImport(Glibc)
import Glibc
#endif

extension Random {
  /// Sorts by random keys, as often as makes ties harmless.
  private static func shuffle(_ key: Value, _ x: Value, axis: Int) throws -> Value {
    // Three times the logarithm of the size in 32-bit digits (Hagerup's bound as JAX uses it).
    let size = Double(Swift.max(1, x.aval.elementCount))
    let rounds = Int((3 * log(size) / log(Double(UInt32.max))).rounded(.up))
    var (key, result) = (key, x)
    for _ in 0..<rounds {
      let keys = try splitKeys(key)
      key = keys[0]
      let order = try bits(keys[1], result.shape)
      result = try Lax.sortKeyVal(order, result, dimension: axis).values
    }
    return result
  }

  /// The numbers 0 ..< count in random order.
  public static func permutation(_ key: Value, _ count: Int) throws -> Value {
    guard count >= 0 else { throw SJError(.invalidArgument, "permutation: the count must not be negative, got \(count)") }
    return try shuffle(typed(key, "permutation"), Lax.iota(NumPy.defaultInt, count), axis: 0)
  }

  /// The array with its slices along `axis` in random order (each element for itself if `independent`).
  public static func permutation(_ key: Value, _ x: Value, axis: Int = 0, independent: Bool = false) throws -> Value {
    guard x.rank > 0 else { throw SJError(.dtype, "permutation: x must be an integer or at least 1-dimensional, got \(x.aval)") }
    let axis = try NumPy.canonicalAxis(axis, rank: x.rank, "permutation")
    if independent || x.rank == 1 { return try shuffle(typed(key, "permutation"), x, axis: axis) }
    return try NumPy.take(x, permutation(key, x.shape[axis]), axis: axis)
  }

  /// Elements drawn from 0 ..< count, or along an axis of an array: see the two functions below.
  public struct Population {
    let count: Int
    let array: Value?
    let axis: Int

    public static func range(_ count: Int) -> Population { Population(count: count, array: nil, axis: 0) }
    public static func array(_ array: Value, axis: Int = 0) throws -> Population {
      let axis = try NumPy.canonicalAxis(axis, rank: array.rank, "choice")
      return Population(count: array.shape[axis], array: array, axis: axis)
    }
  }

  /// Random elements, with or without replacement, with probabilities `p` or equal ones.
  public static func choice(
    _ key: Value, _ population: Population, _ shape: Shape = [], replace: Bool = true, p: Value? = nil
  ) throws -> Value {
    try checkShape(shape, "choice")
    let draws = shape.elementCount
    guard population.count > 0 || draws == 0 else {
      throw SJError(.invalidArgument, "a must be greater than 0 unless no samples are taken")
    }
    guard replace || draws <= population.count else {
      throw SJError(
        .invalidArgument,
        "Cannot take a larger sample (size \(draws)) than population (size \(population.count)) when 'replace=False'")
    }
    let key = try typed(key, "choice")
    let indices = try draw(key, population, shape, draws, replace, p)
    guard let array = population.array else { return try Lax.reshape(indices, shape) }
    let taken = try NumPy.take(array, Lax.reshape(indices, [draws]), axis: population.axis)
    let before = array.shape[..<population.axis]
    return try Lax.reshape(taken, before + shape + array.shape[(population.axis + 1)...])
  }

  private static func draw(
    _ key: Value, _ population: Population, _ shape: Shape, _ draws: Int, _ replace: Bool, _ p: Value?
  ) throws -> Value {
    guard let p else {
      if replace {
        return try randint(
          key, shape, minval: Lax.scalar(0, .int32), maxval: Lax.scalar(population.count, NumPy.defaultInt))
      }
      return try Lax.sliceInDim(permutation(key, population.count), 0, draws, axis: 0)
    }
    let weights = try NumPy.promotedInexact([p], "choice")[0]
    guard weights.shape == [population.count] else {
      throw SJError(
        .shape,
        "p must be None or a 1D vector with the same size as a.shape[axis]. p has shape \(p.shape.tupleText) and the population \(population.count) elements."
      )
    }
    if replace {
      let cumulative = try NumPy.cumsum(weights)
      let total = try Lax.indexInDim(cumulative, population.count - 1, axis: 0, keepDims: false)
      let u = try uniform(key, shape, cumulative.dtype)
      let r = try NumPy.multiply(total, NumPy.subtract(Lax.scalar(1.0, u.dtype), u))
      return try NumPy.searchsorted(cumulative, r)
    }
    let scores = try NumPy.add(gumbel(key, [population.count], weights.dtype), Lax.log(weights))
    return try Lax.topK(scores, draws).indices
  }
}
