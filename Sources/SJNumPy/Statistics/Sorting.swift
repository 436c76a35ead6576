import SJCore
import SJLax
import SJTypes

// Sorting; NaNs come last.

extension NumPy {
  /// The elements in order along an axis (nil: of the flattened array).
  public static func sort(_ x: Value, axis: Int? = -1, stable: Bool = true, descending: Bool = false) throws -> Value {
    guard let axis else { return try sort(ravel(x), axis: 0, stable: stable, descending: descending) }
    let position = try canonicalAxis(axis, rank: x.rank, "sort")
    let result = try Lax.sort(x, dimension: position, isStable: stable)
    return descending ? try Lax.rev(result, [position]) : result
  }

  /// The positions that sort an axis; equal elements keep their order, also where it is descending.
  public static func argsort(_ x: Value, axis: Int? = -1, stable: Bool = true, descending: Bool = false) throws -> Value {
    guard let axis else { return try argsort(ravel(x), axis: 0, stable: stable, descending: descending) }
    let position = try canonicalAxis(axis, rank: x.rank, "argsort")
    let positions = try Lax.broadcastedIota(defaultInt, x.shape, position)
    // Reversed before and after, so that equal elements meet in their order.
    let turned = descending ? try [x, positions].map { try Lax.rev($0, [position]) } : [x, positions]
    let order = try Lax.sortKeyVal(turned[0], turned[1], dimension: position, isStable: stable).values
    return descending ? try Lax.rev(order, [position]) : order
  }

  /// The positions that sort by several keys, the last of which counts most.
  public static func lexsort(_ keys: [Value], axis: Int = -1) throws -> Value {
    guard let first = keys.first else { throw SJError(.dtype, "need sequence of keys with len > 0 in lexsort") }
    if let odd = keys.first(where: { $0.shape != first.shape }) {
      throw SJError(.invalidArgument, "all keys need to be the same shape, got \(first.aval) and \(odd.aval)")
    }
    if first.rank == 0 { return try Lax.zeros([], defaultInt) }
    let position = try canonicalAxis(axis, rank: first.rank, "lexsort")
    let positions = try Lax.broadcastedIota(defaultInt, first.shape, position)
    return try Lax.sort(Array(keys.reversed()) + [positions], dimension: position, numKeys: keys.count).last!
  }

  /// What would stand at `kth` is there, no greater ones before it, no smaller ones after it.
  public static func partition(_ x: Value, _ kth: Int, axis: Int = -1) throws -> Value {
    // As in JAX, those after `kth` are in descending order.
    try partitioned("partition", x, kth, axis, sort: { try Lax.sort($0, dimension: $1) }, rest: { try Lax.rev($0, [$1]) })
  }

  public static func argpartition(_ x: Value, _ kth: Int, axis: Int = -1) throws -> Value {
    // As in JAX, those after `kth` are in the order of `x`.
    try partitioned("argpartition", x, kth, axis, sort: { try argsort($0, axis: $1) }, rest: { try Lax.sort($0, dimension: $1) })
  }

  private static func partitioned(
    _ name: String, _ x: Value, _ kth: Int, _ axis: Int, sort: (Value, Int) throws -> Value,
    rest: (Value, Int) throws -> Value
  ) throws -> Value {
    try requireReal(x, name)
    let position = try canonicalAxis(axis, rank: x.rank, name)
    let size = x.shape[position]
    let cut = try canonicalAxis(kth, rank: size, name) + 1
    let sorted = try sort(x, position)
    return try Lax.concatenate(
      [slice(sorted, 0..<cut, axis: position), rest(slice(sorted, cut..<size, axis: position), position)],
      dimension: position)
  }
}
