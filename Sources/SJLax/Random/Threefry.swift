import SJLoopIR

/// The Threefry-2x32 hash of 20 rounds.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011, section 3.3; rotation constants from table 2, key parity constant from the Skein specification.
private enum Threefry {
  static let rotations = [[13, 15, 26, 6], [17, 29, 16, 24]]
  static let parity = 0x1BD1_1BDA

  /// The hash of counters (x0, x1) under the key (k0, k1) as expressions.
  static func hash(_ kernel: KernelBuilder, _ key: (ExprID, ExprID), _ counter: (ExprID, ExprID)) -> (ExprID, ExprID) {
    func add(_ a: ExprID, _ b: ExprID) -> ExprID { kernel.binary(.add, a, b) }
    func xor(_ a: ExprID, _ b: ExprID) -> ExprID { kernel.binary(.xor, a, b) }
    func word(_ value: Int) -> ExprID { kernel.constant(value, .u32) }
    func rotate(_ x: ExprID, by count: Int) -> ExprID {
      kernel.binary(.or, kernel.binary(.shl, x, word(count)), kernel.binary(.shrLogical, x, word(32 - count)))
    }
    let schedule = [key.0, key.1, xor(xor(key.0, key.1), word(parity))]
    var (x, y) = (add(counter.0, schedule[0]), add(counter.1, schedule[1]))
    for group in 1...5 {
      for rotation in rotations[(group + 1) % 2] {
        x = add(x, y)
        y = xor(x, rotate(y, by: rotation))
      }
      x = add(x, schedule[group % 3])
      y = add(add(y, schedule[(group + 1) % 3]), word(group))
    }
    return (x, y)
  }
}

extension Primitives {
  static let threefry: [Primitive] = [threefry2x32, iota2x32Shape]

  /// (key word 0, key word 1, counter word 0, counter word 1), all `uint32` and broadcasting, to two words.
  public static let threefry2x32: Primitive = PrimitiveReference.define("threefry2x32") { reference in
    Rules(
      abstract: { inputs, _ in
        guard inputs.allSatisfy({ $0.dtype == .uint32 }) else {
          let list = inputs.map(\.description).joined(separator: ", ")
          throw SJError(.dtype, "threefry2x32: arguments must have uint32 type, got \(list)")
        }
        let word = AbstractValue(.uint32, try Broadcasting.shape("threefry2x32", inputs))
        return ([word, word], [])
      },
      jvp: .zero,
      transpose: .unsupported("threefry2x32 is not linear"),
      batch: .rule(Batching.broadcasting(reference)),
      lowering: .rule(lowerThreefry))
  }

  /// The numbers of the elements of a shape in row-major order, as high and low words.
  public static let iota2x32Shape: Primitive = Primitive(
    "iota_2x32_shape",
    Rules(
      abstract: { _, params in
        let word = AbstractValue(.uint32, params.unbox(ShapeParams.self).shape)
        return ([word, word], [])
      },
      jvp: .zero,
      transpose: .unsupported("iota_2x32_shape has no operands"),
      batch: .unsupported("iota_2x32_shape has no operands"),
      lowering: .rule { _, _, params, outputs in
        let shape = params.unbox(ShapeParams.self).shape
        return zip(outputs, [32, 0]).map { aval, shift in
          Lowered(aval, cost: 1) { kernel, index in
            let position = kernel.linearIndex(index, in: shape)
            // Conversion keeps the low word.
            let word = shift == 0 ? position : kernel.binary(.shrArithmetic, position, kernel.index(shift))
            return .scalar(kernel.convert(word, to: .u32))
          }
        }
      }))
}

struct ShapeParams: ParamValues {
  var shape: Shape
  var fields: [(name: String, value: String)] { [("shape", shape.tupleText)] }
}

/// One key serves all counters: the library's vector routine. Many keys: a kernel that stores both words at once.
private func lowerThreefry(
  _ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue]
) throws -> [Lowered] {
  let shape = outputs[0].shape
  let count = shape.elementCount
  if count == 0 { return outputs.map { .zeros($0) } }
  let words = outputs.map { context.newBuffer($0) }
  let results = zip(outputs, words).map { Lowered($0.dtype, shape, .buffer($1)) }
  if inputs[0].shape.elementCount == 1 && inputs[1].shape.elementCount == 1 {
    let operands = try inputs[..<2] + inputs[2...].map { try $0.broadcast(to: shape, context) }
    let buffers = try operands.map { try context.materialize($0) }
    context.emit(.library(LibraryCall(operation: .threefry2x32(count: count), inputs: buffers, outputs: words)))
    return results
  }
  let operands = try inputs.map { try $0.broadcast(to: shape, context) }
  try context.kernel("threefry2x32") { kernel in
    try kernel.parallel(shape) { index in
      let words32 = try operands.map { try $0.element(kernel, index).scalar }
      let hashed = Threefry.hash(kernel, (words32[0], words32[1]), (words32[2], words32[3]))
      kernel.store(hashed.0, to: words[0], at: index)
      kernel.store(hashed.1, to: words[1], at: index)
    }
  }
  return results
}

extension Lax {
  /// The hash of two arrays of counter words under key words; all `uint32`, of one rank or rank 0.
  public static func threefry2x32(
    key: (Value, Value), counter: (Value, Value)
  ) throws -> (Value, Value) {
    let words = try bind(Primitives.threefry2x32, [key.0, key.1, counter.0, counter.1])
    return (words[0], words[1])
  }

  /// The numbers 0, 1, … of the elements of a shape as high and low words.
  static func iota2x32(_ shape: Shape) throws -> (high: Value, low: Value) {
    if shape.isEmpty { return (try scalar(0, .uint32), try scalar(0, .uint32)) }
    try checkShape("iota_2x32_shape", shape)
    let words = try bind(Primitives.iota2x32Shape, [], ShapeParams(shape: shape).boxed)
    return (words[0], words[1])
  }
}
