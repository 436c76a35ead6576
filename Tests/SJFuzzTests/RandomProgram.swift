import SwiftJAX

/// A program that a seed describes: the same seed makes the same choices, so that it can run in several ways.
struct RandomProgram {
  let seed: UInt64
  /// Whether loops are written out, as an oracle for those that are not.
  var unrolls = false

  /// Tensors of several dtypes and shapes, some of which broadcast against each other.
  func inputs() throws -> [Tensor] {
    let key = try Random.PRNGKey(Tensor(Int(seed % (1 << 31))))
    let keys = try Random.splitKeys(key, 5)
    return [
      try Random.normal(keys[0], [3, 4]), try Random.normal(keys[1], [4]), try Random.normal(keys[2], [2, 3, 4]),
      try Random.randint(keys[3], [3, 4], minval: -5, maxval: 9), try Random.normal(keys[4], [3, 1]).astype(.bfloat16),
    ]
  }

  func callAsFunction(_ inputs: [Tensor]) throws -> [Tensor] {
    var maker = ProgramMaker(random: SeededRandom(state: seed), pool: inputs, unrolls: unrolls)
    return try maker.make(steps: 4 + Int(seed % 7), depth: 0)
  }
}

/// Splitmix64 (Steele, Lea and Flood, 2014).
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Adds results of random operations to a pool of tensors.
struct ProgramMaker {
  var random: SeededRandom
  var pool: [Tensor]
  var unrolls: Bool

  mutating func make(steps: Int, depth: Int) throws -> [Tensor] {
    for _ in 0..<steps { pool.append(try step(depth)) }
    return Array(pool.suffix(3))
  }

  private mutating func any() -> Tensor { pool.randomElement(using: &random)! }
  private mutating func chance(_ n: Int) -> Int { Int(random.next() % UInt64(n)) }

  /// A floating-point tensor, bounded.
  private mutating func float() throws -> Tensor {
    let x = any()
    return x.dtype == .float32 || x.dtype == .bfloat16 ? x : try NumPy.tanh(x.astype(.float32))
  }

  private mutating func step(_ depth: Int) throws -> Tensor {
    switch chance(depth < 2 ? 13 : 8) {
    case 0, 1: try unary()
    case 2, 3: try binary()
    case 4: try reduction()
    case 5: try shaped()
    case 6: try product()
    case 7: try indexed()
    case 8: try loop(depth)
    case 9: try scan(depth)
    case 10: try branch(depth)
    case 11: try gradient(depth)
    default: try mapped(depth)
    }
  }

  private mutating func unary() throws -> Tensor {
    let x = try float()
    return switch chance(10) {
    case 0: try NumPy.sin(x)
    case 1: try NumPy.exp(-NumPy.abs(x))
    case 2: try NumPy.tanh(x)
    case 3: try NumPy.log1p(NumPy.abs(x))
    case 4: try NumPy.sqrt(NumPy.abs(x))
    case 5: try NN.sigmoid(x)
    case 6: try NumPy.floor(x)
    case 7: try x.astype(.float16).astype(.float32)
    case 8: try (x * 3).astype(.int32)
    default: try -x
    }
  }

  private mutating func binary() throws -> Tensor {
    let x = any()
    let y = pool.filter { fit(x.shape, $0.shape) }.randomElement(using: &random)!
    return switch chance(7) {
    case 0: try x + y
    case 1: try x * y
    case 2: try x - y
    case 3: try NumPy.maximum(x, y)
    case 4: try NumPy.where(x .> y, x, y)
    case 5: try NumPy.minimum(x, y) + 1
    default: try x / (NumPy.abs(y) + 1)
    }
  }

  private mutating func reduction() throws -> Tensor {
    let x = any()
    if x.ndim == 0 { return try x + 1 }
    let axis = chance(x.ndim)
    let keeps = chance(2) == 0
    return switch chance(7) {
    case 0: try x.sum(axis: Axes(axis), keepdims: keeps)
    case 1: try x.max(axis: Axes(axis), keepdims: keeps)
    case 2: try x.min(axis: Axes(axis), keepdims: keeps)
    case 3: try x.mean(axis: Axes(axis), keepdims: keeps)
    case 4: try x.argmax(axis: axis)
    case 5: try x.cumsum(axis: axis)
    default: try x - x.max(axis: Axes(axis), keepdims: true)
    }
  }

  private mutating func shaped() throws -> Tensor {
    let x = any()
    if x.ndim == 0 { return try NumPy.broadcastTo(x, [3, 4]) }
    return switch chance(6) {
    case 0: try x.T
    case 1: try x.reshape([-1])
    case 2: try NumPy.flip(x, axis: Axes(chance(x.ndim)))
    case 3: try NumPy.concatenate([x, x], axis: chance(x.ndim))
    case 4: try x[0...]
    default: try NumPy.roll(x, 1, axis: Axes(chance(x.ndim)))
    }
  }

  private mutating func product() throws -> Tensor {
    let x = try float()
    return x.ndim < 2 ? try NumPy.outer(x, x) / 4 : try x • NumPy.swapaxes(x, -1, -2) / 4
  }

  private mutating func indexed() throws -> Tensor {
    let x = any()
    if x.ndim == 0 { return try x * 2 }
    let indices = try NumPy.remainder(NumPy.arange(5), Tensor(x.shape[0]))
    switch chance(3) {
    case 0: return try x[indices]
    case 1: return try x.at[indices].add(1)
    default: return try NumPy.sort(x, axis: -1)
    }
  }

  // MARK: Bodies

  /// A body of its own choices, which keeps shape and dtype.
  private mutating func body() -> (Tensor) throws -> Tensor {
    let (seed, unrolls) = (random.next(), unrolls)
    return { x in
      var maker = ProgramMaker(random: SeededRandom(state: seed), pool: [x], unrolls: unrolls)
      var result = x
      for _ in 0..<2 { result = try maker.sameType(result) }
      return result
    }
  }

  /// Mostly elementwise; some read other elements of a vector.
  private mutating func sameType(_ x: Tensor) throws -> Tensor {
    switch chance(9) {
    case 0: try NumPy.sin(x) * 0.5
    case 1: try x * 0.5 + 0.25
    case 2: try NumPy.tanh(x) - x * 0.125
    case 3: try x - x.mean() * 0.5
    case 4: x.ndim == 0 ? x : try x * 0.5 + x[0]
    case 5: x.ndim == 0 ? x : try NumPy.flip(x)
    case 6: try NumPy.broadcastTo(NumPy.cos(x.ravel()[0]), x.shape)
    case 7: x.ndim == 0 ? x : try x.at[0].add(x[-1] * 0.5)
    default: try NumPy.where(x .> 0, x * 0.5, -x)
    }
  }

  private mutating func loop(_ depth: Int) throws -> Tensor {
    let (first, second) = (body(), body())
    let x = try float().astype(.float32)
    let steps = chance(4)
    let swaps = chance(2) == 0
    func step(_ i: Tensor, _ a: Tensor, _ b: Tensor) throws -> (Tensor, Tensor) {
      let (c, d) = (try first(a), try second(b) + i.astype(.float32))
      return swaps ? (d, c) : (c, try d + a * 0.25)
    }
    if unrolls {
      var (a, b) = (x, try x + 1)
      for i in 0..<steps { (a, b) = try step(Tensor(i), a, b) }
      return try a + b
    }
    let (a, b) = try Lax.foriLoop(0, Tensor(steps), step, x, x + 1)
    return try a + b
  }

  private mutating func scan(_ depth: Int) throws -> Tensor {
    let (first, second) = (body(), body())
    let xs = try float().astype(.float32)
    if xs.ndim == 0 { return try first(xs) }
    let reverse = chance(2) == 0
    let wide = chance(2) == 0
    let initial = try wide ? NumPy.zerosLike(xs[0]) : Tensor(0.5 as Float)
    func step(_ carry: Tensor, _ x: Tensor) throws -> (Tensor, Tensor) {
      let next = wide ? try first(carry + x) : try first(carry + x.sum())
      return (next, try second(next * x))
    }
    if unrolls {
      var (carry, all) = (initial, [Tensor]())
      for i in 0..<xs.shape[0] {
        let (next, y) = try step(carry, xs[reverse ? xs.shape[0] - 1 - i : i])
        carry = next
        all.append(y)
      }
      return try NumPy.stack(reverse ? all.reversed() : all) + carry
    }
    let (last, all) = try Lax.scan(step, initial, xs, reverse: reverse)
    return try all + last
  }

  private mutating func branch(_ depth: Int) throws -> Tensor {
    let (yes, no) = (body(), body())
    let x = try float().astype(.float32)
    return try Lax.cond(x.sum() .> 0, yes, no, x)
  }

  private mutating func gradient(_ depth: Int) throws -> Tensor {
    let x = try float().astype(.float32)
    let (seed, unrolls) = (random.next(), unrolls)
    return try grad { (x: Tensor) in
      var maker = ProgramMaker(random: SeededRandom(state: seed), pool: [x], unrolls: unrolls)
      let results = try maker.make(steps: 3, depth: depth + 1)
      return try NumPy.tanh(results.last!.astype(.float32)).sum()
    }(x)
  }

  private mutating func mapped(_ depth: Int) throws -> Tensor {
    let x = any()
    if x.ndim == 0 { return x }
    let (seed, unrolls) = (random.next(), unrolls)
    return try vmap { (x: Tensor) in
      var maker = ProgramMaker(random: SeededRandom(state: seed), pool: [x], unrolls: unrolls)
      return try maker.make(steps: 2, depth: depth + 1).last!
    }(x)
  }
}

/// Whether shapes broadcast against each other.
private func fit(_ a: [Int], _ b: [Int]) -> Bool {
  zip(a.reversed(), b.reversed()).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
}
