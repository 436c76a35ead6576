import SJLoopIR

/// Operations on single elements that are done here: the call of a vector kernel costs more than they do.
/// The results are those of the kernels, bit for bit (IEEE arithmetic, wrapping integers).
enum ScalarOperation: UInt8 {
  case add32, sub32, mul32, add64, sub64, mul64
  case addF32, subF32, mulF32, divF32, addF64, subF64, mulF64, divF64
  case eq32, ne32, eq64, ne64, ltI32, leI32, gtI32, geI32, ltI64, leI64, gtI64, geI64
  case ltF32, gtF32, ltF64, gtF64, and8, or8, and32

  init?(_ op: BinaryOp, _ type: ScalarType) {
    switch (op, type) {
    case (.add, .i32), (.add, .u32): self = .add32
    case (.sub, .i32), (.sub, .u32): self = .sub32
    case (.mul, .i32), (.mul, .u32): self = .mul32
    case (.add, .i64), (.add, .u64): self = .add64
    case (.sub, .i64), (.sub, .u64): self = .sub64
    case (.mul, .i64), (.mul, .u64): self = .mul64
    case (.add, .f32): self = .addF32
    case (.sub, .f32): self = .subF32
    case (.mul, .f32): self = .mulF32
    case (.div, .f32): self = .divF32
    case (.add, .f64): self = .addF64
    case (.sub, .f64): self = .subF64
    case (.mul, .f64): self = .mulF64
    case (.div, .f64): self = .divF64
    case (.eq, .i32), (.eq, .u32): self = .eq32
    case (.ne, .i32), (.ne, .u32): self = .ne32
    case (.eq, .i64), (.eq, .u64): self = .eq64
    case (.ne, .i64), (.ne, .u64): self = .ne64
    case (.lt, .i32): self = .ltI32
    case (.le, .i32): self = .leI32
    case (.gt, .i32): self = .gtI32
    case (.ge, .i32): self = .geI32
    case (.lt, .i64): self = .ltI64
    case (.le, .i64): self = .leI64
    case (.gt, .i64): self = .gtI64
    case (.ge, .i64): self = .geI64
    case (.lt, .f32): self = .ltF32
    case (.gt, .f32): self = .gtF32
    case (.lt, .f64): self = .ltF64
    case (.gt, .f64): self = .gtF64
    case (.and, .bool), (.and, .u8), (.and, .i8): self = .and8
    case (.or, .bool), (.or, .u8), (.or, .i8): self = .or8
    case (.and, .i32), (.and, .u32): self = .and32
    default: return nil
    }
  }
}

extension Machine {
  @inline(__always)
  private func scalar<T, R>(_ i: UnsafeMutablePointer<Instruction>, _ op: (T, T) -> R) {
    let (a, b) = (self[i.pointee.a].loadUnaligned(as: T.self), self[i.pointee.b].loadUnaligned(as: T.self))
    self[i.pointee.out].storeBytes(of: op(a, b), as: R.self)
  }

  @inline(__always)
  private func comparison<T>(_ i: UnsafeMutablePointer<Instruction>, _ op: (T, T) -> Bool) {
    scalar(i) { (a: T, b: T) -> UInt8 in op(a, b) ? 1 : 0 }
  }

  func scalarBinary(_ i: UnsafeMutablePointer<Instruction>) {
    switch unsafeBitCast(UInt8(truncatingIfNeeded: i.pointee.payload), to: ScalarOperation.self) {
    case .add32: scalar(i) { (a: UInt32, b: UInt32) in a &+ b }
    case .sub32: scalar(i) { (a: UInt32, b: UInt32) in a &- b }
    case .mul32: scalar(i) { (a: UInt32, b: UInt32) in a &* b }
    case .add64: scalar(i) { (a: UInt64, b: UInt64) in a &+ b }
    case .sub64: scalar(i) { (a: UInt64, b: UInt64) in a &- b }
    case .mul64: scalar(i) { (a: UInt64, b: UInt64) in a &* b }
    case .addF32: scalar(i) { (a: Float, b: Float) in a + b }
    case .subF32: scalar(i) { (a: Float, b: Float) in a - b }
    case .mulF32: scalar(i) { (a: Float, b: Float) in a * b }
    case .divF32: scalar(i) { (a: Float, b: Float) in a / b }
    case .addF64: scalar(i) { (a: Double, b: Double) in a + b }
    case .subF64: scalar(i) { (a: Double, b: Double) in a - b }
    case .mulF64: scalar(i) { (a: Double, b: Double) in a * b }
    case .divF64: scalar(i) { (a: Double, b: Double) in a / b }
    case .eq32: comparison(i) { (a: UInt32, b: UInt32) in a == b }
    case .ne32: comparison(i) { (a: UInt32, b: UInt32) in a != b }
    case .eq64: comparison(i) { (a: UInt64, b: UInt64) in a == b }
    case .ne64: comparison(i) { (a: UInt64, b: UInt64) in a != b }
    case .ltI32: comparison(i) { (a: Int32, b: Int32) in a < b }
    case .leI32: comparison(i) { (a: Int32, b: Int32) in a <= b }
    case .gtI32: comparison(i) { (a: Int32, b: Int32) in a > b }
    case .geI32: comparison(i) { (a: Int32, b: Int32) in a >= b }
    case .ltI64: comparison(i) { (a: Int64, b: Int64) in a < b }
    case .leI64: comparison(i) { (a: Int64, b: Int64) in a <= b }
    case .gtI64: comparison(i) { (a: Int64, b: Int64) in a > b }
    case .geI64: comparison(i) { (a: Int64, b: Int64) in a >= b }
    case .ltF32: comparison(i) { (a: Float, b: Float) in a < b }
    case .gtF32: comparison(i) { (a: Float, b: Float) in a > b }
    case .ltF64: comparison(i) { (a: Double, b: Double) in a < b }
    case .gtF64: comparison(i) { (a: Double, b: Double) in a > b }
    case .and8: scalar(i) { (a: UInt8, b: UInt8) in a & b }
    case .or8: scalar(i) { (a: UInt8, b: UInt8) in a | b }
    case .and32: scalar(i) { (a: UInt32, b: UInt32) in a & b }
    }
  }
}
