import Glibc
import SJBackendCPU
import SJCompilerLLVM
import SJControl
import SJLax
import SJLoopIR
import Testing

@testable import SJHarnesses

/// Random programs, run in every way there is: operation by operation, with loops written out, as one interpreted
/// program and compiled, on one thread and on several, and with inputs that are overwritten. All bits must be the same.
///
/// `SWIFTJAX_FUZZ=100000` runs as many, from another seed on with `SWIFTJAX_FUZZ_SEED`.
@Suite struct ProgramFuzzTests {
  private static let count = number("SWIFTJAX_FUZZ") ?? 500
  private static let firstSeed = number("SWIFTJAX_FUZZ_SEED") ?? 1

  private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

  /// Of both efforts, which differ in the registers of a vector; none where there is no compiler.
  private let compilers: [NativeCompiler] = {
    guard case .success(let library) = CompilerLibrary.shared else { return [] }
    return [.fast, .lean].map { NativeCompiler(try! CodeGenerator(library, effort: $0)) }
  }()

  @Test func allWaysGiveTheSameBits() throws {
    CPUBackend.install()
    try Config.with({ $0.enableX64 = true }) {
      for seed in Self.firstSeed..<(Self.firstSeed + Self.count) {
        do {
          // Kernels that share rows are joined, however short these are.
          try FusionLimits.with(longRow: seed % 2 == 0 ? 64 : 1) { try check(RandomProgram(seed: UInt64(seed))) }
        } catch { Issue.record("seed \(seed): \(error)") }
      }
    }
  }

  private func check(_ program: RandomProgram) throws {
    let inputs = try program.inputs()
    let eager = try program(inputs)
    try checkWrittenOut(program, inputs, eager)
    if program.seed % 16 == 0 { try checkDonated(program, inputs, eager.exact) }
    let blocks: BlockLimits? = program.seed % 4 == 3 ? .smallest : nil
    let lowered = try LoweredFunction("seed \(program.seed)", inputs, blocks: blocks) {
      let results = try program($0)
      return results.exact + results.approximate
    }
    try lowered.verify()
    let results = eager.exact + eager.approximate
    let drivesLoops = program.seed % 8 < 2
    let expected = try lowered.run(on: .interpreter, threads: [1, 3], drivesLoops: drivesLoops)
    try compare(results.map { try $0.elementBytes() }, expected[0], results, program, "when jitted")
    try compare(expected[0], expected[1], results, program, "on three threads")
    let donating = lowered.donating()
    try donating.verify()
    let overwritten = try donating.run(on: .interpreter, threads: [3], drivesLoops: drivesLoops)[0]
    try compare(expected[0], overwritten, results, program, "when it overwrites its inputs")
    if compilers.isEmpty { return }
    let compiler = compilers[program.seed / 2 % 4 == 0 ? 1 : 0]
    if program.seed % 4 == 0 {
      let compiled = try donating.run(on: .machineCode(compiler), threads: [3], drivesLoops: drivesLoops)[0]
      try compare(expected[0], compiled, results, program, "when compiled to overwrite its inputs")
    }
    let threads: [Int32] = [1, 2, 5]
    let compiled = try lowered.run(on: .machineCode(compiler), threads: threads, drivesLoops: drivesLoops)
    for (count, bits) in zip(threads, compiled) {
      try compare(expected[0], bits, results, program, "when compiled, on \(count) threads")
    }
  }

  private func compare(
    _ expected: [[UInt8]], _ given: [[UInt8]], _ results: [Value], _ program: RandomProgram, _ way: String
  ) throws {
    for (i, (a, b)) in zip(expected, given).enumerated() where !sameBits(a, b, results[i].dtype) {
      Issue.record("seed \(program.seed): result \(i), \(results[i].aval), differs \(way)")
    }
  }

  /// Inputs that are given away give the same, and are gone.
  private func checkDonated(_ program: RandomProgram, _ inputs: [Value], _ expected: [Value]) throws {
    let function = Function("seed \(program.seed)") { .arguments(try program($0.leaves).exact) }
    let copies = try inputs.map { try Lax.copy($0) }
    let results = try jit(function, donated: Set(inputs.indices))(.arguments(copies)).leaves
    try compare(
      expected.map { try $0.elementBytes() }, results.map { try $0.elementBytes() }, expected, program, "with donated inputs")
    if !copies.allSatisfy({ $0.asArray!.isDeleted }) { Issue.record("seed \(program.seed): donated inputs are not deleted") }
  }

  /// `disable_jit` runs loops step by step.
  private func checkWrittenOut(
    _ program: RandomProgram, _ inputs: [Value], _ eager: (exact: [Value], approximate: [Value])
  ) throws {
    let byHand = try Config.with({ $0.disableJit = true }) { try program(inputs) }
    try compare(
      eager.exact.map { try $0.elementBytes() }, byHand.exact.map { try $0.elementBytes() }, eager.exact, program,
      "with loops written out")
    for (i, (a, b)) in zip(eager.approximate, byHand.approximate).enumerated() where a.dtype.size >= 4 {
      let (x, y) = (try a.asArray!.components(), try b.asArray!.components())
      let scale = Swift.max(1, y.filter(\.isFinite).map(abs).max() ?? 0)
      // The derivative of a loop multiplies by zeros that steps one by one know to be none, infinities too, as JAX's does.
      func isSame(_ loop: Double, _ steps: Double) -> Bool {
        loop == steps || abs(loop - steps) <= 1e-3 * scale || (loop.isNaN && (steps.isNaN || steps == 0))
      }
      if !zip(x, y).allSatisfy(isSame) {
        Issue.record("seed \(program.seed): gradient \(i), \(a.aval), differs with loops written out: \(x), \(y)")
      }
    }
  }
}
