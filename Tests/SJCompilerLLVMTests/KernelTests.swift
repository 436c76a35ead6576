import CSJKernels
import Glibc
import SJBackendCPU
import SJLoopIR
import SJTypes
import Testing

@testable import SJCompilerLLVM

/// Kernels on random data: compiled code against the reference, bit for bit.
@Suite(.enabled(if: Native.isAvailable, "needs libswiftjax-compiler.so (make compiler)"))
struct KernelTests {
  // MARK: Elementwise

  @Test(arguments: [1, 2, 3, 7, 8, 16, 31, 64, 100], Native.targets)
  func addition(count: Int, target: Native.Target) throws {
    let test = KernelTest()
    let x = test.input(.f32, [count])
    let y = test.input(.f32, [count])
    let out = test.output(.f32, [count])
    test.builder.parallel([count]) { i in
      let sum = test.builder.binary(.add, test.load(x, i), test.load(y, i))
      test.builder.store(sum, to: out, at: i)
    }
    try test.check(target)
  }

  @Test(arguments: UnaryOp.allCases, [ScalarType.f32, .f64])
  func unaryFloat(op: UnaryOp, type: ScalarType) throws {
    if [.not, .popcount, .clz].contains(op) { return }
    try elementwise([type], count: 203) { b, x in b.unary(op, x[0]) }
  }

  @Test(arguments: UnaryOp.allCases, [ScalarType.i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64])
  func unaryInteger(op: UnaryOp, type: ScalarType) throws {
    guard [.neg, .abs, .sign, .not, .popcount, .clz].contains(op) else { return }
    try elementwise([type], count: 203) { b, x in b.unary(op, x[0]) }
  }

  @Test(arguments: BinaryOp.allCases, [ScalarType.f32, .f64])
  func binaryFloat(op: BinaryOp, type: ScalarType) throws {
    if [.and, .or, .xor, .shl, .shrArithmetic, .shrLogical].contains(op) { return }
    try elementwise([type, type], count: 403) { b, x in b.binary(op, x[0], x[1]) }
  }

  @Test(arguments: BinaryOp.allCases, [ScalarType.i8, .i16, .i32, .i64, .u8, .u16, .u32, .u64])
  func binaryInteger(op: BinaryOp, type: ScalarType) throws {
    if [.pow, .atan2, .nextafter].contains(op) { return }
    try elementwise([type, type], count: 403) { b, x in b.binary(op, x[0], x[1]) }
  }

  @Test(arguments: [BinaryOp.div, .rem], [ScalarType.i8, .i32, .i64, .u8, .u32, .u64])
  func divisionByConstants(op: BinaryOp, type: ScalarType) throws {
    try elementwise([type], count: 203) { b, x in
      [1, 2, 3, 7, 100, 127, -2, -1, 0].map { b.binary(op, x[0], b.constant($0, type)) }.reduce(x[0]) {
        b.binary(.xor, b.binary(.mul, $0, b.constant(31, type)), $1)
      }
    }
  }

  @Test(arguments: [BinaryOp.and, .or, .xor, .eq, .ne, .lt, .le, .gt, .ge, .min, .max, .add, .mul])
  func binaryBool(op: BinaryOp) throws {
    try elementwise([.bool, .bool], count: 77) { b, x in b.binary(op, x[0], x[1]) }
  }

  @Test(arguments: ScalarType.allCases, ScalarType.allCases)
  func conversion(from: ScalarType, to: ScalarType) throws {
    try elementwise([from], count: 203) { b, x in b.convert(x[0], to: to) }
  }

  /// Lowering converts to f32 instead, but scatters add in the buffer's type.
  @Test(arguments: [BinaryOp.add, .mul, .min, .max, .lt], [ScalarType.f16, .bf16])
  func binaryHalf(op: BinaryOp, type: ScalarType) throws {
    try elementwise([type, type], count: 203) { b, x in
      b.binary(op, x[0], x[1])
    }
  }

  @Test(arguments: [ScalarType.f32, .f64, .i32, .u8])
  func ternary(type: ScalarType) throws {
    try elementwise([type, type, type, .bool], count: 203) { b, x in
      b.ternary(.select, x[3], b.ternary(.fma, x[0], x[1], x[2]), b.ternary(.clamp, x[0], x[1], x[2]))
    }
  }

  /// An operation without meaning for a type is an error, for the compiler and for the interpreter, or has one for both.
  @Test func everyOperationOnEveryType() throws {
    for type in ScalarType.allCases {
      func check(_ what: String, _ make: (KernelBuilder, ExprID) -> ExprID) throws {
        let test = KernelTest()
        let b = test.builder
        let (x, out) = (test.input(type, [9]), test.output(.i64, [9]))
        b.parallel([9]) { i in
          let value = make(b, test.load(x, i))
          b.store(b.type(of: value) == .i64 ? value : b.convert(value, to: .i64), to: out, at: i)
        }
        let isInterpreted = (try? Executable(interpreting: test.program(out: out))) != nil
        for target in Native.targets {
          if case .failure(let error) = target.compiler.compile([test.source])[0] {
            #expect(!isInterpreted, "\(what) of \(type): \(error)")
            #expect(!error.message.isEmpty)
          }
        }
      }
      for op in UnaryOp.allCases { try check("\(op)") { $0.unary(op, $1) } }
      // Programs have no nextafter of 16-bit floats: lowering writes it out.
      for op in BinaryOp.allCases where op != .nextafter || type.size != 2 { try check("\(op)") { $0.binary(op, $1, $1) } }
      for op in [TernaryOp.fma, .clamp] { try check("\(op)") { $0.ternary(op, $1, $1, $1) } }
    }
  }

  private func elementwise(
    _ types: [ScalarType], count: Int, _ body: (KernelBuilder, [ExprID]) -> ExprID
  ) throws {
    for target in Native.targets {
      let test = KernelTest()
      let inputs = types.map { test.input($0, [count]) }
      var out: BufferID?
      test.builder.parallel([count]) { i in
        let value = body(test.builder, inputs.map { test.load($0, i) })
        out = test.output(test.builder.type(of: value), [count])
        test.builder.store(value, to: out!, at: i)
      }
      try test.check(target)
    }
  }

  // MARK: Indices

  @Test func transposeAndBroadcast() throws {
    try onAllTargets { test in
      let x = test.input(.f32, [13, 21])
      let bias = test.input(.f32, [21])
      let out = test.output(.f32, [21, 13])
      let b = test.builder
      b.parallel([21, 13]) { i in
        b.store(b.binary(.sub, test.load(x, [i[1], i[0]]), test.load(bias, [i[0]])), to: out, at: i)
      }
    }
  }

  @Test func reshapeThroughDivision() throws {
    try onAllTargets { test in
      let x = test.input(.f64, [6, 35])
      let out = test.output(.f64, [10, 21])
      let b = test.builder
      b.parallel([10, 21]) { i in
        b.store(test.load(x, b.unravel(b.linearIndex(i, in: [10, 21]), into: [6, 35])), to: out, at: i)
      }
    }
  }

  @Test func gatherWithMask() throws {
    try onAllTargets { test in
      let x = test.input(.f32, [50])
      let positions = test.input(.i32, [77])
      let out = test.output(.f32, [77])
      let b = test.builder
      b.parallel([77]) { i in
        let position = b.convert(test.load(positions, i), to: .i64)
        let inside = b.inBounds(position, 0, 50)
        b.store(
          b.load(x, .f32, at: [position], mask: inside, fill: b.constant(-7.5, .f32)), to: out, at: i)
      }
    }
  }

  @Test(arguments: [ScalarType.f32, .f64, .i16, .u8, .bool])
  func padding(type: ScalarType) throws {
    try onAllTargets { test in
      let x = test.input(type, [5, 20])
      let out = test.output(type, [8, 27])
      let b = test.builder
      b.parallel([8, 27]) { i in
        let position = [b.addIndex(i[0], -1), b.addIndex(i[1], -3)]
        let inside = b.and(b.inBounds(position[0], 0, 5), b.inBounds(position[1], 0, 20))
        b.store(b.load(x, type, at: position, mask: inside, fill: b.constant(1, type)), to: out, at: i)
      }
    }
  }

  @Test func maskedStore() throws {
    try onAllTargets { test in
      let x = test.input(.f32, [45])
      let out = test.output(.f32, [45])
      let b = test.builder
      b.parallel([45]) { i in
        let value = test.load(x, i)
        b.store(value, to: out, at: i, mask: b.binary(.gt, value, b.constant(0, .f32)), combine: .add)
      }
    }
  }

  /// Only some elements of what is read as well, in vectors the last of which is partial.
  @Test(arguments: [5, 37]) func maskedStoreInPlace(count: Int) throws {
    try onAllTargets { test in
      let x = test.output(.f32, [count])
      let y = test.output(.f32, [count])
      let b = test.builder
      b.parallel([count]) { i in
        let value = test.load(x, i)
        let isPositive = b.binary(.gt, value, b.constant(0, .f32))
        b.store(b.unary(.neg, value), to: x, at: i, mask: isPositive)
        b.store(value, to: y, at: i)
        b.store(b.unary(.sqrt, value), to: y, at: i, mask: isPositive)
      }
    }
  }

  /// A row by itself, and then with others, in vectors the last of which is partial: what is copied of one row leads
  /// to no other.
  @Test(arguments: [3, 21]) func rowBesideAllRows(columns: Int) throws {
    try onAllTargets { test in
      let x = test.input(.f32, [6, columns])
      let out = test.output(.f32, [columns])
      let b = test.builder
      b.parallel([columns]) { j in
        let first = b.unary(.neg, test.load(x, [b.index(0), j[0]]))
        b.store(first, to: out, at: j)
        let sum = test.reduce(.blocks, 6, .add, 0) { test.load(x, [$0, j[0]]) }
        b.store(b.binary(.mul, first, sum), to: test.output(.f32, [columns]), at: j)
      }
    }
  }

  @Test func scatterInOrder() throws {
    try onAllTargets { test in
      let updates = test.input(.f32, [60])
      let positions = test.input(.u8, [60])
      let out = test.output(.f32, [9])
      let b = test.builder
      b.loop(60, .sequential) { i, _ in
        let position = b.convert(test.load(positions, [i]), to: .i64)
        b.store(test.load(updates, [i]), to: out, at: [b.floorMod(position, 9)], combine: .add)
        return []
      }
    }
  }

  @Test func inPlace() throws {
    try onAllTargets { test in
      let x = test.output(.f32, [3, 37])
      let b = test.builder
      b.parallel([3, 37]) { i in
        b.store(b.binary(.mul, test.load(x, i), b.constant(3, .f32)), to: x, at: i)
      }
    }
  }

  @Test func emptyAndScalar() throws {
    try onAllTargets { test in
      let x = test.input(.f32, [])
      let out = test.output(.f32, [])
      let empty = test.input(.f32, [0])
      let unused = test.output(.f32, [0])
      let b = test.builder
      b.store(b.unary(.exp, test.load(x, [])), to: out, at: [])
      b.parallel([0]) { i in b.store(test.load(empty, i), to: unused, at: i) }
    }
  }

  /// Loops that one vector does, with and without lanes left over.
  @Test(arguments: Array(1...20) + [31, 33], [ScalarType.f32, .f64, .i32, .u64, .i16, .u8, .f16, .bool])
  func shortLoops(count: Int, type: ScalarType) throws {
    try onAllTargets { test in
      let (x, columns) = (test.input(type, [3, count]), test.input(type, [count, 3]))
      let (sums, turned, changed, some) = (
        test.output(type, [3, count]), test.output(type, [count, 3]), test.output(type, [3, count]),
        test.output(type, [3, count])
      )
      let b = test.builder
      b.parallel([3, count]) { i in
        let value = b.binary(type == .bool ? .xor : .add, test.load(x, i), test.load(columns, [i[1], i[0]]))
        b.store(value, to: sums, at: i)
        b.store(value, to: turned, at: [i[1], i[0]])
        b.store(b.binary(.max, value, test.load(changed, i)), to: changed, at: i)
        b.store(value, to: some, at: i, mask: b.binary(.lt, test.load(x, i), test.load(columns, [i[1], i[0]])))
      }
    }
  }

  // MARK: Reductions

  /// Few elements, or such that the last vector has few.
  @Test(arguments: Array(1...18) + [31, 40, 300], [ScalarType.f32, .f64, .i32, .i8, .f16, .bool])
  func extrema(count: Int, type: ScalarType) throws {
    try onAllTargets { test in
      let x = test.input(type, [2, count])
      let b = test.builder
      for op in type == .bool ? [BinaryOp.or, .and] : type.isFloat ? [.max, .min] : [.max, .min, .xor, .mul] {
        let out = test.output(type, [2])
        let identity: Double =
          switch op {
          case .max: type.isFloat ? -.infinity : type == .i8 ? -128 : -2_147_483_648
          case .min: type.isFloat ? .infinity : type == .i8 ? 127 : 2_147_483_647
          case .mul, .and: 1
          default: 0
          }
        b.parallel([2]) { i in
          b.store(test.reduce(.lanes, count, op, identity) { test.load(x, [i[0], $0]) }, to: out, at: i)
        }
      }
    }
  }

  @Test(arguments: [0, 1, 5, 31, 32, 33, 64, 75, 4096, 4097, 13000], Native.targets)
  func sum(count: Int, target: Native.Target) throws {
    for type in [ScalarType.f32, .f64, .i32] {
      let test = KernelTest()
      let x = test.input(type, [2, count])
      let out = test.output(type, [2])
      test.builder.parallel([2]) { i in
        test.builder.store(test.reduce(.lanes, count, .add, 0) { j in test.load(x, [i[0], j]) }, to: out, at: i)
      }
      try test.check(target)
    }
  }

  @Test(arguments: [3, 50, 100, 9001], Native.targets)
  func sumOfExponentials(count: Int, target: Native.Target) throws {
    let test = KernelTest()
    let x = test.input(.f32, [count])
    let out = test.output(.f32, [])
    let b = test.builder
    b.store(test.reduce(.lanes, count, .add, 0) { b.unary(.exp, test.load(x, [$0])) }, to: out, at: [])
    try test.check(target)
  }

  @Test(arguments: [1, 9, 256, 300, 1500], Native.targets)
  func sumOfRows(count: Int, target: Native.Target) throws {
    let test = KernelTest()
    let x = test.input(.f32, [count, 21])
    let out = test.output(.f32, [21])
    test.builder.parallel([21]) { j in
      test.builder.store(test.reduce(.blocks, count, .add, 0) { i in test.load(x, [i, j[0]]) }, to: out, at: j)
    }
    try test.check(target)
  }

  @Test(arguments: [7, 40, 5000], [Loop.Kind.lanes, .blocks])
  func argmax(count: Int, kind: Loop.Kind) throws {
    try onAllTargets { test in
      let x = test.input(.f32, [count])
      let out = test.output(.i64, [])
      let best = test.output(.f32, [])
      let b = test.builder
      func pick(_ left: [ExprID], _ right: [ExprID]) -> [ExprID] {
        let takesLeft = b.binary(
          .or, b.binary(.gt, left[0], right[0]),
          b.binary(.and, b.binary(.eq, left[0], right[0]), b.binary(.lt, left[1], right[1])))
        return [b.select(takesLeft, left[0], right[0]), b.select(takesLeft, left[1], right[1])]
      }
      let identity = [b.constant(-Double.infinity, .f32), b.index(0)]
      let result = b.loop(count, kind, carries: identity, combine: (identity, pick)) { i, current in
        pick(current, [test.load(x, [i]), i])
      }
      b.store(result[1], to: out, at: [])
      b.store(result[0], to: best, at: [])
    }
  }

  @Test func softmaxRows() throws {
    try onAllTargets { test in
      let x = test.input(.f32, [4, 45])
      let out = test.output(.f32, [4, 45])
      let b = test.builder
      b.parallel([4]) { row in
        let top = test.reduce(.lanes, 45, .max, -.infinity) { test.load(x, [row[0], $0]) }
        let total = test.reduce(.lanes, 45, .add, 0) {
          b.unary(.exp, b.binary(.sub, test.load(x, [row[0], $0]), top))
        }
        b.parallel([45]) { column in
          let e = b.unary(.exp, b.binary(.sub, test.load(x, row + column), top))
          b.store(b.binary(.div, e, total), to: out, at: row + column)
        }
      }
    }
  }

  /// Rows that one loop stores and others load, forwards and backwards; extents of whole vectors, partial ones and one.
  @Test(arguments: [5, 16, 45, 64, 5000], [ScalarType.f32, .f64, .i16, .u8])
  func rowsPassedOn(extent: Int, type: ScalarType) throws {
    try onAllTargets { test in
      let x = test.input(type, [4, extent])
      let row = test.output(type, [4, extent])
      let (out, sums) = (test.output(type, [4, extent]), test.output(type, [4]))
      let b = test.builder
      b.passedOn = [row]
      b.parallel([4]) { i in
        let zero = b.constant(0, type)
        let total = b.loop(extent, .lanes, carries: [zero], combine: ([zero], { [b.binary(.add, $0[0], $1[0])] })) { j, c in
          let value = b.binary(.mul, test.load(x, [i[0], j]), test.load(x, [i[0], j]))
          b.store(value, to: row, at: [i[0], j])
          return [b.binary(.add, c[0], value)]
        }[0]
        b.parallel([extent]) { j in
          let mirrored = b.addIndex(b.mulIndex(j[0], -1), extent - 1)
          b.store(b.binary(.sub, test.load(row, [i[0], mirrored]), total), to: out, at: i + j)
        }
        b.store(test.reduce(.lanes, extent, .max, -100) { test.load(row, [i[0], $0]) }, to: sums, at: i)
      }
    }
  }

  /// What a lane has so far, stored in every iteration.
  @Test(arguments: [20, 45, 128, 5000])
  func carriesThatAreStored(extent: Int) throws {
    try onAllTargets { test in
      let x = test.input(.f32, [3, extent])
      let (out, sums) = (test.output(.f32, [3, extent]), test.output(.f32, [3]))
      let b = test.builder
      b.parallel([3]) { i in
        let zero = b.constant(0, .f32)
        let sum = b.loop(extent, .lanes, carries: [zero], combine: ([zero], { [b.binary(.add, $0[0], $1[0])] })) { j, c in
          b.store(c[0], to: out, at: i + [j])
          return [b.binary(.add, c[0], test.load(x, i + [j]))]
        }
        b.store(sum[0], to: sums, at: i)
      }
    }
  }

  @Test(arguments: [4, 19])
  func cumulativeSum(count: Int) throws {
    try onAllTargets { test in
      let x = test.input(.f32, [count, 37])
      let out = test.output(.f32, [count, 37])
      let b = test.builder
      b.parallel([37]) { j in
        b.loop(count, .sequential, carries: [b.constant(0, .f32)]) { i, sum in
          let next = b.binary(.add, sum[0], test.load(x, [i, j[0]]))
          b.store(next, to: out, at: [i, j[0]])
          return [next]
        }
      }
    }
  }

  // MARK: While loops

  @Test func whileLoop() throws {
    try onAllTargets { test in
      let x = test.input(.f32, [40])
      let out = test.output(.f32, [40])
      let steps = test.output(.i32, [40])
      let b = test.builder
      b.parallel([40]) { i in
        let start = b.unary(.abs, test.load(x, i))
        let final = b.whileLoop([start, b.constant(0, .i32)]) { state in
          b.binary(
            .and, b.binary(.gt, state[0], b.constant(0.5, .f32)), b.binary(.lt, state[1], b.constant(50, .i32)))
        } body: { state in
          [b.binary(.mul, state[0], b.constant(0.75, .f32)), b.binary(.add, state[1], b.constant(1, .i32))]
        }
        b.store(final[0], to: out, at: i)
        b.store(final[1], to: steps, at: i)
      }
    }
  }

  // MARK: Reductions of reductions

  /// What goes into a sum may take a loop of its own.
  @Test(arguments: [3, 33, 4100], [ScalarType.f32, .f64, .bool])
  func sumOfWhileLoops(count: Int, type: ScalarType) throws {
    try onAllTargets { test in
      let x = test.input(type, [count])
      let out = test.output(type == .bool ? .i32 : type, [])
      let b = test.builder
      let total = test.reduce(.lanes, count, .add, 0) { i in
        let start = b.convert(test.load(x, [i]), to: type == .bool ? .i32 : type)
        let limit = b.constant(7, b.type(of: start))
        return b.whileLoop([start]) { state in
          b.binary(.lt, b.unary(.abs, state[0]), limit)
        } body: { state in
          [b.binary(.add, b.unary(.abs, state[0]), b.constant(1, b.type(of: start)))]
        }[0]
      }
      b.store(total, to: out, at: [])
      b.parallel([2]) { i in b.store(total, to: test.output(b.type(of: total), [2]), at: i) }
    }
  }

  @Test(arguments: [Loop.Kind.lanes, .blocks, .sequential], [5, 40])
  func sumOfExtrema(inner: Loop.Kind, columns: Int) throws {
    try onAllTargets { test in
      let x = test.input(.f32, [3, 70, columns])
      let out = test.output(.f32, [3])
      let b = test.builder
      b.parallel([3]) { i in
        let total = test.reduce(.lanes, 70, .add, 0) { j in
          test.reduce(inner, columns, .max, -.infinity) { b.unary(.sin, test.load(x, [i[0], j, $0])) }
        }
        b.store(total, to: out, at: i)
      }
    }
  }

  /// The sum of a matrix, each row of which is stored as well.
  @Test(arguments: [1, 5, 100]) func storesInsideOfASum(columns: Int) throws {
    try onAllTargets { test in
      let x = test.input(.f32, [50, columns])
      let doubled = test.output(.f32, [50, columns])
      let out = test.output(.f32, [])
      let b = test.builder
      let zero = b.constant(0, .f32)
      let total = b.loop(50, .lanes, carries: [zero], combine: ([zero], { [b.binary(.add, $0[0], $1[0])] })) { i, sum in
        b.parallel([columns]) { j in
          let value = test.load(x, [i, j[0]])
          b.store(b.binary(.add, value, value), to: doubled, at: [i, j[0]])
        }
        return [b.binary(.add, sum[0], test.load(x, [i, b.index(0)]))]
      }
      b.store(total[0], to: out, at: [])
    }
  }

  /// Two carries whose first values look alike to LLVM, which knows no signs.
  @Test(arguments: [Loop.Kind.lanes, .blocks, .sequential]) func carriesOfBothSigns(kind: Loop.Kind) throws {
    try onAllTargets { test in
      let x = test.input(.i32, [9, 30])
      let out = test.output(.i32, [9])
      let b = test.builder
      let start = [b.constant(0, .u32), b.constant(0, .i32)]
      b.parallel([9]) { i in
        let sums = b.loop(
          30, kind, carries: start,
          combine: (start, { [b.binary(.max, $0[0], $1[0]), b.binary(.min, $0[1], $1[1])] })
        ) { j, current in
          let value = test.load(x, [i[0], j])
          return [b.binary(.max, current[0], b.convert(value, to: .u32)), b.binary(.min, current[1], value)]
        }
        let both = b.binary(.max, sums[1], b.constant(-100, .i32))
        b.store(b.binary(.add, both, b.convert(sums[0], to: .i32)), to: out, at: i)
      }
    }
  }

  // MARK: Other processors

  @Test(arguments: [
    ("x86_64-linux-gnu", "sapphirerapids", "zmm"), ("x86_64-linux-gnu", "znver3", "ymm"),
    ("x86_64-linux-gnu", "x86-64", "xmm"), ("aarch64-linux-gnu", "neoverse-n1", "fmla"),
  ])
  func codeForOtherProcessors(triple: String, cpu: String, expected: String) throws {
    let test = KernelTest()
    let x = test.input(.f32, [100])
    let half = test.input(.f16, [100])
    let out = test.output(.f32, [100])
    let b = test.builder
    b.parallel([100]) { i in
      b.store(b.binary(.add, b.unary(.sin, test.load(x, i)), b.convert(test.load(half, i), to: .f32)), to: out, at: i)
    }
    #if arch(arm64)
    let isOther = triple.hasPrefix("x86_64")
    #else
    let isOther = triple.hasPrefix("aarch64")
    #endif
    let library = try isOther ? CompilerLibrary.system.get() : CompilerLibrary.shared.get()
    let generator = try CodeGenerator(library, target: .init(triple: triple, cpu: cpu))
    let text = try NativeCompiler(generator).assembly([test.source])
    #expect(text.contains(expected))
  }

  // MARK: Threads

  @Test func iterationsMayBeDivided() throws {
    let test = KernelTest()
    let x = test.input(.f32, [201])
    let out = test.output(.f32, [201])
    test.builder.parallel([201]) { i in
      test.builder.store(test.builder.unary(.exp, test.load(x, i)), to: out, at: i)
    }
    try test.check(Native.targets[0], parts: [0..<64, 64..<192, 192..<201])
  }

  private func onAllTargets(_ make: (KernelTest) -> Void) throws {
    for target in Native.targets {
      let test = KernelTest()
      make(test)
      try test.check(target)
    }
  }
}

/// Quick code calls functions of the instruction set that the kernels have chosen.
@Suite(.enabled(if: Native.isAvailable, "needs libswiftjax-compiler.so (make compiler)"))
struct VectorFunctionTests {
  @Test func areThoseOfTheKernels() throws {
    let host = try CodeGenerator(CompilerLibrary.shared.get(), effort: .fast)
    if getenv("SWIFTJAX_KERNELS") != nil { return }
    #expect(host.vectorTarget.vectorFunctions == String(cString: sj_kernel_target()))
  }
}
