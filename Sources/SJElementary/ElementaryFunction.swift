/// The elementary functions of floats that exist, in f32 and f64: the one table.
///
/// The C generator (`sjgen kernels`) and any other emitter evaluate `value(of:)` on
/// their builder. Where a function has a rare case (huge arguments of sin, say) its
/// value is `rare` where the condition holds and `common` elsewhere; an emitter is
/// free to branch around the rare part.
public enum ElementaryFunction: String, CaseIterable, Sendable {
  case sign, round, sqrt, rsqrt, cbrt, exp, exp2, expm1, log, log1p, logistic
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
  case erf, erfc
  case erfInv = "erf_inv"
  case lgamma, digamma
  case besselI0e = "bessel_i0e"
  case besselI1e = "bessel_i1e"
  case isFinite = "is_finite"
  /// log1p with XLA's bits, for random numbers that must have JAX's.
  case log1pXLA = "log1p_xla"
  case pow, atan2
  case nextAfter = "nextafter"

  public var arity: Int {
    switch self {
    case .pow, .atan2, .nextAfter: 2
    default: 1
    }
  }

  /// A mask for `isFinite`, otherwise of the arguments' type.
  public func value<B: ElementaryBuilder>(of arguments: [Term<B>]) -> Term<B> {
    let common = common(arguments)
    guard let (condition, rare) = rare(arguments) else { return common }
    return condition.select(rare(), common)
  }

  /// The value wherever the condition of `rare` does not hold.
  public func common<B: ElementaryBuilder>(_ a: [Term<B>]) -> Term<B> {
    switch self {
    case .sign: Rounding.sign(a[0])
    case .round: Rounding.round(a[0])
    case .isFinite: Rounding.isFinite(a[0])
    case .nextAfter: Rounding.nextAfter(a[0], a[1])
    case .sqrt: a[0].squareRoot
    case .rsqrt: Roots.rsqrt(a[0])
    case .cbrt: Roots.cbrt(a[0])
    case .exp: Exponential.exp(a[0])
    case .exp2: Exponential.exp2(a[0])
    case .expm1: Exponential.expm1(a[0])
    case .logistic: Exponential.logistic(a[0])
    case .log: Logarithm.log(a[0])
    case .log1p: Logarithm.log1p(a[0])
    case .log1pXLA: Logarithm.log1pOfXLA(a[0])
    case .pow: Power.pow(a[0], a[1])
    case .sin: Trigonometry.sin(a[0])
    case .cos: Trigonometry.cos(a[0])
    case .tan: Trigonometry.tan(a[0])
    case .asin: InverseTrigonometry.asin(a[0])
    case .acos: InverseTrigonometry.acos(a[0])
    case .atan: InverseTrigonometry.atan(a[0])
    case .atan2: InverseTrigonometry.atan2(a[0], a[1])
    case .sinh: Hyperbolic.sinh(a[0])
    case .cosh: Hyperbolic.cosh(a[0])
    case .tanh: Hyperbolic.tanh(a[0])
    case .asinh: Hyperbolic.asinh(a[0])
    case .acosh: Hyperbolic.acosh(a[0])
    case .atanh: Hyperbolic.atanh(a[0])
    case .erf: ErrorFunctions.erf(a[0])
    case .erfc: ErrorFunctions.erfc(a[0])
    case .erfInv: ErrorFunctions.erfInv(a[0])
    case .lgamma: Gamma.lgamma(a[0])
    case .digamma: Gamma.digamma(a[0])
    case .besselI0e: Bessel.i0e(a[0])
    case .besselI1e: Bessel.i1e(a[0])
    }
  }

  /// The condition of the rare case and its value, if the function has one.
  public func rare<B: ElementaryBuilder>(
    _ a: [Term<B>]
  ) -> (condition: Term<B>, value: () -> Term<B>)? {
    switch self {
    case .sin: (Trigonometry.isHuge(a[0]), { Trigonometry.sinOfHuge(a[0]) })
    case .cos: (Trigonometry.isHuge(a[0]), { Trigonometry.cosOfHuge(a[0]) })
    case .tan: (Trigonometry.isHugeForTan(a[0]), { Trigonometry.tanOfHuge(a[0]) })
    case .lgamma: (Gamma.needsReflection(a[0]), { Gamma.lgammaReflected(a[0]) })
    case .digamma: (Gamma.needsReflection(a[0]), { Gamma.digammaReflected(a[0]) })
    default: nil
    }
  }
}
