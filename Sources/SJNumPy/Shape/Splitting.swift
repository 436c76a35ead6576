import SJCore
import SJLax
import SJTypes

// Arrays cut along an axis.

extension NumPy {
  /// Parts of equal size.
  public static func split(_ x: Value, sections: Int, axis: Int = 0) throws -> [Value] {
    let position = try canonicalAxis(axis, rank: x.rank, "split", raises: .indexError)
    guard sections > 0, x.shape[position] % sections == 0 else {
      throw SJError(
        .invalidArgument,
        "array split does not result in an equal division: axis \(position) of \(x.aval) into \(sections) sections")
    }
    return try arraySplit(x, sections: sections, axis: position)
  }

  /// Parts of as equal sizes as possible, the larger ones first.
  public static func arraySplit(_ x: Value, sections: Int, axis: Int = 0) throws -> [Value] {
    let position = try canonicalAxis(axis, rank: x.rank, "array_split", raises: .indexError)
    guard sections > 0 else { throw SJError(.invalidArgument, "number sections must be larger than 0.") }
    guard sections <= Swift.max(x.shape[position], 1 << 20) else {
      throw SJError(.outOfMemory, "array_split: \(sections) sections of an axis of size \(x.shape[position]) are too many")
    }
    let (size, extra) = x.shape[position].quotientAndRemainder(dividingBy: sections)
    return try Lax.split(x, sizes: (0..<sections).map { $0 < extra ? size + 1 : size }, axis: position)
  }

  /// Parts that begin at the given positions, which count as bounds of slices do.
  public static func split(_ x: Value, at indices: [Int], axis: Int = 0) throws -> [Value] {
    let position = try canonicalAxis(axis, rank: x.rank, "split", raises: .indexError)
    let size = x.shape[position]
    let cuts = indices.map { Swift.min(Swift.max($0 < 0 ? $0 + size : $0, 0), size) }
    return try zip([0] + cuts, cuts + [size]).map { try slice(x, $0..<Swift.max($0, $1), axis: position) }
  }

  /// The slices of an axis, without it.
  public static func unstack(_ x: Value, axis: Int = 0) throws -> [Value] {
    guard x.rank > 0 else {
      throw SJError(.invalidArgument, "Unstack requires arrays with rank > 0, however a scalar array was passed.")
    }
    let position = try canonicalAxis(axis, rank: x.rank, "unstack")
    return try (0..<x.shape[position]).map { try pick(x, $0, axis: position) }
  }
}
