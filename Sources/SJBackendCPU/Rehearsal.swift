import SJLoopIR
import SJTypes

extension Program {
  /// Attention, which has a bit of everything: products, reductions, an elementary function, blocks of rows.
  static var attention: Program {
    let (rows, columns, width) = (256, 2048, 16)
    var program = Program()
    func buffer(_ shape: Shape) -> BufferID { program.addBuffer(.f32, shape) }
    let (queries, keys, values) = (buffer([rows, width]), buffer([columns, width]), buffer([columns, width]))
    let (scores, powers, shares) = (buffer([rows, columns]), buffer([rows, columns]), buffer([rows, columns]))
    let (largest, totals, result) = (buffer([rows]), buffer([rows]), buffer([rows, width]))
    func product(_ m: Int, _ n: Int, _ k: Int, isTransposed: Bool) -> LibraryOperation {
      .dot(batch: 1, m: m, n: n, k: k, lhsTransposed: false, rhsTransposed: isTransposed, complex: false)
    }
    program.inputs = [queries, keys, values]
    program.outputs = [result]
    program.commands = [
      .library(
        LibraryCall(operation: product(rows, columns, width, isTransposed: true), inputs: [queries, keys], outputs: [scores])),
      .kernel(.reducing(rows, columns, scores, to: largest, .max, from: -.infinity)),
      .kernel(.combining(rows, columns, scores, largest, to: powers) { $0.unary(.exp, $0.binary(.sub, $1, $2)) }),
      .kernel(.reducing(rows, columns, powers, to: totals, .add, from: 0)),
      .kernel(.combining(rows, columns, powers, totals, to: shares) { $0.binary(.div, $1, $2) }),
      .library(
        LibraryCall(operation: product(rows, width, columns, isTransposed: false), inputs: [shares, values], outputs: [result])),
    ]
    return program.fused()
  }
}

extension Kernel {
  /// Every row is reduced.
  fileprivate static func reducing(
    _ rows: Int, _ columns: Int, _ input: BufferID, to output: BufferID, _ op: BinaryOp, from initial: Double
  ) -> Kernel {
    let builder = KernelBuilder()
    builder.parallel([rows]) { row in
      let start = builder.constant(initial, .f32)
      let reduced = builder.loop(
        columns, .lanes, carries: [start], combine: ([start], { [builder.binary(op, $0[0], $1[0])] })
      ) { [builder.binary(op, $1[0], builder.load(input, .f32, at: row + [$0]))] }
      builder.store(reduced[0], to: output, at: row)
    }
    return builder.finish(name: "rehearsal")
  }

  /// Every element is made from one and from what its row has.
  fileprivate static func combining(
    _ rows: Int, _ columns: Int, _ input: BufferID, _ reduced: BufferID, to output: BufferID,
    _ combine: (_ builder: KernelBuilder, _ element: ExprID, _ reduced: ExprID) -> ExprID
  ) -> Kernel {
    let builder = KernelBuilder()
    builder.parallel([rows, columns]) { index in
      let (element, row) = (builder.load(input, .f32, at: index), builder.load(reduced, .f32, at: [index[0]]))
      builder.store(combine(builder, element, row), to: output, at: index)
    }
    return builder.finish(name: "rehearsal")
  }
}
