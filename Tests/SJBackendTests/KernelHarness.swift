import SJBackendCPU
import SJLoopIR
import SJTypes
import Testing

/// One kernel, its buffers and its data; `check` runs it both ways.
struct KernelHarness {
  var program = Program()
  private var contents: [[UInt8]] = []
  private var seed: UInt64

  init(seed: UInt64 = 1) { self.seed = seed }

  /// A buffer with given elements.
  mutating func input<T>(_ values: [T], _ type: ScalarType, _ shape: Shape? = nil) -> BufferID {
    let id = program.addBuffer(type, shape ?? [values.count])
    program.inputs.append(id)
    contents.append(values.withUnsafeBytes { Array($0) })
    return id
  }

  /// A buffer of small random numbers (for floats multiples of 1/8, some negative).
  mutating func random(_ type: ScalarType, _ shape: Shape, below bound: Int = 17) -> BufferID {
    let count = shape.elementCount
    let numbers = (0..<count).map { _ in Int(next() % UInt64(bound)) }
    switch type {
    case .bool: return input(numbers.map { UInt8($0 & 1) }, type, shape)
    case .i8, .u8: return input(numbers.map { Int8($0) }, type, shape)
    case .i16, .u16: return input(numbers.map { Int16($0) }, type, shape)
    case .i32, .u32: return input(numbers.map { Int32($0) }, type, shape)
    case .i64, .u64: return input(numbers.map { Int64($0) }, type, shape)
    // Halves of a float32's bits: some value or other.
    case .f16, .bf16: return input(numbers.map { UInt16($0 * 1021) }, type, shape)
    case .f32: return input(numbers.map { _ in Float(Int(next() % 100_003)) * 0.37 - 15000 }, type, shape)
    case .f64: return input(numbers.map { _ in Double(Int(next() % 100_003)) * 0.37 - 15000 }, type, shape)
    }
  }

  mutating func output(_ type: ScalarType, _ shape: Shape) -> BufferID {
    let id = program.addBuffer(type, shape)
    program.outputs.append(id)
    contents.append([UInt8](repeating: 0xAB, count: program[id].byteCount))
    return id
  }

  private mutating func next() -> UInt64 {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return seed >> 33
  }

  @discardableResult
  mutating func build(_ name: String, _ build: (KernelBuilder) -> Void) -> Kernel {
    let builder = KernelBuilder()
    build(builder)
    let kernel = builder.finish(name: name)
    program.commands = [.kernel(kernel)]
    return kernel
  }

  /// What the outputs hold after a run.
  func outputs() throws -> [[UInt8]] {
    let after = try run(program, contents)
    return program.outputs.map { after[$0.index] }
  }

  /// Runs the kernel that `build` describes by the interpreter and by definition; outputs must agree in every bit.
  mutating func check(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation, _ build: (KernelBuilder) -> Void
  ) throws {
    let kernel = self.build(name, build)
    try verify(program)
    let reference = ReferenceEvaluator(kernel, in: program, buffers: contents)
    reference.run()
    let actual = try run(program, contents)
    for id in program.outputs {
      let expected = reference.after[id.index]
      let difference = zip(expected, actual[id.index]).enumerated().first { $1.0 != $1.1 }?.offset
      #expect(
        difference == nil, "\(name): byte \(difference ?? 0) of buffer \(id.index) differs",
        sourceLocation: sourceLocation)
    }
  }
}

/// Runs a program on the given contents of its buffers and gives what they hold afterwards.
func run(_ program: Program, _ contents: [[UInt8]]) throws -> [[UInt8]] {
  var pointers: [UnsafeMutableRawPointer] = []
  for bytes in contents {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    bytes.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: bytes.count)
    }
    pointers.append(memory)
  }
  defer { pointers.forEach { $0.deallocate() } }
  let executable = try Executable(program)
  try executable.run(
    inputs: program.inputs.map { UnsafeRawPointer(pointers[$0.index]) },
    outputs: program.outputs.map { pointers[$0.index] })
  return contents.indices.map { i in
    Array(UnsafeRawBufferPointer(start: pointers[i], count: contents[i].count))
  }
}
