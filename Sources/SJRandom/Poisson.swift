import SJControl
import SJCore
import SJLax
import SJNumPy
import SJTypes

extension Random {
  /// Poisson numbers of rate `lam`: by Knuth's products below 10, by Hörmann's rejection (1993) from there.
  public static func poisson(_ key: Value, _ lam: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = NumPy.canonical(dtype ?? NumPy.defaultInt)
    guard type.isInteger else { throw SJError(.dtype, "dtype argument to `poisson` must be an integer dtype, got \(type)") }
    let shape = try drawn(shape, [lam], "poisson")
    let key = try keyData(typed(key, "poisson"))
    let rate = try parameters([lam], shape, .float32)[0]
    func full(_ value: Double) throws -> Value { try Lax.full(shape, value, .float32) }
    let isSmall = try Lax.bitwiseOr(Lax.ne(rate, rate), Lax.lt(rate, full(10)))
    // Rates of the other method are replaced by ones that end its loop soon.
    let counted = try knuth(key, Lax.select(isSmall, rate, full(0)), type)
    let rejected = try hoermann(key, Lax.select(isSmall, full(1e5), rate), type)
    let result = try Lax.select(isSmall, counted, rejected)
    return try Lax.select(Lax.eq(rate, full(0)), Lax.zerosLike(result), result)
  }

  /// How many uniform numbers it takes until their product falls below `exp(-rate)`.
  private static func knuth(_ key: Value, _ rate: Value, _ type: DType) throws -> Value {
    let limit = try Lax.neg(rate)
    let isOpen = Function("poisson") { arguments in
      PyTree(try NumPy.any(Lax.gt(arguments.leaves[2], limit)))
    }
    let step = Function("poisson") { arguments in
      let (count, product) = (arguments.leaves[1], arguments.leaves[2])
      let keys = try splitKeys(arguments.leaves[0])
      let next = try Lax.select(Lax.gt(product, limit), Lax.add(count, Lax.onesLike(count)), count)
      return tuple([keys[0], next, try Lax.add(product, Lax.log(uniform(keys[1], rate.shape, .float32)))])
    }
    let start = tuple([key, try Lax.zeros(rate.shape, type), try Lax.zeros(rate.shape, .float32)])
    let count = try whileLoop(isOpen, step, start).leaves[1]
    return try Lax.sub(count, Lax.onesLike(count))
  }

  /// The transformed rejection method PTRS; the constants are those of Hörmann's paper.
  private static func hoermann(_ key: Value, _ rate: Value, _ type: DType) throws -> Value {
    func number(_ value: Double) throws -> Value { try Lax.scalar(value, .float32) }
    let logRate = try Lax.log(rate)
    let b = try Lax.add(number(0.931), Lax.mul(number(2.53), Lax.sqrt(rate)))
    let a = try Lax.add(number(-0.059), Lax.mul(number(0.02483), b))
    let inverseAlpha = try Lax.add(number(1.1239), Lax.div(number(1.1328), Lax.sub(b, number(3.4))))
    let vr = try Lax.sub(number(0.9277), Lax.div(number(3.6224), Lax.sub(b, number(2))))
    let isOpen = Function("poisson") { arguments in PyTree(try NumPy.any(Lax.bitwiseNot(arguments.leaves[2]))) }
    let attempt = Function("poisson") { arguments in
      let keys = try splitKeys(arguments.leaves[0], 3)
      let u = try Lax.sub(uniform(keys[1], rate.shape, .float32), number(0.5))
      let v = try uniform(keys[2], rate.shape, .float32)
      let distance = try Lax.sub(number(0.5), Lax.abs(u))
      let slope = try Lax.add(Lax.div(Lax.mul(number(2), a), distance), b)
      let k = try Lax.floor(Lax.add(Lax.add(Lax.mul(slope, u), rate), number(0.43)))
      let density = try Lax.add(Lax.div(a, Lax.mul(distance, distance)), b)
      let s = try Lax.log(Lax.div(Lax.mul(v, inverseAlpha), density))
      let t = try Lax.sub(
        Lax.add(Lax.neg(rate), Lax.mul(k, logRate)), Lax.lgamma(Lax.add(k, number(1))))
      let quick = try Lax.bitwiseAnd(Lax.ge(distance, number(0.07)), Lax.le(v, vr))
      let isOutside = try Lax.bitwiseOr(
        Lax.lt(k, number(0)), Lax.bitwiseAnd(Lax.lt(distance, number(0.013)), Lax.gt(v, distance)))
      let exact = try Lax.bitwiseAnd(Lax.bitwiseNot(isOutside), Lax.le(s, t))
      let isAccepted = try Lax.bitwiseOr(quick, exact)
      let kept = try Lax.select(isAccepted, k, arguments.leaves[1])
      return tuple([keys[0], kept, try Lax.bitwiseOr(arguments.leaves[2], isAccepted)])
    }
    let start = tuple([key, try Lax.full(rate.shape, -1, .float32), try Lax.zeros(rate.shape, .bool)])
    return try Lax.convertElementType(whileLoop(isOpen, attempt, start).leaves[1], type)
  }

  /// Wald (inverse Gaussian) numbers of a mean and scale 1 (Michael, Schucany and Haas, 1976).
  public static func wald(_ key: Value, _ mean: Value, _ shape: Shape? = nil, _ dtype: DType? = nil) throws -> Value {
    let type = try floatType(dtype, "wald")
    let shape = try drawn(shape, [mean], "wald")
    let keys = try splitKeys(typed(key, "wald"))
    let mean = try parameters([mean], shape, type)[0]
    let y = try Lax.integerPow(normal(keys[0], shape, type), 2)
    let z = try uniform(keys[1], shape, type)
    let square = try Lax.integerPow(mean, 2)
    let two = try scalar(2, type)
    let root = try Lax.sqrt(
      Lax.add(Lax.mul(Lax.mul(scalar(4, type), mean), y), Lax.mul(square, Lax.integerPow(y, 2))))
    let shifted = try Lax.add(mean, Lax.div(Lax.mul(square, y), two))
    let x = try Lax.sub(shifted, Lax.mul(Lax.div(mean, two), root))
    return try Lax.select(Lax.le(z, Lax.div(mean, Lax.add(mean, x))), x, Lax.div(square, x))
  }
}
