import SJLoopIR

/// A loop command that becomes one function, with all that is inside of it.
///
/// A call does iterations `begin ..< end` of a scan, or a whole `while`. Its pointers are, in this order: memory of the function's
/// own (`NativeKernel.workspaceBytes`), `constants`, what each carry is read from, `results`, second memories of the
/// carries, `xs`, `ys`. The pointers of the carries are moved to where the carries then are. So a loop may
/// begin on the interpreter and go on here.
public enum NativeLoop: Sendable {
  case scan(ScanCommand)
  case whileLoop(WhileCommand)

  public var constants: [BufferID] {
    switch self {
    case .scan(let scan): scan.constants
    case .whileLoop(let loop): loop.conditionConstants + loop.bodyConstants
    }
  }

  public var results: [BufferID] {
    switch self {
    case .scan(let scan): scan.results
    case .whileLoop(let loop): loop.results
    }
  }

  public var xs: [BufferID] { if case .scan(let scan) = self { scan.xs } else { [] } }
  public var ys: [BufferID] { if case .scan(let scan) = self { scan.ys } else { [] } }

  private var modes: [CarryMode] {
    switch self {
    case .scan(let scan):
      CarryMode.modes(scan.body, firstInput: scan.constants.count, count: scan.initial.count)
    case .whileLoop(let loop):
      CarryMode.modes(loop.body, firstInput: loop.bodyConstants.count, count: loop.initial.count)
    }
  }

  /// The position of the first carry among a call's pointers.
  public var firstCarry: Int { 1 + constants.count }

  // MARK: Code

  /// The loop's blocks, and how much memory of its own it needs.
  func emit(
    _ builder: FunctionBuilder, _ target: VectorTarget, _ declarations: [BufferDeclaration]
  ) throws -> (blocks: String, workspaceBytes: Int) {
    let emitter = ProgramEmitter(target, builder, workspace: builder.argument(0))
    var position = 1
    func arguments(_ count: Int) -> [Pointer] {
      defer { position += count }
      return (position..<(position + count)).map { builder.argument($0) }
    }
    let constants = arguments(self.constants.count).map { ProgramEmitter.Place.memory($0) }
    let initial = arguments(results.count).map { ProgramEmitter.Place.memory($0) }
    let targets = arguments(results.count)
    let scratch = arguments(results.count)
    let carries = emitter.carries(
      modes, results.map { declarations[$0.index] }, initial: initial, results: targets, scratch: scratch)
    let final: [IRValue]
    switch self {
    case .scan(let scan):
      let (xs, ys) = (arguments(scan.xs.count), arguments(scan.ys.count))
      final = try emitter.emitSteps(
        scan, modes, carries, declarations: declarations, constants: constants, xs: xs, ys: ys,
        from: IRValue(name: "%begin", type: .i64, lanes: 1, level: 0),
        to: IRValue(name: "%end", type: .i64, lanes: 1, level: 0))
    case .whileLoop(let loop):
      final = try emitter.emitIterations(
        loop, modes, carries, conditionConstants: Array(constants.prefix(loop.conditionConstants.count)),
        bodyConstants: Array(constants.dropFirst(loop.conditionConstants.count)))
    }
    leave(carries, final, emitter)
    return (builder.finish(), emitter.workspaceBytes)
  }

  /// Tells the caller where the carries are.
  private func leave(_ carries: LoopCarries, _ final: [IRValue], _ emitter: ProgramEmitter) {
    let builder = emitter.builder
    for (i, value) in zip(carries.travelling(Array(carries.kinds.indices)), final) {
      var address = value
      if case .register = carries.kinds[i] {
        emitter.store(value, to: carries.results[i])
        address = emitter.address(of: carries.results[i])
      }
      builder.line("store \(address.typed), ptr \(builder.argumentSlot(firstCarry + i).text), align 8")
    }
  }
}
