// Linear regression by gradient descent, with W and b as two arguments.
import Foundation
import Regression
import SwiftJAX

func train() throws {
  let samples = try Samples()
  print("loss of the true W and b:", String(format: "%.5f", try Double(samples.loss(samples.w, samples.b))))

  let gradients = jit(grad(samples.loss, argnums: .all))
  var w = try NumPy.zerosLike(samples.w)
  var b = try NumPy.zerosLike(samples.b)
  for step in 0...100 {
    let (slopeW, slopeB) = try gradients(w, b)
    try w -= 0.3 * slopeW
    try b -= 0.3 * slopeB
    if step % 10 == 0 { print(String(format: "step %3d  loss %.5f", step, try Double(samples.loss(w, b)))) }
  }
}

try train()
