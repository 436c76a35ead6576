import SJControl
import SJLax
import SJTransforms
import XCTest

@testable import SJHarnesses

/// Every primitive through every transformation: compiled against eager, vmap against a loop, tangents against finite
/// differences, cotangents against tangents. 64-bit types are on, programs are verified.
final class PrimitiveMatrix: LaxTestCase {
  /// The work of `vmap` over a named axis, which harnesses alone do not reach; see `CollectiveTests`.
  private static let collectives: Set<String> = [
    "psum", "pmax", "pmin", "axis_index", "ppermute", "all_gather", "all_to_all", "reduce_scatter",
  ]

  private func forEach(_ body: (Harness) throws -> Void) {
    Config.with({ $0.enableX64 = true }) {
      for harness in Harnesses.all {
        do { try body(harness) } catch { XCTFail("\(harness.name): \(error)") }
      }
    }
  }

  func testEveryPrimitiveHasAHarness() {
    var met: Set<String> = []
    func collect(_ jaxpr: Jaxpr) {
      for equation in jaxpr.equations {
        met.insert(equation.primitive.name)
        for (_, inner) in equation.params.jaxprs { collect(inner.jaxpr) }
      }
    }
    forEach { harness in
      let avals = harness.arguments.map { AbstractValue($0.dtype, $0.shape) }
      collect(try stageClosed(harness.name, avals, harness.function).jaxpr)
    }
    let missing = Set(Primitives.all.map(\.name)).subtracting(met).subtracting(Self.collectives)
    XCTAssertEqual(missing.sorted(), [])
  }

  func testCompiledAgreesWithEager() {
    forEach { harness in
      let inputs = try harness.sample(seed: 1)
      let eager = try harness.function(inputs)
      let compiled = try jit(function(harness))(.arguments(inputs)).leaves
      try check(compiled, eager, "\(harness.name), compiled")
    }
  }

  // MARK: Batching

  func testVmapAgreesWithLoop() {
    forEach { harness in
      let samples = try (1...3).map { try harness.sample(seed: UInt64($0)) }
      let count = harness.arguments.count
      let alone = count == 1 ? [] : (0..<count).map { i in (0..<count).map { $0 == i ? 0 : nil } }
      let last = harness.arguments.map { Optional($0.shape.count) }
      for axes in [last, last.map { _ in 0 }] + alone { try checkVmap(harness, samples, axes) }
    }
  }

  private func checkVmap(_ harness: Harness, _ samples: [[ConcreteArray]], _ axes: [Int?]) throws {
    let inputs = try axes.indices.map { i in
      guard let axis = axes[i] else { return samples[0][i] as Value }
      return try Lax.concatenate(samples.map { try Lax.expandDims($0[i], [axis]) }, dimension: axis)
    }
    let batched = try vmap(
      harness.name, axis: BatchAxis(size: samples.count, name: nil), inputs, axes, outputAxes: { $0.map { _ in 0 } },
      harness.function)
    for (position, sample) in samples.enumerated() {
      let single = try harness.function(axes.indices.map { axes[$0] == nil ? samples[0][$0] : sample[$0] })
      let slices = try batched.map { try Lax.indexInDim($0, position, keepDims: false) }
      try check(slices, single, "\(harness.name), vmap over \(axes.map { $0.map(String.init) ?? "-" })", tolerance: 4)
    }
  }

  // MARK: Derivatives

  /// Where every float is a `float64`: finite differences need the digits.
  private func forEachDifferentiable(_ body: (Harness, [ConcreteArray], [ConcreteArray?]) throws -> Void) {
    forEach { harness in
      let dtypes = harness.arguments.map(\.dtype).filter(\.isInexact)
      guard !dtypes.isEmpty, dtypes.allSatisfy({ $0.realPart == .float64 }) else { return }
      let inputs = try harness.sample(seed: 5)
      let directions = try harness.sample(seed: 6)
      try body(harness, inputs, zip(inputs, directions).map { $0.dtype.isInexact ? $1 : nil })
    }
  }

  func testTangentsAgreeWithDifferences() {
    forEachDifferentiable { harness, inputs, directions in
      guard harness.isDifferentiable else { return }
      let (outputs, tangents) = try jvp(harness.name, inputs, directions, harness.function)
      try check(outputs, try harness.function(inputs), "\(harness.name), primal output of jvp", tolerance: 4)
      try checkDifferences(
        harness, inputs, directions, zip(tangents, outputs).map { try instantiate($0, like: $1.aval) }, harness.function)
    }
  }

  /// The same of the tangents themselves.
  func testSecondTangentsAgreeWithDifferences() {
    forEachDifferentiable { harness, inputs, directions in
      guard harness.isDifferentiable else { return }
      func first(_ primals: [Value]) throws -> [Value] {
        let (outputs, tangents) = try jvp(harness.name, primals, directions, harness.function)
        return try zip(tangents, outputs).filter { $1.dtype.isInexact }.map { try instantiate($0, like: $1.aval) }
      }
      let (outputs, tangents) = try jvp(harness.name, inputs, directions, first)
      try checkDifferences(
        harness, inputs, directions, zip(tangents, outputs).map { try instantiate($0, like: $1.aval) }, first)
    }
  }

  private func checkDifferences(
    _ harness: Harness, _ inputs: [Value], _ directions: [Value?], _ tangents: [Value], _ function: ([Value]) throws -> [Value]
  ) throws {
    let step = 1e-6
    func moved(_ size: Double) throws -> [Value] {
      try function(
        zip(inputs, directions).map { x, v in
          guard let v else { return x }
          return try Lax.add(x, Lax.mul(v, Lax.scalar(size, v.dtype)))
        })
    }
    for (i, (ahead, behind)) in zip(try moved(step), try moved(-step)).enumerated() where ahead.dtype.isInexact {
      let difference = try zip(components(ahead), components(behind)).map { ($0 - $1) / (2 * step) }
      for (given, expected) in zip(try components(tangents[i]), difference)
      where !(abs(given - expected) <= 1e-6 * (1 + abs(expected))) {
        XCTFail("\(harness.name): tangent \(given), by differences \(expected)")
        break
      }
    }
  }

  /// ⟨c, J v⟩ = ⟨Jᵀ c, v⟩
  func testCotangentsAgreeWithTangents() {
    forEachDifferentiable { harness, inputs, directions in
      guard harness.hasTranspose else { return }
      let floats = inputs.indices.filter { inputs[$0].dtype.isInexact }
      let partial = ofFloats(harness, inputs)
      let point = PyTree.arguments(floats.map { inputs[$0] })
      let direction = PyTree.arguments(floats.map { directions[$0]! })
      let tangents = try jvp(partial, point, direction).tangent.leaves
      if tangents.isEmpty { return }
      let (output, pullback, _) = try vjp(partial, point)
      var random = Generator(state: 9)
      let weights = try output.leaves.map { try Argument($0.dtype, $0.shape).sample(&random) }
      let cotangents = try pullback(PyTree(tuple: [PyTree(weights, output.tree)])).leaves
      let forward = try zip(weights, tangents).map { try product($0, $1) }.reduce(0, +)
      let backward = try zip(cotangents, direction.leaves).map { try product($0, $1) }.reduce(0, +)
      XCTAssertEqual(forward, backward, accuracy: 1e-9 * (1 + abs(forward)), harness.name)
    }
  }

  func testCompiledGradientAgreesWithEager() {
    forEachDifferentiable { harness, inputs, _ in
      guard harness.hasTranspose else { return }
      let floats = inputs.indices.filter { inputs[$0].dtype.isInexact }
      let function = ofFloats(harness, inputs)
      let gradient = Function(harness.name) { arguments in
        let (output, pullback, _) = try vjp(function, arguments)
        return try pullback(PyTree(tuple: [PyTree(output.leaves, output.tree)]))
      }
      let point = PyTree.arguments(floats.map { inputs[$0] })
      if try function(point).leaves.isEmpty { return }
      let eager = try gradient(point).leaves
      try check(try jit(gradient)(point).leaves, eager, "\(harness.name), gradient", tolerance: 4)
    }
  }

  /// Batching of what derivatives are made of.
  func testVmapOfTangentsAgreesWithLoop() {
    forEachDifferentiable { harness, inputs, _ in
      guard harness.hasTranspose else { return }
      let count = inputs.count
      func tangents(_ values: [Value]) throws -> [Value] {
        let directions = zip(inputs, values[count...]).map { $0.dtype.isInexact ? $1 : nil }
        let (outputs, tangents) = try jvp(harness.name, Array(values[..<count]), directions, harness.function)
        return try zip(outputs, tangents).filter { $0.0.dtype.isInexact }.map { try instantiate($1, like: $0.aval) }
      }
      let samples = try (1...2).map { try harness.sample(seed: $0) + harness.sample(seed: $0 + 9) }
      let stacked = try (0..<(2 * count)).map { i in
        try Lax.concatenate(samples.map { try Lax.expandDims($0[i], [0]) }, dimension: 0)
      }
      let batched = try vmap(
        harness.name, axis: BatchAxis(size: 2, name: nil), stacked, stacked.map { _ in 0 },
        outputAxes: { $0.map { _ in 0 } }, tangents)
      for (position, sample) in samples.enumerated() {
        let slices = try batched.map { try Lax.indexInDim($0, position, keepDims: false) }
        for (given, expected) in zip(slices, try tangents(sample)) {
          let pairs = try zip(components(given), components(expected))
          if let (x, y) = pairs.first(where: { !(abs($0 - $1) <= 1e-12 * (1 + abs($1))) && !($0.isNaN && $1.isNaN) }) {
            XCTFail("\(harness.name), vmap of jvp: \(x), expected \(y)")
          }
        }
      }
    }
  }

  // MARK: Helpers

  private func function(_ harness: Harness) -> Function {
    Function(harness.name) { .arguments(try harness.function($0.leaves)) }
  }

  /// The harness as a function of its inexact arguments alone, giving its inexact results alone.
  private func ofFloats(_ harness: Harness, _ inputs: [ConcreteArray]) -> Function {
    let floats = inputs.indices.filter { inputs[$0].dtype.isInexact }
    return Function(harness.name) { arguments in
      var all = inputs.map { $0 as Value }
      for (i, value) in zip(floats, arguments.leaves) { all[i] = value }
      return .arguments(try harness.function(all).filter { $0.dtype.isInexact })
    }
  }

  private func components(_ value: Value) throws -> [Double] {
    try value.concreteArray(for: "test").components()
  }

  /// The real part of the sum of products.
  private func product(_ a: Value, _ b: Value) throws -> Double {
    let (x, y) = (try components(a), try components(b))
    var sum = 0.0
    for i in x.indices {
      let isImaginary = a.dtype.isComplex && i % 2 == 1
      sum += isImaginary ? -x[i] * y[i] : x[i] * y[i]
    }
    return sum
  }

  private func check(_ results: [Value], _ expected: [Value], _ name: String, tolerance: Double = 0) throws {
    XCTAssertEqual(results.map(\.aval.shortText), expected.map(\.aval.shortText), name)
    for (result, expected) in zip(results, expected) where result.aval.matches(expected.aval) {
      let (x, y) = (try result.concreteArray(for: name), try expected.concreteArray(for: name))
      let distance = try x.distance(to: y)
      if distance > tolerance {
        let (given, wanted) = (try x.text(), try y.text())
        XCTFail("\(name): \(given), expected \(wanted)")
      }
    }
  }
}
