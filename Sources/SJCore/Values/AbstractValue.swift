import SJTypes

/// What tracing knows of a value: shape, dtype, and whether the dtype is weak.
public struct AbstractValue: Hashable, Sendable {
  public var dtype: DType
  public var weakType: Bool
  public var shape: Shape

  public init(_ dtype: DType, _ shape: Shape = [], weakType: Bool = false) {
    self.dtype = dtype
    self.shape = shape
    self.weakType = weakType
  }

  public var rank: Int { shape.count }
  public var elementCount: Int { shape.elementCount }
  public var byteCount: Int { shape.elementCount * dtype.size }
  public var promotion: PromotionType { PromotionType(dtype, weak: weakType) }

  /// The type of tangents: same shape, never weak; `float0` where not differentiable.
  public var tangent: AbstractValue { AbstractValue(dtype.tangent, shape, weakType: dtype.isInexact && weakType) }
  public var strong: AbstractValue { AbstractValue(dtype, shape) }

  public func with(shape: Shape) -> AbstractValue { AbstractValue(dtype, shape, weakType: weakType) }
  public func with(dtype: DType, weakType: Bool = false) -> AbstractValue {
    AbstractValue(dtype, shape, weakType: weakType)
  }

  /// Same dtype and shape, weakness aside.
  public func matches(_ other: AbstractValue) -> Bool { dtype == other.dtype && shape == other.shape }
}

extension AbstractValue: CustomStringConvertible {
  /// As error messages and JAX's `ShapedArray` print it: `float32[5,3]`.
  public var description: String { "\(dtype.name)\(shape.text)" }
  /// As jaxprs print it: `f32[5,3]`.
  public var shortText: String { "\(dtype.shortName)\(shape.text)" }
  /// `~f32[]` where weak, as `jax.typeof` marks it.
  public var weakText: String { (weakType ? "~" : "") + shortText }
}
