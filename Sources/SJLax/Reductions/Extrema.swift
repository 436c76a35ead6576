import SJLoopIR

extension Primitives {
  public static let reduceMax = extremum("reduce_max", .max, whenBool: .or, least: true)
  public static let reduceMin = extremum("reduce_min", .min, whenBool: .and, least: false)

  private static func extremum(_ name: String, _ op: BinaryOp, whenBool: BinaryOp, least: Bool) -> Primitive {
    .reduction(
      name, check: { try DTypeCheck.unary(name, $0, .any) },
      reducer: .elementwise(
        identity: { kernel, dtype in
          let bound = dtype == .bool ? kernel.bool(!least) : kernel.extreme(dtype.scalar.arithmetic, least: least)
          return dtype.isComplex ? .pair(bound, bound) : .scalar(bound)
        },
        merge: { kernel, dtype, a, b in
          guard dtype.isComplex else { return .scalar(kernel.binary(dtype == .bool ? whenBool : op, a.scalar, b.scalar)) }
          let (x, y) = (ComplexExpr(kernel, a), ComplexExpr(kernel, b))
          let second = x.isLess(than: y, orEqual: false)
          return (least ? choose(second, y, x) : choose(second, x, y)).element
        }),
      jvp: { reference in .rule { try chooserJVP(reference, $0, $1, $2) } })
  }

  /// The tangent is the mean of the tangents of the elements that equal the answer.
  private static func chooserJVP(
    _ reference: PrimitiveReference, _ primals: [Value], _ tangents: [Value?], _ params: Params
  ) throws -> (primals: [Value], tangents: [Value?]) {
    let answer = try bind1(reference.primitive, primals, params)
    guard let g = tangents[0], answer.dtype.isInexact else { return ([answer], [nil]) }
    let axes = params.unbox(ReductionParams.self).axes
    var shape = primals[0].shape
    for axis in axes { shape[axis] = 1 }
    let isChosen = try Lax.eq(primals[0], try Lax.reshape(answer, shape))
    let locations = try Lax.convertElementType(isChosen, g.dtype)
    let counts = try Lax.reduceSum(locations, axes: axes)
    return ([answer], [try Lax.div(try Lax.reduceSum(try Lax.mul(g, locations), axes: axes), counts)])
  }

  public static let reduceAnd = logical("reduce_and", .and) { $0.allOnes($1) }
  public static let reduceOr = logical("reduce_or", .or) { $0.constant(0, $1) }
  public static let reduceXor = logical("reduce_xor", .xor) { $0.constant(0, $1) }

  private static func logical(
    _ name: String, _ op: BinaryOp, identity: @escaping (KernelBuilder, ScalarType) -> ExprID
  ) -> Primitive {
    .reduction(
      name,
      check: { dtype in
        guard dtype == .bool || dtype.isInteger else {
          throw SJError(.dtype, "\(name): logical reduction requires operand dtype bool or int, got \(dtype).")
        }
      },
      reducer: .elementwise(
        identity: { .scalar(identity($0, $1.scalar)) },
        merge: { kernel, _, a, b in .scalar(kernel.binary(op, a.scalar, b.scalar)) }),
      jvp: { _ in .zero })
  }

  static let reductions: [Primitive] = [
    reduceSum, reduceProd, reduceMax, reduceMin, reduceAnd, reduceOr, reduceXor, argmax, argmin,
  ]
}

extension KernelBuilder {
  fileprivate func allOnes(_ type: ScalarType) -> ExprID { type == .bool ? bool(true) : constant(-1, type) }
}

extension Lax {
  /// `jax.lax.reduce_max`: NaN where any element is; of no elements the least value.
  public static func reduceMax(_ operand: Value, axes: [Int]) throws -> Value {
    try reduce(Primitives.reduceMax, operand, axes)
  }
  public static func reduceMin(_ operand: Value, axes: [Int]) throws -> Value {
    try reduce(Primitives.reduceMin, operand, axes)
  }
  /// Bitwise for integers.
  public static func reduceAnd(_ operand: Value, axes: [Int]) throws -> Value {
    try reduce(Primitives.reduceAnd, operand, axes)
  }
  public static func reduceOr(_ operand: Value, axes: [Int]) throws -> Value {
    try reduce(Primitives.reduceOr, operand, axes)
  }
  public static func reduceXor(_ operand: Value, axes: [Int]) throws -> Value {
    try reduce(Primitives.reduceXor, operand, axes)
  }
}
