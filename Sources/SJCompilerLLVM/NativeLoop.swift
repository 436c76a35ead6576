import SJLoopIR

/// A loop command that becomes one function, with all that is inside of it.
///
/// A call does iterations `begin ..< end` of a scan, or a whole `while`. Its pointers are, in this order: memory of
/// the function's own (`NativeKernel.workspaceBytes`), a `LibraryFunction` and its context, `constants`, what each carry is read from,
/// `results`, second memories of the carries, `xs`, `ys`. The pointers of the carries are moved to where
/// the carries then are. So a loop may begin on the interpreter and go on here.
public enum NativeLoop: Sendable {
  case scan(ScanCommand)
  case whileLoop(WhileCommand)

  /// Runs one of `libraryCalls`, by its number, on its inputs and outputs; false where it failed, which ends the function.
  public typealias LibraryFunction =
    @convention(c) (
      _ context: UnsafeMutableRawPointer, _ number: Int, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
    ) -> Bool

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
  public var firstCarry: Int { 3 + constants.count }

  /// What profiles call it, after the function that it is in.
  public var label: String {
    switch self {
    case .scan: "scan"
    case .whileLoop: "while"
    }
  }

  // MARK: The library

  /// The calls of the library that are not written out, each with a program of its inputs and outputs alone, in
  /// the order in which the emitter meets them.
  public var libraryCalls: [(call: LibraryCall, program: Program)] {
    switch self {
    case .scan(let scan): Self.libraryCalls(scan.body)
    case .whileLoop(let loop): Self.libraryCalls(loop.condition) + Self.libraryCalls(loop.body)
    }
  }

  private static func libraryCalls(_ program: Program) -> [(call: LibraryCall, program: Program)] {
    program.commands.flatMap { command -> [(call: LibraryCall, program: Program)] in
      switch command {
      case .kernel, .host: []
      case .library(let call): call.isSmallProduct(in: program) ? [] : [call.alone(in: program)]
      // The emitter writes no body that never runs.
      case .scan(let scan): scan.length == 0 ? [] : libraryCalls(scan.body)
      case .whileLoop(let loop): libraryCalls(loop.condition) + libraryCalls(loop.body)
      case .branch(let branch): branch.branches.flatMap(libraryCalls)
      }
    }
  }

  // MARK: Code

  /// The loop's blocks, and how much memory of its own it needs.
  func emit(
    _ builder: FunctionBuilder, _ target: VectorTarget, _ declarations: [BufferDeclaration]
  ) throws -> (blocks: String, workspaceBytes: Int) {
    let emitter = ProgramEmitter(
      target, builder, workspace: builder.argument(0), library: (builder.argument(1), builder.argument(2)))
    var position = 3
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

extension LibraryCall {
  fileprivate func alone(in program: Program) -> (call: LibraryCall, program: Program) {
    var result = Program()
    result.inputs = inputs.map { result.addBuffer(program[$0].type, program[$0].shape) }
    result.outputs = outputs.map { result.addBuffer(program[$0].type, program[$0].shape) }
    let call = LibraryCall(operation: operation, inputs: result.inputs, outputs: result.outputs)
    result.commands = [.library(call)]
    return (call, result)
  }
}
