import SJTypes

extension LibraryCall {
  /// Multiply-adds up to which a product is worth writing out inside a loop.
  public static let smallProduct = 4096
  /// The same where a vector's elements do not lie side by side.
  private static let smallStridedProduct = 512
  /// Multiply-adds that are written out one by one for each column.
  private static let unrolledProduct = 64

  /// Whether there is a `productKernel`.
  public func isSmallProduct(in program: Program) -> Bool {
    guard case .dot(let batch, let m, let n, let k, let lhsTransposed, let rhsTransposed, false) = operation,
      k > 0, k <= Self.unrolledProduct
    else { return false }
    let isContiguous = n > 1 ? !rhsTransposed : lhsTransposed || m == 1
    guard batch * m * n * k <= (isContiguous ? Self.smallProduct : Self.smallStridedProduct) else { return false }
    let type = program[outputs[0]].type
    return (type == .f32 || type == .f64) && inputs.allSatisfy { program[$0].type == type }
  }

  /// The same product as a loop nest, if it is small. Every element is the sum that
  /// the library defines (`sj_gemm`), hence has the same bits: a chain of fma, or lanes where it is an inner product.
  public func productKernel(in program: Program) -> Kernel? {
    guard isSmallProduct(in: program),
      case .dot(let batch, let m, let n, let k, let lhsTransposed, let rhsTransposed, _) = operation
    else { return nil }
    let type = program[outputs[0]].type
    let builder = KernelBuilder()
    func load(_ buffer: BufferID, _ position: ExprID) -> ExprID {
      builder.load(buffer, type, at: builder.unravel(position, into: program[buffer].shape))
    }
    /// `block · size + row · rowStride + column · columnStride`
    func position(
      _ block: ExprID, _ size: Int, _ row: ExprID, _ rowStride: Int, _ column: ExprID, _ columnStride: Int
    ) -> ExprID {
      let start = builder.addIndex(builder.mulIndex(block, size), builder.mulIndex(row, rowStride))
      return builder.addIndex(start, builder.mulIndex(column, columnStride))
    }
    func product(_ block: ExprID, _ i: ExprID, _ j: ExprID, _ p: ExprID, plus sum: ExprID) -> ExprID {
      let (row, along) = lhsTransposed ? (1, m) : (k, 1)
      let (column, down) = rhsTransposed ? (k, 1) : (1, n)
      let a = load(inputs[0], position(block, m * k, i, row, p, along))
      let b = load(inputs[1], position(block, k * n, p, down, j, column))
      return builder.ternary(.fma, a, b, sum)
    }
    func sum(_ block: ExprID, _ i: ExprID, _ j: ExprID) -> ExprID {
      let zero = builder.constant(0, type)
      if m == 1 && n == 1 {
        return builder.loop(
          k, .lanes, carries: [builder.constant(-0.0, type)],
          combine: ([zero], { [builder.binary(.add, $0[0], $1[0])] })
        ) { p, current in [product(block, i, j, p, plus: current[0])] }[0]
      }
      return (0..<k).reduce(zero) { product(block, i, j, builder.index($1), plus: $0) }
    }
    func store(_ block: ExprID, _ i: ExprID, _ j: ExprID) {
      let index = builder.unravel(position(block, m * n, i, n, j, 1), into: program[outputs[0]].shape)
      builder.store(sum(block, i, j), to: outputs[0], at: index)
    }
    let unrollsRows = m * k <= Self.unrolledProduct && !(m == 1 && n == 1)
    builder.parallel([batch, unrollsRows ? 1 : m, n]) { index in
      if unrollsRows {
        for i in 0..<m { store(index[0], builder.index(i), index[2]) }
      } else {
        store(index[0], index[1], index[2])
      }
    }
    return builder.finish(name: "dot")
  }
}
