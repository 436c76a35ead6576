import SJCore
import SJLax
import SJTypes

// Padding in NumPy's modes.

/// How `NumPy.pad` fills.
public enum PadMode: String, Sendable, CaseIterable {
  case constant, edge, empty, maximum, mean, median, minimum, reflect, symmetric, wrap
  case linearRamp = "linear_ramp"

  init(named name: String) throws {
    guard let mode = PadMode(rawValue: name) else {
      let names = PadMode.allCases.map(\.rawValue).joined(separator: ", ")
      throw SJError(.unsupported, "Unimplemented padding mode '\(name)' for np.pad; there are \(names)")
    }
    self = mode
  }
}

extension NumPy {
  /// The array made larger at the ends of its axes.
  /// - Parameters:
  ///   - widths: one number, one pair (before, after), or a pair for each axis.
  ///   - values: what `constant` fills with and `linear_ramp` ends at, broadcast to [rank, 2]; 0 unless given.
  ///   - statLengths: of how many elements at the ends `maximum`, `mean`… are taken, as `widths`; all unless given.
  ///   - isOdd: whether `reflect` and `symmetric` go on past the edge in a straight line rather than turn back.
  public static func pad(
    _ x: Value, _ widths: [Int], mode: String = "constant", values: Value? = nil, statLengths: [Int]? = nil, isOdd: Bool = false
  ) throws -> Value {
    let mode = try PadMode(named: mode)
    let pairs = try padPairs(widths, x.rank, "pad_width")
    let lengths = try statLengths.map { try padPairs($0, x.rank, "stat_length") }
    let ends = try broadcastTo(converted(values ?? Lax.scalar(0, x.dtype), x.dtype), [x.rank, 2])
    return try pairs.enumerated().reduce(x) { result, entry in
      let (axis, width) = entry
      if width == (0, 0) { return result }
      if result.shape[axis] == 0, mode != .constant, mode != .empty {
        throw SJError(.invalidArgument, "Cannot apply '\(mode.rawValue)' padding to empty axis \(axis) of \(x.aval)")
      }
      return try padded(result, axis, width, mode, lengths?[axis], isOdd) { try pick(pick(ends, axis), $0) }
    }
  }

  private static func padPairs(_ numbers: [Int], _ rank: Int, _ name: String) throws -> [(Int, Int)] {
    guard numbers.allSatisfy({ $0 >= 0 }) else {
      throw SJError(.invalidArgument, "index can't contain negative values: \(name) is \(numbers)")
    }
    switch numbers.count {
    case 2 * rank where rank != 1: return (0..<rank).map { (numbers[2 * $0], numbers[2 * $0 + 1]) }
    case 1: return Array(repeating: (numbers[0], numbers[0]), count: rank)
    case 2: return Array(repeating: (numbers[0], numbers[1]), count: rank)
    default:
      throw SJError(.invalidArgument, "pad: \(name) must have 1, 2 or \(2 * rank) numbers for rank \(rank), got \(numbers)")
    }
  }

  private static func padded(
    _ x: Value, _ axis: Int, _ width: (Int, Int), _ mode: PadMode, _ lengths: (Int, Int)?, _ isOdd: Bool,
    _ end: (Int) throws -> Value
  ) throws -> Value {
    switch mode {
    case .constant, .empty:
      var config = Array(repeating: (0, 0, 0), count: x.rank)
      config[axis] = (width.0, 0, 0)
      let before = width.0 == 0 ? x : try Lax.pad(x, end(0), config)
      config[axis] = (0, width.1, 0)
      return width.1 == 0 ? before : try Lax.pad(before, end(1), config)
    case .linearRamp:
      return try framed(x, axis, width) { count, isAfter in
        let edge = try pick(x, isAfter ? -1 : 0, axis: axis)
        let ramp = try linspace(end(isAfter ? 1 : 0), edge, count, endpoint: false, dtype: x.dtype, axis: axis).values
        return isAfter ? try Lax.rev(ramp, [axis]) : ramp
      }
    case .maximum, .minimum, .mean, .median:
      return try framed(x, axis, width) { count, isAfter in
        try repeatEvenly(statistic(x, axis, mode, lengths, isAfter), count, axis: axis)
      }
    case .edge, .reflect, .symmetric, .wrap: return try continued(x, axis, width, mode, isOdd)
    }
  }

  /// The array between two fillings along an axis.
  private static func framed(
    _ x: Value, _ axis: Int, _ width: (Int, Int), _ filling: (_ count: Int, _ isAfter: Bool) throws -> Value
  ) throws -> Value {
    let before = try width.0 > 0 ? [filling(width.0, false)] : []
    let after = try width.1 > 0 ? [filling(width.1, true)] : []
    return try Lax.concatenate(before + [x] + after, dimension: axis)
  }

  private static func statistic(
    _ x: Value, _ axis: Int, _ mode: PadMode, _ lengths: (Int, Int)?, _ isAfter: Bool
  ) throws -> Value {
    let size = x.shape[axis]
    let count = Swift.min(size, lengths.map { isAfter ? $0.1 : $0.0 } ?? size)
    let part = try slice(x, isAfter ? (size - count)..<size : 0..<count, axis: axis)
    let result: Value =
      switch mode {
      case .maximum: try max(part, axis: [axis], keepdims: true)
      case .minimum: try min(part, axis: [axis], keepdims: true)
      case .mean: try mean(part, axis: [axis], keepdims: true)
      default: try median(part, axis: [axis], keepdims: true)
      }
    return try converted(x.dtype.isInteger ? rint(result) : result, x.dtype)
  }

  /// The modes that continue the array by its own elements: each place takes one of them.
  private static func continued(_ x: Value, _ axis: Int, _ width: (Int, Int), _ mode: PadMode, _ isOdd: Bool) throws -> Value {
    let size = x.shape[axis]
    // Mirrored at the last element or after it.
    let period = mode == .reflect ? Swift.max(size - 1, 1) : size
    let places = (-width.0..<(size + width.1)).map { place -> (source: Int, turns: Int) in
      switch mode {
      case .edge: return (Swift.min(Swift.max(place, 0), size - 1), 0)
      case .wrap: return (((place % size) + size) % size, 0)
      default:
        let turns = (place >= 0 ? place : place - period + 1) / period
        let rest = place - turns * period
        if mode == .reflect, size == 1 { return (0, turns) }
        return (turns % 2 == 0 ? rest : (mode == .reflect ? period : period - 1) - rest, turns)
      }
    }
    let taken = try take(x, positions(places.map(\.source)), axis: axis, mode: .clip)
    return isOdd ? try straightened(taken, x, axis, places.map(\.turns)) : taken
  }

  /// What was mirrored goes on in a straight line: with first and last elements f and l, after an even number q
  /// of turns x + q (l - f), after an odd one (q + 1) l - (q - 1) f - x.
  private static func straightened(_ taken: Value, _ x: Value, _ axis: Int, _ turns: [Int]) throws -> Value {
    func factors(_ value: (Int) -> Int) throws -> Value {
      try Lax.reshape(converted(positions(turns.map(value)), x.dtype), x.shape.indices.map { $0 == axis ? turns.count : 1 })
    }
    let first = try slice(x, 0..<1, axis: axis)
    let last = try slice(x, (x.shape[axis] - 1)..<x.shape[axis], axis: axis)
    let sign = try factors { $0 % 2 == 0 ? 1 : -1 }
    let ofLast = try factors { $0 % 2 == 0 ? $0 : $0 + 1 }
    let ofFirst = try factors { $0 % 2 == 0 ? $0 : $0 - 1 }
    return try taken * sign + last * ofLast - first * ofFirst
  }
}
