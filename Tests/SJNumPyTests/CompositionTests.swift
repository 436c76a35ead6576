import SJBackendCPU
import SJCore
import SJLax
import SJNumPy
import SJTypes
import XCTest

/// Compositions whose details the golden tables do not reach.
final class CompositionTests: XCTestCase {
  override class func setUp() {
    super.setUp()
    CPUBackend.install()
  }

  private func matrix(_ rows: Int, _ columns: Int) throws -> Value {
    try NumPy.reshape(NumPy.arange(0.0, Double(rows * columns)), [rows, columns])
  }

  func testEinsumOfThreeIsTheProductOfMatrices() throws {
    let (a, b, c) = (try matrix(2, 3), try matrix(3, 4), try matrix(4, 2))
    let chained = try NumPy.einsum("ij,jk,kl->il", [a, b, c])
    XCTAssertEqual(try NumPy.arrayStr(chained), try NumPy.arrayStr(NumPy.matmul(NumPy.matmul(a, b), c)))
  }

  func testEinsumNamesTheLabelWhoseSizesDiffer() throws {
    XCTAssertThrowsError(try NumPy.einsum("ij,jk->ik", [matrix(2, 3), matrix(2, 3)])) {
      XCTAssertTrue("\($0)".contains("label 'j'"), "\($0)")
    }
  }

  /// The rows that the library sorts have the shape of the whole, whichever axis is asked for.
  func testSortingASquareMatrixAlongItsColumns() throws {
    let reversed = try Lax.rev(matrix(3, 3), [0, 1])
    XCTAssertEqual(
      try NumPy.arrayStr(NumPy.sort(reversed, axis: 0)), try NumPy.arrayStr(NumPy.flip(matrix(3, 3), axis: [1])))
  }

  func testPaddingGoesOnBeyondAPeriod() throws {
    let padded = try NumPy.pad(NumPy.arange(0.0, 3.0), [5, 4], mode: "reflect")
    XCTAssertEqual(try NumPy.arrayStr(padded), "[1. 0. 1. 2. 1. 0. 1. 2. 1. 0. 1. 2.]")
  }

  func testSolvingUndoesTheProduct() throws {
    let a = try NumPy.add(matrix(3, 3), Lax.eye(rows: 3, columns: 3, dtype: .float32))
    let x = try NumPy.ones([3])
    XCTAssertEqual(
      try NumPy.arrayStr(NumPy.allclose(NumPy.solve(a, NumPy.matmul(a, x)), x, rtol: Lax.scalar(1e-4, .float32))), "True")
  }
}
