import SJLoopIR

/// Iterations `begin ..< end` of a loop, `lanes` at a time; all of them where one vector does that.
struct VectorLoop {
  let lanes: Int
  let begin: IRValue
  let end: IRValue
  /// The loop's full extent; `end` is it, or a multiple of `lanes`.
  let extent: Int

  var remainder: Int { extent % lanes }
  /// Whether one vector does all iterations, so that there is nothing to repeat.
  var isOneVector: Bool { extent <= lanes }
}

extension KernelEmitter {
  /// Writes a vector loop. `accumulators` are sets of carries that successive
  /// vectors take in turn; they come back advanced, in the same order.
  func emitVectorLoop(
    _ plan: VectorLoop, _ loop: Loop, accumulators: [[IRValue]], body: (_ carries: [IRValue]) throws -> [IRValue]
  ) throws -> [[IRValue]] {
    let outer = (vector, varies)
    defer { (vector, varies) = outer }
    varies = varying(in: loop)
    if plan.isOneVector {
      let next = try emitOneVector(plan, loop, accumulators.first ?? [], body)
      return accumulators.isEmpty ? [] : [next] + accumulators.dropFirst()
    }
    let width = accumulators.first?.count ?? 0
    // Whole turns, so that the accumulators end where they began; vectors past the end do nothing.
    let turn = plan.lanes * max(accumulators.count, 1)
    let hasEmptyVectors = accumulators.count > 1 && loop.extent % turn != 0
    let stop = hasEmptyVectors ? roundedUp(plan.end, to: turn) : plan.end
    let flat = try builder.countedLoop(
      from: plan.begin, to: stop, step: plan.lanes, carries: accumulators.flatMap { $0 }
    ) { counter, carries in
      let current = Array(carries.prefix(width))
      let next =
        plan.remainder == 0 && !hasEmptyVectors
        ? try emitFullVector(plan, loop, counter, current, body)
        : try emitAnyVector(plan, loop, counter, current, mayBeEmpty: hasEmptyVectors, body)
      return carries.dropFirst(width) + next
    }
    return accumulators.indices.map { Array(flat[($0 * width)..<(($0 + 1) * width)]) }
  }

  private func roundedUp(_ value: IRValue, to multiple: Int) -> IRValue {
    let raised = builder.binary("add", value, .index(multiple - 1))
    return builder.binary("and", raised, .index(-multiple))
  }

  /// Without a loop, and without a choice between full and partial vectors.
  private func emitOneVector(
    _ plan: VectorLoop, _ loop: Loop, _ current: [IRValue], _ body: ([IRValue]) throws -> [IRValue]
  ) throws -> [IRValue] {
    builder.open(.inline, block: builder.block)
    bind(loop.axis, .index(0))
    vector = VectorContext(
      axis: loop.axis, lanes: plan.lanes, counter: .index(0), end: .index(plan.extent), remainder: plan.remainder,
      bodyLevel: builder.level, isOnly: true)
    var next = try body(current)
    if plan.remainder != 0, !next.isEmpty {
      let mask = activeLanes()
      next = zip(next, current).map { builder.select(mask, $0, $1) }
    }
    let streams = vector!.streams
    let inside = builder.close()
    for stream in streams where stream.isRead {
      copy(plan.remainder, stream.type, from: stream.base.text, to: stream.stack.text)
    }
    builder.join(inside)
    for stream in streams where stream.isWritten {
      copy(plan.remainder, stream.type, from: stream.stack.text, to: stream.base.text)
    }
    return next.map(builder.outliving)
  }

  private func emitFullVector(
    _ plan: VectorLoop, _ loop: Loop, _ counter: IRValue, _ current: [IRValue],
    _ body: ([IRValue]) throws -> [IRValue]
  ) throws -> [IRValue] {
    bind(loop.axis, counter)
    vector = VectorContext(
      axis: loop.axis, lanes: plan.lanes, counter: counter, end: plan.end, remainder: 0, bodyLevel: builder.level)
    return try body(current)
  }

  /// A vector that is full, partial (the last) or empty (one that completes a turn):
  ///
  ///     full? ──yes──────────────▶ body ──full──▶ done
  ///      └─no─ empty? ─no─▶ copy in ─▲  └─▶ copy out ─▲
  ///             └─yes─────────────────────────────────┘
  private func emitAnyVector(
    _ plan: VectorLoop, _ loop: Loop, _ counter: IRValue, _ current: [IRValue], mayBeEmpty: Bool,
    _ body: ([IRValue]) throws -> [IRValue]
  ) throws -> [IRValue] {
    let (inside, partial, copyIn) = (builder.fresh("vector"), builder.fresh("partial"), builder.fresh("copyin"))
    let (copyOut, done) = (builder.fresh("copyout"), builder.fresh("done"))
    builder.open(.block, block: inside)
    let level = builder.level
    bind(loop.axis, counter.at(level: level))
    vector = VectorContext(
      axis: loop.axis, lanes: plan.lanes, counter: counter.at(level: level), end: plan.end,
      remainder: plan.remainder, bodyLevel: level)
    var next = try body(current)
    if plan.remainder != 0 {
      let mask = next.isEmpty ? nil : activeLanes()
      next = zip(next, current).map { builder.select(mask!, $0, $1) }
    }
    let streams = vector!.streams
    let (text, end) = builder.close()

    let vectorEnd = builder.instruction("add nsw \(counter.typed), \(plan.lanes)", .i64, lanes: 1, level: builder.level)
    let isFull = builder.compare("icmp sle", vectorEnd, plan.end)
    let runs = streams.map { stream in
      builder.pointer(
        "getelementptr \(stream.type.memory(1)), ptr \(stream.base.text), i64 \(counter.text)", level: builder.level)
    }
    let origin = builder.block
    builder.line("br \(isFull.typed), label %\(inside), label %\(mayBeEmpty ? partial : copyIn)")
    if mayBeEmpty {
      builder.begin(block: partial)
      let hasAny = builder.compare("icmp slt", counter, plan.end)
      builder.line("br \(hasAny.typed), label %\(copyIn), label %\(done)")
    }
    builder.begin(block: copyIn)
    for (stream, run) in zip(streams, runs) where stream.isRead {
      copy(plan.remainder, stream.type, from: run.text, to: stream.stack.text)
    }
    builder.line("br label %\(inside)")
    builder.begin(block: inside)
    for (stream, run) in zip(streams, runs) {
      builder.line(
        "\(stream.current.text) = phi ptr [ \(run.text), %\(origin) ], [ \(stream.stack.text), %\(copyIn) ]")
    }
    builder.append(text)
    builder.line("br \(isFull.typed), label %\(done), label %\(copyOut)")
    builder.begin(block: copyOut)
    for (stream, run) in zip(streams, runs) where stream.isWritten {
      copy(plan.remainder, stream.type, from: stream.stack.text, to: run.text)
    }
    builder.line("br label %\(done)")
    builder.begin(block: done)
    next = next.map(builder.outliving)
    guard mayBeEmpty else { return next }
    return zip(next, current).map { next, current in
      let either = IRValue(name: builder.freshRegister(), type: next.type, lanes: next.lanes, level: builder.level)
      builder.phi(either, [(next, end), (next, copyOut), (current, partial)])
      return either
    }
  }

  /// Moves a partial vector; `count` may be 0 where only empty vectors lack lanes.
  private func copy(_ count: Int, _ type: ScalarType, from source: String, to target: String) {
    if count == 0 { return }
    let register = builder.freshRegister()
    builder.line("\(register) = load \(type.memory(count)), ptr \(source), align \(type.size)")
    builder.line("store \(type.memory(count)) \(register), ptr \(target), align \(type.size)")
  }

  /// The lanes that are iterations of the vector loop.
  func activeLanes() -> IRValue {
    if let known = vector!.active { return known }
    let context = vector!
    if context.isOnly { return builder.mask(context.remainder, of: context.lanes) }
    let rest = builder.binary("sub", context.end, context.counter)
    let bounded = builder.intrinsic("umin", [rest, .index(context.lanes)])
    let mask = builder.instruction(
      "icmp ult <\(context.lanes) x i64> \(builder.laneNumbers(context.lanes)), "
        + builder.operand(bounded, context.lanes), .bool, lanes: context.lanes, level: bounded.level)
    vector!.active = mask
    return mask
  }
}
