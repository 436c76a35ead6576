import SJTypes

// A matrix by which every step of a loop multiplies is packed once, in front of it: the packing is a command of its own,
// which leaves the loop like anything else that does not vary.

extension Program {
  /// Splits products whose right operands are among these buffers into packing and the rest.
  mutating func packOperands(among constants: Set<BufferID>) {
    var packed: [LibraryCall: BufferID] = [:]
    let body = self
    commands = []
    for command in body.commands {
      guard case .library(let call) = command, let (pack, dot) = call.packedProduct(in: body),
        constants.contains(call.inputs[1])
      else {
        commands.append(command)
        continue
      }
      let packing = LibraryCall(operation: pack.operation, inputs: [call.inputs[1]], outputs: [])
      if packed[packing] == nil {
        let target = addBuffer(body[call.inputs[1]].type, pack.shape)
        packed[packing] = target
        commands.append(.library(LibraryCall(operation: pack.operation, inputs: packing.inputs, outputs: [target])))
      }
      commands.append(
        .library(LibraryCall(operation: dot, inputs: [call.inputs[0], packed[packing]!], outputs: call.outputs)))
    }
  }
}

extension LibraryCall {
  /// Rows and multiply-adds of a product below which packing costs more than it saves.
  private static let fewestRows = 24
  private static let smallWork = 1 << 20

  /// How the right operand is packed, and what multiplies by it; nil for what is better not packed.
  fileprivate func packedProduct(
    in program: Program
  ) -> (pack: (operation: LibraryOperation, shape: Shape), dot: LibraryOperation)? {
    guard case .dot(1, let m, let n, let k, let lhsTransposed, let rhsTransposed, false) = operation,
      m > Self.fewestRows, n > 1, m * n * k > Self.smallWork
    else { return nil }
    let types = Set((inputs + outputs).map { program[$0].type })
    guard types == [.f32] || types == [.f64] else { return nil }
    return (
      (.pack(n: n, k: k, transposed: rhsTransposed), [k, n + LibraryOperation.packingPadding]),
      .packedDot(m: m, n: n, k: k, lhsTransposed: lhsTransposed)
    )
  }
}
