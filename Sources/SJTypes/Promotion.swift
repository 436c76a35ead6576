/// JAX's type promotion lattice
/// (docs.jax.dev, "Type promotion semantics"): the join of two types that may
/// be weak, where weak types come from host scalars.
public struct PromotionType: Hashable, Sendable {
  public var dtype: DType
  public var weak: Bool

  public init(_ dtype: DType, weak: Bool = false) {
    self.dtype = dtype
    self.weak = weak
  }
}

/// The nodes of the lattice: every strong type and the three weak kinds `i*`, `f*`, `c*`.
private enum Node: UInt8, CaseIterable {
  case bool, weakInt, uint8, uint16, uint32, uint64, int8, int16, int32, int64
  case weakFloat, bfloat16, float16, float32, float64, weakComplex, complex64, complex128

  init?(_ type: PromotionType) {
    switch type.dtype {
    case .bool: self = .bool
    case .uint8: self = type.weak ? .weakInt : .uint8
    case .uint16: self = type.weak ? .weakInt : .uint16
    case .uint32: self = type.weak ? .weakInt : .uint32
    case .uint64: self = type.weak ? .weakInt : .uint64
    case .int8: self = type.weak ? .weakInt : .int8
    case .int16: self = type.weak ? .weakInt : .int16
    case .int32: self = type.weak ? .weakInt : .int32
    case .int64: self = type.weak ? .weakInt : .int64
    case .float16: self = type.weak ? .weakFloat : .float16
    case .bfloat16: self = type.weak ? .weakFloat : .bfloat16
    case .float32: self = type.weak ? .weakFloat : .float32
    case .float64: self = type.weak ? .weakFloat : .float64
    case .complex64: self = type.weak ? .weakComplex : .complex64
    case .complex128: self = type.weak ? .weakComplex : .complex128
    case .float0, .key: return nil
    }
  }

  /// The nodes directly above in the lattice.
  var parents: [Node] {
    switch self {
    case .bool: [.weakInt]
    case .weakInt: [.uint8, .int8]
    case .uint8: [.uint16, .int16]
    case .uint16: [.uint32, .int32]
    case .uint32: [.uint64, .int64]
    case .uint64: [.weakFloat]
    case .int8: [.int16]
    case .int16: [.int32]
    case .int32: [.int64]
    case .int64: [.weakFloat]
    case .weakFloat: [.bfloat16, .float16, .weakComplex]
    case .bfloat16, .float16: [.float32]
    case .float32: [.float64, .complex64]
    case .float64: [.complex128]
    case .weakComplex: [.complex64]
    case .complex64: [.complex128]
    case .complex128: []
    }
  }

  func promotion(x64: Bool) -> PromotionType {
    switch self {
    case .bool: PromotionType(.bool)
    case .weakInt: PromotionType(x64 ? .int64 : .int32, weak: true)
    case .weakFloat: PromotionType(x64 ? .float64 : .float32, weak: true)
    case .weakComplex: PromotionType(x64 ? .complex128 : .complex64, weak: true)
    case .uint8: PromotionType(.uint8)
    case .uint16: PromotionType(.uint16)
    case .uint32: PromotionType(.uint32)
    case .uint64: PromotionType(.uint64)
    case .int8: PromotionType(.int8)
    case .int16: PromotionType(.int16)
    case .int32: PromotionType(.int32)
    case .int64: PromotionType(.int64)
    case .bfloat16: PromotionType(.bfloat16)
    case .float16: PromotionType(.float16)
    case .float32: PromotionType(.float32)
    case .float64: PromotionType(.float64)
    case .complex64: PromotionType(.complex64)
    case .complex128: PromotionType(.complex128)
    }
  }
}

/// Row-major table of joins, computed once from the edges.
private let joins: [Node] = {
  let nodes = Node.allCases
  // A node and those above it, as bits.
  func above(_ node: Node) -> UInt64 { node.parents.reduce(1 << node.rawValue) { $0 | above($1) } }
  let upper = nodes.map(above)
  return nodes.flatMap { a in
    nodes.map { b in
      let common = upper[Int(a.rawValue)] & upper[Int(b.rawValue)]
      // The least common upper bound is the one that lies below all the others.
      return nodes.first { common & (1 << $0.rawValue) != 0 && common & ~upper[Int($0.rawValue)] == 0 }!
    }
  }
}()

extension PromotionType {
  /// The promoted type of two operands; nil where one is `float0` or a key and they differ.
  /// A weak result keeps the operands' own width when both are weak and of one kind.
  public func joined(with other: PromotionType, x64: Bool) -> PromotionType? {
    // A comparison of weak operands is a weak boolean; joins of those are strong.
    if dtype == other.dtype { return PromotionType(dtype, weak: weak && other.weak && dtype != .bool) }
    guard let a = Node(self), let b = Node(other) else { return nil }
    let join = joins[Int(a.rawValue) * Node.allCases.count + Int(b.rawValue)].promotion(x64: x64)
    return x64 ? join : PromotionType(join.dtype.narrowed, weak: join.weak)
  }
}
