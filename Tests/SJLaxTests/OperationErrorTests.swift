import SJControl
import SJLax
import XCTest

/// What elementwise operations, shapes, reductions and products refuse, and how their equations print.
final class OperationErrorTests: LaxTestCase {
  private func check(_ code: SJError.Code, _ text: String, line: UInt = #line, _ body: () throws -> Any) {
    XCTAssertThrowsError(try body(), line: line) { error in
      XCTAssertEqual((error as? SJError)?.code, code, "\(error)", line: line)
      XCTAssertTrue("\(error)".contains(text), "\(error)", line: line)
    }
  }

  private func ones(_ shape: Shape, _ dtype: DType = .float32) throws -> Value { try Lax.ones(shape, dtype) }

  func testDTypes() throws {
    let (floats, integers) = (try ones([3]), try ones([3], .int32))
    check(.dtype, "sin does not accept dtype int32. Accepted dtypes are subtypes of floating, complexfloating.") {
      try Lax.sin(integers)
    }
    check(.dtype, "lax.add requires arguments to have the same dtypes, got float32, int32.") { try Lax.add(floats, integers) }
    check(.dtype, "and does not accept dtype float32 at position 0.") { try Lax.bitwiseAnd(floats, integers) }
    check(.dtype, "add does not accept dtype bool at position 0") { try Lax.add(ones([3], .bool), ones([3], .bool)) }
    check(.dtype, "pow does not accept dtype int32 at position 0") { try Lax.pow(integers, integers) }
    check(.dtype, "the first argument to pow") { try Lax.pow(floats, ones([3], .float16)) }
    check(.dtype, "Integers cannot be raised to negative powers") { try Lax.integerPow(integers, -1) }
    check(.dtype, "boolean or integer") { try Lax.selectN(floats, [floats, floats]) }
    check(.dtype, "subtypes of number") { try Lax.reduceSum(ones([3], .bool), axes: [0]) }
    check(.dtype, "reduce_and: logical reduction") { try Lax.reduceAnd(floats, axes: [0]) }
    check(.dtype, "index_dtype must be an integer type") { try Lax.argmax(floats, axis: 0, indexDType: .float32) }
    check(.dtype, "must not be narrower") { try Lax.dot(integers, integers, preferredElementType: .int8) }
    check(.dtype, "does not support bool or complex") { try Lax.bitcastConvertType(floats, .bool) }
    check(.dtype, "iota does not accept dtype bool") { try Lax.iota(.bool, 3) }
  }

  func testShapes() throws {
    let x = try ones([3, 4])
    check(.shape, "same number of dimensions, got float32[3,4], float32[4]") { try Lax.add(x, ones([4])) }
    check(.shape, "incompatible shapes for broadcasting: float32[3,4], float32[2,4]") { try Lax.mul(x, ones([2, 4])) }
    check(.shape, "total size must be unchanged") { try Lax.reshape(x, [5, 2]) }
    check(.shape, "non-negative sizes") { try Lax.reshape(x, [-3, -4]) }
    check(.outOfMemory, "more elements than memory") { try Lax.zeros([1 << 40, 1 << 40], .float32) }
    check(.shape, "permutation") { try Lax.transpose(x, [0, 0]) }
    check(.shape, "operand dimension sizes") { try Lax.broadcastInDim(x, shape: [3, 5], broadcastDimensions: [0, 1]) }
    check(.shape, "not equal to one") { try Lax.squeeze(x, [0]) }
    check(.shape, "at position 1, float32[3,5] (axis 1)") { try Lax.concatenate([x, ones([3, 5])], dimension: 0) }
    check(.shape, "after padding is -1") { try Lax.pad(x, Lax.scalar(0.0, .float32), [(-2, -2, 0), (0, 0, 0)]) }
    check(.outOfMemory, "overflows") { try Lax.pad(x, Lax.scalar(0.0, .float32), [(.max, .max, 0), (0, 0, 0)]) }
    check(.outOfMemory, "overflows") { try Lax.pad(x, Lax.scalar(0.0, .float32), [(.min, .max, 0), (0, 0, 0)]) }
    check(.invalidArgument, "at least one case") { try Lax.selectN(x, []) }
    check(.shape, "sum to the size of axis") { try Lax.split(x, sizes: [.max, 4], axis: 0) }
    check(.invalidArgument, "axis 5 is out of bounds") { try Lax.reduceMax(x, axes: [5]) }
    check(.invalidArgument, "duplicate value in axes (0, 0)") { try Lax.reduceSum(x, axes: [0, 0]) }
    check(.shape, "non-empty reduced dimension") { try Lax.argmin(ones([0, 2]), axis: 0, indexDType: .int32) }
    check(.shape, "bounds that are scalars") { try Lax.clamp(ones([4]), x, Lax.scalar(1.0, .float32)) }
  }

  func testProducts() throws {
    let (lhs, rhs) = (try ones([5, 3]), try ones([4, 2]))
    check(.shape, "dot_general: contracting dimensions differ: lhs float32[5,3] axis 1 is 3, rhs float32[4,2] axis 0 is 4") {
      try Lax.dotGeneral(lhs, rhs, .init(lhsContracting: [1], rhsContracting: [0]))
    }
    check(.invalidArgument, "got 7 for lhs") { try Lax.dotGeneral(lhs, rhs, .init(lhsContracting: [7], rhsContracting: [0])) }
    check(.invalidArgument, "must be distinct") {
      try Lax.dotGeneral(lhs, lhs, .init(lhsContracting: [0], rhsContracting: [0], lhsBatch: [0], rhsBatch: [0]))
    }
  }

  /// As `jax.make_jaxpr` prints the same calls.
  func testPrinting() throws {
    func text(_ body: @escaping (Value) throws -> Value) throws -> String {
      let function = Function("f") { PyTree(try body($0.leaves[0])) }
      let jaxpr = try makeJaxpr(function, .arguments([try ones([3, 1])])).jaxpr
      return jaxpr.description.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
    func check(_ expected: String, line: UInt = #line, _ body: @escaping (Value) throws -> Value) throws {
      let given = try text(body)
      XCTAssertTrue(given.contains(expected), "\(given) does not contain \(expected)", line: line)
    }
    try check("b:f32[1,3] = reshape[dimensions=None new_sizes=(1, 3) sharding=None] a") { try Lax.reshape($0, [1, 3]) }
    try check("b:f32[3,1,1] = broadcast_in_dim[broadcast_dimensions=(0, 2)] a") { try Lax.expandDims($0, [1]) }
    try check("b:f32[1] = reduce_sum[axes=(0,) out_sharding=None] a") { try Lax.reduceSum($0, axes: [0]) }
    try check("b:f32[1] = reduce_max[axes=(0,)] a") { try Lax.reduceMax($0, axes: [0]) }
    try check("b:i32[1] = argmax[axes=(0,) index_dtype=int32] a") { try Lax.argmax($0, axis: 0, indexDType: .int32) }
    try check("b:i32[3,1] = convert_element_type[new_dtype=int32 weak_type=False] a") { try Lax.convertElementType($0, .int32) }
    try check("b:f32[3,1] = cumsum[axis=0 reverse=False] a") { try Lax.cumsum($0) }
    try check("b:f32[5,1] = pad[padding_config=((1, 1, 0), (0, 0, 0))] a 0.0:f32[]") {
      try Lax.pad($0, Lax.scalar(0.0, .float32), [(1, 1, 0), (0, 0, 0)])
    }
    try check("b:f32[1,1] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a a") {
      try Lax.dotGeneral($0, $0, .init(lhsContracting: [0], rhsContracting: [0]))
    }
    try check("b:f32[3,1] = clamp 0.0:f32[] a 1.0:f32[]") {
      try Lax.clamp(Lax.scalar(0.0, .float32), $0, Lax.scalar(1.0, .float32))
    }
    try check("b:f32[3,1] = integer_pow[y=3] a") { try Lax.integerPow($0, 3) }
  }
}
