import SJCore
import SJLax
import SJTypes

// Products other than those of matrices with matrices.

extension NumPy {
  /// The blocks of one array multiplied by each element of the other.
  public static func kron(_ x: Value, _ y: Value) throws -> Value {
    let operands = try promoted([x, y], "kron")
    let rank = Swift.max(x.rank, y.rank)
    let (a, b) = (try leading(operands[0], rank), try leading(operands[1], rank))
    let spread = try Lax.expandDims(a, (0..<rank).map { 2 * $0 + 1 }) * Lax.expandDims(b, (0..<rank).map { 2 * $0 })
    return try Lax.reshape(spread, zip(a.shape, b.shape).map { $0 * $1 })
  }

  private static func leading(_ x: Value, _ rank: Int) throws -> Value {
    x.rank == rank ? x : try Lax.expandDims(x, Array(0..<(rank - x.rank)))
  }

  /// Vector products in two or three dimensions; `axis` stands for all three axes.
  public static func cross(
    _ a: Value, _ b: Value, axisa: Int = -1, axisb: Int = -1, axisc: Int = -1, axis: Int? = nil
  ) throws -> Value {
    let x = try moveaxis(a, [axis ?? axisa], [-1])
    let y = try moveaxis(b, [axis ?? axisb], [-1])
    let sizes = (x.shape.last!, y.shape.last!)
    guard (2...3).contains(sizes.0), (2...3).contains(sizes.1) else {
      throw SJError(.invalidArgument, "Dimension must be either 2 or 3 for cross product, got \(a.aval) and \(b.aval)")
    }
    func part(_ v: Value, _ i: Int) throws -> Value {
      try i < v.shape.last! ? pick(v, i, axis: v.rank - 1) : Lax.zerosLike(pick(v, 0, axis: v.rank - 1))
    }
    func minor(_ i: Int, _ j: Int) throws -> Value { try part(x, i) * part(y, j) - part(x, j) * part(y, i) }
    if sizes == (2, 2) { return try minor(0, 1) }
    return try stack([minor(1, 2), minor(2, 0), minor(0, 1)], axis: axis ?? axisc)
  }

  /// Dot products along an axis, over which the others broadcast; the first operand is conjugated.
  public static func vecdot(_ x: Value, _ y: Value, axis: Int = -1) throws -> Value {
    guard x.rank > 0, y.rank > 0 else {
      throw SJError(.invalidArgument, "vecdot: inputs must have at least one dimension, got \(x.aval) and \(y.aval)")
    }
    let (a, b) = (try moveaxis(x, [axis], [-1]), try moveaxis(y, [axis], [-1]))
    guard a.shape.last == b.shape.last else {
      throw SJError(.invalidArgument, "vecdot: axis \(axis) has different sizes in \(x.aval) and \(y.aval)")
    }
    return try Lax.squeeze(
      matmul(Lax.expandDims(conj(a), [a.rank - 1]), Lax.expandDims(b, [b.rank])),
      [-2, -1].map { $0 + Swift.max(a.rank, b.rank) + 1 })
  }

  /// Matrices times vectors, over leading axes that broadcast.
  public static func matvec(_ x: Value, _ y: Value) throws -> Value {
    guard x.rank >= 2, y.rank >= 1 else {
      throw SJError(.invalidArgument, "matvec: a matrix and a vector are wanted, got \(x.aval) and \(y.aval)")
    }
    let product = try matmul(x, Lax.expandDims(y, [y.rank]))
    return try Lax.squeeze(product, [product.rank - 1])
  }

  /// Vectors, conjugated, times matrices.
  public static func vecmat(_ x: Value, _ y: Value) throws -> Value {
    guard x.rank >= 1, y.rank >= 2 else {
      throw SJError(.invalidArgument, "vecmat: a vector and a matrix are wanted, got \(x.aval) and \(y.aval)")
    }
    let product = try matmul(Lax.expandDims(conj(x), [x.rank - 1]), y)
    return try Lax.squeeze(product, [product.rank - 2])
  }
}
