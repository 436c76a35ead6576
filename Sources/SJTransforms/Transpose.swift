import SJCore
import SJLax
import SJTypes

/// Pulls cotangents back through a jaxpr that is linear in some of its inputs.
///
/// Equations that touch no linear input are evaluated first (they are residual
/// computations of remat and of nested jaxprs); the others are transposed from
/// last to first.
/// - Parameters:
///   - inputs: known values; nil marks the linear inputs.
///   - cotangents: of the outputs, nil where zero.
/// - Returns: cotangents of the linear inputs in order, nil where zero.
public func transpose(
  _ jaxpr: Jaxpr, constants: [Value], inputs: [Value?], cotangents: [Value?]
) throws -> [Value?] {
  var known = [Value?](repeating: nil, count: jaxpr.avals.count)
  var isLinear = [Bool](repeating: false, count: jaxpr.avals.count)
  for (id, value) in zip(jaxpr.constants, constants) { known[id] = value }
  for (id, value) in zip(jaxpr.inputs, inputs) {
    known[id] = value
    isLinear[id] = value == nil
  }
  func value(_ atom: Atom) -> Value? {
    if let id = atom.variable { known[id] } else { jaxpr.literals[atom.literal!] }
  }
  func linear(_ atom: Atom) -> Bool { atom.variable.map { isLinear[$0] } ?? false }

  for equation in jaxpr.equations {
    if equation.inputs.contains(where: linear) {
      for id in equation.outputs { isLinear[id] = true }
    } else {
      let results = try bind(equation.primitive, equation.inputs.map { value($0)! }, equation.params)
      for (id, result) in zip(equation.outputs, results) { known[id] = result }
    }
  }

  var accumulators = [Accumulator](repeating: Accumulator(), count: jaxpr.avals.count)
  for (atom, cotangent) in zip(jaxpr.outputs, cotangents) {
    if let id = atom.variable, isLinear[id], let cotangent { try accumulators[id].add(.dense(cotangent)) }
  }
  for equation in jaxpr.equations.reversed() where equation.inputs.contains(where: linear) {
    let seeds = try equation.outputs.map { try accumulators[$0].take(jaxpr.avals[$0]) }
    if seeds.allSatisfy({ $0 == nil }) { continue }
    let operands = equation.inputs.map { atom in
      linear(atom) ? TransposeOperand.linear(jaxpr.aval(atom)) : .known(value(atom)!)
    }
    for (atom, contribution) in zip(equation.inputs, try transpose(equation, seeds, operands)) {
      if let id = atom.variable, isLinear[id], let contribution { try accumulators[id].add(contribution) }
    }
  }
  return try zip(jaxpr.inputs, inputs).filter { $0.1 == nil }.map { id, _ in
    try accumulators[id].take(jaxpr.avals[id])
  }
}

private func transpose(
  _ equation: Equation, _ cotangents: [Value?], _ operands: [TransposeOperand]
) throws -> [Cotangent?] {
  switch equation.primitive.rules.transpose {
  case .rule(let rule): return try rule(cotangents, operands, equation.params)
  case .zero: return operands.map { _ in nil }
  case .unsupported(let reason):
    throw SJError(
      .unsupported, "Reverse-mode differentiation of '\(equation.primitive.name)' is not possible: \(reason)",
      raises: .valueError)
  }
}

/// The sum of what flows back to one variable.
struct Accumulator {
  private var dense: Value?
  private var slices: [PendingSlice] = []

  struct PendingSlice {
    let value: Value
    let start: [Int]
    let stride: [Int]
  }

  mutating func add(_ contribution: Cotangent) throws {
    switch contribution {
    case .dense(let value): dense = try dense.map { try Lax.addAny($0, value) } ?? value
    case .slice(let value, let start, let stride):
      slices.append(PendingSlice(value: value, start: start, stride: stride))
    }
  }

  /// The sum; nil where nothing was added. Forgets it.
  mutating func take(_ aval: AbstractValue) throws -> Value? {
    defer { self = Accumulator() }
    guard !slices.isEmpty else { return dense }
    let sum = try SliceSum(slices, shape: aval.shape).value()
    return try dense.map { try Lax.addAny($0, sum) } ?? sum
  }
}

/// The sum of zero-padded slices in time linear in the size of the result:
/// slices that follow each other along one axis become one concatenation.
struct SliceSum {
  private let slices: [Accumulator.PendingSlice]
  private let shape: Shape

  init(_ slices: [Accumulator.PendingSlice], shape: Shape) {
    self.slices = slices
    self.shape = shape
  }

  func value() throws -> Value {
    if slices.count > 1, let axis = commonAxis() {
      return try layers(along: axis).map { try concatenated($0, axis) }.sum()
    }
    return try slices.map(padded).sum()
  }

  private func padded(_ slice: Accumulator.PendingSlice) throws -> Value {
    let padding = shape.indices.map { axis -> (low: Int, high: Int, interior: Int) in
      let extent = slice.value.shape[axis]
      let span = extent == 0 ? 0 : (extent - 1) * slice.stride[axis] + 1
      return (slice.start[axis], shape[axis] - slice.start[axis] - span, slice.stride[axis] - 1)
    }
    return try Lax.pad(slice.value, Lax.zeros([], slice.value.dtype), padding)
  }

  /// The one axis along which all slices are proper parts, if there is such an axis.
  private func commonAxis() -> Int? {
    let partial = shape.indices.filter { axis in
      slices.contains { $0.value.shape[axis] != shape[axis] || $0.stride[axis] != 1 }
    }
    guard partial.count == 1, slices.allSatisfy({ $0.stride[partial[0]] == 1 }) else { return nil }
    return partial[0]
  }

  /// Groups of slices that do not overlap, each in ascending order.
  private func layers(along axis: Int) -> [[Accumulator.PendingSlice]] {
    var layers: [(end: Int, slices: [Accumulator.PendingSlice])] = []
    for slice in slices.sorted(by: { $0.start[axis] < $1.start[axis] }) {
      let end = slice.start[axis] + slice.value.shape[axis]
      if let free = layers.firstIndex(where: { $0.end <= slice.start[axis] }) {
        layers[free].slices.append(slice)
        layers[free].end = end
      } else {
        layers.append((end, [slice]))
      }
    }
    return layers.map(\.slices)
  }

  private func concatenated(_ layer: [Accumulator.PendingSlice], _ axis: Int) throws -> Value {
    var parts: [Value] = []
    var position = 0
    func fill(to end: Int) throws {
      guard end > position else { return }
      var gap = shape
      gap[axis] = end - position
      parts.append(try Lax.zeros(gap, layer[0].value.dtype))
    }
    for slice in layer {
      try fill(to: slice.start[axis])
      parts.append(slice.value)
      position = slice.start[axis] + slice.value.shape[axis]
    }
    try fill(to: shape[axis])
    return try Lax.concatenate(parts, dimension: axis)
  }
}

extension [Value] {
  fileprivate func sum() throws -> Value { try dropFirst().reduce(self[0]) { try Lax.addAny($0, $1) } }
}
