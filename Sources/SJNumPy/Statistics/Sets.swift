import SJCore
import SJLax
import SJTypes

// Arrays as sets: what is equal comes together by sorting.

extension NumPy {
  /// What `unique` gives besides the values.
  public struct UniqueParts {
    public var values: Value
    /// Where each value occurs first.
    public var index: Value?
    /// For each element its value's position.
    public var inverse: Value?
    public var counts: Value?

    /// The values, then those of the others that were asked for.
    public var all: [Value] { [values] + [index, inverse, counts].compactMap { $0 } }
  }

  /// The distinct elements in order, or the distinct slices of an axis.
  /// - Parameters:
  ///   - size: of the result; fewer are filled up with `fillValue` (the least one unless given), more are cut off.
  ///   - equalNaN: whether all NaNs count as one.
  public static func unique(
    _ x: Value, index: Bool = false, inverse: Bool = false, counts: Bool = false, axis: Int? = nil, equalNaN: Bool = true,
    size: Int? = nil, fillValue: Value? = nil
  ) throws -> UniqueParts {
    let position = try axis.map { try canonicalAxis($0, rank: x.rank, "unique") }
    let slices = try position.map { try moveaxis(x, [$0], [0]) } ?? ravel(x)
    let sorted = try SortedSlices(slices, equalNaN: equalNaN)
    let starts = try flatnonzero(sorted.isFirst, size: size)
    var values = try take(sorted.slices, starts, axis: 0, mode: .clip)
    if let size, let fillValue {
      let isFound = try Lax.iota(defaultInt, size) < countNonzero(sorted.isFirst)
      let aligned = try Lax.reshape(isFound, [size] + Shape(repeating: 1, count: values.rank - 1))
      values = try `where`(aligned, values, converted(fillValue, x.dtype))
    }
    return UniqueParts(
      values: try position.map { try moveaxis(values, [0], [$0]) } ?? values,
      index: index ? try take(sorted.order, starts, axis: 0, mode: .clip) : nil,
      inverse: inverse ? try sorted.ranks(shape: axis == nil ? x.shape : [sorted.count]) : nil,
      counts: counts ? try sorted.groupSizes(size) : nil)
  }

  private struct SortedSlices {
    let slices: Value
    /// Where each came from.
    let order: Value
    /// Whether it differs from the one before.
    let isFirst: Value
    var count: Int { slices.shape[0] }

    init(_ x: Value, equalNaN: Bool) throws {
      let count = x.shape[0]
      let width = x.shape.dropFirst().reduce(1, *)
      let rows = try Lax.reshape(x, [count, width])
      let keys = try (0..<width).map { try pick(rows, $0, axis: 1) }
      order =
        try width == 0
        ? Lax.iota(defaultInt, count) : Lax.sort(keys + [Lax.iota(defaultInt, count)], dimension: 0, numKeys: width).last!
      slices = try take(x, order, axis: 0, mode: .clip)
      guard count > 0 else {
        isFirst = try Lax.zeros([0], .bool)
        return
      }
      let sorted = try Lax.reshape(slices, [count, width])
      let (before, after) = (try slice(sorted, 0..<(count - 1)), try slice(sorted, 1..<count))
      var differ = try notEqual(before, after)
      if equalNaN, x.dtype.isInexact { differ = try differ && !(isnan(before) && isnan(after)) }
      isFirst = try Lax.concatenate([Lax.ones([1], .bool), any(differ, axis: [1])], dimension: 0)
    }

    func ranks(shape: Shape) throws -> Value {
      let rank = try cumsum(isFirst) - 1
      return try Lax.reshape(at(Lax.zeros([count], rank.dtype), [.array(order)], .set, rank), shape)
    }

    func groupSizes(_ size: Int?) throws -> Value {
      let starts = try flatnonzero(isFirst, size: size.map { $0 + 1 }, fillValue: Lax.scalar(count, defaultInt))
      let bounds = try size == nil ? concatenate([starts, Lax.full([1], Double(count), defaultInt)]) : starts
      return try diff(bounds)
    }
  }

  public static func union1d(_ x: Value, _ y: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    try unique(concatenate([ravel(x), ravel(y)]), size: size, fillValue: fillValue).values
  }

  /// What occurs in both.
  public static func intersect1d(_ x: Value, _ y: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    try ofDistinct(promoted([x, y], "intersect1d")[0], size, fillValue) { try isin($0, y) }
  }

  /// What occurs in the first but not in the second.
  public static func setdiff1d(_ x: Value, _ y: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    try ofDistinct(x, size, fillValue) { try isin($0, y, invert: true) }
  }

  /// What occurs in one but not in both.
  public static func setxor1d(_ x: Value, _ y: Value, size: Int? = nil, fillValue: Value? = nil) throws -> Value {
    try ofDistinct(concatenate([ravel(x), ravel(y)]), size, fillValue) { try !(isin($0, x) && isin($0, y)) }
  }

  /// The distinct elements that a predicate chooses.
  private static func ofDistinct(
    _ x: Value, _ size: Int?, _ fillValue: Value?, _ isChosen: (Value) throws -> Value
  ) throws -> Value {
    let sorted = try SortedSlices(ravel(x), equalNaN: true)
    return try compress(sorted.isFirst && isChosen(sorted.slices), sorted.slices, axis: 0, size: size, fillValue: fillValue)
  }
}
