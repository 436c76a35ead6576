import SJLoopIR
import SJTypes

/// One element of a tensor inside a kernel: a scalar, or the two scalars of a
/// complex number or key. 16-bit floats appear as the `f32` that holds them.
public enum Element {
  case scalar(ExprID)
  case pair(ExprID, ExprID)

  /// The scalar of a type that has one component.
  public var scalar: ExprID {
    switch self {
    case .scalar(let value), .pair(let value, _): value
    }
  }
  /// Both components of a type that has two.
  public var pair: (ExprID, ExprID) {
    switch self {
    case .scalar(let value): (value, value)
    case .pair(let first, let second): (first, second)
    }
  }
}

/// Gives the element at an index; called inside the kernel that consumes the tensor.
public typealias ElementFunction = (_ kernel: KernelBuilder, _ index: [ExprID]) throws -> Element

/// A tensor while a jaxpr is lowered: memory, or a formula that its consumer
/// evaluates in place. Formulas are how producers fuse into consumers: shape
/// operations only remap indices and elementwise operations only add nodes.
public final class Lowered {
  public enum Source {
    case buffer(BufferID)
    /// `cost` counts the operations that one element takes.
    case formula(ElementFunction, cost: Int)
  }

  public let dtype: DType
  public let shape: Shape
  public let source: Source

  public init(_ dtype: DType, _ shape: Shape, _ source: Source) {
    self.dtype = dtype
    self.shape = shape
    self.source = source
  }

  public convenience init(_ aval: AbstractValue, cost: Int, _ element: @escaping ElementFunction) {
    self.init(aval.dtype, aval.shape, .formula(element, cost: cost))
  }

  public var buffer: BufferID? { if case .buffer(let id) = source { id } else { nil } }
  public var cost: Int { if case .formula(_, let cost) = source { cost } else { 0 } }

  /// A scalar formula that remembers its value within a kernel, so that sharing
  /// does not multiply the work of building it.
  func computedOnce() -> Lowered {
    guard case .formula(let element, let cost) = source, shape.isEmpty else { return self }
    // The kernel itself: the identifier of one that is gone may be another's.
    var last: (kernel: KernelBuilder, element: Element)?
    return Lowered(
      dtype, shape,
      .formula(
        { kernel, index in
          if let last, last.kernel === kernel { return last.element }
          let value = try element(kernel, index)
          last = (kernel, value)
          return value
        }, cost: cost))
  }

  /// The element at `index`, as an expression of `kernel`.
  public func element(_ kernel: KernelBuilder, _ index: [ExprID]) throws -> Element {
    switch source {
    case .formula(let element, _): return try element(kernel, index)
    case .buffer(let id):
      let type = dtype.scalar
      func load(_ position: [ExprID]) -> ExprID {
        kernel.convert(kernel.load(id, type, at: position), to: type.arithmetic)
      }
      if dtype.componentCount == 1 { return .scalar(load(index)) }
      return .pair(load(index + [kernel.index(0)]), load(index + [kernel.index(1)]))
    }
  }
}

extension KernelBuilder {
  /// Rounds an `f32` to the 16-bit float it stands for; other types pass.
  public func rounded(_ value: ExprID, to dtype: DType) -> ExprID {
    let storage = dtype.scalar
    if storage.arithmetic == storage { return value }
    return convert(convert(value, to: storage), to: storage.arithmetic)
  }

  /// Stores an element of a tensor whose buffer has the components as its last axis.
  public func store(
    _ element: Element, _ dtype: DType, to buffer: BufferID, at index: [ExprID], mask: ExprID? = nil,
    combine: StoreCombine = .none
  ) {
    let type = dtype.scalar
    switch element {
    case .scalar(let value):
      store(convert(value, to: type), to: buffer, at: index, mask: mask, combine: combine)
    case .pair(let first, let second):
      store(convert(first, to: type), to: buffer, at: index + [self.index(0)], mask: mask, combine: combine)
      store(convert(second, to: type), to: buffer, at: index + [self.index(1)], mask: mask, combine: combine)
    }
  }

  /// The zero of a dtype.
  public func zero(_ dtype: DType) -> Element { element(0, dtype) }

  /// An integer as an element of a dtype.
  public func element(_ value: Int, _ dtype: DType) -> Element {
    let type = dtype.scalar.arithmetic
    if dtype.componentCount == 1 { return .scalar(constant(value, type)) }
    return .pair(constant(value, type), constant(0, type))
  }

  public func select(_ condition: ExprID, _ a: Element, _ b: Element) -> Element {
    switch (a, b) {
    case (.pair(let x, let y), .pair(let z, let w)): .pair(select(condition, x, z), select(condition, y, w))
    default: .scalar(select(condition, a.scalar, b.scalar))
    }
  }
}

extension AbstractValue {
  /// The shape of the buffer of scalars that holds such a value.
  public var storageShape: Shape { dtype.componentCount == 1 ? shape : shape + [dtype.componentCount] }
}
