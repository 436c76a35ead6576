import SJControl
import SJCore
import SJLax
import SJTypes

// Divisors and bits of integers.

extension NumPy {
  /// The greatest common divisor by Euclid's algorithm, for all elements at once.
  public static func gcd(_ x: Value, _ y: Value) throws -> Value {
    let operands = try promotedAndBroadcast([x, y], "gcd")
    try requireInteger(operands[0], "gcd")
    let start = try operands.map(abs)
    let isOpen = Function("gcd") { arguments in
      let pair = arguments.leaves
      return PyTree(try any(Lax.ne(pair[1], constant(0, like: pair[1]))))
    }
    let step = Function("gcd") { arguments in
      let (a, b) = (arguments.leaves[0], arguments.leaves[1])
      let isOpen = try Lax.ne(b, constant(0, like: b))
      let rest = try `where`(isOpen, Lax.rem(a, `where`(isOpen, b, 1)), 0)
      return PyTree(tuple: [PyTree(try `where`(isOpen, b, a)), PyTree(rest)])
    }
    return try whileLoop(isOpen, step, PyTree(tuple: start.map { PyTree($0) })).leaves[0]
  }

  /// The least common multiple; 0 where an operand is 0.
  public static func lcm(_ x: Value, _ y: Value) throws -> Value {
    let operands = try promoted([x, y], "lcm")
    try requireInteger(operands[0], "lcm")
    let (a, b) = (try abs(operands[0]), try abs(operands[1]))
    let divisor = try gcd(a, b)
    let isZero = try isEqual(divisor, 0)
    return try `where`(isZero, 0, a * floorDivide(b, `where`(isZero, 1, divisor)))
  }

  /// The number of ones in the binary form of magnitudes, as uint8.
  public static func bitwiseCount(_ x: Value) throws -> Value {
    try converted(Lax.populationCount(abs(x.dtype == .bool ? converted(x, .uint8) : x)), .uint8)
  }

  /// Bits packed into bytes along an axis, the last byte filled with zeros.
  public static func packbits(_ x: Value, axis: Int? = nil, bigEndian: Bool = true) throws -> Value {
    guard x.dtype.isInteger || x.dtype == .bool else {
      throw SJError(.dtype, "Expected an input array of integer or boolean data type, got \(x.aval)")
    }
    guard let axis else { return try packbits(ravel(x), axis: 0, bigEndian: bigEndian) }
    let position = try canonicalAxis(axis, rank: x.rank, "packbits")
    var bits = try converted(moveaxis(x, [position], [-1]) > 0, .uint8)
    let missing = (8 - bits.shape.last! % 8) % 8
    var config = Array(repeating: (0, 0, 0), count: bits.rank)
    config[bits.rank - 1].1 = missing
    bits = try Lax.pad(bits, Lax.scalar(0, .uint8), config)
    bits = try Lax.reshape(bits, bits.shape.dropLast() + [bits.shape.last! / 8, 8])
    let packed = try sum(Lax.shiftLeft(bits, broadcastTo(bitPositions(bigEndian), bits.shape)), axis: [-1], dtype: .uint8)
    return try moveaxis(packed, [-1], [position])
  }

  /// The bits of bytes along an axis, `count` of them (negative: that many fewer).
  public static func unpackbits(_ x: Value, axis: Int? = nil, count: Int? = nil, bigEndian: Bool = true) throws -> Value {
    guard x.dtype == .uint8 else { throw SJError(.dtype, "Expected an input array of unsigned byte data type, got \(x.aval)") }
    guard let axis else { return try unpackbits(ravel(x), axis: 0, count: count, bigEndian: bigEndian) }
    let position = try canonicalAxis(axis, rank: x.rank, "unpackbits")
    let moved = try moveaxis(x, [position], [-1])
    let spread = try broadcastTo(Lax.expandDims(moved, [moved.rank]), moved.shape + [8])
    let shifted = try Lax.shiftRightLogical(spread, broadcastTo(bitPositions(bigEndian), spread.shape))
    var bits = try Lax.reshape(
      Lax.bitwiseAnd(shifted, Lax.scalar(1, .uint8)), moved.shape.dropLast() + [moved.shape.last! * 8])
    if let count {
      let total = bits.shape.last!
      let kept = count < 0 ? Swift.max(0, total + count) : count
      var config = Array(repeating: (0, 0, 0), count: bits.rank)
      config[bits.rank - 1].1 = kept - total
      bits = try Lax.pad(bits, Lax.scalar(0, .uint8), config)
    }
    return try moveaxis(bits, [-1], [position])
  }

  private static func bitPositions(_ bigEndian: Bool) throws -> Value {
    let steps = try Lax.iota(.uint8, 8)
    return bigEndian ? try Lax.rev(steps, [0]) : steps
  }
}
