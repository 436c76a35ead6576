import SJCore
import SJLax
import SJTypes

// Elements repeated, rolled and turned.

extension NumPy {
  /// Each slice of an axis (nil: each element of the flattened array) repeated.
  /// - Parameters:
  ///   - repeats: how often, for all or for each.
  ///   - totalLength: of the result along the axis; without one the repeats must be known.
  public static func `repeat`(_ x: Value, _ repeats: Value, axis: Int? = nil, totalLength: Int? = nil) throws -> Value {
    guard let axis else { return try `repeat`(ravel(x), repeats, axis: 0, totalLength: totalLength) }
    let position = try canonicalAxis(axis, rank: x.rank, "repeat")
    let size = x.shape[position]
    let known = repeats.isTracer ? nil : try concreteIntegers(repeats, for: "repeat")
    if let known, known.count == 1, totalLength == nil { return try repeatEvenly(x, known[0], axis: position) }
    guard repeats.rank <= 1, repeats.aval.elementCount == 1 || repeats.shape == [size] else {
      throw SJError(
        .invalidArgument,
        "repeat: repeats must have 1 or \(size) elements for axis \(position) of \(x.aval), got \(repeats.aval)")
    }
    let ends = try cumsum(converted(broadcastTo(repeats, [size]), defaultInt))
    guard let total = totalLength ?? known?.reduce(0, +) else {
      throw SJError(
        .concretization,
        "repeat: when jit-compiling jnp.repeat, the total number of repeats must be static. To fix this, specify total_repeat_length."
      )
    }
    // Slot i belongs to the first slice whose end lies beyond i.
    let source = try minimum(
      searchsorted(ends, Lax.iota(defaultInt, total), right: true), Lax.scalar(Swift.max(size - 1, 0), .int32))
    return try take(x, source, axis: position, mode: .clip)
  }

  static func repeatEvenly(_ x: Value, _ count: Int, axis: Int) throws -> Value {
    guard count >= 0 else { throw SJError(.invalidArgument, "repeat: repeats must not be negative, got \(count)") }
    var spread = x.shape
    spread.insert(count, at: axis + 1)
    var shape = x.shape
    shape[axis] *= count
    return try Lax.reshape(
      Lax.broadcastInDim(x, shape: spread, broadcastDimensions: spread.indices.filter { $0 != axis + 1 }), shape)
  }

  /// The array as a tile, laid `reps` times along each axis.
  public static func tile(_ x: Value, _ reps: [Int]) throws -> Value {
    guard reps.allSatisfy({ $0 >= 0 }) else { throw SJError(.invalidArgument, "tile: reps must not be negative, got \(reps)") }
    let rank = Swift.max(x.rank, reps.count)
    let sizes = Array(repeating: 1, count: rank - x.rank) + x.shape
    let counts = Array(repeating: 1, count: rank - reps.count) + reps
    let spread = (0..<rank).flatMap { [counts[$0], sizes[$0]] }
    let laid = try Lax.broadcastInDim(
      Lax.reshape(x, sizes), shape: spread, broadcastDimensions: (0..<rank).map { 2 * $0 + 1 })
    return try Lax.reshape(laid, zip(counts, sizes).map { $0 * $1 })
  }

  /// The elements in order, again and again, in another shape.
  public static func resize(_ x: Value, _ shape: Shape) throws -> Value {
    guard shape.allSatisfy({ $0 >= 0 }), let count = shape.checkedElementCount else {
      throw SJError(.invalidArgument, "all elements of `new_shape` must be non-negative, got \(shape.tupleText)")
    }
    let size = x.aval.elementCount
    guard size > 0, count > 0 else { return try Lax.zeros(shape, x.dtype) }
    return try Lax.reshape(slice(tile(ravel(x), [(count + size - 1) / size]), 0..<count), shape)
  }

  /// Elements moved on along axes (nil: along the flattened array), those that leave at one end coming back at the other.
  public static func roll(_ x: Value, _ shift: Value, axis: [Int]? = nil) throws -> Value {
    guard let axis else { return try Lax.reshape(roll(ravel(x), shift, axis: [0]), x.shape) }
    let axes = try axis.map { try canonicalAxis($0, rank: x.rank, "roll") }
    guard shift.rank <= 1, shift.rank == 0 || axes.count == 1 || shift.shape[0] == axes.count || shift.shape[0] == 1 else {
      throw SJError(.invalidArgument, "roll: shift \(shift.aval) does not go with the axes \(axes)")
    }
    let counts = [axes.count, shift.aval.elementCount]
    let count = counts.contains(0) ? 0 : counts.max()!
    func target(_ i: Int) -> Int { axes[axes.count == 1 ? 0 : i] }
    if !shift.isTracer {
      let known = try concreteIntegers(shift, for: "roll")
      return try (0..<count).reduce(x) { try rolled($0, by: known[known.count == 1 ? 0 : $1], target($1)) }
    }
    let shifts = try broadcastTo(shift, [count])
    return try (0..<count).reduce(x) { try rolled($0, pick(shifts, $1), target($1)) }
  }

  private static func rolled(_ x: Value, _ shift: Value, _ axis: Int) throws -> Value {
    let size = x.shape[axis]
    guard size > 0 else { return x }
    let source = try remainder(Lax.iota(.int32, size) - converted(shift, .int32), Lax.scalar(size, .int32))
    return try take(x, source, axis: axis, mode: .promiseInBounds)
  }

  private static func rolled(_ x: Value, by shift: Int, _ axis: Int) throws -> Value {
    let size = x.shape[axis]
    guard size > 0, shift % size != 0 else { return x }
    let cut = size - ((shift % size) + size) % size
    return try Lax.concatenate([slice(x, cut..<size, axis: axis), slice(x, 0..<cut, axis: axis)], dimension: axis)
  }

  /// An axis moved to stand before another.
  public static func rollaxis(_ x: Value, _ axis: Int, start: Int = 0) throws -> Value {
    let from = try canonicalAxis(axis, rank: x.rank, "rollaxis")
    let to = start == x.rank ? x.rank : try canonicalAxis(start, rank: x.rank, "rollaxis")
    return try moveaxis(x, [from], [from < to ? to - 1 : to])
  }

  /// Turned `k` times by 90 degrees from the first axis towards the second.
  public static func rot90(_ x: Value, k: Int = 1, axes: [Int] = [0, 1]) throws -> Value {
    let plane = try canonicalAxes(axes, rank: x.rank, "rot90")
    guard plane.count == 2 else { throw SJError(.invalidArgument, "rot90: two axes are wanted, got \(axes)") }
    switch ((k % 4) + 4) % 4 {
    case 1: return try swapaxes(flip(x, axis: [plane[1]]), plane[0], plane[1])
    case 2: return try flip(x, axis: plane)
    case 3: return try flip(swapaxes(x, plane[0], plane[1]), axis: [plane[1]])
    default: return x
    }
  }
}
