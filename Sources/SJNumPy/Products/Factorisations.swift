import SJControl
import SJCore
import SJLax
import SJTypes

// Factorisations written with lax, hence differentiable, batched and compiled like everything else. Each is a loop over
// columns whose step updates the whole matrix under masks, for all matrices of a batch at once.

extension NumPy {
  /// Square matrices with a floating or complex dtype.
  private static func square(_ x: Value, _ name: String) throws -> Value {
    let x = try promotedInexact([x], name)[0]
    guard x.rank >= 2, x.shape[x.rank - 1] == x.shape[x.rank - 2] else {
      throw SJError(.invalidArgument, "Argument to \(name) must have shape [..., n, n], got \(x.aval)")
    }
    return x
  }

  /// A loop over 0 ..< count with known bounds.
  private static func loop(
    _ name: String, _ count: Int, _ start: [Value], _ step: @escaping (Value, [Value]) throws -> [Value]
  ) throws
    -> [Value]
  {
    let body = Function(name) { arguments in
      let leaves = arguments.leaves
      return PyTree(tuple: try step(leaves[0], Array(leaves.dropFirst())).map { PyTree($0) })
    }
    return try foriLoop(
      Lax.scalar(0, .int32), Lax.scalar(count, .int32), body, PyTree(tuple: start.map { PyTree($0) })
    ).leaves
  }

  /// A column or row of each matrix, kept as an axis of size 1.
  private static func line(_ x: Value, _ k: Value, axis: Int) throws -> Value {
    try Lax.dynamicIndexInDim(x, k, axis: x.rank + axis, keepDims: true)
  }

  /// `L` (below the diagonal, ones on it left out) and `U` in one matrix, the permutation of the rows, and its sign.
  ///
  /// Doolittle's algorithm with partial pivoting, the outer-product form.
  static func lu(_ x: Value) throws -> (lu: Value, permutation: Value, sign: Value) {
    let n = x.shape.last!
    let batch = Shape(x.shape.dropLast(2))
    let numbers = try Lax.iota(.int32, n)
    let start = [
      x, try broadcastTo(numbers, batch + [n]), try Lax.ones(batch, x.dtype),
    ]
    let results = try loop("lu", n, start) { k, carry in
      let (a, permutation, sign) = (carry[0], carry[1], carry[2])
      let magnitude = try Lax.squeeze(abs(line(a, k, axis: -1)), [a.rank - 1])
      let pivot = try converted(argmax(`where`(numbers >= k, magnitude, -1), axis: -1), .int32)
      let isMoved = try notEqual(pivot, k)
      // Rows k and pivot change places.
      let order = try `where`(
        equal(numbers, k), Lax.expandDims(pivot, [batch.count]),
        `where`(equal(numbers, Lax.expandDims(pivot, [batch.count])), k, numbers))
      let moved = try takeAlongAxis(a, Lax.expandDims(order, [order.rank]), axis: -2, mode: "promise_in_bounds")
      let row = try line(moved, k, axis: -2)
      let head = try line(row, k, axis: -1)
      let isBelow = try Lax.expandDims(numbers > k, [1])
      let isZero = try isEqual(head, 0)
      let factors = try `where`(isBelow, line(moved, k, axis: -1) / `where`(isZero, 1, head), 0)
      let isRight = try Lax.expandDims(numbers > k, [0])
      let updated = try moved - factors * `where`(isRight, row, 0)
      let isColumn = try Lax.expandDims(equal(numbers, k), [0])
      let next = try `where`(isColumn && isBelow, factors, updated)
      return [
        next, try takeAlongAxis(permutation, order, axis: -1, mode: "promise_in_bounds"),
        try `where`(isMoved, -sign, sign),
      ]
    }
    return (results[0], results[1], results[2])
  }

  /// Solutions of triangular systems `t y = b`, b with columns.
  static func solveTriangular(_ t: Value, _ b: Value, lower: Bool, unitDiagonal: Bool) throws -> Value {
    let n = t.shape.last!
    let numbers = try Lax.expandDims(Lax.iota(.int32, n), [1])
    return try loop("solve_triangular", n, [b]) { step, carry in
      let k = lower ? step : try Lax.sub(Lax.scalar(n - 1, .int32), step)
      let row = try line(carry[0], k, axis: -2)
      let column = try line(t, k, axis: -1)
      let solved = try unitDiagonal ? row : row / line(column, k, axis: -2)
      let isOpen = try lower ? numbers > k : numbers < k
      let rest = try carry[0] - `where`(isOpen, column, 0) * solved
      return [try `where`(equal(numbers, k), solved, rest)]
    }[0]
  }

  /// `linalg.solve`: x with a x = b, for vectors b or matrices of columns.
  public static func solve(_ a: Value, _ b: Value) throws -> Value {
    let operands = try promotedInexact([a, b], "solve")
    let matrix = try square(operands[0], "solve")
    let isVector = b.rank == 1
    guard b.rank > 0, operands[1].shape[isVector ? 0 : b.rank - 2] == matrix.shape.last! else {
      throw SJError(.invalidArgument, "solve: a \(a.aval) and b \(b.aval) do not go together")
    }
    let right = isVector ? try Lax.expandDims(operands[1], [1]) : operands[1]
    let batch = try broadcastShapes([Shape(matrix.shape.dropLast(2)), Shape(right.shape.dropLast(2))], "solve")
    let (factors, permutation, _) = try lu(broadcastTo(matrix, batch + matrix.shape.suffix(2)))
    let columns = try broadcastTo(right, batch + right.shape.suffix(2))
    let permuted = try takeAlongAxis(
      columns, Lax.expandDims(permutation, [permutation.rank]), axis: -2, mode: "promise_in_bounds")
    let forward = try solveTriangular(factors, permuted, lower: true, unitDiagonal: true)
    let result = try solveTriangular(factors, forward, lower: false, unitDiagonal: false)
    return isVector ? try Lax.squeeze(result, [result.rank - 1]) : result
  }

  /// `linalg.inv`.
  public static func inv(_ a: Value) throws -> Value {
    let matrix = try square(a, "inv")
    return try solve(matrix, Lax.eye(rows: matrix.shape.last!, columns: matrix.shape.last!, dtype: matrix.dtype))
  }

  /// `linalg.det`.
  public static func det(_ a: Value) throws -> Value {
    let (factors, _, sign) = try lu(square(a, "det"))
    return try sign * prod(diagonal(factors, axis1: -2, axis2: -1), axis: [-1])
  }

  /// `linalg.slogdet`: the determinant's sign (or phase) and the logarithm of its magnitude.
  public static func slogdet(_ a: Value) throws -> (sign: Value, logabsdet: Value) {
    let (factors, _, sign) = try lu(square(a, "slogdet"))
    let pivots = try diagonal(factors, axis1: -2, axis2: -1)
    return (
      try sign * prod(Lax.sign(pivots), axis: [-1]), try sum(Lax.log(Lax.abs(pivots)), axis: [-1])
    )
  }

  /// `linalg.cholesky`: lower triangular L with L Lᴴ the matrix (or upper U with Uᴴ U); NaN where it is not positive definite.
  public static func cholesky(_ a: Value, upper: Bool = false, symmetrizeInput: Bool = true) throws -> Value {
    var matrix = try square(a, "cholesky")
    if symmetrizeInput { matrix = try (matrix + conj(swapaxes(matrix, -1, -2))) * 0.5 }
    let n = matrix.shape.last!
    let numbers = try Lax.iota(.int32, n)
    let (rows, columns) = (try Lax.expandDims(numbers, [1]), try Lax.expandDims(numbers, [0]))
    let result = try loop("cholesky", n, [matrix]) { k, carry in
      let column = try line(carry[0], k, axis: -1)
      let root = try Lax.sqrt(line(column, k, axis: -2))
      let scaled = try `where`(rows >= k, column / root, 0)
      let below = try `where`(rows > k, scaled, 0)
      let rest = try carry[0] - below * conj(swapaxes(below, -1, -2))
      return [try `where`(equal(columns, k), scaled, rest)]
    }[0]
    let isFailed = try any(isnan(diagonal(real(result), axis1: -2, axis2: -1)), axis: [-1])
    let lower = try `where`(Lax.expandDims(isFailed, [-2, -1].map { $0 + result.rank }) && rows >= columns, .nan, tril(result))
    return upper ? try conj(swapaxes(lower, -1, -2)) : lower
  }
}
