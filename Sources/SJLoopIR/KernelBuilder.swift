import SJTypes

/// Builds one kernel: an expression arena with value numbering, and statements
/// at the current nesting.
public final class KernelBuilder {
  public private(set) var exprs: [Expr] = []
  public private(set) var types: [ScalarType] = []
  /// Known bounds of index expressions (inclusive); nil where unknown.
  private var ranges: [ClosedRange<Int>?] = []
  private var numbering: [NumberingKey: ExprID] = [:]
  /// What `widened` found.
  private var indices: [ExprID: ExprID?] = [:]
  private var blocks: [[Statement]] = [[]]
  private var axisCount = 0
  private var loopCount = 0
  /// What the kernel loads after having stored it.
  public var passedOn: Set<BufferID> = []

  private struct NumberingKey: Hashable {
    let expr: Expr
    let type: ScalarType

    /// A word made from the parts, for that many would each take as long as the rest of the search.
    func hash(into hasher: inout Hasher) { hasher.combine(expr.summary &* 31 &+ UInt64(type.rawValue)) }
  }

  public init() {}

  /// Goes on with a kernel's expressions; its statements are the caller's.
  init(continuing kernel: Kernel) {
    exprs = kernel.exprs
    types = kernel.types
    ranges = Array(repeating: nil, count: exprs.count)
    axisCount = kernel.axisCount
    loopCount = kernel.loopCount
    passedOn = kernel.passedOn
    for (i, expr) in exprs.enumerated() { numbering[NumberingKey(expr: expr, type: types[i])] = ExprID(i) }
  }

  public func finish(name: String) -> Kernel { finish(name: name, body: blocks[0]) }

  func finish(name: String, body: [Statement]) -> Kernel {
    Kernel(
      name: name, exprs: exprs, types: types, body: body, axisCount: axisCount, loopCount: loopCount, passedOn: passedOn)
  }

  /// The axis of a new loop, whose counter stays below the extent.
  func newAxis(extent: Int) -> AxisID {
    axisCount += 1
    let axis = AxisID(axisCount - 1)
    _ = node(.axis(axis), .i64, range: 0...max(extent - 1, 0))
    return axis
  }

  func newLoop() -> LoopID {
    loopCount += 1
    return LoopID(loopCount - 1)
  }

  public func type(of id: ExprID) -> ScalarType { types[id.index] }
  public func range(of id: ExprID) -> ClosedRange<Int>? { ranges[id.index] }

  /// The node, shared with an equal earlier one.
  public func node(_ expr: Expr, _ type: ScalarType, range: ClosedRange<Int>? = nil) -> ExprID {
    let key = NumberingKey(expr: expr, type: type)
    if let known = numbering[key] { return known }
    let id = ExprID(exprs.count)
    exprs.append(expr)
    types.append(type)
    ranges.append(range)
    numbering[key] = id
    return id
  }

  public func emit(_ statement: Statement) { blocks[blocks.count - 1].append(statement) }

  // MARK: Values

  public func constant(bits: UInt64, _ type: ScalarType) -> ExprID { node(.constant(bits), type) }
  public func bool(_ value: Bool) -> ExprID { constant(bits: value ? 1 : 0, .bool) }

  /// An integer constant of any integer, bool or float type.
  public func constant(_ value: Int, _ type: ScalarType) -> ExprID {
    switch type {
    case .f32: constant(bits: UInt64(Float(value).bitPattern), type)
    case .f64: constant(bits: Double(value).bitPattern, type)
    case .f16, .bf16: convert(constant(value, .f32), to: type)
    case .bool: bool(value != 0)
    case .i64: node(.constant(UInt64(bitPattern: Int64(value))), type, range: value...value)
    default: constant(bits: UInt64(bitPattern: Int64(value)) & (UInt64.max >> UInt64(64 - 8 * type.size)), type)
    }
  }

  /// A real constant, rounded to the type.
  public func constant(_ value: Double, _ type: ScalarType) -> ExprID {
    switch type {
    case .f32: constant(bits: UInt64(Float(value).bitPattern), type)
    case .f64: constant(bits: value.bitPattern, type)
    case .f16, .bf16: convert(constant(value, .f32), to: type)
    default: constant(Int(value), type)
    }
  }

  public func unary(_ op: UnaryOp, _ a: ExprID) -> ExprID {
    node(.unary(op, a), op.isPredicate ? .bool : type(of: a))
  }

  public func binary(_ op: BinaryOp, _ a: ExprID, _ b: ExprID) -> ExprID {
    // Multiplying and dividing by one changes no bit; the seeds of gradients are ones.
    if op == .mul || op == .div, isOne(b) { return a }
    if op == .mul, isOne(a) { return b }
    return node(.binary(op, a, b), op.isPredicate ? .bool : type(of: a))
  }

  private func isOne(_ id: ExprID) -> Bool {
    guard case .constant(let bits) = exprs[id.index] else { return false }
    return switch types[id.index] {
    case .f32: bits == UInt64(Float(1).bitPattern)
    case .f64: bits == Double(1).bitPattern
    default: false
    }
  }

  public func ternary(_ op: TernaryOp, _ a: ExprID, _ b: ExprID, _ c: ExprID) -> ExprID {
    node(.ternary(op, a, b, c), type(of: b))
  }

  public func select(_ condition: ExprID, _ a: ExprID, _ b: ExprID) -> ExprID {
    if a == b { return a }
    if case .constant(let bits) = exprs[condition.index] { return bits != 0 ? a : b }
    return ternary(.select, condition, a, b)
  }

  public func and(_ a: ExprID?, _ b: ExprID?) -> ExprID? {
    guard let a else { return b }
    guard let b else { return a }
    return a == b ? a : binary(.and, a, b)
  }

  public func convert(_ a: ExprID, to type: ScalarType) -> ExprID {
    let from = self.type(of: a)
    if from == type { return a }
    if type == .i64, let index = widened(a) { return index }
    let range: ClosedRange<Int>? = type == .i64 ? knownRange(ofType: from) : nil
    return node(.convert(a), type, range: range)
  }

  public func bitcast(_ a: ExprID, to type: ScalarType) -> ExprID {
    self.type(of: a) == type ? a : node(.bitcast(a), type)
  }

  private func knownRange(ofType type: ScalarType) -> ClosedRange<Int>? {
    switch type {
    case .bool: 0...1
    case .i8: -128...127
    case .i16: -32768...32767
    case .i32: Int(Int32.min)...Int(Int32.max)
    case .u8: 0...255
    case .u16: 0...65535
    case .u32: 0...Int(UInt32.max)
    default: nil
    }
  }

  public func load(
    _ buffer: BufferID, _ type: ScalarType, at index: [ExprID], mask: ExprID? = nil, fill: ExprID? = nil
  ) -> ExprID {
    node(.load(buffer, index: index, mask: mask, fill: fill), type)
  }

  public func store(
    _ value: ExprID, to buffer: BufferID, at index: [ExprID], mask: ExprID? = nil, combine: StoreCombine = .none
  ) {
    emit(.store(Store(buffer: buffer, index: index, value: value, mask: mask, combine: combine)))
  }

  // MARK: Loops

  /// Emits a loop and returns the carries' final values. `body` gets the counter
  /// and the carries, and gives their next values.
  @discardableResult
  public func loop(
    _ extent: Int, _ kind: Loop.Kind, carries initial: [ExprID] = [],
    combine: (identity: [ExprID], merge: (_ left: [ExprID], _ right: [ExprID]) -> [ExprID])? = nil,
    _ body: (_ axis: ExprID, _ carries: [ExprID]) throws -> [ExprID]
  ) rethrows -> [ExprID] {
    let id = newLoop()
    let axis = newAxis(extent: extent)
    let carryTypes = initial.map { type(of: $0) }
    let counter = node(.axis(axis), .i64)
    let carried = carryTypes.indices.map { node(.carry(id, $0), carryTypes[$0]) }
    blocks.append([])
    let next: [ExprID]
    do { next = try body(counter, carried) } catch {
      blocks.removeLast()
      throw error
    }
    let statements = blocks.removeLast()
    let region = combine.map { combine in
      Combine(
        identity: combine.identity,
        merged: combine.merge(
          carryTypes.indices.map { node(.partial(id, $0, isRight: false), carryTypes[$0]) },
          carryTypes.indices.map { node(.partial(id, $0, isRight: true), carryTypes[$0]) }))
    }
    emit(
      .loop(
        Loop(
          id: id, axis: axis, extent: extent, kind: kind,
          carries: carryTypes.indices.map { Carry(type: carryTypes[$0], initial: initial[$0], next: next[$0]) },
          combine: region, body: statements)))
    return carryTypes.indices.map { node(.result(id, $0), carryTypes[$0]) }
  }

  /// A nest of parallel loops over `shape`.
  public func parallel(_ shape: Shape, _ body: (_ index: [ExprID]) throws -> Void) rethrows {
    try nest(shape, [], body)
  }

  private func nest(_ shape: Shape, _ index: [ExprID], _ body: ([ExprID]) throws -> Void) rethrows {
    if index.count == shape.count { return try body(index) }
    if shape[index.count] == 1 { return try nest(shape, index + [self.index(0)], body) }
    try loop(shape[index.count], .parallel) { axis, _ in
      try nest(shape, index + [axis], body)
      return []
    }
  }

  /// `while condition(carries) { carries = body(carries) }` on scalars.
  public func whileLoop(
    _ initial: [ExprID], condition: ([ExprID]) throws -> ExprID, body: ([ExprID]) throws -> [ExprID]
  ) rethrows -> [ExprID] {
    let id = newLoop()
    let carryTypes = initial.map { type(of: $0) }
    let carried = carryTypes.indices.map { node(.carry(id, $0), carryTypes[$0]) }
    let test = try condition(carried)
    blocks.append([])
    let next: [ExprID]
    do { next = try body(carried) } catch {
      blocks.removeLast()
      throw error
    }
    let statements = blocks.removeLast()
    emit(
      .whileLoop(
        WhileLoop(
          id: id,
          carries: carryTypes.indices.map { Carry(type: carryTypes[$0], initial: initial[$0], next: next[$0]) },
          condition: test, body: statements)))
    return carryTypes.indices.map { node(.result(id, $0), carryTypes[$0]) }
  }

  // MARK: Index arithmetic

  /// A narrow integer as an index, computed in index arithmetic, of which more is known; nil where it may wrap.
  private func widened(_ id: ExprID) -> ExprID? {
    if let known = indices[id] { return known }
    let result = findWidened(id)
    indices[id] = result
    return result
  }

  private func findWidened(_ id: ExprID) -> ExprID? {
    let type = types[id.index]
    guard type.isSigned, type != .i64, let limits = knownRange(ofType: type) else { return nil }
    func fitting(_ index: ExprID) -> ExprID? {
      guard let range = ranges[index.index] else { return nil }
      return limits.contains(range.lowerBound) && limits.contains(range.upperBound) ? index : nil
    }
    switch exprs[id.index] {
    case .constant(let bits):
      let unused = UInt64(64 - 8 * type.size)
      return index(Int(Int64(bitPattern: bits << unused) >> Int64(unused)))
    case .convert(let a) where types[a.index] == .i64: return fitting(a)
    case .binary(.add, let a, let b):
      guard let x = widened(a), let y = widened(b) else { return nil }
      return fitting(addIndex(x, y))
    case .binary(.sub, let a, let b):
      guard let x = widened(a), let y = widened(b) else { return nil }
      return fitting(addIndex(x, mulIndex(y, -1)))
    case .binary(.mul, let a, let b):
      guard let x = widened(a), let y = widened(b), let factor = constantIndex(y) ?? constantIndex(x) else { return nil }
      return fitting(mulIndex(constantIndex(y) == nil ? y : x, factor))
    // Negative indices count from the end.
    case .ternary(.select, let condition, let a, let b):
      guard case .binary(.lt, let x, let y) = exprs[condition.index], let x = widened(x), let y = widened(y),
        let left = ranges[x.index], let right = ranges[y.index]
      else { return nil }
      if left.upperBound < right.lowerBound { return widened(a) }
      return left.lowerBound >= right.upperBound ? widened(b) : nil
    default: return nil
    }
  }

  public func index(_ value: Int) -> ExprID { constant(value, .i64) }

  /// The value of a constant index.
  public func constantIndex(_ id: ExprID) -> Int? {
    guard case .constant(let bits) = exprs[id.index], types[id.index] == .i64 else { return nil }
    return Int(Int64(bitPattern: bits))
  }

  public func addIndex(_ a: ExprID, _ b: ExprID) -> ExprID {
    if let x = constantIndex(a), let y = constantIndex(b) { return index(x + y) }
    if constantIndex(a) == 0 { return b }
    if constantIndex(b) == 0 { return a }
    let bounds = combineRanges(a, b) { ($0.addingReportingOverflow($1)) }
    return node(.binary(.add, a, b), .i64, range: bounds)
  }

  public func addIndex(_ a: ExprID, _ b: Int) -> ExprID { addIndex(a, index(b)) }

  public func mulIndex(_ a: ExprID, _ factor: Int) -> ExprID {
    if factor == 1 { return a }
    if factor == 0 { return index(0) }
    if let x = constantIndex(a) { return index(x * factor) }
    let bounds = combineRanges(a, index(factor)) { ($0.multipliedReportingOverflow(by: $1)) }
    return node(.binary(.mul, a, index(factor)), .i64, range: bounds)
  }

  private func combineRanges(
    _ a: ExprID, _ b: ExprID, _ op: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) -> ClosedRange<Int>? {
    guard let x = ranges[a.index], let y = ranges[b.index] else { return nil }
    var values: [Int] = []
    for p in [x.lowerBound, x.upperBound] {
      for q in [y.lowerBound, y.upperBound] {
        let (value, overflow) = op(p, q)
        if overflow { return nil }
        values.append(value)
      }
    }
    return values.min()!...values.max()!
  }

  /// `floor(a / divisor)` for a positive divisor, using what is known of `a`.
  public func floorDiv(_ a: ExprID, _ divisor: Int) -> ExprID {
    if divisor == 1 { return a }
    let (quotient, rest) = split(a, by: divisor)
    guard let rest else { return quotient }
    if let known = ranges[rest.index], known.lowerBound >= 0, known.upperBound < divisor { return quotient }
    let bounds = ranges[rest.index].map { floorDivide($0.lowerBound, divisor)...floorDivide($0.upperBound, divisor) }
    return addIndex(quotient, node(.floorDiv(rest, divisor), .i64, range: bounds))
  }

  /// `a mod divisor`, in 0 ..< divisor.
  public func floorMod(_ a: ExprID, _ divisor: Int) -> ExprID {
    if divisor == 1 { return index(0) }
    let (_, rest) = split(a, by: divisor)
    guard let rest else { return index(0) }
    if let known = ranges[rest.index], known.lowerBound >= 0, known.upperBound < divisor { return rest }
    return node(.floorMod(rest, divisor), .i64, range: 0...(divisor - 1))
  }

  private func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((-a + b - 1) / b) }

  /// Splits a sum into `quotient * divisor + rest`; rest nil where it is zero.
  private func split(_ a: ExprID, by divisor: Int) -> (quotient: ExprID, rest: ExprID?) {
    var quotient = index(0)
    var rest = index(0)
    func visit(_ id: ExprID) {
      switch exprs[id.index] {
      case .binary(.add, let x, let y):
        visit(x)
        visit(y)
      case .binary(.mul, let x, let y):
        if let factor = constantIndex(y), factor % divisor == 0 {
          quotient = addIndex(quotient, mulIndex(x, factor / divisor))
        } else {
          rest = addIndex(rest, id)
        }
      case .constant:
        let value = constantIndex(id)!
        let q = floorDivide(value, divisor)
        quotient = addIndex(quotient, q)
        rest = addIndex(rest, value - q * divisor)
      default:
        rest = addIndex(rest, id)
      }
    }
    visit(a)
    return (quotient, constantIndex(rest) == 0 ? nil : rest)
  }

  /// `min(max(a, low), high)` of an index.
  public func clampIndex(_ a: ExprID, _ low: Int, _ high: Int) -> ExprID {
    if let known = ranges[a.index], known.lowerBound >= low, known.upperBound <= high { return a }
    return node(.ternary(.clamp, index(low), a, index(high)), .i64, range: low...max(high, low))
  }

  /// `low <= a < high`, or nil where that is known to hold.
  public func inBounds(_ a: ExprID, _ low: Int, _ high: Int) -> ExprID? {
    let known = ranges[a.index]
    let aboveLow = known.map { $0.lowerBound >= low } ?? false
    let belowHigh = known.map { $0.upperBound < high } ?? false
    return and(
      aboveLow ? nil : binary(.ge, a, index(low)),
      belowHigh ? nil : binary(.lt, a, index(high)))
  }

  /// The row-major position of an index within a shape.
  public func linearIndex(_ position: [ExprID], in shape: Shape) -> ExprID {
    let strides = shape.rowMajorStrides
    return zip(position, strides).reduce(index(0)) { addIndex($0, mulIndex($1.0, $1.1)) }
  }

  /// The index within a shape of a row-major position.
  public func unravel(_ linear: ExprID, into shape: Shape) -> [ExprID] {
    let strides = shape.rowMajorStrides
    return shape.indices.map { axis in
      if shape[axis] <= 1 { return index(0) }
      let quotient = floorDiv(linear, strides[axis])
      return floorMod(quotient, shape[axis])
    }
  }
}
