// The JAX tutorial, section by section, printing its numbers. What depends on the machine (times) goes to standard error.
import Foundation
import SwiftJAX

func products() throws {
  print("# Products, devices")
  let m = try Tensor([[1, 2, 3, 4], [5, 6, 7, 8]] as [[Float]])
  _ = defaultBackend()
  print("dot:\n\(try NumPy.dot(m, NumPy.ones([4, 4])))")
  let there = devicePut(m)
  print("there and back:", try [[Float]](there) == [[1, 2, 3, 4], [5, 6, 7, 8]] ? "the same" : "different")
}

func randomNumbers() throws {
  print("# Random numbers")
  let key = try Random.PRNGKey(0)
  print("key: \(key)")
  for _ in 0..<3 { print("normal: \(try Random.normal(key, [1]))") }
  let keys = try Random.split(key)
  print("split:\n\(keys)")
  for key in try keys.rows() { print("normal: \(try Random.normal(key, [1]))") }
  let more = try Random.split(keys[0], 4)
  print("split in 4:\n\(more)")
  for key in try more.rows() { print("normal: \(try Random.normal(key, [1]))") }
  print("normal: \(try Random.normal(key, [4]))")
}

func gradients() throws {
  print("# Gradients")
  let x = try Random.normal(Random.PRNGKey(0), [4])
  let slope = grad { (x: Tensor) in try NumPy.dot(x.T, x) / 2 }
  print("x: \(x)")
  print("grad of x.x / 2: \(try slope(x))")
}

func directionalDerivatives() throws {
  print("# jvp and vjp")
  func f(_ x: Tensor) throws -> Tensor {
    try NumPy.stack([NumPy.sin(x[0]) * x[1], x[0] * NumPy.square(x[1])])
  }
  let x = try Tensor([0, 2] as [Float])
  let v = try Tensor([1, 0] as [Float])
  let (value, tangent) = try jvp(f, x, v)
  print("value: \(value)")
  print("jvp: \(tangent)")
  let (_, pullback) = try vjp(f, x)
  print("vjp: \(try pullback(v))")
}

func selu(_ x: Tensor) throws -> Tensor {
  let alpha: Tensor = 1.67
  return try 1.05 * NumPy.where(x .> 0, x, alpha * NumPy.exp(x) - alpha)
}

func compilation() throws {
  print("# jit")
  let x = try Random.normal(Random.PRNGKey(0), [1_000_000]).blockUntilReady()
  let jitted = jit(selu, name: "selu")
  let clock = ContinuousClock()
  func timed(_ what: String, _ body: () throws -> Tensor) throws -> Tensor {
    let start = clock.now
    let result = try body().blockUntilReady()
    FileHandle.standardError.write(Data("selu of 1,000,000: \(what) \(clock.now - start)\n".utf8))
    return result
  }
  let eager = try timed("eager") { try selu(x) }
  _ = try timed("first jitted call") { try jitted(x) }
  let compiled = try timed("then") { try jitted(x) }
  print("selu: \(try eager[..<4])")
  print("jitted: \(try compiled[..<4])")
}

func vectorization() throws {
  print("# vmap")
  let matrix = try Random.normal(Random.PRNGKey(1), [15, 10])
  let batch = try Random.normal(Random.PRNGKey(2), [5, 10])
  let products = try vmap({ (m: Tensor, v: Tensor) in try m.dot(v) }, inAxes: [nil, 0])(matrix, batch)
  print("(15, 10) times each of (5, 10): (\(products.shape[0]), \(products.shape[1]))")
}

func updates() throws {
  print("# Updates")
  // Tensors are immutable: `x[0, 0] = 3` does not compile, and an update is a copy.
  let x = try NumPy.zeros([2, 2])
  print("x.at[0, 0].set(3):\n\(try x.at[0, 0].set(3))")
  print("x:\n\(x)")
}

for section in [products, randomNumbers, gradients, directionalDerivatives, compilation, vectorization, updates] {
  try section()
}
