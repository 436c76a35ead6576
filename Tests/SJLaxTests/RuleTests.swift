import SJControl
import SJLax
import SJTransforms
import XCTest

/// The rules of every primitive against each other: tangents against finite differences, cotangents against
/// tangents, batches against loops, compiled programs against single operations.
final class RuleTests: LaxTestCase {
  func testTangentsAgainstDifferences() throws {
    try forEachSample { sample, inputs, generator in
      let tangents = try inputs.map { $0.dtype.isInexact ? try generator.array(like: $0, -1...1) : nil }
      let derivative = try jvp(sample.name, inputs, tangents, sample.body)
      func shifted(_ step: Double) throws -> [[Double]] {
        let moved = try zip(inputs, tangents).map { input, tangent in try tangent.map { try input.adding(step, $0) } ?? input }
        return try sample.body(moved).map { try $0.numbers() }
      }
      let step = 1e-5
      let (after, before) = (try shifted(step), try shifted(-step))
      for (i, output) in derivative.outputs.enumerated() where output.dtype.isInexact {
        let difference = zip(after[i], before[i]).map { ($0 - $1) / (2 * step) }
        let tangent = try instantiate(derivative.tangents[i], like: output.aval).numbers()
        assertClose(tangent, difference, 1e-7, "tangent \(i) of \(sample.name)")
      }
    }
  }

  func testSecondOrderTangents() throws {
    try forEachSample { sample, inputs, generator in
      let tangents = try inputs.map { $0.dtype.isInexact ? try generator.array(like: $0, -1...1) : nil }
      func first(_ primals: [Value]) throws -> [Value] {
        let result = try jvp(sample.name, primals, tangents, sample.body)
        return try zip(result.tangents, result.outputs).compactMap { tangent, output in
          output.dtype.isInexact ? try instantiate(tangent, like: output.aval) : nil
        }
      }
      let second = try jvp(sample.name, inputs, tangents, first)
      let step = 1e-5
      func shifted(_ step: Double) throws -> [[Double]] {
        try first(try zip(inputs, tangents).map { input, tangent in try tangent.map { try input.adding(step, $0) } ?? input })
          .map { try $0.numbers() }
      }
      let (after, before) = (try shifted(step), try shifted(-step))
      for (i, output) in second.outputs.enumerated() {
        let difference = zip(after[i], before[i]).map { ($0 - $1) / (2 * step) }
        assertClose(
          try instantiate(second.tangents[i], like: output.aval).numbers(), difference, 1e-6, "second tangent \(i) of \(sample.name)")
      }
    }
  }

  /// `<ct, J t> = <Jᵀ ct, t>`, without conjugates, real parts.
  func testCotangentsAgainstTangents() throws {
    try forEachSample { sample, inputs, generator in
      let differentiated = inputs.map(\.dtype.isInexact)
      let tangents = try inputs.map { $0.dtype.isInexact ? try generator.array(like: $0, -1...1) : nil }
      let (outputs, map) = try linearize(sample.name, inputs, differentiated: differentiated, sample.body)
      let forward = try map.forward(tangents.compactMap { $0 })
      let direct = try jvp(sample.name, inputs, tangents, sample.body)
      var left = 0.0
      var cotangents: [Value?] = []
      for (i, output) in outputs.enumerated() {
        guard output.dtype.isInexact else {
          cotangents.append(nil)
          continue
        }
        let tangent = try forward[i].numbers()
        assertClose(tangent, try instantiate(direct.tangents[i], like: output.aval).numbers(), 1e-12, "linear map of \(sample.name)")
        let ct = try generator.array(like: output, -1...1)
        left += try pairing(ct, forward[i])
        cotangents.append(ct)
      }
      let pulled = try map.backward(cotangents)
      var right = 0.0
      for (ct, tangent) in zip(pulled, tangents.compactMap({ $0 })) {
        guard let ct else { continue }
        XCTAssertEqual(ct.aval.shortText, tangent.aval.shortText, sample.name)
        right += try pairing(ct, tangent)
      }
      XCTAssertEqual(left, right, accuracy: 1e-10 * max(1, abs(left)), sample.name)
    }
  }

  func testBatchesAgainstLoops() throws {
    let size = 3
    try forEachSample { sample, inputs, generator in
      for choice in Self.axisChoices(inputs) {
        let batches = try zip(inputs, choice).map { input, axis in
          axis == nil ? input : try generator.batch(sample, input, size, at: axis!)
        }
        let results = try vmap(
          sample.name, axis: BatchAxis(size: size, name: nil), batches, choice, outputAxes: { $0.map { _ in 0 } }, sample.body)
        for example in 0..<size {
          let own = try zip(batches, choice).map { batch, axis in
            try axis.map { try Lax.indexInDim(batch, example, axis: $0, keepDims: false) } ?? batch
          }
          for (result, expected) in zip(results, try sample.body(own)) {
            let part = try Lax.indexInDim(result, example, axis: 0, keepDims: false)
            XCTAssertEqual(part.aval.shortText, expected.aval.shortText, sample.name)
            assertClose(try part.numbers(), try expected.numbers(), 1e-13, "\(sample.name) batched at \(choice)")
          }
        }
      }
    }
  }

  func testCompiledAgainstSingle() throws {
    try forEachSample { sample, inputs, _ in
      let compiled = jit(Function(sample.name) { PyTree(tuple: try sample.body($0.leaves).map(PyTree.init)) })
      let results = try compiled(PyTree.arguments(inputs)).leaves
      for (result, expected) in zip(results, try sample.body(inputs)) {
        XCTAssertEqual(result.aval.weakText, expected.aval.weakText, sample.name)
        let (given, wanted) = (try result.numbers(), try expected.numbers())
        XCTAssertEqual(given.map(\.bitPattern), wanted.map(\.bitPattern), "\(sample.name): compiled \(given), single \(wanted)")
      }
    }
  }

  // MARK: Helpers

  private func forEachSample(_ body: (RuleSample, [Value], inout NumberGenerator) throws -> Void) throws {
    try Config.with({ $0.enableX64 = true }) {
      for sample in RuleSample.all {
        var generator = NumberGenerator()
        do {
          let inputs = try sample.arguments.map { try generator.array(AbstractValue($0.dtype, $0.shape), $0.range) }
          try body(sample, inputs, &generator)
        } catch { XCTFail("\(sample.name): \(error)") }
      }
    }
  }

  /// All inputs batched in front, all at the back, and each of them alone.
  private static func axisChoices(_ inputs: [Value]) -> [[Int?]] {
    var choices: [[Int?]] = [inputs.map { _ in 0 }, inputs.map(\.rank)]
    if inputs.count > 1 {
      choices += inputs.indices.map { chosen in inputs.indices.map { $0 == chosen ? inputs[$0].rank / 2 : nil } }
      choices.append(inputs.indices.map { $0 % 2 == 0 ? 0 : inputs[$0].rank })
    }
    return choices
  }

  private func pairing(_ a: Value, _ b: Value) throws -> Double {
    let (x, y) = (try a.numbers(), try b.numbers())
    guard a.dtype.isComplex else { return zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    var sum = 0.0
    for i in stride(from: 0, to: x.count, by: 2) { sum += x[i] * y[i] - x[i + 1] * y[i + 1] }
    return sum
  }

  private func assertClose(_ a: [Double], _ b: [Double], _ tolerance: Double, _ text: String, line: UInt = #line) {
    XCTAssertEqual(a.count, b.count, text, line: line)
    for (x, y) in zip(a, b) where !(abs(x - y) <= tolerance * max(1, abs(y))) && !(x.isNaN && y.isNaN) {
      return XCTFail("\(text): \(a) and \(b)", line: line)
    }
  }
}

/// Reproducible numbers for tests.
struct NumberGenerator {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  private mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }

  mutating func array(_ aval: AbstractValue, _ range: ClosedRange<Double>) throws -> Value {
    let count = aval.elementCount * aval.dtype.componentCount
    let numbers = (0..<count).map { _ in range.lowerBound + uniform() * (range.upperBound - range.lowerBound) }
    let result = try ConcreteArray(uninitialized: aval)
    let memory = try result.mutableBytes()
    switch aval.dtype {
    case .bool: for (i, x) in numbers.enumerated() { memory.storeBytes(of: x > 0.5 ? 1 : 0, toByteOffset: i, as: UInt8.self) }
    case .int32: for (i, x) in numbers.enumerated() { memory.storeBytes(of: Int32(x.rounded()), toByteOffset: 4 * i, as: Int32.self) }
    default: for (i, x) in numbers.enumerated() { memory.storeBytes(of: x, toByteOffset: 8 * i, as: Double.self) }
    }
    return result
  }

  mutating func array(like value: Value, _ range: ClosedRange<Double>) throws -> Value { try array(value.aval.strong, range) }

  /// Examples for one argument of a sample, along a new axis.
  mutating func batch(_ sample: RuleSample, _ input: Value, _ size: Int, at axis: Int) throws -> Value {
    let range = sample.arguments.first { $0.shape == input.shape && $0.dtype == input.dtype }!.range
    var shape = input.shape
    shape.insert(size, at: axis)
    return try array(AbstractValue(input.dtype, shape), range)
  }
}

extension Value {
  func numbers() throws -> [Double] { try concreteArray(for: "test").components() }

  fileprivate func adding(_ step: Double, _ direction: Value) throws -> Value {
    try Lax.add(self, try Lax.mul(direction, try Lax.scalar(step, dtype)))
  }
}
