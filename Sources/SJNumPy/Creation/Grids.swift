import SJCore
import SJLax
import SJTypes

// Coordinates of grids.

extension NumPy {
  /// Coordinate arrays of the grid over vectors; `matrixOrder` is NumPy's `ij`, else `xy`.
  public static func meshgrid(_ vectors: [Value], sparse: Bool = false, matrixOrder: Bool = false) throws -> [Value] {
    guard vectors.allSatisfy({ $0.rank <= 1 }) else {
      throw SJError(.invalidArgument, "Arguments to jax.numpy.meshgrid must be 1D, got \(vectors.map { "\($0.aval)" })")
    }
    let rank = vectors.count
    let axes = matrixOrder || rank < 2 ? Array(0..<rank) : [1, 0] + Array(2..<rank)
    let aligned = try zip(vectors, axes).map { vector, axis in
      try Lax.reshape(vector, (0..<rank).map { $0 == axis ? vector.aval.elementCount : 1 })
    }
    return sparse ? aligned : try broadcast(aligned, "meshgrid")
  }

  /// For each axis of a shape the index along it, as one array or, `sparse`, as arrays that broadcast.
  public static func indices(_ shape: Shape, _ dtype: DType? = nil, sparse: Bool = false) throws -> [Value] {
    let type = canonical(dtype ?? defaultInt)
    return try shape.indices.map { axis in
      let numbers = try Lax.iota(type, shape[axis])
      let aligned = try Lax.reshape(numbers, shape.indices.map { $0 == axis ? shape[axis] : 1 })
      return sparse ? aligned : try broadcastTo(aligned, shape)
    }
  }

  /// The indices as one array, [rank, shape…].
  public static func indexGrid(_ shape: Shape, _ dtype: DType? = nil) throws -> Value {
    guard !shape.isEmpty else { return try Lax.zeros([0], canonical(dtype ?? defaultInt)) }
    return try stack(indices(shape, dtype))
  }
}
