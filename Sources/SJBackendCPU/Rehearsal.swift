import SJLoopIR
import SJTypes

extension Program {
  /// Attention, which has a bit of everything: products, reductions, an elementary function, blocks of rows.
  static var attention: Program {
    let (rows, columns, width) = (256, 2048, 16)
    var program = Program()
    func buffer(_ shape: Shape) -> BufferID { program.addBuffer(.f32, shape) }
    let (queries, keys, values) = (buffer([rows, width]), buffer([columns, width]), buffer([columns, width]))
    let (scores, weights, shares) = (buffer([rows, columns]), buffer([rows, columns]), buffer([rows, columns]))
    let result = buffer([rows, width])
    func product(_ m: Int, _ n: Int, _ k: Int, isTransposed: Bool) -> LibraryOperation {
      .dot(batch: 1, m: m, n: n, k: k, lhsTransposed: false, rhsTransposed: isTransposed, complex: false)
    }
    program.inputs = [queries, keys, values]
    program.outputs = [result]
    program.commands = [
      .library(
        LibraryCall(operation: product(rows, columns, width, isTransposed: true), inputs: [queries, keys], outputs: [scores])),
      .kernel(.ofRows(rows, columns, scores, to: weights, .max, from: -.infinity) { $0.unary(.exp, $0.binary(.sub, $1, $2)) }),
      .kernel(.ofRows(rows, columns, weights, to: shares, .add, from: 0) { $0.binary(.div, $1, $2) }),
      .library(
        LibraryCall(operation: product(rows, width, columns, isTransposed: false), inputs: [shares, values], outputs: [result])),
    ]
    return program
  }
}

extension Kernel {
  /// Every row is reduced, and every element of it made from the element and the result.
  fileprivate static func ofRows(
    _ rows: Int, _ columns: Int, _ input: BufferID, to output: BufferID, _ op: BinaryOp, from initial: Double,
    _ combine: (_ builder: KernelBuilder, _ element: ExprID, _ reduced: ExprID) -> ExprID
  ) -> Kernel {
    let builder = KernelBuilder()
    builder.parallel([rows]) { row in
      func element(_ column: ExprID) -> ExprID { builder.load(input, .f32, at: [row[0], column]) }
      let start = builder.constant(initial, .f32)
      let reduced = builder.loop(
        columns, .lanes, carries: [start], combine: ([start], { [builder.binary(op, $0[0], $1[0])] })
      ) { [builder.binary(op, $1[0], element($0))] }
      builder.parallel([columns]) { column in
        builder.store(combine(builder, element(column[0]), reduced[0]), to: output, at: [row[0], column[0]])
      }
    }
    return builder.finish(name: "rehearsal")
  }
}
