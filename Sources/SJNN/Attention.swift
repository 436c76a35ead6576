import SJCore
import SJLax
import SJNumPy
import SJTypes

extension NN {
  /// Scaled dot-product attention (Vaswani et al., 2017).
  ///
  /// Queries are `[batch, length, heads, size]` (the batch may be left out), keys and values the same with their own
  /// length and a number of heads that divides the queries'.
  /// - Parameters:
  ///   - bias: added to the logits, broadcast to `[batch, heads, query, key]`.
  ///   - mask: booleans; false takes a key out.
  ///   - scale: of the logits; 1/√size unless given.
  ///   - isCausal: whether a query sees no later key.
  public static func dotProductAttention(
    _ query: Value, _ key: Value, _ value: Value, bias: Value? = nil, mask: Value? = nil, scale: Double? = nil,
    isCausal: Bool = false
  ) throws -> Value {
    guard query.rank == 3 || query.rank == 4, key.rank == query.rank, value.shape.count == key.rank else {
      throw SJError(
        .invalidArgument,
        "dot_product_attention: query, key and value must have 3 or 4 axes, got \(query.aval), \(key.aval) and \(value.aval)")
    }
    if query.rank == 3 {
      let batched = try [query, key, value].map { try Lax.expandDims($0, [0]) }
      func extended(_ x: Value?) throws -> Value? { try x.map { $0.rank == 3 ? try Lax.expandDims($0, [0]) : $0 } }
      let result = try dotProductAttention(
        batched[0], batched[1], batched[2], bias: extended(bias), mask: extended(mask), scale: scale, isCausal: isCausal)
      return try Lax.squeeze(result, [0])
    }
    let heads = query.shape[2]
    guard key.shape[2] > 0, heads % key.shape[2] == 0, value.shape[2] == key.shape[2] else {
      throw SJError(
        .invalidArgument,
        "dot_product_attention: the number of query heads (\(heads)) must be a multiple of that of keys and values")
    }
    let repeats = try Lax.scalar(heads / key.shape[2], .int32)
    let keys = try heads == key.shape[2] ? key : NumPy.repeat(key, repeats, axis: 2)
    let values = try heads == key.shape[2] ? value : NumPy.repeat(value, repeats, axis: 2)
    let probabilities = try softmax(logits(query, keys, bias, mask, scale, isCausal), axis: [-1])
    return try NumPy.einsum("bnts,bsnh->btnh", [Lax.convertElementType(probabilities, key.dtype), values])
  }

  /// Masked logits, [batch, heads, query, key], in at least 32 bits.
  private static func logits(
    _ query: Value, _ key: Value, _ bias: Value?, _ mask: Value?, _ scale: Double?, _ isCausal: Bool
  ) throws -> Value {
    let type: DType = query.dtype.size < 4 ? .float32 : query.dtype
    let factor = scale ?? 1 / Double(query.shape[3]).squareRoot()
    var logits = try NumPy.einsum("btnh,bsnh->bnts", [query, key], dtype: type)
    logits = try NumPy.multiply(logits, constant(factor, logits))
    if let bias { logits = try Lax.convertElementType(NumPy.add(logits, bias), type) }
    // JAX's number for what is masked: large enough to vanish, small enough not to overflow.
    let hidden = try constant(-0.7 * Double(Float.greatestFiniteMagnitude), logits)
    if let mask { logits = try NumPy.where(mask, logits, hidden) }
    if isCausal {
      let visible = try NumPy.tri(query.shape[1], key.shape[1], k: 0, .bool)
      logits = try NumPy.where(visible, logits, hidden)
    }
    return logits
  }
}
