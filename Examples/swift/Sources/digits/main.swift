// Trains a small classifier of handwritten digits: jitted valueAndGrad, minibatches from random permutations, and
// Adam, over structs of parameters.
//
//     digits [path to digits.csv]
import Foundation
import SwiftJAX

let training = 1437  // images, in shuffled order; the other 360 are held out
let batchSize = 64
let epochs = 20

func load(_ path: String) throws -> (images: Tensor, labels: Tensor) {
  let text = try String(contentsOfFile: path, encoding: .utf8)
  let rows = text.split(separator: "\n").map { $0.split(separator: ",").compactMap { Float($0) } }
  let pixels = rows.flatMap { $0.prefix(64) }
  return (
    try Tensor(shape: [rows.count, 64], scalars: pixels) / 16, try Tensor(rows.map { $0[64] }, dtype: .int32)
  )
}

func progressBar(_ epoch: Int) {
  let bar = String(repeating: "#", count: epoch).padding(toLength: epochs, withPad: " ", startingAt: 0)
  let end = epoch == epochs ? "\n" : ""
  FileHandle.standardError.write(Data("\r[\(bar)] \(epoch)/\(epochs)\(end)".utf8))
}

func train(_ images: Tensor, _ labels: Tensor) throws -> Bool {
  let keys = try Random.splitKeys(Random.PRNGKey(0), 3)
  // The file is sorted by writer: unshuffled, the held-out images would be those of other, harder hands.
  let order = try Random.permutation(keys[0], images.shape[0])
  let (shuffledImages, shuffledLabels) = (try images[order], try labels[order])
  let (x, heldOutX) = (try shuffledImages[..<training], try shuffledImages[training...])
  let (y, heldOutY) = (try shuffledLabels[..<training], try shuffledLabels[training...])

  var network = try Network(key: keys[1])
  var adam = try Adam(network)
  var key = keys[2]
  let update = jit(Adam.update)
  let evaluate = jit { (network: Network, x: Tensor, y: Tensor) in
    (try network.crossEntropy(x, y), try (network.logits(x).argmax(axis: -1) .== y).mean())
  }
  var accuracy = 0.0
  for epoch in 1...epochs {
    let pair = try Random.splitKeys(key)
    key = pair[0]
    let order = try Random.permutation(pair[1], training)
    for start in stride(from: 0, through: training - batchSize, by: batchSize) {
      let batch = try order[start..<start + batchSize]
      (network, adam, _) = try update(network, adam, x[batch], y[batch])
    }
    let (loss, _) = try evaluate(network, x, y)
    accuracy = try Double(evaluate(network, heldOutX, heldOutY).1)
    progressBar(epoch)
    print(String(format: "epoch %2d  loss %.4f  held-out accuracy %.2f %%", epoch, try Double(loss), 100 * accuracy))
  }
  return accuracy > 0.95
}

let (images, labels) = try load(CommandLine.arguments.dropFirst().first ?? "Examples/data/digits.csv")
let start = ContinuousClock().now
let isGood = try train(images, labels)
FileHandle.standardError.write(Data("\(ContinuousClock().now - start)\n".utf8))
exit(isGood ? 0 : 1)
