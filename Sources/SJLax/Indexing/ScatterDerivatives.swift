/// The gather that undoes a scatter: (window sizes, dimension numbers).
private struct InverseGather {
  let sizes: [Int]
  let scatter: ScatterParams

  init(_ scatter: ScatterParams, operand: AbstractValue, updates: AbstractValue) {
    self.scatter = scatter
    sizes = scatter.dimensions.windowSizes(operandRank: operand.rank, updates: updates.shape)
  }

  func callAsFunction(_ x: Value, _ indices: Value) throws -> Value {
    // Its transpose must reach what the scatter reaches.
    try Lax.gather(
      x, indices, scatter.dimensions.inverse, sliceSizes: sizes, mode: scatter.mode == .clip ? .clip : .promiseInBounds)
  }

  /// The cotangent of updates: zero where they were dropped.
  func cotangent(_ x: Value, _ indices: Value) throws -> Value {
    try Lax.gather(
      x, indices, scatter.dimensions.inverse, sliceSizes: sizes, mode: scatter.mode, fillValue: .integer(0))
  }
}

/// The tangents of operand and updates with zeros filled in, or nil where both vanish.
private func filledTangents(_ primals: [Value], _ tangents: [Value?]) throws -> (operand: Value, updates: Value)? {
  guard tangents[0] != nil || tangents[2] != nil else { return nil }
  return (try tangents[0] ?? Lax.zerosLike(primals[0]), try tangents[2] ?? Lax.zerosLike(primals[2]))
}

// MARK: Sums

func scatterSumJVP(_ reference: PrimitiveReference) -> JVPRule {
  { primals, tangents, params in
    let output = try bind1(reference.primitive, primals, params)
    guard let (operand, updates) = try filledTangents(primals, tangents) else { return ([output], [nil]) }
    return ([output], [try bind1(reference.primitive, [operand, primals[1], updates], params)])
  }
}

func transposeScatterSum(
  _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
) throws -> [Cotangent?] {
  guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
  let scatter: ScatterParams = params.unbox()
  var updates: Cotangent?
  if operands[2].isLinear {
    let inverse = InverseGather(scatter, operand: operands[0].aval, updates: operands[2].aval)
    let taken = try inverse.cotangent(cotangent, operands[1].value)
    updates = .dense(scatter.operation == .sub ? try Lax.neg(taken) : taken)
  }
  return [operands[0].isLinear ? .dense(cotangent) : nil, nil, updates]
}

// MARK: Products

/// With unique indices only: else each update's factor would be the product of all the others'.
private func requireUnique(_ scatter: ScatterParams) throws {
  guard scatter.uniqueIndices else {
    throw SJError(.unsupported, "scatter_mul gradients are only implemented if `unique_indices=True`")
  }
}

func scatterProductJVP(_ reference: PrimitiveReference) -> JVPRule {
  { primals, tangents, params in
    let scatter: ScatterParams = params.unbox()
    let output = try bind1(reference.primitive, primals, params)
    var total: Value?
    if let tangent = tangents[0] {
      total = try bind1(reference.primitive, [tangent, primals[1], primals[2]], params)
    }
    if let tangent = tangents[2] {
      try requireUnique(scatter)
      let spread = try Lax.scatterAdd(
        Lax.zerosLike(primals[0]), primals[1], tangent, scatter.dimensions, indicesAreSorted: scatter.indicesAreSorted,
        uniqueIndices: true, mode: scatter.mode)
      let term = try Lax.mul(primals[0], spread)
      total = try total.map { try Lax.addAny($0, term) } ?? term
    }
    return ([output], [total])
  }
}

func transposeScatterProduct(
  _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
) throws -> [Cotangent?] {
  guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
  let scatter: ScatterParams = params.unbox()
  let indices = operands[1].value!
  var results: [Cotangent?] = [nil, nil, nil]
  if operands[0].isLinear {
    results[0] = .dense(try bind1(Primitives.scatterMul, [cotangent, indices, operands[2].value], params))
  }
  if operands[2].isLinear {
    try requireUnique(scatter)
    let inverse = InverseGather(scatter, operand: operands[0].aval, updates: operands[2].aval)
    results[2] = .dense(try inverse.cotangent(Lax.mul(cotangent, operands[0].value), indices))
  }
  return results
}

// MARK: Replacement

/// Where indices repeat, each update gets a number and the numbers are scattered too: they tell which update won, so
/// that values and tangents can be masked and added, which has a transpose.
func scatterSetJVP(_ reference: PrimitiveReference) -> JVPRule {
  { primals, tangents, params in
    let scatter: ScatterParams = params.unbox()
    if case .apply = scatter.operation { throw SJError(.unsupported, "scatter_apply JVP not implemented") }
    guard let (operand, updates) = try filledTangents(primals, tangents) else {
      return ([try bind1(reference.primitive, primals, params)], [nil])
    }
    let indices = primals[1]
    if scatter.uniqueIndices {
      let output = try bind1(reference.primitive, primals, params)
      return ([output], [try bind1(reference.primitive, [operand, indices, updates], params)])
    }
    let winners = try Winners(primals, scatter)
    func replaced(_ operand: Value, _ updates: Value) throws -> Value {
      try Lax.scatterAdd(
        Lax.select(winners.untouched, operand, Lax.zerosLike(operand)), indices,
        Lax.select(winners.won, updates, Lax.zerosLike(updates)), scatter.dimensions,
        indicesAreSorted: scatter.indicesAreSorted, uniqueIndices: scatter.uniqueIndices, mode: scatter.mode)
    }
    return ([try replaced(primals[0], primals[2])], [try replaced(operand, updates)])
  }
}

/// Which elements of a scatter's operand stay, and which updates end up in the result.
private struct Winners {
  let untouched: Value
  let won: Value

  init(_ primals: [Value], _ scatter: ScatterParams) throws {
    let (operand, indices, updates) = (primals[0], primals[1], primals[2])
    var idShape = updates.shape
    for axis in scatter.dimensions.updateWindowDims { idShape[axis] = 1 }
    let count = idShape.elementCount
    let dtype: DType = count > Int(UInt32.max) ? .uint64 : .uint32
    let ids = try Lax.add(Lax.reshape(Lax.iota(dtype, count), idShape), Lax.ones(updates.shape, dtype))
    let scattered = try Lax.scatter(
      Lax.zeros(operand.shape, dtype), indices, ids, scatter.dimensions, indicesAreSorted: scatter.indicesAreSorted,
      uniqueIndices: scatter.uniqueIndices, mode: scatter.mode)
    let inverse = InverseGather(scatter, operand: operand.aval, updates: updates.aval)
    untouched = try Lax.eq(scattered, Lax.zerosLike(scattered))
    won = try Lax.eq(ids, inverse(scattered, indices))
  }
}

func transposeScatterSet(
  _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
) throws -> [Cotangent?] {
  guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
  let scatter: ScatterParams = params.unbox()
  guard scatter.uniqueIndices else {
    throw SJError(.unsupported, "scatter transpose is only implemented where unique_indices=True")
  }
  let indices = operands[1].value!
  var results: [Cotangent?] = [nil, nil, nil]
  if operands[0].isLinear {
    let holes = try Lax.zeros(operands[2].aval.shape, cotangent.dtype)
    results[0] = .dense(try bind1(Primitives.scatter, [cotangent, indices, holes], params))
  }
  if operands[2].isLinear {
    let inverse = InverseGather(scatter, operand: operands[0].aval, updates: operands[2].aval)
    results[2] = .dense(try inverse.cotangent(cotangent, indices))
  }
  return results
}

// MARK: Extrema

/// Updates that tie for one element, and the element's own value where it ties with them, share the tangent equally.
func scatterExtremumJVP(_ reference: PrimitiveReference) -> JVPRule {
  { primals, tangents, params in
    let scatter: ScatterParams = params.unbox()
    let output = try bind1(reference.primitive, primals, params)
    guard let (operand, updates) = try filledTangents(primals, tangents) else { return ([output], [nil]) }
    let shares = try Shares(primals, output, scatter)
    let taken = try shares.inverse(operand, primals[1])
    let change = try Lax.add(Lax.mul(taken, shares.operand), Lax.mul(updates, shares.updates))
    let tangent = try Lax.scatterAdd(
      operand, primals[1], change, scatter.dimensions, indicesAreSorted: scatter.indicesAreSorted,
      uniqueIndices: scatter.uniqueIndices, mode: scatter.mode)
    return ([output], [tangent])
  }
}

/// With which factors the tangents of operand and updates enter the change of the operand's tangent, per update.
private struct Shares {
  let operand: Value
  let updates: Value
  let inverse: InverseGather

  init(_ primals: [Value], _ output: Value, _ scatter: ScatterParams) throws {
    let indices = primals[1]
    let zeros = try Lax.zerosLike(primals[2])
    let ones = try Lax.onesLike(primals[2])
    let inverse = InverseGather(scatter, operand: primals[0].aval, updates: primals[2].aval)
    func count(_ marks: Value) throws -> Value {
      let sums = try Lax.scatterAdd(
        Lax.zerosLike(primals[0]), indices, marks, scatter.dimensions, mode: scatter.mode)
      return try inverse(sums, indices)
    }
    let target = try inverse(output, indices)
    let succeeds = try Lax.eq(primals[2], target)
    let stays = try Lax.eq(inverse(primals[0], indices), target)
    let winners = try count(Lax.select(succeeds, ones, zeros))
    let withOperand = try Lax.div(ones, Lax.add(winners, ones))
    let share = try Lax.select(stays, withOperand, Lax.div(ones, winners))
    updates = try Lax.select(succeeds, share, zeros)
    // Every one of the updates of an element takes its part of the operand's own tangent away.
    operand = try Lax.div(Lax.sub(Lax.select(stays, withOperand, zeros), ones), count(ones))
    self.inverse = inverse
  }
}
