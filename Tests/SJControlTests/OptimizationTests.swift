import SJControl
import SJCore
import SJLax
import SJTransforms
import SJTypes
import XCTest

/// What is compiled in place of a jaxpr.
final class OptimizationTests: EngineTestCase {
  /// How often LoopIR before fusion has the text.
  private func occurrences(_ piece: String, _ function: Function, _ arguments: Value...) throws -> Int {
    let program = try text(of: function, .arguments(arguments), at: .loops)
    return program.occurrences(of: piece)
  }

  func testEqualEquationsAreOne() throws {
    let x = try array([1, 2, 3])
    let inner = jit(unary("inner") { try Lax.sin($0) })
    let f = unary("f") { try Lax.add(Lax.reduceSum(Lax.sin($0), axes: [0]), Lax.reduceProd(inner.value($0), axes: [0])) }
    XCTAssertEqual(try occurrences("sin(", f, x), 1, "one in a call, one outside of it")
    let two = Function("two") { PyTree(try Lax.mul(Lax.sin($0.leaves[0]), Lax.sin($0.leaves[1]))) }
    XCTAssertEqual(try occurrences("sin(", two, x, array([1, 2, 3])), 2, "of different operands")
    let axes = unary("axes") { try Lax.add(Lax.reduceSum($0, axes: [0]), Lax.reduceSum($0, axes: [1])) }
    XCTAssertEqual(try occurrences("kernel \"reduce_sum\"", axes, array([1, 2, 3, 4], [2, 2])), 2, "with different parameters")
  }

  func testCheckpointedCallsComputeAgain() throws {
    let f = checkpoint(unary("f") { try Lax.reduceSum(Lax.sin(Lax.sin($0)), axes: [0]) })
    let both = Function("both") { arguments in
      let x = arguments.leaves[0]
      return PyTree([try f.value(x), try grad(f).value(x)], .leaves(2))
    }
    // The value's two, and the inner one again.
    XCTAssertEqual(try occurrences("sin(", both, array([1, 2, 3])), 3)
  }

  func testIdentities() throws {
    let x = try array([1, 2, 3])
    func commands(_ body: @escaping (Value) throws -> Value) throws -> Int { try occurrences("kernel \"", unary("f", body), x) }
    XCTAssertEqual(try commands { try Lax.mul($0, Lax.scalar(1.0, .float32)) }, 0)
    XCTAssertEqual(try commands { try Lax.mul(Lax.full([3], 1, .float32), $0) }, 0)
    XCTAssertEqual(try commands { try Lax.div($0, Lax.scalar(1.0, .float32)) }, 0)
    XCTAssertEqual(try commands { try Lax.sub($0, Lax.scalar(0.0, .float32)) }, 0)
    XCTAssertEqual(try commands { try Lax.max($0, $0) }, 0)
    XCTAssertEqual(try commands { try Lax.reshape($0, [3]) }, 0)
    XCTAssertEqual(try commands { try Lax.transpose($0, [0]) }, 0)
    // -0 + 0 is 0, and -0 - (-0) is 0.
    XCTAssertEqual(try commands { try Lax.add($0, Lax.scalar(0.0, .float32)) }, 1)
    XCTAssertEqual(try commands { try Lax.sub($0, Lax.scalar(-0.0, .float32)) }, 1)
    XCTAssertEqual(try commands { try Lax.mul($0, Lax.scalar(0.0, .float32)) }, 1)
    let square = unary("f") { try Lax.transpose($0, [1, 0]) }
    XCTAssertEqual(try occurrences("kernel \"", square, array([1, 2, 3, 4], [2, 2])), 1, "a transposition to the same shape")
  }

  func testProductsTakeTransposedOperandsAsTheyLie() throws {
    func product(_ left: [Int], _ right: [Int], _ numbers: DotDimensionNumbers) -> Function {
      Function("product") {
        PyTree(try Lax.dotGeneral(Lax.transpose($0.leaves[0], left), Lax.transpose($0.leaves[1], right), numbers))
      }
    }
    /// Kernels other than the product, after checking that no bit differs.
    func copies(_ f: Function, _ x: Value, _ y: Value) throws -> Int {
      let expected = try floats(f(.arguments([x, y])).leaves[0]).map(\.bitPattern)
      XCTAssertEqual(try floats(jit(f)(.arguments([x, y])).leaves[0]).map(\.bitPattern), expected)
      return try occurrences("kernel \"", f, x, y)
    }
    func matrix(_ shape: Shape) throws -> Value { try array((0..<shape.elementCount).map { Float($0 % 7) / 3 }, shape) }
    let plain = DotDimensionNumbers(lhsContracting: [1], rhsContracting: [0])
    XCTAssertEqual(try copies(product([0, 1], [1, 0], plain), matrix([30, 50]), matrix([40, 50])), 0)
    let batched = DotDimensionNumbers(lhsContracting: [2], rhsContracting: [1], lhsBatch: [0], rhsBatch: [0])
    XCTAssertEqual(try copies(product([0, 1, 2], [0, 2, 1], batched), matrix([2, 30, 50]), matrix([2, 40, 50])), 0)
    // The batch is outermost in memory, not among the transposed axes.
    let inner = DotDimensionNumbers(lhsContracting: [2], rhsContracting: [0], lhsBatch: [1], rhsBatch: [2])
    XCTAssertEqual(try copies(product([1, 0, 2], [1, 2, 0], inner), matrix([2, 30, 50]), matrix([2, 50, 40])), 0)
    // Small, or with rows that would be columns.
    XCTAssertEqual(try copies(product([0, 1], [1, 0], plain), matrix([3, 5]), matrix([4, 5])), 1)
    XCTAssertEqual(try copies(product([1, 0], [0, 1], plain), matrix([50, 30]), matrix([50, 40])), 1)
    // The rows would come in another order.
    let rows = DotDimensionNumbers(lhsContracting: [2], rhsContracting: [0])
    XCTAssertEqual(try copies(product([1, 0, 2], [0, 1], rows), matrix([10, 30, 50]), matrix([50, 40])), 1)
    // Sums would have another order.
    let both = DotDimensionNumbers(lhsContracting: [1, 2], rhsContracting: [0, 1])
    XCTAssertEqual(try copies(product([0, 2, 1], [0, 1, 2], both), matrix([30, 40, 50]), matrix([50, 40, 2])), 1)
  }

  func testWhatIsKnownIsComputed() throws {
    let f = unary("f") { try Lax.mul($0, Lax.exp(Lax.sin(Lax.convertElementType(Lax.scalar(2, .int32), .float32)))) }
    let x = try array([1, 2, 3])
    XCTAssertEqual(try occurrences("exp(", f, x) + occurrences("sin(", f, x), 0)
    XCTAssertEqual(try floats(jit(f).value(x)).map(\.bitPattern), try floats(f.value(x)).map(\.bitPattern))
  }
}

extension String {
  /// How often a piece is in the text.
  fileprivate func occurrences(of piece: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: piece) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
