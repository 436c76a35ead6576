import SJCore
import SJLax
import SJTypes

// Arrays put together, and slices put in or left out.

extension NumPy {
  /// At least `rank` axes, as `atleast_1d`, `atleast_2d` and `atleast_3d` add them.
  public static func atLeast(_ rank: Int, _ x: Value) throws -> Value {
    switch (rank, x.rank) {
    case (3, 2): return try Lax.expandDims(x, [2])
    case (3, 1): return try Lax.expandDims(x, [0, 2])
    default: return x.rank >= rank ? x : try Lax.expandDims(x, Array(0..<(rank - x.rank)))
    }
  }

  public static func vstack(_ arrays: [Value], dtype: DType? = nil) throws -> Value {
    try concatenate(arrays.map { try atLeast(2, $0) }, axis: 0, dtype: dtype)
  }

  public static func hstack(_ arrays: [Value], dtype: DType? = nil) throws -> Value {
    let operands = try arrays.map { try atLeast(1, $0) }
    return try concatenate(operands, axis: operands.first?.rank == 1 ? 0 : 1, dtype: dtype)
  }

  public static func dstack(_ arrays: [Value], dtype: DType? = nil) throws -> Value {
    try concatenate(arrays.map { try atLeast(3, $0) }, axis: 2, dtype: dtype)
  }

  /// Vectors as columns.
  public static func columnStack(_ arrays: [Value]) throws -> Value {
    try concatenate(arrays.map { $0.rank < 2 ? try transpose(atLeast(2, $0)) : $0 }, axis: 1)
  }

  public static func append(_ x: Value, _ values: Value, axis: Int? = nil) throws -> Value {
    try axis.map { try concatenate([x, values], axis: $0) } ?? concatenate([ravel(x), ravel(values)])
  }

  /// The array without the slices at the given positions of an axis (nil: of the flattened array).
  public static func delete(_ x: Value, _ indices: [Int], axis: Int? = nil) throws -> Value {
    guard let axis else { return try delete(ravel(x), indices, axis: 0) }
    let position = try canonicalAxis(axis, rank: x.rank, "delete")
    let size = x.shape[position]
    if let bad = indices.first(where: { $0 < -size || $0 >= size }) {
      throw SJError(.invalidArgument, "delete: index \(bad) is out of bounds for axis \(position) with size \(size)")
    }
    let gone = Set(indices.map { $0 < 0 ? $0 + size : $0 })
    return try take(x, positions((0..<size).filter { !gone.contains($0) }), axis: position, mode: .clip)
  }

  /// The array with slices put in before the given positions of an axis (nil: of the flattened array).
  /// - Parameter isBlock: whether all values go before the one position, as NumPy has it for a scalar index.
  public static func insert(_ x: Value, _ indices: [Int], isBlock: Bool, _ values: Value, axis: Int? = nil) throws -> Value {
    guard let axis else { return try insert(ravel(x), indices, isBlock: isBlock, values, axis: 0) }
    let position = try canonicalAxis(axis, rank: x.rank, "insert")
    let size = x.shape[position]
    if let bad = indices.first(where: { $0 < -size || $0 > size }) {
      throw SJError(.invalidArgument, "insert: index \(bad) is out of bounds for axis \(position) with size \(size)")
    }
    var inserted = try converted(atLeast(x.rank, values), x.dtype)
    if isBlock, values.rank > 0 { inserted = try moveaxis(inserted, [0], [position]) }
    let count = isBlock || indices.count == 1 ? inserted.shape[position] : indices.count
    var shape = x.shape
    shape[position] = count
    let wanted = (indices.count == 1 ? Array(repeating: indices[0], count: count) : indices).map { $0 < 0 ? $0 + size : $0 }
    // The result as a permutation of the array followed by the values.
    let before = (0..<count).map { (wanted[$0], 0, size + $0) }
    let order = (before + (0..<size).map { ($0, 1, $0) }).sorted { $0 < $1 }.map(\.2)
    let all = try Lax.concatenate([x, broadcastTo(inserted, shape)], dimension: position)
    return try take(all, positions(order), axis: position, mode: .clip)
  }

  /// A vector of host integers.
  static func positions(_ values: [Int]) throws -> Value {
    let result = try ConcreteArray(uninitialized: AbstractValue(.int32, [values.count]))
    let target = try result.mutableBytes().assumingMemoryBound(to: Int32.self)
    for (i, value) in values.enumerated() { target[i] = Int32(truncatingIfNeeded: value) }
    return result
  }

  /// Zeros at the ends left out: `f`, `b` or `fb` for front and back.
  public static func trimZeros(_ x: Value, trim: String = "fb") throws -> Value {
    guard x.rank == 1 else { throw SJError(.invalidArgument, "trim_zeros: a vector is wanted, got \(x.aval)") }
    let found = try flatnonzero(x)
    guard found.shape[0] > 0 else { return try slice(x, 0..<0) }
    let first = try trim.contains("f") ? concreteInteger(pick(found, 0), for: "trim_zeros") : 0
    let last = try trim.contains("b") ? concreteInteger(pick(found, -1), for: "trim_zeros") : x.shape[0] - 1
    return try slice(x, first..<(last + 1))
  }
}
