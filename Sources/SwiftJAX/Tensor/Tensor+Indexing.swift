import SJCore
import SJLax
import SJNumPy

extension Tensor {
  /// The elements at an index, by NumPy's rules: `x[0]`, `x[1..<3, 0]`, `x[..., .newAxis]`, `x[mask]`.
  ///
  /// Positions out of range are clamped. There is no assignment: `x.at[0, 0].set(3)` gives a changed copy.
  /// - Throws: `invalidArgument` for too many items or a zero step, `dtype` for an index that is no integer.
  public subscript<each Item: TensorIndex>(_ items: repeat each Item) -> Tensor {
    get throws { Tensor(try SJNumPy.NumPy.index(value, indexItems(repeat each items))) }
  }

  /// `x[..., items]`
  public subscript<each Item: TensorIndex>(_ rest: UnboundedRange, _ items: repeat each Item) -> Tensor {
    get throws { Tensor(try SJNumPy.NumPy.index(value, [.ellipsis] + indexItems(repeat each items))) }
  }

  /// `x[item, ..., items]`
  public subscript<First: TensorIndex, each Item: TensorIndex>(
    _ first: First, _ rest: UnboundedRange, _ items: repeat each Item
  ) -> Tensor {
    get throws {
      Tensor(try SJNumPy.NumPy.index(value, [first.indexItem.item, .ellipsis] + indexItems(repeat each items)))
    }
  }

  /// Changed copies: `x.at[1...].add(5)`.
  public var at: TensorAt { TensorAt(x: value) }
}

private func indexItems<each Item: TensorIndex>(_ items: repeat each Item) -> [IndexItem] {
  var result: [IndexItem] = []
  for item in repeat each items { result.append(item.indexItem.item) }
  return result
}

/// `x.at`, which waits for an index.
public struct TensorAt {
  let x: Value

  public subscript<each Item: TensorIndex>(_ items: repeat each Item) -> TensorAtIndex {
    TensorAtIndex(x: x, items: indexItems(repeat each items))
  }

  public subscript<each Item: TensorIndex>(_ rest: UnboundedRange, _ items: repeat each Item) -> TensorAtIndex {
    TensorAtIndex(x: x, items: [.ellipsis] + indexItems(repeat each items))
  }
}

/// `x.at[items…]`: copies of `x` with these elements changed.
///
/// An element that is named several times is changed by each of the updates. Updates out of range are dropped
/// unless `mode` says otherwise. Updates are broadcast to the indexed shape and converted to the dtype of `x`.
public struct TensorAtIndex {
  let x: Value
  let items: [IndexItem]

  /// The elements themselves. Positions out of range are clamped, unless `mode` says otherwise.
  public func get(mode: IndexMode = .clip, fillValue: Double? = nil) throws -> Tensor {
    Tensor(try SJNumPy.NumPy.atGet(x, items, mode: mode.mode, fillValue: fillValue.map { .real($0) }))
  }

  public func set(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.set, y, mode) }
  public func add(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.add, y, mode) }
  public func subtract(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.add, -y, mode) }
  public func multiply(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.multiply, y, mode) }
  public func divide(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.divide, y, mode) }
  public func power(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.power, y, mode) }
  public func min(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.min, y, mode) }
  public func max(_ y: Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor { try update(.max, y, mode) }

  /// The elements replaced by a function of them, which is applied once to all.
  public func apply(_ function: (Tensor) throws -> Tensor, mode: IndexMode = .fillOrDrop) throws -> Tensor {
    try set(function(get()), mode: mode)
  }

  private func update(_ operation: SJNumPy.NumPy.AtOperation, _ y: Tensor, _ mode: IndexMode) throws -> Tensor {
    Tensor(try SJNumPy.NumPy.at(x, items, operation, y.value, mode: mode.mode))
  }
}
