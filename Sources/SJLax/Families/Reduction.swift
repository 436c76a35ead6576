import SJLoopIR

struct ReductionParams: ParamValues {
  var axes: [Int]
  /// Whether JAX's version of the primitive has an `out_sharding`, to be printed.
  var hasSharding = false

  var fields: [(name: String, value: String)] {
    [("axes", axes.tupleText)] + (hasSharding ? [("out_sharding", "None")] : [])
  }
}

/// What a reduction does with the scalars that it carries; 16-bit floats are carried as `f32`.
struct Reducer {
  /// Constants that leave the other side unchanged.
  var identity: (_ kernel: KernelBuilder, _ dtype: DType) -> [ExprID]
  var merge: (_ kernel: KernelBuilder, _ dtype: DType, _ left: [ExprID], _ right: [ExprID]) -> [ExprID]

  /// A reducer of whole elements.
  static func elementwise(
    identity: @escaping (KernelBuilder, DType) -> Element,
    merge: @escaping (KernelBuilder, DType, Element, Element) -> Element
  ) -> Reducer {
    Reducer(
      identity: { identity($0, $1).components },
      merge: { merge($0, $1, Element($2), Element($3)).components })
  }
}

extension Primitive {
  /// A reduction of one operand over some of its axes to a value of the operand's dtype.
  static func reduction(
    _ name: String, check: @escaping (DType) throws -> Void, reducer: Reducer,
    jvp: (PrimitiveReference) -> Slot<JVPRule>, transpose: Slot<TransposeRule>? = nil
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          let axes = params.unbox(ReductionParams.self).axes
          try check(inputs[0].dtype)
          try Lax.checkAxes(name, axes, of: inputs[0])
          return ([inputs[0].with(shape: inputs[0].shape.removing(axes: axes))], [])
        },
        jvp: jvp(reference),
        transpose: transpose ?? .unsupported("\(name) is not linear"),
        batch: .rule { axis, inputs, axes, params in
          guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
          var p = params.unbox(ReductionParams.self)
          let position: Int
          (p.axes, position) = batchedAxes(p.axes, batch)
          return (try bind(reference.primitive, inputs, p.boxed), [position])
        },
        lowering: .rule { context, inputs, params, outputs in
          let axes = params.unbox(ReductionParams.self).axes
          // There is nothing to add up, and the element stays what it is.
          if axes.allSatisfy({ inputs[0].shape[$0] == 1 }) { return [inputs[0].reshaped(outputs[0].shape)] }
          let reduction = ReductionNest(operand: inputs[0], axes: axes, reducer: reducer)
          return [try reduction.lower(name, outputs[0], in: context)]
        })
    }
  }
}

/// Reduced axes when a batch axis is among the operand's, and where that is in the result.
func batchedAxes(_ axes: [Int], _ batch: Int) -> (axes: [Int], batch: Int) {
  let moved = axes.map { $0 < batch ? $0 : $0 + 1 }
  return (moved, batch - moved.count { $0 < batch })
}

/// The loops of a reduction.
///
/// They follow from shapes and axes alone, so that the order of operations, hence the bits, is the same everywhere.
/// Neighbouring reduced axes run as one loop. A loop along the innermost axis is of kind `lanes`,
/// unless it is so short that running many rows side by side is better; others are `blocks`.
struct ReductionNest {
  let operand: Lowered
  let axes: [Int]
  let reducer: Reducer
  /// The scalars that an element contributes, and the element that the final carries stand for.
  var leaf: (KernelBuilder, Element, [ExprID]) -> [ExprID] = { _, element, _ in element.components }
  var finish: ([ExprID]) -> Element = { Element($0) }

  private var shape: Shape { operand.shape }
  private var dtype: DType { operand.dtype }

  func lower(_ name: String, _ output: AbstractValue, in context: LoweringContext) throws -> Lowered {
    let kept = shape.indices.filter { !axes.contains($0) }
    let runs = contiguousRuns()
    return try context.stored(name, output) { kernel, buffer in
      try kernel.parallel(output.shape) { outer in
        var index = [ExprID](repeating: kernel.index(0), count: shape.count)
        for (axis, expr) in zip(kept, outer) { index[axis] = expr }
        let total = try reduce(kernel, runs[...], index, isSingle: output.elementCount == 1)
        kernel.store(finish(total), output.dtype, to: buffer, at: outer)
      }
    }
  }

  private func reduce(_ kernel: KernelBuilder, _ runs: ArraySlice<[Int]>, _ index: [ExprID], isSingle: Bool) throws -> [ExprID] {
    guard let run = runs.first else { return leaf(kernel, try operand.element(kernel, index), index) }
    let sizes = run.map { shape[$0] }
    let extent = sizes.elementCount
    let isInnermost = runs.count == 1 && run.last == shape.indices.last { shape[$0] != 1 }
    let isLong = isSingle || extent >= Loop.reduceLanes
    let identity = reducer.identity(kernel, dtype)
    return try kernel.loop(
      extent, isInnermost && isLong ? .lanes : .blocks, carries: identity,
      combine: (identity, { reducer.merge(kernel, dtype, $0, $1) })
    ) { counter, carries in
      var inner = index
      for (axis, expr) in zip(run, kernel.unravel(counter, into: sizes)) { inner[axis] = expr }
      let value = try reduce(kernel, runs.dropFirst(), inner, isSingle: isSingle)
      return reducer.merge(kernel, dtype, carries, value)
    }
  }

  /// Runs of neighbouring reduced axes, those of size 1 aside; each run can be one loop.
  private func contiguousRuns() -> [[Int]] {
    var runs: [[Int]] = []
    for axis in shape.indices where axes.contains(axis) && shape[axis] != 1 {
      if let last = runs.last?.last, (last + 1..<axis).allSatisfy({ shape[$0] == 1 }) {
        runs[runs.count - 1].append(axis)
      } else {
        runs.append([axis])
      }
    }
    return runs
  }
}

extension Element {
  /// The scalars of the element.
  var components: [ExprID] {
    switch self {
    case .scalar(let value): [value]
    case .pair(let first, let second): [first, second]
    }
  }

  init(_ components: [ExprID]) {
    self = components.count == 2 ? .pair(components[0], components[1]) : .scalar(components[0])
  }
}

extension KernelBuilder {
  /// The least or greatest value of a type: what leaves a maximum or minimum unchanged.
  func extreme(_ type: ScalarType, least: Bool) -> ExprID {
    switch type {
    case .bool: return bool(!least)
    case .f16, .bf16, .f32, .f64: return constant(least ? -Double.infinity : .infinity, type)
    default:
      let width = UInt64(8 * type.size)
      let ones = UInt64.max >> (64 - width)
      let top = UInt64(1) << (width - 1)
      if type.isSigned {
        return type == .i64 ? constant(least ? Int.min : .max, .i64) : constant(bits: least ? top : top - 1, type)
      }
      return constant(bits: least ? 0 : ones, type)
    }
  }
}
