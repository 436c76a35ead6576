import SJControl
import SJCore
import SJLax
import SJNumPy
import SJTransforms
import SJTypes

// Gamma numbers and what is made from them. Not differentiable in their parameters: rejection hides the dependence.

extension Random {
  /// Gamma numbers of shape parameter `a`.
  public static func gamma(_ key: Value, _ a: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    try gammas("gamma", key, a, shape, dtype, inLogSpace: false)
  }

  /// Logarithms of gamma numbers, which do not underflow for small `a`.
  public static func loggamma(_ key: Value, _ a: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    try gammas("loggamma", key, a, shape, dtype, inLogSpace: true)
  }

  private static func gammas(
    _ name: String, _ key: Value, _ a: Value, _ shape: Shape?, _ dtype: DType?, inLogSpace: Bool
  ) throws -> Value {
    let type = try floatType(dtype, name)
    let shape = try drawn(shape, [a], name)
    let alphas = try Lax.reshape(parameters([a], shape, type)[0], [shape.elementCount])
    let keys = try Lax.randomUnwrap(Lax.randomSplit(typed(key, name), [shape.elementCount]))
    let one = Function(name) { arguments in
      let leaves = arguments.leaves
      return PyTree(try oneGamma(leaves[0], leaves[1], inLogSpace: inLogSpace))
    }
    return try Lax.reshape(vmap(one)(keys, alphas).leaves[0], shape)
  }

  /// Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000). Below 1 a gamma number of a + 1 is
  /// scaled by `u^(1/a)`.
  private static func oneGamma(_ key: Value, _ alpha: Value, inLogSpace: Bool) throws -> Value {
    let type = alpha.dtype
    func number(_ value: Double) throws -> Value { try Lax.scalar(value, type) }
    let one = try number(1)
    let isLarge = try Lax.ge(alpha, one)
    let boosted = try Lax.select(isLarge, alpha, Lax.add(alpha, one))
    let d = try Lax.sub(boosted, number(1.0 / 3))
    let c = try Lax.div(number(1.0 / 3), Lax.sqrt(d))
    let keys = try splitKeys(key)
    let isRejected = Function("gamma") { arguments in
      let (x2, v, u) = (arguments.leaves[1], arguments.leaves[2], arguments.leaves[3])
      let squeeze = try Lax.sub(one, Lax.mul(number(0.0331), Lax.mul(x2, x2)))
      let bound = try Lax.add(
        Lax.mul(x2, number(0.5)), Lax.mul(d, Lax.add(Lax.sub(one, v), Lax.log(v))))
      return PyTree(try Lax.bitwiseAnd(Lax.ge(u, squeeze), Lax.ge(Lax.log(u), bound)))
    }
    let attempt = Function("gamma") { arguments in
      let keys = try splitKeys(arguments.leaves[0], 3)
      let (x, v) = try normalAbove(keys[1], c)
      let cube = try Lax.mul(Lax.mul(v, v), v)
      return tuple([keys[0], try Lax.mul(x, x), cube, try uniform(keys[2], [], type)])
    }
    let start = tuple([keys[0], try number(0), one, try number(2)])
    let v = try whileLoop(isRejected, attempt, start).leaves[2]
    if inLogSpace {
      let logarithm = try Lax.neg(exponential(keys[1], [], type))
      let isPlain = try Lax.bitwiseOr(isLarge, Lax.eq(logarithm, number(0)))
      let boost = try Lax.select(isPlain, number(0), Lax.mul(logarithm, Lax.div(one, alpha)))
      return try Lax.add(Lax.add(Lax.log(d), Lax.log(v)), boost)
    }
    let u = try Lax.sub(one, uniform(keys[1], [], type))
    let boost = try Lax.select(isLarge, one, Lax.pow(u, Lax.div(one, alpha)))
    return try Lax.mul(Lax.mul(d, v), boost)
  }

  /// A normal number x with 1 + c x above 0, and that.
  private static func normalAbove(_ key: Value, _ c: Value) throws -> (x: Value, v: Value) {
    let zero = try Lax.scalar(0, c.dtype)
    let isOpen = Function("gamma") { arguments in PyTree(try Lax.le(arguments.leaves[2], zero)) }
    let draw = Function("gamma") { arguments in
      let keys = try splitKeys(arguments.leaves[0])
      let x = try normal(keys[1], [], c.dtype)
      return tuple([keys[0], x, try Lax.add(Lax.scalar(1, c.dtype), Lax.mul(x, c))])
    }
    let result = try whileLoop(isOpen, draw, tuple([key, zero, try Lax.scalar(-1, c.dtype)])).leaves
    return (result[1], result[2])
  }

  static func tuple(_ values: [Value]) -> PyTree { PyTree(tuple: values.map { PyTree($0) }) }

  // MARK: What follows from gamma numbers

  /// Beta numbers: `g_a / (g_a + g_b)`, in logarithms until the end.
  public static func beta(_ key: Value, _ a: Value, _ b: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "beta")
    let shape = try drawn(shape, [a, b], "beta")
    let keys = try splitKeys(typed(key, "beta"))
    let (x, y) = (try loggamma(keys[0], a, shape, type), try loggamma(keys[1], b, shape, type))
    let top = try Lax.max(x, y)
    let scaled = try [x, y].map { try Lax.exp(Lax.sub($0, top)) }
    return try Lax.div(scaled[0], Lax.add(scaled[0], scaled[1]))
  }

  /// Dirichlet vectors: gamma numbers scaled to the sum 1.
  public static func dirichlet(_ key: Value, _ alpha: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    guard alpha.rank >= 1 else { throw SJError(.invalidArgument, "dirichlet requires alpha.ndim >= 1, got \(alpha.aval)") }
    let batch = shape ?? Array(alpha.shape.dropLast())
    let logs = try loggamma(key, alpha, batch + [alpha.shape.last!], dtype)
    let unnormalized = try NumPy.exp(NumPy.subtract(logs, NumPy.max(logs, axis: [-1], keepdims: true)))
    return try NumPy.divide(unnormalized, NumPy.sum(unnormalized, axis: [-1], keepdims: true))
  }

  /// Student's t: `n sqrt((df / 2) / g)`.
  public static func t(_ key: Value, _ df: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "t")
    let shape = try drawn(shape, [df], "t")
    let keys = try splitKeys(typed(key, "t"))
    let half = try Lax.div(parameters([df], shape, type)[0], scalar(2, type))
    let ratio = try Lax.div(half, gamma(keys[1], half, shape, type))
    return try Lax.mul(normal(keys[0], shape, type), Lax.sqrt(ratio))
  }

  /// Chi-square numbers: twice a gamma number of `df / 2`.
  public static func chisquare(_ key: Value, _ df: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "chisquare")
    let half = try Lax.div(Lax.convertElementType(df, type), scalar(2, type))
    return try Lax.mul(Lax.exp(loggamma(key, half, drawn(shape, [df], "chisquare"), type)), scalar(2, type))
  }

  /// F numbers: the ratio of two chi-square numbers, each over its degrees of freedom.
  public static func f(
    _ key: Value, _ dfnum: Value, _ dfden: Value, _ shape: Shape? = nil, _ dtype: DType? = nil
  ) throws -> Value {
    let type = try floatType(dtype, "f")
    let shape = try drawn(shape, [dfnum, dfden], "f")
    let keys = try splitKeys(typed(key, "f"))
    let p = try parameters([dfnum, dfden], shape, type)
    let numerator = try Lax.div(chisquare(keys[1], p[0], shape, type), p[0])
    return try Lax.div(numerator, Lax.div(chisquare(keys[0], p[1], shape, type), p[1]))
  }

  /// Numbers with a density like `exp(-|x|^p)`.
  public static func generalizedNormal(_ key: Value, _ p: Double, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "generalized_normal")
    let keys = try splitKeys(typed(key, "generalized_normal"))
    let magnitude = try Lax.pow(gamma(keys[0], scalar(1 / p, type), shape, type), Lax.full(shape, 1 / p, type))
    return try Lax.mul(rademacher(keys[1], shape, type), magnitude)
  }

  /// Points in the unit ball of the p-norm in d dimensions (Barthe et al., 2005).
  public static func ball(_ key: Value, _ d: Int, p: Double = 2, _ shape: Shape = [], _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "ball")
    let keys = try splitKeys(typed(key, "ball"))
    let g = try generalizedNormal(keys[0], p, shape + [d], type)
    let powers = try NumPy.sum(Lax.pow(Lax.abs(g), Lax.full(g.shape, p, type)), axis: [-1])
    let total = try Lax.add(powers, exponential(keys[1], shape, type))
    return try NumPy.divide(g, Lax.expandDims(Lax.pow(total, Lax.full(shape, 1 / p, type)), [shape.count]))
  }
}
