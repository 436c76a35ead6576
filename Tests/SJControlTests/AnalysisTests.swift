import SJControl
import SJCore
import SJLax
import SJLoopIR
import SJTypes
import XCTest

/// What compiled functions cost, counted by hand.
final class AnalysisTests: EngineTestCase {
  private func arguments(_ shapes: Shape...) throws -> PyTree {
    .arguments(try shapes.map { try array(Array(repeating: 1, count: $0.elementCount), $0) })
  }

  private func cost(
    _ arguments: PyTree, at stage: CompilationStage = .fusedLoops, _ body: @escaping ([Value]) throws -> Value
  ) throws -> CostAnalysis {
    try costAnalysis(of: Function("f") { PyTree(try body($0.leaves)) }, arguments, at: stage)
  }

  private func memory(_ arguments: PyTree, _ body: @escaping ([Value]) throws -> [Value]) throws -> MemoryAnalysis {
    try memoryAnalysis(of: Function("f") { .arguments(try body($0.leaves)) }, arguments)
  }

  func testElementwiseWork() throws {
    let result = try cost(arguments([1000])) { try Lax.mul(Lax.sin(Lax.mul($0[0], $0[0])), $0[0]) }
    XCTAssertEqual(result, CostAnalysis(flops: 2000, transcendentals: 1000, bytesAccessed: 8000))
  }

  /// Before fusion what several read is in memory: sin x is stored and loaded again.
  func testFusionSavesMemoryAccesses() throws {
    func body(_ x: [Value]) throws -> Value {
      let s = try Lax.sin(x[0])
      return try Lax.mul(Lax.exp(s), Lax.sin(s))
    }
    XCTAssertEqual(try cost(arguments([1000]), at: .loops, body).bytesAccessed, 16000)
    XCTAssertEqual(try cost(arguments([1000]), body).bytesAccessed, 8000)
    XCTAssertEqual(try cost(arguments([1000]), body).transcendentals, 3000)
  }

  func testProducts() throws {
    let result = try cost(arguments([64, 32], [32, 16])) { try Lax.dot($0[0], $0[1]) }
    XCTAssertEqual(result, CostAnalysis(flops: 2 * 64 * 16 * 32, bytesAccessed: 4 * (64 * 32 + 32 * 16 + 64 * 16)))
  }

  /// A row of eight is loaded once for each element of a column in registers; memory gives each byte once.
  func testBroadcastsReadMemoryOnce() throws {
    let result = try cost(arguments([5, 8], [8])) {
      try Lax.mul($0[0], Lax.broadcastInDim($0[1], shape: [5, 8], broadcastDimensions: [1]))
    }
    XCTAssertEqual(result, CostAnalysis(flops: 40, bytesAccessed: 160 + 32 + 160))
  }

  func testScansCountAllSteps() throws {
    let body = Function("body") { input in
      let next = try Lax.add(Lax.mul(input.leaves[0], input.leaves[0]), input.leaves[0])
      return PyTree(tuple: [PyTree(next), PyTree([], .none)])
    }
    let result = try cost(arguments([8])) { try scan(body, PyTree($0[0]), PyTree([], .none), length: 10).carry.leaves[0] }
    XCTAssertEqual(result, CostAnalysis(flops: 2 * 8 * 10, bytesAccessed: 64))
  }

  func testMemoryOfUnusedAndForwardedArguments() throws {
    let unused = try memory(arguments([1000], [500])) { [try Lax.mul($0[0], $0[0])] }
    XCTAssertEqual(unused.argumentBytes, 4000)
    XCTAssertEqual(unused.outputBytes, 4000)
    XCTAssertEqual(unused.peakBytes, 8000)
    let forwarded = try memory(arguments([1000])) { [$0[0], try Lax.sin($0[0])] }
    XCTAssertEqual(forwarded.outputBytes, 8000)
    XCTAssertEqual(forwarded.aliasBytes, 4000)
    XCTAssertEqual(forwarded.peakBytes, 8000)
  }

  /// Of a chain of products two intermediate results are alive at a time, whose memory the others take over.
  func testTemporariesShareMemory() throws {
    let result = try memory(arguments([32, 32])) { x in
      var y = x[0]
      for _ in 0..<6 { y = try Lax.dot(y, x[0]) }
      return [y]
    }
    XCTAssertEqual(result.temporaryBytes, 2 * 4096)
    XCTAssertEqual(result.peakBytes, 4 * 4096)
  }
}
