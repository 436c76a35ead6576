import SwiftJAX

/// The data of the linear regression: W ∈ R^{5×10} and b ∈ R^5 random, 20 samples x ∈ R^10, y = W x + b + 0.1 noise.
public struct Samples {
  public let w: Tensor
  public let b: Tensor
  public let xs: Tensor
  public let ys: Tensor

  public init() throws {
    let keys = try Random.splitKeys(Random.PRNGKey(0))
    let sampleKeys = try Random.splitKeys(keys[0])
    w = try Random.normal(keys[0], [5, 10])
    b = try Random.normal(keys[1], [5])
    xs = try Random.normal(sampleKeys[0], [20, 10])
    ys = try vmap(predict, inAxes: [nil, nil, 0])(w, b, xs) + 0.1 * Random.normal(sampleKeys[1], [20, 5])
  }

  /// The mean squared error over the samples.
  public func loss(_ w: Tensor, _ b: Tensor) throws -> Tensor {
    let errors = vmap(squaredError, inAxes: [nil, nil, 0, 0])
    return try errors(w, b, xs, ys).mean()
  }
}

/// W x + b of one sample.
func predict(_ w: Tensor, _ b: Tensor, _ x: Tensor) throws -> Tensor { try w.dot(x) + b }

/// |y - (W x + b)|² / 2 of one sample.
func squaredError(_ w: Tensor, _ b: Tensor, _ x: Tensor, _ y: Tensor) throws -> Tensor {
  let difference = try y - predict(w, b, x)
  return try NumPy.inner(difference, difference) / 2
}
