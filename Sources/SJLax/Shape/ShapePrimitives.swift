extension Primitives {
  static let shape: [Primitive] = [
    broadcastInDim, reshape, squeeze, transpose, concatenate, split, pad, rev, iota, copy, optimizationBarrier,
  ]
}
