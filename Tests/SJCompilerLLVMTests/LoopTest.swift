import SJLoopIR
import SJTypes
import Testing

@testable import SJBackendCPU
@testable import SJCompilerLLVM

/// Programs are built with `elementwise` and friends, then run interpreted and compiled.
extension Program {
  /// A program whose body is filled in by a closure that gets it and its inputs.
  static func with(
    _ inputs: [(ScalarType, Shape)], _ body: (inout Program, [BufferID]) throws -> [BufferID]
  ) rethrows -> Program {
    var program = Program()
    program.inputs = inputs.map { program.addBuffer($0.0, $0.1) }
    let inputs = program.inputs
    program.outputs = try body(&program, inputs)
    return program
  }

  /// A new buffer with the same function of the elements at the same index of each operand (scalars serve all).
  mutating func map(
    _ operands: [BufferID], to type: ScalarType? = nil, shape: Shape? = nil,
    _ function: (KernelBuilder, [ExprID]) -> ExprID
  ) -> BufferID {
    let shape = shape ?? self[operands.max { self[$0].shape.count < self[$1].shape.count }!].shape
    let result = addBuffer(type ?? self[operands[0]].type, shape)
    let k = KernelBuilder()
    k.parallel(shape) { index in
      let values = operands.map { k.load($0, self[$0].type, at: self[$0].shape.isEmpty ? [] : index) }
      k.store(function(k, values), to: result, at: index)
    }
    commands.append(.kernel(k.finish(name: "map")))
    return result
  }

  mutating func reversed(_ operand: BufferID) -> BufferID {
    let (type, extent) = (self[operand].type, self[operand].shape[0])
    let result = addBuffer(type, [extent])
    let k = KernelBuilder()
    k.parallel([extent]) { index in
      let mirrored = k.addIndex(k.mulIndex(index[0], -1), extent - 1)
      k.store(k.load(operand, type, at: [mirrored]), to: result, at: index)
    }
    commands.append(.kernel(k.finish(name: "reverse")))
    return result
  }

  /// The sum of all elements of a vector.
  mutating func sum(_ operand: BufferID) -> BufferID {
    let (type, extent) = (self[operand].type, self[operand].shape[0])
    let result = addBuffer(type, [])
    let k = KernelBuilder()
    let zero = k.constant(0, type)
    let total = k.loop(extent, .lanes, carries: [zero], combine: ([zero], { [k.binary(.add, $0[0], $1[0])] })) {
      [k.binary(.add, $1[0], k.load(operand, type, at: [$0]))]
    }
    k.store(total[0], to: result, at: [])
    commands.append(.kernel(k.finish(name: "sum")))
    return result
  }

  mutating func dot(
    _ a: BufferID, _ b: BufferID, batch: Int = 1, _ m: Int, _ n: Int, _ k: Int, transposed: (Bool, Bool) = (false, false)
  ) -> BufferID {
    let result = addBuffer(self[a].type, batch == 1 ? [m, n] : [batch, m, n])
    commands.append(
      .library(
        LibraryCall(
          operation: .dot(
            batch: batch, m: m, n: n, k: k, lhsTransposed: transposed.0, rhsTransposed: transposed.1, complex: false),
          inputs: [a, b], outputs: [result])))
    return result
  }

  /// A scan of `body`, whose inputs are `constants`, `initial` and slices of `xs`.
  mutating func scan(
    _ body: Program, length: Int, reverse: Bool = false, constants: [BufferID] = [], initial: [BufferID],
    xs: [BufferID] = []
  ) -> (results: [BufferID], ys: [BufferID]) {
    let results = initial.map { addBuffer(self[$0].type, self[$0].shape) }
    let ys = body.outputs.dropFirst(initial.count).map { addBuffer(body[$0].type, [length] + body[$0].shape) }
    commands.append(
      .scan(
        ScanCommand(
          length: length, reverse: reverse, body: body, constants: constants, initial: initial, xs: xs, results: results,
          ys: ys)))
    return (results, ys)
  }

  mutating func whileLoop(
    _ condition: Program, _ body: Program, conditionConstants: [BufferID] = [], bodyConstants: [BufferID] = [],
    initial: [BufferID]
  ) -> [BufferID] {
    let results = initial.map { addBuffer(self[$0].type, self[$0].shape) }
    commands.append(
      .whileLoop(
        WhileCommand(
          condition: condition, conditionConstants: conditionConstants, body: body, bodyConstants: bodyConstants,
          initial: initial, results: results)))
    return results
  }

  mutating func branch(_ index: BufferID, _ branches: [Program], _ inputs: [BufferID]) -> [BufferID] {
    let results = branches[0].outputs.map { addBuffer(branches[0][$0].type, branches[0][$0].shape) }
    commands.append(.branch(BranchCommand(index: index, branches: branches, inputs: inputs, results: results)))
    return results
  }

  // MARK: Checks

  /// Runs the program interpreted, then compiled, as so many loops; every bit of the outputs must be the same.
  func checkLoops(_ target: Native.Target, loops: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try verify(self)
    var random = RandomBits(state: 7)
    let memory = inputs.map { id in
      (0..<self[id].shape.elementCount).map { _ in random.smallValue(self[id].type) }
    }
    let interpreted = try Executable(self).results(self, memory)
    let executable = try Executable(self)
    let runners = executable.compilable
    #expect(runners.filter { $0 is LoopRunner }.count == loops, sourceLocation: sourceLocation)
    for (runner, native) in zip(runners, target.compiler.compile(runners.map { $0.source! })) {
      runner.install(try native.get())
    }
    let compiled = try executable.results(self, memory)
    #expect(interpreted == compiled, sourceLocation: sourceLocation)
  }
}

extension Executable {
  /// The bytes of the outputs.
  fileprivate func results(_ program: Program, _ memory: [[UInt64]]) throws -> [[UInt8]] {
    let inputs = zip(program.inputs, memory).map { TestBuffer(program[$0], $1) }
    let outputs = program.outputs.map { TestBuffer(program[$0], Array(repeating: 0, count: program[$0].shape.elementCount)) }
    try run(inputs: inputs.map { UnsafeRawPointer($0.pointer) }, outputs: outputs.map(\.pointer))
    for buffer in inputs + outputs { #expect(buffer.isIntact) }
    return zip(program.outputs, outputs).map {
      Array(UnsafeRawBufferPointer(start: $1.pointer, count: program[$0].byteCount))
    }
  }
}

extension RandomBits {
  /// A number whose sums and products stay finite for a while.
  mutating func smallValue(_ type: ScalarType) -> UInt64 {
    let number = Int(value(.u32) % 17) - 8
    switch type {
    case .f32: return UInt64((Float(number) / 9).bitPattern)
    case .f64: return (Double(number) / 9).bitPattern
    case .bool: return UInt64(number & 1)
    case .f16, .bf16: return value(.u32) % 0x3c00
    default: return UInt64(bitPattern: Int64(number)) & (UInt64.max >> UInt64(64 - 8 * type.size))
    }
  }
}
