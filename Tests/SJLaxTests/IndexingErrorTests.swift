import SJControl
import SJLax
import XCTest

@testable import SJHarnesses

/// What indexing refuses, and how its equations print.
final class IndexingErrorTests: LaxTestCase {
  private func check(_ code: SJError.Code, _ text: String, line: UInt = #line, _ body: () throws -> Any) {
    XCTAssertThrowsError(try body(), line: line) { error in
      XCTAssertEqual((error as? SJError)?.code, code, "\(error)", line: line)
      XCTAssertTrue("\(error)".contains(text), "\(error)", line: line)
    }
  }

  func testErrors() throws {
    let x = try array(.float32, [3, 4], (0..<12).map(Double.init))
    let i = try Lax.scalar(1, .int32)
    check(.shape, "limit_indices must be less than or equal to operand shape") { try Lax.slice(x, [0, 0], [4, 4]) }
    check(.shape, "strides must be positive") { try Lax.slice(x, [0, 0], [3, 4], strides: [0, 1]) }
    check(.shape, "equal to the number of dimensions") { try Lax.slice(x, [0], [3]) }
    check(.invalidArgument, "index -4 is out of bounds for axis 0 with size 3") { try Lax.indexInDim(x, -4) }
    check(.invalidArgument, "axis 2 is out of bounds") { try Lax.dynamicIndexInDim(x, i, axis: 2) }
    check(.invalidArgument, "must match number of operand dimensions") { try Lax.dynamicSlice(x, [i], [1, 1]) }
    check(.shape, "slice_sizes must be less than or equal") { try Lax.dynamicSlice(x, [i, i], [4, 1]) }
    check(.dtype, "integers of the same type, got: int32, float32") {
      try Lax.dynamicSlice(x, [i, Lax.scalar(1.0, .float32)], [1, 1])
    }
    check(.dtype, "requires arguments to have the same dtypes") {
      try Lax.dynamicUpdateSlice(x, Lax.zeros([1, 1], .int32), [i, i])
    }
    let rows = GatherDimensionNumbers(offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0])
    check(.dtype, "indices must have an integer type") {
      try Lax.gather(x, Lax.zeros([2, 1], .float32), rows, sliceSizes: [1, 4])
    }
    check(.shape, "can only collapse slice dims with bound 1") {
      try Lax.gather(x, Lax.zeros([2, 1], .int32), rows, sliceSizes: [2, 4])
    }
    check(.shape, "start_index_map") { try Lax.gather(x, Lax.zeros([2, 2], .int32), rows, sliceSizes: [1, 4]) }
    let rowUpdates = ScatterDimensionNumbers(
      updateWindowDims: [1], insertedWindowDims: [0], scatterDimsToOperandDims: [0])
    check(.shape, "bounds of the scatter dimensions") {
      try Lax.scatterAdd(x, Lax.zeros([2, 1], .int32), Lax.zeros([3, 4], .float32), rowUpdates)
    }
    check(.shape, "must be of rank 2") {
      try Lax.scatter(x, Lax.zeros([2, 1], .int32), Lax.zeros([2], .float32), rowUpdates)
    }
    check(.dtype, "does not accept dtype bool") {
      try Lax.scatterAdd(Lax.zeros([3, 4], .bool), Lax.zeros([2, 1], .int32), Lax.zeros([2, 4], .bool), rowUpdates)
    }
    check(.shape, "equal shapes") { try Lax.sort([x, Lax.zeros([3], .float32)]) }
    check(.invalidArgument, "num_keys=3") { try Lax.sort([x, x], numKeys: 3) }
    check(.invalidArgument, "k must be no larger") { try Lax.topK(x, 5) }
    check(.dtype, "random_split: takes a key array") { try Lax.randomSplit(x, [2]) }
    check(.dtype, "expected uint32[..., 2]") { try Lax.randomWrap(x) }
    check(.invalidArgument, "8-, 16-, 32- or 64-bit") { try Lax.randomBits(Lax.randomSeed(i), bitWidth: 12, shape: []) }
    check(.outOfMemory, "more elements than memory") {
      try Lax.randomBits(Lax.randomSeed(i), bitWidth: 8, shape: [1 << 40, 1 << 40])
    }
  }

  func testPrinting() throws {
    let x = try array(.float32, [3, 4], (0..<12).map(Double.init))
    let indices = try array(.int32, [2, 1], [0, 1])
    let numbers = GatherDimensionNumbers(offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0])
    let function = Function("f") { arguments in
      let x = arguments.leaves[0]
      let rows = try Lax.gather(x, arguments.leaves[1], numbers, sliceSizes: [1, 4], mode: .fillOrDrop)
      let updates = ScatterDimensionNumbers(
        updateWindowDims: [1], insertedWindowDims: [0], scatterDimsToOperandDims: [0])
      return .arguments([try Lax.scatterAdd(x, arguments.leaves[1], rows, updates), try Lax.sort(x)])
    }
    let text = "\(try makeJaxpr(function, .arguments([x, indices])).jaxpr)"
    for line in [
      "dimension_numbers=GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,), operand_batching_dims=(), start_indices_batching_dims=())",
      "fill_value=nan", "mode=GatherScatterMode.FILL_OR_DROP", "slice_sizes=(1, 4)", "scatter-add[",
      "update_consts=()", "update_jaxpr={ lambda ; ", "= sort[dimension=1 is_stable=True num_keys=1] ",
    ] { XCTAssertTrue(text.contains(line), "\(line) in\n\(text)") }
  }
}
