import SJLoopIR
import SJTypes

/// Lowers one jaxpr to a LoopIR program; rules add their commands to it.
public final class LoweringContext {
  public private(set) var program = Program()

  /// Formulas of more operations than this become memory, which bounds a kernel's size.
  static let formulaLimit = 48

  /// Formulas of so few operations are cheaper to compute again than to load.
  public static let cheapFormula = 3

  /// Whether nothing is put into memory unasked: for bodies that live in registers.
  private let keepsFormulas: Bool

  public init(keepingFormulas: Bool = false) { keepsFormulas = keepingFormulas }

  // MARK: Memory

  /// A new buffer for a value of this type.
  public func newBuffer(_ aval: AbstractValue) -> BufferID {
    program.addBuffer(aval.dtype.scalar, aval.storageShape)
  }

  public func addInput(_ aval: AbstractValue) -> Lowered {
    let id = newBuffer(aval)
    program.inputs.append(id)
    return Lowered(aval.dtype, aval.shape, .buffer(id))
  }

  /// The tensor in memory: itself if it is there already.
  public func materialize(_ value: Lowered, name: String = "fusion") throws -> BufferID {
    if let buffer = value.buffer { return buffer }
    let buffer = newBuffer(AbstractValue(value.dtype, value.shape))
    try write(value, into: buffer, name: name)
    return buffer
  }

  private func write(_ value: Lowered, into buffer: BufferID, name: String) throws {
    try kernel(name) { kernel in
      try kernel.parallel(value.shape) { index in
        kernel.store(try value.element(kernel, index), value.dtype, to: buffer, at: index)
      }
    }
  }

  /// The tensor in memory, as an operand.
  public func inMemory(_ value: Lowered) throws -> Lowered {
    value.buffer != nil ? value : Lowered(value.dtype, value.shape, .buffer(try materialize(value)))
  }

  /// For consumers that read each element several times: formulas that cost anything go to memory.
  public func cheap(_ value: Lowered) throws -> Lowered { value.cost == 0 ? value : try inMemory(value) }

  // MARK: Commands

  public func emit(_ command: Command) { program.commands.append(command) }

  /// Takes back the buffers and commands that `body` made where it gives nil.
  public func attempt<Result>(_ body: () throws -> Result?) rethrows -> Result? {
    let before = program
    if let result = try body() { return result }
    program = before
    return nil
  }

  /// Emits a kernel that `body` fills.
  public func kernel(_ name: String, _ body: (KernelBuilder) throws -> Void) throws {
    let builder = KernelBuilder()
    try body(builder)
    emit(.kernel(builder.finish(name: name)))
  }

  /// A new tensor in memory that `body` stores with one kernel.
  public func stored(
    _ name: String, _ aval: AbstractValue, _ body: (KernelBuilder, BufferID) throws -> Void
  ) throws -> Lowered {
    let buffer = newBuffer(aval)
    try kernel(name) { try body($0, buffer) }
    return Lowered(aval.dtype, aval.shape, .buffer(buffer))
  }

  // MARK: Jaxprs

  /// Lowers the equations with these operands for constants and inputs; returns the outputs.
  public func lower(_ jaxpr: Jaxpr, constants: [Lowered], inputs: [Lowered]) throws -> [Lowered] {
    var environment = [Lowered?](repeating: nil, count: jaxpr.avals.count)
    for (id, value) in zip(jaxpr.constants + jaxpr.inputs, constants + inputs) { environment[id] = value }
    let literals = try jaxpr.literals.map(literal)
    func read(_ atom: Atom) -> Lowered {
      if let id = atom.variable { environment[id]! } else { literals[atom.literal!] }
    }
    let uses = jaxpr.useCounts()
    for equation in jaxpr.equations {
      guard case .rule(let rule) = equation.primitive.rules.lowering else {
        throw SJError(.unsupported, "\(equation.primitive.name) cannot be compiled")
      }
      let outputs = try rule(self, equation.inputs.map(read), equation.params, equation.outputs.map { jaxpr.avals[$0] })
      for (id, output) in zip(equation.outputs, outputs) {
        environment[id] = try settled(output, uses: uses[id], name: equation.primitive.name)
      }
    }
    return jaxpr.outputs.map(read)
  }

  /// Decides whether a result stays a formula. What several equations read would be computed several times.
  private func settled(_ value: Lowered, uses: Int, name: String) throws -> Lowered {
    if keepsFormulas { return value.computedOnce() }
    let isHeavy = value.cost > LoweringContext.formulaLimit || (uses > 1 && value.cost > LoweringContext.cheapFormula)
    guard isHeavy, uses > 0 else { return value }
    return Lowered(value.dtype, value.shape, .buffer(try materialize(value, name: name)))
  }

  /// A scalar literal as a constant of the kernels that use it.
  private func literal(_ array: ConcreteArray) throws -> Lowered {
    let parts = try array.scalarBits()
    let type = array.dtype.scalar
    return Lowered(array.aval, cost: 0) { kernel, _ in
      let values = parts.map { kernel.convert(kernel.constant(bits: $0, type), to: type.arithmetic) }
      return values.count == 2 ? .pair(values[0], values[1]) : .scalar(values[0])
    }
  }

  /// A program for a closed jaxpr whose constants become leading inputs.
  public static func program(for jaxpr: Jaxpr) throws -> Program { try unfusedProgram(for: jaxpr).fused() }

  /// The program as lowering rules make it.
  public static func unfusedProgram(for jaxpr: Jaxpr) throws -> Program {
    let context = LoweringContext()
    let constants = jaxpr.constants.map { context.addInput(jaxpr.avals[$0]) }
    let inputs = jaxpr.inputs.map { context.addInput(jaxpr.avals[$0]) }
    let outputs = try context.lower(jaxpr, constants: constants, inputs: inputs)
    context.program.outputs = try outputs.map { try context.materialize($0, name: jaxpr.name) }
    context.program.origin = Origin(function: jaxpr.name)
    return context.program
  }
}

extension Jaxpr {
  /// For each variable the number of equations that read it, plus one for each time it is an output.
  func useCounts() -> [Int] {
    var counts = [Int](repeating: 0, count: avals.count)
    for equation in equations {
      for id in Set(equation.inputs.compactMap(\.variable)) { counts[id] += 1 }
    }
    for id in outputs.compactMap(\.variable) { counts[id] += 1 }
    return counts
  }
}

extension ConcreteArray {
  /// The bit patterns of a scalar's components.
  func scalarBits() throws -> [UInt64] {
    let pointer = try bytes()
    let size = dtype.scalar.size
    return (0..<dtype.componentCount).map { part in
      var bits: UInt64 = 0
      withUnsafeMutableBytes(of: &bits) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer + part * size, count: size))
      }
      return bits
    }
  }
}
