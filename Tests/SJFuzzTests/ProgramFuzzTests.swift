import Glibc
import SJControl
import SJCore
import SJLoopIR
import SJTypes
import Testing

@testable import SJBackendCPU
@testable import SJCompilerLLVM
@testable import SwiftJAX

/// Random programs with nested control flow and gradients, run in every way there is: operation by operation, as one
/// interpreted program, and compiled. All bits must be the same.
///
/// `SWIFTJAX_FUZZ=100000` runs as many, from another seed on with `SWIFTJAX_FUZZ_SEED`.
@Suite struct ProgramFuzzTests {
  private static let count = number("SWIFTJAX_FUZZ") ?? 500
  private static let firstSeed = number("SWIFTJAX_FUZZ_SEED") ?? 1

  private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

  private let compiler: NativeCompiler? = {
    guard case .success(let library) = CompilerLibrary.shared else { return nil }
    return NativeCompiler(try! CodeGenerator(library))
  }()

  @Test func allWaysGiveTheSameBits() throws {
    for seed in ProgramFuzzTests.firstSeed..<(ProgramFuzzTests.firstSeed + ProgramFuzzTests.count) {
      do { try check(RandomProgram(seed: UInt64(seed))) } catch { Issue.record("seed \(seed): \(error)") }
    }
  }

  private func check(_ program: RandomProgram) throws {
    let inputs = try program.inputs()
    let eager = try program(inputs)
    try checkUnrolled(program, inputs, eager)
    let function = Function("seed \(program.seed)") { arguments in
      PyTree.arguments(try program(arguments.leaves.map { Tensor($0) }).map(\.value))
    }
    let jaxpr = try makeJaxpr(function, .arguments(inputs.map(\.value))).jaxpr
    let loops = try LoweringContext.program(for: jaxpr.jaxpr.removingDeadCode().jaxpr)
    try verify(loops)
    let values = jaxpr.constants + inputs.map(\.value)
    let interpreted = try run(Executable(loops), loops, values)
    let expected = try eager.map { try bytes($0.value) }
    for (i, (a, b)) in zip(expected, interpreted).enumerated() where !same(a, b, eager[i].dtype) {
      Issue.record("seed \(program.seed): result \(i), \(eager[i].dtype)\(eager[i].shape), differs when jitted")
    }
    guard let compiler else { return }
    let executable = try Executable(loops)
    let runners = executable.compilable
    for (runner, native) in zip(runners, compiler.compile(runners.compactMap(\.source))) {
      if case .success(let native) = native { runner.install(native) }
    }
    let compiled = try run(executable, loops, values)
    for (i, (a, b)) in zip(interpreted, compiled).enumerated() where !same(a, b, eager[i].dtype) {
      Issue.record("seed \(program.seed): result \(i), \(eager[i].dtype)\(eager[i].shape), differs when compiled")
    }
  }

  /// Loops written out give the same up to rounding: their gradients add in another order.
  private func checkUnrolled(_ program: RandomProgram, _ inputs: [Tensor], _ eager: [Tensor]) throws {
    let unrolled = try RandomProgram(seed: program.seed, unrolls: true)(inputs)
    for (i, (a, b)) in zip(eager, unrolled).enumerated() {
      let (x, y) = (
        try a.astype(.float32).ravel().scalars(as: Float.self), try b.astype(.float32).ravel().scalars(as: Float.self)
      )
      let isNear =
        a.shape == b.shape
        && zip(x, y).allSatisfy { $0 == $1 || abs($0 - $1) <= 1e-3 * max(1, abs($1)) || ($0.isNaN && $1.isNaN) }
      if !isNear { Issue.record("seed \(program.seed): result \(i), \(a.dtype)\(a.shape), differs from loops written out") }
    }
  }

  private func run(_ executable: SJBackendCPU.Executable, _ program: Program, _ values: [SJCore.Value]) throws -> [[UInt8]] {
    let pointers = try values.map { try $0.asArray!.bytes() }
    let outputs = program.outputs.map {
      UnsafeMutableRawPointer.allocate(byteCount: max(program[$0].byteCount, 1), alignment: 64)
    }
    defer { for output in outputs { output.deallocate() } }
    try executable.run(inputs: pointers, outputs: outputs)
    withExtendedLifetime(values) {}
    return zip(program.outputs, outputs).map {
      Array(UnsafeRawBufferPointer(start: $1, count: program[$0].byteCount))
    }
  }

  private func bytes(_ value: SJCore.Value) throws -> [UInt8] {
    let array = value.asArray!
    return Array(UnsafeRawBufferPointer(start: try array.bytes(), count: array.aval.byteCount))
  }

  /// Equal bits; which NaN a NaN is does not matter.
  private func same(_ a: [UInt8], _ b: [UInt8], _ dtype: DType) -> Bool {
    if a == b { return true }
    guard dtype == .float32, a.count == b.count else { return false }
    return a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        zip(a.bindMemory(to: Float.self), b.bindMemory(to: Float.self)).allSatisfy {
          $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN)
        }
      }
    }
  }
}
