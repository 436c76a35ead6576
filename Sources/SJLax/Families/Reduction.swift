import SJLoopIR

public struct ReductionParams: ParamValues {
  public var axes: [Int]
  /// Whether JAX's version of the primitive has an `out_sharding`, to be printed.
  public var hasSharding = false

  public var fields: [(name: String, value: String)] {
    [("axes", axes.tupleText)] + (hasSharding ? [("out_sharding", "None")] : [])
  }
}

/// What a reduction does with the elements in its kernel.
public struct Reducer {
  /// The type of the carries, given the operand's: 16-bit floats accumulate as `f32`.
  public var identity: (KernelBuilder, DType) -> Element
  public var combine: (KernelBuilder, _ left: Element, _ right: Element, DType) -> Element
}

extension Primitive {
  /// A reduction of one operand over some of its axes to a value of the operand's dtype.
  public static func reduction(
    _ name: String, _ accepted: DTypeSet, hasIdentity: Bool = true, reducer: Reducer,
    jvp: (PrimitiveReference) -> Slot<JVPRule>, transpose: Slot<TransposeRule>? = nil
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          let axes = params.unbox(ReductionParams.self).axes
          try DTypeCheck.unary(name, inputs[0].dtype, accepted)
          try Lax.checkAxes(name, axes, of: inputs[0])
          return ([inputs[0].with(shape: inputs[0].shape.removing(axes: axes))], [])
        },
        jvp: jvp(reference),
        transpose: transpose ?? .unsupported("\(name) is not linear"),
        batch: .rule { axis, inputs, axes, params in
          guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
          var p = params.unbox(ReductionParams.self)
          let (inner, position) = batchedAxes(p.axes, batch)
          p.axes = inner
          return (try bind(reference.primitive, inputs, p.boxed), [position])
        },
        lowering: .rule { context, inputs, params, outputs in
          let axes = params.unbox(ReductionParams.self).axes
          return [try context.reduce(name, inputs[0], axes: axes, outputs[0], reducer)]
        })
    }
  }
}

/// Reduced axes when a batch axis is among the operand's, and where that is in the result.
func batchedAxes(_ axes: [Int], _ batch: Int) -> (axes: [Int], batch: Int) {
  let moved = axes.map { $0 < batch ? $0 : $0 + 1 }
  return (moved, batch - moved.count { $0 < batch })
}

extension LoweringContext {
  /// Reduces `operand` over `axes` into a new buffer.
  ///
  /// The loops follow the shapes alone, so that the order of operations, hence the bits, are the same everywhere.
  /// Neighbouring reduced axes run as one. The innermost loop's kind is `lanes` where it runs along
  /// the innermost axis in memory, else `blocks`; outer reduced axes are `blocks`.
  func reduce(_ name: String, _ operand: Lowered, axes: [Int], _ output: AbstractValue, _ reducer: Reducer) throws -> Lowered {
    let dtype = operand.dtype
    let shape = operand.shape
    let reduced = shape.indices.filter { axes.contains($0) && shape[$0] != 1 }
    let kept = shape.indices.filter { !axes.contains($0) }
    let groups = contiguousRuns(reduced, shape)
    let innermost = shape.indices.last { shape[$0] != 1 }
    return try stored(name, output) { kernel, buffer in
      try kernel.parallel(output.shape) { outer in
        var index = [ExprID](repeating: kernel.index(0), count: shape.count)
        for (axis, expr) in zip(kept, outer) { index[axis] = expr }
        let total = try self.nest(kernel, groups[...], index, operand, innermost, reducer)
        kernel.store(total, dtype, to: buffer, at: outer)
      }
    }
  }

  private func nest(
    _ kernel: KernelBuilder, _ groups: ArraySlice<[Int]>, _ index: [ExprID], _ operand: Lowered, _ innermost: Int?,
    _ reducer: Reducer
  ) throws -> Element {
    guard let group = groups.first else { return try operand.element(kernel, index) }
    let dtype = operand.dtype
    let sizes = group.map { operand.shape[$0] }
    let kind: Loop.Kind = groups.count == 1 && group.last == innermost ? .lanes : .blocks
    let identity = reducer.identity(kernel, dtype).components
    let result = try kernel.loop(
      sizes.elementCount, kind, carries: identity,
      combine: (identity, { reducer.combine(kernel, Element($0), Element($1), dtype).components })
    ) { counter, carries in
      var inner = index
      for (axis, expr) in zip(group, kernel.unravel(counter, into: sizes)) { inner[axis] = expr }
      let value = try nest(kernel, groups.dropFirst(), inner, operand, innermost, reducer)
      return reducer.combine(kernel, Element(carries), value, dtype).components
    }
    return Element(result)
  }
}

/// Runs of neighbouring axes, those of size 1 between them aside; each run can be one loop.
private func contiguousRuns(_ axes: [Int], _ shape: Shape) -> [[Int]] {
  var runs: [[Int]] = []
  for axis in axes {
    if let last = runs.last?.last, (last + 1..<axis).allSatisfy({ shape[$0] == 1 }) {
      runs[runs.count - 1].append(axis)
    } else {
      runs.append([axis])
    }
  }
  return runs
}

extension Element {
  /// The scalars of the element.
  public var components: [ExprID] {
    switch self {
    case .scalar(let value): [value]
    case .pair(let first, let second): [first, second]
    }
  }

  public init(_ components: [ExprID]) {
    self = components.count == 2 ? .pair(components[0], components[1]) : .scalar(components[0])
  }
}
