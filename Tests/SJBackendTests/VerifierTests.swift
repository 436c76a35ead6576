import SJLoopIR
import SJTypes
import Testing

/// What the verifier says about one kernel over the given buffers; the last is the output.
private func complaint(_ buffers: [(ScalarType, Shape)], _ build: (KernelBuilder, [BufferID]) -> Void) -> String? {
  var program = Program()
  let ids = buffers.map { program.addBuffer($0.0, $0.1) }
  program.inputs = Array(ids.dropLast())
  program.outputs = [ids.last!]
  let builder = KernelBuilder()
  build(builder, ids)
  program.commands = [.kernel(builder.finish(name: "test"))]
  return complaint(program)
}

private func complaint(_ program: Program) -> String? {
  do { try verify(program) } catch { return "\(error)" }
  return nil
}

@Suite struct VerifierTests {
  private let vectors: [(ScalarType, Shape)] = [(.f32, [8]), (.f32, [8])]

  @Test func acceptsAnElementwiseKernel() {
    let result = complaint(vectors) { k, b in
      k.parallel([8]) { i in k.store(k.unary(.exp, k.load(b[0], .f32, at: i)), to: b[1], at: i) }
    }
    #expect(result == nil)
  }

  @Test func wrongTypes() {
    let result = complaint(vectors) { k, b in
      k.parallel([8]) { i in k.store(k.binary(.add, k.load(b[0], .f32, at: i), i[0]), to: b[1], at: i) }
    }
    #expect(result?.contains("operands are f32 and i64") == true)
    let narrow = complaint([(.f16, [8]), (.f16, [8])]) { k, b in
      k.parallel([8]) { i in k.store(k.unary(.exp, k.load(b[0], .f16, at: i)), to: b[1], at: i) }
    }
    #expect(narrow?.contains("no such operation on f16") == true)
  }

  @Test func indexOutOfBounds() {
    let result = complaint(vectors) { k, b in
      k.parallel([8]) { i in k.store(k.load(b[0], .f32, at: [k.addIndex(i[0], 1)]), to: b[1], at: i) }
    }
    #expect(result?.contains("is in 1...8") == true)
  }

  @Test func masksExcuse() {
    let result = complaint(vectors) { k, b in
      k.parallel([8]) { i in
        let next = k.addIndex(i[0], 1)
        k.store(k.load(b[0], .f32, at: [next], mask: k.inBounds(next, 0, 8)), to: b[1], at: i)
      }
    }
    #expect(result == nil)
  }

  @Test func dataMustBeClamped() {
    let buffers: [(ScalarType, Shape)] = [(.i32, [4]), (.f32, [8]), (.f32, [4])]
    func gather(_ clamps: Bool) -> String? {
      complaint(buffers) { k, b in
        k.parallel([4]) { i in
          let index = k.convert(k.load(b[0], .i32, at: i), to: .i64)
          k.store(k.load(b[1], .f32, at: [clamps ? k.clampIndex(index, 0, 7) : index]), to: b[2], at: i)
        }
      }
    }
    #expect(gather(true) == nil)
    #expect(gather(false)?.contains("index") == true)
  }

  @Test func loopVariablesOutsideTheirLoop() {
    let result = complaint(vectors) { k, b in
      var escaped: ExprID?
      k.parallel([8]) { i in escaped = i[0] }
      k.store(k.load(b[0], .f32, at: [escaped!]), to: b[1], at: [k.index(0)])
    }
    #expect(result?.contains("outside its loop") == true)
  }

  @Test func races() {
    let result = complaint(vectors) { k, b in
      k.parallel([8]) { i in k.store(k.load(b[0], .f32, at: i), to: b[1], at: [k.index(3)]) }
    }
    #expect(result?.contains("parallel iterations may store the same element") == true)
    let scattered = complaint([(.i32, [4]), (.i32, [8])]) { k, b in
      k.parallel([4]) { i in
        let index = k.clampIndex(k.convert(k.load(b[0], .i32, at: i), to: .i64), 0, 7)
        k.store(k.constant(1, .i32), to: b[1], at: [index], combine: .add)
      }
    }
    #expect(scattered?.contains("parallel iterations") == true)
  }

  /// A program whose kernel passes the first of two outputs on.
  private func passOn(_ iteration: (_ k: KernelBuilder, _ row: BufferID, _ out: BufferID, _ i: [ExprID]) -> Void) -> String? {
    var program = Program()
    let (row, out) = (program.addBuffer(.f32, [8, 4]), program.addBuffer(.f32, [8, 4]))
    program.outputs = [row, out]
    let k = KernelBuilder()
    k.passedOn = [row]
    k.parallel([8]) { i in iteration(k, row, out, i) }
    program.commands = [.kernel(k.finish(name: "test"))]
    return complaint(program)
  }

  /// Rows of one buffer, stored by one loop and loaded by another of the same iteration.
  @Test func rowsPassedOn() {
    func load(_ place: @escaping (KernelBuilder, _ i: ExprID, _ j: ExprID) -> [ExprID]) -> String? {
      passOn { k, row, out, i in
        k.parallel([4]) { j in k.store(k.constant(1, .f32), to: row, at: i + j) }
        k.parallel([4]) { j in k.store(k.load(row, .f32, at: place(k, i[0], j[0])), to: out, at: i + j) }
      }
    }
    func mirrored(_ k: KernelBuilder, _ j: ExprID, _ extent: Int) -> ExprID { k.addIndex(k.mulIndex(j, -1), extent - 1) }
    #expect(load { _, i, j in [i, j] } == nil)
    #expect(load { k, i, j in [i, mirrored(k, j, 4)] } == nil)
    #expect(load { k, i, j in [i, k.floorMod(j, 2)] }?.contains("may not have stored") == true)
    #expect(load { k, i, j in [mirrored(k, i, 8), j] }?.contains("may not have stored") == true)
    #expect(load { k, i, j in [i, k.index(0)] }?.contains("may not have stored") == true)
  }

  @Test func rowsPassedOnTooEarly() {
    let isBefore = passOn { k, row, out, i in
      k.parallel([4]) { j in k.store(k.load(row, .f32, at: i + j), to: out, at: i + j) }
      k.parallel([4]) { j in k.store(k.constant(1, .f32), to: row, at: i + j) }
    }
    #expect(isBefore?.contains("before or beside its store") == true)
    let byCarries = passOn { k, row, out, i in
      let zero = k.constant(0, .f32)
      let sum = k.loop(4, .lanes, carries: [zero], combine: ([zero], { [k.binary(.add, $0[0], $1[0])] })) { j, c in
        k.store(k.constant(1, .f32), to: row, at: i + [j])
        return [k.binary(.add, c[0], k.load(row, .f32, at: i + [k.addIndex(k.mulIndex(j, -1), 3)]))]
      }
      k.parallel([4]) { j in k.store(sum[0], to: out, at: i + j) }
    }
    #expect(byCarries?.contains("before or beside its store") == true)
  }

  @Test func sequentialScatterIsFine() {
    let result = complaint([(.i32, [4]), (.i32, [8, 3])]) { k, b in
      k.loop(4, .sequential) { i, _ in
        let index = k.clampIndex(k.convert(k.load(b[0], .i32, at: [i]), to: .i64), 0, 7)
        k.parallel([3]) { j in k.store(k.constant(1, .i32), to: b[1], at: [index, j[0]], combine: .add) }
        return []
      }
    }
    #expect(result == nil)
  }

  @Test func interleavedStoresAreFine() {
    let result = complaint(vectors) { k, b in
      k.parallel([4]) { i in
        let even = k.mulIndex(i[0], 2)
        k.store(k.load(b[0], .f32, at: [even]), to: b[1], at: [k.addIndex(even, 1)])
        k.store(k.load(b[0], .f32, at: [k.addIndex(even, 1)]), to: b[1], at: [even])
      }
    }
    #expect(result == nil)
  }

  @Test func storesOfNeighboursMeet() {
    let result = complaint([(.f32, [8]), (.f32, [9])]) { k, b in
      k.parallel([8]) { i in
        k.store(k.load(b[0], .f32, at: i), to: b[1], at: i)
        k.store(k.load(b[0], .f32, at: i), to: b[1], at: [k.addIndex(i[0], 1)])
      }
    }
    #expect(result?.contains("two stores") == true)
  }

  @Test func reshapedStoresAreInjective() {
    let result = complaint([(.f32, [6, 4]), (.f32, [3, 8])]) { k, b in
      k.parallel([6, 4]) { i in
        k.store(k.load(b[0], .f32, at: i), to: b[1], at: k.unravel(k.linearIndex(i, in: [6, 4]), into: [3, 8]))
      }
    }
    #expect(result == nil)
  }

  /// Loops that have become one: its counter's digits tell iterations apart, if all of them are there.
  @Test func digitsOfCountersAreInjective() {
    func store(_ place: @escaping (KernelBuilder, ExprID) -> [ExprID]) -> String? {
      complaint([(.f32, [24]), (.f32, [2, 9, 8])]) { k, b in
        k.parallel([24]) { i in k.store(k.load(b[0], .f32, at: i), to: b[1], at: place(k, i[0])) }
      }
    }
    let start = { (k: KernelBuilder, b: ExprID) in k.addIndex(b, 1) }
    let digits = store { k, i in
      let high = k.floorDiv(i, 4)
      return [k.floorDiv(high, 3), start(k, k.floorMod(high, 3)), k.floorMod(i, 4)]
    }
    #expect(digits == nil)
    let missing = store { k, i in [k.floorDiv(i, 12), k.floorMod(k.floorDiv(i, 4), 3), k.index(0)] }
    #expect(missing?.contains("may store the same element") == true)
  }

  @Test func buffersHaveOneWriter() {
    var program = Program()
    let (a, b) = (program.addBuffer(.f32, [2]), program.addBuffer(.f32, [2]))
    program.inputs = [a]
    program.outputs = [b]
    #expect(complaint(program)?.contains("never written") == true)
    program.commands = [.host(HostCommand(function: HostFunction(name: "f"), inputs: [a], results: [a]))]
    #expect(complaint(program)?.contains("input b0 is written") == true)
    let host = Command.host(HostCommand(function: HostFunction(name: "f"), inputs: [a], results: [b]))
    program.commands = [host, host]
    #expect(complaint(program)?.contains("written twice") == true)
  }

  @Test func signaturesOfBodies() {
    var body = Program()
    body.inputs = [body.addBuffer(.f32, [])]
    body.outputs = body.inputs
    var program = Program()
    let (start, xs, end) = (program.addBuffer(.f32, []), program.addBuffer(.f32, [5]), program.addBuffer(.f32, []))
    program.inputs = [start, xs]
    program.outputs = [end]
    let scan = ScanCommand(
      length: 5, reverse: false, body: body, constants: [], initial: [start], xs: [xs], results: [end], ys: [])
    program.commands = [.scan(scan)]
    #expect(complaint(program)?.contains("inputs of the body are (f32[]), not (f32[], f32[])") == true)
  }
}

@Suite struct PrinterTests {
  @Test func kernel() {
    var program = Program()
    let (a, b) = (program.addBuffer(.f32, [3]), program.addBuffer(.f32, [3]))
    program.inputs = [a]
    program.outputs = [b]
    let k = KernelBuilder()
    k.parallel([3]) { i in
      let x = k.load(a, .f32, at: i)
      k.store(k.binary(.mul, x, x), to: b, at: i)
    }
    program.commands = [.kernel(k.finish(name: "square"))]
    #expect(
      program.description == """
        (b0: f32[3]) -> (b1) {
          b1: f32[3]
          kernel "square" {
            %1: f32 = b0[a0]
            parallel a0 < 3 {
              b1[a0] = mul(%1, %1)
            }
          }
        }

        """)
  }
}
