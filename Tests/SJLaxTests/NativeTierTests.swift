import SJCompilerLLVM
import SJControl
import SJLax
import XCTest

@testable import SJBackendCPU
@testable import SJHarnesses

/// From the interpreter to quick code, and from that to better code, with the same bits.
final class NativeTierTests: LaxTestCase {
  private func lowered() throws -> LoweredFunction {
    try LoweredFunction("f", [try Lax.broadcastedIota(.float32, [3, 1000], 1)]) { inputs in
      let x = try Lax.tanh(inputs[0])
      return [try Lax.reduceSum(try Lax.exp(x), axes: [1]), x]
    }
  }

  private func compiler(_ effort: CodeGenerator.Effort) throws -> NativeCompiler {
    guard let library = try? CompilerLibrary.shared.get() else { throw XCTSkip("needs a compiler (make compiler)") }
    return NativeCompiler(try CodeGenerator(library, effort: effort))
  }

  func testBetterCodeTakesTheQuickOnesPlace() throws {
    let function = try lowered()
    let executable = try Executable(interpreting: function.program)
    let (fast, lean) = (try compiler(.fast), try compiler(.lean))
    XCTAssertFalse(executable.compilable.contains(where: \.isCompiled))
    let interpreted = try function.run(executable)
    XCTAssert(executable.compile(with: fast).isEmpty)
    XCTAssert(executable.compilable.allSatisfy { $0.isCompiled && !$0.isOptimized })
    XCTAssertEqual(try function.run(executable), interpreted)
    XCTAssert(executable.compile(with: lean).isEmpty)
    XCTAssert(executable.compilable.allSatisfy(\.isOptimized))
    XCTAssertEqual(try function.run(executable), interpreted)
    // And never back.
    XCTAssert(executable.compile(with: fast).isEmpty)
    XCTAssert(executable.compilable.allSatisfy(\.isOptimized))
  }

  func testQuickCodeIsReplacedWhereItRunsForLong() throws {
    let function = try lowered()
    let executable = try Executable(function.program)
    _ = try compiler(.fast)
    try XCTSkipIf(NativeTier.mode != .automatic, "needs SWIFTJAX_COMPILER unset")
    NativeTier.shared.compile(executable.compilable, .fast)
    XCTAssert(executable.compilable.allSatisfy { $0.isCompiled && !$0.isOptimized })
    let deadline = ContinuousClock.now + .seconds(60)
    while !executable.compilable.allSatisfy(\.isOptimized), ContinuousClock.now < deadline { _ = try function.run(executable) }
    XCTAssert(executable.compilable.allSatisfy(\.isOptimized))
  }

  func testCompilingAheadOfTimeIsQuickThenGood() throws {
    let executable = try Executable(try lowered().program)
    _ = try compiler(.fast)
    try XCTSkipIf(NativeTier.mode != .automatic, "needs SWIFTJAX_COMPILER unset")
    XCTAssert(NativeTier.compile(executable.compilable))
    let deadline = ContinuousClock.now + .seconds(60)
    while !executable.compilable.allSatisfy(\.isOptimized), ContinuousClock.now < deadline { usleep(1000) }
    XCTAssert(executable.compilable.allSatisfy(\.isOptimized))
  }

  func testWhatRunsForLongAtOnceGetsGoodCodeFromTheStart() throws {
    let small = Function("small") { PyTree(try Lax.lt($0.leaves[0], Lax.scalar(10, .int32))) }
    let next = Function("next") { PyTree(try Lax.add($0.leaves[0], Lax.scalar(1, .int32))) }
    let loop = try LoweredFunction("f", [Lax.scalar(0, .int32)]) { try whileLoop(small, next, PyTree($0[0])).leaves }
    let step = Function("step") { arguments in
      PyTree(tuple: [PyTree(try Lax.add(arguments.leaves[0], Lax.scalar(1, .int32))), PyTree(tuple: [])])
    }
    let long = try LoweredFunction("f", [Lax.scalar(0, .int32)]) {
      try scan(step, PyTree($0[0]), PyTree(tuple: []), length: 1 << 40).carry.leaves
    }
    _ = try compiler(.fast)
    for function in [loop, long] {
      let executable = try Executable(interpreting: function.program)
      XCTAssertFalse(executable.compilable.isEmpty)
      NativeTier.shared.compile(executable.compilable, .fast)
      XCTAssert(executable.compilable.allSatisfy(\.isOptimized))
    }
  }
}
