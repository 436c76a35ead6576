/// Collectives that move data between the positions of a named axis.

struct PermuteParams: ParamValues {
  struct Pair: Hashable {
    var source: Int
    var target: Int
  }
  var axis: String
  var permutation: [Pair]

  var fields: [(name: String, value: String)] {
    let pairs = permutation.map { "(\($0.source), \($0.target))" }
    let list = pairs.count == 1 ? "(\(pairs[0]),)" : "(\(pairs.joined(separator: ", ")))"
    return [("axis_name", [axis].nameTuple), ("perm", list)]
  }
  var axisNames: [String] { [axis] }
}

struct AllGatherParams: ParamValues {
  var dimension: Int
  var axis: String
  var size: Int
  /// Whether pieces are put one after the other instead of along a new axis.
  var tiled: Bool

  var fields: [(name: String, value: String)] {
    [
      ("all_gather_dimension", "\(dimension)"), ("axis_index_groups", "None"), ("axis_name", [axis].nameTuple),
      ("axis_size", "\(size)"), ("tiled", tiled ? "True" : "False"),
    ]
  }
  var axisNames: [String] { [axis] }
}

struct AllToAllParams: ParamValues {
  var axis: String
  var split: Int
  var concat: Int
  var tiled: Bool

  var fields: [(name: String, value: String)] {
    [
      ("axis_index_groups", "None"), ("axis_name", axis), ("concat_axis", "\(concat)"), ("split_axis", "\(split)"),
      ("tiled", tiled ? "True" : "False"),
    ]
  }
  var axisNames: [String] { [axis] }
}

struct ReduceScatterParams: ParamValues {
  var axis: String
  var size: Int
  var dimension: Int
  var tiled: Bool

  var fields: [(name: String, value: String)] {
    [
      ("axis_index_groups", "None"), ("axis_name", [axis].nameTuple), ("axis_size", "\(size)"),
      ("scatter_dimension", "\(dimension)"), ("tiled", tiled ? "True" : "False"),
    ]
  }
  var axisNames: [String] { [axis] }
}

extension Primitives {
  public static let ppermute: Primitive = exchange(
    "ppermute",
    shape: { operand, params in operand.shape },
    transpose: { cotangent, params in
      var permute: PermuteParams = params.unbox()
      permute.permutation = permute.permutation.map { .init(source: $0.target, target: $0.source) }
      return try bind1(ppermute, [cotangent], permute.boxed)
    },
    elsewhere: { _, params in params },
    here: { x, position, size, params in
      let sources = try sourcesByTarget(params.unbox(PermuteParams.self).permutation, size)
      guard let position else { return (x, nil) }
      return (try Lax.take(x, sources, axis: position), position)
    })

  public static let allGather: Primitive = exchange(
    "all_gather",
    shape: { operand, params in
      let gather: AllGatherParams = params.unbox()
      var shape = operand.shape
      if gather.tiled {
        shape[gather.dimension] = try scaled(shape[gather.dimension], by: gather.size)
      } else {
        shape.insert(gather.size, at: gather.dimension)
      }
      return shape
    },
    transpose: { cotangent, params in
      let gather: AllGatherParams = params.unbox()
      let scatter = ReduceScatterParams(
        axis: gather.axis, size: gather.size, dimension: gather.dimension, tiled: gather.tiled)
      return try bind1(reduceScatter, [cotangent], scatter.boxed)
    },
    elsewhere: { position, params in
      var gather: AllGatherParams = params.unbox()
      if position <= gather.dimension { gather.dimension += 1 }
      return gather.boxed
    },
    movedAxis: { position, params in
      let gather: AllGatherParams = params.unbox()
      return position > gather.dimension && !gather.tiled ? position + 1 : position
    },
    here: { x, position, size, params in
      let gather: AllGatherParams = params.unbox()
      let all = try Batching.broadcastBatch(x, position, size: size, to: gather.dimension)
      return (gather.tiled ? try Lax.folded(all, gather.dimension) : all, nil)
    })

  public static let allToAll: Primitive = exchange(
    "all_to_all",
    shape: { operand, params in
      let exchange: AllToAllParams = params.unbox()
      let size = try AxisEnvironment.size(of: exchange.axis)
      guard size > 0, operand.shape[exchange.split] % size == 0 else {
        throw SJError(
          .shape, "all_to_all: axis \(exchange.split) of \(operand) is not divisible by the axis size \(size)")
      }
      var shape = operand.shape
      shape[exchange.split] /= size
      shape[exchange.concat] = try scaled(shape[exchange.concat], by: size)
      return shape
    },
    transpose: { cotangent, params in
      var exchange: AllToAllParams = params.unbox()
      swap(&exchange.split, &exchange.concat)
      return try bind1(allToAll, [cotangent], exchange.boxed)
    },
    elsewhere: { position, params in
      var exchange: AllToAllParams = params.unbox()
      if position <= exchange.split { exchange.split += 1 }
      if position <= exchange.concat { exchange.concat += 1 }
      return exchange.boxed
    },
    here: { x, position, size, params in
      let exchange: AllToAllParams = params.unbox()
      // [n, …, n·s, …]: the first axis says who sends, the factor n of the split axis who receives.
      let sent = try Batching.atFront(x, position, size)
      let split = try Lax.unfolded(sent, exchange.split + 1, size)
      let received = try Lax.moveAxis(split, exchange.split + 1, 0)
      return (try Lax.folded(Lax.moveAxis(received, 1, exchange.concat + 1), exchange.concat + 1), 0)
    })

  public static let reduceScatter: Primitive = exchange(
    "reduce_scatter",
    shape: { operand, params in
      let scatter: ReduceScatterParams = params.unbox()
      let length = operand.shape[scatter.dimension]
      guard scatter.size > 0, scatter.tiled ? length % scatter.size == 0 : length == scatter.size else {
        throw SJError(
          .shape,
          "reduce_scatter: operand scatter dimension size \(length) must \(scatter.tiled ? "be divisible by" : "match") "
            + "shard count \(scatter.size)")
      }
      if !scatter.tiled { return operand.shape.removing(axes: [scatter.dimension]) }
      var shape = operand.shape
      shape[scatter.dimension] /= scatter.size
      return shape
    },
    transpose: { cotangent, params in
      let scatter: ReduceScatterParams = params.unbox()
      let gather = AllGatherParams(
        dimension: scatter.dimension, axis: scatter.axis, size: scatter.size, tiled: scatter.tiled)
      return try bind1(allGather, [cotangent], gather.boxed)
    },
    elsewhere: { position, params in
      var scatter: ReduceScatterParams = params.unbox()
      if position <= scatter.dimension { scatter.dimension += 1 }
      return scatter.boxed
    },
    movedAxis: { position, params in
      let scatter: ReduceScatterParams = params.unbox()
      return position > scatter.dimension && !scatter.tiled ? position - 1 : position
    },
    here: { x, position, size, params in
      let scatter: ReduceScatterParams = params.unbox()
      let sum = try position.map { try Lax.reduceSum(x, axes: [$0]) } ?? Lax.mul(x, Lax.scalar(size, x.dtype))
      return (scatter.tiled ? try Lax.unfolded(sum, scatter.dimension, size) : sum, scatter.dimension)
    })

  /// - Parameters:
  ///   - elsewhere: the parameters when another axis than the named one is batched, at a position.
  ///   - movedAxis: where that axis is in the result; the same position unless given.
  ///   - here: the result when the named axis itself is batched, at a position or (nil) with one value for all.
  private static func exchange(
    _ name: String, shape: @escaping (_ operand: AbstractValue, _ params: Params) throws -> Shape,
    transpose: @escaping (_ cotangent: Value, _ params: Params) throws -> Value,
    elsewhere: @escaping (_ position: Int, _ params: Params) -> Params,
    movedAxis: @escaping (_ position: Int, _ params: Params) -> Int = { position, _ in position },
    here: @escaping (_ x: Value, _ position: Int?, _ size: Int, _ params: Params) throws -> (Value, Int?)
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          try Collective.check(params.axisNames)
          return ([AbstractValue(inputs[0].dtype, try shape(inputs[0], params))], .namedAxis)
        },
        jvp: .rule(linearJVP(reference)),
        transpose: .rule { cotangents, _, params in [try cotangents[0].map { .dense(try transpose($0, params)) }] },
        batch: .rule { axis, inputs, axes, params in
          if let bound = axis.name, params.axisNames.contains(bound) {
            let (output, position) = try here(inputs[0], axes[0], axis.size, params)
            return ([output], [position])
          }
          let outer = axes[0].map { elsewhere($0, params) } ?? params
          return (try bind(reference.primitive, inputs, outer), [axes[0].map { movedAxis($0, params) }])
        },
        lowering: Collective.lowering(name))
    }
  }
}

/// - Throws: `shape` where the product overflows.
private func scaled(_ size: Int, by factor: Int) throws -> Int {
  let (product, overflow) = size.multipliedReportingOverflow(by: factor)
  guard !overflow else { throw SJError(.shape, "an axis of \(size) times \(factor) positions is too long") }
  return product
}

/// For each position of the axis the position that it receives from.
private func sourcesByTarget(_ permutation: [PermuteParams.Pair], _ size: Int) throws -> [Int] {
  let positions = 0..<size
  var sources = [Int](repeating: -1, count: size)
  for pair in permutation where positions.contains(pair.source) && positions.contains(pair.target) {
    sources[pair.target] = pair.source
  }
  guard permutation.count == size, !sources.contains(-1), Set(sources).count == size else {
    throw SJError(
      .invalidArgument,
      "ppermute: under vmap, perm must pair every position of the axis of size \(size) with exactly one other")
  }
  return sources
}

extension Lax {
  /// `jax.lax.ppermute`: every position sends its value to another: pairs (source, target).
  public static func ppermute(
    _ x: Value, _ axisName: String, _ permutation: [(source: Int, target: Int)]
  ) throws
    -> Value
  {
    let pairs = permutation.map { PermuteParams.Pair(source: $0.source, target: $0.target) }
    return try bind1(Primitives.ppermute, [x], PermuteParams(axis: axisName, permutation: pairs).boxed)
  }

  /// `jax.lax.pshuffle`: position i receives from `permutation[i]`.
  public static func pshuffle(_ x: Value, _ axisName: String, _ permutation: [Int]) throws -> Value {
    guard permutation.sorted() == Array(permutation.indices) else {
      throw SJError(.invalidArgument, "pshuffle: `perm` does not represent a permutation: \(permutation)")
    }
    return try ppermute(x, axisName, permutation.enumerated().map { ($1, $0) })
  }

  /// `jax.lax.all_gather`: everybody's values, along a new axis or (tiled) one after the other along an old one.
  public static func allGather(_ x: Value, _ axisName: String, axis: Int = 0, tiled: Bool = false) throws -> Value {
    let dimension = try canonicalAxis("all_gather", axis, rank: tiled ? x.rank : x.rank + 1)
    let size = try AxisEnvironment.size(of: axisName)
    let params = AllGatherParams(dimension: dimension, axis: axisName, size: size, tiled: tiled)
    return try bind1(Primitives.allGather, [x], params.boxed)
  }

  /// `jax.lax.psum_scatter`: the sum over the named axis, of which every position keeps its part.
  public static func psumScatter(
    _ x: Value, _ axisName: String, scatterDimension: Int = 0, tiled: Bool = false
  ) throws -> Value {
    let dimension = try canonicalAxis("psum_scatter", scatterDimension, rank: x.rank)
    let size = try AxisEnvironment.size(of: axisName)
    let params = ReduceScatterParams(axis: axisName, size: size, dimension: dimension, tiled: tiled)
    return try bind1(Primitives.reduceScatter, [x], params.boxed)
  }

  /// `jax.lax.all_to_all`: splits `x` along an axis, sends part i to position i, and joins what arrives along another.
  public static func allToAll(
    _ x: Value, _ axisName: String, splitAxis: Int, concatAxis: Int, tiled: Bool = false
  ) throws -> Value {
    let split = try canonicalAxis("all_to_all", splitAxis, rank: x.rank)
    let concat = try canonicalAxis("all_to_all", concatAxis, rank: x.rank)
    let size = try AxisEnvironment.size(of: axisName)
    func exchange(_ x: Value, _ split: Int, _ concat: Int) throws -> Value {
      try bind1(
        Primitives.allToAll, [x], AllToAllParams(axis: axisName, split: split, concat: concat, tiled: tiled).boxed)
    }
    if tiled { return try exchange(x, split, concat) }
    guard x.shape[split] == size else {
      throw SJError(
        .shape,
        "all_to_all: requires the size of the mapped axis \(axisName) to equal x.shape[split_axis], "
          + "but they are \(size) and \(x.shape[split])")
    }
    if split == concat { return try exchange(x, split, concat) }
    // The axis that is joined is new; the one that was split is used up.
    let target = split < concat ? concat + 1 : concat
    let source = split < concat ? split : split + 1
    return try squeeze(exchange(expandDims(x, [target]), source, target), [source])
  }

  /// Axes `axis` and `axis + 1` as one.
  static func folded(_ x: Value, _ axis: Int) throws -> Value {
    var shape = x.shape
    shape[axis] = try scaled(shape[axis], by: shape.remove(at: axis + 1))
    return try reshape(x, shape)
  }

  /// Axis `axis` as two, of which the first has `size` positions.
  static func unfolded(_ x: Value, _ axis: Int, _ size: Int) throws -> Value {
    var shape = x.shape
    shape[axis] /= size
    shape.insert(size, at: axis)
    return try reshape(x, shape)
  }

  /// The given positions along an axis.
  static func take(_ x: Value, _ positions: [Int], axis: Int) throws -> Value {
    let indices = try ConcreteArray(uninitialized: AbstractValue(.int32, [positions.count, 1]))
    let words = try indices.mutableBytes().assumingMemoryBound(to: Int32.self)
    for (i, position) in positions.enumerated() { words[i] = Int32(truncatingIfNeeded: position) }
    let dimensions = GatherDimensionNumbers(
      offsetDims: x.shape.indices.filter { $0 != axis }, collapsedSliceDims: [axis], startIndexMap: [axis])
    let sizes = x.shape.indices.map { $0 == axis ? 1 : x.shape[$0] }
    return try gather(x, indices, dimensions, sliceSizes: sizes)
  }
}
