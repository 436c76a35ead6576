import SJLax
import XCTest

/// Slicing, gather, scatter and sort against tables from real JAX.
final class IndexingGoldenTests: LaxTestCase {
  func testSlicing() throws { try checkGolden("lax_shape", Self.slicing) }
  func testGatherAndScatter() throws { try checkGolden("lax_shape", Self.gatherScatter) }
  func testSorting() throws { try checkGolden("lax_reduce", Self.sorting) }

  static let slicing: [String: Call] = [
    "lax.slice": { c in
      [try Lax.slice(c.inputs[0], c.ints("start_indices")!, c.ints("limit_indices")!, strides: c.ints("strides"))]
    },
    "lax.slice_in_dim": { c in
      [
        try Lax.sliceInDim(
          c.inputs[0], c.int("start_index"), c.int("limit_index"), stride: c.int("stride") ?? 1, axis: c.int("axis")!)
      ]
    },
    "lax.index_in_dim": { c in
      [try Lax.indexInDim(c.inputs[0], c.int("index")!, axis: c.int("axis")!, keepDims: c.bool("keepdims") ?? true)]
    },
    "lax.dynamic_slice": { c in
      let starts =
        try c.ints("start_indices").map { try $0.map { try Lax.scalar($0, .int32) } } ?? Array(c.inputs.dropFirst())
      return [try Lax.dynamicSlice(c.inputs[0], starts, c.ints("slice_sizes")!)]
    },
    "lax.dynamic_slice_in_dim": { c in
      [try Lax.dynamicSliceInDim(c.inputs[0], c.inputs[1], size: c.int("slice_size")!, axis: c.int("axis")!)]
    },
    "lax.dynamic_index_in_dim": { c in
      [try Lax.dynamicIndexInDim(c.inputs[0], c.inputs[1], axis: c.int("axis")!, keepDims: c.bool("keepdims") ?? true)]
    },
    "lax.dynamic_update_slice": { c in
      [try Lax.dynamicUpdateSlice(c.inputs[0], c.inputs[1], Array(c.inputs.dropFirst(2)))]
    },
    "lax.dynamic_update_slice_in_dim": { c in
      [try Lax.dynamicUpdateSliceInDim(c.inputs[0], c.inputs[1], c.inputs[2], axis: c.int("axis")!)]
    },
    "lax.dynamic_update_index_in_dim": { c in
      [try Lax.dynamicUpdateIndexInDim(c.inputs[0], c.inputs[1], c.inputs[2], axis: c.int("axis")!)]
    },
  ]

  static let gatherScatter: [String: Call] = [
    "lax.gather": { c in
      let dims = c.dimensions
      return [
        try Lax.gather(
          c.inputs[0], c.inputs[1],
          GatherDimensionNumbers(
            offsetDims: dims["offset_dims"]!, collapsedSliceDims: dims["collapsed_slice_dims"]!,
            startIndexMap: dims["start_index_map"]!, operandBatchingDims: dims["operand_batching_dims"] ?? [],
            startIndicesBatchingDims: dims["start_indices_batching_dims"] ?? []),
          sliceSizes: c.ints("slice_sizes")!, uniqueIndices: c.bool("unique_indices") ?? false,
          indicesAreSorted: c.bool("indices_are_sorted") ?? false, mode: c.mode,
          fillValue: c.int("fill_value").map { .integer($0) })
      ]
    },
    "lax.scatter": { c in
      [
        try Lax.scatter(
          c.inputs[0], c.inputs[1], c.inputs[2], c.scatterDimensions,
          indicesAreSorted: c.bool("indices_are_sorted") ?? false, uniqueIndices: c.bool("unique_indices") ?? false,
          mode: c.mode)
      ]
    },
    "lax.scatter_add": { c in
      [try Lax.scatterAdd(c.inputs[0], c.inputs[1], c.inputs[2], c.scatterDimensions, mode: c.mode)]
    },
    "lax.scatter_sub": { c in
      [try Lax.scatterSub(c.inputs[0], c.inputs[1], c.inputs[2], c.scatterDimensions, mode: c.mode)]
    },
    "lax.scatter_mul": { c in
      [try Lax.scatterMul(c.inputs[0], c.inputs[1], c.inputs[2], c.scatterDimensions, mode: c.mode)]
    },
    "lax.scatter_min": { c in
      [try Lax.scatterMin(c.inputs[0], c.inputs[1], c.inputs[2], c.scatterDimensions, mode: c.mode)]
    },
    "lax.scatter_max": { c in
      [try Lax.scatterMax(c.inputs[0], c.inputs[1], c.inputs[2], c.scatterDimensions, mode: c.mode)]
    },
    "lax.scatter_apply": { c in
      [
        try Lax.scatterApply(
          c.inputs[0], c.inputs[1], { try Lax.mul($0, $0) }, c.scatterDimensions, updateShape: c.ints("update_shape")!,
          mode: c.mode)
      ]
    },
  ]

  static let sorting: [String: Call] = [
    "lax.sort": { c in
      try Lax.sort(
        c.inputs, dimension: c.int("dimension") ?? -1, isStable: c.bool("is_stable") ?? true,
        numKeys: c.int("num_keys") ?? 1)
    },
    "lax.sort_key_val": { c in
      let sorted = try Lax.sortKeyVal(c.inputs[0], c.inputs[1])
      return [sorted.keys, sorted.values]
    },
    "lax.top_k": { c in
      let top = try Lax.topK(c.inputs[0], c.int("k")!)
      return [top.values, top.indices]
    },
  ]
}

extension GoldenCase {
  fileprivate var dimensions: [String: [Int]] { parameters["dimension_numbers"] as! [String: [Int]] }

  fileprivate var scatterDimensions: ScatterDimensionNumbers {
    ScatterDimensionNumbers(
      updateWindowDims: dimensions["update_window_dims"]!, insertedWindowDims: dimensions["inserted_window_dims"]!,
      scatterDimsToOperandDims: dimensions["scatter_dims_to_operand_dims"]!,
      operandBatchingDims: dimensions["operand_batching_dims"] ?? [],
      scatterIndicesBatchingDims: dimensions["scatter_indices_batching_dims"] ?? [])
  }

  fileprivate var mode: GatherScatterMode {
    switch parameters["mode"] as? String {
    case "clip": .clip
    case "fill", "drop": .fillOrDrop
    default: .promiseInBounds
    }
  }
}
