import SJLax

/// A function of a few arrays with the ranges from which its arguments are drawn.
struct RuleSample {
  let name: String
  /// Shape, dtype, and bounds of the components of each argument.
  let arguments: [(shape: Shape, dtype: DType, range: ClosedRange<Double>)]
  let body: ([Value]) throws -> [Value]

  init(
    _ name: String, _ arguments: [(Shape, DType, ClosedRange<Double>)], _ body: @escaping ([Value]) throws -> [Value]
  ) {
    self.name = name
    self.arguments = arguments
    self.body = body
  }

  static func unary(
    _ name: String, _ range: ClosedRange<Double>, complex: Bool = true, _ f: @escaping (Value) throws -> Value
  ) -> [RuleSample] {
    let types: [DType] = complex ? [.float64, .complex128] : [.float64]
    return types.map { type in RuleSample("\(name) \(type)", [([2, 3], type, range)]) { [try f($0[0])] } }
  }

  /// Both arguments of one shape, and each of them of rank 0.
  static func binary(
    _ name: String, _ range: ClosedRange<Double>, complex: Bool = true, _ f: @escaping (Value, Value) throws -> Value
  ) -> [RuleSample] {
    let types: [DType] = complex ? [.float64, .complex128] : [.float64]
    let shapes: [(Shape, Shape)] = [([2, 3], [2, 3]), ([2, 3], []), ([], [2, 3]), ([2, 1], [1, 3])]
    return types.flatMap { type in
      shapes.map { a, b in
        RuleSample("\(name) \(type)\(a)\(b)", [(a, type, range), (b, type, range)]) { [try f($0[0], $0[1])] }
      }
    }
  }

  static func real(_ name: String, _ shapes: [Shape], _ range: ClosedRange<Double> = -1...1, _ f: @escaping ([Value]) throws -> [Value]) -> RuleSample {
    RuleSample(name, shapes.map { ($0, .float64, range) }, f)
  }

  static let all: [RuleSample] = elementwise + selections + shapes + reductions + products

  static let elementwise: [RuleSample] = [
    unary("neg", -1...1, Lax.neg), unary("abs", 0.2...1, Lax.abs), unary("square", -1...1, Lax.square),
    unary("sqrt", 0.2...2, Lax.sqrt), unary("rsqrt", 0.2...2, Lax.rsqrt), unary("cbrt", 0.2...2, complex: false, Lax.cbrt),
    unary("exp", -1...1, Lax.exp), unary("exp2", -1...1, Lax.exp2), unary("expm1", -1...1, Lax.expm1),
    unary("log", 0.2...2, Lax.log), unary("log1p", -0.5...2, Lax.log1p), unary("logistic", -2...2, Lax.logistic),
    unary("sin", -2...2, Lax.sin), unary("cos", -2...2, Lax.cos), unary("tan", -1...1, Lax.tan),
    unary("asin", -0.9...0.9, Lax.asin), unary("acos", -0.9...0.9, Lax.acos), unary("atan", -0.9...0.9, Lax.atan),
    unary("sinh", -2...2, Lax.sinh), unary("cosh", -2...2, Lax.cosh), unary("tanh", -1...1, Lax.tanh),
    unary("asinh", -0.9...0.9, Lax.asinh), unary("acosh", 1.2...3, Lax.acosh), unary("atanh", -0.9...0.9, Lax.atanh),
    unary("erf", -2...2, complex: false, Lax.erf), unary("erfc", -2...2, complex: false, Lax.erfc),
    unary("erf_inv", -0.9...0.9, complex: false, Lax.erfInv), unary("lgamma", 0.5...4, complex: false, Lax.lgamma),
    unary("digamma", 0.5...4, complex: false, Lax.digamma),
    unary("bessel_i0e", 0.2...4, complex: false, Lax.besselI0e), unary("bessel_i1e", 0.2...4, complex: false, Lax.besselI1e),
    unary("integer_pow 3", -2...2) { try Lax.integerPow($0, 3) },
    unary("integer_pow -2", 0.5...2) { try Lax.integerPow($0, -2) },
    unary("floor", 0.2...0.8, complex: false, Lax.floor), unary("sign", 0.2...0.8, complex: false, Lax.sign),
    binary("add", -1...1, Lax.add), binary("sub", -1...1, Lax.sub), binary("mul", -1...1, Lax.mul),
    binary("div", 0.5...2, Lax.div), binary("max", -1...1, complex: false, Lax.max), binary("min", -1...1, complex: false, Lax.min),
    binary("atan2", 0.2...1, complex: false, Lax.atan2), binary("pow", 0.5...2, Lax.pow),
    binary("rem", 0.6...2, complex: false, Lax.rem), binary("complex", -1...1, complex: false, Lax.complex),
    unary("conj", -1...1, Lax.conj),
    [
      RuleSample("real", [([2, 3], .complex128, -1...1)]) { [try Lax.real($0[0])] },
      RuleSample("imag", [([2, 3], .complex128, -1...1)]) { [try Lax.imag($0[0])] },
      RuleSample("pow of an integer", [([2, 3], .float64, 0.5...2), ([2, 3], .int32, -2...3)]) { [try Lax.pow($0[0], $0[1])] },
      RuleSample("convert to complex", [([2, 3], .float64, -1...1)]) { [try Lax.convertElementType($0[0], .complex128)] },
      RuleSample("reduce_precision", [([2, 3], .float64, -1...1)]) {
        [try Lax.reducePrecision($0[0], exponentBits: 11, mantissaBits: 52)]
      },
    ],
  ].flatMap { $0 }

  private static func clamp(_ name: String, bounds: Shape) -> RuleSample {
    RuleSample(name, [(bounds, .float64, -0.6 ... -0.2), ([2, 3], .float64, -1...1), (bounds, .float64, 0.2...0.6)]) {
      [try Lax.clamp($0[0], $0[1], $0[2])]
    }
  }

  static let selections: [RuleSample] = [
    RuleSample("select", [([2, 3], .bool, 0...1), ([2, 3], .float64, -1...1), ([2, 3], .float64, -1...1)]) {
      [try Lax.selectN($0[0], [$0[1], $0[2]])]
    },
    RuleSample("select by a scalar", [([], .bool, 0...1), ([2, 3], .float64, -1...1), ([2, 3], .float64, -1...1)]) {
      [try Lax.selectN($0[0], [$0[1], $0[2]])]
    },
    RuleSample(
      "select_n of three",
      [([2], .int32, 0...2), ([2], .float64, -1...1), ([2], .float64, -1...1), ([2], .float64, -1...1)]
    ) { [try Lax.selectN($0[0], [$0[1], $0[2], $0[3]])] },
    clamp("clamp", bounds: [2, 3]), clamp("clamp by scalars", bounds: []),
  ]

  static let shapes: [RuleSample] = [
    real("broadcast_in_dim", [[2, 1]]) { [try Lax.broadcastInDim($0[0], shape: [2, 4, 3], broadcastDimensions: [0, 2])] },
    real("broadcast_in_dim, axes swapped", [[3, 2]]) {
      [try Lax.broadcastInDim($0[0], shape: [2, 4, 3], broadcastDimensions: [2, 0])]
    },
    real("reshape", [[2, 6]]) { [try Lax.reshape($0[0], [3, 4])] },
    real("reshape with dimensions", [[2, 6]]) { [try Lax.reshape($0[0], [4, 3], dimensions: [1, 0])] },
    real("transpose", [[2, 3, 4]]) { [try Lax.transpose($0[0], [2, 0, 1])] },
    real("squeeze", [[2, 1, 3, 1]]) { [try Lax.squeeze($0[0], [1, -1])] },
    real("expand_dims", [[2, 3]]) { [try Lax.expandDims($0[0], [0, 2])] },
    real("rev", [[2, 3]]) { [try Lax.rev($0[0], [1])] },
    real("concatenate", [[2, 3], [2, 0], [2, 2]]) { [try Lax.concatenate($0, dimension: 1)] },
    real("split", [[2, 5]]) { try Lax.split($0[0], sizes: [2, 0, 3], axis: 1) },
    real("pad", [[2, 3], []]) { [try Lax.pad($0[0], $0[1], [(1, 2, 0), (0, 1, 2)])] },
    real("pad, cutting", [[4, 3], []]) { [try Lax.pad($0[0], $0[1], [(-1, 2, 1), (2, -2, 0)])] },
    real("copy", [[2, 3]]) { [try Lax.copy($0[0])] },
    real("optimization_barrier", [[2, 3], [2]]) { try Lax.optimizationBarrier($0) },
  ]

  static let reductions: [RuleSample] = [
    real("reduce_sum", [[2, 3, 4]]) { [try Lax.reduceSum($0[0], axes: [0, 2])] },
    real("reduce_sum of all", [[2, 3]]) { [try Lax.reduceSum($0[0], axes: [0, 1])] },
    real("reduce_prod", [[2, 3, 5]]) { [try Lax.reduceProd($0[0], axes: [2, 0])] },
    real("reduce_prod of nothing", [[2, 0]]) { [try Lax.reduceProd($0[0], axes: [1])] },
    real("reduce_max", [[2, 3, 4]]) { [try Lax.reduceMax($0[0], axes: [1])] },
    real("reduce_min", [[2, 3, 4]]) { [try Lax.reduceMin($0[0], axes: [0, 2])] },
    real("argmax", [[2, 3]]) { [try Lax.argmax($0[0], axis: 1, indexDType: .int32)] },
    real("cumsum", [[2, 5]]) { [try Lax.cumsum($0[0], axis: 1)] },
    real("cumsum, reverse", [[5, 2]]) { [try Lax.cumsum($0[0], axis: 0, reverse: true)] },
    real("cumprod", [[2, 5]]) { [try Lax.cumprod($0[0], axis: 1)] },
    real("cumprod, reverse", [[5, 2]]) { [try Lax.cumprod($0[0], axis: 0, reverse: true)] },
    real("cummax", [[2, 5]]) { [try Lax.cummax($0[0], axis: 1)] },
    real("cummin, reverse", [[2, 5]]) { [try Lax.cummin($0[0], axis: 1, reverse: true)] },
    real("cumlogsumexp", [[2, 5]]) { [try Lax.cumlogsumexp($0[0], axis: 1)] },
    real("cumlogsumexp, reverse", [[2, 5]]) { [try Lax.cumlogsumexp($0[0], axis: 1, reverse: true)] },
  ]

  static let products: [RuleSample] = [
    real("matrix product", [[2, 3], [3, 4]]) { [try Lax.dot($0[0], $0[1])] },
    real("inner product", [[3], [3]]) { [try Lax.dot($0[0], $0[1])] },
    real("outer product", [[3], [4]]) { [try Lax.dotGeneral($0[0], $0[1], .init(lhsContracting: [], rhsContracting: []))] },
    real("dot_general, batched", [[2, 3, 4, 5], [5, 4, 2, 6]]) {
      [
        try Lax.dotGeneral(
          $0[0], $0[1], .init(lhsContracting: [3, 2], rhsContracting: [0, 1], lhsBatch: [0], rhsBatch: [2]))
      ]
    },
    real("dot_general, scattered axes", [[3, 2, 4, 5], [4, 6, 3, 2]]) {
      [
        try Lax.dotGeneral(
          $0[0], $0[1], .init(lhsContracting: [0], rhsContracting: [2], lhsBatch: [2, 1], rhsBatch: [0, 3]))
      ]
    },
    real("dot_general over nothing", [[2, 0], [0, 3]]) { [try Lax.dot($0[0], $0[1])] },
    RuleSample("complex matrix product", [([2, 3], .complex128, -1...1), ([3, 2], .complex128, -1...1)]) {
      [try Lax.dot($0[0], $0[1])]
    },
  ]
}
