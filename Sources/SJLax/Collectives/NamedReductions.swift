/// Parameters of reductions over named axes.
struct NamedReductionParams: ParamValues {
  var axes: [String]

  var fields: [(name: String, value: String)] { [("axes", axes.nameTuple), ("axis_index_groups", "None")] }
  var axisNames: [String] { axes }
}

struct AxisIndexParams: ParamValues {
  var name: String
  var fields: [(name: String, value: String)] { [("axis_name", name)] }
  var axisNames: [String] { [name] }
}

extension [String] {
  /// `('i', 'j')`, as Python prints a tuple of names.
  var nameTuple: String {
    count == 1 ? "('\(self[0])',)" : "(" + map { "'\($0)'" }.joined(separator: ", ") + ")"
  }
}

/// What the collectives have in common: they live under a `vmap` that names the axis, whose batching rule does the work.
enum Collective {
  static func lowering(_ name: String) -> Slot<LoweringRule> {
    .unsupported("\(name) works over a named axis, and must be called within a vmap that binds it")
  }

  /// - Throws: `invalidArgument` where a name is bound by no `vmap`.
  static func check(_ names: [String]) throws { for name in names { _ = try AxisEnvironment.size(of: name) } }
}

extension Primitives {
  static let collectives: [Primitive] = [psum, pmax, pmin, axisIndex, ppermute, allGather, allToAll, reduceScatter]

  public static let psum: Primitive = namedReduction(
    "psum", reduce: { try Lax.reduceSum($0, axes: [$1]) },
    repeated: { try Lax.mul($0, Lax.scalar($1, $0.dtype, weakType: $0.aval.weakType)) },
    jvp: { .rule(linearJVP($0)) },
    // Every position's result depends on every position's operand, so cotangents sum over the axis again.
    transpose: { reference in
      .rule { cotangents, _, params in
        [try cotangents[0].map { .dense(try bind1(reference.primitive, [$0], params)) }]
      }
    })
  public static let pmax: Primitive = namedReduction(
    "pmax", reduce: { try Lax.reduceMax($0, axes: [$1]) }, repeated: { value, _ in value },
    jvp: { _ in .unsupported("Differentiation rule for 'pmax' not implemented") },
    transpose: { _ in .unsupported("pmax is not linear") })
  public static let pmin: Primitive = namedReduction(
    "pmin", reduce: { try Lax.reduceMin($0, axes: [$1]) }, repeated: { value, _ in value },
    jvp: { _ in .unsupported("Differentiation rule for 'pmin' not implemented") },
    transpose: { _ in .unsupported("pmin is not linear") })

  /// - Parameter repeated: the reduction of so many copies of one value.
  private static func namedReduction(
    _ name: String, reduce: @escaping (_ x: Value, _ axis: Int) throws -> Value,
    repeated: @escaping (_ x: Value, _ count: Int) throws -> Value,
    jvp: (PrimitiveReference) -> Slot<JVPRule>, transpose: (PrimitiveReference) -> Slot<TransposeRule>
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          try DTypeCheck.unary(name, inputs[0].dtype, .any)
          try Collective.check(params.axisNames)
          return ([inputs[0]], .namedAxis)
        },
        jvp: jvp(reference),
        transpose: transpose(reference),
        batch: .rule { axis, inputs, axes, params in
          guard let bound = axis.name, params.axisNames.contains(bound) else {
            return (try bind(reference.primitive, inputs, params), axes)
          }
          let rest = params.axisNames.filter { $0 != bound }
          let local = try axes[0].map { try reduce(inputs[0], $0) } ?? repeated(inputs[0], axis.size)
          if rest.isEmpty { return ([local], [nil]) }
          return (try bind(reference.primitive, [local], NamedReductionParams(axes: rest).boxed), [nil])
        },
        lowering: Collective.lowering(name))
    }
  }

  /// The position along a named axis, `int32`.
  public static let axisIndex: Primitive = PrimitiveReference.define("axis_index") { reference in
    Rules(
      abstract: { _, params in
        try Collective.check(params.axisNames)
        return ([AbstractValue(.int32)], .namedAxis)
      },
      jvp: .zero,
      transpose: .unsupported("axis_index has no operands"),
      batch: .rule { axis, inputs, _, params in
        guard axis.name == params.unbox(AxisIndexParams.self).name else {
          return (try bind(reference.primitive, inputs, params), [nil])
        }
        return ([try Lax.iota(.int32, axis.size)], [0])
      },
      lowering: Collective.lowering("axis_index"))
  }
}

extension Lax {
  /// `jax.lax.psum`: the sum over named axes. Of a value that is the same everywhere, the value times the axes' size.
  public static func psum(_ x: Value, _ axisNames: [String]) throws -> Value {
    let x = x.dtype == .bool ? try convertElementType(x, .int32) : x
    if axisNames.isEmpty { return x }
    if x.isTracer { return try bind1(Primitives.psum, [x], NamedReductionParams(axes: axisNames).boxed) }
    return try mul(x, scalar(axisSize(axisNames), x.dtype, weakType: x.aval.weakType))
  }

  /// `jax.lax.pmean`
  public static func pmean(_ x: Value, _ axisNames: [String]) throws -> Value {
    let sum = try psum(x, axisNames)
    let real: DType = Config.current.enableX64 ? .float64 : .float32
    let inexact = sum.dtype.isInexact ? sum : try convertElementType(sum, real)
    return try div(inexact, scalar(axisSize(axisNames), inexact.dtype))
  }

  /// `jax.lax.pmax`
  public static func pmax(_ x: Value, _ axisNames: [String]) throws -> Value {
    try bind1(Primitives.pmax, [x], NamedReductionParams(axes: axisNames).boxed)
  }

  /// `jax.lax.pmin`
  public static func pmin(_ x: Value, _ axisNames: [String]) throws -> Value {
    try bind1(Primitives.pmin, [x], NamedReductionParams(axes: axisNames).boxed)
  }

  /// `jax.lax.axis_index`: the position along a named axis.
  public static func axisIndex(_ axisName: String) throws -> Value {
    try bind1(Primitives.axisIndex, [], AxisIndexParams(name: axisName).boxed)
  }

  /// `jax.lax.axis_size`: the number of positions along named axes together.
  public static func axisSize(_ axisNames: [String]) throws -> Int {
    var product = 1
    for name in axisNames {
      let (result, overflow) = product.multipliedReportingOverflow(by: try AxisEnvironment.size(of: name))
      if overflow { throw SJError(.shape, "axis_size: the axes \(axisNames.nameTuple) have too many positions") }
      product = result
    }
    return product
  }
}
