extension Lax {
  /// An axis counted from the end where negative.
  /// - Throws: `invalidArgument` where there is no such axis.
  static func canonicalAxis(_ name: String, _ axis: Int, rank: Int) throws -> Int {
    let result = axis < 0 ? axis + rank : axis
    guard result >= 0, result < rank else {
      throw SJError(.invalidArgument, "\(name): axis \(axis) is out of bounds for array of dimension \(rank)")
    }
    return result
  }

  /// - Throws: `shape` unless sizes are non-negative and their product is a number of elements.
  static func checkShape(_ name: String, _ shape: Shape) throws {
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw SJError(.shape, "\(name): shapes must have non-negative sizes, got \(shape.tupleText)")
    }
    guard shape.checkedElementCount != nil else {
      throw SJError(.outOfMemory, "\(name): an array of shape \(shape.tupleText) has more elements than memory has addresses")
    }
  }

  /// - Throws: `invalidArgument` unless the axes exist and are distinct.
  static func checkAxes(_ name: String, _ axes: [Int], of operand: AbstractValue) throws {
    for axis in axes where !operand.shape.indices.contains(axis) {
      throw SJError(.invalidArgument, "\(name): axis \(axis) is out of bounds for operand \(operand)")
    }
    guard Set(axes).count == axes.count else {
      throw SJError(.invalidArgument, "\(name): duplicate value in axes \(axes.tupleText) for operand \(operand)")
    }
  }
}
