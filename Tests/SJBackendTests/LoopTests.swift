import CSJLibrary
import SJLoopIR
import SJTypes
import Testing

/// Sums as lowering writes them.
private func sum(
  _ k: KernelBuilder, _ extent: Int, _ kind: Loop.Kind, _ type: ScalarType = .f32, _ element: (ExprID) -> ExprID
) -> ExprID {
  let zero = k.constant(0, type)
  return k.loop(extent, kind, carries: [zero], combine: ([zero], { [k.binary(.add, $0[0], $1[0])] })) { i, c in
    [k.binary(.add, c[0], element(i))]
  }[0]
}

/// (value, index) pairs with a region that is not one operation.
private func argmax(_ k: KernelBuilder, _ extent: Int, _ kind: Loop.Kind, _ element: (ExprID) -> ExprID) -> [ExprID] {
  let (low, none) = (k.constant(-Double.infinity, .f32), k.constant(0, .i32))
  func choose(_ left: [ExprID], _ right: [ExprID]) -> [ExprID] {
    let takesRight = k.binary(.gt, right[0], left[0])
    return [k.select(takesRight, right[0], left[0]), k.select(takesRight, right[1], left[1])]
  }
  return k.loop(extent, kind, carries: [low, none], combine: ([low, none], choose)) { i, c in
    choose(c, [element(i), k.convert(i, to: .i32)])
  }
}

@Suite struct ReductionTests {
  static let extents = [0, 1, 2, 31, 33, 255, 257, 4097, 9000]

  @Test(arguments: extents, [Loop.Kind.lanes, .blocks]) func wholeSum(extent: Int, kind: Loop.Kind) throws {
    var test = KernelHarness()
    let a = test.random(.f32, [extent])
    let out = test.output(.f32, [])
    try test.check("sum") { k in k.store(sum(k, extent, kind) { k.load(a, .f32, at: [$0]) }, to: out, at: []) }
  }

  @Test(arguments: extents) func sumOfComputedValues(extent: Int) throws {
    var test = KernelHarness()
    let (a, b) = (test.random(.f64, [extent]), test.random(.f64, [extent]))
    let out = test.output(.f64, [])
    try test.check("dot") { k in
      let dot = sum(k, extent, .lanes, .f64) { k.binary(.mul, k.load(a, .f64, at: [$0]), k.load(b, .f64, at: [$0])) }
      k.store(dot, to: out, at: [])
    }
  }

  @Test(
    arguments: [[3, 5], [40, 10], [700, 3], [5, 5000], [2, 9000], [0, 4], [4, 0], [1, 1]], [Loop.Kind.lanes, .blocks])
  func rowsAndColumns(shape: Shape, kind: Loop.Kind) throws {
    var test = KernelHarness()
    let a = test.random(.f32, shape)
    let (rows, columns) = (test.output(.f32, [shape[0]]), test.output(.f32, [shape[1]]))
    try test.check("rows and columns") { k in
      k.parallel([shape[0]]) { i in
        k.store(sum(k, shape[1], kind) { k.load(a, .f32, at: [i[0], $0]) }, to: rows, at: i)
      }
      k.parallel([shape[1]]) { j in
        k.store(sum(k, shape[0], kind) { k.load(a, .f32, at: [$0, j[0]]) }, to: columns, at: j)
      }
    }
  }

  @Test(arguments: extents, [Loop.Kind.lanes, .blocks]) func pairs(extent: Int, kind: Loop.Kind) throws {
    var test = KernelHarness()
    let a = test.random(.f32, [extent])
    let (value, index) = (test.output(.f32, []), test.output(.i32, []))
    try test.check("argmax") { k in
      let best = argmax(k, extent, kind) { k.load(a, .f32, at: [$0]) }
      k.store(best[0], to: value, at: [])
      k.store(best[1], to: index, at: [])
    }
  }

  @Test(arguments: [[30, 10], [3, 700], [600, 40]], [Loop.Kind.lanes, .blocks])
  func pairsOfRows(shape: Shape, kind: Loop.Kind) throws {
    var test = KernelHarness()
    let a = test.random(.f32, shape)
    let index = test.output(.i32, [shape[0]])
    try test.check("argmax of rows") { k in
      k.parallel([shape[0]]) { i in
        k.store(argmax(k, shape[1], kind) { k.load(a, .f32, at: [i[0], $0]) }[1], to: index, at: i)
      }
    }
  }

  /// Composition of functions x → a x + b does not commute, so it shows the order of every merge.
  @Test(arguments: extents, [Loop.Kind.lanes, .blocks]) func orderOfMerges(extent: Int, kind: Loop.Kind) throws {
    var test = KernelHarness()
    let a = test.random(.i32, [extent])
    let start = test.input([Int32(77)], .i32, [])
    let out = test.output(.i32, [2])
    try test.check("order") { k in
      let (zero, one) = (k.constant(0, .i32), k.constant(1, .i32))
      func compose(_ f: [ExprID], _ g: [ExprID]) -> [ExprID] {
        [k.binary(.mul, f[0], g[0]), k.binary(.add, k.binary(.mul, f[1], g[0]), g[1])]
      }
      let initial = k.load(start, .i32, at: [])
      let result = k.loop(extent, kind, carries: [initial, initial], combine: ([one, zero], compose)) { i, c in
        let x = k.load(a, .i32, at: [i])
        return compose(c, [k.binary(.add, x, x), k.binary(.add, x, one)])
      }
      for i in 0..<2 { k.store(result[i], to: out, at: [k.index(i)]) }
    }
  }

  @Test(arguments: [[2, 3], [50, 10], [90, 40], [70, 200], [5, 1000], [300, 300]]) func softmaxOfRows(
    shape: Shape
  )
    throws
  {
    var test = KernelHarness()
    let a = test.random(.f32, shape)
    let out = test.output(.f32, shape)
    try test.check("softmax") { k in
      k.parallel([shape[0]]) { i in
        let x = { (j: ExprID) in k.load(a, .f32, at: [i[0], j]) }
        let low = k.constant(-Double.infinity, .f32)
        let top = k.loop(shape[1], .lanes, carries: [low], combine: ([low], { [k.binary(.max, $0[0], $1[0])] })) {
          j, c in
          [k.binary(.max, c[0], x(j))]
        }[0]
        let shifted = { (j: ExprID) in k.unary(.exp, k.binary(.sub, x(j), top)) }
        let total = sum(k, shape[1], .lanes) { shifted($0) }
        k.parallel([shape[1]]) { j in k.store(k.binary(.div, shifted(j[0]), total), to: out, at: [i[0], j[0]]) }
      }
    }
  }

  /// Softmax whose exponentials are stored by the loop that adds them up, and loaded by the next.
  @Test(arguments: [[2, 3], [50, 10], [90, 40], [70, 200], [5, 1000], [300, 300], [3, 5000]]) func rowsPassedOn(
    shape: Shape
  ) throws {
    var test = KernelHarness()
    let a = test.random(.f32, shape)
    let (exponentials, out) = (test.output(.f32, shape), test.output(.f32, shape))
    try test.check("softmax") { k in
      k.passedOn = [exponentials]
      k.parallel([shape[0]]) { i in
        let total = sum(k, shape[1], .lanes) { j in
          let value = k.unary(.exp, k.binary(.mul, k.load(a, .f32, at: [i[0], j]), k.constant(0.001, .f32)))
          k.store(value, to: exponentials, at: [i[0], j])
          return value
        }
        k.parallel([shape[1]]) { j in
          let mirrored = k.addIndex(k.mulIndex(j[0], -1), shape[1] - 1)
          k.store(k.binary(.div, k.load(exponentials, .f32, at: [i[0], mirrored]), total), to: out, at: [i[0], j[0]])
        }
      }
    }
  }

  /// What a lane has so far, stored in every iteration.
  @Test(arguments: [20, 100, 300, 5000]) func carriesThatAreStored(extent: Int) throws {
    var test = KernelHarness()
    let a = test.random(.f32, [3, extent])
    let (out, sums) = (test.output(.f32, [3, extent]), test.output(.f32, [3]))
    try test.check("carries") { k in
      k.parallel([3]) { i in
        let zero = k.constant(0, .f32)
        let sum = k.loop(extent, .lanes, carries: [zero], combine: ([zero], { [k.binary(.add, $0[0], $1[0])] })) { j, c in
          k.store(c[0], to: out, at: i + [j])
          return [k.binary(.add, c[0], k.load(a, .f32, at: i + [j]))]
        }
        k.store(sum[0], to: sums, at: i)
      }
    }
  }

  @Test func reductionOverTwoLoops() throws {
    var test = KernelHarness()
    let a = test.random(.f32, [6, 300, 9])
    let out = test.output(.f32, [300])
    try test.check("two loops") { k in
      k.parallel([300]) { j in
        let total = sum(k, 6, .blocks) { i in sum(k, 9, .lanes) { k.load(a, .f32, at: [i, j[0], $0]) } }
        k.store(total, to: out, at: j)
      }
    }
  }

  @Test func severalSumsAtOnce() throws {
    var test = KernelHarness()
    let a = test.random(.f32, [9000])
    let out = test.output(.f32, [3])
    try test.check("moments") { k in
      let zero = k.constant(0, .f32)
      let sums = k.loop(
        9000, .lanes, carries: [zero, zero, zero],
        combine: ([zero, zero, zero], { l, r in (0..<3).map { k.binary(.add, l[$0], r[$0]) } })
      ) { i, c in
        let x = k.load(a, .f32, at: [i])
        return [
          k.binary(.add, c[0], x), k.binary(.add, c[1], k.binary(.mul, x, x)),
          k.binary(.add, c[2], k.constant(1, .f32)),
        ]
      }
      for i in 0..<3 { k.store(sums[i], to: out, at: [k.index(i)]) }
    }
  }
}

@Suite struct SequentialTests {
  @Test(arguments: [[200], [0]]) func cumulativeSum(shape: Shape) throws {
    var test = KernelHarness()
    let a = test.random(.f32, shape)
    let (out, last) = (test.output(.f32, shape), test.output(.f32, []))
    try test.check("cumsum") { k in
      let total = k.loop(shape[0], .sequential, carries: [k.constant(0, .f32)]) { i, c in
        let next = k.binary(.add, c[0], k.load(a, .f32, at: [i]))
        k.store(next, to: out, at: [i])
        return [next]
      }
      k.store(total[0], to: last, at: [])
    }
  }

  @Test(arguments: [0, 1], [[70, 9], [5, 2000], [3000, 4]]) func cumulativeSumOfMatrix(axis: Int, shape: Shape) throws {
    var test = KernelHarness()
    let a = test.random(.f32, shape)
    let out = test.output(.f32, shape)
    try test.check("cumsum") { k in
      k.parallel([shape[1 - axis]]) { p in
        k.loop(shape[axis], .sequential, carries: [k.constant(0, .f32)]) { s, c in
          let index = axis == 0 ? [s, p[0]] : [p[0], s]
          let next = k.binary(.add, c[0], k.load(a, .f32, at: index))
          k.store(next, to: out, at: index)
          return [next]
        }
      }
    }
  }

  @Test(arguments: [
    (BinaryOp.add, ScalarType.f64), (.mul, .f32), (.max, .f32), (.add, .i64), (.min, .u8), (.add, .i32),
  ])
  func runningOperations(op: BinaryOp, type: ScalarType) throws {
    var test = KernelHarness()
    let a = test.random(type, [1500])
    let (out, doubled, last) = (test.output(type, [1500]), test.output(type, [1500]), test.output(type, []))
    try test.check("reversed") { k in
      let end = k.loop(1500, .sequential, carries: [k.constant(1, type)]) { i, c in
        let position = k.addIndex(k.mulIndex(i, -1), 1499)
        let next = k.binary(op, c[0], k.load(a, type, at: [position]))
        k.store(next, to: out, at: [position])
        k.store(k.binary(.add, next, next), to: doubled, at: [position])
        return [next]
      }
      k.store(end[0], to: last, at: [])
    }
  }

  @Test func runningIndex() throws {
    var test = KernelHarness()
    let out = test.output(.i32, [31])
    try test.check("positions") { k in
      k.loop(10, .sequential, carries: [k.index(0)]) { i, c in
        let next = k.binary(.add, c[0], k.index(3))
        k.store(k.convert(i, to: .i32), to: out, at: [next], mask: k.binary(.lt, next, k.index(31)))
        return [next]
      }
    }
  }

  @Test func carriesThatSwap() throws {
    var test = KernelHarness()
    let a = test.random(.i32, [40, 5])
    let out = test.output(.i32, [5, 3])
    try test.check("fibonacci") { k in
      k.parallel([5]) { p in
        let end = k.loop(
          40, .sequential, carries: [k.constant(1, .i32), k.constant(2, .i32), k.convert(p[0], to: .i32)]
        ) { s, c in [c[1], k.binary(.add, c[0], k.binary(.mul, c[2], k.load(a, .i32, at: [s, p[0]]))), c[0]] }
        for i in 0..<3 { k.store(end[i], to: out, at: [p[0], k.index(i)]) }
      }
    }
  }

  @Test func whileOnScalars() throws {
    var test = KernelHarness()
    let start = test.input([Int32(27)], .i32, [])
    let out = test.output(.i32, [2])
    try test.check("collatz") { k in
      let end = k.whileLoop([k.load(start, .i32, at: []), k.constant(0, .i32)]) { c in
        k.binary(.ne, c[0], k.constant(1, .i32))
      } body: { c in
        let (one, two) = (k.constant(1, .i32), k.constant(2, .i32))
        let odd = k.binary(.eq, k.binary(.and, c[0], one), one)
        let next = k.select(
          odd, k.binary(.add, k.binary(.mul, c[0], k.constant(3, .i32)), one), k.binary(.div, c[0], two))
        return [next, k.binary(.add, c[1], one)]
      }
      for i in 0..<2 { k.store(end[i], to: out, at: [k.index(i)]) }
    }
  }

  @Test func whileInsideParallelLoops() throws {
    var test = KernelHarness()
    let a = test.random(.i32, [3, 50])
    let out = test.output(.i32, [3, 50])
    try test.check("counting down") { k in
      k.parallel([3, 50]) { i in
        let end = k.whileLoop([k.load(a, .i32, at: i), k.constant(0, .i32)]) { c in
          k.binary(.gt, c[0], k.constant(0, .i32))
        } body: { c in
          [k.binary(.sub, c[0], k.constant(3, .i32)), k.binary(.add, c[1], c[0])]
        }
        k.store(end[1], to: out, at: i)
      }
    }
  }

  @Test func loopOverRowsWithInnerReductions() throws {
    var test = KernelHarness()
    let (a, x) = (test.random(.f32, [20, 30]), test.random(.f32, [30]))
    let out = test.output(.f32, [20])
    try test.check("sequential around lanes") { k in
      k.loop(20, .sequential, carries: [k.constant(0, .f32)]) { i, c in
        let dot = sum(k, 30, .lanes) { k.binary(.mul, k.load(a, .f32, at: [i, $0]), k.load(x, .f32, at: [$0])) }
        let next = k.binary(.add, c[0], dot)
        k.store(next, to: out, at: [i])
        return [next]
      }
    }
  }
}

@Suite(.serialized) struct ThreadTests {
  /// The bytes of the outputs of a kernel with a number of threads.
  private func outputs(_ test: KernelHarness, threads: Int32) throws -> [[UInt8]] {
    sj_pool_set_threads(threads)
    defer { sj_pool_set_threads(0) }
    return try test.outputs()
  }

  @Test func resultsDoNotDependOnThreads() throws {
    var test = KernelHarness()
    let (a, m) = (test.random(.f32, [500_000]), test.random(.f32, [800, 700]))
    let (mapped, total, squares) = (test.output(.f32, [500_000]), test.output(.f32, []), test.output(.f32, []))
    let (position, columns, rows) = (test.output(.i32, []), test.output(.f32, [700]), test.output(.f32, [800]))
    test.build("threads") { k in
      let x = { (i: ExprID) in k.load(a, .f32, at: [i]) }
      k.parallel([500_000]) { i in k.store(k.unary(.sqrt, k.unary(.abs, x(i[0]))), to: mapped, at: i) }
      k.store(sum(k, 500_000, .lanes, .f32, x), to: total, at: [])
      k.store(sum(k, 500_000, .blocks) { k.binary(.mul, x($0), x($0)) }, to: squares, at: [])
      k.store(argmax(k, 500_000, .lanes, x)[1], to: position, at: [])
      k.parallel([700]) { j in k.store(sum(k, 800, .blocks) { k.load(m, .f32, at: [$0, j[0]]) }, to: columns, at: j) }
      k.parallel([800]) { i in
        k.store(sum(k, 700, .lanes) { k.unary(.abs, k.load(m, .f32, at: [i[0], $0])) }, to: rows, at: i)
      }
    }
    let one = try outputs(test, threads: 1)
    for threads in [2, 3, 7] as [Int32] { #expect(try outputs(test, threads: threads) == one) }
  }
}
