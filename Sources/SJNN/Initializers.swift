import SJCore
import SJLax
import SJNumPy
import SJRandom
import SJTypes

extension NN {
  /// Random weights with a variance of `scale` over the number of inputs, of outputs, or their average
  /// (`fan_in`, `fan_out`, `fan_avg`, `fan_geo_avg`), drawn from `normal`, `truncated_normal` or `uniform` numbers
  /// (Glorot and Bengio, 2010; He et al., 2015).
  public static func varianceScaling(
    _ key: Value, _ shape: Shape, scale: Double, mode: String, distribution: String, inAxis: [Int] = [-2],
    outAxis: [Int] = [-1], batchAxis: [Int] = [], dtype: DType? = nil
  ) throws -> Value {
    let type = NumPy.canonical(dtype ?? NumPy.defaultFloat)
    let fans = try fanSizes(shape, inAxis, outAxis, batchAxis)
    let divisor: Double
    switch mode {
    case "fan_in": divisor = fans.input
    case "fan_out": divisor = fans.output
    case "fan_avg": divisor = (fans.input + fans.output) / 2
    case "fan_geo_avg": divisor = (fans.input * fans.output).squareRoot()
    default: throw SJError(.invalidArgument, "invalid mode for variance scaling initializer: \(mode)")
    }
    let variance = try Lax.scalar(scale / divisor, type)
    switch distribution {
    case "normal": return try NumPy.multiply(Random.normal(key, shape, type), Lax.sqrt(variance))
    case "uniform":
      let numbers = try Random.uniform(key, shape, type, minval: Lax.scalar(-1.0, type))
      return try NumPy.multiply(numbers, Lax.sqrt(Lax.mul(Lax.scalar(3.0, type), variance)))
    case "truncated_normal":
      // The standard deviation of normal numbers cut off at ±2.
      let deviation = try Lax.div(Lax.sqrt(variance), Lax.scalar(0.87962566103423978, type))
      let numbers = try Random.truncatedNormal(key, Lax.scalar(-2, type), Lax.scalar(2, type), shape, type)
      return try NumPy.multiply(numbers, deviation)
    default: throw SJError(.invalidArgument, "invalid distribution for variance scaling initializer: \(distribution)")
    }
  }

  /// Inputs and outputs of one unit: what lies along neither axis is a receptive field.
  private static func fanSizes(
    _ shape: Shape, _ inAxis: [Int], _ outAxis: [Int], _ batchAxis: [Int]
  ) throws -> (input: Double, output: Double) {
    guard shape.count >= 2 else {
      throw SJError(
        .invalidArgument,
        "Can't compute input and output sizes of a \(shape.count)-dimensional weights tensor. Must be at least 2D.")
    }
    func size(_ axes: [Int]) throws -> Double {
      try NumPy.canonicalAxes(axes, rank: shape.count, "variance_scaling").reduce(1.0) { $0 * Double(shape[$1]) }
    }
    let (input, output, batch) = (try size(inAxis), try size(outAxis), try size(batchAxis))
    let field = shape.reduce(1.0) { $0 * Double($1) } / input / output / batch
    return (input * field, output * field)
  }
}
