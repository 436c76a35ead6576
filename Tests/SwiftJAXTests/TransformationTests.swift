import SwiftJAX
import Testing

private func cube(_ x: Tensor) throws -> Tensor { try x * x * x }
private func weighted(_ x: Tensor, _ y: Tensor) throws -> Tensor { try (x * x * y).sum() }

@Suite struct TransformationTests {
  @Test func gradients() throws {
    #expect(try Float(grad(cube)(2.0)) == 12)
    #expect(try Float(grad(grad(cube))(2.0)) == 12)
    #expect(try Float(grad(weighted)(3.0, 5.0)) == 30)
    let both = grad(weighted, argnums: .all)
    let (dx, dy) = try both(3.0, 5.0)
    #expect(try (Float(dx), Float(dy)) == (30, 9))
    let second = grad(weighted, argnums: .second)
    #expect(try Float(second(3.0, 5.0)) == 9)
    let (value, slope) = try valueAndGrad(cube)(2.0)
    #expect(try (Float(value), Float(slope)) == (8, 12))
  }

  @Test func auxiliaryResults() throws {
    let f = { (x: Tensor) throws -> (Tensor, [String: Tensor]) in (try cube(x), ["square": try x * x]) }
    let (slope, aux) = try grad(f)(2.0)
    #expect(try (Float(slope), Float(aux["square"]!)) == (12, 4))
    let ((value, more), _) = try valueAndGrad(f)(2.0)
    #expect(try (Float(value), Float(more["square"]!)) == (8, 4))
  }

  @Test func gradientsHaveRequirements() throws {
    #expect(
      message { _ = try grad { (x: Tensor) in x }(floats(1, 2)) }
        == "Gradient only defined for scalar-output functions. Output had shape: (2,).")
    #expect(message { _ = try grad(cube)(2) }.contains("requires real- or complex-valued inputs"))
  }

  @Test func directions() throws {
    let (y, dy) = try jvp(cube, 2.0, 1.0)
    #expect(try (Float(y), Float(dy)) == (8, 12))
    let (z, dz) = try jvp(weighted, (3.0, 5.0), (1.0, 1.0))
    #expect(try (Float(z), Float(dz)) == (45, 39))
    let (_, pullback) = try vjp(weighted, 3.0, 5.0)
    let (cx, cy) = try pullback(1.0)
    #expect(try (Float(cx), Float(cy)) == (30, 9))
    let (_, linear) = try linearize(cube, 2.0)
    #expect(try Float(linear(2.0)) == 24)
    let transposed = try linearTranspose({ (x: Tensor) in try x * 3 }, 1.0 as Tensor)
    #expect(try Float(transposed(2.0)) == 6)
    #expect(message { _ = try jvp(cube, floats(1, 2), 1.0) }.contains("a primal has shape (2,) and its tangent ()"))
  }

  @Test func jacobians() throws {
    let f = { (x: Tensor) throws -> Tensor in try x * x }
    let x = try floats(1, 2)
    #expect(try [[Float]](jacfwd(f)(x)) == [[2, 0], [0, 4]])
    #expect(try [[Float]](jacrev(f)(x)) == [[2, 0], [0, 4]])
    #expect(try [[Float]](hessian { try cube($0).sum() }(x)) == [[6, 0], [0, 12]])
  }

  @Test func vectorization() throws {
    let m = try NumPy.arange(6, dtype: .float32).reshape(2, 3)
    let vectors = try NumPy.ones([4, 3])
    let product = { (m: Tensor, v: Tensor) throws -> Tensor in try m • v }
    #expect(try vmap(product, inAxes: [nil, 0])(m, vectors).shape == [4, 2])
    #expect(try vmap(product, inAxes: [nil, 0], outAxes: 1)(m, vectors).shape == [2, 4])
    #expect(try [Float](vmap(grad(cube))(floats(1, 2, 3))) == [3, 12, 27])
    let sums = vmap({ (x: Tensor) in try Lax.psum(x, "i") }, axisName: "i")
    #expect(try [Float](sums(floats(1, 2, 3))) == [6, 6, 6])
    let parts = vmap({ (x: [String: Tensor]) in try x["a"]! + x["b"]! }, inAxes: [["a": 0, "b": nil]])
    #expect(try [Float](parts(["a": floats(1, 2), "b": 10.0])) == [11, 12])
  }

  @Test func axesThatDoNotFitAreErrors() throws {
    let add = { (x: Tensor, y: Tensor) throws -> Tensor in try x + y }
    #expect(message { _ = try vmap(add)(floats(1, 2), floats(1, 2, 3)) }.contains("inconsistent sizes"))
    #expect(message { _ = try vmap(add, inAxes: [0])(floats(1), floats(1)) }.contains("has 1 entries"))
    #expect(message { _ = try vmap(cube, inAxes: 1)(floats(1)) }.contains("rank should be at least 2"))
  }

  @Test func compiledFunctionsAreTracedOnce() throws {
    var traces = 0
    let f = jit { (x: Tensor) throws -> Tensor in
      traces += 1
      return try x * x
    }
    #expect(try Float(f(3.0)) == 9)
    #expect(try Float(f(4.0)) == 16)
    #expect(traces == 1)
    #expect(try f(floats(1, 2)).shape == [2])
    #expect(traces == 2)
    #expect(try disableJit { try Float(f(5.0)) } == 25)
    #expect(traces == 3)
  }

  @Test func staticArgumentsAreConstants() throws {
    var traces = 0
    let power = jit { (x: Tensor, n: Static<Int>) throws -> Tensor in
      traces += 1
      var result: Tensor = 1.0
      for _ in 0..<n.value { result = try result * x }
      return result
    }
    #expect(try Float(power(2.0, Static(3))) == 8)
    #expect(try Float(power(3.0, Static(3))) == 27)
    #expect(try Float(power(2.0, Static(4))) == 16)
    #expect(traces == 2)
  }

  @Test func severalArgumentsAndResults() throws {
    let f = jit { (a: Tensor, b: Tensor, c: [Tensor], d: [String: Tensor]) throws -> (Tensor, [Tensor]) in
      let twice = try c[0] * 2
      return (try a + b, [twice, d["x"]!])
    }
    let (sum, rest) = try f(1.0, 2.0, [3.0], ["x": 4.0])
    #expect(try Float(sum) == 3)
    #expect(try rest.map { try Float($0) } == [6, 4])
  }

  @Test func donatedTensorsAreDeleted() throws {
    let f = jit({ (x: Tensor, y: Tensor) in try x + y }, donateArgnums: [0])
    let (x, y) = (try floats(1), try floats(2))
    _ = try f(x, y)
    #expect(x.isDeleted && !y.isDeleted)
  }

  @Test func compositions() throws {
    let f = jit(vmap(grad(jit(cube))))
    #expect(try [Float](f(floats(1, 2))) == [3, 12])
    let checkpointed = checkpoint { (x: Tensor) in try NumPy.sin(NumPy.sin(x)) }
    #expect(try Float(grad(checkpointed)(1.0)) == Float(grad { try NumPy.sin(NumPy.sin($0)) }(1.0)))
  }

  @Test func derivativesOfOnesOwn() throws {
    let f = customJVP({ (x: Tensor) in try NumPy.sin(x) }) { x, dx in (try NumPy.sin(x), try 10 * dx) }
    #expect(try Float(grad(f)(1.0)) == 10)
    let h = customJVP(weighted) { p, t in (try weighted(p.0, p.1), try (t.0 + 7 * t.1).sum()) }
    #expect(try Float(grad(h, argnums: .second)(2.0, 3.0)) == 7)
    func product(_ x: Tensor, _ y: Tensor) throws -> Tensor { try x * y }
    func forward(_ x: Tensor, _ y: Tensor) throws -> (Tensor, [Tensor]) { (try x * y, [x, y]) }
    func backward(_ kept: [Tensor], _ c: Tensor) throws -> (Tensor, Tensor) { (try 100 * c * kept[1], try c * kept[0]) }
    let g = customVJP(product, forward: forward, backward: backward)
    let both = grad(g, argnums: .all)
    let (dx, dy) = try both(2.0, 3.0)
    #expect(try (Float(dx), Float(dy)) == (300, 2))
  }

  @Test func errorsOfUsersPassThrough() throws {
    let f = { (x: Tensor) throws -> Tensor in throw UserError(number: 7) }
    #expect(throws: UserError(number: 7)) { try grad(f)(1.0) }
    #expect(throws: UserError(number: 7)) { try jit(vmap(f))(floats(1)) }
    #expect(throws: UserError(number: 7)) { try Lax.scan({ (c: Tensor) in (try f(c), c) }, 1.0, length: 2) }
  }

  @Test func tracersDoNotEscape() throws {
    var kept: Tensor?
    _ = try jit { (x: Tensor) throws -> Tensor in
      kept = x
      return x
    }(1.0)
    #expect(message { _ = try kept! + 1 }.contains("Encountered an unexpected tracer"))
    #expect(message { _ = try jit { (x: Tensor) in try Bool(x .> 0) ? x : -x }(1.0) }.contains("abstract tracer value"))
  }

  @Test func tracing() throws {
    #expect("\(try makeJaxpr(cube, 2.0))".contains("mul a a"))
    let shape = try evalShape({ (x: Tensor) in try x.sum(axis: 0) }, Tensor.abstract([1000, 50]))
    #expect(shape.shape == [50])
    #expect(message { _ = try shape + 1 }.contains("unexpected tracer"))
  }

  @Test func analyses() throws {
    func f(_ x: Tensor) throws -> Tensor { try (x * x).sum() }
    let x = try Tensor.abstract([1000])
    #expect(try costAnalysis(f, x) == CostAnalysis(flops: 2000, bytesAccessed: 4004))
    #expect(try memoryAnalysis(f, x).peakBytes == 4004)
  }

  @Test func theCompilerTellsWhichOneItIs() {
    preloadCompiler()
    let compiler = compilerAvailability()
    #expect(compiler.description.contains(compiler.isAvailable ? "LLVM 19." : "SWIFTJAX_COMPILER"))
  }
}
