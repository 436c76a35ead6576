import SJLax

/// One harness or more for every primitive.
enum Harnesses {
  static let all: [Harness] = elementwise + shape + reductions + windows + indexing + empty + random + variants

  static let floats: [DType] = [.float32, .float16, .bfloat16, .float64]
  static let complex: [DType] = [.complex64, .complex128]
  static let integers: [DType] = [.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]

  static func joined(_ groups: [Harness]...) -> [Harness] { groups.flatMap { $0 } }

  static func each(_ dtypes: [DType], _ make: (DType) -> Harness) -> [Harness] { dtypes.map(make) }

  typealias Unary = (Value) throws -> Value

  // MARK: Shape

  private static func reshaping(_ name: String, of shape: Shape = [3, 4], _ function: @escaping Unary) -> [Harness] {
    each([.float64, .bfloat16, .complex64, .bool, .key]) { dtype in
      Harness(name: "\(name) \(dtype)", arguments: [Argument(dtype, shape)]) { [try function($0[0])] }
    }
  }

  static let shape: [Harness] = joined(
    reshaping("broadcast_in_dim", of: [3, 1]) {
      try Lax.broadcastInDim($0, shape: [2, 3, 4], broadcastDimensions: [1, 2])
    },
    reshaping("reshape") { try Lax.reshape($0, [2, 6]) },
    reshaping("squeeze", of: [3, 1, 2]) { try Lax.squeeze($0, [1]) },
    reshaping("transpose", of: [2, 3, 4]) { try Lax.transpose($0, [2, 0, 1]) },
    reshaping("rev") { try Lax.rev($0, [1]) },
    reshaping("copy", Lax.copy),
    each([.float64, .int32, .bool]) { dtype in
      Harness(name: "concatenate \(dtype)", arguments: [Argument(dtype, [2, 3]), Argument(dtype, [2, 1])]) {
        [try Lax.concatenate([$0[0], $0[1]], dimension: 1)]
      }
    },
    each([.float64, .int32]) { dtype in
      Harness(name: "split \(dtype)", arguments: [Argument(dtype, [2, 5])]) {
        try Lax.split($0[0], sizes: [2, 3], axis: 1)
      }
    },
    each([.float64, .int32, .complex64]) { dtype in
      Harness(name: "pad \(dtype)", arguments: [Argument(dtype), Argument(dtype, [])]) {
        [try Lax.pad($0[0], $0[1], [(1, 2, 1), (-1, 0, 0)])]
      }
    },
    [
      Harness(name: "iota", arguments: [Argument(.float64)], isDifferentiable: false) {
        [try Lax.mul($0[0], Lax.broadcastedIota(.float64, [3, 4], 1))]
      },
      Harness(name: "optimization_barrier", arguments: [Argument(.float64), Argument(.int32)], isDifferentiable: false) {
        try Lax.optimizationBarrier($0)
      },
    ])

  // MARK: Reductions and products

  private static func reduction(
    _ name: String, _ dtypes: [DType], smooth: Bool = true, _ function: @escaping (Value, [Int]) throws -> Value
  ) -> [Harness] {
    [[0], [1], [0, 2]].flatMap { axes in
      each(dtypes) { dtype in
        Harness(
          name: "\(name) \(dtype) axes \(axes)", arguments: [Argument(dtype, [3, 4, 2])], isDifferentiable: smooth
        ) { [try function($0[0], axes)] }
      }
    }
  }

  private static func cumulative(
    _ name: String, _ dtypes: [DType], _ function: @escaping (Value, Int, Bool) throws -> Value
  ) -> [Harness] {
    [false, true].flatMap { reverse in
      each(dtypes) { dtype in
        Harness(name: "\(name) \(dtype) reverse \(reverse)", arguments: [Argument(dtype, [3, 5])]) {
          [try function($0[0], 1, reverse)]
        }
      }
    }
  }

  static let reductions: [Harness] = joined(
    reduction("reduce_sum", floats + complex + integers, Lax.reduceSum),
    reduction("reduce_prod", [.float32, .float64, .int32], Lax.reduceProd),
    reduction("reduce_max", floats + integers, Lax.reduceMax),
    reduction("reduce_min", floats + integers, Lax.reduceMin),
    reduction("reduce_and", integers + [.bool], Lax.reduceAnd),
    reduction("reduce_or", integers + [.bool], Lax.reduceOr),
    reduction("reduce_xor", integers + [.bool], Lax.reduceXor),
    reduction("argmax", floats + integers, smooth: false) { try Lax.argmax($0, axis: $1[0], indexDType: .int32) },
    reduction("argmin", floats + integers, smooth: false) { try Lax.argmin($0, axis: $1[0], indexDType: .int32) },
    cumulative("cumsum", floats + [.int32, .complex64]) { try Lax.cumsum($0, axis: $1, reverse: $2) },
    cumulative("cumprod", [.float32, .float64, .int32]) { try Lax.cumprod($0, axis: $1, reverse: $2) },
    cumulative("cummax", floats + [.int32]) { try Lax.cummax($0, axis: $1, reverse: $2) },
    cumulative("cummin", floats + [.int32]) { try Lax.cummin($0, axis: $1, reverse: $2) },
    cumulative("cumlogsumexp", [.float32, .float64]) { try Lax.cumlogsumexp($0, axis: $1, reverse: $2) },
    each(floats + complex + [.int32]) { dtype in
      Harness(name: "dot_general \(dtype)", arguments: [Argument(dtype, [2, 3, 4]), Argument(dtype, [2, 4, 5])]) {
        let numbers = DotDimensionNumbers(lhsContracting: [2], rhsContracting: [1], lhsBatch: [0], rhsBatch: [0])
        return [try Lax.dotGeneral($0[0], $0[1], numbers)]
      }
    })

  // MARK: Indexing and sorting

  private static let moved: [DType] = [.float64, .float16, .complex64, .int32, .bool, .key]
  private static let rows = GatherDimensionNumbers(offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0])
  private static let rowUpdates = ScatterDimensionNumbers(
    updateWindowDims: [1], insertedWindowDims: [0], scatterDimsToOperandDims: [0])
  /// Some of them outside an axis of 4 positions.
  private static func indices(_ count: Int) -> Argument { Argument(.int32, [count, 1], -1...5) }

  private typealias Scatter = (
    Value, Value, Value, ScatterDimensionNumbers, Bool, Bool, GatherScatterMode
  ) throws -> Value

  private static func scatter(_ name: String, _ dtypes: [DType], _ function: @escaping Scatter) -> [Harness] {
    [GatherScatterMode.clip, .fillOrDrop].flatMap { mode in
      each(dtypes) { dtype in
        Harness(
          name: "\(name) \(dtype) \(mode)",
          arguments: [Argument(dtype, [4, 3]), indices(5), Argument(dtype, [5, 3])],
          isDifferentiable: name != "scatter-mul", hasTranspose: name != "scatter-mul"
        ) { [try function($0[0], $0[1], $0[2], rowUpdates, false, false, mode)] }
      }
    }
  }

  static let indexing: [Harness] = joined(
    each(moved) { dtype in
      Harness(name: "slice \(dtype)", arguments: [Argument(dtype, [5, 4])]) {
        [try Lax.slice($0[0], [1, 0], [5, 3], strides: [2, 1])]
      }
    },
    each(moved) { dtype in
      Harness(
        name: "dynamic_slice \(dtype)",
        arguments: [Argument(dtype, [5, 4]), Argument(.int32, [], -3...6), Argument(.int32, [], -3...6)]
      ) {
        [try Lax.dynamicSlice($0[0], [$0[1], $0[2]], [2, 3])]
      }
    },
    each(moved) { dtype in
      Harness(
        name: "dynamic_update_slice \(dtype)",
        arguments: [
          Argument(dtype, [5, 4]), Argument(dtype, [2, 3]), Argument(.int32, [], -3...6), Argument(.int32, [], -3...6),
        ]
      ) { [try Lax.dynamicUpdateSlice($0[0], $0[1], [$0[2], $0[3]])] }
    },
    [GatherScatterMode.clip, .fillOrDrop, .promiseInBounds].flatMap { mode in
      each(moved) { dtype in
        Harness(
          name: "gather \(dtype) \(mode)",
          arguments: [
            Argument(dtype, [4, 3]), mode == .promiseInBounds ? Argument(.int32, [5, 1], 0...3) : indices(5),
          ]
        ) {
          let fill: FillValue? = $0[0].dtype.isInexact ? .integer(3) : nil
          return [try Lax.gather($0[0], $0[1], rows, sliceSizes: [1, 3], mode: mode, fillValue: fill)]
        }
      }
    },
    each([.float64, .int32]) { dtype in
      Harness(
        name: "gather with batching axes \(dtype)",
        arguments: [Argument(dtype, [2, 5, 3]), Argument(.uint8, [2, 4, 1], 0...4)]
      ) {
        let numbers = GatherDimensionNumbers(
          offsetDims: [2], collapsedSliceDims: [1], startIndexMap: [1], operandBatchingDims: [0],
          startIndicesBatchingDims: [0])
        return [try Lax.gather($0[0], $0[1], numbers, sliceSizes: [1, 1, 3], mode: .clip)]
      }
    },
    scatter("scatter", moved, Lax.scatter), scatter("scatter-add", floats + complex + integers, Lax.scatterAdd),
    scatter("scatter-sub", floats + complex + integers, Lax.scatterSub),
    scatter("scatter-mul", floats + complex + integers, Lax.scatterMul),
    scatter("scatter-min", floats + [.int32, .bool], Lax.scatterMin),
    scatter("scatter-max", floats + [.int32, .bool], Lax.scatterMax),
    each([.float64, .complex128]) { dtype in
      Harness(
        name: "scatter-mul, unique \(dtype)",
        arguments: [Argument(dtype, [4, 3]), Argument(.int32, [1, 1], 0...3), Argument(dtype, [1, 3])]
      ) { [try Lax.scatterMul($0[0], $0[1], $0[2], rowUpdates, uniqueIndices: true)] }
    },
    each([.float64]) { dtype in
      Harness(
        name: "scatter, unique \(dtype)",
        arguments: [Argument(dtype, [4, 3]), Argument(.int32, [1, 1], 0...3), Argument(dtype, [1, 3])]
      ) { [try Lax.scatter($0[0], $0[1], $0[2], rowUpdates, uniqueIndices: true)] }
    },
    each([.float64, .float16]) { dtype in
      Harness(
        name: "scatter_apply \(dtype)", arguments: [Argument(dtype, [4, 3]), indices(5)], isDifferentiable: false,
        hasTranspose: false
      ) {
        [try Lax.scatterApply($0[0], $0[1], Lax.cos, rowUpdates, updateShape: [5, 3])]
      }
    },
    [0, 1].flatMap { dimension in
      each(floats + complex + integers + [.bool]) { dtype in
        Harness(
          name: "sort \(dtype) axis \(dimension)", arguments: [Argument(dtype, [5, 3]), Argument(.float64, [5, 3])]
        ) {
          try Lax.sort($0, dimension: dimension)
        }
      }
    },
    [0, 1].flatMap { axis in
      each(floats + integers + [.bool]) { dtype in
        Harness(name: "top_k \(dtype) axis \(axis)", arguments: [Argument(dtype, [4, 5])]) {
          let top = try Lax.topK($0[0], 3, axis: axis)
          return [top.values, top.indices]
        }
      }
    })

  /// Operands, indices or results without elements.
  private static let empty: [Harness] = [
    Harness(name: "empty slice", arguments: [Argument(.float64, [3, 4])]) { [try Lax.slice($0[0], [3, 1], [3, 2])] },
    Harness(name: "dynamic_slice of nothing", arguments: [Argument(.float64, [3]), Argument(.int32, [], 0...3)]) {
      [try Lax.dynamicSlice($0[0], [$0[1]], [0])]
    },
    Harness(
      name: "dynamic_update_slice by nothing",
      arguments: [Argument(.float64, [3]), Argument(.float64, [0]), Argument(.int32, [], 0...3)]
    ) { [try Lax.dynamicUpdateSlice($0[0], $0[1], [$0[2]])] },
    Harness(name: "gather at no index", arguments: [Argument(.float64, [4, 3]), Argument(.int32, [0, 1])]) {
      [try Lax.gather($0[0], $0[1], rows, sliceSizes: [1, 3])]
    },
    Harness(
      name: "scatter-add at no index",
      arguments: [Argument(.float64, [4, 3]), Argument(.int32, [0, 1]), Argument(.float64, [0, 3])]
    ) { [try Lax.scatterAdd($0[0], $0[1], $0[2], rowUpdates)] },
    Harness(name: "sort of nothing", arguments: [Argument(.float64, [2, 0])]) { [try Lax.sort($0[0])] },
    Harness(name: "top_k of nothing", arguments: [Argument(.float64, [2, 3])]) { [try Lax.topK($0[0], 0).values] },
    Harness(name: "reduce_sum of nothing", arguments: [Argument(.float64, [2, 0])]) {
      [try Lax.reduceSum($0[0], axes: [1])]
    },
    Harness(name: "reshape of nothing", arguments: [Argument(.float64, [2, 0])]) { [try Lax.reshape($0[0], [0, 5])] },
  ]

  // MARK: Random

  static let random: [Harness] = joined(
    [[], [4]].map { keys in
      Harness(
        name: "threefry2x32 keys \(keys)",
        arguments: [
          Argument(.uint32, keys, 0...9), Argument(.uint32, keys, 0...9), Argument(.uint32, [4]),
          Argument(.uint32, [4]),
        ]
      ) {
        let words = try Lax.threefry2x32(key: ($0[0], $0[1]), counter: ($0[2], $0[3]))
        return [words.0, words.1]
      }
    },
    [false, true].flatMap { partitionable in
      [[], [2]].flatMap { keys in
        [8, 16, 32, 64].map { width in
          Harness(name: "random_bits \(width) of keys \(keys), \(partitionable)", arguments: [Argument(.key, keys)]) {
            x in
            try Config.with({ $0.threefryPartitionable = partitionable }) {
              [try Lax.randomBits(x[0], bitWidth: width, shape: [3, 3])]
            }
          }
        } + [
          Harness(name: "random_split of keys \(keys), \(partitionable)", arguments: [Argument(.key, keys)]) { x in
            try Config.with({ $0.threefryPartitionable = partitionable }) { [try Lax.randomSplit(x[0], [3])] }
          }
        ]
      }
    },
    [
      Harness(name: "random_seed", arguments: [Argument(.int32, [3], 0...99)]) { [try Lax.randomSeed($0[0])] },
      Harness(name: "random_fold_in", arguments: [Argument(.key, [3]), Argument(.uint32, [3], 0...99)]) {
        [try Lax.randomFoldIn($0[0], $0[1])]
      },
      Harness(name: "random_wrap", arguments: [Argument(.uint32, [3, 2], 0...99)]) { [try Lax.randomWrap($0[0])] },
      Harness(name: "random_unwrap", arguments: [Argument(.key, [3])]) { [try Lax.randomUnwrap($0[0])] },
      Harness(name: "iota_2x32_shape", arguments: [Argument(.uint32, [2], 0...99)]) {
        let key = try Lax.threefrySplit($0[0], [2, 3], partitionable: true)
        return [key]
      },
    ])
}
