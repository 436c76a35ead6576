import SJCore
import SJLax
import SJTransforms
import SJTypes

// A carry to which each step only adds a product, such as the cotangent of a recurrent network's weights, needs no
// carrying: the factors are stacked, and one large product after the scan replaces a small
// one and a pass over the sum in every step.

/// The carries of a scan that are such sums, and the scan without them.
struct DeferredSums {
  private struct Sum {
    let carry: Int
    /// The product (or sum) whose operands are stacked.
    let product: Equation
    /// What was done to it before it was added: transpositions.
    let rest: [Equation]
  }

  /// Bytes that may be stacked for one sum.
  private static let stackLimit = 1 << 28

  private let params: ScanParams
  private let jaxpr: Jaxpr
  private var sums: [Sum] = []
  /// The variables that become further ys.
  private var stacked: [Int] = []

  /// Nil where there are none.
  init?(_ params: ScanParams) throws {
    self.params = params
    jaxpr = try params.jaxpr.jaxpr.optimized()
    guard params.carries > 0, jaxpr.constants.isEmpty else { return nil }
    let uses = Uses(jaxpr)
    let candidates = (0..<params.carries).compactMap { candidate($0, uses) }
    for sum in candidates where sum.product.primitive == Primitives.dotGeneral && isWorthStacking(sum) { add(sum) }
    // A sum alone is not worth a stack, but may use one that is there.
    for sum in candidates where sum.product.primitive == Primitives.reduceSum {
      if sum.product.inputs.allSatisfy({ stacked.contains($0.variable!) || slices.contains($0.variable!) }) { add(sum) }
    }
    if sums.isEmpty { return nil }
  }

  private var constants: ArraySlice<Int> { jaxpr.inputs.prefix(params.constants) }
  private var slices: ArraySlice<Int> { jaxpr.inputs.dropFirst(params.constants + params.carries) }

  private mutating func add(_ sum: Sum) {
    sums.append(sum)
    for id in sum.product.inputs.compactMap(\.variable) where !stacked.contains(id) && !slices.contains(id) {
      stacked.append(id)
    }
  }

  /// How often variables are used, and where they are defined.
  private struct Uses {
    var counts: [Int]
    var definitions: [Int: Equation] = [:]

    init(_ jaxpr: Jaxpr) {
      counts = [Int](repeating: 0, count: jaxpr.avals.count)
      for equation in jaxpr.equations {
        for id in equation.inputs.compactMap(\.variable) { counts[id] += 1 }
        for id in equation.outputs { definitions[id] = equation }
      }
      for id in jaxpr.outputs.compactMap(\.variable) { counts[id] += 1 }
    }

    /// The equation that defines a variable of a single use.
    func onlyUse(_ atom: Atom) -> Equation? {
      atom.variable.flatMap { counts[$0] == 1 ? definitions[$0] : nil }
    }
  }

  private func candidate(_ carry: Int, _ uses: Uses) -> Sum? {
    let input = jaxpr.inputs[params.constants + carry]
    guard let addition = uses.onlyUse(jaxpr.outputs[carry]), uses.counts[input] == 1, jaxpr.avals[input].dtype.isInexact,
      addition.primitive == Primitives.addAny || addition.primitive == Primitives.add,
      let side = addition.inputs.firstIndex(of: .variable(input))
    else { return nil }
    var rest: [Equation] = []
    var source = uses.onlyUse(addition.inputs[1 - side])
    while let equation = source, equation.primitive == Primitives.transpose {
      rest.insert(equation, at: 0)
      source = uses.onlyUse(equation.inputs[0])
    }
    guard let product = source,
      product.inputs.allSatisfy({ $0.variable.map { !constants.contains($0) } ?? false })
    else { return nil }
    return Sum(carry: carry, product: product, rest: rest)
  }

  /// Whether a step's factors are smaller than the sum.
  private func isWorthStacking(_ sum: Sum) -> Bool {
    let factors = sum.product.inputs.map { jaxpr.aval($0) }
    let elements = factors.reduce(0) { $0 + $1.shape.elementCount }
    let bytes = elements * params.length * factors[0].dtype.size
    return elements <= jaxpr.outputAvals[sum.carry].shape.elementCount && bytes <= Self.stackLimit
  }

  /// The whole scan with its sums deferred, as a jaxpr over the same operands.
  func rewritten() throws -> ClosedJaxpr {
    let isDeferred = (0..<params.carries).map { carry in sums.contains { $0.carry == carry } }
    var body = jaxpr
    body.inputs = constants + zip(jaxpr.inputs.dropFirst(params.constants), isDeferred).filter { !$1 }.map(\.0) + slices
    let (carried, ys) = (jaxpr.outputs.prefix(params.carries), jaxpr.outputs.dropFirst(params.carries))
    body.outputs = zip(carried, isDeferred).filter { !$1 }.map(\.0) + ys + stacked.map { .variable($0) }
    let inner = ClosedJaxpr(body.removingDeadCode().jaxpr, constants: [])
    var smaller = params
    smaller.jaxpr = inner
    smaller.carries -= sums.count
    let (constantAvals, carryAvals, sliceAvals) = params.split(jaxpr.inputAvals)
    let operands = constantAvals + carryAvals + sliceAvals.map { $0.with(shape: [params.length] + $0.shape) }
    return try rearranged(jaxpr.name, operands) { values in
      let (constants, initial, xs) = params.split(values)
      let kept = zip(initial, isDeferred).filter { !$1 }.map(\.0)
      let results = try bind(Primitives.scan, constants + kept + xs, smaller.boxed)
      let parts = results.split(smaller.carries, ys.count, stacked.count)
      func stack(_ atom: Atom) -> Value {
        let id = atom.variable!
        return stacked.firstIndex(of: id).map { parts[2][$0] } ?? xs[slices.firstIndex(of: id)! - slices.startIndex]
      }
      var carries = parts[0][...]
      let final = try (0..<params.carries).map { carry -> Value in
        guard let sum = sums.first(where: { $0.carry == carry }) else { return carries.removeFirst() }
        let product = try Lax.summedOverSteps(sum.product.primitive, sum.product.params, sum.product.inputs.map(stack))!
        let total = try sum.rest.reduce(product) { try bind($1.primitive, [$0], $1.params)[0] }
        return try Lax.add(initial[carry], total)
      }
      return final + parts[1]
    }
  }
}
