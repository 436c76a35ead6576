import SJTypes

// Bounds by interval analysis.

extension KernelVerifier {
  /// Every index lies within its axis, unless a mask may say otherwise.
  func checkBounds(_ index: [ExprID], _ shape: Shape, isMasked: Bool, _ name: @autoclosure () -> String) throws {
    if isMasked { return }
    for (axis, id) in index.enumerated() {
      if isWithin(ranges[id.index], shape[axis]) || isWithin(affineRange(id), shape[axis]) { continue }
      let known = (affineRange(id) ?? ranges[id.index]).map { "in \($0)" } ?? "unbounded"
      throw fault("\(name()): index %\(id.raw) of axis \(axis) is \(known)")
    }
  }

  private func isWithin(_ range: ClosedRange<Int>?, _ extent: Int) -> Bool {
    guard let range else { return false }
    return range.lowerBound >= 0 && range.upperBound < extent
  }

  /// Tighter than node by node where an axis occurs twice.
  private func affineRange(_ id: ExprID) -> ClosedRange<Int>? {
    affine.form(id).range { atom in
      if case .node(let node) = atom { ranges[node.index] } else { affine.axisRange(atom) }
    }
  }
}

/// The values that every integer node may take; nil where anything is possible.
func valueRanges(of kernel: Kernel) -> [ClosedRange<Int>?] {
  let extents = kernel.axisExtents
  var ranges: [ClosedRange<Int>?] = []
  ranges.reserveCapacity(kernel.exprs.count)
  for (expr, type) in zip(kernel.exprs, kernel.types) {
    var range = type.valueRange
    if let computed = computedRange(expr, type, extents, kernel, ranges), fits(computed, type) { range = computed }
    ranges.append(range)
  }
  return ranges
}

/// Wrapping arithmetic: a range that leaves the type says nothing.
private func fits(_ range: ClosedRange<Int>, _ type: ScalarType) -> Bool {
  guard let limits = type.valueRange else { return type == .i64 || type == .u64 && range.lowerBound >= 0 }
  return limits.lowerBound <= range.lowerBound && range.upperBound <= limits.upperBound
}

private func computedRange(
  _ expr: Expr, _ type: ScalarType, _ extents: [Int], _ kernel: Kernel, _ ranges: [ClosedRange<Int>?]
) -> ClosedRange<Int>? {
  func range(_ id: ExprID) -> ClosedRange<Int>? { ranges[id.index] }
  switch expr {
  case .constant(let bits):
    let unused = Int64(64 - 8 * type.size)
    let value = type.isSigned ? Int((Int64(bitPattern: bits) << unused) >> unused) : Int(clamping: bits)
    return value...value
  case .axis(let axis): return 0...max(extents[axis.index] - 1, 0)
  case .convert(let a): return kernel.type(of: a).isFloat ? nil : range(a)
  case .unary(.neg, let a):
    return range(a).flatMap { $0.lowerBound == .min ? nil : -$0.upperBound...(-$0.lowerBound) }
  case .binary(let op, let a, let b):
    guard let x = range(a), let y = range(b) else { return oneSidedRange(op, range(a), range(b)) }
    switch op {
    case .add: return combined(x, y) { $0.addingReportingOverflow($1) }
    case .sub: return combined(x, y) { $0.subtractingReportingOverflow($1) }
    case .mul: return combined(x, y) { $0.multipliedReportingOverflow(by: $1) }
    case .min: return min(x.lowerBound, y.lowerBound)...min(x.upperBound, y.upperBound)
    case .max: return max(x.lowerBound, y.lowerBound)...max(x.upperBound, y.upperBound)
    case .div where y.lowerBound > 0: return combined(x, y) { ($0 / $1, false) }
    case .rem where y.lowerBound > 0:
      return (x.lowerBound < 0 ? 1 - y.upperBound : 0)...(x.upperBound > 0 ? y.upperBound - 1 : 0)
    default: return nil
    }
  case .ternary(.select, _, let a, let b):
    guard let x = range(a), let y = range(b) else { return nil }
    return min(x.lowerBound, y.lowerBound)...max(x.upperBound, y.upperBound)
  case .ternary(.clamp, let low, let x, let high):
    guard let low = range(low), let high = range(high) else { return nil }
    let value = range(x) ?? Int.min...Int.max
    let bottom = min(max(value.lowerBound, low.lowerBound), high.lowerBound)
    return bottom...min(max(value.upperBound, low.upperBound), high.upperBound)
  case .floorDiv(let a, let divisor):
    return range(a).map { $0.lowerBound.floorDivided(by: divisor)...$0.upperBound.floorDivided(by: divisor) }
  case .floorMod(let a, let divisor):
    if let x = range(a), x.lowerBound >= 0, x.upperBound < divisor { return x }
    return 0...(divisor - 1)
  default: return nil
  }
}

/// What one operand alone tells of min, max and rem.
private func oneSidedRange(_ op: BinaryOp, _ a: ClosedRange<Int>?, _ b: ClosedRange<Int>?) -> ClosedRange<Int>? {
  guard let known = a ?? b else { return nil }
  switch op {
  case .min: return Int.min...known.upperBound
  case .max: return known.lowerBound...Int.max
  case .rem where b != nil && known.lowerBound > 0: return (1 - known.upperBound)...(known.upperBound - 1)
  default: return nil
  }
}

private func combined(
  _ x: ClosedRange<Int>, _ y: ClosedRange<Int>, _ op: (Int, Int) -> (partialValue: Int, overflow: Bool)
) -> ClosedRange<Int>? {
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

extension ScalarType {
  /// All values of a narrow integer type or bool.
  fileprivate var valueRange: ClosedRange<Int>? {
    switch self {
    case .bool: 0...1
    case .i8: Int(Int8.min)...Int(Int8.max)
    case .i16: Int(Int16.min)...Int(Int16.max)
    case .i32: Int(Int32.min)...Int(Int32.max)
    case .u8: 0...Int(UInt8.max)
    case .u16: 0...Int(UInt16.max)
    case .u32: 0...Int(UInt32.max)
    default: nil
    }
  }
}
