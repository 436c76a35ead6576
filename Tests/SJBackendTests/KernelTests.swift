import SJLoopIR
import SJTypes
import Testing

@Suite struct ElementwiseTests {
  static let shapes: [Shape] = [[], [1], [0], [5], [3, 0, 2], [7, 11], [3, 300], [2, 3, 5], [5000]]

  @Test(arguments: shapes) func addition(shape: Shape) throws {
    var test = KernelHarness()
    let (a, b) = (test.random(.f32, shape), test.random(.f32, shape))
    let out = test.output(.f32, shape)
    try test.check("add") { k in
      k.parallel(shape) { i in k.store(k.binary(.add, k.load(a, .f32, at: i), k.load(b, .f32, at: i)), to: out, at: i) }
    }
  }

  @Test(arguments: ScalarType.allCases) func everyTypeMoves(type: ScalarType) throws {
    var test = KernelHarness()
    let a = test.random(type, [13, 7])
    let out = test.output(type, [7, 13])
    try test.check("transpose") { k in
      k.parallel([7, 13]) { i in k.store(k.load(a, type, at: [i[1], i[0]]), to: out, at: i) }
    }
  }

  @Test(arguments: [[4, 9], [40, 600]]) func broadcasting(shape: Shape) throws {
    var test = KernelHarness()
    let (a, row, column) = (
      test.random(.f32, shape), test.random(.f32, [shape[1]]), test.random(.f32, [shape[0], 1])
    )
    let scalar = test.random(.f32, [])
    let out = test.output(.f32, shape)
    try test.check("broadcast") { k in
      k.parallel(shape) { i in
        let x = k.binary(.mul, k.load(a, .f32, at: i), k.load(row, .f32, at: [i[1]]))
        let y = k.binary(.add, x, k.load(column, .f32, at: [i[0], k.index(0)]))
        k.store(k.binary(.sub, y, k.load(scalar, .f32, at: [])), to: out, at: i)
      }
    }
  }

  @Test func iotaAndArithmeticOnIndices() throws {
    var test = KernelHarness()
    let out = test.output(.i64, [4, 6, 5])
    try test.check("indices") { k in
      k.parallel([4, 6, 5]) { i in
        let linear = k.linearIndex(i, in: [4, 6, 5])
        let odd = k.node(.binary(.mul, i[0], i[2]), .i64)
        let sum = k.binary(.add, k.floorDiv(linear, 7), k.binary(.sub, k.floorMod(linear, 8), odd))
        k.store(sum, to: out, at: i)
      }
    }
  }

  @Test(arguments: [([6, 4], [3, 8]), ([2, 3, 4], [4, 3, 2]), ([5, 4], [10, 2])])
  func reshapedTranspose(from: Shape, to: Shape) throws {
    var test = KernelHarness()
    let a = test.random(.i32, from)
    let out = test.output(.i32, to)
    try test.check("reshape") { k in
      k.parallel(to) { i in
        let source = k.unravel(k.linearIndex(i, in: to), into: from)
        k.store(k.load(a, .i32, at: source), to: out, at: i)
      }
    }
  }

  @Test func gatherWithMaskAndFill() throws {
    var test = KernelHarness()
    let a = test.random(.f32, [10, 3])
    let index = test.random(.i32, [40], below: 17)
    let out = test.output(.f32, [40, 3])
    try test.check("gather") { k in
      k.parallel([40, 3]) { i in
        let row = k.convert(k.load(index, .i32, at: [i[0]]), to: .i64)
        let inside = k.binary(.lt, row, k.index(10))
        k.store(k.load(a, .f32, at: [row, i[1]], mask: inside, fill: k.constant(-1.5, .f32)), to: out, at: i)
      }
    }
  }

  @Test(arguments: [[9, 13], [100, 70]]) func padding(shape: Shape) throws {
    var test = KernelHarness()
    let a = test.random(.f64, [shape[0] - 4, shape[1] - 5])
    let out = test.output(.f64, shape)
    try test.check("pad") { k in
      k.parallel(shape) { i in
        let source = [k.addIndex(i[0], -1), k.addIndex(i[1], -2)]
        let mask = k.and(k.inBounds(source[0], 0, shape[0] - 4), k.inBounds(source[1], 0, shape[1] - 5))
        k.store(k.load(a, .f64, at: source, mask: mask, fill: k.constant(2.5, .f64)), to: out, at: i)
      }
    }
  }

  @Test(arguments: [-5, 0, 3, 40]) func windowAtRunTime(start: Int32) throws {
    var test = KernelHarness()
    let (a, at) = (test.random(.f32, [7, 30]), test.input([start], .i32, []))
    let (shifted, reversed) = (test.output(.f32, [9, 50]), test.output(.f32, [9, 50]))
    try test.check("window") { k in
      let offset = k.convert(k.load(at, .i32, at: []), to: .i64)
      k.parallel([9, 50]) { i in
        let index = [k.addIndex(i[0], -1), k.binary(.sub, i[1], offset)]
        let mask = k.and(k.inBounds(index[0], 0, 7), k.inBounds(index[1], 0, 30))
        k.store(k.load(a, .f32, at: index, mask: mask, fill: k.convert(i[1], to: .f32)), to: shifted, at: i)
        let mirrored = [k.addIndex(i[0], -1), k.binary(.sub, offset, i[1])]
        let within = k.and(k.inBounds(mirrored[0], 0, 7), k.inBounds(mirrored[1], 0, 30))
        k.store(k.load(a, .f32, at: mirrored, mask: within), to: reversed, at: i)
      }
    }
  }

  @Test func interiorPadding() throws {
    var test = KernelHarness()
    let a = test.random(.i32, [20])
    let out = test.output(.i32, [65])
    try test.check("dilated") { k in
      k.parallel([65]) { i in
        let shifted = k.addIndex(i[0], -4)
        let position = k.floorDiv(shifted, 3)
        let mask = k.and(k.binary(.eq, k.floorMod(shifted, 3), k.index(0)), k.inBounds(position, 0, 20))
        k.store(k.load(a, .i32, at: [position], mask: mask), to: out, at: i)
      }
    }
  }

  @Test func fillThatVaries() throws {
    var test = KernelHarness()
    let (a, b) = (test.random(.i32, [20]), test.random(.i32, [50]))
    let out = test.output(.i32, [50])
    try test.check("concatenate") { k in
      k.parallel([50]) { i in
        let mask = k.inBounds(i[0], 0, 20)
        k.store(k.load(a, .i32, at: i, mask: mask, fill: k.load(b, .i32, at: i)), to: out, at: i)
      }
    }
  }

  @Test func scalarsChosenAtRunTime() throws {
    var test = KernelHarness()
    let a = test.random(.f32, [9, 50])
    let start = test.input([Int32(3), 20], .i32)
    let out = test.output(.f32, [4, 6])
    try test.check("dynamic slice") { k in
      let row = k.clampIndex(k.convert(k.load(start, .i32, at: [k.index(0)]), to: .i64), 0, 5)
      let column = k.clampIndex(k.convert(k.load(start, .i32, at: [k.index(1)]), to: .i64), 0, 44)
      k.parallel([4, 6]) { i in
        k.store(k.load(a, .f32, at: [k.addIndex(i[0], row), k.addIndex(i[1], column)]), to: out, at: i)
      }
    }
  }

  @Test func storesInSeveralWays() throws {
    var test = KernelHarness()
    let a = test.random(.i32, [6, 10])
    let (strided, masked, twice) = (
      test.output(.i32, [10, 12]), test.output(.i32, [6, 10]), test.output(.i32, [6, 10])
    )
    try test.check("stores") { k in
      k.parallel([6, 10]) { i in
        let x = k.load(a, .i32, at: i)
        k.store(x, to: strided, at: [i[1], k.mulIndex(i[0], 2)])
        k.store(x, to: masked, at: i, mask: k.binary(.gt, x, k.constant(5, .i32)))
        k.store(k.binary(.add, k.binary(.mul, x, x), x), to: twice, at: i)
      }
    }
  }

  @Test func inPlaceElementwise() throws {
    var test = KernelHarness()
    let a = test.random(.f32, [3000])
    let (out, other) = (test.output(.f32, [3000]), test.output(.f32, [3000]))
    try test.check("in place") { k in
      k.parallel([3000]) { i in
        let old = k.convert(k.bitcast(k.load(out, .f32, at: i), to: .i32), to: .f32)
        k.store(k.binary(.add, old, k.load(a, .f32, at: i)), to: out, at: i)
        k.store(old, to: other, at: i)
      }
    }
  }

  @Test(arguments: [StoreCombine.none, .add, .max]) func scatter(combine: StoreCombine) throws {
    var test = KernelHarness()
    let updates = test.random(.i32, [60, 4])
    let index = test.random(.i32, [60], below: 12)
    let out = test.output(.i32, [10, 4])
    try test.check("scatter") { k in
      k.loop(60, .sequential) { i, _ in
        let row = k.convert(k.load(index, .i32, at: [i]), to: .i64)
        k.parallel([4]) { j in
          let mask = k.binary(.lt, row, k.index(10))
          k.store(k.load(updates, .i32, at: [i, j[0]]), to: out, at: [row, j[0]], mask: mask, combine: combine)
        }
        return []
      }
    }
  }

  @Test func bitcastsAndConversions() throws {
    var test = KernelHarness()
    let a = test.random(.f32, [100])
    let (bits, doubles, flags) = (test.output(.i32, [100]), test.output(.f64, [100]), test.output(.bool, [100]))
    try test.check("convert") { k in
      k.parallel([100]) { i in
        let x = k.load(a, .f32, at: i)
        k.store(k.binary(.xor, k.bitcast(x, to: .i32), k.constant(1, .i32)), to: bits, at: i)
        k.store(k.convert(x, to: .f64), to: doubles, at: i)
        k.store(k.convert(k.convert(x, to: .i32), to: .bool), to: flags, at: i)
      }
    }
  }
}
