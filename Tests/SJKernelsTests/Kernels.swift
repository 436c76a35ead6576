import CSJKernels

/// The element types of the kernels, with names for messages.
enum ElementType: Int32, CaseIterable {
  case bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64

  var size: Int {
    switch self {
    case .bool, .i8, .u8: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }

  var isFloat: Bool { self == .f16 || self == .bf16 || self == .f32 || self == .f64 }

  /// Whether these bits (in the low part) are a NaN of this type.
  func isNaN(_ bits: UInt64) -> Bool {
    switch self {
    case .f16: bits & 0x7fff > 0x7c00
    case .bf16: bits & 0x7fff > 0x7f80
    case .f32: Float(bitPattern: UInt32(bits)).isNaN
    case .f64: Double(bitPattern: bits).isNaN
    default: false
    }
  }
}

/// Elements of one type, as bit patterns.
struct Elements: Equatable {
  let type: ElementType
  var bits: [UInt64]

  init(_ type: ElementType, _ bits: [UInt64]) {
    self.type = type
    self.bits = bits
  }

  init<T>(reading values: [T], as type: ElementType) {
    self.init(type, values.withUnsafeBytes { Self.bits($0, size: type.size) })
  }

  init(count: Int, of type: ElementType) { self.init(type, .init(repeating: 0, count: count)) }

  var bytes: [UInt8] {
    bits.flatMap { element in
      (0..<type.size).map { UInt8(truncatingIfNeeded: element >> (8 * UInt64($0))) }
    }
  }

  static func bits(_ bytes: UnsafeRawBufferPointer, size: Int) -> [UInt64] {
    stride(from: 0, to: bytes.count, by: size).map { start in
      (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
    }
  }

  /// Equal bits, any NaN being as good as another.
  func agrees(with other: Elements) -> Bool {
    type == other.type && bits.count == other.bits.count
      && zip(bits, other.bits).allSatisfy { $0 == $1 || (type.isNaN($0) && type.isNaN($1)) }
  }
}

/// Runs `body` on memory for `count` results and reads them.
func results(
  _ count: Int, of type: ElementType, _ body: (UnsafeMutableRawPointer) -> Void
) -> Elements {
  var memory = [UInt64](repeating: 0, count: (count * type.size + 7) / 8 + 1)
  return memory.withUnsafeMutableBytes { bytes in
    body(bytes.baseAddress!)
    return Elements(
      type,
      Elements.bits(
        UnsafeRawBufferPointer(rebasing: bytes[..<(count * type.size)]), size: type.size))
  }
}

struct Kernel {
  /// Its name in the C header's lists.
  let name: String
  let arity: Int
  private let run: (Int, UnsafeMutableRawPointer, [(UnsafeRawPointer, Int)]) -> Void

  init?(unary op: Int32, _ type: ElementType) {
    guard let function = sj_kernel_unary(op, type.rawValue) else { return nil }
    name = String(cString: sj_unary_name(op))
    arity = 1
    run = { n, out, a in function(Int64(n), out, a[0].0) }
  }

  init?(binary op: Int32, _ type: ElementType) {
    guard let function = sj_kernel_binary(op, type.rawValue) else { return nil }
    name = String(cString: sj_binary_name(op))
    arity = 2
    run = { n, out, a in function(Int64(n), out, a[0].0, Int64(a[0].1), a[1].0, Int64(a[1].1)) }
  }

  init?(ternary op: Int32, _ type: ElementType) {
    guard let function = sj_kernel_ternary(op, type.rawValue) else { return nil }
    name = String(cString: sj_ternary_name(op))
    arity = 3
    run = { n, out, a in
      function(
        Int64(n), out, a[0].0, Int64(a[0].1), a[1].0, Int64(a[1].1), a[2].0, Int64(a[2].1))
    }
  }

  init(convert from: ElementType, to: ElementType) {
    let function = sj_kernel_convert(from.rawValue, to.rawValue)!
    name = "convert \(from) to \(to)"
    arity = 1
    run = { n, out, a in function(Int64(n), out, a[0].0) }
  }

  /// Every operation of the given arity that has a kernel for the type.
  static func all(arity: Int, _ type: ElementType) -> [Kernel] {
    switch arity {
    case 1: (0..<Int32(SJ_UNARY_COUNT.rawValue)).compactMap { Kernel(unary: $0, type) }
    case 2: (0..<Int32(SJ_BINARY_COUNT.rawValue)).compactMap { Kernel(binary: $0, type) }
    default: (0..<Int32(SJ_TERNARY_COUNT.rawValue)).compactMap { Kernel(ternary: $0, type) }
    }
  }

  static func named(_ name: String, _ type: ElementType) -> Kernel? {
    (1...3).lazy.flatMap { all(arity: $0, type) }.first { $0.name == name }
  }

  private static let predicates: Set = [
    "eq", "ne", "lt", "le", "gt", "ge", "lt_total", "is_finite",
  ]

  func resultType(for type: ElementType) -> ElementType {
    Self.predicates.contains(name) ? .bool : type
  }

  /// Operands of one element are used for all `count` results (step 0).
  func callAsFunction(_ operands: [Elements], count: Int, result: ElementType? = nil) -> Elements {
    let memory = operands.map(\.bytes)
    return results(count, of: result ?? resultType(for: operands[arity - 1].type)) { out in
      func pass(_ rest: ArraySlice<[UInt8]>, _ pointers: [(UnsafeRawPointer, Int)]) {
        guard let next = rest.first else { return run(count, out, pointers) }
        let step = operands[pointers.count].bits.count == 1 && count != 1 ? 0 : 1
        next.withUnsafeBytes { pass(rest.dropFirst(), pointers + [($0.baseAddress!, step)]) }
      }
      pass(memory[...], [])
    }
  }
}

/// The targets that this machine can run.
let supportedTargets: [String] = (["baseline", "avx2", "avx512"] as [String]).filter {
  sj_kernel_select_target($0) == 1
}

func withTarget<T>(_ target: String?, _ body: () throws -> T) rethrows -> T {
  precondition(sj_kernel_select_target(target) == 1)
  defer { sj_kernel_select_target(nil) }
  return try body()
}

/// xorshift64*: reproducible bits.
struct RandomBits: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }

  /// Arbitrary bit patterns mixed with small numbers and special values.
  mutating func elements(_ count: Int, of type: ElementType) -> Elements {
    Elements(type, (0..<count).map { _ in element(of: type) })
  }

  private mutating func element(of type: ElementType) -> UInt64 {
    let any = type.size == 8 ? next() : next() & (1 << UInt64(8 * type.size) - 1)
    let small = Int.random(in: -40...40, using: &self)
    switch type {
    case .bool: return any & 1
    case .f32: return Bool.random(using: &self) ? any : UInt64((Float(small) / 8).bitPattern)
    case .f64: return Bool.random(using: &self) ? any : (Double(small) / 8).bitPattern
    case .f16, .bf16: return any
    default:
      let truncated = UInt64(bitPattern: Int64(small / 4))
      return Bool.random(using: &self) ? any : Elements(type, [truncated]).truncated
    }
  }
}

extension Elements {
  fileprivate var truncated: UInt64 {
    type.size == 8 ? bits[0] : bits[0] & (1 << UInt64(8 * type.size) - 1)
  }
}
