/// Sign, rounding and neighbours: exact functions of floats.
enum Rounding {
  /// -1, 0 (with its sign), 1 or NaN.
  static func sign<B>(_ x: Term<B>) -> Term<B> {
    (x.magnitude > 0).select(x.constant(1).withSign(of: x), x)
  }

  /// To the nearest integer, halves away from zero.
  static func round<B>(_ x: Term<B>) -> Term<B> {
    let a = x.magnitude
    let down = a.unary(.trunc)
    let up = (a - down >= 0.5).select(down + 1, down)
    return up.withSign(of: x)
  }

  static func isFinite<B>(_ x: Term<B>) -> Term<B> { x.magnitude < .infinity }

  /// The next float after x towards y.
  static func nextAfter<B>(_ x: Term<B>, _ y: Term<B>) -> Term<B> {
    let away = !((x < y) ^ (x > 0))
    let step = away.select(x.bits.plus(1), x.bits.minus(1))
    let smallest = (y.signBit | 1).asFloat(x.type)
    let moved = x.equals(0).select(smallest, step.asFloat(x.type))
    let result = x.equals(y).select(y, moved)
    return (x.isNaN | y.isNaN).select(.nan, result)
  }
}
