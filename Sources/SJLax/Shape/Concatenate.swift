import SJLoopIR

struct ConcatenateParams: ParamValues {
  var dimension: Int
  var fields: [(name: String, value: String)] { [("dimension", "\(dimension)")] }
}

extension Primitives {
  public static let concatenate = PrimitiveReference.define("concatenate") { reference in
    Rules(
      abstract: { inputs, params in
        let dimension = params.unbox(ConcatenateParams.self).dimension
        try checkConcatenate(inputs, dimension)
        var shape = inputs[0].shape
        shape[dimension] = try totalSize(inputs.map { $0.shape[dimension] })
        try Lax.checkShape("concatenate", shape)
        return ([AbstractValue(inputs[0].dtype, shape, weakType: inputs.allSatisfy(\.weakType))], [])
      },
      jvp: .rule(linearJVP(reference)),
      transpose: .rule(transposeConcatenate),
      batch: .rule { axis, inputs, axes, params in
        let dimension = params.unbox(ConcatenateParams.self).dimension
        let operands = try zip(inputs, axes).map { try Batching.atFront($0, $1, axis.size) }
        return ([try Lax.concatenate(operands, dimension: dimension + 1)], [0])
      },
      lowering: .rule { context, inputs, params, outputs in
        let dimension = params.unbox(ConcatenateParams.self).dimension
        if isIndexVector(inputs, dimension) { return [indexVector(inputs, dimension, outputs[0])] }
        return [
          try context.stored("concatenate", outputs[0]) { kernel, buffer in
            var offset = 0
            for input in inputs {
              try kernel.parallel(input.shape) { index in
                var target = index
                target[dimension] = kernel.addIndex(index[dimension], offset)
                kernel.store(try input.element(kernel, index), input.dtype, to: buffer, at: target)
              }
              offset += input.shape[dimension]
            }
          }
        ]
      })
  }

  /// Whether the operands look like the components of index vectors: their consumers name the component they read.
  private static func isIndexVector(_ inputs: [Lowered], _ dimension: Int) -> Bool {
    dimension == inputs[0].shape.count - 1 && inputs[0].dtype.isInteger && inputs.count <= 8
      && inputs.allSatisfy { $0.shape[dimension] == 1 && $0.cost <= LoweringContext.cheapFormula }
  }

  /// The operands side by side, without memory: a constant index along the dimension takes one of them.
  private static func indexVector(_ inputs: [Lowered], _ dimension: Int, _ output: AbstractValue) -> Lowered {
    Lowered(output, cost: inputs.map(\.cost).reduce(inputs.count - 1, +)) { kernel, index in
      var index = index
      let component = index[dimension]
      index[dimension] = kernel.index(0)
      if let known = kernel.constantIndex(component) { return try inputs[known].element(kernel, index) }
      let elements = try inputs.map { try $0.element(kernel, index) }
      return elements.indices.dropLast().reversed().reduce(elements[elements.count - 1]) { rest, i in
        kernel.select(kernel.binary(.eq, component, kernel.index(i)), elements[i], rest)
      }
    }
  }

  private static func checkConcatenate(_ inputs: [AbstractValue], _ dimension: Int) throws {
    guard let first = inputs.first else {
      throw SJError(.invalidArgument, "concatenate expects at least one operand, got 0")
    }
    try DTypeCheck.same("concatenate", inputs)
    guard first.shape.indices.contains(dimension) else {
      throw SJError(.invalidArgument, "concatenate: dimension \(dimension) is out of bounds for operand \(first)")
    }
    for (i, other) in inputs.enumerated() {
      guard other.rank == first.rank else {
        throw SJError(
          .shape, "concatenate: operands must have the same number of dimensions, got \(first) and, at position \(i), \(other)")
      }
      for axis in first.shape.indices where axis != dimension && other.shape[axis] != first.shape[axis] {
        throw SJError(
          .shape,
          """
          concatenate: cannot concatenate arrays with shapes that differ in dimensions other than the one being concatenated: \
          concatenating along dimension \(dimension), got \(first) and, at position \(i), \(other) (axis \(axis))
          """)
      }
    }
  }

  private static func totalSize(_ sizes: [Int]) throws -> Int {
    try sizes.reduce(0) { total, size in
      let (sum, overflow) = total.addingReportingOverflow(size)
      if overflow { throw SJError(.outOfMemory, "concatenate: the result has more elements than memory has addresses") }
      return sum
    }
  }

  private static func transposeConcatenate(
    _ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params
  ) throws -> [Cotangent?] {
    guard let ct = cotangents[0] else { return operands.map { _ in nil } }
    let dimension = params.unbox(ConcatenateParams.self).dimension
    let sizes = operands.map { $0.aval.shape[dimension] }
    let parts = try Lax.split(ct, sizes: sizes, axis: dimension)
    return zip(operands, parts).map { $0.isLinear ? .dense($1) : nil }
  }
}

extension Lax {
  /// `jax.lax.concatenate`.
  public static func concatenate(_ operands: [Value], dimension: Int) throws -> Value {
    if operands.count == 1, operands[0].shape.indices.contains(dimension) { return operands[0] }
    return try bind1(Primitives.concatenate, operands, ConcatenateParams(dimension: dimension).boxed)
  }
}
