import SJCore
import SJLax
import SJTypes

// Differences, sums over curves, interpolation.

extension NumPy {
  /// The n-th differences of neighbours along an axis.
  public static func diff(
    _ x: Value, n: Int = 1, axis: Int = -1, prepend: Value? = nil, append: Value? = nil
  ) throws -> Value {
    guard n >= 0 else { throw SJError(.invalidArgument, "order must be non-negative but got \(n)") }
    guard n > 0 else { return x }
    guard x.rank > 0 else {
      throw SJError(.invalidArgument, "diff requires input that is at least one dimensional; got \(x.aval)")
    }
    let position = try canonicalAxis(axis, rank: x.rank, "diff")
    func end(_ value: Value?) throws -> [Value] {
      guard let value else { return [] }
      var shape = x.shape
      shape[position] = 1
      return [value.rank == 0 ? try broadcastTo(value, shape) : value]
    }
    let whole = try end(prepend) + [x] + end(append)
    var result = whole.count == 1 ? x : try concatenate(whole, axis: position)
    for _ in 0..<n {
      let size = result.shape[position]
      guard size > 0 else { return result }
      let (after, before) = (try slice(result, 1..<size, axis: position), try slice(result, 0..<(size - 1), axis: position))
      result = x.dtype == .bool ? try Lax.ne(after, before) : try Lax.sub(after, before)
    }
    return result
  }

  /// The differences of neighbours in the flattened array.
  public static func ediff1d(_ x: Value, toEnd: Value? = nil, toBegin: Value? = nil) throws -> Value {
    func end(_ value: Value?) throws -> [Value] { try value.map { [try converted(ravel($0), x.dtype)] } ?? [] }
    return try concatenate(end(toBegin) + [diff(ravel(x))] + end(toEnd))
  }

  /// Derivatives along axes by central differences, one-sided at the ends.
  /// - Parameter spacing: none, one for all, or one for each axis: a distance, or coordinates.
  public static func gradient(_ f: Value, _ spacing: [Value] = [], axis: [Int]? = nil) throws -> [Value] {
    let operands = try promotedInexact([f] + spacing, "gradient")
    let axes = try canonicalAxes(axis, rank: f.rank, "gradient")
    guard axes.allSatisfy({ f.shape[$0] >= 2 }) else {
      throw SJError(
        .invalidArgument,
        "Shape of array too small to calculate a numerical gradient, at least 2 elements are required: \(f.aval)")
    }
    guard spacing.count <= 1 || spacing.count == axes.count else {
      throw SJError(.dtype, "Invalid number of spacing arguments \(spacing.count) for axis=\(axes)")
    }
    return try axes.enumerated().map { i, axis in
      let step = spacing.isEmpty ? nil : operands[spacing.count == 1 ? 1 : i + 1]
      return try gradient(operands[0], step, axis)
    }
  }

  private static func gradient(_ f: Value, _ step: Value?, _ axis: Int) throws -> Value {
    let size = f.shape[axis]
    func part(_ range: Range<Int>) throws -> Value { try slice(f, range, axis: axis) }
    let first = try part(1..<2) - part(0..<1)
    let last = try part((size - 1)..<size) - part((size - 2)..<(size - 1))
    guard let step, step.rank > 0 else {
      let middle = try (part(2..<size) - part(0..<(size - 2))) * 0.5
      let parts = [first, middle, last]
      return try Lax.concatenate(step.map { step in try parts.map { try $0 / step } } ?? parts, dimension: axis)
    }
    guard step.shape == [size] else {
      throw SJError(
        .invalidArgument,
        "Spacing arrays must have the same length as the dimension along which the gradient is calculated: \(step.aval) for axis \(axis) of \(f.aval)"
      )
    }
    let h = try Lax.reshape(diff(step), f.shape.indices.map { $0 == axis ? size - 1 : 1 })
    func width(_ range: Range<Int>) throws -> Value { try slice(h, range, axis: axis) }
    // The parabola through three points whose distances are h and k.
    let (h0, h1) = (try width(0..<(size - 2)), try width(1..<(size - 1)))
    let total = try h0 + h1
    let middle =
      try part(2..<size) * (h0 / (h1 * total)) + part(1..<(size - 1)) * ((h1 - h0) / (h0 * h1)) - part(0..<(size - 2))
      * (h1 / (h0 * total))
    return try Lax.concatenate(
      [first / width(0..<1), middle, last / width((size - 2)..<(size - 1))], dimension: axis)
  }

  /// The integral along an axis by trapezoids, over coordinates `x` or steps `dx`.
  public static func trapezoid(_ y: Value, _ x: Value? = nil, dx: Value? = nil, axis: Int = -1) throws -> Value {
    let operands = try promotedInexact([y] + (x.map { [$0] } ?? []), "trapezoid")
    let position = try canonicalAxis(axis, rank: y.rank, "trapezoid")
    let y = try moveaxis(operands[0], [position], [-1])
    let last = y.rank - 1
    let size = y.shape[last]
    var step = try dx ?? Lax.scalar(1.0, defaultFloat, weakType: true)
    if x != nil {
      step = try operands[1].rank == 1 ? diff(operands[1]) : moveaxis(diff(operands[1], axis: axis), [axis], [-1])
    }
    guard step.rank > 0 else {
      return try step * (sum(y, axis: [last]) - (pick(y, 0, axis: last) + pick(y, -1, axis: last)) * 0.5)
    }
    let heights = try slice(y, 1..<size, axis: last) + slice(y, 0..<(size - 1), axis: last)
    return try sum(step * heights, axis: [-1]) * 0.5
  }

  /// Values between given points, by straight lines; `left` and `right` stand beyond them.
  /// - Parameter period: of the coordinates, which are then brought into one period and sorted.
  public static func interp(
    _ x: Value, _ xp: Value, _ fp: Value, left: Value? = nil, right: Value? = nil, period: Value? = nil
  ) throws -> Value {
    guard xp.rank == 1, xp.shape == fp.shape else {
      throw SJError(.invalidArgument, "xp and fp must be one-dimensional arrays of equal size, got \(xp.aval) and \(fp.aval)")
    }
    let coordinates = try promotedInexact([x, xp], "interp")
    var (x, xp) = (coordinates[0], coordinates[1])
    var fp = try promotedInexact([fp], "interp")[0]
    try requireReal(x, "interp")
    if let period {
      let length = try abs(period)
      x = try remainder(x, length)
      (xp, fp) = try Lax.sortKeyVal(remainder(xp, length), fp)
      let count = xp.shape[0]
      xp = try concatenate([slice(xp, (count - 1)..<count) - length, xp, slice(xp, 0..<1) + length])
      fp = try concatenate([slice(fp, (count - 1)..<count), fp, slice(fp, 0..<1)])
    }
    let count = xp.shape[0]
    let found = try searchsorted(xp, x, right: true)
    let upper = try clip(found, constant(1, like: found), constant(Double(count - 1), like: found))
    let lower = try upper - 1
    func at(_ values: Value, _ index: Value) throws -> Value { try take(values, index, axis: 0, mode: .clip) }
    let (start, width) = (try at(xp, lower), try at(xp, upper) - at(xp, lower))
    let (base, rise) = (try at(fp, lower), try at(fp, upper) - at(fp, lower))
    // Points that coincide would give NaN, in derivatives too.
    let isPoint = try Lax.le(Lax.abs(width), spacing(constant(epsilon(xp.dtype), like: width)))
    var result = try `where`(isPoint, base, base + (x - start) / `where`(isPoint, 1, width) * rise)
    guard period == nil else { return result }
    result = try `where`(x < pick(xp, 0), left ?? pick(fp, 0), result)
    return try `where`(x > pick(xp, -1), right ?? pick(fp, -1), result)
  }

  /// The distance from 1 to the next number.
  static func epsilon(_ dtype: DType) -> Double {
    switch dtype.realPart {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float32: 0x1p-23
    default: 0x1p-52
    }
  }

  /// Jumps of more than `discont` along an axis made smaller by whole periods.
  public static func unwrap(_ p: Value, discont: Value? = nil, axis: Int = -1, period: Value? = nil) throws -> Value {
    let circle = try period ?? Lax.scalar(2 * Double.pi, defaultFloat, weakType: true)
    let operands = try promoted([p, circle], "unwrap")
    let (p, period) = (operands[0], operands[1])
    try requireReal(p, "unwrap")
    let position = try canonicalAxis(axis, rank: p.rank, "unwrap")
    guard p.shape[position] > 0 else { return p }
    let half = try p.dtype.isInteger ? floorDivide(period, constant(2, like: period)) : period / 2
    let jump = try diff(p, axis: position)
    let turned = try remainder(jump + half, period) - half
    let isUp = try equal(turned, -half) && jump > 0
    let correction = try `where`(abs(jump) < (discont ?? period / 2), 0, `where`(isUp, half, turned) - jump)
    let rest = try slice(p, 1..<p.shape[position], axis: position) + cumsum(correction, axis: position)
    return try concatenate([slice(p, 0..<1, axis: position), rest], axis: position)
  }
}
