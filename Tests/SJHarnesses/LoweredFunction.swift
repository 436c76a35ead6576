import CSJLibrary
import SJBackendCPU
import SJCompilerLLVM
import SJControl
import SJCore
import SJLoopIR
import SJTransforms
import SJTypes

/// A function of arrays as one LoopIR program, which either executor can run.
struct LoweredFunction {
  private(set) var program: Program
  /// The dtypes of the results.
  let results: [DType]
  private let inputs: [Value]

  /// - Parameter blocks: chains of matrix products are put in blocks even if these are as small as this.
  init(
    _ name: String, _ inputs: [Value], blocks: BlockLimits? = nil, _ function: @escaping ([Value]) throws -> [Value]
  ) throws {
    let closed = try stageClosed(name, inputs.map(\.aval), function)
    let program = try LoweringContext.program(for: closed.jaxpr.removingDeadCode().jaxpr)
    self.program = blocks.map(program.blocked) ?? program
    results = closed.outputAvals.map(\.dtype)
    self.inputs = closed.constants + inputs
  }

  /// The same with all inputs donated, so that it overwrites what it can.
  func donating() -> LoweredFunction {
    var result = self
    result.program.donated = Set(program.inputs)
    return result
  }

  /// How many inputs it overwrites.
  var overwrites: Int { updated.donated.count }

  private var updated: Program { program.optimizingLoops().updatingDonated() }

  /// Throws what the verifier finds.
  func verify() throws {
    try SJLoopIR.verify(program)
    if !program.donated.isEmpty { try SJLoopIR.verify(updated) }
  }

  /// What the compiler gets.
  func sources() throws -> [NativeCompiler.Source] { try SJBackendCPU.Executable(interpreting: program).sources }

  enum Executor {
    case interpreter
    /// Everything is compiled before it runs.
    case machineCode(NativeCompiler)
  }

  /// The bytes of the results on each number of threads, among which all work is divided that can be.
  /// - Parameter drivesLoops: whether the interpreter drives all loops, and compiled kernels in them may be divided too.
  func run(on executor: Executor, threads: [Int32], drivesLoops: Bool = false) throws -> [[[UInt8]]] {
    let executable = try Parallelism.with(threshold: drivesLoops ? 1 : Parallelism.threshold) {
      try SJBackendCPU.Executable(interpreting: program)
    }
    if case .machineCode(let compiler) = executor, let error = executable.compile(with: compiler).first { throw error }
    let before = sj_pool_threads()
    defer { sj_pool_set_threads(before) }
    return try threads.map { count in
      sj_pool_set_threads(count)
      return try Parallelism.with(threshold: 1) { try run(executable) }
    }
  }

  func run(_ executable: SJBackendCPU.Executable) throws -> [[UInt8]] {
    var pointers = try inputs.map { UnsafeRawPointer(try $0.asArray!.bytes()) }
    let outputs = program.outputs.map {
      UnsafeMutableRawPointer.allocate(byteCount: max(program[$0].byteCount, 1), alignment: 64)
    }
    defer { for output in outputs { output.deallocate() } }
    for case (let output, let input?) in zip(program.outputs.indices, executable.overwrittenInputs) {
      outputs[output].copyMemory(from: pointers[input], byteCount: program[program.outputs[output]].byteCount)
      pointers[input] = UnsafeRawPointer(outputs[output])
    }
    try withExtendedLifetime(inputs) { try executable.run(inputs: pointers, outputs: outputs) }
    return zip(program.outputs, outputs).map {
      Array(UnsafeRawBufferPointer(start: $1, count: program[$0].byteCount))
    }
  }
}

extension Value {
  /// The bytes of an array's elements.
  func elementBytes() throws -> [UInt8] {
    let array = asArray!
    return Array(UnsafeRawBufferPointer(start: try array.bytes(), count: array.aval.byteCount))
  }
}

/// Whether elements have equal bits, but for which NaN a NaN is: LoopIR leaves that open.
func sameBits(_ a: [UInt8], _ b: [UInt8], _ dtype: DType) -> Bool {
  if a == b { return true }
  guard dtype.isInexact, a.count == b.count else { return false }
  func same<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type, _ infinity: T) -> Bool {
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        zip(a.bindMemory(to: T.self), b.bindMemory(to: T.self)).allSatisfy {
          $0 == $1 || ($0 & T.max >> 1 > infinity && $1 & T.max >> 1 > infinity)
        }
      }
    }
  }
  switch dtype.scalar {
  case .f16: return same(UInt16.self, 0x7c00)
  case .bf16: return same(UInt16.self, 0x7f80)
  case .f32: return same(UInt32.self, 0x7f80_0000)
  default: return same(UInt64.self, 0x7ff0_0000_0000_0000)
  }
}

extension BlockLimits {
  /// Blocks wherever there can be some.
  static var smallest: BlockLimits {
    var limits = BlockLimits()
    (limits.blockBytes, limits.worthwhileBytes, limits.fewestRows) = (64, 0, 1)
    return limits
  }
}
