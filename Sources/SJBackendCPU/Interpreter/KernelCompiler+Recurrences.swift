import CSJKernels
import SJLoopIR

/// A carry of a running sum or the like, `next = carry op value`.
struct Recurrence {
  var op: BinaryOp
  var type: ScalarType
  var carry: Slot
  var value: ExprID
}

// Sequential loops at scalar level whose carries are running sums, products,
// minima or maxima: all that does not depend on the carries, before and after
// them, is done in tiles, and one tight loop runs through each tile.
extension KernelCompiler {
  /// The operation and the operand of every carry, if the loop is of this kind.
  func recurrences(_ loop: Loop) -> [(op: BinaryOp, value: ExprID)]? {
    guard loop.kind == .sequential, !loop.carries.isEmpty, loop.extent > 1, loop.body.storesDistinctBuffers
    else { return nil }
    var result: [(op: BinaryOp, value: ExprID)] = []
    for i in loop.carries.indices {
      guard let step = accumulation(loop, i) else { return nil }
      result.append(step)
    }
    let next = Set(loop.carries.map(\.next))
    // Index arithmetic sees through sums, so that a running index must be no part of it.
    let isIndex = loop.carries.contains { $0.type == .i64 }
    let roots = loop.body.flatMap { if case .store(let store) = $0 { store.operands } else { [ExprID]() } }
    let usesCarry = mentionsCarry(
      of: loop, below: isIndex ? roots.filter { !next.contains($0) } : roots, except: isIndex ? [] : next)
    return next.count == loop.carries.count && !usesCarry ? result : nil
  }

  private func mentionsCarry(of loop: Loop, below roots: [ExprID], except next: Set<ExprID>) -> Bool {
    var seen = next
    var stack = roots
    while let id = stack.popLast() {
      if !seen.insert(id).inserted { continue }
      if case .carry(loop.id, _) = kernel[id] { return true }
      kernel[id].forEachOperand { stack.append($0) }
    }
    return false
  }

  /// `next = carry op value` with a value that does not depend on the loop's carries.
  func accumulation(_ loop: Loop, _ i: Int) -> (op: BinaryOp, value: ExprID)? {
    guard case .binary(let op, let a, let b) = kernel[loop.carries[i].next], !op.isPredicate else { return nil }
    let isCarry = { (id: ExprID) in self.kernel[id] == .carry(loop.id, i) }
    let isFree = { (id: ExprID) in self.depths.ofNode[id.index] <= self.depths.ofAxis[loop.axis.index] }
    if isCarry(a) && isFree(b) { return (op, b) }
    let commutes = op == .add || op == .mul || op == .and || op == .or || op == .xor
    return commutes && isCarry(b) && isFree(a) ? (op, a) : nil
  }

  func recurrence(_ loop: Loop, _ steps: [(op: BinaryOp, value: ExprID)]) {
    setInitial(loop.id, loop.carries)
    let draft = newLoop()
    draft.extent = loop.extent
    draft.elementSpace = newSpace(axes: [loop.axis], extents: [loop.extent])
    for (i, carry) in loop.carries.enumerated() {
      recurrenceNodes[carry.next] = Recurrence(
        op: steps[i].op, type: carry.type, carry: carryValues[loop.id.index][i].slot, value: steps[i].value)
    }
    withScope(Scope(block: draft.body, space: draft.elementSpace), from: firstDepth(of: loop)) {
      translate(loop.body)
      compute(loop.carries.map(\.next))
    }
    appendLoop(.tileLoop, draft, to: currentScope)
    resultValues[loop.id.index] = carryValues[loop.id.index]
  }

  /// The instruction that runs a carry through a tile.
  func accumulate(_ step: Recurrence, _ id: ExprID, in scope: Int) -> Value {
    let (value, valueStep) = operand(values[step.value.index]!, in: scope)
    let function = sj_kernel_binary(Int32(step.op.rawValue), cType(step.type))
    var instruction = Instruction(
      opcode: .accumulate, stepA: valueStep, space: scopes[scope].space, a: value, b: step.carry,
      size: Int32(step.type.size), function: unsafeBitCast(function, to: UnsafeRawPointer?.self),
      payload: RunningOperation(step.op, step.type).rawValue)
    return finish(&instruction, id, in: scope)
  }
}

/// Running operations with loops of their own; others call a kernel for every element.
enum RunningOperation: Int {
  case addF32, addF64, add32, add64, mulF32, mulF64, other

  init(_ op: BinaryOp, _ type: ScalarType) {
    switch (op, type) {
    case (.add, .f32): self = .addF32
    case (.add, .f64): self = .addF64
    case (.add, .i32), (.add, .u32): self = .add32
    case (.add, .i64), (.add, .u64): self = .add64
    case (.mul, .f32): self = .mulF32
    case (.mul, .f64): self = .mulF64
    default: self = .other
    }
  }
}

extension Machine {
  func accumulate(_ i: UnsafeMutablePointer<Instruction>, _ n: Int) {
    switch RunningOperation(rawValue: i.pointee.payload)! {
    case .addF32: running(i, n) { (a: Float, b: Float) in a + b }
    case .addF64: running(i, n) { (a: Double, b: Double) in a + b }
    case .add32: running(i, n) { (a: UInt32, b: UInt32) in a &+ b }
    case .add64: running(i, n) { (a: UInt64, b: UInt64) in a &+ b }
    case .mulF32: running(i, n) { (a: Float, b: Float) in a * b }
    case .mulF64: running(i, n) { (a: Double, b: Double) in a * b }
    case .other: runningKernel(i, n)
    }
  }

  @inline(__always)
  private func running<T>(_ i: UnsafeMutablePointer<Instruction>, _ n: Int, _ op: (T, T) -> T) {
    let out = self[i.pointee.out].assumingMemoryBound(to: T.self)
    let values = self[i.pointee.a].assumingMemoryBound(to: T.self)
    let (carry, step) = (self[i.pointee.b].assumingMemoryBound(to: T.self), Int(i.pointee.stepA))
    var sum = carry.pointee
    for k in 0..<n {
      sum = op(sum, values[k &* step])
      out[k] = sum
    }
    carry.pointee = sum
  }

  private func runningKernel(_ i: UnsafeMutablePointer<Instruction>, _ n: Int) {
    let function = unsafeBitCast(i.pointee.function, to: sj_binary_fn.self)
    let (size, carry) = (Int(i.pointee.size), self[i.pointee.b])
    var (out, value) = (self[i.pointee.out], self[i.pointee.a])
    for _ in 0..<n {
      function(1, carry, carry, 0, value, 0)
      copy(out, carry, 1, 1, i.pointee.size)
      out += size
      value += size &* Int(i.pointee.stepA)
    }
  }
}
