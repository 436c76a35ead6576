import SJCore
import SJLax
import SJTypes

/// One item of an index `x[items…]`, as NumPy has them.
public enum IndexItem {
  case integer(Int)
  /// `start:stop:step`, nil where left out.
  case slice(start: Int?, stop: Int?, step: Int?)
  case newAxis
  case ellipsis
  /// Integers, or booleans (whose values must be known).
  case array(Value)

  public static let all = IndexItem.slice(start: nil, stop: nil, step: nil)

  /// How many axes of the operand it takes up.
  var axisCount: Int {
    switch self {
    case .integer, .slice: 1
    case .newAxis, .ellipsis: 0
    case .array(let array): array.dtype == .bool ? array.rank : 1
    }
  }
}

extension NumPy {
  /// `x[items…]`. Indices out of range are clamped.
  public static func index(_ x: Value, _ items: [IndexItem]) throws -> Value {
    let plan = try IndexPlan(items, x)
    guard plan.isBasic else { return try plan.gathered(x, mode: .clip, fillValue: nil) }
    return try plan.sliced(x, basicIntegers(items, x))
  }

  /// The integers of a basic index, with their axes.
  private static func basicIntegers(_ items: [IndexItem], _ x: Value) -> [(axis: Int, value: Int)] {
    let count = items.filter { if case .newAxis = $0 { false } else if case .ellipsis = $0 { false } else { true } }.count
    var axis = 0
    var result: [(Int, Int)] = []
    for item in items {
      switch item {
      case .integer(let value):
        result.append((axis, value < 0 ? value + x.shape[axis] : value))
        axis += 1
      case .slice, .array: axis += 1
      case .ellipsis: axis += x.rank - count
      case .newAxis: break
      }
    }
    return result
  }

  /// What `x.at[items…]` can do.
  public enum AtOperation: Int32, Sendable { case set, add, multiply, divide, power, min, max }

  /// `x.at[items…].get(mode:fillValue:)`.
  public static func atGet(
    _ x: Value, _ items: [IndexItem], mode: GatherScatterMode = .clip, fillValue: FillValue? = nil
  ) throws -> Value {
    try IndexPlan(items, x).gathered(x, mode: mode, fillValue: fillValue)
  }

  /// A copy of `x` with the indexed elements combined with `y`; updates out of range are dropped unless `mode` says otherwise.
  public static func at(
    _ x: Value, _ items: [IndexItem], _ operation: AtOperation, _ y: Value, mode: GatherScatterMode = .fillOrDrop,
    indicesAreSorted: Bool = false, uniqueIndices: Bool = false
  ) throws -> Value {
    if operation == .divide {
      let ones = try Lax.onesLike(x)
      return try divide(x, at(ones, items, .multiply, y, mode: mode))
    }
    if operation == .power {
      let ones = try Lax.ones(x.shape, y.dtype == .bool ? .int32 : y.dtype)
      let exponents = try at(ones, items, .multiply, y, mode: mode)
      return try Lax.convertElementType(power(x, exponents), x.dtype)
    }
    let y = try Lax.convertElementType(y, x.dtype)
    let scatter =
      switch operation {
      case .set: Lax.scatter
      case .add: Lax.scatterAdd
      case .multiply: Lax.scatterMul
      case .min: Lax.scatterMin
      default: Lax.scatterMax
      }
    return try IndexPlan(items, x).scattered(y) { vectors, updates, dimensions in
      try scatter(x, vectors, updates, dimensions, indicesAreSorted, uniqueIndices, mode)
    }
  }
}
