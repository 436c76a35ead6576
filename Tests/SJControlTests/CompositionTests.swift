import SJControl
import SJCore
import SJLax
import SJTransforms
import SJTypes
import XCTest

/// Transformations on a few primitives, alone and composed.
final class CompositionTests: EngineTestCase {
  func testEager() throws {
    let x = try array([1, 2, 3])
    XCTAssertEqual(try floats(Lax.add(x, x)), [2, 4, 6])
    XCTAssertEqual(try floats(Lax.reduceSum(Lax.mul(x, x), axes: [0])), [14])
  }

  func testGrad() throws {
    let f = unary("f") { x in try Lax.reduceSum(Lax.mul(x, Lax.mul(x, x)), axes: [0]) }
    XCTAssertEqual(try floats(grad(f).value(array([1, 2, 3]))), [3, 12, 27])
    XCTAssertEqual(try floats(grad(jit(f)).value(array([1, 2, 3]))), [3, 12, 27])
    XCTAssertEqual(try floats(jit(grad(f)).value(array([1, 2, 3]))), [3, 12, 27])
  }

  func testHigherOrder() throws {
    let cube = unary("cube") { x in try Lax.mul(x, Lax.mul(x, x)) }
    XCTAssertEqual(try floats(grad(grad(cube)).value(scalar(2))), [12])
    XCTAssertEqual(try floats(grad(grad(grad(cube))).value(scalar(2))), [6])
    XCTAssertEqual(try floats(grad(jit(grad(jit(grad(jit(cube)))))).value(scalar(2))), [6])
    XCTAssertEqual(try floats(vmap(grad(grad(cube))).value(array([1, 2, 3]))), [6, 12, 18])
    XCTAssertEqual(try floats(jit(vmap(jit(grad(grad(cube))))).value(array([1, 2, 3]))), [6, 12, 18])
  }

  func testHessian() throws {
    let f = unary("f") { x in try Lax.reduceSum(Lax.mul(x, Lax.mul(x, x)), axes: [0]) }
    XCTAssertEqual(try floats(hessian(f).value(array([1, 2]))), [6, 0, 0, 12])
    XCTAssertEqual(try floats(jit(hessian(f)).value(array([1, 2]))), [6, 0, 0, 12])
    XCTAssertEqual(try floats(jacrev(grad(f)).value(array([1, 2]))), [6, 0, 0, 12])
  }

  func testMakeJaxpr() throws {
    let f = unary("f") { x in try Lax.add(Lax.mul(Lax.sin(x), Lax.scalar(2.0, .float32)), Lax.scalar(1.0, .float32)) }
    let jaxpr = try makeJaxpr(f, .arguments([array([1, 2, 3])])).jaxpr
    XCTAssertEqual(
      jaxpr.description,
      """
      { lambda ; a:f32[3]. let
          b:f32[3] = sin a
          c:f32[3] = mul b 2.0:f32[]
          d:f32[3] = add c 1.0:f32[]
        in (d,) }
      """)
  }

  /// Whether loops in loops are formulas is found out on trial kernels; what one remembers must not get into the next.
  func testScalarWhileLoopsInside() throws {
    let inner = Function("inner") { arguments in
      let state = arguments.children[0].leaves
      return PyTree(tuple: [PyTree(try Lax.add(state[0], state[1])), PyTree(try Lax.mul(state[1], state[0]))])
    }
    let outer = Function("outer") { arguments in
      let x = try Lax.add(Lax.mul(arguments.leaves[0], arguments.leaves[0]), Lax.scalar(1.0, .float32))
      let state = PyTree(tuple: try [x, Lax.sub(x, Lax.exp(Lax.neg(x))), Lax.sqrt(x)].map { PyTree($0) })
      let below = Function("below") { PyTree(try Lax.lt($0.children[0].leaves[0], Lax.scalar(9.0, .float32))) }
      let pair = Function("pair") { arguments in
        let state = arguments.children[0].children
        return PyTree(tuple: try inner(PyTree(tuple: [PyTree(tuple: [state[0], state[1]])])).children + [state[2]])
      }
      return try whileLoop(below, pair, state).children[2]
    }
    let condition = Function("condition") { PyTree(try Lax.lt($0.leaves[0], Lax.scalar(5.0, .float32))) }
    let loop = Function("loop") { try whileLoop(condition, outer, $0.children[0]) }
    for start in [1, 2, 3] as [Float] {
      var expected = start
      while expected < 5 { expected = (expected * expected + 1).squareRoot() }
      XCTAssertEqual(try floats(jit(loop)(scalar(start)).leaves[0])[0], expected, accuracy: 1e-5)
    }
  }

  /// A step may read its carry after the loop inside that the carry went through.
  func testCarryIsReadAfterALoopInside() throws {
    let inner = Function("inner") { arguments in
      let x = try Lax.mul(Lax.rev(arguments.leaves[0], [0]), Lax.scalar(2.0, .float32))
      return PyTree(tuple: [PyTree(x), PyTree([], .none)])
    }
    let step = Function("step") { arguments in
      let carry = arguments.leaves[0]
      let (next, _) = try scan(inner, PyTree(carry), PyTree([], .none), length: 3)
      return PyTree(tuple: [next, PyTree(try Lax.neg(carry))])
    }
    let loop = unary("loop") { try scan(step, PyTree($0), PyTree([], .none), length: 3).ys.leaves[0] }
    let expected: [Float] = [-1, -2, -3, -24, -16, -8, -64, -128, -192]
    XCTAssertEqual(try floats(jit(loop).value(array([1, 2, 3]))), expected)
  }

  func testScanForwardAndReverse() throws {
    // carry' = carry * x, so the result is carry * Π x.
    let product = Function("product") { arguments in
      let parts = arguments.children
      let step = Function("step") { inner in
        let next = try Lax.mul(inner.leaves[0], inner.leaves[1])
        return PyTree(tuple: [PyTree(next), PyTree(next)])
      }
      return try scan(step, parts[0], parts[1]).carry
    }
    let c = try scalar(2)
    let xs = try array([3, 4, 5])
    XCTAssertEqual(try floats(product(c, xs).leaves[0]), [120])
    let gradient = grad(product, GradientOptions(argnums: [0, 1]))
    for function in [gradient, jit(gradient), grad(jit(product), GradientOptions(argnums: [0, 1]))] {
      let result = try function(c, xs)
      XCTAssertEqual(try floats(result.leaves[0]), [60])
      XCTAssertEqual(try floats(result.leaves[1]), [40, 30, 24])
    }
    let batched = vmap(gradient, inAxes: .arguments([0, nil]))
    let result = try batched(array([1, 2]), xs)
    XCTAssertEqual(try floats(result.leaves[0]), [60, 60])
    XCTAssertEqual(try floats(result.leaves[1]), [20, 15, 12, 40, 30, 24])
  }

  func testScanFromKnownCarry() throws {
    // The sum of squares: the carry's tangent starts from zero.
    let f = unary("f") { xs in
      let step = Function("step") { inner in
        let next = try Lax.add(inner.leaves[0], Lax.mul(inner.leaves[1], inner.leaves[1]))
        return PyTree(tuple: [PyTree(next), PyTree([], .none)])
      }
      return try scan(step, PyTree(scalar(0)), PyTree(xs)).carry.leaves[0]
    }
    for function in [grad(f), jit(grad(f)), grad(jit(f))] {
      XCTAssertEqual(try floats(function.value(array([1, 2, 3]))), [2, 4, 6])
    }
    XCTAssertEqual(try floats(vmap(grad(f)).value(array([1, 2, 3, 4], [2, 2]))), [2, 4, 6, 8])
    XCTAssertEqual(try floats(hessian(f).value(array([1, 2]))), [2, 0, 0, 2])
  }

  func testCond() throws {
    let f = unary("f") { x in
      try cond(
        Lax.lt(x, Lax.scalar(0.0, .float32)), unary("neg") { try Lax.neg($0) }, unary("square") { try Lax.mul($0, $0) },
        .arguments([x])
      ).leaves[0]
    }
    for function in [f, jit(f)] {
      XCTAssertEqual(try floats(function.value(scalar(-3))), [3])
      XCTAssertEqual(try floats(function.value(scalar(3))), [9])
      XCTAssertEqual(try floats(grad(function).value(scalar(-3))), [-1])
      XCTAssertEqual(try floats(grad(function).value(scalar(3))), [6])
      XCTAssertEqual(try floats(vmap(grad(function)).value(array([-3, 3]))), [-1, 6])
    }
  }

  /// What one branch remembers for its derivative, a key here, the other gives as zeros.
  func testCondThatRemembersAKey() throws {
    func scaled(_ x: Value, by key: Value) throws -> Value {
      let bits = try Lax.randomBits(key, bitWidth: 8, shape: [])
      return try Lax.mul(Lax.sin(x), Lax.convertElementType(bits, .float32))
    }
    let other = checkpoint(Function("other") { PyTree(try scaled($0.leaves[0], by: $0.leaves[1])) })
    func f(_ x: Value) throws -> Value {
      let key = try Lax.randomSeed(Lax.scalar(0, .uint32))
      let test = try Lax.lt(x, Lax.scalar(0.0, .float32))
      return try cond(test, Function("neg") { PyTree(try Lax.neg($0.leaves[0])) }, other, .arguments([x, key])).leaves[0]
    }
    let expected = try floats(
      grad(unary("plain") { try scaled($0, by: Lax.randomSeed(Lax.scalar(0, .uint32))) }).value(scalar(1)))
    for function in [unary("f", f), jit(unary("f", f))] {
      XCTAssertEqual(try floats(grad(function).value(scalar(1))), expected)
      XCTAssertEqual(try floats(grad(function).value(scalar(-1))), [-1])
    }
  }

  func testWhile() throws {
    // x is doubled until it is at least 100.
    let f = unary("f") { x in
      try whileLoop(
        unary("test") { try Lax.lt($0, Lax.scalar(100.0, .float32)) },
        unary("step") { try Lax.mul($0, Lax.scalar(2.0, .float32)) }, PyTree(x)
      ).leaves[0]
    }
    XCTAssertEqual(try floats(f.value(scalar(3))), [192])
    XCTAssertEqual(try floats(jit(vmap(f)).value(array([1, 3, 200]))), [128, 192, 200])
    let (output, tangent, _) = try jvp(f, .arguments([scalar(3)]), .arguments([scalar(1)]))
    XCTAssertEqual(try floats(output.leaves[0]), [192])
    XCTAssertEqual(try floats(tangent.leaves[0]), [64])
    XCTAssertThrowsError(try grad(f).value(scalar(3))) {
      XCTAssertTrue("\($0)".contains("Reverse-mode differentiation does not work for lax.while_loop"), "\($0)")
    }
  }

  func testCustomDerivatives() throws {
    let clip = customJVP(
      unary("twice") { try Lax.mul($0, Lax.scalar(2.0, .float32)) },
      rule: Function("rule") { arguments in
        let (x, t) = (arguments.leaves[0], arguments.leaves[1])
        return PyTree(tuple: [
          PyTree(try Lax.mul(x, Lax.scalar(2.0, .float32))), PyTree(try Lax.mul(t, Lax.scalar(10.0, .float32))),
        ])
      })
    for function in [clip, jit(clip)] {
      XCTAssertEqual(try floats(function.value(scalar(1))), [2])
      XCTAssertEqual(try floats(grad(function).value(scalar(1))), [10])
      XCTAssertEqual(try floats(vmap(grad(function)).value(array([1, 2]))), [10, 10])
    }
    let reversed = customVJP(
      unary("twice") { try Lax.mul($0, Lax.scalar(2.0, .float32)) },
      forward: Function("fwd") {
        PyTree(tuple: [PyTree(try Lax.mul($0.leaves[0], Lax.scalar(2.0, .float32))), PyTree($0.leaves[0])])
      },
      backward: Function("bwd") { PyTree(tuple: [PyTree(try Lax.mul($0.leaves[0], $0.leaves[1]))]) })
    for function in [reversed, jit(reversed)] {
      XCTAssertEqual(try floats(function.value(scalar(3))), [6])
      XCTAssertEqual(try floats(grad(function).value(scalar(3))), [3])
      XCTAssertEqual(try floats(vmap(grad(function)).value(array([3, 4]))), [3, 4])
      XCTAssertEqual(try floats(jit(grad(function)).value(scalar(3))), [3])
    }
  }

  func testCheckpoint() throws {
    let f = unary("f") { try Lax.sin(Lax.sin($0)) }
    let plain = try floats(grad(f).value(scalar(0.5)))
    XCTAssertEqual(try floats(grad(checkpoint(f)).value(scalar(0.5))), plain)
    XCTAssertEqual(try floats(jit(grad(checkpoint(f))).value(scalar(0.5))), plain)
    XCTAssertEqual(try floats(grad(grad(checkpoint(f))).value(scalar(0.5))), try floats(grad(grad(f)).value(scalar(0.5))))
  }

  func testEscapedTracer() throws {
    var kept: Value?
    let f = unary("leaky") {
      kept = $0
      return $0
    }
    _ = try jit(f).value(scalar(1))
    XCTAssertThrowsError(try Lax.add(kept!, kept!)) { XCTAssertEqual(($0 as? SJError)?.code, .escapedTracer) }
  }
}
