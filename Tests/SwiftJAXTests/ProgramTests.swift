import SwiftJAX
import Testing

private struct Line: Pytree {
  var slope: Tensor
  var offset: Tensor
}

/// The example of the README, and functions that are generated from the API.
@Suite struct ProgramTests {
  @Test func aLineIsFitted() throws {
    func loss(_ line: Line, _ x: Tensor, _ y: Tensor) throws -> Tensor {
      try ((line.slope * x + line.offset - y) ** 2).mean()
    }
    let x = try floats(0, 1, 2, 3)
    let y = try 2 * x + 1
    let step = jit { (line: Line) in
      try treeMap(line, grad(loss)(line, x, y)) { p, g in try p - 0.1 * g }
    }
    var line = Line(slope: 0.0, offset: 0.0)
    for _ in 0..<200 { line = try step(line) }
    #expect(try abs(Float(line.slope) - 2) < 1e-5)
    #expect(try abs(Float(line.offset) - 1) < 1e-5)
  }

  @Test func functionsOfNumPyHaveItsDefaults() throws {
    let x = try floats(3, 1, 2)
    #expect(try [Float](x.sort()) == [1, 2, 3])
    #expect(try [Int](NumPy.argsort(x)) == [1, 2, 0])
    #expect(try [Float](NumPy.linspace(0, 1, 3).out) == [0, 0.5, 1])
    #expect(try Float(NumPy.median(x)) == 2)
    #expect(try [[Float]](NumPy.tril(NumPy.ones([2, 2]))) == [[1, 0], [1, 1]])
    #expect(try Float(NumPy.Linalg.norm(floats(3, 4))) == 5)
    #expect(try NumPy.take(x, Tensor([0, 2])).scalars(as: Float.self) == [3, 2])
  }

  @Test func windows() throws {
    let x = try floats(1, 2, 3, 4)
    #expect(try [Float](Lax.reduceWindow(x, 0, .add, window: [2])) == [3, 5, 7])
    #expect(try [Float](Lax.reduceWindow(x, 0, .max, window: [3], padding: .same)) == [2, 3, 4, 4])
    let kernel = try NumPy.ones([1, 1, 2])
    #expect(try [Float](Lax.convGeneralDilated(x.reshape(1, 1, 4), kernel, strides: [2])[0, 0]) == [3, 7])
  }

  @Test func scalarsGiveWayToTensors() throws {
    let half = try Tensor([1, 2], dtype: .bfloat16)
    for dtype in [DType.float16, .bfloat16, .float32] {
      let x = try half.astype(dtype)
      #expect(try (x + 1).dtype == dtype)
      #expect(try (0.5 * x).dtype == dtype)
      #expect(try [Float]((3 - x) / 2) == [1, 0.5])
    }
    let both: Tensor = 1
    #expect(try (both + 0.5).weakType)
    #expect(try withX64 { try (Tensor([1.0]) + 0.1).item() as Double } == 1.1)
  }
}
