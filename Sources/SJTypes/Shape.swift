/// The sizes of an array's axes, outermost first. Rank 0 is `[]`.
public typealias Shape = [Int]

extension Shape {
  /// The number of elements; nil where it overflows.
  public var checkedElementCount: Int? {
    if contains(0) { return 0 }
    var count = 1
    for extent in self {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The number of elements of a shape that is known to be sound.
  @inlinable public var elementCount: Int {
    var count = 1
    for extent in self { count &*= extent }
    return count
  }

  /// Strides, in elements, of the dense row-major layout.
  public var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for axis in stride(from: count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] &* Swift.max(self[axis + 1], 1)
    }
    return strides
  }

  /// As messages print it: `[5,3]`, `[]`.
  public var text: String { "[" + map(String.init).joined(separator: ",") + "]" }
  /// As Python prints a tuple: `(5, 3)`, `(5,)`, `()`.
  public var tupleText: String {
    count == 1 ? "(\(self[0]),)" : "(" + map(String.init).joined(separator: ", ") + ")"
  }

  /// The shape without the given axes.
  public func removing(axes: [Int]) -> Shape {
    indices.filter { !axes.contains($0) }.map { self[$0] }
  }

  /// NumPy's broadcast of two shapes, or nil.
  public func broadcast(with other: Shape) -> Shape? {
    let rank = Swift.max(count, other.count)
    var result = Shape(repeating: 1, count: rank)
    for i in 0..<rank {
      let a = i < rank - count ? 1 : self[i - (rank - count)]
      let b = i < rank - other.count ? 1 : other[i - (rank - other.count)]
      if a == b || b == 1 { result[i] = a } else if a == 1 { result[i] = b } else { return nil }
    }
    return result
  }
}
