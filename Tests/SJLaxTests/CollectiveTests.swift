import SJControl
import SJLax
import SJTransforms
import XCTest

@testable import SJHarnesses

/// Collectives under `vmap` with an axis name.
final class CollectiveTests: LaxTestCase {
  /// `body` mapped over axis 0 of `x`, whose name is i.
  private func mapped(_ x: Value, _ body: @escaping (Value) throws -> Value) throws -> [Double] {
    let result = try vmap(
      "test", axis: BatchAxis(size: x.shape[0], name: "i"), [x], [0], outputAxes: { $0.map { _ in 0 } },
      { [try body($0[0])] })
    return try result[0].concreteArray(for: "test").components()
  }

  private func check(_ body: @escaping (Value) throws -> Value, _ expected: [Double], line: UInt = #line) throws {
    let x = try array(.float32, [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    XCTAssertEqual(try mapped(x, body), expected, line: line)
    // The same inside a jitted function.
    let compiled = jit(Function("test") { PyTree(try body($0.leaves[0])) })
    XCTAssertEqual(try mapped(x) { try compiled($0).leaves[0] }, expected, "jitted", line: line)
  }

  func testReductions() throws {
    try check({ try Lax.psum($0, ["i"]) }, [12, 15, 18, 12, 15, 18, 12, 15, 18])
    try check({ try Lax.pmean($0, ["i"]) }, [4, 5, 6, 4, 5, 6, 4, 5, 6])
    try check({ try Lax.pmax($0, ["i"]) }, [7, 8, 9, 7, 8, 9, 7, 8, 9])
    try check({ try Lax.pmin($0, ["i"]) }, [1, 2, 3, 1, 2, 3, 1, 2, 3])
    try check({ try Lax.add($0, Lax.psum(Lax.scalar(2, .float32), ["i"])) }, [7, 8, 9, 10, 11, 12, 13, 14, 15])
  }

  func testAxisIndex() throws {
    try check(
      { try Lax.mul($0, Lax.convertElementType(Lax.axisIndex("i"), .float32)) }, [0, 0, 0, 4, 5, 6, 14, 16, 18])
  }

  /// A jitted function that only the name ties to the mapped axis.
  func testAxisIndexInJitWithoutOperands() throws {
    let compiled = jit(Function("position") { _ in PyTree(try Lax.axisIndex("i")) })
    let x = try array(.int32, [3], [5, 5, 5])
    XCTAssertEqual(try mapped(x) { try Lax.mul($0, compiled().leaves[0]) }, [0, 5, 10])
  }

  func testExchanges() throws {
    try check({ try Lax.ppermute($0, "i", [(0, 1), (1, 2), (2, 0)]) }, [7, 8, 9, 1, 2, 3, 4, 5, 6])
    try check({ try Lax.pshuffle($0, "i", [2, 0, 1]) }, [7, 8, 9, 1, 2, 3, 4, 5, 6])
    let all: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    try check({ try Lax.allGather($0, "i") }, all + all + all)
    try check({ try Lax.allGather($0, "i", tiled: true) }, all + all + all)
    try check({ try Lax.allToAll($0, "i", splitAxis: 0, concatAxis: 0) }, [1, 4, 7, 2, 5, 8, 3, 6, 9])
    try check({ try Lax.psumScatter($0, "i") }, [12, 15, 18])
    try check({ try Lax.psumScatter($0, "i", tiled: true) }, [12, 15, 18])
  }

  func testNestedAxes() throws {
    let x = try array(.float32, [2, 3], [1, 2, 3, 4, 5, 6])
    func nested(_ body: @escaping (Value) throws -> Value) throws -> [Double] {
      try mapped(x) { row in
        try vmap(
          "inner", axis: BatchAxis(size: 3, name: "j"), [row], [0], outputAxes: { $0.map { _ in 0 } },
          { [try body($0[0])] })[0]
      }
    }
    XCTAssertEqual(try nested { try Lax.psum($0, ["i", "j"]) }, [21, 21, 21, 21, 21, 21])
    XCTAssertEqual(try nested { try Lax.psum($0, ["i"]) }, [5, 7, 9, 5, 7, 9])
    XCTAssertEqual(try nested { try Lax.psum($0, ["j"]) }, [6, 6, 6, 15, 15, 15])
    XCTAssertEqual(try nested { try Lax.reduceSum(Lax.allGather($0, "i"), axes: [0]) }, [5, 7, 9, 5, 7, 9])
  }

  /// d/dx Σ_i x_i Σ_j x_j = 2 Σ_j x_j
  func testGradientThroughPsum() throws {
    let x = try array(.float32, [3], [1, 2, 4])
    let function = Function("f") { arguments in
      let products = try vmap(
        "inner", axis: BatchAxis(size: 3, name: "i"), arguments.leaves, [0], outputAxes: { $0.map { _ in 0 } },
        { [try Lax.mul($0[0], Lax.psum($0[0], ["i"]))] })
      return PyTree(try Lax.reduceSum(products[0], axes: [0]))
    }
    let gradient = try grad(function)(x).leaves[0]
    XCTAssertEqual(try gradient.concreteArray(for: "test").components(), [14, 14, 14])
  }

  func testUnboundAxis() throws {
    let x = try array(.float32, [3], [1, 2, 4])
    for body in [{ try Lax.psum($0, ["k"]) }, { try Lax.pmax($0, ["k"]) }, { try Lax.allGather($0, "k") }]
      as [(Value) throws -> Value]
    {
      XCTAssertThrowsError(try mapped(x, body)) { XCTAssertTrue("\($0)".contains("unbound axis name: k"), "\($0)") }
      XCTAssertThrowsError(try body(x))
    }
  }
}
