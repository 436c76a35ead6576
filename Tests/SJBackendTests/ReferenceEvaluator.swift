import CSJKernels
import SJLoopIR
import SJTypes

/// Runs kernels one element at a time, straight from the definitions in
/// `Kernel.swift`: what the interpreter is compared with, bit for bit. Only the
/// scalar operations are shared with it (the kernels have tests of their own).
final class ReferenceEvaluator {
  private let kernel: Kernel
  private let program: Program
  /// What the buffers held before the kernel, and what they hold after.
  private let before: [[UInt8]]
  private(set) var after: [[UInt8]]
  private var axes: [AxisID: Int] = [:]
  private var carries: [LoopID: [UInt64]] = [:]
  private var results: [LoopID: [UInt64]] = [:]
  private var partials: [LoopID: (left: [UInt64], right: [UInt64])] = [:]

  init(_ kernel: Kernel, in program: Program, buffers: [[UInt8]]) {
    self.kernel = kernel
    self.program = program
    before = buffers
    after = buffers
  }

  func run() { run(kernel.body) }

  private func run(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .store(let store): self.store(store)
      case .whileLoop(let loop):
        carries[loop.id] = loop.carries.map { value($0.initial) }
        while value(loop.condition) & 1 != 0 {
          run(loop.body)
          carries[loop.id] = loop.carries.map { value($0.next) }
        }
        results[loop.id] = carries[loop.id]
      case .loop(let loop): results[loop.id] = self.loop(loop)
      }
    }
  }

  private func loop(_ loop: Loop) -> [UInt64] {
    let initial = loop.carries.map { value($0.initial) }
    switch loop.kind {
    case .parallel, .sequential:
      carries[loop.id] = initial
      for i in 0..<loop.extent { iteration(loop, i) }
      return carries[loop.id]!
    case .lanes, .blocks:
      if loop.extent == 0 { return initial }
      let length = loop.kind == .lanes ? 4096 : 256
      let blocks = stride(from: 0, to: loop.extent, by: length).map { begin in
        let end = min(begin + length, loop.extent)
        return loop.kind == .lanes ? laneBlock(loop, begin, end) : rowBlock(loop, begin, end)
      }
      return merge(loop, initial, tree(loop, blocks[...]))
    }
  }

  private func iteration(_ loop: Loop, _ i: Int) {
    axes[loop.axis] = i
    run(loop.body)
    carries[loop.id] = loop.carries.map { value($0.next) }
  }

  private func rowBlock(_ loop: Loop, _ begin: Int, _ end: Int) -> [UInt64] {
    carries[loop.id] = loop.combine!.identity.map { value($0) }
    for i in begin..<end { iteration(loop, i) }
    return carries[loop.id]!
  }

  private func laneBlock(_ loop: Loop, _ begin: Int, _ end: Int) -> [UInt64] {
    var lanes = (0..<32).map { _ in loop.combine!.identity.map { value($0) } }
    for i in begin..<end {
      carries[loop.id] = lanes[i % 32]
      iteration(loop, i)
      lanes[i % 32] = carries[loop.id]!
    }
    for half in [16, 8, 4, 2, 1] {
      for lane in 0..<half { lanes[lane] = merge(loop, lanes[lane], lanes[lane + half]) }
    }
    return lanes[0]
  }

  private func tree(_ loop: Loop, _ parts: ArraySlice<[UInt64]>) -> [UInt64] {
    if parts.count == 1 { return parts.first! }
    var half = 1
    while half * 2 < parts.count { half *= 2 }
    let middle = parts.startIndex + half
    return merge(loop, tree(loop, parts[..<middle]), tree(loop, parts[middle...]))
  }

  private func merge(_ loop: Loop, _ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    partials[loop.id] = (left, right)
    return loop.combine!.merged.map { value($0) }
  }

  private func store(_ store: Store) {
    if let mask = store.mask, value(mask) & 1 == 0 { return }
    let size = program[store.buffer].type.size
    let offset = position(store.buffer, store.index) * size
    var bits = value(store.value)
    if store.combine != .none {
      var old = read(after[store.buffer.index], offset, size)
      let op: BinaryOp = [.add, .add, .mul, .min, .max, .and, .or][Int(store.combine.rawValue)]
      let function = sj_kernel_binary(Int32(op.rawValue), Int32(program[store.buffer].type.rawValue))!
      var new = bits
      function(1, &bits, &old, 0, &new, 0)
    }
    for byte in 0..<size {
      after[store.buffer.index][offset + byte] = UInt8(truncatingIfNeeded: bits >> (8 * UInt64(byte)))
    }
  }

  private func position(_ buffer: BufferID, _ index: [ExprID]) -> Int {
    zip(index, program[buffer].shape.rowMajorStrides).reduce(0) { $0 + Int(Int64(bitPattern: value($1.0))) * $1.1 }
  }

  private func read(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
  }

  private func value(_ id: ExprID) -> UInt64 {
    let type = kernel.type(of: id)
    var out: UInt64 = 0
    switch kernel[id] {
    case .constant(let bits): return bits
    case .axis(let axis): return UInt64(bitPattern: Int64(axes[axis]!))
    case .carry(let loop, let i): return carries[loop]![i]
    case .result(let loop, let i): return results[loop]![i]
    case .partial(let loop, let i, let isRight): return isRight ? partials[loop]!.right[i] : partials[loop]!.left[i]
    case .load(let buffer, let index, let mask, let fill):
      if let mask, value(mask) & 1 == 0 { return fill.map { value($0) } ?? 0 }
      return read(
        (kernel.passedOn.contains(buffer) ? after : before)[buffer.index], position(buffer, index) * type.size, type.size)
    case .unary(let op, let a):
      var x = value(a)
      sj_kernel_unary(Int32(op.rawValue), Int32(kernel.type(of: a).rawValue))!(1, &out, &x)
    case .convert(let a):
      var x = value(a)
      sj_kernel_convert(Int32(kernel.type(of: a).rawValue), Int32(type.rawValue))!(1, &out, &x)
    case .bitcast(let a): return value(a)
    case .binary(let op, let a, let b):
      var (x, y) = (value(a), value(b))
      sj_kernel_binary(Int32(op.rawValue), Int32(kernel.type(of: a).rawValue))!(1, &out, &x, 0, &y, 0)
    case .ternary(let op, let a, let b, let c):
      var (x, y, z) = (value(a), value(b), value(c))
      sj_kernel_ternary(Int32(op.rawValue), Int32(kernel.type(of: b).rawValue))!(1, &out, &x, 0, &y, 0, &z, 0)
    case .floorDiv(let a, let divisor):
      return UInt64(bitPattern: Int64(Int(Int64(bitPattern: value(a))).floorDivided(by: divisor)))
    case .floorMod(let a, let divisor):
      let x = Int(Int64(bitPattern: value(a)))
      return UInt64(bitPattern: Int64(x - x.floorDivided(by: divisor) * divisor))
    }
    return out
  }
}
