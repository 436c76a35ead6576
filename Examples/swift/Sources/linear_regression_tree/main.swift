// The same regression with a struct of parameters, and updates by a map over two trees.
import Foundation
import Regression
import SwiftJAX

struct Parameters: Pytree {
  var w: Tensor
  var b: Tensor
}

func train() throws {
  let samples = try Samples()
  func loss(_ parameters: Parameters) throws -> Tensor { try samples.loss(parameters.w, parameters.b) }

  let step = jit { (parameters: Parameters) in
    try treeMap(parameters, grad(loss)(parameters)) { p, slope in try p - 0.3 * slope }
  }
  var parameters = Parameters(w: try NumPy.zerosLike(samples.w), b: try NumPy.zerosLike(samples.b))
  for i in 0...100 {
    parameters = try step(parameters)
    if i % 10 == 0 { print(String(format: "step %3d  loss %.5f", i, try Double(loss(parameters)))) }
  }
}

try train()
