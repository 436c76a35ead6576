import SwiftJAX
import Testing

@Suite struct ControlFlowTests {
  @Test func choices() throws {
    let abs = jit { (x: Tensor) in try Lax.cond(x .>= 0, { $0 }, { try -$0 }, x) }
    #expect(try Float(abs(-3.0)) == 3)
    let scale = { (i: Tensor) in try Lax.switch(i, [{ $0 }, { try $0 * 10 }, { try $0 * 100 }], 2.0 as Tensor) }
    #expect(try (0..<4).map { try Float(scale(Tensor($0))) } == [2, 20, 200, 200])
    #expect(message { _ = try Lax.cond(true, { (x: Tensor) in x }, { try $0 .> 0 }, NumPy.ones([])) }.contains("cond"))
  }

  @Test func loops() throws {
    let (zero, one): (Tensor, Tensor) = (0, 1)
    let (i, sum) = try Lax.whileLoop({ i, _ in try i .< 5 }, { i, sum in (try i + 1, try sum + i) }, zero, zero)
    #expect(try (Int(i), Int(sum)) == (5, 10))
    let factorial = try Lax.foriLoop(1, 6, { i, product in try i * product }, one)
    #expect(try Int(factorial) == 120)
    let (a, _) = try Lax.foriLoop(0, 10, { _, a, b in (b, try a + b) }, zero, one)
    #expect(try Int(a) == 55)
  }

  @Test func scans() throws {
    let xs = try floats(1, 2, 3)
    let (total, partial) = try Lax.scan({ (c: Tensor, x: Tensor) in (try c + x, try c + x) }, 0.0, xs)
    #expect(try Float(total) == 6)
    #expect(try [Float](partial) == [1, 3, 6])
    let (power, none) = try Lax.scan({ (c: Tensor) in (try c * 2, Empty()) }, 1.0, length: 8)
    #expect(try Float(power) == 256)
    #expect(try treeLeaves(none).isEmpty)
    let slope = try grad { (x: Tensor) in try Lax.scan({ (c: Tensor, x: Tensor) in (try c * x, c) }, 1.0, x).0 }(xs)
    #expect(try [Float](slope) == [6, 3, 2])
    #expect(try [Float](Lax.map({ (x: Tensor) in try x * x }, xs)) == [1, 4, 9])
    #expect(
      message { _ = try Lax.scan({ (c: Tensor, x: Tensor) in (try NumPy.stack([c, c]), x) }, 0.0, xs) }.contains("scan"))
  }

  /// A step that reads a fixed element of what it carries does not work on each element by itself.
  @Test func stepsReadFixedElements() throws {
    let c = try floats(1, 2, 4)
    let c3 = try Lax.foriLoop(0, 3, { (_, c: Tensor) in try c * 0.5 + c[0] }, c)
    #expect(try [Float](c3) == [3.375, 3.5, 3.75])
    let (last, _) = try Lax.foriLoop(0, 3, { (_, sum: Tensor, c: Tensor) in (try sum + c[0], try c + 1) }, 0.0 as Tensor, c)
    #expect(try Float(last) == 6)
  }

  @Test func carriesThatNoStepReadsHaveResults() throws {
    let c = try floats(1, 2, 4)
    let (_, last) = try Lax.foriLoop(0, 3, { (_, a: Tensor, _: Tensor) in (try a + 1, try a * 2) }, c, c)
    #expect(try [Float](last) == [6, 8, 12])
  }

  @Test func derivativesAreStopped() throws {
    #expect(try Float(grad { (x: Tensor) in try x * Lax.stopGradient(x) }(3.0)) == 3)
  }

  @Test func callsOfSwift() throws {
    let host = { (x: Tensor) throws -> Tensor in try Tensor(x.scalars(as: Float.self).map { $0 + 1 }) }
    let f = jit { (x: Tensor) in try pureCallback(host, result: Tensor.abstract([2]), x) * 2 }
    #expect(try [Float](f(floats(1, 2))) == [4, 6])
    var seen: [Float] = []
    let g = jit { (x: Tensor) throws -> Tensor in
      try Debug.callback([x]) { seen.append(try Float($0[0])) }
      return try x + 1
    }
    _ = try g(1.0)
    _ = try g(2.0)
    #expect(seen == [1, 2])
    #expect(message { _ = try pureCallback(host, result: Tensor.abstract([3]), floats(1, 2)) }.contains("declared"))
    let failing = { (x: Tensor) throws -> Tensor in throw UserError(number: 3) }
    #expect(throws: UserError(number: 3)) { try jit { (x: Tensor) in try pureCallback(failing, result: x, x) }(1.0) }
  }

  @Test func settingsHoldInTheirScope() throws {
    #expect(try withX64 { try NumPy.ones([1]).dtype } == .float64)
    #expect(try NumPy.ones([1]).dtype == .float32)
    #expect(message { _ = try withConfiguration({ $0.debugNaNs = true }) { try NumPy.log(floats(-1)) } }.contains("nan"))
  }
}
