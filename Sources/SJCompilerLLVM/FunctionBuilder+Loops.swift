import SJLoopIR

/// Loops as basic blocks. A loop's values live in the scope of its body until it closes;
/// its results then belong to the scope around it.
extension FunctionBuilder {
  /// `counter` from `begin` up to `end` (at least one iteration), passing carries on.
  func countedLoop(
    from begin: IRValue, to end: IRValue, step: Int, carries initial: [IRValue],
    body: (_ counter: IRValue, _ carries: [IRValue]) throws -> [IRValue]
  ) rethrows -> [IRValue] {
    let head = fresh("loop")
    let exit = fresh("exit")
    open(.block, block: head)
    let counter = register(.i64, 1)
    let current = initial.map { register($0.type, $0.lanes) }
    let next = try body(counter, current)
    let advanced = instruction("add nsw \(counter.typed), \(step)", .i64, lanes: 1, level: level)
    let more = compare("icmp slt", advanced, end)
    line("br i1 \(more.text), label %\(head), label %\(exit)")
    let (text, latch) = close()
    let entry = enter(head)
    phi(counter, [(begin, entry), (advanced, latch)])
    for (value, (start, following)) in zip(current, zip(initial, next)) {
      phi(value, [(start, entry), (following, latch)])
    }
    append(text)
    self.begin(block: exit)
    return next.map { outliving($0) }
  }

  /// `while condition(carries) { carries = body(carries) }`.
  func whileLoop(
    _ initial: [IRValue], condition: (_ carries: [IRValue]) throws -> IRValue,
    body: (_ carries: [IRValue]) throws -> [IRValue]
  ) rethrows -> [IRValue] {
    let head = fresh("while")
    let inside = fresh("body")
    let exit = fresh("exit")
    open(.whileHeader, block: head)
    let current = initial.map { register($0.type, $0.lanes) }
    let test = try condition(current)
    open(.block, block: inside)
    let next = try body(current)
    line("br label %\(head)")
    let (bodyText, latch) = close()
    line("br \(test.typed), label %\(inside), label %\(exit)")
    let headText = close().text
    let entry = enter(head)
    for (value, (start, following)) in zip(current, zip(initial, next)) {
      phi(value, [(start, entry), (following, latch)])
    }
    append(headText)
    append("\(inside):\n" + bodyText)
    begin(block: exit)
    return current.map { $0.at(level: level) }
  }

  /// A register of the innermost scope, yet to be defined by a phi.
  private func register(_ type: ScalarType, _ lanes: Int) -> IRValue {
    IRValue(name: freshRegister(), type: type, lanes: lanes, level: level)
  }

  /// Defines a register as what came from each predecessor.
  func phi(_ value: IRValue, _ incoming: [(value: IRValue, block: String)]) {
    let sources = incoming.map { "[ \(operand($0.value, value.lanes)), %\($0.block) ]" }
    line("\(value.text) = phi \(value.typeText) \(sources.joined(separator: ", "))")
  }

  /// Jumps to a block that is about to be appended; returns the block jumped from.
  private func enter(_ target: String) -> String {
    let origin = block
    line("br label %\(target)")
    append("\(target):\n")
    return origin
  }

  /// A value of a scope that has closed and whose last block leads on.
  func outliving(_ value: IRValue) -> IRValue { value.at(level: min(value.level, level)) }
}
