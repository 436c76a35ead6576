import SJLax

/// What combines the elements under a window.
public enum WindowReduction: Sendable {
  case add, mul, max, min

  fileprivate var engine: SJLax.WindowReduction {
    switch self {
    case .add: .add
    case .mul: .mul
    case .max: .max
    case .min: .min
    }
  }
}

/// How much is added around an operand before a window goes over it.
public enum Padding: Sendable {
  case valid
  /// As much as keeps `ceil(size / stride)` places, the odd one after.
  case same
  /// The odd one before.
  case sameLower
  /// For each axis.
  case explicit([(low: Int, high: Int)])

  fileprivate var engine: WindowPadding {
    switch self {
    case .valid: .named("VALID")
    case .same: .named("SAME")
    case .sameLower: .named("SAME_LOWER")
    case .explicit(let pairs): .explicit(pairs)
    }
  }
}

extension Lax {
  /// The elements under a window that goes over all axes, combined: `jax.lax.reduce_window`.
  /// - Parameter initial: a scalar: 0 for `.add`, minus infinity for `.max`…
  public static func reduceWindow(
    _ x: Tensor, _ initial: Tensor, _ reduction: WindowReduction, window: [Int], strides: [Int]? = nil,
    padding: Padding = .valid, baseDilation: [Int]? = nil, windowDilation: [Int]? = nil
  ) throws -> Tensor {
    let start = try SJLax.Lax.convertElementType(initial.value, x.dtype)
    let result = try SJLax.Lax.reduceWindow(
      x.value, start, reduction.engine, window: window, strides: strides, padding: padding.engine,
      baseDilation: baseDilation, windowDilation: windowDilation)
    return Tensor(result)
  }

  /// Convolution as networks have it, without flipping: `jax.lax.conv_general_dilated`.
  ///
  /// Layouts such as `"NHWC"` and `"HWIO"` name the axes: N batch, C features, O and I features of the kernel; NCHW and
  /// OIHW unless given.
  public static func convGeneralDilated(
    _ lhs: Tensor, _ rhs: Tensor, strides: [Int], padding: Padding = .valid, lhsDilation: [Int]? = nil,
    rhsDilation: [Int]? = nil, lhsLayout: String? = nil, rhsLayout: String? = nil, outputLayout: String? = nil,
    featureGroups: Int = 1, batchGroups: Int = 1, preferredElementType: DType? = nil
  ) throws -> Tensor {
    let dimensions = try ConvDimensionNumbers(lhs: lhsLayout, rhs: rhsLayout, output: outputLayout, rank: lhs.ndim)
    let result = try SJLax.Lax.convGeneralDilated(
      lhs.value, rhs.value, strides: strides, padding: padding.engine, lhsDilation: lhsDilation, rhsDilation: rhsDilation,
      dimensions: dimensions, featureGroups: featureGroups, batchGroups: batchGroups,
      preferredElementType: preferredElementType)
    return Tensor(result)
  }
}
