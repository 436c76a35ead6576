import SJTypes

/// One element on its way out of a tensor.
public enum TensorElement {
  case integer(Int64)
  case unsigned(UInt64)
  case real(Double)
}

/// The Swift types of single elements: `Float`, `Double`, `Bool` and the integers.
public protocol TensorScalar: TensorData where Scalar == Self {
  /// The dtype whose elements look the same in memory.
  static var dtype: DType { get }
  /// The element, rounded; nil where it does not fit.
  init?(_ element: TensorElement)
}

extension TensorScalar {
  public static var depth: Int { 0 }
  public func appendScalars(to scalars: inout [Self], _ shape: inout Shape, depth: Int) throws { scalars.append(self) }
  public init(scalars: ArraySlice<Self>, shape: ArraySlice<Int>) { self = scalars.first! }

  /// The only element of a tensor: `Float(loss)`.
  /// - Throws: `shape` where there are several, `concretization` inside `jit` or `vmap`.
  public init(_ x: Tensor) throws { self = try x.item(as: Self.self) }
}

extension TensorScalar where Self: BinaryFloatingPoint {
  public init?(_ element: TensorElement) {
    switch element {
    case .integer(let value): self.init(value)
    case .unsigned(let value): self.init(value)
    case .real(let value): self.init(value)
    }
  }
}

extension TensorScalar where Self: FixedWidthInteger {
  public init?(_ element: TensorElement) {
    switch element {
    case .integer(let value): self.init(exactly: value)
    case .unsigned(let value): self.init(exactly: value)
    case .real(let value): self.init(exactly: value.rounded(.towardZero))
    }
  }
}

extension Float: TensorScalar { public static var dtype: DType { .float32 } }
extension Double: TensorScalar { public static var dtype: DType { .float64 } }
extension Int: TensorScalar { public static var dtype: DType { .int64 } }
extension Int8: TensorScalar { public static var dtype: DType { .int8 } }
extension Int16: TensorScalar { public static var dtype: DType { .int16 } }
extension Int32: TensorScalar { public static var dtype: DType { .int32 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }
extension UInt8: TensorScalar { public static var dtype: DType { .uint8 } }
extension UInt16: TensorScalar { public static var dtype: DType { .uint16 } }
extension UInt32: TensorScalar { public static var dtype: DType { .uint32 } }
extension UInt64: TensorScalar { public static var dtype: DType { .uint64 } }

extension Bool: TensorScalar {
  public static var dtype: DType { .bool }
  public init?(_ element: TensorElement) {
    switch element {
    case .integer(let value): self = value != 0
    case .unsigned(let value): self = value != 0
    case .real(let value): self = value != 0
    }
  }
}

/// What tensors are made of and turned into: scalars, arrays of them, arrays of arrays…
public protocol TensorData {
  associatedtype Scalar: TensorScalar
  /// How many arrays are nested in one another.
  static var depth: Int { get }
  /// Appends all scalars, and checks or sets the sizes of the axes from `depth` on.
  func appendScalars(to scalars: inout [Scalar], _ shape: inout Shape, depth: Int) throws
  /// From scalars in row-major order; their count fits the shape.
  init(scalars: ArraySlice<Scalar>, shape: ArraySlice<Int>)
}

extension Array: TensorData where Element: TensorData {
  public typealias Scalar = Element.Scalar
  public static var depth: Int { Element.depth + 1 }

  public func appendScalars(to scalars: inout [Scalar], _ shape: inout Shape, depth: Int) throws {
    if shape.count == depth { shape.append(count) }
    guard shape[depth] == count else {
      throw JAXError(
        .shape, "nested arrays must all have the same length: along axis \(depth) there are \(shape[depth]) and \(count) elements"
      )
    }
    if Element.depth == 0 { return scalars.append(contentsOf: self as! [Scalar]) }
    for element in self { try element.appendScalars(to: &scalars, &shape, depth: depth + 1) }
  }

  public init(scalars: ArraySlice<Scalar>, shape: ArraySlice<Int>) {
    if Element.depth == 0 {
      self = Array<Scalar>(scalars) as! [Element]
      return
    }
    let inner = shape.dropFirst()
    let stride = inner.reduce(1, *)
    self = (0..<shape.first!).map { row in
      let start = scalars.startIndex + row * stride
      return Element(scalars: scalars[start..<start + stride], shape: inner)
    }
  }

  /// The elements of a tensor with as many axes as arrays are nested: `[[Float]](x)`.
  /// - Throws: `shape` for another number of axes, `dtype` for elements that do not fit, `concretization` inside `jit` or `vmap`.
  public init(_ x: Tensor) throws {
    guard x.ndim == Self.depth else {
      throw JAXError(.shape, "a tensor of type \(x.value.aval) has \(x.ndim) axes, not the \(Self.depth) of \(Self.self)")
    }
    self.init(scalars: try x.scalars(as: Scalar.self)[...], shape: x.shape[...])
  }
}
