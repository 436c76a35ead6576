import SwiftJAX

/// Kingma and Ba 2015, algorithm 1.
struct Adam: Pytree {
  var step: Tensor
  var mean: Network
  var square: Network

  init(_ network: Network) throws {
    step = try NumPy.zeros([])
    mean = try treeMap(network) { try NumPy.zerosLike($0) }
    square = mean
  }

  /// The network and the state after one minibatch, and the loss before it.
  static func update(
    _ network: Network, _ adam: Adam, _ x: Tensor, _ y: Tensor
  ) throws -> (Network, Adam, Tensor) {
    let (rate, decay1, decay2, epsilon): (Tensor, Tensor, Tensor, Tensor) = (5e-3, 0.9, 0.999, 1e-8)
    let (rest1, rest2): (Tensor, Tensor) = try (Tensor(1 - 0.9), Tensor(1 - 0.999))
    let (loss, gradients) = try valueAndGrad { (network: Network) in try network.crossEntropy(x, y) }(network)
    var next = adam
    next.step = try adam.step + 1
    next.mean = try treeMap(adam.mean, gradients) { m, g in try decay1 * m + rest1 * g }
    next.square = try treeMap(adam.square, gradients) { v, g in try decay2 * v + rest2 * g * g }
    let correction1 = try 1 - decay1 ** next.step
    let correction2 = try 1 - decay2 ** next.step
    let updated = try treeMap([network, next.mean, next.square]) { leaves in
      let (p, m, v) = (leaves[0], leaves[1], leaves[2])
      return try p - rate * (m / correction1) / (NumPy.sqrt(v / correction2) + epsilon)
    }
    return (updated, next, loss)
  }
}
