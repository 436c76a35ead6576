import SJLoopIR

/// Padding of one axis: elements before, after, and between every two; negative ones are cut off.
public struct PaddingConfig: Hashable, Sendable {
  public var low: Int
  public var high: Int
  public var interior: Int

  public init(low: Int, high: Int, interior: Int = 0) {
    self.low = low
    self.high = high
    self.interior = interior
  }
}

struct PadParams: ParamValues {
  var config: [PaddingConfig]
  var fields: [(name: String, value: String)] {
    let axes = config.map { "(\($0.low), \($0.high), \($0.interior))" }
    return [("padding_config", axes.count == 1 ? "(\(axes[0]),)" : "(\(axes.joined(separator: ", ")))")]
  }
}

extension Primitives {
  public static let pad = PrimitiveReference.define("pad") { reference in
    Rules(
      abstract: { inputs, params in
        try DTypeCheck.same("pad", inputs)
        let shape = try paddedShape(inputs, params.unbox(PadParams.self).config)
        return ([AbstractValue(inputs[0].dtype, shape, weakType: inputs.allSatisfy(\.weakType))], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule(transposePad),
      batch: .rule(batchPad),
      lowering: .rule { context, inputs, params, outputs in
        [try lowerPad(context, inputs[0], inputs[1], params.unbox(PadParams.self).config, outputs[0])]
      })
  }

  private static func paddedShape(_ inputs: [AbstractValue], _ config: [PaddingConfig]) throws -> Shape {
    let operand = inputs[0]
    guard inputs[1].rank == 0 else {
      throw SJError(.shape, "pad: padding_value must be a scalar; got \(inputs[1])")
    }
    guard config.count == operand.rank else {
      throw SJError(
        .invalidArgument,
        "pad: length of padding_config must equal the number of axes of operand, got \(config.count) for operand \(operand)")
    }
    let shape = try zip(operand.shape, config).enumerated().map { axis, pair in
      guard pair.1.interior >= 0 else {
        throw SJError(.invalidArgument, "pad: interior padding must be nonnegative, got \(pair.1.interior) for axis \(axis)")
      }
      guard [pair.1.low, pair.1.high, pair.1.interior].allSatisfy({ $0.magnitude < 1 << 48 }) else {
        throw SJError(.outOfMemory, "pad: the size of axis \(axis) after padding overflows")
      }
      guard let size = paddedSize(pair.0, pair.1) else {
        throw SJError(.outOfMemory, "pad: the size of axis \(axis) after padding overflows")
      }
      guard size >= 0 else {
        throw SJError(
          .shape, "pad: dimension size after padding is \(size) for axis \(axis) of operand \(operand); it must be at least 0")
      }
      return size
    }
    try Lax.checkShape("pad", shape)
    return shape
  }

  /// `low + high + n + (n - 1) interior`, nil where that overflows.
  private static func paddedSize(_ size: Int, _ p: PaddingConfig) -> Int? {
    let gaps = Swift.max(size - 1, 0).multipliedReportingOverflow(by: p.interior)
    if gaps.overflow { return nil }
    return [p.low, p.high, size].reduce(gaps.partialValue as Int?) { total, term in
      guard let (sum, overflow) = total?.addingReportingOverflow(term), !overflow else { return nil }
      return sum
    }
  }

  private static func lowerPad(
    _ context: LoweringContext, _ operand: Lowered, _ padding: Lowered, _ config: [PaddingConfig], _ aval: AbstractValue
  ) throws -> Lowered {
    if operand.shape.contains(0) { return try padding.broadcast(to: aval.shape, context) }
    let element = try context.masked(operand)
    return Lowered(aval, cost: padding.cost + 1) { kernel, index in
      var mask: ExprID?
      let source = config.indices.map { axis in
        let p = config[axis]
        let shifted = kernel.addIndex(index[axis], -p.low)
        let position = kernel.floorDiv(shifted, p.interior + 1)
        if p.interior > 0 {
          let isElement = kernel.binary(.eq, kernel.floorMod(shifted, p.interior + 1), kernel.index(0))
          mask = kernel.and(mask, isElement)
        }
        mask = kernel.and(mask, kernel.inBounds(position, 0, operand.shape[axis]))
        return position
      }
      return element(kernel, source, mask, try padding.element(kernel, []))
    }
  }

  private static func transposePad(
    _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
  ) throws -> [Cotangent?] {
    guard let ct = cotangents[0] else { return [nil, nil] }
    let config = params.unbox(PadParams.self).config
    let isElement = try Lax.unpad(ct, operands[0].aval.shape, config)
    let all = Array(ct.shape.indices)
    return [
      operands[0].isLinear ? .dense(isElement) : nil,
      operands[1].isLinear
        ? .dense(try Lax.sub(try Lax.reduceSum(ct, axes: all), try Lax.reduceSum(isElement, axes: all))) : nil,
    ]
  }

  private static func batchPad(
    _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params
  ) throws -> (outputs: [Value], axes: [Int?]) {
    var config = params.unbox(PadParams.self).config
    if axes.allSatisfy({ $0 == nil }) { return (try bind(Primitives.pad, inputs, params), [nil]) }
    let operand = try Batching.atFront(inputs[0], axes[0], axis.size)
    config.insert(PaddingConfig(low: 0, high: 0), at: 0)
    guard axes[1] != nil else { return ([try Lax.pad(operand, inputs[1], config)], [0]) }
    // Each example pads with its own value.
    let padded = try Lax.pad(operand, try Lax.scalar(0, operand.dtype), config)
    let inside = try Lax.pad(try Lax.full(operand.shape, 1, .bool), try Lax.scalar(0, .bool), config)
    let values = try Lax.broadcastInDim(inputs[1], shape: padded.shape, broadcastDimensions: [0])
    return ([try Lax.select(inside, padded, values)], [0])
  }
}

extension LoweringContext {
  /// The elements of a tensor at indices that are in range only where a mask holds, and `otherwise` elsewhere.
  /// The tensor goes to memory, as masked loads keep to straight lines where clamped indices would not.
  fileprivate func masked(
    _ tensor: Lowered
  ) throws -> (_ kernel: KernelBuilder, _ index: [ExprID], _ mask: ExprID?, _ otherwise: Element) -> Element {
    let buffer = try materialize(tensor)
    let type = tensor.dtype.scalar
    return { kernel, index, mask, otherwise in
      func load(_ index: [ExprID], _ fill: ExprID) -> ExprID {
        let fill = mask.map { _ in kernel.convert(fill, to: type) }
        let value = kernel.load(buffer, type, at: index, mask: mask, fill: fill)
        return kernel.convert(value, to: type.arithmetic)
      }
      switch otherwise {
      case .scalar(let fill): return .scalar(load(index, fill))
      case .pair(let first, let second):
        return .pair(load(index + [kernel.index(0)], first), load(index + [kernel.index(1)], second))
      }
    }
  }
}

extension Lax {
  /// `jax.lax.pad`: for each axis the padding (low, high, interior).
  public static func pad(_ operand: Value, _ paddingValue: Value, _ config: [(Int, Int, Int)]) throws -> Value {
    try pad(operand, paddingValue, config.map { PaddingConfig(low: $0.0, high: $0.1, interior: $0.2) })
  }

  /// `jax.lax.pad`.
  public static func pad(_ operand: Value, _ paddingValue: Value, _ config: [PaddingConfig]) throws -> Value {
    try bind1(Primitives.pad, [operand, paddingValue], PadParams(config: config).boxed)
  }

  /// What `pad` made of an operand of this shape, without the padding; zero for elements that it cut off.
  static func unpad(_ padded: Value, _ shape: Shape, _ config: [PaddingConfig]) throws -> Value {
    if shape.contains(0) { return try zeros(shape, padded.dtype) }
    let zero = try scalar(0, padded.dtype)
    let cropped = try pad(padded, zero, config.map { PaddingConfig(low: -$0.low, high: -$0.high) })
    return try everyNth(cropped, config.map { $0.interior + 1 }, shape)
  }

  /// Every `strides[i]`-th element along axis i, `shape[i]` of them: as a reshape to pairs (element, gap), of which gaps are dropped.
  private static func everyNth(_ x: Value, _ strides: [Int], _ shape: Shape) throws -> Value {
    if x.shape == shape { return x }
    let zero = try scalar(0, x.dtype)
    // Complete the last gap, so that each axis is a whole number of strides.
    let whole = zip(zip(shape, strides), x.shape).map { PaddingConfig(low: 0, high: $0.0 * $0.1 - $1) }
    let paired = try reshape(try pad(x, zero, whole), zip(shape, strides).flatMap { [$0, $1] })
    let firsts = zip(shape, strides).flatMap { [PaddingConfig(low: 0, high: 0), PaddingConfig(low: 0, high: 1 - $0.1)] }
    return try reshape(try pad(paired, zero, firsts), shape)
  }
}
