import SJLoopIR

struct ArgExtremumParams: ParamValues {
  var axis: Int
  var indexDType: DType
  var fields: [(name: String, value: String)] { [("axes", "(\(axis),)"), ("index_dtype", indexDType.name)] }
}

extension Primitives {
  public static let argmax = argExtremum("argmax", least: true)
  public static let argmin = argExtremum("argmin", least: false)

  /// `least`: whether the reduction starts from the least value, so seeks the greatest.
  private static func argExtremum(_ name: String, least: Bool) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          let p = params.unbox(ArgExtremumParams.self)
          try checkArgExtremum(name, inputs[0], p)
          return ([AbstractValue(p.indexDType, inputs[0].shape.removing(axes: [p.axis]))], [])
        },
        jvp: .zero,
        transpose: .unsupported("\(name) is not linear"),
        batch: .rule { _, inputs, axes, params in
          guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
          var p = params.unbox(ArgExtremumParams.self)
          let (moved, position) = batchedAxes([p.axis], batch)
          p.axis = moved[0]
          return (try bind(reference.primitive, inputs, p.boxed), [position])
        },
        lowering: .rule { context, inputs, params, outputs in
          let p = params.unbox(ArgExtremumParams.self)
          let type = p.indexDType.scalar
          let nest = ReductionNest(
            operand: inputs[0], axes: [p.axis], reducer: argReducer(type, least: least),
            leaf: { kernel, element, index in
              element.components.map { kernel.comparable($0) } + [kernel.convert(index[p.axis], to: type)]
            },
            finish: { .scalar($0[$0.count - 1]) })
          return [try nest.lower(name, outputs[0], in: context)]
        })
    }
  }

  private static func checkArgExtremum(_ name: String, _ operand: AbstractValue, _ p: ArgExtremumParams) throws {
    try DTypeCheck.unary(name, operand.dtype, .any)
    guard p.indexDType.isInteger else {
      throw SJError(.dtype, "\(name): index_dtype must be an integer type, but got \(p.indexDType)")
    }
    guard operand.shape.indices.contains(p.axis) else {
      throw SJError(.invalidArgument, "\(name): invalid axis \(p.axis) for operand \(operand)")
    }
    guard operand.shape[p.axis] > 0 else {
      throw SJError(
        .shape, "\(name): argmin and argmax require non-empty reduced dimension, got operand \(operand) and axis \(p.axis)")
    }
  }

  /// Carries (value…, index). The first NaN wins, else the best value; among equals the lowest index.
  private static func argReducer(_ indexType: ScalarType, least: Bool) -> Reducer {
    Reducer(
      identity: { kernel, dtype in
        let type = dtype == .bool ? ScalarType.u8 : dtype.scalar.arithmetic
        let bound = kernel.extreme(type, least: least)
        return Array(repeating: bound, count: dtype.componentCount) + [kernel.constant(0, indexType)]
      },
      merge: { kernel, dtype, left, right in
        func beats(_ a: [ExprID], _ b: [ExprID]) -> Condition {
          least ? kernel.isAbove(a.dropLast(), b.dropLast()) : kernel.isAbove(b.dropLast(), a.dropLast())
        }
        let isLower = Condition(kernel, kernel.binary(.le, left[left.count - 1], right[right.count - 1]))
        let byValue = beats(left, right) || (!beats(right, left) && isLower)
        guard let leftNaN = kernel.anyNaN(left.dropLast(), dtype), let rightNaN = kernel.anyNaN(right.dropLast(), dtype)
        else { return kernel.pick(byValue, left, right) }
        let isFirstNaN = leftNaN && (!rightNaN || isLower)
        return kernel.pick(isFirstNaN || (!leftNaN && !rightNaN && byValue), left, right)
      })
  }
}

extension KernelBuilder {
  fileprivate func comparable(_ value: ExprID) -> ExprID { type(of: value) == .bool ? convert(value, to: .u8) : value }

  /// Lexicographic order of the components.
  fileprivate func isAbove(_ a: ArraySlice<ExprID>, _ b: ArraySlice<ExprID>) -> Condition {
    let (x, y) = (Array(a), Array(b))
    let first = Condition(self, binary(.gt, x[0], y[0]))
    if x.count == 1 { return first }
    return first || (Condition(self, binary(.eq, x[0], y[0])) && Condition(self, binary(.gt, x[1], y[1])))
  }

  /// Whether a component is NaN; nil where the type has none.
  fileprivate func anyNaN(_ values: ArraySlice<ExprID>, _ dtype: DType) -> Condition? {
    guard dtype.isInexact else { return nil }
    let tests = values.map { Condition(self, binary(.ne, $0, $0)) }
    return tests.dropFirst().reduce(tests[0]) { $0 || $1 }
  }

  fileprivate func pick(_ condition: Condition, _ a: [ExprID], _ b: [ExprID]) -> [ExprID] {
    zip(a, b).map { select(condition.id, $0, $1) }
  }
}

extension Lax {
  /// `jax.lax.argmax`: the position of the first NaN, else of the first greatest element.
  public static func argmax(_ operand: Value, axis: Int, indexDType: DType) throws -> Value {
    try argExtremum(Primitives.argmax, operand, axis, indexDType)
  }
  public static func argmin(_ operand: Value, axis: Int, indexDType: DType) throws -> Value {
    try argExtremum(Primitives.argmin, operand, axis, indexDType)
  }

  private static func argExtremum(_ primitive: Primitive, _ operand: Value, _ axis: Int, _ indexDType: DType) throws -> Value {
    let dtype = Config.current.enableX64 ? indexDType : indexDType.narrowed
    let axis = try canonicalAxis(primitive.name, axis, rank: operand.rank)
    return try bind1(primitive, [operand], ArgExtremumParams(axis: axis, indexDType: dtype).boxed)
  }
}
