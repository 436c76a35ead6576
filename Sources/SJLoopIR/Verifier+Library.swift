import SJTypes

/// The shapes and types that library operations ask for.
struct LibraryVerifier {
  private let call: LibraryCall
  private let inputs: [BufferDeclaration]
  private let outputs: [BufferDeclaration]

  init(_ call: LibraryCall, in program: Program) {
    self.call = call
    inputs = call.inputs.map { program[$0] }
    outputs = call.outputs.map { program[$0] }
  }

  func verify() throws {
    switch call.operation {
    case .dot(let batch, let m, let n, let k, _, _, let complex):
      let parts = complex ? 2 : 1
      try checkCounts([batch * m * k * parts, batch * k * n * parts], [batch * m * n * parts])
      if inputs[0].type != inputs[1].type { throw fault("dot of \(inputs[0].type) and \(inputs[1].type)") }
    case .pack(let n, let k, _):
      try checkCounts([k * n], [k * (n + LibraryOperation.packingPadding)])
      try checkFloats()
    case .packedDot(let m, let n, let k, _):
      try checkCounts([m * k, k * (n + LibraryOperation.packingPadding)], [m * n])
      try checkFloats()
    case .sort(let rows, let length, let keys, let complex):
      let counts = complex.map { rows * length * ($0 ? 2 : 1) }
      try checkCounts(counts, counts)
      if keys < 1 || keys > inputs.count { throw fault("sort by \(keys) keys of \(inputs.count) operands") }
      if inputs.map(\.type) != outputs.map(\.type) { throw fault("sort changes types") }
    case .threefry2x32(let count):
      let keyCount = inputs.first?.shape.elementCount == 1 ? 1 : count
      try checkCounts([keyCount, keyCount, count, count], [count, count])
      if (inputs + outputs).contains(where: { $0.type != .u32 }) { throw fault("threefry works on u32") }
    }
  }

  private func checkFloats() throws {
    let types = Set((inputs + outputs).map(\.type))
    if types != [.f32] && types != [.f64] { throw fault("\(call.operation): operands \((inputs + outputs).map(\.text))") }
  }

  private func checkCounts(_ wantedInputs: [Int], _ wantedOutputs: [Int]) throws {
    let given = (inputs.map(\.shape.elementCount), outputs.map(\.shape.elementCount))
    if given != (wantedInputs, wantedOutputs) {
      throw fault("\(call.operation): operands \((inputs + outputs).map(\.text)) do not fit")
    }
  }
}
