import SJBackendCPU
import SJControl
import SJCore
import SJGolden
import SJLax
import SJNumPy
import XCTest

/// Texts of arrays, against real JAX's.
final class PrintingTests: XCTestCase {
  override class func setUp() {
    super.setUp()
    CPUBackend.install()
  }

  private func checkGolden(_ operation: String, _ show: (Value) throws -> String) throws {
    // Lines without inputs show what only Python can make.
    let lines = try GoldenTable.load("printing", [operation]).filter { ($0["inputs"] as! [Any]).count == 1 }
    XCTAssertGreaterThan(lines.count, 100)
    for line in lines {
      let array = try GoldenTable.array((line["inputs"] as! [[String: Any]])[0])
      let expected = (line["outputs"] as! [[String: Any]])[0]["text"] as! String
      XCTAssertEqual(try show(array), expected, line["name"] as! String)
    }
  }

  func testStr() throws { try checkGolden("str", NumPy.arrayStr) }
  func testRepr() throws { try checkGolden("repr", NumPy.arrayRepr) }

  func testWeakArray() throws {
    let array = try NumPy.full([2], Lax.scalar(1.5, .float32, weakType: true))
    XCTAssertEqual(try NumPy.arrayRepr(array), "Array([1.5, 1.5], dtype=float32, weak_type=True)")
  }

  func testTracer() throws {
    var seen: [String] = []
    let function = jit(
      Function("f") { arguments in
        seen = [try NumPy.arrayStr(arguments.leaves[0]), try NumPy.arrayRepr(arguments.leaves[0])]
        return arguments
      })
    _ = try function(Lax.zeros([3], .float32))
    XCTAssertEqual(seen, ["JitTracer(float32[3])", "JitTracer(float32[3])"])
  }
}
