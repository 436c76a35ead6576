import SJCore
import SJLax
import SJNumPy
import SJTypes

extension Random {
  /// Standard normal numbers: `sqrt(2) * erf_inv(u)` for u uniform in (-1, 1). Complex dtypes have variance 1 in all.
  public static func normal(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = NumPy.canonical(dtype ?? NumPy.defaultFloat)
    if type.isComplex {
      let keys = try splitKeys(typed(key, "normal"))
      let parts = try keys.map { try normal($0, shape, type.realPart) }
      let pair = try Lax.complex(parts[0], parts[1])
      return try Lax.div(
        pair, NumPy.broadcastTo(Lax.convertElementType(Lax.scalar(2.0.squareRoot(), type.realPart), type), shape))
    }
    let u = try uniform(
      typed(key, "normal"), shape, floatType(type, "normal"), minval: Lax.scalar(justAboveMinusOne(type), type),
      maxval: Lax.scalar(1.0, type))
    return try Lax.mul(Lax.scalar(2.0.squareRoot(), type), Lax.erfInv(u))
  }

  /// The float next to -1 towards 0.
  private static func justAboveMinusOne(_ type: DType) -> Double {
    switch type {
    case .float16: -1 + 0x1p-11
    case .bfloat16: -1 + 0x1p-8
    case .float32: Double(Float(-1).nextUp)
    default: (-1.0).nextUp
    }
  }

  /// The smallest normal number.
  static func tiny(_ type: DType) -> Double {
    switch type {
    case .float16: 0x1p-14
    case .bfloat16, .float32: 0x1p-126
    default: Double.leastNormalMagnitude
    }
  }

  /// Standard Gumbel numbers: `-log(-log(u))`.
  public static func gumbel(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "gumbel")
    let u = try uniform(key, shape, type, minval: Lax.scalar(tiny(type), type), maxval: Lax.scalar(1.0, type))
    return try Lax.neg(Lax.log(Lax.neg(Lax.log(u))))
  }

  /// Exponential numbers of mean 1: `-log1p(-u)`.
  public static func exponential(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let u = try uniform(key, shape, floatType(dtype, "exponential"))
    return try Lax.neg(Primitives.log1pOfXLA(Lax.neg(u)))
  }

  /// Indices along `axis` drawn with probabilities proportional to `exp(logits)`.
  /// - Parameter shape: ends in the batch shape of the logits (theirs without `axis`).
  public static func categorical(
    _ key: Value, _ logits: Value, axis: Int = -1, shape: Shape? = nil, replace: Bool = true
  ) throws -> Value {
    let position = try NumPy.canonicalAxis(axis, rank: logits.rank, "categorical", raises: .indexError)
    let batch = logits.shape.removing(axes: [position])
    let shape = shape ?? batch
    guard shape.count >= batch.count, Array(shape.suffix(batch.count)).broadcast(with: batch) == Array(shape.suffix(batch.count))
    else {
      throw SJError(
        .shape,
        "categorical: shape \(shape.tupleText) must end in the batch shape \(batch.tupleText) of the logits \(logits.aval)")
    }
    let prefix = Array(shape.dropLast(batch.count))
    if replace {
      var drawn = Array(shape.suffix(batch.count))
      drawn.insert(logits.shape[position], at: position)
      let noise = try gumbel(key, prefix + drawn, logits.dtype)
      let scores = try NumPy.add(noise, Lax.expandDims(logits, Array(prefix.indices)))
      return try NumPy.argmax(scores, axis: position + prefix.count)
    }
    let count = prefix.elementCount
    guard count <= logits.shape[position] else {
      throw SJError(
        .invalidArgument,
        "categorical: number of samples without replacement (\(count)) cannot exceed number of categories (\(logits.shape[position]))."
      )
    }
    let scores = try NumPy.add(gumbel(key, logits.shape, logits.dtype), logits)
    let indices = try Lax.topK(scores, count, axis: position).indices
    return try Lax.reshape(Lax.moveAxis(indices, position, 0), shape)
  }
}
