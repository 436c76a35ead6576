import SJControl
import SJCore
import SJLax
import SJNumPy
import SJTypes

// Distributions made from uniform, normal and exponential numbers by formulas; in JAX's order of operations,
// so that the bits agree.

extension Random {
  static func scalar(_ value: Double, _ type: DType) throws -> Value { try Lax.scalar(value, type) }

  /// The shape given, or that which parameters broadcast to.
  static func drawn(_ shape: Shape?, _ parameters: [Value], _ name: String) throws -> Shape {
    let needed = try NumPy.broadcastShapes(parameters.map(\.shape), name)
    guard let shape else { return needed }
    guard shape.broadcast(with: needed) == shape else {
      throw SJError(
        .invalidArgument,
        "\(name) parameter shapes must be broadcast-compatible with shape argument, got \(needed.tupleText) for shape \(shape.tupleText)."
      )
    }
    return shape
  }

  static func parameters(_ values: [Value], _ shape: Shape, _ type: DType) throws -> [Value] {
    try values.map { try NumPy.broadcastTo(Lax.convertElementType($0, type), shape) }
  }

  /// Laplace numbers: the sign of u times `log1p(-|u|)`, u uniform in (-1, 1).
  public static func laplace(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "laplace")
    // The distance from 1 down to the next number is half the distance up.
    let low = -1 + epsilon(type) / 2
    let u = try uniform(key, shape, type, minval: scalar(low, type), maxval: scalar(1, type))
    return try Lax.mul(Lax.sign(u), Primitives.log1pOfXLA(Lax.neg(Lax.abs(u))))
  }

  /// Logistic numbers: `log(u) - log1p(-u)`.
  public static func logistic(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "logistic")
    let u = try uniform(key, shape, type, minval: scalar(tiny(type), type), maxval: scalar(1, type))
    return try Lax.sub(Lax.log(u), Primitives.log1pOfXLA(Lax.neg(u)))
  }

  /// Cauchy numbers: `tan(π (u - 1/2))`.
  public static func cauchy(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "cauchy")
    let u = try uniform(key, shape, type, minval: scalar(epsilon(type), type), maxval: scalar(1, type))
    return try Lax.tan(Lax.mul(scalar(Double.pi, type), Lax.sub(u, scalar(0.5, type))))
  }

  /// Normal numbers between two bounds, by inversion.
  public static func truncatedNormal(
    _ key: Value, _ lower: Value, _ upper: Value, _ shape: Shape? = nil, _ dtype: DType? = nil
  ) throws -> Value {
    let type = try floatType(dtype, "truncated_normal")
    let shape = try drawn(shape, [lower, upper], "truncated_normal")
    let root = try scalar(2.0.squareRoot(), type)
    let bounds = try [lower, upper].map { try Lax.convertElementType($0, type) }
    let ends = try bounds.map { try Lax.erf(Lax.div($0, root)) }
    let u = try uniform(key, shape, type, minval: ends[0], maxval: ends[1])
    let inside = try zip(bounds, [Double.infinity, -.infinity]).map {
      try Lax.nextafter(stopGradient($0), Lax.full($0.shape, $1, type))
    }
    // Rounding must not lead beyond the open interval.
    return try NumPy.clip(Lax.mul(root, Lax.erfInv(u)), inside[0], inside[1])
  }

  /// -1 or 1.
  public static func rademacher(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = NumPy.canonical(dtype ?? NumPy.defaultInt)
    let coins = try Lax.convertElementType(bernoulli(key, nil, shape), type)
    return try Lax.sub(Lax.mul(scalar(2, type), coins), scalar(1, type))
  }

  /// The length of three normal numbers.
  public static func maxwell(_ key: Value, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    try NumPy.norm(normal(key, shape + [3], floatType(dtype, "maxwell")), axis: [-1])
  }

  public static func doubleSidedMaxwell(
    _ key: Value, _ loc: Value, _ scale: Value, _ shape: Shape = [], _ dtype: DType? = nil
  ) throws -> Value {
    let type = try floatType(dtype, "double_sided_maxwell")
    let extent = try NumPy.broadcastShapes([loc.shape, scale.shape], "double_sided_maxwell")
    let shape = (shape.isEmpty ? extent : shape) + extent
    let keys = try splitKeys(typed(key, "double_sided_maxwell"))
    let signed = try NumPy.multiply(rademacher(keys[1], shape, type), maxwell(keys[0], shape, type))
    return try NumPy.add(NumPy.multiply(signed, scale), loc)
  }

  /// Rayleigh numbers: `scale sqrt(-2 log(u))`.
  public static func rayleigh(_ key: Value, _ scale: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "rayleigh")
    let shape = try drawn(shape, [scale], "rayleigh")
    let logarithm = try Lax.log(uniform(key, shape, type))
    return try Lax.mul(parameters([scale], shape, type)[0], Lax.sqrt(Lax.mul(logarithm, scalar(-2, type))))
  }

  /// Pareto numbers: `exp(e / b)`, e exponential.
  public static func pareto(_ key: Value, _ b: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "pareto")
    let shape = try drawn(shape, [b], "pareto")
    return try Lax.exp(Lax.div(exponential(key, shape, type), parameters([b], shape, type)[0]))
  }

  /// Weibull numbers by inversion: `scale (-log1p(-u))^(1/concentration)`.
  public static func weibullMin(
    _ key: Value, _ scale: Value, _ concentration: Value, _ shape: Shape = [], _ dtype: DType? = nil
  ) throws -> Value {
    let type = try floatType(dtype, "weibull_min")
    let amount = try Lax.neg(Primitives.log1pOfXLA(Lax.neg(uniform(key, shape, type))))
    return try NumPy.multiply(NumPy.power(amount, NumPy.reciprocal(concentration)), scale)
  }

  /// `exp(sigma n)`, n normal.
  public static func lognormal(_ key: Value, _ sigma: Value? = nil, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value
  {
    let type = NumPy.canonical(dtype ?? NumPy.defaultFloat)
    let sigma = try sigma ?? scalar(1, NumPy.defaultFloat)
    let shape = try drawn(shape, [sigma], "lognormal")
    return try Lax.exp(Lax.mul(normal(key, shape, type), parameters([sigma], shape, type)[0]))
  }

  /// Numbers with a density that rises from `left` to `mode` and falls to `right`.
  public static func triangular(
    _ key: Value, _ left: Value, _ mode: Value, _ right: Value, _ shape: Shape? = nil, _ dtype: DType? = nil
  ) throws -> Value {
    let type = try floatType(dtype, "triangular")
    let shape = try drawn(shape, [left, mode, right], "triangular")
    let p = try parameters([left, mode, right], shape, type)
    let (width, rise, fall) = (try Lax.sub(p[2], p[0]), try Lax.sub(p[1], p[0]), try Lax.sub(p[2], p[1]))
    let u = try uniform(key, shape, type)
    let low = try Lax.add(p[0], Lax.sqrt(Lax.mul(Lax.mul(u, width), rise)))
    let rest = try Lax.sub(Lax.full(shape, 1, type), u)
    let high = try Lax.sub(p[2], Lax.sqrt(Lax.mul(Lax.mul(rest, width), fall)))
    return try Lax.select(Lax.lt(u, Lax.div(rise, width)), low, high)
  }

  /// How many trials up to the first success, each of probability `p`.
  public static func geometric(_ key: Value, _ p: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = NumPy.canonical(dtype ?? NumPy.defaultInt)
    let p = try NumPy.promotedInexact([p], "geometric")[0]
    let shape = try drawn(shape, [p], "geometric")
    let drawn = try uniform(key, shape, p.dtype)
    let u = try NumPy.where(NumPy.equal(drawn, scalar(0, p.dtype)), scalar(1, p.dtype), drawn)
    let failure = try NumPy.broadcastTo(Lax.log1p(Lax.neg(p)), shape)
    return try Lax.convertElementType(Lax.add(Lax.floor(Lax.div(Lax.log(u), failure)), scalar(1, p.dtype)), type)
  }

  /// Normal vectors of the given mean and covariance, by its Cholesky factor.
  public static func multivariateNormal(
    _ key: Value, _ mean: Value, _ cov: Value, _ shape: Shape? = nil, _ dtype: DType? = nil
  ) throws -> Value {
    let operands = try NumPy.promotedInexact([mean, cov], "multivariate_normal")
    let type = dtype.map(NumPy.canonical) ?? operands[0].dtype
    guard mean.rank >= 1, cov.rank >= 2, Array(cov.shape.suffix(2)) == [mean.shape.last!, mean.shape.last!] else {
      throw SJError(
        .invalidArgument, "multivariate_normal requires mean [..., n] and cov [..., n, n], got \(mean.aval) and \(cov.aval)")
    }
    let batch = try NumPy.broadcastShapes([Array(mean.shape.dropLast()), Array(cov.shape.dropLast(2))], "multivariate_normal")
    let noise = try normal(key, (shape ?? batch) + [mean.shape.last!], type)
    return try NumPy.add(operands[0], NumPy.matvec(NumPy.cholesky(operands[1]), noise))
  }

  /// The distance from 1 to the next number.
  private static func epsilon(_ type: DType) -> Double {
    switch type {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float32: 0x1p-23
    default: 0x1p-52
    }
  }
}
