import SJControl
import SJCore
import SJLax
import SJTypes

extension NumPy {
  /// `log(exp(x) + exp(y))` without overflow.
  public static func logaddexp(_ x: Value, _ y: Value) throws -> Value {
    try logAddition("logaddexp", x, y, exponential: Lax.exp) { try Lax.log1p($0) }
  }

  /// `log2(2 ** x + 2 ** y)` without overflow.
  public static func logaddexp2(_ x: Value, _ y: Value) throws -> Value {
    try logAddition("logaddexp2", x, y, exponential: Lax.exp2) { try Lax.log1p($0) / 0.6931471805599453 }
  }

  /// With its derivative: the weights are `exponential(x - result)` and `exponential(y - result)`.
  private static func logAddition(
    _ name: String, _ x: Value, _ y: Value, exponential: @escaping (Value) throws -> Value,
    _ logarithm1p: @escaping (Value) throws -> Value
  ) throws -> Value {
    let operands = try broadcast(promotedInexact([x, y], name), name)
    func value(_ x: Value, _ y: Value) throws -> Value {
      let delta = try Lax.sub(x, y)
      let sum = try Lax.add(Lax.max(x, y), logarithm1p(exponential(Lax.neg(Lax.abs(delta)))))
      // inf - inf: both operands are the same infinity, or one is NaN.
      return try Lax.select(isnan(delta), Lax.add(x, y), sum)
    }
    let rule = CustomJVP(
      name: name, function: { [try value($0[0], $0[1])] },
      derivative: { primals, tangents in
        let output = try value(primals[0], primals[1])
        let weights = try primals.map { primal in
          let distance = try Lax.sub(primal, output)
          return try exponential(`where`(isEqual(distance, .infinity), 0, distance))
        }
        return ([output], [try Lax.add(Lax.mul(tangents[0], weights[0]), Lax.mul(tangents[1], weights[1]))])
      })
    return try rule(operands)[0]
  }
}
