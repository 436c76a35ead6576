import SJControl
import SJLax

@testable import SJHarnesses

/// A program that a seed describes: the same seed makes the same choices, so that it can run in several ways.
struct RandomProgram {
  let seed: UInt64

  private static let dtypes = DType.allCases.filter { $0 != .float0 }
  private static let shapes: [Shape] = [[], [1], [4], [33], [3, 4], [3, 1], [2, 3, 4], [2, 70], [0, 3]]
  /// More than one block of a reduction, along rows and across them.
  private static let large: [Shape] = [[4200], [2, 4097], [300, 5]]

  /// Arrays of several dtypes and shapes.
  func inputs() throws -> [Value] {
    var random = SeededRandom(state: ~seed)
    var values = Generator(state: seed + 1)
    return try (0..<4).map { i in
      let shapes = i == 0 && seed % 8 == 0 ? Self.large : Self.shapes
      let dtype = Self.dtypes.randomElement(using: &random)!
      return try Argument(dtype, shapes.randomElement(using: &random)!, -4...4).sample(&values)
    }
  }

  /// - Returns: results that are the same however loops run, and gradients of loops, whose sums may be rounded differently.
  func callAsFunction(_ inputs: [Value]) throws -> (exact: [Value], approximate: [Value]) {
    var maker = ProgramMaker(random: SeededRandom(state: seed), pool: inputs)
    for _ in 0..<(1 + Int(seed % 4)) { try maker.step() }
    return (Array(maker.pool.dropFirst(inputs.count).suffix(4)), maker.approximate)
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

/// Adds results of random operations to a pool of values.
struct ProgramMaker {
  var random: SeededRandom
  var pool: [Value]
  var settings = Settings()
  /// Gradients of loops.
  var approximate: [Value] = []

  struct Settings {
    /// Of bodies in bodies.
    var depth = 0
    /// Whether everything is to have a gradient.
    var isSmooth = false
    /// Whether it is to have one in forward mode.
    var isForward = false

    static let deepest = 3
  }

  var isSmooth: Bool { settings.isSmooth }

  mutating func chance(_ n: Int) -> Int { Int(random.next() % UInt64(n)) }
  mutating func isChosen() -> Bool { chance(2) == 0 }
  mutating func choose<T>(_ choices: [T]) -> T { choices[chance(choices.count)] }
  mutating func any() -> Value { choose(pool) }

  /// Makes something new from the pool.
  mutating func step() throws {
    let results = settings.depth < Settings.deepest && chance(3) == 0 ? try structure() : try operation()
    for result in results { pool.append(try bounded(result)) }
  }

  /// Bounds what becomes of repeated growth.
  private func bounded(_ x: Value) throws -> Value {
    if x.aval.elementCount <= 10_000 { return x }
    return try Lax.slice(Lax.reshape(x, [x.aval.elementCount]), [0], [1000])
  }

  // MARK: Types

  /// A value as an argument of some type: converted, its elements repeated or left out, mostly within the range.
  mutating func adapted(_ x: Value, to argument: Argument, isBounded: Bool = false) throws -> Value {
    let shaped = try reshaped(try converted(x, to: argument.dtype), to: argument.shape)
    let leaves = !isBounded && chance(4) == 0
    guard !leaves, argument.dtype.isInteger || argument.dtype.isFloat else { return shaped }
    return try clamped(shaped, argument.range)
  }

  private func clamped(_ x: Value, _ range: ClosedRange<Double>) throws -> Value {
    let isNumber = x.dtype.isFloat ? try Lax.eq(x, x) : nil
    let bounded = try Lax.clamp(
      Lax.scalar(range.lowerBound, x.dtype), x, Lax.scalar(range.upperBound, x.dtype))
    let middle = (range.lowerBound + range.upperBound) / 2
    return try isNumber.map { try Lax.select($0, bounded, Lax.full(x.shape, middle, x.dtype)) } ?? bounded
  }

  func converted(_ x: Value, to dtype: DType) throws -> Value {
    if x.dtype == dtype { return x.aval.weakType ? try Lax.convertElementType(x, dtype) : x }
    if x.dtype == .key { return try converted(Lax.reduceXor(Lax.randomUnwrap(x), axes: [x.rank]), to: dtype) }
    if dtype == .key { return try key(Lax.convertElementType(x.dtype.isComplex ? Lax.real(x) : x, .uint32)) }
    if dtype == .bool { return try Lax.ne(x, Lax.zerosLike(x)) }
    if x.dtype.isComplex, !dtype.isComplex { return try converted(Lax.real(x), to: dtype) }
    return try Lax.convertElementType(x, dtype)
  }

  private func key(_ x: Value) throws -> Value {
    let word = try Lax.expandDims(x, [x.rank])
    return try Lax.randomWrap(Lax.concatenate([word, Lax.bitwiseNot(word)], dimension: x.rank))
  }

  func reshaped(_ x: Value, to shape: Shape) throws -> Value {
    if x.shape == shape { return x }
    let (count, wanted) = (x.aval.elementCount, shape.elementCount)
    if count == 0 || wanted == 0 { return try zeros(shape, x.dtype) }
    var flat = try Lax.reshape(x, [count])
    if count < wanted {
      let rows = (wanted + count - 1) / count
      flat = try Lax.reshape(
        Lax.broadcastInDim(flat, shape: [rows, count], broadcastDimensions: [1]), [rows * count])
    }
    if flat.shape[0] > wanted { flat = try Lax.slice(flat, [0], [wanted]) }
    return try Lax.reshape(flat, shape)
  }

  private func zeros(_ shape: Shape, _ dtype: DType) throws -> Value {
    dtype == .key ? try key(Lax.zeros(shape, .uint32)) : try Lax.zeros(shape, dtype)
  }

  /// The argument that a value of a type is.
  func like(_ aval: AbstractValue) -> Argument { Argument(aval.dtype, aval.shape, -100...100) }
}
