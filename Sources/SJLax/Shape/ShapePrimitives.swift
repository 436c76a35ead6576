extension Primitives {
  static let shape: [Primitive] = [broadcastInDim, reshape, squeeze, transpose, concatenate, split]
}
