import SJLoopIR

/// The carries of a loop while it is written. Of those in two memories, the address of what the
/// next iteration reads travels from iteration to iteration; it writes to the results' memory if that is not it, else to
/// the second one.
struct LoopCarries {
  enum Kind {
    case unchanged(ProgramEmitter.Place)
    /// In the results' memory throughout.
    case inPlace
    case register(ScalarType)
    case alternating
  }

  let kinds: [Kind]
  let results: [Pointer]
  /// The second memories.
  let scratch: [Pointer]
  /// What travels: registers, and addresses.
  let initial: [IRValue]

  /// Picks the values that travel out of one list with an entry for every carry.
  func travelling<T>(_ values: [T]) -> [T] {
    zip(kinds, values).compactMap { kind, value in
      switch kind {
      case .unchanged, .inPlace: nil
      case .register, .alternating: value
      }
    }
  }
}

extension ProgramEmitter {
  /// The carries at the start of a loop.
  func carries(
    _ modes: [CarryMode], _ declarations: [BufferDeclaration], initial: [Place], results: [Pointer],
    scratch: [Pointer]
  ) -> LoopCarries {
    var kinds: [LoopCarries.Kind] = []
    var start: [IRValue] = []
    for (i, declaration) in declarations.enumerated() {
      switch modes[i] {
      case .unchanged: kinds.append(.unchanged(initial[i]))
      case _ where declaration.shape.elementCount == 1:
        kinds.append(.register(declaration.type))
        start.append(scalar(initial[i], declaration.type))
      case .inPlace: kinds.append(.inPlace)
      case .alternating:
        kinds.append(.alternating)
        if case .memory(let pointer) = initial[i] { start.append(address(of: pointer)) }
      }
    }
    return LoopCarries(kinds: kinds, results: results, scratch: scratch, initial: start)
  }

  /// Where an iteration finds and leaves each carry. `current` are the values that travel.
  private func bind(_ carries: LoopCarries, _ current: [IRValue]) -> (inputs: [Place], outputs: [Pointer]) {
    var rest = current[...]
    let level = builder.level
    var (inputs, outputs): ([Place], [Pointer]) = ([], [])
    for (i, kind) in carries.kinds.enumerated() {
      let result = carries.results[i].at(level: level)
      switch kind {
      case .unchanged(let place):
        inputs.append(place)
        if case .memory(let pointer) = place { outputs.append(pointer) } else { outputs.append(result) }
      case .inPlace:
        inputs.append(.memory(result))
        outputs.append(result)
      case .register(let type):
        inputs.append(.register(rest.removeFirst().at(level: level)))
        outputs.append(memory(at: reserve(type.size)).at(level: level))
      case .alternating:
        let source = rest.removeFirst()
        inputs.append(.memory(pointer(source)))
        let isResult = builder.compare("icmp eq", source, address(of: carries.results[i]))
        let other = builder.select(isResult, address(of: carries.scratch[i]), address(of: carries.results[i]))
        outputs.append(pointer(other))
      }
    }
    return (inputs, outputs)
  }

  /// One iteration: the values that travel on, and where the further outputs are.
  private func iterate(
    _ body: Program, _ carries: LoopCarries, _ current: [IRValue], constants: [Place], xs: [Place], ys: [Pointer],
    _ modes: [CarryMode]
  ) throws -> (next: [IRValue], ys: [Place]) {
    let (inputs, outputs) = bind(carries, current)
    let results = try emit(
      body, inputs: constants + inputs + xs, outputs: outputs + ys,
      inPlace: body.sharedCarries(modes, firstInput: constants.count))
    let next = carries.travelling(Array(carries.kinds.indices)).map { i -> IRValue in
      if case .register(let type) = carries.kinds[i] { return scalar(results[i], type) }
      return address(of: outputs[i])
    }
    return (next, Array(results.dropFirst(carries.kinds.count)))
  }

  // MARK: Scan

  /// Steps `begin ..< end` (at least one) of a scan; returns what has travelled.
  func emitSteps(
    _ scan: ScanCommand, _ modes: [CarryMode], _ carries: LoopCarries, declarations: [BufferDeclaration],
    constants: [Place], xs: [Pointer], ys: [Pointer], from begin: IRValue, to end: IRValue
  ) throws -> [IRValue] {
    func stride(_ id: BufferID) -> Int { declarations[id.index].byteCount / max(scan.length, 1) }
    return try builder.countedLoop(from: begin, to: end, step: 1, carries: carries.initial) { counter, current in
      let position = scan.reverse ? builder.binary("sub", .index(scan.length - 1), counter) : counter
      let slices = zip(scan.xs, xs).map { Place.memory(slice($1, position, stride($0))) }
      let targets = zip(scan.ys, ys).map { slice($1, position, stride($0)) }
      let (next, made) = try iterate(
        scan.body, carries, current, constants: constants, xs: slices, ys: targets, modes)
      for (place, target) in zip(made, targets) {
        if case .register(let value) = place { store(value, to: target) }
      }
      return next
    }
  }

  func emitNested(_ scan: ScanCommand, _ frame: Frame) throws {
    let modes = CarryMode.modes(scan.body, firstInput: scan.constants.count, count: scan.initial.count)
    let carries = nestedCarries(modes, scan.initial, scan.results, frame)
    let constants = scan.constants.map { place($0, frame) }
    let ys = scan.ys.map { memory(of: $0, frame) }
    let final =
      scan.length == 0
      ? carries.initial
      : try emitSteps(
        scan, modes, carries, declarations: frame.program.buffers, constants: constants,
        xs: scan.xs.map { memory(of: $0, frame) }, ys: ys, from: .index(0), to: .index(scan.length))
    finish(carries, final, scan.initial, scan.results, frame)
  }

  // MARK: While

  func emitIterations(
    _ loop: WhileCommand, _ modes: [CarryMode], _ carries: LoopCarries, conditionConstants: [Place],
    bodyConstants: [Place]
  ) throws -> [IRValue] {
    let flag = memory(at: reserve(1))
    return try builder.whileLoop(carries.initial) { current in
      let (inputs, _) = bind(carries, current)
      let test = try emit(
        loop.condition, inputs: conditionConstants + inputs, outputs: [flag.at(level: builder.level)])
      return scalar(test[0], .bool)
    } body: { current in
      try iterate(loop.body, carries, current, constants: bodyConstants, xs: [], ys: [], modes).next
    }
  }

  func emitNested(_ loop: WhileCommand, _ frame: Frame) throws {
    let modes = CarryMode.modes(loop.body, firstInput: loop.bodyConstants.count, count: loop.initial.count)
    let carries = nestedCarries(modes, loop.initial, loop.results, frame)
    let final = try emitIterations(
      loop, modes, carries, conditionConstants: loop.conditionConstants.map { place($0, frame) },
      bodyConstants: loop.bodyConstants.map { place($0, frame) })
    finish(carries, final, loop.initial, loop.results, frame)
  }

  // MARK: Loops inside of programs

  private func nestedCarries(
    _ modes: [CarryMode], _ initial: [BufferID], _ results: [BufferID], _ frame: Frame
  ) -> LoopCarries {
    let declarations = initial.map { frame.program[$0] }
    let targets = results.map { place($0, frame) }.map { place -> Pointer in
      if case .memory(let pointer) = place { return pointer }
      return memory(at: 0)
    }
    for (i, mode) in modes.enumerated() where mode == .inPlace && declarations[i].shape.elementCount != 1 {
      move(declarations[i].byteCount, from: memory(of: initial[i], frame), to: targets[i])
    }
    let scratch = zip(modes, declarations).map { mode, declaration in
      memory(at: mode == .alternating && declaration.shape.elementCount != 1 ? reserve(declaration.byteCount) : 0)
    }
    return carries(
      modes, declarations, initial: initial.map { place($0, frame) }, results: targets, scratch: scratch)
  }

  /// Brings what a loop has left to where its results belong.
  private func finish(
    _ carries: LoopCarries, _ final: [IRValue], _ initial: [BufferID], _ results: [BufferID], _ frame: Frame
  ) {
    var rest = final[...]
    for (i, kind) in carries.kinds.enumerated() {
      switch kind {
      case .unchanged(.register(let value)): frame.places[results[i].index] = .register(value)
      case .unchanged(.memory(let pointer)):
        move(frame.program[results[i]].byteCount, from: pointer, to: carries.results[i])
      case .inPlace: break
      case .register: frame.places[results[i].index] = .register(rest.removeFirst())
      case .alternating:
        move(frame.program[results[i]].byteCount, from: pointer(rest.removeFirst()), to: carries.results[i])
      }
    }
  }

  // MARK: Branches

  func emit(_ branch: BranchCommand, _ frame: Frame) throws {
    let last = branch.branches.count - 1
    let index = scalar(place(branch.index, frame), .i32)
    let isScalar = branch.results.map { frame.program[$0].shape.elementCount == 1 }
    let targets = zip(branch.results, isScalar).map { result, isScalar in
      isScalar ? memory(at: reserve(8)) : memory(of: result, frame)
    }
    let names = branch.branches.map { _ in builder.fresh("branch") }
    let join = builder.fresh("join")
    let first = builder.intrinsic("smax", [index, IRValue(constant: 0, .i32)])
    let choice = builder.intrinsic("smin", [first, IRValue(constant: UInt64(last), .i32)])
    let cases = names.enumerated().map { "i32 \($0), label %\($1)" }.joined(separator: " ")
    var texts = ""
    var scalars = branch.results.map { _ in [(value: IRValue, block: String)]() }
    for (program, name) in zip(branch.branches, names) {
      builder.open(.block, block: name)
      let level = builder.level
      // What a branch computes stays in it, even where its operands are known before.
      let results = try emit(
        program, inputs: branch.inputs.map { place($0, frame).at(level: level) },
        outputs: targets.map { $0.at(level: level) })
      let values = branch.results.indices.map { i in
        isScalar[i] ? scalar(results[i].at(level: level), frame.program[branch.results[i]].type) : nil
      }
      builder.line("br label %\(join)")
      let (text, end) = builder.close()
      texts += "\(name):\n" + text
      for (i, value) in values.enumerated() { if let value { scalars[i].append((value, end)) } }
    }
    builder.line("switch \(choice.typed), label %\(names[last]) [ \(cases) ]")
    builder.append(texts)
    builder.begin(block: join)
    for (i, incoming) in scalars.enumerated() where isScalar[i] {
      let value = IRValue(
        name: builder.freshRegister(), type: frame.program[branch.results[i]].type, lanes: 1, level: builder.level)
      builder.phi(value, incoming)
      frame.places[branch.results[i].index] = .register(value)
    }
  }
}
