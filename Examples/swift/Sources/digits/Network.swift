import SwiftJAX

struct Layer: Pytree {
  var w: Tensor
  var b: Tensor

  init(key: Tensor, _ fanIn: Int, _ fanOut: Int) throws {
    w = try Random.normal(key, [fanIn, fanOut]) * NumPy.sqrt(Tensor(2 / Double(fanIn)))
    b = try NumPy.zeros([fanOut])
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor { try x • w + b }
}

/// 64 pixels, 128 hidden units, 10 classes.
struct Network: Pytree {
  var layers: [Layer]

  init(key: Tensor) throws {
    let sizes = [64, 128, 10]
    var key = key
    layers = []
    for (fanIn, fanOut) in zip(sizes, sizes.dropFirst()) {
      let keys = try Random.splitKeys(key)
      key = keys[0]
      layers.append(try Layer(key: keys[1], fanIn, fanOut))
    }
  }

  func logits(_ x: Tensor) throws -> Tensor { try layers[1](NN.relu(layers[0](x))) }

  func crossEntropy(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    let likelihoods = try NN.logSoftmax(logits(x))
    return try -(NN.oneHot(y, 10) * likelihoods).sum(axis: -1).mean()
  }
}
