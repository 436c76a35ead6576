import SJLoopIR
import SJTypes
import Testing

@testable import SJBackendCPU
@testable import SJCompilerLLVM

/// Loops as one function, compared with the interpreter bit by bit.
@Suite(.enabled(if: Native.isAvailable)) struct LoopTests {
  /// (i; total) → i < n
  private static func lessThan(_ type: ScalarType, _ others: [(ScalarType, Shape)] = []) -> Program {
    Program.with([(type, []), (type, [])] + others) { program, inputs in
      [program.map([inputs[1], inputs[0]], to: .bool) { $0.binary(.lt, $1[0], $1[1]) }]
    }
  }

  private static func limit(_ program: inout Program, _ value: Int, _ like: BufferID) -> BufferID {
    let type = program[like].type
    return program.map([like], shape: []) { k, _ in k.constant(value, type) }
  }

  @Test(arguments: Native.targets, [false, true]) func scansOfVectors(target: Native.Target, isElementwise: Bool) throws {
    for (length, reverse) in [(0, false), (1, true), (2, false), (9, true)] {
      for width in [1, 16, 37] {
        let body = Program.with([(.f32, []), (.f32, [width]), (.f32, [width])]) { program, inputs in
          let scaled = program.map([inputs[2], inputs[0]]) { $0.binary(.mul, $1[0], $1[1]) }
          let next = program.map([inputs[1], scaled]) { $0.binary(.add, $1[0], $0.unary(.sin, $1[1])) }
          return [isElementwise ? next : program.reversed(next), scaled]
        }
        let program = Program.with([(.f32, []), (.f32, [width]), (.f32, [length, width])]) { program, inputs in
          let (results, ys) = program.scan(
            body, length: length, reverse: reverse, constants: [inputs[0]], initial: [inputs[1]], xs: [inputs[2]])
          return results + ys
        }
        try program.checkLoops(target, loops: length > 0 && (isElementwise || width == 1) ? 0 : 1)
      }
    }
  }

  /// Alone, or beside a vector that is no elementwise one.
  @Test(arguments: Native.targets, [false, true]) func scalarsInRegisters(target: Native.Target, isAlone: Bool) throws {
    for type in ScalarType.allCases where type != .f16 && type != .bf16 {
      let carries: [(ScalarType, Shape)] = [(type, []), (type, [])] + (isAlone ? [] : [(.f32, [3])])
      let body = Program.with(carries + [(type, [])]) { program, inputs in
        let op: BinaryOp = type == .bool ? .xor : .add
        let next = program.map([inputs[0], inputs.last!]) { $0.binary(op, $1[0], $1[1]) }
        return [inputs[1], next] + (isAlone ? [] : [program.reversed(inputs[2])]) + [inputs[0]]
      }
      let program = Program.with(carries + [(type, [7])]) { program, inputs in
        let (results, ys) = program.scan(body, length: 7, initial: inputs.dropLast(), xs: [inputs.last!])
        return results + ys
      }
      try program.checkLoops(target, loops: isAlone ? 0 : 1)
    }
  }

  @Test(arguments: Native.targets) func halvesTravelAsBits(target: Native.Target) throws {
    for type in [ScalarType.f16, .bf16] {
      let body = Program.with([(type, []), (type, [5])]) { program, inputs in
        let next = program.map([inputs[1], inputs[0]]) { k, v in
          k.convert(k.binary(.add, k.convert(v[0], to: .f32), k.convert(v[1], to: .f32)), to: type)
        }
        return [program.map([inputs[0]]) { k, v in k.convert(k.unary(.neg, k.convert(v[0], to: .f32)), to: type) }, next]
      }
      let program = Program.with([(type, []), (type, [5])]) { program, inputs in
        program.scan(body, length: 4, initial: inputs).results
      }
      try program.checkLoops(target, loops: 1)
    }
  }

  /// Carries that swap places and one that stays.
  @Test(arguments: Native.targets, [0, 1, 2, 5]) func carriesThatSwap(target: Native.Target, count: Int) throws {
    let shapes: [(ScalarType, Shape)] = [(.i32, []), (.f64, [6]), (.f64, [6]), (.f64, [6])]
    let body = Program.with(shapes) { program, inputs in
      let next = program.map([inputs[0]]) { k, v in k.binary(.add, v[0], k.constant(1, .i32)) }
      let sum = program.map([inputs[1], inputs[3]]) { $0.binary(.add, $1[0], $1[1]) }
      return [next, inputs[2], sum, inputs[3]]
    }
    let program = Program.with([(.i32, [])] + shapes) { program, inputs in
      let limit = Self.limit(&program, count, inputs[0])
      let zero = Self.limit(&program, 0, inputs[0])
      return program.whileLoop(
        Self.lessThan(.i32, Array(shapes.dropFirst())), body, conditionConstants: [limit],
        initial: [zero] + inputs[2...])
    }
    try program.checkLoops(target, loops: 1)
  }

  /// x[i] = y in place of a copy: the loop must not copy, and give the same.
  @Test(arguments: Native.targets) func updatesInPlace(target: Native.Target) throws {
    let body = Program.with([(.i64, []), (.f32, [50])]) { program, inputs in
      let copy = program.map([inputs[1]]) { $1[0] }
      let k = KernelBuilder()
      let i = k.clampIndex(k.load(inputs[0], .i64, at: []), 0, 49)
      k.store(k.convert(i, to: .f32), to: copy, at: [i])
      program.commands.append(.kernel(k.finish(name: "update")))
      return [program.map([inputs[0]]) { k, v in k.binary(.add, v[0], k.constant(3, .i64)) }, copy]
    }
    #expect(body.updatesInPlace(input: body.inputs[1], output: body.outputs[1]))
    // An element made from the others: it is read before it is written.
    let recurrence = Program.with([(.i64, []), (.f32, [50])]) { program, inputs in
      let copy = program.map([inputs[1]]) { $1[0] }
      let k = KernelBuilder()
      let i = k.clampIndex(k.load(inputs[0], .i64, at: []), 1, 49)
      let before = k.load(inputs[1], .f32, at: [k.addIndex(i, -1)])
      k.store(k.binary(.add, before, k.constant(1, .f32)), to: copy, at: [i])
      program.commands.append(.kernel(k.finish(name: "update")))
      return [program.map([inputs[0]]) { k, v in k.binary(.add, v[0], k.constant(1, .i64)) }, copy]
    }
    #expect(recurrence.updatesInPlace(input: recurrence.inputs[1], output: recurrence.outputs[1]))
    // A window made from the others is not.
    let shift = Program.with([(.f32, [50])]) { program, inputs in
      let copy = program.map([inputs[0]]) { $1[0] }
      let k = KernelBuilder()
      k.parallel([49]) { i in k.store(k.load(inputs[0], .f32, at: i), to: copy, at: [k.addIndex(i[0], 1)]) }
      program.commands.append(.kernel(k.finish(name: "shift")))
      return [copy]
    }
    #expect(!shift.updatesInPlace(input: shift.inputs[0], output: shift.outputs[0]))
    for length in [1, 2, 15] {
      for step in [body, recurrence] {
        let program = Program.with([(.i64, []), (.f32, [50])]) { program, inputs in
          program.scan(step, length: length, initial: inputs).results
        }
        try program.checkLoops(target, loops: 1)
      }
      let shifted = Program.with([(.f32, [50])]) { program, inputs in
        program.scan(shift, length: length, initial: inputs).results
      }
      try shifted.checkLoops(target, loops: 1)
    }
  }

  @Test(arguments: Native.targets) func productsInside(target: Native.Target) throws {
    // The last are left to the library.
    let sizes = [
      (1, 4, 4, 4), (1, 4, 1, 4), (1, 1, 5, 4), (1, 1, 1, 40), (3, 2, 2, 3), (1, 3, 20, 33), (1, 9, 30, 70), (2, 40, 30, 20),
    ]
    for (batch, m, n, k) in sizes {
      for (left, right, type) in [(false, false, ScalarType.f32), (true, false, .f64), (false, true, .f64), (true, true, .f32)] {
        let shapes: [(ScalarType, Shape)] = [(type, [batch, k, n]), (type, [batch, m, n])]
        let body = Program.with(shapes + [(type, [batch, m * k])]) { program, inputs in
          let product = program.dot(inputs[2], inputs[0], batch: batch, m, n, k, transposed: (left, right))
          if batch == 1 { program.buffers[product.index].shape = [1, m, n] }
          return [program.map([product, inputs[1]]) { $0.binary(.sub, $1[0], $1[1]) }]
        }
        let program = Program.with(shapes + [(type, [3, batch, m * k])]) { program, inputs in
          program.scan(body, length: 3, constants: [inputs[0]], initial: [inputs[1]], xs: [inputs[2]]).results
        }
        try program.checkLoops(target, loops: 1)
      }
    }
  }

  @Test(arguments: Native.targets) func branchesAndLoopsInside(target: Native.Target) throws {
    let shapes: [(ScalarType, Shape)] = [(.f32, []), (.f32, [9])]
    let branches =
      [BinaryOp.add, .mul, .max].map { op in
        Program.with(shapes) { program, inputs in
          let first = program.map([inputs[1], inputs[0]]) { $0.binary(op, $1[0], $1[1]) }
          return [program.sum(first), first]
        }
      } + [Program.with(shapes) { _, inputs in inputs }]
    let inner = Program.with(shapes) { program, inputs in
      let halved = program.map([inputs[1]]) { k, v in k.binary(.mul, v[0], k.constant(0.5, .f32)) }
      return [program.sum(halved), halved]
    }
    let body = Program.with([(.i32, [])] + shapes) { program, inputs in
      let next = program.map([inputs[0]]) { k, v in k.binary(.add, v[0], k.constant(1, .i32)) }
      let chosen = program.branch(inputs[0], branches, [inputs[1], inputs[2]])
      let scanned = program.scan(inner, length: 3, initial: chosen)
      let condition = Program.with([(.f32, []), (.f32, [9])]) { program, inputs in
        [program.map([inputs[0]], to: .bool) { k, v in k.binary(.gt, v[0], k.constant(0.1, .f32)) }]
      }
      let looped = program.whileLoop(condition, inner, initial: scanned.results)
      return [
        next, looped[0], program.map([looped[1], scanned.results[1]]) { $0.binary(.sub, $1[0], $1[1]) }, scanned.results[0],
      ]
    }
    let program = Program.with([(.i32, [])] + shapes) { program, inputs in
      let start = Self.limit(&program, -2, inputs[0])
      let (results, ys) = program.scan(body, length: 8, initial: [start, inputs[1], inputs[2]])
      return results + ys
    }
    try program.checkLoops(target, loops: 1)
  }

  /// A loop that has begun on the interpreter goes on in machine code.
  @Test(arguments: Native.targets) func loopsAreContinued(target: Native.Target) throws {
    let body = Program.with([(.f32, []), (.f32, [4])]) { program, inputs in
      [program.sum(inputs[1]), program.map([inputs[1], inputs[0]]) { $0.binary(.sub, $1[1], $1[0]) }]
    }
    var program = Program()
    let initial = [program.addBuffer(.f32, []), program.addBuffer(.f32, [4])]
    _ = program.scan(body, length: 9, initial: initial)
    guard case .scan(let scan) = program.commands[0] else { return }
    let source = NativeCompiler.Source(.scan(scan), in: program)
    let kernel = try target.compiler.compile([source])[0].get()
    func run(_ parts: [Range<Int>]) -> [Float] {
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: 64)
      defer { memory.deallocate() }
      for i in 0..<64 { memory[i] = Float(i) / 7 }
      let workspace = UnsafeMutableRawPointer.allocate(byteCount: kernel.workspaceBytes, alignment: 64)
      defer { workspace.deallocate() }
      // Workspace, the library's function and its context, carries, results, second memories.
      let places: [UnsafeMutableRawPointer?] = [0, 4, 8, 12, 16, 20].map { UnsafeMutableRawPointer(memory + $0) }
      var pointers = [workspace, nil, nil] + places
      for part in parts { kernel(&pointers, iterations: part) }
      let last = pointers[4]!.assumingMemoryBound(to: Float.self)
      return [pointers[3]!.load(as: Float.self)] + (0..<4).map { last[$0] }
    }
    let whole = run([0..<9])
    for parts in [[0..<1, 1..<9], [0..<4, 4..<9], [0..<2, 2..<3, 3..<9]] { #expect(run(parts) == whole) }
  }

  /// What depends on constants alone leaves the loop, and the loop around that; nothing else does.
  @Test(arguments: Native.targets) func invariantsLeaveTheirLoops(target: Native.Target) throws {
    let shapes: [(ScalarType, Shape)] = [(.f32, [9]), (.f32, [9])]
    let inner = Program.with(shapes) { program, inputs in
      let constant = program.reversed(program.map([inputs[0]]) { $0.unary(.exp, $1[0]) })
      return [program.reversed(program.map([inputs[1], constant]) { $0.binary(.sub, $1[1], $1[0]) })]
    }
    let outer = Program.with(shapes) { program, inputs in
      program.scan(inner, length: 3, constants: [inputs[0]], initial: [inputs[1]]).results
    }
    let program = Program.with(shapes) { program, inputs in
      program.scan(outer, length: 4, constants: [inputs[0]], initial: [inputs[1]]).results
    }
    let optimized = program.optimizingLoops()
    try verify(optimized)
    guard optimized.commands.count == 3, case .scan(let scan) = optimized.commands[2], scan.body.commands.count == 1,
      case .scan(let nested) = scan.body.commands[0]
    else {
      Issue.record("\(optimized)")
      return
    }
    #expect(nested.body.commands.count == 2)
    try program.checkLoops(target, loops: 1)
  }

  /// Sorts, and products too large to be written out, in branches and loops: each call must reach its own.
  @Test(arguments: Native.targets) func callsOfTheLibrary(target: Native.Target) throws {
    func product(_ width: Int) -> Program {
      Program.with([(.f32, [6, width]), (.f32, [width, width])]) { program, inputs in
        let product = program.dot(inputs[0], inputs[1], 6, width, width)
        return [program.map([product]) { k, v in k.binary(.mul, v[0], k.constant(0.1, .f32)) }, inputs[1]]
      }
    }
    let sort = Program.with([(.f32, [6, 40]), (.f32, [40, 40])]) { program, inputs in
      let result = program.addBuffer(.f32, [6, 40])
      program.commands.append(
        .library(
          LibraryCall(
            operation: .sort(rows: 6, length: 40, keys: 1, complex: [false]), inputs: [inputs[0]], outputs: [result])))
      return [result, inputs[1]]
    }
    let body = Program.with([(.i32, []), (.f32, [6, 40]), (.f32, [40, 40])]) { program, inputs in
      let next = program.map([inputs[0]]) { k, v in k.binary(.add, v[0], k.constant(1, .i32)) }
      let chosen = program.branch(inputs[0], [sort, product(40), sort], Array(inputs[1...]))
      let skipped = program.scan(product(40), length: 0, initial: chosen).results
      let sorted = program.scan(sort, length: 1, initial: skipped).results
      let looped = program.scan(product(40), length: 2, initial: sorted).results
      return [next, looped[0], looped[1]]
    }
    let program = Program.with([(.i32, []), (.f32, [6, 40]), (.f32, [40, 40])]) { program, inputs in
      let zero = Self.limit(&program, 0, inputs[0])
      return program.scan(body, length: 5, initial: [zero, inputs[1], inputs[2]]).results
    }
    try program.checkLoops(target, loops: 1)
  }

  /// A loop that waits for what a failing call of the library would have made ends with its error.
  @Test(arguments: Native.targets) func failingCallsEndTheirLoop(target: Native.Target) throws {
    let condition = Program.with([(.bool, [4, 4])]) { program, inputs in
      let waits = program.map([inputs[0]], shape: [1]) { k, _ in
        k.unary(.not, k.load(inputs[0], .bool, at: [k.index(0), k.index(0)]))
      }
      return [program.map([], to: .bool, shape: []) { k, _ in k.load(waits, .bool, at: [k.index(0)]) }]
    }
    // There are no products of booleans.
    let body = Program.with([(.bool, [4, 4])]) { program, inputs in [program.dot(inputs[0], inputs[0], 4, 4, 4)] }
    let program = Program.with([(.bool, [4, 4])]) { program, inputs in
      program.whileLoop(condition, body, initial: inputs)
    }
    let executable = try Executable(interpreting: program)
    #expect(executable.compilable.count == 1 && executable.compile(with: target.compiler).isEmpty)
    let (input, output) = ([UInt8](repeating: 0, count: 16), UnsafeMutablePointer<UInt8>.allocate(capacity: 16))
    defer { output.deallocate() }
    #expect(throws: SJError.self) {
      try input.withUnsafeBytes { try executable.run(inputs: [$0.baseAddress!], outputs: [UnsafeMutableRawPointer(output)]) }
    }
  }

  /// Loops that nobody will see the end of can be prepared, at least.
  @Test func estimatesDoNotOverflow() throws {
    var program = Program.with([(.f32, [9])]) { program, inputs in [program.reversed(inputs[0])] }
    for _ in 0..<5 {
      let body = program
      program = Program.with([(.f32, [9])]) { program, inputs in
        program.scan(body, length: 1 << 40, initial: inputs).results
      }
    }
    #expect(try Executable(program).compilable.count == 1)
  }
}
