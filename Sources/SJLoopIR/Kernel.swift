/// A value carried from one iteration of a loop to the next.
public struct Carry: Hashable, Sendable {
  public var type: ScalarType
  /// The value before the first iteration.
  public var initial: ExprID
  /// The value after an iteration, in terms of `.carry` and the axis.
  public var next: ExprID

  public init(type: ScalarType, initial: ExprID, next: ExprID) {
    self.type = type
    self.initial = initial
    self.next = next
  }
}

/// How partial results of a reduction merge.
public struct Combine: Hashable, Sendable {
  /// Constants that leave the other side unchanged, one per carry.
  public var identity: [ExprID]
  /// The merged carries in terms of `.partial(loop, i, isRight:)`.
  public var merged: [ExprID]

  public init(identity: [ExprID], merged: [ExprID]) {
    self.identity = identity
    self.merged = merged
  }
}

/// A counted loop, `axis` = 0 ..< `extent`.
///
/// The `kind` fixes in which order carries meet, hence the bits of the result:
///
/// - `parallel`: no carries; iterations are independent and may run in any order, vectorised or on several threads.
/// - `sequential`: iterations in order, carries passed from one to the next (and stores in order).
/// - `lanes`: a reduction along contiguous data. Iterations form blocks of `reduceBlock`; within a block
///   lane j takes iterations i with i mod `reduceLanes` = j in order, each lane starting from the identity;
///   lanes j and j+16, then +8, +4, +2, +1 merge, the lower index on the left; block results merge by `tree` below.
/// - `blocks`: a reduction across rows. Iterations form blocks of `rowBlock`, each run in order from the
///   identity; block results merge by the same tree.
///
/// The tree over n partial results splits at the largest power of two below n:
/// `tree(p[0..<n]) = combine(tree(p[0..<h]), tree(p[h..<n]))`. (Merging like a binary counter
/// computes it in one pass.) The loop's result is `combine(initial, tree)`, or `initial` where the extent is 0.
public struct Loop: Hashable, Sendable {
  public enum Kind: UInt8, Sendable { case parallel, sequential, lanes, blocks }

  public static let reduceLanes = 32
  public static let reduceBlock = 4096
  public static let rowBlock = 256

  public var id: LoopID
  public var axis: AxisID
  public var extent: Int
  public var kind: Kind
  public var carries: [Carry]
  /// For `lanes` and `blocks`.
  public var combine: Combine?
  /// Stores and inner loops; they run before the carries advance.
  public var body: [Statement]

  public init(
    id: LoopID, axis: AxisID, extent: Int, kind: Kind, carries: [Carry] = [], combine: Combine? = nil,
    body: [Statement] = []
  ) {
    self.id = id
    self.axis = axis
    self.extent = extent
    self.kind = kind
    self.carries = carries
    self.combine = combine
    self.body = body
  }
}

/// `while condition { body; carries = next }` on scalars.
public struct WhileLoop: Hashable, Sendable {
  public var id: LoopID
  public var carries: [Carry]
  /// A `bool` in terms of the carries.
  public var condition: ExprID
  public var body: [Statement]

  public init(id: LoopID, carries: [Carry], condition: ExprID, body: [Statement] = []) {
    self.id = id
    self.carries = carries
    self.condition = condition
    self.body = body
  }
}

/// How a store meets what is already there (the order of the kernels' `sj_combine`).
public enum StoreCombine: UInt8, CaseIterable, Sendable { case none, add, mul, min, max, and, or }

public struct Store: Hashable, Sendable {
  public var buffer: BufferID
  public var index: [ExprID]
  public var value: ExprID
  /// No effect where false (then the index may be out of range).
  public var mask: ExprID?
  public var combine: StoreCombine

  public init(buffer: BufferID, index: [ExprID], value: ExprID, mask: ExprID? = nil, combine: StoreCombine = .none) {
    self.buffer = buffer
    self.index = index
    self.value = value
    self.mask = mask
    self.combine = combine
  }
}

public indirect enum Statement: Hashable, Sendable {
  case loop(Loop)
  case whileLoop(WhileLoop)
  case store(Store)
}

/// A loop nest over buffers: an arena of expressions and statements that use them.
///
/// Loads see what the buffers held before the kernel. A buffer that a kernel
/// stores may be loaded in it only
///
/// - at the very index of the store (in-place elementwise work): this, too, sees what was there before;
/// - or in loops behind the one that stores it, in the same iteration of the parallel loops around both, where that iteration has
///   stored all it may load: this sees what was stored. The row is *passed on*, and `passedOn` has the buffer.
///
/// So the order of loads and stores beside each other never matters; stores of one sequential loop happen in order.
public struct Kernel: Hashable, Sendable {
  /// For profiles and dumps: the primitives that went into it.
  public var name: String
  public var exprs: [Expr]
  public var types: [ScalarType]
  public var body: [Statement]
  public var axisCount: Int
  public var loopCount: Int
  /// Buffers that it loads after having stored them; all others it loads before.
  public var passedOn: Set<BufferID>

  public init(
    name: String, exprs: [Expr], types: [ScalarType], body: [Statement], axisCount: Int, loopCount: Int,
    passedOn: Set<BufferID> = []
  ) {
    self.name = name
    self.exprs = exprs
    self.types = types
    self.body = body
    self.axisCount = axisCount
    self.loopCount = loopCount
    self.passedOn = passedOn
  }

  @inlinable public subscript(id: ExprID) -> Expr { exprs[id.index] }
  @inlinable public func type(of id: ExprID) -> ScalarType { types[id.index] }
}
