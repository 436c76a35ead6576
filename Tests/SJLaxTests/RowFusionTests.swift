import SJBackendCPU
import SJCompilerLLVM
import SJControl
import SJLax
import SJLoopIR
import XCTest

@testable import SJHarnesses

/// Kernels that work on one row in several loops, which pass it on to each other.
final class RowFusionTests: LaxTestCase {
  private static func along(_ row: Value, _ x: Value) throws -> Value {
    try Lax.broadcastInDim(row, shape: x.shape, broadcastDimensions: Array(0..<x.shape.count - 1))
  }

  private static func powers(_ x: Value) throws -> Value {
    try Lax.exp(Lax.sub(x, along(Lax.reduceMax(x, axes: [x.shape.count - 1]), x)))
  }

  private static func total(_ x: Value) throws -> Value { try along(Lax.reduceSum(x, axes: [x.shape.count - 1]), x) }

  private static func softmax(_ x: Value) throws -> Value {
    let powers = try powers(x)
    return try Lax.div(powers, total(powers))
  }

  /// Of the rows of a softmax, with what comes back to them.
  private static func cotangent(_ x: Value, _ ct: Value) throws -> Value {
    let y = try softmax(x)
    let product = try Lax.mul(y, ct)
    return try Lax.sub(product, Lax.mul(y, total(product)))
  }

  /// Runs a function as one program, on both executors and several threads, and operation by operation: all bits are equal.
  /// - Parameters:
  ///   - kernels: how many there are.
  ///   - rows: how many arrays of the first input's size are temporary.
  private func check(
    _ name: String, _ shape: Shape, _ dtype: DType = .float32, kernels: Int = 1, rows: Int = 0,
    file: StaticString = #filePath, line: UInt = #line, _ function: @escaping ([Value]) throws -> [Value]
  ) throws {
    func sample(_ seed: Int) throws -> Value {
      let values: [Double] = (0..<shape.elementCount).map { Double(($0 * 7919 + seed * 31) % 1013) / 128 - 4 }
      return try array(dtype, shape, values)
    }
    let inputs = try [sample(1), sample(2)]
    let lowered = try LoweredFunction(name, inputs, function)
    try lowered.verify()
    XCTAssertEqual(lowered.program.commands.count, kernels, "\(name): kernels", file: file, line: line)
    let size = inputs[0].aval.byteCount
    XCTAssertEqual(
      try Executable(interpreting: lowered.program).temporaryBytes / size, rows, "\(name): temporary rows", file: file, line: line
    )
    let expected = try Config.with({ $0.disableJit = true }) { try function(inputs).map { try $0.elementBytes() } }
    let threads: [Int32] = [1, 2, 5]
    var results = try lowered.run(on: .interpreter, threads: threads)
    if case .success(let library) = CompilerLibrary.shared {
      for effort in [CodeGenerator.Effort.fast, .lean] {
        results += try lowered.run(on: .machineCode(NativeCompiler(CodeGenerator(library, effort: effort))), threads: threads)
      }
    }
    for (i, result) in results.enumerated() { XCTAssert(result == expected, "\(name): run \(i)", file: file, line: line) }
  }

  func testSoftmax() throws {
    for shape in [[40, 70], [300, 129], [33, 1024], [32, 5000], [2, 20, 80]] {
      try check("softmax \(shape)", shape) { [try Self.softmax($0[0])] }
    }
    try check("of float64", [40, 70], .float64) { [try Self.softmax($0[0])] }
    // What is stored is rounded, and what is added up too.
    try check("of float16", [40, 70], .float16) { [try Self.softmax($0[0])] }
    try check("of bfloat16", [40, 200], .bfloat16) { [try Self.softmax($0[0])] }
  }

  func testGradient() throws {
    for shape in [[40, 70], [33, 1024]] { try check("gradient \(shape)", shape) { [try Self.cotangent($0[0], $0[1])] } }
  }

  /// A row is needed once more where another takes its place, by the loop that stores that.
  func testRowsThatAreReplaced() throws {
    for shape in [[40, 70], [33, 64], [40, 300], [32, 5000]] {
      try check("replaced \(shape)", shape) { x in
        let e = try Self.powers(x[0])
        let y = try Lax.exp(Lax.div(e, Self.total(e)))
        return [try Lax.sub(y, Self.total(Lax.mul(y, e)))]
      }
      try check("needed by the sum alone \(shape)", shape, rows: 1) { x in
        let e = try Self.powers(x[0])
        let y = try Lax.exp(Lax.div(x[1], Self.total(e)))
        return [try Lax.sub(y, Self.total(Lax.mul(y, e)))]
      }
    }
  }

  /// No result has the row's size, or the row is a result, or is needed to the end.
  func testRowsWithMemoryOfTheirOwn() throws {
    try check("sums", [40, 70], rows: 1) { x in
      let powers = try Self.powers(x[0])
      let weights = try Lax.div(x[1], Self.total(powers))
      return [try Lax.reduceSum(Lax.mul(powers, weights), axes: [1])]
    }
    try check("kept", [40, 70]) { x in
      let powers = try Self.powers(x[0])
      return [powers, try Lax.div(powers, Self.total(powers))]
    }
    try check("backwards", [40, 70], rows: 1) { x in
      let powers = try Self.powers(x[0])
      return [try Lax.div(Lax.rev(powers, [1]), Self.total(powers))]
    }
  }

  /// Rows of another iteration cannot be had.
  func testOtherRows() throws {
    try check("other rows", [40, 70], kernels: 2, rows: 1) { x in
      let powers = try Self.powers(x[0])
      return [try Lax.div(Lax.rev(powers, [0]), Self.total(powers))]
    }
    try check("transposed", [70, 70], kernels: 2, rows: 1) { x in
      let powers = try Self.powers(x[0])
      return [try Lax.div(Lax.transpose(powers, [1, 0]), Self.total(powers))]
    }
  }
}
