import SJLoopIR

struct ReshapeParams: ParamValues {
  var newSizes: Shape
  /// The order in which the operand's axes are read; nil: as they are.
  var dimensions: [Int]?

  var fields: [(name: String, value: String)] {
    [("dimensions", dimensions?.tupleText ?? "None"), ("new_sizes", newSizes.tupleText), ("sharding", "None")]
  }
}

struct SqueezeParams: ParamValues {
  var dimensions: [Int]
  var fields: [(name: String, value: String)] { [("dimensions", dimensions.tupleText)] }
}

extension Primitives {
  public static let reshape = PrimitiveReference.define("reshape") { reference in
    Rules(
      abstract: { inputs, params in
        let p = params.unbox(ReshapeParams.self)
        try checkReshape(inputs[0], p)
        return ([inputs[0].with(shape: p.newSizes)], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, params in
        guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
        let shape = operands[0].aval.shape
        guard let order = params.unbox(ReshapeParams.self).dimensions else { return [.dense(try Lax.reshape(ct, shape))] }
        let permuted = try Lax.reshape(ct, order.map { shape[$0] })
        return [.dense(try Lax.transpose(permuted, order.inversePermutation))]
      },
      batch: .rule { axis, inputs, axes, params in
        var p = params.unbox(ReshapeParams.self)
        guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        let operand = try Lax.moveAxis(inputs[0], batch, 0)
        p.newSizes.insert(operand.shape[0], at: 0)
        p.dimensions = p.dimensions.map { [0] + $0.map { $0 + 1 } }
        return ([try bind1(reference.primitive, [operand], p.boxed)], [0])
      },
      lowering: .rule { _, inputs, params, outputs in
        let p = params.unbox(ReshapeParams.self)
        return [p.dimensions.map { inputs[0].permuted($0) } ?? inputs[0]].map { $0.reshaped(outputs[0].shape) }
      },
      evaluate: viewEvaluation(reference) { $0.unbox(ReshapeParams.self).dimensions == nil },
      identity: { _, params in params.unbox(ReshapeParams.self).dimensions == nil ? 0 : nil })
  }

  private static func checkReshape(_ operand: AbstractValue, _ p: ReshapeParams) throws {
    try Lax.checkShape("reshape", p.newSizes)
    guard p.newSizes.elementCount == operand.elementCount else {
      throw SJError(
        .shape,
        """
        reshape: total size must be unchanged, got new_sizes \(p.newSizes.tupleText) (total size \(p.newSizes.elementCount)) \
        for operand \(operand) (total size \(operand.elementCount))
        """)
    }
    if let order = p.dimensions, order.sorted() != Array(operand.shape.indices) {
      throw SJError(.shape, "reshape: dimensions \(order.tupleText) must be a permutation of the axes of operand \(operand)")
    }
  }

  public static let squeeze = PrimitiveReference.define("squeeze") { reference in
    Rules(
      abstract: { inputs, params in
        let axes = params.unbox(SqueezeParams.self).dimensions
        try Lax.checkAxes("squeeze", axes, of: inputs[0])
        for axis in axes where inputs[0].shape[axis] != 1 {
          throw SJError(
            .shape,
            "squeeze: cannot select an axis to squeeze out which has size not equal to one, got operand \(inputs[0]) and axis \(axis)"
          )
        }
        return ([inputs[0].with(shape: inputs[0].shape.removing(axes: axes))], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule { cotangents, operands, _ in
        guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
        return [.dense(try Lax.reshape(ct, operands[0].aval.shape))]
      },
      batch: .rule { _, inputs, axes, params in
        guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
        let operand = try Lax.moveAxis(inputs[0], batch, 0)
        let dimensions = params.unbox(SqueezeParams.self).dimensions.map { $0 + 1 }
        return ([try Lax.squeeze(operand, dimensions)], [0])
      },
      lowering: .rule { _, inputs, _, outputs in [inputs[0].reshaped(outputs[0].shape)] },
      evaluate: viewEvaluation(reference) { _ in true },
      identity: KnownOperands.sameType)
  }
}

/// Evaluates an operation that leaves data where it is as a view of its operand, where `isView` holds.
private func viewEvaluation(_ reference: PrimitiveReference, _ isView: @escaping (Params) -> Bool) -> EvaluationRule {
  { inputs, params in
    let aval = try reference.primitive.rules.abstract(inputs.map(\.aval), params).outputs[0]
    if isView(params) { return [try inputs[0].concreteArray(for: reference.primitive.name).view(as: aval)] }
    let p = params.unbox(ReshapeParams.self)
    let permuted = try Lax.transpose(inputs[0], p.dimensions ?? Array(inputs[0].shape.indices))
    return [try permuted.concreteArray(for: reference.primitive.name).view(as: aval)]
  }
}

extension Lax {
  /// `jax.lax.reshape`; `dimensions` is the order in which the operand's axes are read.
  public static func reshape(_ operand: Value, _ newSizes: Shape, dimensions: [Int]? = nil) throws -> Value {
    let order = dimensions == Array(operand.shape.indices) ? nil : dimensions
    if order == nil, operand.shape == newSizes { return operand }
    return try bind1(Primitives.reshape, [operand], ReshapeParams(newSizes: newSizes, dimensions: order).boxed)
  }

  /// `jax.lax.squeeze`: removes these axes of size 1.
  public static func squeeze(_ operand: Value, _ dimensions: [Int]) throws -> Value {
    if dimensions.isEmpty { return operand }
    let axes = try dimensions.map { try canonicalAxis("squeeze", $0, rank: operand.rank) }
    return try bind1(Primitives.squeeze, [operand], SqueezeParams(dimensions: axes).boxed)
  }

  /// `jax.lax.collapse`: axes `start ..< stop` as one.
  public static func collapse(_ operand: Value, _ start: Int, _ stop: Int? = nil) throws -> Value {
    let stop = stop ?? operand.rank
    guard start >= 0, start <= stop, stop <= operand.rank else {
      throw SJError(.invalidArgument, "collapse: axes \(start) to \(stop) are not a range of axes of operand \(operand.aval)")
    }
    let sizes = operand.shape
    return try reshape(operand, sizes[..<start] + [Array(sizes[start..<stop]).elementCount] + sizes[stop...])
  }
}

extension [Int] {
  /// `result[self[i]] = i`.
  var inversePermutation: [Int] {
    var result = self
    for (i, axis) in enumerated() { result[axis] = i }
    return result
  }
}

extension Lowered {
  /// The same elements in row-major order under another shape of equally many.
  func reshaped(_ newShape: Shape) -> Lowered {
    if newShape == shape { return self }
    let groups = matchingGroups(newShape, shape)
    let rank = shape.count
    return Lowered(AbstractValue(dtype, newShape), cost: cost) { kernel, index in
      var position = [ExprID](repeating: kernel.index(0), count: rank)
      for (new, old) in groups {
        let linear = kernel.linearIndex(Array(index[new]), in: Array(newShape[new]))
        for (axis, expr) in zip(old, kernel.unravel(linear, into: Array(self.shape[old]))) { position[axis] = expr }
      }
      return try self.element(kernel, position)
    }
  }

  /// The tensor whose axis i is axis `permutation[i]` of this one.
  func permuted(_ permutation: [Int]) -> Lowered {
    let inverse = permutation.inversePermutation
    return Lowered(AbstractValue(dtype, permutation.map { shape[$0] }), cost: cost) { kernel, index in
      try self.element(kernel, inverse.map { index[$0] })
    }
  }
}

/// Splits two shapes of equally many elements into the finest runs of axes with equal products,
/// so that a reshape's index arithmetic stays within a run.
func matchingGroups(_ a: Shape, _ b: Shape) -> [(Range<Int>, Range<Int>)] {
  if a.contains(0) || b.contains(0) { return [] }
  var groups: [(Range<Int>, Range<Int>)] = []
  var (i, j) = (0, 0)
  while i < a.count || j < b.count {
    let (startA, startB) = (i, j)
    var productA = 1
    var productB = 1
    repeat {
      if productA <= productB, i < a.count {
        productA *= a[i]
        i += 1
      } else {
        productB *= b[j]
        j += 1
      }
    } while productA != productB
    // Trailing axes of size 1 belong to the last run.
    if i == a.count { j = b[j...].allSatisfy { $0 == 1 } ? b.count : j }
    if j == b.count { i = a[i...].allSatisfy { $0 == 1 } ? a.count : i }
    groups.append((startA..<i, startB..<j))
  }
  return groups
}
