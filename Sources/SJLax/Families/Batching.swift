/// Batching rules that families share.
public enum Batching {
  /// Elementwise operations on operands that broadcast: batch axes meet in one place.
  public static func broadcasting(_ reference: PrimitiveReference) -> BatchRule {
    { axis, inputs, axes, params in
      let (operands, position) = try align(inputs, axes)
      let outputs = try bind(reference.primitive, operands, params)
      return (outputs, outputs.map { _ in position })
    }
  }

  /// Operations on one operand for which one more axis anywhere changes nothing.
  public static func unary(_ reference: PrimitiveReference) -> BatchRule {
    { axis, inputs, axes, params in
      let outputs = try bind(reference.primitive, inputs, params)
      return (outputs, outputs.map { _ in axes[0] })
    }
  }

  /// Operands ready for elementwise broadcasting, and where the batch axis of the result is.
  static func align(_ inputs: [Value], _ axes: [Int?]) throws -> (operands: [Value], axis: Int?) {
    guard let first = axes.firstIndex(where: { $0 != nil }) else { return (inputs, nil) }
    let agree = inputs.indices.allSatisfy { i in
      inputs[i].rank == 0 || (axes[i] == axes[first] && inputs[i].shape == inputs[first].shape)
    }
    if agree { return (inputs, axes[first]) }
    let fronted = try zip(inputs, axes).map { input, axis in
      if input.rank == 0 { return input }
      return try axis.map { try Lax.moveAxis(input, $0, 0) } ?? Lax.expandDims(input, [0])
    }
    let rank = fronted.map(\.rank).max()!
    let operands = try zip(fronted, axes).map { input, axis in
      // A batch of scalars among arrays: [n] becomes [n,1,1].
      axis == nil || input.rank == rank ? input : try Lax.expandDims(input, Array(input.rank..<rank))
    }
    return (operands, 0)
  }

  /// The value with its batch axis in front, broadcast along a new one where it has none.
  public static func atFront(_ value: Value, _ axis: Int?, _ size: Int) throws -> Value {
    if let axis { return try Lax.moveAxis(value, axis, 0) }
    return try Lax.broadcastInDim(value, shape: [size] + value.shape, broadcastDimensions: Array(1..<(value.rank + 1)))
  }

  /// The value with its batch axis at `position`, broadcast along a new one where it has none.
  public static func broadcastBatch(_ value: Value, _ axis: Int?, size: Int, to position: Int) throws -> Value {
    if let axis { return try Lax.moveAxis(value, axis, position) }
    var shape = value.shape
    shape.insert(size, at: position)
    let dimensions = shape.indices.filter { $0 != position }
    return try Lax.broadcastInDim(value, shape: shape, broadcastDimensions: dimensions)
  }
}

extension Lax {
  /// The array with axis `source` moved to `destination`, the others in order.
  public static func moveAxis(_ x: Value, _ source: Int, _ destination: Int) throws -> Value {
    if source == destination { return x }
    guard x.shape.indices.contains(source), x.shape.indices.contains(destination) else {
      throw SJError(.invalidArgument, "move_axis: no axis \(source) or \(destination) in \(x.aval)")
    }
    var permutation = Array(x.shape.indices)
    permutation.remove(at: source)
    permutation.insert(source, at: destination)
    return try transpose(x, permutation)
  }
}
