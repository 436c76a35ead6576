/// Random bits from raw key data, `uint32[..., 2]`: what typed and raw keys share. All functions take any number of
/// leading axes of keys, and give exactly what `jax.random` gives for each key.
extension Lax {
  /// Key data for integer seeds: their high and low words.
  public static func threefrySeed(_ seed: Value) throws -> Value {
    guard seed.dtype.isInteger || seed.dtype == .bool else {
      throw SJError(.dtype, "threefry_seed: PRNG key seed must be an integer; got \(seed.aval)")
    }
    let low = try convertElementType(seed, .uint32)
    let is64Bit = seed.dtype == .int64 || seed.dtype == .uint64
    let high =
      is64Bit
      ? try convertElementType(shiftRightLogical(seed, scalar(32, seed.dtype)), .uint32) : try zerosLike(low)
    return try stacked([high, low])
  }

  /// The hash of the counts in the last axis, which is split in two halves of counter words (padded with one zero
  /// where odd). `counts` is [n], or has the keys' leading axes too; the result is [..., n].
  public static func threefryHash(_ key: Value, _ counts: Value) throws -> Value {
    try checkKeyData("threefry_2x32", key)
    let axis = counts.rank - 1
    let count = counts.shape[axis]
    let padding = try count % 2 == 0 ? [] : [zeros(Array(counts.shape.dropLast()) + [1], .uint32)]
    let padded = try padding.isEmpty ? counts : concatenate([counts] + padding, dimension: axis)
    let half = padded.shape[axis] / 2
    let halves = try [sliceInDim(padded, 0, half, axis: axis), sliceInDim(padded, half, 2 * half, axis: axis)]
    let counters = try halves.map { try withLeadingAxes($0, rank: key.rank) }
    let words = try threefry2x32(key: keyWords(key, trailing: 1), counter: (counters[0], counters[1]))
    let hashed = try concatenate([words.0, words.1], dimension: key.rank - 1)
    return try padding.isEmpty ? hashed : sliceInDim(hashed, 0, count, axis: key.rank - 1)
  }

  /// New keys: [..., shape, 2] from [..., 2].
  public static func threefrySplit(_ key: Value, _ shape: Shape, partitionable: Bool) throws -> Value {
    try checkKeyData("threefry_split", key)
    try checkShape("threefry_split", shape + [2])
    let keys = Array(key.shape.dropLast())
    if partitionable {
      let words = try hashPositions(key, shape)
      return try stacked([words.0, words.1])
    }
    let counts = try iota(.uint32, shape.elementCount * 2)
    return try reshape(threefryHash(key, counts), keys + shape + [2])
  }

  /// Keys that mix integers in; `data` is `uint32`, with the keys' leading axes.
  public static func threefryFoldIn(_ key: Value, _ data: Value) throws -> Value {
    try threefryHash(key, threefrySeed(convertElementType(data, .uint32)))
  }

  /// Random words of 8, 16, 32 or 64 bits: [..., shape] of an unsigned dtype.
  public static func threefryRandomBits(
    _ key: Value, bitWidth: Int, shape: Shape, partitionable: Bool
  ) throws -> Value {
    try checkKeyData("threefry_random_bits", key)
    let dtype = try bitsDType(bitWidth)
    try checkShape("threefry_random_bits", Array(key.shape.dropLast()) + shape + [bitWidth])
    return partitionable
      ? try partitionableBits(key, dtype, shape) : try originalBits(key, dtype, shape, bitWidth)
  }

  static func bitsDType(_ bitWidth: Int) throws -> DType {
    switch bitWidth {
    case 8: return .uint8
    case 16: return .uint16
    case 32: return .uint32
    case 64: return .uint64
    default:
      throw SJError(.invalidArgument, "random_bits: requires 8-, 16-, 32- or 64-bit field width, got \(bitWidth)")
    }
  }

  // MARK: Layouts

  /// Every element hashes its own number.
  private static func partitionableBits(_ key: Value, _ dtype: DType, _ shape: Shape) throws -> Value {
    let (high, low) = try hashPositions(key, shape)
    if dtype == .uint64 { return try joined(high, low) }
    return try convertElementType(bitwiseXor(high, low), dtype)
  }

  /// One hash of 0, 1, …, cut into elements.
  private static func originalBits(_ key: Value, _ dtype: DType, _ shape: Shape, _ bitWidth: Int) throws -> Value {
    let keys = Array(key.shape.dropLast())
    let size = shape.elementCount
    let wordCount = (size * bitWidth + 31) / 32
    let words = try randomWords(key, wordCount)
    let axis = keys.count
    let bits =
      switch bitWidth {
      case 64:
        try joined(sliceInDim(words, 0, size, axis: axis), sliceInDim(words, size, 2 * size, axis: axis))
      case 32: words
      default: try sliceInDim(pieces(words, dtype, bitWidth), 0, size, axis: axis)
      }
    return try reshape(bits, keys + shape)
  }

  /// `count` random words per key. Counters have 32 bits: beyond that every block has a key of its own.
  private static func randomWords(_ key: Value, _ count: Int) throws -> Value {
    let blockSize = Int(UInt32.max)
    let (blocks, rest) = count.quotientAndRemainder(dividingBy: blockSize)
    if blocks == 0 { return try threefryHash(key, iota(.uint32, rest)) }
    let axis = key.rank - 1
    let keys = try threefrySplit(key, [blocks + 1], partitionable: false)
    let full = try threefryHash(sliceInDim(keys, 0, blocks, axis: axis), iota(.uint32, blockSize))
    let flat = try reshape(full, Array(key.shape.dropLast()) + [blocks * blockSize])
    let last = try threefryHash(indexInDim(keys, blocks, axis: axis, keepDims: false), iota(.uint32, rest))
    return try concatenate([flat, last], dimension: axis)
  }

  /// Words of 32 bits cut into smaller ones, low bits first: [..., n] to [..., n * 32 / bitWidth].
  private static func pieces(_ words: Value, _ dtype: DType, _ bitWidth: Int) throws -> Value {
    let parts = 32 / bitWidth
    let shape = words.shape + [parts]
    let repeated = try broadcastInDim(words, shape: shape, broadcastDimensions: Array(words.shape.indices))
    let shifts = try mul(scalar(bitWidth, .uint32), broadcastedIota(.uint32, shape, words.rank))
    let cut = try convertElementType(shiftRightLogical(repeated, shifts), dtype)
    return try reshape(cut, Array(words.shape.dropLast()) + [words.shape[words.rank - 1] * parts])
  }

  private static func joined(_ high: Value, _ low: Value) throws -> Value {
    let upper = try shiftLeft(convertElementType(high, .uint64), scalar(32, .uint64))
    return try bitwiseOr(upper, convertElementType(low, .uint64))
  }

  // MARK: Helpers

  /// The hash of the numbers of a shape's elements: two words of shape [..., shape].
  private static func hashPositions(_ key: Value, _ shape: Shape) throws -> (Value, Value) {
    let rank = key.rank - 1 + shape.count
    let (high, low) = try iota2x32(shape)
    return try threefry2x32(
      key: keyWords(key, trailing: shape.count),
      counter: (withLeadingAxes(high, rank: rank), withLeadingAxes(low, rank: rank)))
  }

  /// The two words of keys [..., 2], with axes of size 1 behind; scalars for a single key.
  private static func keyWords(_ key: Value, trailing: Int) throws -> (Value, Value) {
    let keys = Array(key.shape.dropLast())
    let shape = keys.isEmpty ? [] : keys + [Int](repeating: 1, count: trailing)
    func word(_ i: Int) throws -> Value {
      try reshape(indexInDim(key, i, axis: key.rank - 1, keepDims: false), shape)
    }
    return (try word(0), try word(1))
  }

  private static func withLeadingAxes(_ x: Value, rank: Int) throws -> Value {
    x.rank >= rank ? x : try expandDims(x, Array(0..<(rank - x.rank)))
  }

  /// Arrays of one shape side by side along a new last axis.
  private static func stacked(_ values: [Value]) throws -> Value {
    let axis = values[0].rank
    return try concatenate(values.map { try expandDims($0, [axis]) }, dimension: axis)
  }

  static func checkKeyData(_ name: String, _ key: Value) throws {
    guard key.dtype == .uint32, key.rank > 0, key.shape[key.rank - 1] == 2 else {
      throw SJError(.dtype, "\(name): invalid PRNG key data: expected uint32[..., 2], got \(key.aval)")
    }
  }
}
