import SJCompilerLLVM
import SJControl
import SJLax
import SJLoopIR
import SJTransforms
import XCTest

@testable import SJHarnesses

/// Chains of matrix products in blocks of rows.
final class RowBlockTests: LaxTestCase {
  private func sample(_ shapes: Shape...) throws -> [Value] {
    try shapes.enumerated().map { i, shape in
      try array(.float32, shape, (0..<shape.elementCount).map { Double(($0 * 7919 + i * 31) % 1013) / 512 - 1 })
    }
  }

  private static func dot(_ a: Value, _ b: Value, transposed: Bool = false) throws -> Value {
    let rank = a.shape.count
    let batch = Array(0..<(rank - 2))
    return try Lax.dotGeneral(
      a, b,
      DotDimensionNumbers(
        lhsContracting: [rank - 1], rhsContracting: [transposed ? rank - 1 : rank - 2], lhsBatch: batch, rhsBatch: batch))
  }

  /// Over the last axis.
  private static func softmax(_ x: Value) throws -> Value {
    let axis = x.shape.count - 1
    func spread(_ row: Value) throws -> Value {
      try Lax.broadcastInDim(row, shape: x.shape, broadcastDimensions: Array(0..<axis))
    }
    let powers = try Lax.exp(Lax.sub(x, spread(Lax.reduceMax(x, axes: [axis]))))
    return try Lax.div(powers, spread(Lax.reduceSum(powers, axes: [axis])))
  }

  private static func attention(_ x: [Value]) throws -> [Value] {
    [try dot(softmax(dot(x[0], x[1], transposed: true)), x[2])]
  }

  /// Rows see what is not behind them: the value of the row's counter matters.
  private static func causalAttention(_ x: [Value]) throws -> [Value] {
    let scores = try dot(x[0], x[1], transposed: true)
    let (rows, columns) = (scores.shape.count - 2, scores.shape.count - 1)
    let isVisible = try Lax.ge(
      Lax.broadcastedIota(.int32, scores.shape, rows), Lax.broadcastedIota(.int32, scores.shape, columns))
    return [try dot(softmax(Lax.select(isVisible, scores, Lax.full(scores.shape, -1e9, .float32))), x[2])]
  }

  /// Two layers; also what is between them, if `keeps`.
  private static func layers(_ x: [Value], keeps: Bool) throws -> [Value] {
    let hidden = try dot(x[0], x[1])
    let biased = try Lax.tanh(Lax.add(hidden, Lax.broadcastInDim(x[2], shape: hidden.shape, broadcastDimensions: [1])))
    let out = try Lax.mul(dot(biased, x[3]), x[0])
    return keeps ? [out, biased] : [out]
  }

  /// The scans without carries at any depth, from the outermost: their lengths.
  private func blocks(_ program: Program) -> [[Int]] {
    program.commands.compactMap { command in
      guard case .scan(let scan) = command, scan.initial.isEmpty else { return nil }
      return [scan.length] + blocks(scan.body).flatMap { $0 }
    }
  }

  /// Runs a function with and without blocks, on both executors and several threads.
  private func check(
    _ name: String, _ inputs: [Value], _ limits: BlockLimits, _ expected: [[Int]],
    _ function: @escaping ([Value]) throws -> [Value],
    file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let plain = try LoweredFunction(name, inputs, function)
    let blocked = try LoweredFunction(name, inputs, blocks: limits, function)
    try blocked.verify()
    XCTAssertEqual(blocks(blocked.program), expected, file: file, line: line)
    let wanted = try Config.with({ $0.disableJit = true }) { try function(inputs).map { try $0.elementBytes() } }
    let threads: [Int32] = [1, 2, 5]
    var results = try plain.run(on: .interpreter, threads: [1]) + blocked.run(on: .interpreter, threads: threads)
    if case .success(let library) = CompilerLibrary.shared {
      let compiler = NativeCompiler(try CodeGenerator(library, effort: .fast))
      results += try blocked.run(on: .machineCode(compiler), threads: threads)
      results += try blocked.run(on: .machineCode(compiler), threads: threads, drivesLoops: true)
    }
    for (i, result) in results.enumerated() { XCTAssert(result == wanted, "\(name): run \(i)", file: file, line: line) }
  }

  func testAttention() throws {
    var limits = BlockLimits.smallest
    limits.fewestRows = 8
    // Each member of the batch is a block, in which rows are blocks once more where they are compiled.
    try check("one", sample([48, 5], [40, 5], [40, 7]), limits, [[6]], Self.attention)
    try check("batch", sample([6, 48, 5], [6, 40, 5], [6, 40, 7]), limits, [[6]], Self.attention)
    try check("causal", sample([48, 5], [48, 5], [48, 7]), limits, [[6]], Self.causalAttention)
    try check("causal batch", sample([2, 3, 48, 5], [2, 3, 48, 5], [2, 3, 48, 7]), limits, [[6]], Self.causalAttention)
    limits.fewestRows = 25
    try check("no divisor", sample([48, 5], [40, 5], [40, 7]), limits, [], Self.attention)
  }

  /// Rows that are passed on before the cut, and with another kernel in one loop after it.
  func testRowsPassedOn() throws {
    try check("mirrored", sample([8, 64, 5], [8, 64, 5]), .smallest, [[8]]) { x in
      let z = try Lax.exp(Self.dot(x[0], x[1], transposed: true))
      let y = try Lax.exp(Lax.neg(Lax.reshape(z, [512, 64])))
      return [z, try Lax.add(y, Lax.rev(y, [1]))]
    }
    // A member of the batch has one row: its loop is none.
    try check("one query", sample([4, 1, 16], [4, 64, 16], [4, 64, 8]), .smallest, [[4]], Self.attention)
  }

  func testLayers() throws {
    let inputs = try sample([60, 9], [9, 33], [33], [33, 9])
    for keeps in [false, true] {
      var limits = BlockLimits.smallest
      limits.worthwhileBytes = keeps ? 1 : 0
      // What is kept is in memory anyway, but not what the first product gives.
      try check("layers", inputs, limits, [[60]]) { try Self.layers($0, keeps: keeps) }
    }
  }

  /// A product that is the same for all rows leaves the scan, of which then only kernels are left.
  func testInvariantProduct() throws {
    let inputs = try sample([4], [4, 4])
    let limits = BlockLimits.smallest
    func product(_ x: [Value]) throws -> [Value] {
      let rows = try Lax.broadcastInDim(x[0], shape: [3, 4], broadcastDimensions: [1])
      return [try Lax.reshape(Lax.exp(Self.dot(rows, x[1])), [12])]
    }
    try check("invariant", inputs, limits, [[3]], product)
  }

  /// What is filled in front of a chain, and updated in it, is made by both.
  func testFilledElsewhere() throws {
    try check("filled", sample([6, 4], [4, 3], [3, 4]), .smallest, []) { x in
      let zero = try Lax.scalar(0, .float32)
      let filled = try Lax.pad(Lax.tanh(x[0]), zero, [(0, 0, 0), (0, 4, 0)])
      let update = try Self.dot(Lax.tanh(Self.dot(x[0], x[1])), x[2])
      let corner = try [Lax.scalar(0, .int32), Lax.scalar(4, .int32)]
      return [try Lax.dynamicUpdateSlice(filled, Lax.sin(update), corner)]
    }
  }

  func testStandardLimits() throws {
    let (q, k, v) = (Shape([4, 512, 16]), Shape([4, 640, 16]), Shape([4, 640, 8]))
    let lowered = try LoweredFunction("attention", sample(q, k, v), blocks: BlockLimits(), Self.attention)
    XCTAssertEqual(blocks(lowered.program), [[4]])
    XCTAssertEqual(blocks(lowered.program.optimizingLoops()).map(\.count), [2], "rows of a member are blocks too")
    try check("attention", sample(q, k, v), BlockLimits(), [[4]], Self.attention)
    let small = try LoweredFunction("small", sample([64, 16], [64, 16], [64, 8]), blocks: BlockLimits(), Self.attention)
    XCTAssertEqual(blocks(small.program), [])
  }

  /// A gradient multiplies by transposed activations: what is summed over rows stays outside of blocks.
  func testGradient() throws {
    let inputs = try sample([60, 9], [9, 33], [33], [33, 9])
    try check("gradient", inputs, .smallest, [[60]]) { x in
      let loss = Function("loss") { arguments in
        let out = try Self.layers([x[0]] + arguments.leaves, keeps: false)[0]
        return PyTree(try Lax.reduceSum(Lax.mul(out, out), axes: [0, 1]))
      }
      return try grad(loss, GradientOptions(argnums: [0, 1, 2]))(.arguments(Array(x[1...]))).leaves
    }
  }
}
