import SJLoopIR

/// `impl=fry`: Threefry is the one kind of key.
struct KeyImplementation: ParamValues {
  var fields: [(name: String, value: String)] { [("impl", "fry")] }
}

struct RandomSplitParams: ParamValues {
  var shape: Shape
  /// The layout of the bits, from the configuration at the time of the call.
  var partitionable: Bool
  var fields: [(name: String, value: String)] { [("shape", shape.tupleText)] }
}

struct RandomBitsParams: ParamValues {
  var bitWidth: Int
  var shape: Shape
  var partitionable: Bool
  var fields: [(name: String, value: String)] { [("bit_width", "\(bitWidth)"), ("shape", shape.tupleText)] }
}

extension Primitives {
  static let randomKeys: [Primitive] = [randomSeed, randomSplit, randomFoldIn, randomBits, randomWrap, randomUnwrap]

  public static let randomSeed: Primitive = keyPrimitive(
    "random_seed",
    abstract: { inputs, _ in
      guard inputs[0].dtype.isInteger || inputs[0].dtype == .bool else {
        throw SJError(.dtype, "random_seed: PRNG key seed must be an integer; got \(inputs[0])")
      }
      return AbstractValue(.key, inputs[0].shape)
    },
    lowering: .composition("random_seed") { inputs, _ in [try Lax.randomWrap(Lax.threefrySeed(inputs[0]))] })

  public static let randomSplit: Primitive = keyPrimitive(
    "random_split",
    abstract: { inputs, params in
      try checkKeys("random_split", inputs[0])
      return AbstractValue(.key, inputs[0].shape + params.unbox(RandomSplitParams.self).shape)
    },
    lowering: .composition("random_split") { inputs, params in
      let split: RandomSplitParams = params.unbox()
      let data = try Lax.randomUnwrap(inputs[0])
      return [try Lax.randomWrap(Lax.threefrySplit(data, split.shape, partitionable: split.partitionable))]
    })

  /// Keys and `uint32` data, which broadcast.
  public static let randomFoldIn: Primitive = PrimitiveReference.define("random_fold_in") { reference in
    Rules(
      abstract: { inputs, _ in
        try checkKeys("random_fold_in", inputs[0])
        guard inputs[1].dtype.isInteger || inputs[1].dtype == .bool else {
          throw SJError(.dtype, "random_fold_in: data must be integers, got \(inputs[1])")
        }
        return ([AbstractValue(.key, try Broadcasting.shape("random_fold_in", inputs))], [])
      },
      jvp: .zero,
      transpose: .unsupported("random_fold_in is not linear"),
      batch: .rule(Batching.broadcasting(reference)),
      lowering: .composition("random_fold_in") { inputs, _ in
        let shape = try Broadcasting.shape("random_fold_in", inputs.map(\.aval))
        let data = try Lax.stretch(inputs[1], to: shape)
        let key = try Lax.randomUnwrap(Lax.stretch(inputs[0], to: shape))
        return [try Lax.randomWrap(Lax.threefryFoldIn(key, data))]
      })
  }

  public static let randomBits: Primitive = keyPrimitive(
    "random_bits",
    abstract: { inputs, params in
      try checkKeys("random_bits", inputs[0])
      let bits: RandomBitsParams = params.unbox()
      return AbstractValue(try Lax.bitsDType(bits.bitWidth), inputs[0].shape + bits.shape)
    },
    lowering: .composition("random_bits") { inputs, params in
      let bits: RandomBitsParams = params.unbox()
      return [
        try Lax.threefryRandomBits(
          Lax.randomUnwrap(inputs[0]), bitWidth: bits.bitWidth, shape: bits.shape, partitionable: bits.partitionable)
      ]
    })

  /// Key data to typed keys and back: the same bytes under another type.
  public static let randomWrap: Primitive = keyPrimitive(
    "random_wrap",
    abstract: { inputs, _ in
      guard inputs[0].dtype == .uint32, inputs[0].shape.last == 2 else {
        throw SJError(.dtype, "random_wrap: invalid PRNG key data: expected uint32[..., 2], got \(inputs[0])")
      }
      return AbstractValue(.key, inputs[0].shape.dropLast())
    },
    lowering: .rule { context, inputs, _, outputs in
      [Lowered(.key, outputs[0].shape, .buffer(try context.materialize(inputs[0])))]
    },
    isView: true,
    batch: .rule { axis, inputs, axes, params in
      guard let position = axes[0] else { return (try bind(Primitives.randomWrap, inputs, params), [nil]) }
      // The last axis stays last.
      let data = position == inputs[0].rank - 1 ? try Lax.moveAxis(inputs[0], position, 0) : inputs[0]
      let moved = position == inputs[0].rank - 1 ? 0 : position
      return (try bind(Primitives.randomWrap, [data], params), [moved])
    })

  public static let randomUnwrap: Primitive = keyPrimitive(
    "random_unwrap",
    abstract: { inputs, _ in
      try checkKeys("random_unwrap", inputs[0])
      return AbstractValue(.uint32, inputs[0].shape + [2])
    },
    lowering: .rule { context, inputs, _, outputs in
      [Lowered(.uint32, outputs[0].shape, .buffer(try context.materialize(inputs[0])))]
    },
    isView: true)

  /// A primitive whose result has the operand's axes in front, so that a batch axis stays where it is.
  /// - Parameter isView: whether the result is the operand's memory under another type.
  private static func keyPrimitive(
    _ name: String, abstract: @escaping ([AbstractValue], Params) throws -> AbstractValue,
    lowering: Slot<LoweringRule>, isView: Bool = false, batch: Slot<BatchRule>? = nil
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { ([try abstract($0, $1)], []) },
        jvp: .zero,
        transpose: .unsupported("\(name) is not linear"),
        batch: batch ?? .rule(Batching.unary(reference)),
        lowering: lowering,
        evaluate: isView ? view(name, abstract) : nil)
    }
  }

  private static func view(
    _ name: String, _ abstract: @escaping ([AbstractValue], Params) throws -> AbstractValue
  ) -> EvaluationRule {
    { inputs, params in
      let aval = try abstract(inputs.map(\.aval), params)
      return [try inputs[0].concreteArray(for: name).view(as: aval)]
    }
  }
}

private func checkKeys(_ name: String, _ aval: AbstractValue) throws {
  guard aval.dtype == .key else {
    throw SJError(.dtype, "\(name): takes a key array operand, got \(aval); make one with random.key or wrap_key_data")
  }
}

extension Lax {
  /// Typed keys from integer seeds, one for each.
  public static func randomSeed(_ seeds: Value) throws -> Value {
    try bind1(Primitives.randomSeed, [seeds], KeyImplementation().boxed)
  }

  /// New typed keys: [..., shape].
  public static func randomSplit(_ keys: Value, _ shape: Shape) throws -> Value {
    let params = RandomSplitParams(shape: shape, partitionable: Config.current.threefryPartitionable)
    return try bind1(Primitives.randomSplit, [keys], params.boxed)
  }

  /// Typed keys with integers mixed in.
  public static func randomFoldIn(_ keys: Value, _ data: Value) throws -> Value {
    try bind1(Primitives.randomFoldIn, [keys, convertElementType(data, .uint32)])
  }

  /// Random unsigned integers of `bitWidth` bits: [..., shape].
  public static func randomBits(_ keys: Value, bitWidth: Int, shape: Shape) throws -> Value {
    let params = RandomBitsParams(
      bitWidth: bitWidth, shape: shape, partitionable: Config.current.threefryPartitionable)
    return try bind1(Primitives.randomBits, [keys], params.boxed)
  }

  /// Typed keys from key data, `uint32[..., 2]`.
  public static func randomWrap(_ data: Value) throws -> Value {
    try bind1(Primitives.randomWrap, [data], KeyImplementation().boxed)
  }

  /// The data of typed keys, `uint32[..., 2]`.
  public static func randomUnwrap(_ keys: Value) throws -> Value { try bind1(Primitives.randomUnwrap, [keys]) }
}
