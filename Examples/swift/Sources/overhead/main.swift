// What the Swift face costs: nanoseconds of small calls, the best of several rounds.
import SwiftJAX

struct Layer: Pytree {
  var w: Tensor
  var b: Tensor
}

struct Flat: Pytree {
  var a: Tensor
  var b: Tensor
  var c: Tensor
  var d: Tensor
}

struct Network: Pytree {
  var first: Layer
  var second: Layer
}

func measure(_ what: String, _ body: () throws -> Void) rethrows {
  let clock = ContinuousClock()
  var best = Duration.seconds(1)
  for _ in 0..<20 {
    let start = clock.now
    for _ in 0..<2000 { try body() }
    best = min(best, (clock.now - start) / 2000)
  }
  print("\(what): \(best.attoseconds / 1_000_000_000) ns")
}

func run() throws {
  let x = try NumPy.ones([10])
  let layer = Layer(w: x, b: x)
  let network = Network(first: layer, second: layer)
  try measure("x + x") { _ = try x + x }
  try measure("x + 1") { _ = try x + 1 }
  try measure("x[3]") { _ = try x[3] }
  try measure("treeLeaves, 4 leaves in 2 structs") { _ = try treeLeaves(network) }
  try measure("treeMap, 4 leaves in 2 structs, identity") { _ = try treeMap(network) { $0 } }
  let flat = Flat(a: x, b: x, c: x, d: x)
  try measure("treeMap, 4 leaves, identity") { _ = try treeMap(flat) { $0 } }
  try measure("treeMap of two, 4 leaves in 2 structs, p + q") { _ = try treeMap(network, network) { try $0 + $1 } }
  let sum = jit { (x: Tensor) in try x + x }
  try measure("jitted x + x") { _ = try sum(x) }
  let sums = jit { (network: Network) in try treeMap(network) { try $0 + $0 } }
  try measure("jitted map of 4 leaves") { _ = try sums(network) }
  let slope = grad { (x: Tensor) in try x * x * x }
  let two: Tensor = 2.0
  try measure("grad of x x x, not jitted") { _ = try slope(two) }
}

try run()
