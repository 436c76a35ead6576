import SJLoopIR
import SJTypes

/// Writes programs of kernels, loops and branches into one function.
///
/// Buffers of one element are registers wherever a kernel computes them; others are memory. What is
/// written in a loop's body is *pinned* to it: a pointer to it belongs to the body's scope, so that the builder, which
/// hoists whatever it can, leaves reads through it where they are. Constants of a loop are not pinned.
final class ProgramEmitter {
  enum Place {
    case memory(Pointer)
    case register(IRValue)

    func at(level: Int) -> Place {
      switch self {
      case .memory(let pointer): .memory(pointer.at(level: level))
      case .register(let value): .register(value.at(level: level))
      }
    }
  }

  /// A program while it is written.
  final class Frame {
    let program: Program
    let placement: Placement
    /// Where the temporaries begin.
    let offset: Int
    let outputs: [Pointer]
    /// The scope that it is written in.
    let level: Int
    var places: [Place?]

    init(_ program: Program, _ placement: Placement, offset: Int, outputs: [Pointer], level: Int) {
      self.program = program
      self.placement = placement
      self.offset = offset
      self.outputs = outputs
      self.level = level
      places = Array(repeating: nil, count: program.buffers.count)
    }
  }

  let target: VectorTarget
  let builder: FunctionBuilder
  /// Memory for temporaries and carries.
  private let workspace: Pointer
  /// Calls of the library go to this function, with this first argument and their number.
  private let library: (function: Pointer, context: Pointer)
  private var libraryCalls = 0
  private(set) var workspaceBytes = 0
  /// The builder's scopes refer to them until they close.
  private var emitters: [KernelEmitter] = []

  init(
    _ target: VectorTarget, _ builder: FunctionBuilder, workspace: Pointer,
    library: (function: Pointer, context: Pointer)
  ) {
    self.target = target
    self.builder = builder
    self.workspace = workspace
    self.library = library
  }

  // MARK: Programs

  /// Writes a program at the current place of the function.
  /// - Parameters:
  ///   - outputs: memory for the outputs that do not end in registers.
  ///   - inPlace: for each input that an output shares its memory with, that output.
  /// - Returns: where the outputs are: in registers, else in `outputs`.
  func emit(_ program: Program, inputs: [Place], outputs: [Pointer], inPlace: [Int: Int] = [:]) throws -> [Place] {
    let placement = Placement(program, inPlace: inPlace)
    let frame = Frame(
      program, placement, offset: reserve(placement.temporaryBytes), outputs: outputs, level: builder.level)
    for (id, place) in zip(program.inputs, inputs) { frame.places[id.index] = place }
    for (position, command) in program.commands.enumerated() {
      if let source = placement.needlessCopies[position], case .memory = place(source, frame) { continue }
      try emit(command, frame)
    }
    for copy in placement.outputCopies {
      guard case .memory(let source) = place(copy.buffer, frame) else { continue }
      move(program[copy.buffer].byteCount, from: source, to: outputs[copy.output])
    }
    return zip(program.outputs, outputs).map { id, pointer in
      if case .register(let value) = place(id, frame) { return .register(value) }
      return .memory(pointer)
    }
  }

  private func emit(_ command: Command, _ frame: Frame) throws {
    switch command {
    case .kernel(let kernel): try emit(kernel, frame)
    case .library(let call):
      if let kernel = call.productKernel(in: frame.program) { try emit(kernel, frame) } else { emit(call, frame) }
    case .scan(let scan): try emitNested(scan, frame)
    case .whileLoop(let loop): try emitNested(loop, frame)
    case .branch(let branch): try emit(branch, frame)
    case .host(let host): throw SJError(.unsupported, "LLVM: \(host.function.name) in a native loop")
    }
  }

  /// The library gets pointers to the inputs, then to the outputs. Where it fails, so does the function: what a condition
  /// makes of results that are none may never end.
  private func emit(_ call: LibraryCall, _ frame: Frame) {
    let operands = (call.inputs + call.outputs).map { memory(of: $0, frame) }
    let list = memory(at: reserve(MemoryLayout<UnsafeRawPointer>.size * operands.count))
    for (position, operand) in operands.enumerated() {
      let slot = builder.pointer("getelementptr ptr, ptr \(list.text), i64 \(position)", level: 0)
      builder.line("store ptr \(operand.text), ptr \(slot.text), align 8")
    }
    let done = builder.freshRegister()
    builder.line(
      "\(done) = call i1 \(library.function.text)(ptr \(library.context.text), i64 \(libraryCalls), ptr \(list.text))")
    libraryCalls += 1
    let (failed, goesOn) = (builder.fresh("failed"), builder.fresh("called"))
    builder.line("br i1 \(done), label %\(goesOn), label %\(failed)")
    builder.begin(block: failed)
    builder.line("ret void")
    builder.begin(block: goesOn)
  }

  private func emit(_ kernel: Kernel, _ frame: Frame) throws {
    let emitter = KernelEmitter(kernel, declarations: frame.program.buffers, target: target, builder: builder)
    emitters.append(emitter)
    let captured = kernel.scalarResults(in: frame.program)
    for buffer in kernel.buffers where !captured.contains(buffer) {
      switch place(buffer, frame) {
      case .register(let value): emitter.registers[buffer] = value
      case .memory(let pointer): emitter.basePointers[buffer] = pointer
      }
    }
    emitter.captured = captured
    try emitter.emit(kernel.body)
    for buffer in captured { frame.places[buffer.index] = emitter.registers[buffer].map { .register($0) } }
  }

  // MARK: Places

  /// Where a buffer is. Memory of the program's own is pinned to the scope that the program is written in.
  func place(_ id: BufferID, _ frame: Frame) -> Place {
    if let known = frame.places[id.index] { return known }
    let pointer =
      switch frame.placement.places[id.index] {
      case .output(let position): frame.outputs[position]
      case .temporary(let offset): memory(at: frame.offset + offset)
      case .input, .nowhere: memory(at: reserve(frame.program[id].byteCount))
      }
    let place = Place.memory(pointer.at(level: frame.level))
    frame.places[id.index] = place
    return place
  }

  /// A buffer's memory, to which it is written if it is in a register.
  func memory(of id: BufferID, _ frame: Frame) -> Pointer {
    switch place(id, frame) {
    case .memory(let pointer): return pointer
    case .register(let value):
      let pointer = memory(at: reserve(value.type.size))
      store(value, to: pointer)
      return pointer.at(level: builder.level)
    }
  }

  /// The value of a buffer of one element.
  func scalar(_ place: Place, _ type: ScalarType) -> IRValue {
    switch place {
    case .register(let value): value
    case .memory(let pointer): builder.load(type, pointer)
    }
  }

  // MARK: Memory

  /// Memory of the function's own that lasts for the whole call.
  func reserve(_ bytes: Int) -> Int {
    defer { workspaceBytes += (bytes + Placement.alignment - 1) / Placement.alignment * Placement.alignment }
    return workspaceBytes
  }

  func memory(at offset: Int) -> Pointer {
    builder.pointer("getelementptr i8, ptr \(workspace.text), i64 \(offset)", level: 0)
  }

  func store(_ value: IRValue, to pointer: Pointer) {
    let stored = value.type == .bool ? builder.bitcast(value, to: .u8) : value
    builder.line("store \(stored.typed), ptr \(pointer.text), align \(value.type.size)")
  }

  /// Copies memory, unless the two are the same.
  func move(_ bytes: Int, from source: Pointer, to target: Pointer) {
    if bytes == 0 || source.text == target.text { return }
    let (from, to) = (address(of: source), address(of: target))
    let count = builder.select(builder.compare("icmp eq", from, to), .index(0), .index(bytes))
    builder.declare("void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1 immarg)")
    builder.line(
      "call void @llvm.memcpy.p0.p0.i64(ptr \(target.text), ptr \(source.text), \(count.typed), i1 false)")
  }

  /// Pointers travel from iteration to iteration as integers.
  func address(of pointer: Pointer) -> IRValue {
    builder.instruction("ptrtoint ptr \(pointer.text) to i64", .i64, lanes: 1, level: pointer.level)
  }

  func pointer(_ address: IRValue) -> Pointer {
    builder.pointer("inttoptr \(address.typed) to ptr", level: builder.level)
  }

  /// A pointer to the slice at a position, in bytes.
  func slice(_ base: Pointer, _ position: IRValue, _ stride: Int) -> Pointer {
    let offset = builder.binary("mul", position, .index(stride))
    return builder.pointer("getelementptr i8, ptr \(base.text), i64 \(offset.text)", level: builder.level)
  }
}

extension FunctionBuilder {
  /// A scalar in memory.
  func load(_ type: ScalarType, _ pointer: Pointer) -> IRValue {
    let loaded = instruction(
      "load \(type.memory(1)), ptr \(pointer.text), align \(type.size)", type == .bool ? .u8 : type, lanes: 1,
      level: pointer.level)
    return type == .bool ? bitcast(loaded, to: .bool) : loaded
  }
}

extension Kernel {
  /// The buffers of one element that this kernel alone writes, once, outside of its loops: they
  /// can be registers.
  func scalarResults(in program: Program) -> Set<BufferID> {
    var stores: [BufferID: Int] = [:]
    forEachStore { stores[$0.buffer, default: 0] += 1 }
    var results: Set<BufferID> = []
    for case .store(let store) in body
    where store.mask == nil && store.combine == .none && stores[store.buffer] == 1
      && program[store.buffer].shape.elementCount == 1
    {
      let writers = program.commands.filter { $0.writes.contains(store.buffer) }.count
      if writers == 1, !loadedBuffers.contains(store.buffer) { results.insert(store.buffer) }
    }
    return results
  }
}
