import SJCompilerLLVM
import SJControl
import SJLax
import XCTest

@testable import SJHarnesses

/// Which inputs programs overwrite, and that both executors read what was there before.
final class DonationTests: LaxTestCase {
  private let compiler: NativeCompiler? = {
    guard case .success(let library) = CompilerLibrary.shared else { return nil }
    return NativeCompiler(try! CodeGenerator(library, effort: .lean))
  }()

  /// Vectors of 37, the last of which is partial, or of another shape.
  private func check(
    _ shapes: [Shape], overwrites: Int, line: UInt = #line, _ function: @escaping ([Value]) throws -> [Value]
  ) throws {
    var random = Generator(state: 7)
    let inputs = try shapes.map { try Argument(.float32, $0).sample(&random) }
    let lowered = try LoweredFunction("line \(line)", inputs, function)
    let donating = lowered.donating()
    try donating.verify()
    XCTAssertEqual(donating.overwrites, overwrites, line: line)
    let expected = try lowered.run(on: .interpreter, threads: [1])[0]
    for executor in [.interpreter] + (compiler.map { [LoweredFunction.Executor.machineCode($0)] } ?? []) {
      for given in try donating.run(on: executor, threads: [1, 3]) { XCTAssertEqual(given, expected, line: line) }
    }
  }

  func testOneKernel() throws {
    let v = [37]
    try check([v], overwrites: 1) { [try Lax.add($0[0], $0[0])] }
    try check([v, v], overwrites: 2) { [try Lax.add($0[0], $0[1]), try Lax.sub($0[0], $0[1])] }
    // Each result is written over what the other one is made from.
    try check([v, v, v], overwrites: 2) { [try Lax.mul($0[1], $0[2]), try Lax.mul($0[0], $0[2])] }
    try check([v, v], overwrites: 2) {
      let sum = try Lax.add($0[0], $0[1])
      return [sum, try Lax.sin($0[0]), try Lax.mul(sum, $0[1])]
    }
  }

  func testWhatReadsOtherElements() throws {
    try check([[5, 37]], overwrites: 0) { [try Lax.sub(try Lax.rev($0[0], [1]), $0[0])] }
    try check([[5, 5]], overwrites: 0) { [try Lax.sub(try Lax.transpose($0[0], [1, 0]), $0[0])] }
    try check([[5, 5]], overwrites: 0) { [try Lax.dot($0[0], $0[0])] }
    // Short rows are summed by a kernel of their own; long ones by the one that subtracts the sums.
    for (shape, overwrites) in [([5, 37], 1), ([64, 128], 0)] {
      try check([shape], overwrites: overwrites) {
        let sum = try Lax.reduceSum($0[0], axes: [1])
        return [try Lax.sub($0[0], try Lax.broadcastInDim(sum, shape: shape, broadcastDimensions: [0]))]
      }
    }
  }

  /// The loop that stores the result adds it up as well.
  func testSumsOfWhatIsStored() throws {
    for shape in [[64, 128], [64, 70]] {
      try check([shape], overwrites: 1) {
        let powers = try Lax.exp($0[0])
        return [powers, try Lax.reduceSum(powers, axes: [1])]
      }
    }
  }

  func testOrderOfCommands() throws {
    // The product with the old matrix is computed before that is overwritten.
    try check([[8, 8], [8, 8]], overwrites: 1) {
      let updated = try Lax.sub($0[0], $0[1])
      return [updated, try Lax.dot($0[1], $0[0])]
    }
    // A result that depends on the update and on the old values keeps them apart.
    try check([[8, 8]], overwrites: 0) {
      let updated = try Lax.exp($0[0])
      return [updated, try Lax.dot(updated, $0[0])]
    }
  }
}
