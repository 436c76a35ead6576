import SJCore
import SJLax
import SJTypes

// Triangles and diagonals of matrices.

extension NumPy {
  /// Ones at and below the k-th diagonal.
  public static func tri(_ rows: Int, _ columns: Int? = nil, k: Int = 0, _ dtype: DType? = nil) throws -> Value {
    try converted(triangle([rows, columns ?? rows], k), canonical(dtype ?? defaultFloat))
  }

  /// Where the column is at most k to the right of the row, over the last two axes of a shape.
  private static func triangle(_ shape: Shape, _ k: Int) throws -> Value {
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw SJError(.invalidArgument, "tri: negative dimensions are not allowed, got \(shape.tupleText)")
    }
    let matrix = Shape(shape.suffix(2))
    let rows = try Lax.broadcastedIota(.int32, matrix, 0)
    let columns = try Lax.broadcastedIota(.int32, matrix, 1)
    return try rows + Double(k) >= columns
  }

  public static func tril(_ x: Value, k: Int = 0) throws -> Value { try triangular("tril", x, k, isLower: true) }
  public static func triu(_ x: Value, k: Int = 0) throws -> Value {
    try triangular("triu", x, k.addingClamped(-1), isLower: false)
  }

  private static func triangular(_ name: String, _ x: Value, _ k: Int, isLower: Bool) throws -> Value {
    guard x.rank >= 2 else { throw SJError(.invalidArgument, "Argument to jax.numpy.\(name) must be at least 2D, got \(x.aval)") }
    let mask = try broadcastTo(triangle(x.shape, k), x.shape)
    let zeros = try Lax.zerosLike(x)
    return isLower ? try Lax.select(mask, x, zeros) : try Lax.select(mask, zeros, x)
  }

  /// - Throws: `outOfMemory` where the indices could not be held.
  private static func checkTriangle(_ name: String, _ rows: Int, _ columns: Int) throws {
    let (size, overflow) = Swift.max(rows, 0).multipliedReportingOverflow(by: Swift.max(columns, 0))
    if overflow || Swift.max(size, rows, columns) > 1 << 29 {
      throw SJError(.outOfMemory, "\(name): the indices of a triangle of \(rows) by \(columns) are too many")
    }
  }

  /// Rows and columns of the elements of a triangle.
  public static func trilIndices(_ n: Int, k: Int = 0, _ m: Int? = nil) throws -> [Value] {
    let columns = m ?? n
    try checkTriangle("tril_indices", n, columns)
    let pairs = (0..<Swift.max(n, 0)).flatMap { row in
      (0..<Swift.max(0, Swift.min(columns, (row + 1).addingClamped(k)))).map { (row, $0) }
    }
    return try [positions(pairs.map(\.0)), positions(pairs.map(\.1))].map { try converted($0, defaultInt) }
  }

  public static func triuIndices(_ n: Int, k: Int = 0, _ m: Int? = nil) throws -> [Value] {
    let columns = Swift.max(m ?? n, 0)
    try checkTriangle("triu_indices", n, columns)
    let pairs = (0..<Swift.max(n, 0)).flatMap { row in
      (Swift.min(columns, Swift.max(0, row.addingClamped(k)))..<columns).map { (row, $0) }
    }
    return try [positions(pairs.map(\.0)), positions(pairs.map(\.1))].map { try converted($0, defaultInt) }
  }

  /// The diagonal of a matrix, or the matrix of a diagonal.
  public static func diag(_ v: Value, k: Int = 0) throws -> Value {
    switch v.rank {
    case 1: return try diagonalMatrix(v, k)
    case 2: return try diagonal(v, offset: k)
    default: throw SJError(.invalidArgument, "diag input must be 1d or 2d, got \(v.aval)")
    }
  }

  public static func diagflat(_ v: Value, k: Int = 0) throws -> Value { try diagonalMatrix(ravel(v), k) }

  /// On the flattened matrix the elements stand a row and one apart.
  private static func diagonalMatrix(_ v: Value, _ k: Int) throws -> Value {
    let (count, magnitude) = (v.shape[0], Int(k.magnitude))
    let size = count + magnitude
    guard count > 0 else { return try Lax.zeros([size, size], v.dtype) }
    let start = k >= 0 ? k : magnitude * size
    let end = size * size - start - (count - 1) * (size + 1) - 1
    let flat = try Lax.pad(v, Lax.scalar(0, v.dtype), [(start, end, size)])
    return try Lax.reshape(flat, [size, size])
  }

  /// Diagonals over two axes, as the last axis of the result.
  public static func diagonal(_ x: Value, offset: Int = 0, axis1: Int = 0, axis2: Int = 1) throws -> Value {
    guard x.rank >= 2 else {
      throw SJError(.invalidArgument, "diagonal requires an array of at least two dimensions, got \(x.aval)")
    }
    let axes = try canonicalAxes([axis1, axis2], rank: x.rank, "diagonal")
    let moved = try moveaxis(x, axes, [-2, -1])
    let (rows, columns) = (moved.shape[x.rank - 2], moved.shape[x.rank - 1])
    let outer = Shape(moved.shape.dropLast(2))
    let count = Swift.max(0, offset >= 0 ? Swift.min(rows, columns - offset) : Swift.min(rows + offset, columns))
    guard count > 0 else { return try Lax.zeros(outer + [0], x.dtype) }
    let start = offset >= 0 ? offset : -offset * columns
    let flat = try Lax.reshape(moved, outer + [rows * columns])
    return try Lax.sliceInDim(flat, start, start + (count - 1) * (columns + 1) + 1, stride: columns + 1, axis: outer.count)
  }

  public static func diagIndices(_ n: Int, _ rank: Int = 2) throws -> [Value] {
    guard n >= 0, rank >= 0 else {
      throw SJError(.invalidArgument, "n and ndim of diag_indices must be non-negative, got \(n) and \(rank)")
    }
    let index = try Lax.iota(defaultInt, n)
    return Array(repeating: index, count: rank)
  }

  /// A copy with the elements of the main diagonal replaced, by a scalar or by values over and over.
  public static func fillDiagonal(_ x: Value, _ value: Value) throws -> Value {
    guard x.rank >= 2, x.rank == 2 || Set(x.shape).count == 1 else {
      throw SJError(.invalidArgument, "fill_diagonal: two axes or equal ones are wanted, got \(x.aval)")
    }
    let count = x.shape.min()!
    let index = try Lax.iota(.int32, count)
    let values = value.rank == 0 ? value : try resize(value, [count])
    return try at(x, x.shape.map { _ in .array(index) }, .set, values)
  }

  /// Columns that are powers of a vector.
  public static func vander(_ x: Value, _ columns: Int? = nil, increasing: Bool = false) throws -> Value {
    guard x.rank == 1 else { throw SJError(.invalidArgument, "x must be a one-dimensional array, got \(x.aval)") }
    let count = columns ?? x.shape[0]
    guard count >= 0 else { throw SJError(.invalidArgument, "N must be nonnegative, got \(count)") }
    let steps = try Lax.iota(x.dtype, count)
    let exponents = increasing ? steps : try Lax.rev(steps, [0])
    return try power(Lax.expandDims(x, [1]), Lax.expandDims(exponents, [0]))
  }
}

extension Int {
  /// The sum, or the nearest integer there is.
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
