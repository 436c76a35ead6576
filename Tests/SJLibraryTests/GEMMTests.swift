import CSJLibrary
import XCTest

/// A type of matrix elements with the reference of the header's definition.
protocol Multiplicand: BitwiseCopyable {
  static var code: Int32 { get }
  static func random(_ generator: inout SplitMix) -> Self
  /// What sums are kept in.
  associatedtype Sum: Equatable
  static var zero: Sum { get }
  /// The terms of one summed index: a chain of `fused`.
  static func accumulate(_ sum: Sum, _ a: Self, _ b: Self) -> Sum
  static func add(_ a: Sum, _ b: Sum) -> Sum
  /// Terms of a block: fewer for complex numbers, whose real product is twice as deep.
  static var block: Int { get }
  static func round(_ sum: Sum) -> Self
  static func same(_ a: Self, _ b: Self) -> Bool
}

extension Multiplicand {
  static var block: Int { Int(SJ_GEMM_BLOCK) }

  /// The header's definition of an inner product of real numbers: lanes, then halves.
  static func dot(_ k: Int, _ a: (Int) -> Self, _ b: (Int) -> Self) -> Sum {
    let (lanes, block) = (Int(SJ_DOT_LANES), Int(SJ_DOT_BLOCK))
    var total: Sum?
    for start in stride(from: 0, to: k, by: block) {
      var sums = [Sum](repeating: zero, count: lanes)
      for p in start..<min(k, start + block) {
        sums[(p - start) % lanes] = accumulate(sums[(p - start) % lanes], a(p), b(p))
      }
      while sums.count > 1 {
        let half = sums.count / 2
        sums = (0..<half).map { add(sums[$0], sums[$0 + half]) }
      }
      total = total.map { add($0, sums[0]) } ?? sums[0]
    }
    return total ?? zero
  }

  /// The header's definition of one element of other products.
  static func sum(_ k: Int, _ a: (Int) -> Self, _ b: (Int) -> Self) -> Sum {
    var total: Sum?
    for start in stride(from: 0, to: k, by: block) {
      var sum = zero
      for p in start..<min(k, start + block) { sum = accumulate(sum, a(p), b(p)) }
      total = total.map { add($0, sum) } ?? sum
    }
    return total ?? zero
  }
}

extension Multiplicand where Self: BinaryFloatingPoint, Sum == Self {
  static func random(_ generator: inout SplitMix) -> Self {
    Self(Double.random(in: -1...1, using: &generator))
  }
  static var zero: Self { 0 }
  static func accumulate(_ sum: Self, _ a: Self, _ b: Self) -> Self { sum.addingProduct(a, b) }
  static func add(_ a: Self, _ b: Self) -> Self { a + b }
  static func round(_ sum: Self) -> Self { sum }
  static func same(_ a: Self, _ b: Self) -> Bool { a == b }
}

extension Float: Multiplicand {
  typealias Sum = Float
  static var code: Int32 { element(SJ_ELEMENT_F32) }
}
extension Double: Multiplicand {
  typealias Sum = Double
  static var code: Int32 { element(SJ_ELEMENT_F64) }
}

extension Multiplicand where Self: FixedWidthInteger, Sum == Self {
  static func random(_ generator: inout SplitMix) -> Self {
    Self.random(in: .min ... .max, using: &generator)
  }
  static func accumulate(_ sum: Self, _ a: Self, _ b: Self) -> Self { sum &+ a &* b }
  static func add(_ a: Self, _ b: Self) -> Self { a &+ b }
  static func round(_ sum: Self) -> Self { sum }
  static func same(_ a: Self, _ b: Self) -> Bool { a == b }
}

extension Int8: Multiplicand {
  typealias Sum = Int8
  static var code: Int32 { element(SJ_ELEMENT_I8) }
}
extension UInt16: Multiplicand {
  typealias Sum = UInt16
  static var code: Int32 { element(SJ_ELEMENT_U16) }
}
extension Int32: Multiplicand {
  typealias Sum = Int32
  static var code: Int32 { element(SJ_ELEMENT_I32) }
}
extension UInt64: Multiplicand {
  typealias Sum = UInt64
  static var code: Int32 { element(SJ_ELEMENT_U64) }
}

struct BFloat: Multiplicand {
  var bits: UInt16
  var value: Float { Float(bitPattern: UInt32(bits) << 16) }
  static var code: Int32 { element(SJ_ELEMENT_BF16) }
  static var zero: Float { 0 }
  static func random(_ generator: inout SplitMix) -> BFloat {
    round(.random(in: -1...1, using: &generator))
  }
  static func accumulate(_ sum: Float, _ a: BFloat, _ b: BFloat) -> Float {
    sum.addingProduct(a.value, b.value)
  }
  static func add(_ a: Float, _ b: Float) -> Float { a + b }
  static func round(_ sum: Float) -> BFloat {
    let bits = sum.bitPattern
    return BFloat(bits: UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16) & 1) >> 16))
  }
  static func same(_ a: BFloat, _ b: BFloat) -> Bool { a.bits == b.bits }
}

struct ComplexNumber<Real: BinaryFloatingPoint & BitwiseCopyable>: Multiplicand, Equatable {
  var re: Real, im: Real
  static var code: Int32 { element(Real.self == Float.self ? SJ_ELEMENT_C64 : SJ_ELEMENT_C128) }
  static var block: Int { Int(SJ_GEMM_BLOCK) / 2 }
  static var zero: Self { Self(re: 0, im: 0) }
  static func random(_ generator: inout SplitMix) -> Self {
    Self(
      re: Real(Double.random(in: -1...1, using: &generator)),
      im: Real(Double.random(in: -1...1, using: &generator)))
  }
  static func accumulate(_ sum: Self, _ a: Self, _ b: Self) -> Self {
    Self(
      re: sum.re.addingProduct(a.re, b.re).addingProduct(a.im, -b.im),
      im: sum.im.addingProduct(a.re, b.im).addingProduct(a.im, b.re))
  }
  static func add(_ a: Self, _ b: Self) -> Self { Self(re: a.re + b.re, im: a.im + b.im) }
  static func round(_ sum: Self) -> Self { sum }
  static func same(_ a: Self, _ b: Self) -> Bool { a == b }
}

/// The storage orders of a matrix within its array.
enum Layout: CaseIterable { case rows, columns, scattered, reversed }

struct Stored<T: Multiplicand> {
  var values: [T], row: Int, column: Int, origin: Int
  subscript(i: Int, j: Int) -> T { values[origin + i * row + j * column] }

  init(_ rows: Int, _ columns: Int, _ layout: Layout, _ generator: inout SplitMix) {
    (row, column, origin) =
      switch layout {
      case .rows: (columns, 1, 0)
      case .columns: (1, rows, 0)
      case .scattered: (2 * columns + 3, 2, 1)
      case .reversed: (columns, -1, columns - 1)
      }
    let count = max(1, rows * columns * 2 + 3 * rows + 8)
    values = (0..<count).map { _ in T.random(&generator) }
  }
}

final class GEMMTests: XCTestCase {
  /// Sizes at and around the edges of register tiles and of the k-block.
  static let shapes = [
    (1, 1, 1), (1, 1, 700), (1, 1, 9000), (1, 37, 300), (45, 1, 513), (70, 1, 30), (5, 1, 1024),
    (3, 5, 7), (8, 8, 8), (7, 17, 33),
    (13, 40, 257), (6, 16, 256), (97, 101, 90), (150, 70, 300), (5, 0, 3), (4, 6, 0),
  ]

  func check<T: Multiplicand>(
    _: T.Type, _ m: Int, _ n: Int, _ k: Int, _ left: Layout, _ right: Layout,
    parallel: sj_parallel_for? = nil
  ) {
    var generator = SplitMix(state: UInt64(m * 10007 + n * 101 + k))
    let a = Stored<T>(m, k, left, &generator)
    let b = Stored<T>(k, n, right, &generator)
    let row = n + 3
    let before = T.random(&generator)
    var c = [T](repeating: before, count: m * row + 1)
    let status = a.values.withUnsafeBufferPointer { pa in
      b.values.withUnsafeBufferPointer { pb in
        c.withUnsafeMutableBytes { pc in
          var product = sj_matmul(
            type: T.code, out_type: T.code, m: Int64(m), n: Int64(n), k: Int64(k),
            a: pa.baseAddress! + a.origin, a_row: Int64(a.row), a_column: Int64(a.column),
            b: pb.baseAddress! + b.origin, b_row: Int64(b.row), b_column: Int64(b.column),
            c: pc.baseAddress!, c_row: Int64(row), batch: 1, a_batch: 0, b_batch: 0, c_batch: 0,
            packed_b: nil)
          return sj_gemm(&product, parallel, nil)
        }
      }
    }
    XCTAssertEqual(status, Int32(SJ_OK.rawValue))
    let context =
      "\(T.self) \(m)x\(n)x\(k) \(left) \(right) \(String(cString: sj_library_target()))"
    // Large products are sampled in a pattern that meets every row, column and edge.
    let step = 1 + m * n * k / 60_000
    for i in 0..<m {
      for j in stride(from: (i * 5) % min(step, max(n, 1)), to: n, by: step) {
        let definition = m == 1 && n == 1 && T.block == Int(SJ_GEMM_BLOCK) ? T.dot : T.sum
        let wanted = T.round(definition(k, { a[i, $0] }, { b[$0, j] }))
        guard T.same(c[i * row + j], wanted) else {
          return XCTFail("\(context) at (\(i), \(j)): \(c[i * row + j]), wanted \(wanted)")
        }
      }
      for j in n..<row where !T.same(c[i * row + j], before) {
        return XCTFail("\(context) wrote beyond row \(i)")
      }
    }
  }

  func checkShapes<T: Multiplicand>(_ type: T.Type) {
    forEachTarget { target in
      for (i, (m, n, k)) in Self.shapes.enumerated()
      where target != "baseline" || m * n * k < 200_000 {
        let layouts = Layout.allCases
        check(type, m, n, k, .rows, .rows)
        check(type, m, n, k, layouts[i % 4], layouts[(i / 4 + 1) % 4])
        check(type, m, n, k, .columns, .columns)
        check(type, m, n, k, layouts[(i / 2) % 4], layouts[(i + 3) % 4])
      }
    }
  }

  func testFloat() { checkShapes(Float.self) }
  func testDouble() { checkShapes(Double.self) }
  func testBFloat16() { checkShapes(BFloat.self) }
  func testInt8() { checkShapes(Int8.self) }
  func testUInt16() { checkShapes(UInt16.self) }
  func testInt32() { checkShapes(Int32.self) }
  func testUInt64() { checkShapes(UInt64.self) }
  func testComplex64() { checkShapes(ComplexNumber<Float>.self) }
  func testComplex128() { checkShapes(ComplexNumber<Double>.self) }
  func testFloat16() { checkShapes(Half.self) }

  /// Shapes with several tasks in every phase; serial results are checked above.
  func testThreadsDoNotChangeBits() {
    defer { sj_pool_set_threads(0) }
    let shapes = [
      (310, 290, 300), (170, 610, 40), (1, 5000, 300), (3000, 1, 300), (1, 1, 100_001),
      (4, 3000, 300),
      (1000, 70, 600),
    ]
    for (m, n, k) in shapes {
      let a = (0..<m * k).map { Float($0 % 1009) - 500.5 }
      let b = (0..<k * n).map { Float($0 % 997) * 0.37 }
      let serial = multiply(m, n, k, a, b, nil)
      for threads: Int32 in [1, 2, 5] {
        sj_pool_set_threads(threads)
        XCTAssertEqual(multiply(m, n, k, a, b, sj_pool_parallel_for), serial, "\(m)x\(n)x\(k)")
      }
    }
  }

  private func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: [Float], _ b: [Float], _ parallel: sj_parallel_for?
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: m * n) { c, count in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          var product = sj_matmul(
            type: Float.code, out_type: Float.code, m: Int64(m), n: Int64(n), k: Int64(k),
            a: a.baseAddress, a_row: Int64(k), a_column: 1, b: b.baseAddress, b_row: Int64(n),
            b_column: 1, c: c.baseAddress, c_row: Int64(n), batch: 1, a_batch: 0, b_batch: 0,
            c_batch: 0, packed_b: nil)
          XCTAssertEqual(sj_gemm(&product, parallel, nil), 0)
        }
      }
      count = m * n
    }
  }

  /// The same product, from one call for all matrices and from one call each.
  func testBatch() {
    let (m, n, k, count) = (5, 9, 30, 300)
    var generator = SplitMix(state: 7)
    let a = (0..<count * m * k).map { _ in Float.random(&generator) }
    let b = (0..<k * n).map { _ in Float.random(&generator) }
    var together = [Float](repeating: 0, count: count * m * n)
    var apart = together
    var product = sj_matmul(
      type: Float.code, out_type: Float.code, m: Int64(m), n: Int64(n), k: Int64(k), a: nil,
      a_row: Int64(k), a_column: 1, b: nil, b_row: Int64(n), b_column: 1, c: nil, c_row: Int64(n),
      batch: Int64(count), a_batch: Int64(m * k), b_batch: 0, c_batch: Int64(m * n), packed_b: nil)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        product.b = UnsafeRawPointer(b.baseAddress!)
        together.withUnsafeMutableBufferPointer { c in
          product.a = UnsafeRawPointer(a.baseAddress!)
          product.c = UnsafeMutableRawPointer(c.baseAddress!)
          XCTAssertEqual(sj_gemm(&product, sj_pool_parallel_for, nil), 0)
        }
        product.batch = 1
        apart.withUnsafeMutableBufferPointer { c in
          for i in 0..<count {
            product.a = UnsafeRawPointer(a.baseAddress! + i * m * k)
            product.c = UnsafeMutableRawPointer(c.baseAddress! + i * m * n)
            XCTAssertEqual(sj_gemm(&product, nil, nil), 0)
          }
        }
      }
    }
    XCTAssertEqual(together, apart)
    XCTAssertNotEqual(together[17], 0)
  }

  /// A packed right operand gives the bits of one that is not.
  func testPackedOperands() {
    defer { sj_pool_set_threads(0) }
    sj_pool_set_threads(3)
    for (m, n, k) in [(1, 2, 5), (3, 5, 7), (97, 101, 300), (64, 64, 64), (2, 4200, 10), (5000, 3, 513)] {
      let a = (0..<m * k).map { Float($0 % 1009) - 500.5 }
      let b = (0..<k * n).map { Float($0 % 997) * 0.37 }
      let transposed = (0..<k * n).map { b[$0 % k * n + $0 / k] }
      var product = sj_matmul()
      (product.type, product.out_type) = (Float.code, Float.code)
      (product.m, product.n, product.k, product.batch) = (Int64(m), Int64(n), Int64(k), 1)
      (product.a_row, product.a_column, product.c_row) = (Int64(k), 1, Int64(n))
      for (values, row, column) in [(b, n, 1), (transposed, 1, k)] {
        let packed = [Float](unsafeUninitializedCapacity: k * (n + Int(SJ_GEMM_PADDING))) { packed, count in
          values.withUnsafeBufferPointer {
            (product.b, product.b_row, product.b_column) = (UnsafeRawPointer($0.baseAddress), Int64(row), Int64(column))
            XCTAssertEqual(sj_gemm_pack(&product, packed.baseAddress, sj_pool_parallel_for, nil), 0)
          }
          count = packed.count
        }
        let given = [Float](unsafeUninitializedCapacity: m * n) { c, count in
          a.withUnsafeBufferPointer { a in
            packed.withUnsafeBufferPointer { packed in
              (product.a, product.b, product.packed_b) = (
                UnsafeRawPointer(a.baseAddress), nil, UnsafeRawPointer(packed.baseAddress)
              )
              product.c = UnsafeMutableRawPointer(c.baseAddress)
              XCTAssertEqual(sj_gemm(&product, sj_pool_parallel_for, nil), 0)
            }
          }
          count = m * n
        }
        product.packed_b = nil
        XCTAssertEqual(given, multiply(m, n, k, a, b, nil), "\(m)x\(n)x\(k), rows \(row) apart")
      }
    }
    var product = sj_matmul()
    (product.type, product.out_type) = (BFloat.code, BFloat.code)
    XCTAssertEqual(sj_gemm_pack(&product, nil, nil, nil), Int32(SJ_UNSUPPORTED.rawValue))
  }

  /// Narrow inputs with a wide output: no rounding, no wrapping at the input's width.
  func testMixedTypes() {
    let a: [Int8] = (0..<600).map { Int8(truncatingIfNeeded: $0 &* 77 &+ 5) }
    var c = [Int32](repeating: 0, count: 1)
    XCTAssertEqual(dot(a, Int8.code, Int32.code, &c), 0)
    XCTAssertEqual(c[0], a.reduce(0) { $0 + Int32($1) * Int32($1) })
    let h = (0..<600).map { BFloat.round(Float($0) / 64) }
    var f = [Float](repeating: 0, count: 1)
    XCTAssertEqual(dot(h, BFloat.code, Float.code, &f), 0)
    XCTAssertEqual(f[0], BFloat.dot(600, { h[$0] }, { h[$0] }))
    XCTAssertEqual(dot(a, Int8.code, Double.code, &f), Int32(SJ_UNSUPPORTED.rawValue))
    XCTAssertEqual(dot(a, element(SJ_ELEMENT_BOOL), Int32.code, &f), Int32(SJ_UNSUPPORTED.rawValue))
  }

  private func dot<T, R>(_ x: [T], _ type: Int32, _ out: Int32, _ c: inout [R]) -> Int32 {
    x.withUnsafeBytes { x in
      c.withUnsafeMutableBytes { c in
        let k = Int64(x.count / MemoryLayout<T>.stride)
        var product = sj_matmul(
          type: type, out_type: out, m: 1, n: 1, k: k, a: x.baseAddress, a_row: k, a_column: 1,
          b: x.baseAddress, b_row: 1, b_column: 1, c: c.baseAddress, c_row: 1, batch: 1, a_batch: 0,
          b_batch: 0, c_batch: 0, packed_b: nil)
        return sj_gemm(&product, nil, nil)
      }
    }
  }

  /// Infinities and NaNs reach the elements they belong to, and only those.
  func testNonFinite() {
    var a = [Float](repeating: 1, count: 9 * 9)
    var b = a
    a[2 * 9 + 3] = .infinity
    b[4 * 9 + 5] = .nan
    var c = [Float](repeating: 0, count: 81)
    var product = sj_matmul(
      type: Float.code, out_type: Float.code, m: 9, n: 9, k: 9, a: nil, a_row: 9, a_column: 1,
      b: nil, b_row: 9, b_column: 1, c: nil, c_row: 9, batch: 1, a_batch: 0, b_batch: 0, c_batch: 0,
      packed_b: nil)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          product.a = UnsafeRawPointer(a.baseAddress!)
          product.b = UnsafeRawPointer(b.baseAddress!)
          product.c = UnsafeMutableRawPointer(c.baseAddress!)
          XCTAssertEqual(sj_gemm(&product, nil, nil), 0)
        }
      }
    }
    for i in 0..<9 {
      for j in 0..<9 {
        let x = c[i * 9 + j]
        if j == 5 { XCTAssert(x.isNaN) } else { XCTAssertEqual(x, i == 2 ? .infinity : 9) }
      }
    }
  }
}
