import SJBackendCPU
import SJCore
import SJLoopIR
import SJTypes
import XCTest

/// Programs that no lowering should make are refused, not run.
final class MissingKernelTests: EngineTestCase {
  func testOperationWithoutMeaning() throws {
    var program = Program()
    let output = program.addBuffer(.i32, [2])
    program.outputs = [output]
    let builder = KernelBuilder()
    builder.parallel([2]) { index in
      builder.store(builder.unary(.sin, builder.constant(1, .i32)), to: output, at: index)
    }
    program.commands = [.kernel(builder.finish(name: "sine of integers"))]
    try Config.with({ $0.checks = false }) {
      XCTAssertThrowsError(try CPUBackend().compile(program)) {
        XCTAssertEqual(($0 as? SJError)?.code, .unsupported)
        XCTAssertTrue("\($0)".contains("sine of integers"), "\($0)")
      }
    }
  }
}
