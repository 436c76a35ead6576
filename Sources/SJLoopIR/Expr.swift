/// A node of a kernel's expression arena.
public struct ExprID: Hashable, Sendable {
  public let raw: Int32
  @inlinable public init(_ raw: Int) { self.raw = Int32(truncatingIfNeeded: raw) }
  @inlinable public var index: Int { Int(raw) }
}

/// The value of a parallel or sequential loop's counter.
public struct AxisID: Hashable, Sendable {
  public let raw: Int32
  public init(_ raw: Int) { self.raw = Int32(raw) }
  public var index: Int { Int(raw) }
}

public struct LoopID: Hashable, Sendable {
  public let raw: Int32
  public init(_ raw: Int) { self.raw = Int32(raw) }
  public var index: Int { Int(raw) }
}

public struct BufferID: Hashable, Sendable {
  public let raw: Int32
  public init(_ raw: Int) { self.raw = Int32(raw) }
  public var index: Int { Int(raw) }
}

/// Operations on one value. Names and order are those of the kernels' `SJ_UNARY_OPS`.
public enum UnaryOp: UInt8, CaseIterable, Sendable {
  case neg, abs, sign, floor, ceil, round, roundEven, trunc
  case sqrt, rsqrt, cbrt, exp, exp2, expm1, log, log1p, logistic
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
  case asinh, acosh, atanh, erf, erfc, erfInv, lgamma, digamma
  case besselI0e, besselI1e, not, popcount, clz, isFinite
  /// `log1p` with XLA's bits: in f64 it is less exact than ours below -0.29.
  case log1pXLA

  /// Whether the result is a boolean whatever the operand's type.
  public var isPredicate: Bool { self == .isFinite }
}

/// Operations on two values of one type; comparisons give `bool`.
/// Names and order are those of the kernels' `SJ_BINARY_OPS`, where their edge cases are defined.
public enum BinaryOp: UInt8, CaseIterable, Sendable {
  case add, sub, mul, div, rem, min, max, pow, atan2, nextafter
  case and, or, xor, shl, shrArithmetic, shrLogical
  case eq, ne, lt, le, gt, ge, ltTotal

  public var isPredicate: Bool { rawValue >= BinaryOp.eq.rawValue }
}

public enum TernaryOp: UInt8, CaseIterable, Sendable {
  /// `select(bool, onTrue, onFalse)`
  case select
  /// `a * b + c`, rounded once.
  case fma
  /// `min(max(x, low), high)` in the order (low, x, high).
  case clamp
}

/// One node. Operands are earlier nodes of the same arena; every node has one
/// `ScalarType`, kept beside it. Indices and axes are `i64`.
///
/// A node is evaluated wherever its value is needed inside the loops whose axes,
/// carries and results it mentions; nodes have no side effects.
public enum Expr: Hashable, Sendable {
  /// The bit pattern of a constant in the low bits.
  case constant(UInt64)
  /// The counter of a loop.
  case axis(AxisID)
  /// A loop's carried value at the start of an iteration.
  case carry(LoopID, Int)
  /// A loop's carried value after the loop.
  case result(LoopID, Int)
  /// In a combine region: carry `Int` of the left or right partial result.
  case partial(LoopID, Int, isRight: Bool)
  /// `buffer[index…]`, or `fill` where `mask` is false (then the index may be out of range).
  case load(BufferID, index: [ExprID], mask: ExprID?, fill: ExprID?)
  case unary(UnaryOp, ExprID)
  case binary(BinaryOp, ExprID, ExprID)
  case ternary(TernaryOp, ExprID, ExprID, ExprID)
  /// Value conversion as XLA's `convert`.
  case convert(ExprID)
  /// The same bits as another type of the same size.
  case bitcast(ExprID)
  /// Integer division and remainder rounding towards minus infinity by a positive constant: index arithmetic.
  case floorDiv(ExprID, Int)
  case floorMod(ExprID, Int)
}

extension Expr {
  /// Equal for equal expressions, and mostly not for others.
  var summary: UInt64 {
    func mixed(_ kind: UInt64, _ parts: Int...) -> UInt64 {
      parts.reduce(kind) { ($0 ^ UInt64(truncatingIfNeeded: $1)) &* 0x9E37_79B9_7F4A_7C15 ^ $0 >> 29 }
    }
    return switch self {
    case .constant(let bits): mixed(1, Int(truncatingIfNeeded: bits))
    case .axis(let axis): mixed(2, axis.index)
    case .carry(let loop, let i): mixed(3, loop.index, i)
    case .result(let loop, let i): mixed(4, loop.index, i)
    case .partial(let loop, let i, let isRight): mixed(5, loop.index, i, isRight ? 1 : 0)
    case .load(let buffer, let index, let mask, let fill):
      index.reduce(mixed(6, buffer.index, mask?.index ?? -1, fill?.index ?? -1)) { mixed($0, $1.index) }
    case .unary(let op, let a): mixed(7, Int(op.rawValue), a.index)
    case .binary(let op, let a, let b): mixed(8, Int(op.rawValue), a.index, b.index)
    case .ternary(let op, let a, let b, let c): mixed(9, Int(op.rawValue), a.index, b.index, c.index)
    case .convert(let a): mixed(10, a.index)
    case .bitcast(let a): mixed(11, a.index)
    case .floorDiv(let a, let divisor): mixed(12, a.index, divisor)
    case .floorMod(let a, let divisor): mixed(13, a.index, divisor)
    }
  }

  /// The same expression of other operands.
  func mapping(_ operand: (ExprID) -> ExprID) -> Expr {
    switch self {
    case .constant, .axis, .carry, .result, .partial: self
    case .load(let buffer, let index, let mask, let fill):
      .load(buffer, index: index.map(operand), mask: mask.map(operand), fill: fill.map(operand))
    case .unary(let op, let a): .unary(op, operand(a))
    case .binary(let op, let a, let b): .binary(op, operand(a), operand(b))
    case .ternary(let op, let a, let b, let c): .ternary(op, operand(a), operand(b), operand(c))
    case .convert(let a): .convert(operand(a))
    case .bitcast(let a): .bitcast(operand(a))
    case .floorDiv(let a, let divisor): .floorDiv(operand(a), divisor)
    case .floorMod(let a, let divisor): .floorMod(operand(a), divisor)
    }
  }

  /// Calls `body` for every operand.
  public func forEachOperand(_ body: (ExprID) -> Void) {
    switch self {
    case .constant, .axis, .carry, .result, .partial: break
    case .load(_, let index, let mask, let fill):
      index.forEach(body)
      if let mask { body(mask) }
      if let fill { body(fill) }
    case .unary(_, let a), .convert(let a), .bitcast(let a), .floorDiv(let a, _), .floorMod(let a, _):
      body(a)
    case .binary(_, let a, let b):
      body(a)
      body(b)
    case .ternary(_, let a, let b, let c):
      body(a)
      body(b)
      body(c)
    }
  }
}
