import SJLoopIR
import SJTypes
import Testing

@testable import SJCompilerLLVM

@Suite struct ConcurrencyTests {
  @Test func resultsAreInOrder() {
    for count in [0, 1, 2, 9] { #expect(concurrently(count) { $0 * $0 } == (0..<count).map { $0 * $0 }) }
  }

  /// out[i] = exp(x[i]) * factor, a hundred elements.
  private static func source(_ factor: Int) -> NativeCompiler.Source {
    var program = Program()
    let (x, out) = (program.addBuffer(.f64, [100]), program.addBuffer(.f64, [100]))
    let builder = KernelBuilder()
    builder.parallel([100]) { index in
      let power = builder.unary(.exp, builder.load(x, .f64, at: index))
      builder.store(builder.binary(.mul, power, builder.constant(factor, .f64)), to: out, at: index)
    }
    return NativeCompiler.Source(builder.finish(name: "times \(factor)"), in: program)
  }

  /// Whoever compiles a kernel, it ends up where it belongs; equal ones share their code.
  @Test(.enabled(if: Native.isAvailable)) func threadsShareTheWork() throws {
    guard case .success(let library) = CompilerLibrary.shared else { return }
    let compiler = NativeCompiler(try CodeGenerator(library, effort: .fast))
    let factors = (0..<40).map { 2 + $0 % 30 }
    let kernels = compiler.compile(factors.map(Self.source), threads: 5)
    for (factor, kernel) in zip(factors, kernels) {
      var (x, out) = ([Double](repeating: 0, count: 100), [Double](repeating: 0, count: 100))
      let native = try kernel.get()
      x.withUnsafeMutableBytes { x in
        out.withUnsafeMutableBytes { out in
          let pointers = native.buffers.map { $0.index == 0 ? x.baseAddress : out.baseAddress }
          native(pointers)
        }
      }
      #expect(out == [Double](repeating: Double(factor), count: 100))
    }
  }
}
