import SJLoopIR

extension Primitives {
  static let threefry: [Primitive] = [threefry2x32, iota2x32Shape]

  /// The Threefry-2x32 hash of 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
  /// SC 2011): (key word 0, key word 1, counter word 0, counter word 1), all `uint32` and broadcasting, to two words.
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

/// A library call, which takes one key for all counters or one for each.
private func lowerThreefry(
  _ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue]
) throws -> [Lowered] {
  let shape = outputs[0].shape
  let count = shape.elementCount
  if count == 0 { return outputs.map { .zeros($0) } }
  let isOneKey = inputs[..<2].allSatisfy { $0.shape.elementCount == 1 }
  let keys = try isOneKey ? Array(inputs[..<2]) : inputs[..<2].map { try $0.broadcast(to: shape, context) }
  let operands = try keys + inputs[2...].map { try $0.broadcast(to: shape, context) }
  let words = outputs.map { context.newBuffer($0) }
  let buffers = try operands.map { try context.materialize($0) }
  context.emit(.library(LibraryCall(operation: .threefry2x32(count: count), inputs: buffers, outputs: words)))
  return words.map { Lowered(.uint32, shape, .buffer($0)) }
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
