import SJBackendCPU
import SJLoopIR
import SJTypes
import Testing

/// A program of one kernel `out = f(in…)` on scalars or elementwise on one shape.
private func elementwise(
  _ inputs: Int, _ type: ScalarType, _ shape: Shape, outputs: Int = 1, to: ScalarType? = nil,
  _ body: (KernelBuilder, [ExprID]) -> [ExprID]
) -> Program {
  var program = Program()
  program.inputs = (0..<inputs).map { _ in program.addBuffer(type, shape) }
  program.outputs = (0..<outputs).map { _ in program.addBuffer(to ?? type, shape) }
  let k = KernelBuilder()
  k.parallel(shape) { i in
    let results = body(k, program.inputs.map { k.load($0, type, at: i) })
    for (result, out) in zip(results, program.outputs) { k.store(result, to: out, at: i) }
  }
  program.commands = [.kernel(k.finish(name: "f"))]
  return program
}

/// Runs a verified program on typed inputs; gives the outputs' elements.
private func run<T>(_ program: Program, _ inputs: [[T]], outputs counts: [Int]) throws -> [[T]] where T: Numeric {
  try verify(program)
  let executable = try Executable(program)
  var results = counts.map { [T](repeating: 0, count: $0) }
  let inputs = inputs.map { values in
    let memory = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
    memory.initialize(from: values, count: values.count)
    return memory
  }
  let outputs = counts.map { UnsafeMutablePointer<T>.allocate(capacity: max($0, 1)) }
  try executable.run(inputs: inputs.map { UnsafeRawPointer($0) }, outputs: outputs.map { UnsafeMutableRawPointer($0) })
  for i in counts.indices { results[i] = Array(UnsafeBufferPointer(start: outputs[i], count: counts[i])) }
  (inputs + outputs).forEach { $0.deallocate() }
  return results
}

@Suite struct ProgramTests {
  @Test func temporariesShareMemory() throws {
    var program = elementwise(1, .f32, [1000]) { k, x in [k.binary(.add, x[0], x[0])] }
    for _ in 0..<9 {
      let source = program.outputs[0]
      program.outputs = [program.addBuffer(.f32, [1000])]
      let k = KernelBuilder()
      k.parallel([1000]) { i in
        k.store(k.binary(.add, k.load(source, .f32, at: i), k.constant(1, .f32)), to: program.outputs[0], at: i)
      }
      program.commands.append(.kernel(k.finish(name: "increment")))
    }
    #expect(try Executable(program).temporaryBytes <= 2 * 4096)
    let result = try run(program, [(0..<1000).map(Float.init)], outputs: [1000])
    #expect(result[0] == (0..<1000).map { Float($0) * 2 + 9 })
  }

  /// A row that is passed on has the memory of what takes its place; not where it is still needed then.
  @Test(arguments: [false, true]) func rowsTakeTheMemoryOfWhatFollows(isNeededLater: Bool) throws {
    var program = Program()
    let x = program.addBuffer(.f32, [40, 100])
    let (row, out) = (program.addBuffer(.f32, [40, 100]), program.addBuffer(.f32, [40, 100]))
    (program.inputs, program.outputs) = ([x], [out])
    let k = KernelBuilder()
    k.passedOn = [row]
    k.parallel([40]) { i in
      k.parallel([100]) { j in k.store(k.unary(.neg, k.load(x, .f32, at: i + j)), to: row, at: i + j) }
      let zero = k.constant(0, .f32)
      let sum = k.loop(100, .lanes, carries: [zero], combine: ([zero], { [k.binary(.add, $0[0], $1[0])] })) { j, c in
        [k.binary(.add, c[0], k.load(row, .f32, at: i + [j]))]
      }[0]
      k.parallel([100]) { j in
        let mirrored = k.addIndex(k.mulIndex(j[0], -1), 99)
        k.store(k.binary(.add, k.load(row, .f32, at: i + [isNeededLater ? mirrored : j[0]]), sum), to: out, at: i + j)
      }
    }
    program.commands = [.kernel(k.finish(name: "rows"))]
    try verify(program)
    #expect(try Executable(program).temporaryBytes == (isNeededLater ? 16_000 : 0))
    let values = (0..<4000).map { Float($0 % 7) }
    let result = try run(program, [values], outputs: [4000])
    let expected = (0..<4000).map { n in
      let (i, j) = (n / 100, n % 100)
      let total = -values[(i * 100)..<(i * 100 + 100)].reduce(0, +)
      return total - values[i * 100 + (isNeededLater ? 99 - j : j)]
    }
    #expect(result[0] == expected)
  }

  @Test func outputsThatAreInputsOrRepeat() throws {
    var program = elementwise(1, .i32, [3]) { k, x in [k.unary(.neg, x[0])] }
    program.outputs = [program.inputs[0], program.outputs[0], program.outputs[0]]
    let result = try run(program, [[1, 2, 3] as [Int32]], outputs: [3, 3, 3])
    #expect(result == [[1, 2, 3], [-1, -2, -3], [-1, -2, -3]])
  }

  private func whileProgram(_ shape: Shape) -> Program {
    // (limit; i, j, fixed): while i < limit: (i, j) = (i + 1, i + j)
    var condition = Program()
    condition.inputs = (0..<4).map { _ in condition.addBuffer(.i32, shape) }
    condition.outputs = [condition.addBuffer(.bool, [])]
    let k = KernelBuilder()
    let zero = shape.map { _ in k.index(0) }
    let test = k.binary(
      .lt, k.load(condition.inputs[1], .i32, at: zero), k.load(condition.inputs[0], .i32, at: zero))
    k.store(test, to: condition.outputs[0], at: [])
    condition.commands = [.kernel(k.finish(name: "condition"))]
    var body = elementwise(3, .i32, shape, outputs: 2) { k, c in
      [k.binary(.add, c[0], k.constant(1, .i32)), k.binary(.add, c[0], c[1])]
    }
    body.outputs.append(body.inputs[2])
    var program = Program()
    program.inputs = (0..<4).map { _ in program.addBuffer(.i32, shape) }
    program.outputs = (0..<3).map { _ in program.addBuffer(.i32, shape) }
    program.commands = [
      .whileLoop(
        WhileCommand(
          condition: condition, conditionConstants: [program.inputs[0]], body: body, bodyConstants: [],
          initial: Array(program.inputs[1...]), results: program.outputs))
    ]
    return program
  }

  @Test(arguments: [0, 1, 2, 7] as [Int32]) func whileLoops(limit: Int32) throws {
    let result = try run(whileProgram([]), [[limit], [0], [100], [-5]], outputs: [1, 1, 1])
    #expect(result == [[limit], [100 + limit * (limit - 1) / 2], [-5]])
    let wide = [limit, 9, 9]
    let many = try run(whileProgram([3]), [wide, [0, 1, 2], [0, 0, 0], [4, 5, 6]], outputs: [3, 3, 3])
    #expect(many[0] == [limit, 1 + limit, 2 + limit])
    #expect(many[2] == [4, 5, 6])
  }

  @Test(arguments: [0, 1, 2, 9], [false, true]) func scans(length: Int, reverse: Bool) throws {
    // (scale; total; x) → (total + scale x; total)
    var body = Program()
    body.inputs = [[], [2], [2]].map { body.addBuffer(.f64, $0) }
    body.outputs = [[2], [2]].map { body.addBuffer(.f64, $0) }
    let k = KernelBuilder()
    k.parallel([2]) { i in
      let total = k.load(body.inputs[1], .f64, at: i)
      let scaled = k.binary(.mul, k.load(body.inputs[0], .f64, at: []), k.load(body.inputs[2], .f64, at: i))
      k.store(k.binary(.add, total, scaled), to: body.outputs[0], at: i)
      k.store(total, to: body.outputs[1], at: i)
    }
    body.commands = [.kernel(k.finish(name: "body"))]
    var program = Program()
    program.inputs = [[], [2], [length, 2]].map { program.addBuffer(.f64, $0) }
    program.outputs = [[2], [length, 2]].map { program.addBuffer(.f64, $0) }
    program.commands = [
      .scan(
        ScanCommand(
          length: length, reverse: reverse, body: body, constants: [program.inputs[0]], initial: [program.inputs[1]],
          xs: [program.inputs[2]], results: [program.outputs[0]], ys: [program.outputs[1]]))
    ]
    let xs = (0..<2 * length).map { Double($0 * $0) }
    let result = try run(program, [[3], [1, 2], xs], outputs: [2, 2 * length])
    var total = [1.0, 2.0]
    var ys = [Double](repeating: 0, count: 2 * length)
    for step in 0..<length {
      let i = reverse ? length - 1 - step : step
      for j in 0..<2 {
        ys[2 * i + j] = total[j]
        total[j] += 3 * xs[2 * i + j]
      }
    }
    #expect(result == [total, ys])
  }

  @Test(arguments: [-3, 0, 1, 2, 50] as [Int32]) func branches(index: Int32) throws {
    let operations: [BinaryOp] = [.add, .sub, .mul]
    var program = Program()
    program.inputs = [[], [4], [4]].map { program.addBuffer(.i32, $0) }
    program.outputs = [program.addBuffer(.i32, [4])]
    program.commands = [
      .branch(
        BranchCommand(
          index: program.inputs[0],
          branches: operations.map { op in elementwise(2, .i32, [4]) { k, x in [k.binary(op, x[0], x[1])] } },
          inputs: Array(program.inputs[1...]), results: program.outputs))
    ]
    let result = try run(program, [[index], [5, 6, 7, 8], [1, 2, 3, 4]], outputs: [4])
    let expected: [[Int32]] = [[6, 8, 10, 12], [4, 4, 4, 4], [5, 12, 21, 32]]
    #expect(result[0] == expected[Int(min(max(index, 0), 2))])
  }

  private final class Doubling: HostFunction {
    override func call(inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer]) throws {
      let x = inputs[0].load(as: Float.self)
      if x < 0 { throw SJError(.callback, "negative") }
      outputs[0].storeBytes(of: 2 * x, as: Float.self)
    }
  }

  @Test func hostFunctions() throws {
    var program = Program()
    program.inputs = [program.addBuffer(.f32, [])]
    program.outputs = [program.addBuffer(.f32, [])]
    program.commands = [
      .host(HostCommand(function: Doubling(name: "double"), inputs: program.inputs, results: program.outputs))
    ]
    #expect(try run(program, [[21 as Float]], outputs: [1]) == [[42]])
    #expect(throws: SJError.self) { try run(program, [[-1 as Float]], outputs: [1]) }
  }

  @Test(arguments: [false, true], [false, true]) func matrixProducts(left: Bool, right: Bool) throws {
    var program = Program()
    let (batch, m, n, k) = (2, 3, 4, 5)
    program.inputs = [program.addBuffer(.f64, [batch, m, k]), program.addBuffer(.f64, [batch, k, n])]
    program.outputs = [program.addBuffer(.f64, [batch, m, n])]
    let operation = LibraryOperation.dot(
      batch: batch, m: m, n: n, k: k, lhsTransposed: left, rhsTransposed: right, complex: false)
    program.commands = [
      .library(LibraryCall(operation: operation, inputs: program.inputs, outputs: program.outputs))
    ]
    let a = (0..<batch * m * k).map(Double.init)
    let b = (0..<batch * k * n).map { Double($0 % 7) }
    let result = try run(program, [a, b], outputs: [batch * m * n])[0]
    for index in result.indices {
      let (p, i, j) = (index / (m * n), index / n % m, index % n)
      let expected = (0..<k).reduce(0.0) { sum, l in
        sum + a[p * m * k + (left ? l * m + i : i * k + l)] * b[p * k * n + (right ? j * k + l : l * n + j)]
      }
      #expect(result[index] == expected)
    }
  }

  @Test func sorting() throws {
    var program = Program()
    program.inputs = (0..<2).map { _ in program.addBuffer(.i32, [2, 3]) }
    program.outputs = (0..<2).map { _ in program.addBuffer(.i32, [2, 3]) }
    program.commands = [
      .library(
        LibraryCall(
          operation: .sort(rows: 2, length: 3, keys: 1, complex: [false, false]), inputs: program.inputs,
          outputs: program.outputs))
    ]
    let result = try run(program, [[3, 1, 2, 5, 5, 4] as [Int32], [0, 1, 2, 3, 4, 5]], outputs: [6, 6])
    #expect(result == [[1, 2, 3, 4, 5, 5], [1, 2, 0, 5, 3, 4]])
  }

  @Test(arguments: [true, false]) func threefry(sharedKey: Bool) throws {
    // Known answers of Threefry-2x32 with 20 rounds (Random123, kat_vectors).
    var program = Program()
    let keyShape: Shape = sharedKey ? [1] : [2]
    program.inputs = [keyShape, keyShape, [2], [2]].map { program.addBuffer(.u32, $0) }
    program.outputs = (0..<2).map { _ in program.addBuffer(.u32, [2]) }
    program.commands = [
      .library(LibraryCall(operation: .threefry2x32(count: 2), inputs: program.inputs, outputs: program.outputs))
    ]
    let ones = UInt32.max
    let keys: [UInt32] = sharedKey ? [0] : [0, ones]
    let result = try run(program, [keys, keys, [0, ones], [0, ones]], outputs: [2, 2])
    #expect(result[0][0] == 0x6b20_0159 && result[1][0] == 0x99ba_4efe)
    if !sharedKey { #expect(result[0][1] == 0x1cb9_96fc && result[1][1] == 0xbb00_2be7) }
  }
}

@Suite struct ReuseTests {
  private func copy(_ program: inout Program, _ source: BufferID) -> BufferID {
    let target = program.addBuffer(program[source].type, program[source].shape)
    let k = KernelBuilder()
    k.parallel(program[source].shape) { i in k.store(k.load(source, program[source].type, at: i), to: target, at: i) }
    program.commands.append(.kernel(k.finish(name: "copy")))
    return target
  }

  /// `target[at] = value` for scalars in buffers.
  private func update(_ program: inout Program, _ target: BufferID, _ at: BufferID, _ value: BufferID) {
    let k = KernelBuilder()
    let position = k.clampIndex(k.convert(k.load(at, .i32, at: []), to: .i64), 0, program[target].shape[0] - 1)
    k.store(k.load(value, .i32, at: []), to: target, at: [position])
    program.commands.append(.kernel(k.finish(name: "update")))
  }

  /// (x; i, array) → (i + 1, array with array[i] = x), reading the old array afterwards if asked to.
  private func body(length: Int, readsOld: Bool) -> Program {
    var body = Program()
    body.inputs = [[], [], [length]].map { body.addBuffer(.i32, $0) }
    let array = copy(&body, body.inputs[2])
    update(&body, array, body.inputs[1], body.inputs[0])
    let next = body.addBuffer(.i32, [])
    let k = KernelBuilder()
    let one = k.constant(1, .i32)
    let step = readsOld ? k.binary(.add, one, k.load(body.inputs[2], .i32, at: [k.index(0)])) : one
    k.store(k.binary(.add, k.load(body.inputs[1], .i32, at: []), step), to: next, at: [])
    body.commands.append(.kernel(k.finish(name: "increment")))
    body.outputs = [next, array]
    return body
  }

  private func loop(length: Int, steps: Int, readsOld: Bool) -> Program {
    var program = Program()
    program.inputs = [[], [], [length]].map { program.addBuffer(.i32, $0) }
    program.outputs = [[], [length]].map { program.addBuffer(.i32, $0) }
    program.commands = [
      .scan(
        ScanCommand(
          length: steps, reverse: false, body: body(length: length, readsOld: readsOld),
          constants: [program.inputs[0]], initial: Array(program.inputs[1...]), xs: [], results: program.outputs,
          ys: []))
    ]
    return program
  }

  @Test func loopsUpdateArraysInPlace() throws {
    let program = loop(length: 9, steps: 4, readsOld: false)
    #expect(
      try run(program, [[7], [2], [Int32](repeating: 1, count: 9)], outputs: [1, 9]) == [
        [6], [1, 1, 7, 7, 7, 7, 1, 1, 1],
      ])
    // Ten thousand steps through a megabyte: copies would take seconds.
    let long = loop(length: 250_000, steps: 10_000, readsOld: false)
    let start = ContinuousClock.now
    let result = try run(long, [[7], [0], [Int32](repeating: 1, count: 250_000)], outputs: [1, 250_000])
    #expect(result[0] == [10_000] && result[1][9_999] == 7 && result[1][10_000] == 1)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func arraysReadLaterAreKept() throws {
    let program = loop(length: 4, steps: 2, readsOld: true)
    // i: 0 → 0 + 1 + old[0] = 3 → 3 + 1 + old[0] = 11, where old[0] is 2, then 7.
    let result = try run(program, [[7], [0], [2, 2, 2, 2] as [Int32]], outputs: [1, 4])
    #expect(result == [[11], [7, 2, 2, 7]])
  }

  @Test func updatesOfTemporariesAndOutputs() throws {
    var program = Program()
    program.inputs = [[], [], [5]].map { program.addBuffer(.i32, $0) }
    var array = program.inputs[2]
    for _ in 0..<3 {
      array = copy(&program, array)
      update(&program, array, program.inputs[0], program.inputs[1])
    }
    program.outputs = [array]
    #expect(try Executable(program).temporaryBytes == 0)
    let result = try run(program, [[3], [-1], [1, 2, 3, 4, 5] as [Int32]], outputs: [5])
    #expect(result == [[1, 2, 3, -1, 5]])
  }
}
