import SJCore
import SJLax
import SJNumPy

/// One item of an index `x[items…]`: an integer, a range, a stride, a tensor of integers or booleans, `.newAxis`, `.ellipsis`.
///
/// Negative positions count from the end: `x[-1]`, `x[..<(-1)]`. Swift's ranges must rise, hence a slice from
/// a positive to a negative position is `.slice(1, -1)`.
public protocol TensorIndex {
  /// The item as the engine takes it.
  var indexItem: TensorIndexItem { get }
}

/// An item of an index in the engine's form.
public struct TensorIndexItem: TensorIndex {
  let item: IndexItem

  init(_ item: IndexItem) { self.item = item }

  init(_ start: Int?, _ stop: Int?, _ step: Int? = nil) { item = .slice(start: start, stop: stop, step: step) }

  public var indexItem: TensorIndexItem { self }
}

extension TensorIndex where Self == TensorIndexItem {
  /// An axis of size 1 that is put in here.
  public static var newAxis: TensorIndexItem { TensorIndexItem(.newAxis) }
  /// As many whole axes as the other items leave.
  public static var ellipsis: TensorIndexItem { TensorIndexItem(.ellipsis) }
  /// The whole axis, Python's `:`.
  public static var all: TensorIndexItem { TensorIndexItem(.all) }
  /// Python's `start:stop:step`.
  public static func slice(_ start: Int?, _ stop: Int?, _ step: Int? = nil) -> TensorIndexItem {
    TensorIndexItem(start, stop, step)
  }
}

extension Int: TensorIndex {
  public var indexItem: TensorIndexItem { TensorIndexItem(.integer(self)) }
}

extension Tensor: TensorIndex {
  public var indexItem: TensorIndexItem { TensorIndexItem(.array(value)) }
}

extension Range: TensorIndex where Bound == Int {
  public var indexItem: TensorIndexItem { TensorIndexItem(lowerBound, upperBound) }
}

extension ClosedRange: TensorIndex where Bound == Int {
  public var indexItem: TensorIndexItem { TensorIndexItem(lowerBound, end(after: upperBound)) }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
  public var indexItem: TensorIndexItem { TensorIndexItem(lowerBound, nil) }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
  public var indexItem: TensorIndexItem { TensorIndexItem(nil, upperBound) }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
  public var indexItem: TensorIndexItem { TensorIndexItem(nil, end(after: upperBound)) }
}

/// `stride(from: 9, to: 0, by: -2)`: these very positions.
extension StrideTo: TensorIndex where Element == Int {
  public var indexItem: TensorIndexItem { positions(self) }
}

extension StrideThrough: TensorIndex where Element == Int {
  public var indexItem: TensorIndexItem { positions(self) }
}

/// The end of a slice whose last position is given; after -1 there is none.
private func end(after last: Int) -> Int? { last == -1 || last == .max ? nil : last + 1 }

private func positions(_ stride: some Sequence<Int>) -> TensorIndexItem {
  let all = Array(stride)
  guard let first = all.first else { return TensorIndexItem(0, 0) }
  let step = all.count > 1 ? all[1] - first : 1
  let stop = all[all.count - 1] + step.signum()
  return TensorIndexItem(first, stop < 0 && step < 0 ? nil : stop, step)
}

/// What to do with positions out of range.
public enum IndexMode: Sendable {
  /// The nearest position.
  case clip
  /// Reads give the fill value (NaN, or the smallest integer, unless given), updates are dropped.
  case fillOrDrop
  /// There are none; anything may happen if there are.
  case promiseInBounds

  var mode: GatherScatterMode {
    switch self {
    case .clip: .clip
    case .fillOrDrop: .fillOrDrop
    case .promiseInBounds: .promiseInBounds
    }
  }
}
