import SJLoopIR

struct CumulativeParams: ParamValues {
  var axis: Int
  var reverse: Bool
  var fields: [(name: String, value: String)] { [("axis", "\(axis)"), ("reverse", reverse ? "True" : "False")] }
}

/// A running reduction along an axis, in order.
private struct CumulativeOperation {
  /// The value before the first element.
  var identity: (KernelBuilder, DType) -> Element
  /// The running value and the next element, as reals or complex numbers.
  var step: (KernelBuilder, DType, Element, Element) -> Element
}

extension Primitives {
  public static let cumsum = cumulative(
    "cumsum",
    CumulativeOperation(
      identity: { $0.zero($1) },
      step: { kernel, _, a, b in Element(zip(a.components, b.components).map { kernel.binary(.add, $0, $1) }) }),
    jvp: { .rule(linearJVP($0)) },
    transpose: .rule { cotangents, operands, params in
      guard let ct = cotangents[0], operands[0].isLinear else { return [nil] }
      let p = params.unbox(CumulativeParams.self)
      return [.dense(try Lax.cumsum(ct, axis: p.axis, reverse: !p.reverse))]
    })

  public static let cumprod = cumulative(
    "cumprod",
    CumulativeOperation(
      identity: { $0.element(1, $1) },
      step: { kernel, dtype, a, b in
        dtype.isComplex
          ? (ComplexExpr(kernel, a) * ComplexExpr(kernel, b)).element : .scalar(kernel.binary(.mul, a.scalar, b.scalar))
      }),
    jvp: scanJVP { a, b in
      (
        value: try Lax.mul(a.value, b.value),
        tangent: try Lax.addAny(try Lax.mul(a.tangent, b.value), try Lax.mul(a.value, b.tangent))
      )
    })

  public static let cummax = runningExtremum("cummax", .max, least: true, choose: Lax.max)
  public static let cummin = runningExtremum("cummin", .min, least: false, choose: Lax.min)

  private static func runningExtremum(
    _ name: String, _ op: BinaryOp, least: Bool, choose: @escaping (Value, Value) throws -> Value
  ) -> Primitive {
    cumulative(
      name,
      CumulativeOperation(
        identity: { kernel, dtype in
          let bound = kernel.extreme(dtype.scalar.arithmetic, least: least)
          return dtype.isComplex ? .pair(bound, bound) : .scalar(bound)
        },
        step: { kernel, dtype, a, b in
          guard dtype.isComplex else { return .scalar(kernel.binary(op, a.scalar, b.scalar)) }
          let (x, y) = (ComplexExpr(kernel, a), ComplexExpr(kernel, b))
          let isSecond = least ? x.isLess(than: y, orEqual: false) : y.isLess(than: x, orEqual: false)
          return SJLax.choose(isSecond, y, x).element
        }),
      jvp: scanJVP { a, b in
        let value = try choose(a.value, b.value)
        let first = try Lax.mul(a.tangent, try Lax.balancedEqual(a.value, value, b.value))
        let second = try Lax.mul(b.tangent, try Lax.balancedEqual(b.value, value, a.value))
        return (value, try Lax.addAny(first, second))
      })
  }

  public static let cumlogsumexp = cumulative(
    "cumlogsumexp",
    CumulativeOperation(
      identity: { kernel, dtype in
        let bottom = kernel.constant(-Double.infinity, dtype.scalar.arithmetic)
        return dtype.isComplex ? .pair(bottom, kernel.constant(0, dtype.scalar)) : .scalar(bottom)
      },
      step: { kernel, dtype, a, b in
        dtype.isComplex
          ? ComplexExpr(kernel, a).logAddExp(ComplexExpr(kernel, b)).element
          : .scalar(RealExpr(kernel, a.scalar).logAddExp(RealExpr(kernel, b.scalar)).id)
      }),
    accepted: .inexact,
    jvp: scanJVP { a, b in
      let value = try Lax.logAddExp(a.value, b.value)
      let first = try Lax.mul(a.tangent, try Lax.expDifference(a.value, value))
      let second = try Lax.mul(b.tangent, try Lax.expDifference(b.value, value))
      return (value, try Lax.addAny(first, second))
    })

  private static func cumulative(
    _ name: String, _ operation: CumulativeOperation, accepted: DTypeSet = .number,
    jvp: (PrimitiveReference) -> Slot<JVPRule>, transpose: Slot<TransposeRule>? = nil
  ) -> Primitive {
    PrimitiveReference.define(name) { reference in
      Rules(
        abstract: { inputs, params in
          let axis = params.unbox(CumulativeParams.self).axis
          guard accepted.contains(inputs[0].dtype) else {
            let kinds = accepted == .number ? "number" : accepted.text
            throw SJError(.dtype, "\(name) does not accept dtype \(inputs[0].dtype). Accepted dtypes are subtypes of \(kinds).")
          }
          try Lax.checkAxes(name, [axis], of: inputs[0])
          return ([inputs[0]], [])
        },
        jvp: jvp(reference),
        transpose: transpose ?? .unsupported("\(name) is not linear"),
        batch: .rule { _, inputs, axes, params in
          guard let batch = axes[0] else { return (try bind(reference.primitive, inputs, params), [nil]) }
          var p = params.unbox(CumulativeParams.self)
          p.axis += p.axis < batch ? 0 : 1
          return (try bind(reference.primitive, inputs, p.boxed), [batch])
        },
        lowering: .rule { context, inputs, params, outputs in
          [try lower(name, operation, inputs[0], params.unbox(CumulativeParams.self), outputs[0], context)]
        })
    }
  }

  private static func lower(
    _ name: String, _ operation: CumulativeOperation, _ operand: Lowered, _ p: CumulativeParams, _ aval: AbstractValue,
    _ context: LoweringContext
  ) throws -> Lowered {
    let (shape, dtype) = (operand.shape, operand.dtype)
    let extent = shape[p.axis]
    return try context.stored(name, aval) { kernel, buffer in
      try kernel.parallel(shape.removing(axes: [p.axis])) { outer in
        let initial = operation.identity(kernel, dtype).components
        try kernel.loop(extent, .sequential, carries: initial) { counter, carries in
          let position = p.reverse ? kernel.addIndex(kernel.mulIndex(counter, -1), extent - 1) : counter
          var index = outer
          index.insert(position, at: p.axis)
          let next = operation.step(kernel, dtype, Element(carries), try operand.element(kernel, index))
          kernel.store(next, dtype, to: buffer, at: index)
          return next.components
        }
      }
    }
  }

  private typealias Dual = (value: Value, tangent: Value)

  /// The JVP of a running reduction as a parallel prefix scan (Hillis and Steele) of (value, tangent).
  private static func scanJVP(
    _ combine: @escaping (_ earlier: Dual, _ later: Dual) throws -> Dual
  ) -> (PrimitiveReference) -> Slot<JVPRule> {
    { reference in
      .rule { primals, tangents, params in
        let answer = try bind1(reference.primitive, primals, params)
        guard let tangent = tangents[0], answer.dtype.isInexact else { return ([answer], [nil]) }
        let p = params.unbox(CumulativeParams.self)
        return ([answer], [try scan((primals[0], tangent), p, combine).tangent])
      }
    }
  }

  private static func scan(_ start: Dual, _ p: CumulativeParams, _ combine: (Dual, Dual) throws -> Dual) throws -> Dual {
    let extent = start.value.shape[p.axis]
    var current = start
    var distance = 1
    while distance < extent {
      let (nearSizes, farSizes) = ([distance, extent - distance], [extent - distance, distance])
      // In scan order: `first` are the elements already complete, the others meet those `distance` before.
      func parts(_ x: Value) throws -> (first: Value, later: Value, earlier: Value) {
        let near = try Lax.split(x, sizes: nearSizes, axis: p.axis)
        let far = try Lax.split(x, sizes: farSizes, axis: p.axis)
        return p.reverse ? (far[1], far[0], near[1]) : (near[0], near[1], far[0])
      }
      let (value, tangent) = (try parts(current.value), try parts(current.tangent))
      let met = try combine((value.earlier, tangent.earlier), (value.later, tangent.later))
      func joined(_ first: Value, _ rest: Value) throws -> Value {
        try Lax.concatenate(p.reverse ? [rest, first] : [first, rest], dimension: p.axis)
      }
      current = (try joined(value.first, met.value), try joined(tangent.first, met.tangent))
      distance *= 2
    }
    return current
  }

  static let cumulatives: [Primitive] = [cumsum, cumprod, cummax, cummin, cumlogsumexp]
}

extension RealExpr {
  /// `log(exp a + exp b)`, of two equal infinities that infinity.
  fileprivate func logAddExp(_ other: RealExpr) -> RealExpr {
    let large = apply(.max, other)
    let gap = self - other
    return choose(gap.isNaN, self + other, large + (-gap.abs).exp.log1p)
  }
}

extension ComplexExpr {
  fileprivate func logAddExp(_ other: ComplexExpr) -> ComplexExpr {
    let isSecond = re < other.re
    let (large, small) = (choose(isSecond, other, self), choose(isSecond, self, other))
    let isEmpty = small.re == -Double.infinity
    return choose(isEmpty, large, large + (small - large).exp.log1p)
  }
}

extension Lax {
  public static func cumsum(_ operand: Value, axis: Int = 0, reverse: Bool = false) throws -> Value {
    try cumulative(Primitives.cumsum, operand, axis, reverse)
  }
  public static func cumprod(_ operand: Value, axis: Int = 0, reverse: Bool = false) throws -> Value {
    try cumulative(Primitives.cumprod, operand, axis, reverse)
  }
  public static func cummax(_ operand: Value, axis: Int = 0, reverse: Bool = false) throws -> Value {
    try cumulative(Primitives.cummax, operand, axis, reverse)
  }
  public static func cummin(_ operand: Value, axis: Int = 0, reverse: Bool = false) throws -> Value {
    try cumulative(Primitives.cummin, operand, axis, reverse)
  }
  /// `log(cumsum(exp(x)))` without overflow.
  public static func cumlogsumexp(_ operand: Value, axis: Int = 0, reverse: Bool = false) throws -> Value {
    try cumulative(Primitives.cumlogsumexp, operand, axis, reverse)
  }

  private static func cumulative(_ primitive: Primitive, _ operand: Value, _ axis: Int, _ reverse: Bool) throws -> Value {
    try bind1(primitive, [operand], CumulativeParams(axis: axis, reverse: reverse).boxed)
  }

  /// `log(exp x + exp y)` for the derivative of `cumlogsumexp`.
  fileprivate static func logAddExp(_ x: Value, _ y: Value) throws -> Value {
    let gap = try sub(x, y)
    if x.dtype.isComplex {
      let isSecond = try lt(try real(x), try real(y))
      let (large, small) = (try select(isSecond, y, x), try select(isSecond, x, y))
      return try add(large, try log1p(try exp(try sub(small, large))))
    }
    let general = try add(try max(x, y), try log1p(try exp(try neg(try abs(gap)))))
    return try select(try ne(gap, gap), try add(x, y), general)
  }

  /// `exp(x - y)` with 0 for x = -inf, whatever y is.
  fileprivate static func expDifference(_ x: Value, _ y: Value) throws -> Value {
    let part = x.dtype.isComplex ? try real(x) : x
    let isEmpty = try eq(part, try constant(-Double.infinity, like: part))
    return try select(isEmpty, try zerosLike(x), try exp(try sub(x, y)))
  }
}
