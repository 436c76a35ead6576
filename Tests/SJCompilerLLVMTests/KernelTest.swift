import SJBackendCPU
import SJLoopIR
import SJTypes
import Testing

@testable import SJCompilerLLVM

/// The compilers under test.
enum Native {
  struct Target: Sendable, CustomTestStringConvertible {
    let name: String
    let compiler: NativeCompiler
    var testDescription: String { name }
  }

  /// Baseline and host, both efforts.
  static let targets: [Target] = {
    guard case .success(let library) = CompilerLibrary.shared else { return [] }
    let host = CodeGenerator.Target()
    let baseline = CodeGenerator.Target(cpu: "x86-64")
    return [("host fast", host, .fast), ("host lean", host, .lean), ("baseline fast", baseline, .fast)].map {
      (name: String, target: CodeGenerator.Target, effort: CodeGenerator.Effort) in
      Target(name: name, compiler: NativeCompiler(try! CodeGenerator(library, target: target, effort: effort)))
    }
  }()

  static var isAvailable: Bool { !targets.isEmpty }
}

/// A kernel under construction and its buffers.
final class KernelTest {
  let builder = KernelBuilder()
  private var declarations: [BufferDeclaration] = []
  private var random: RandomBits

  init(seed: UInt64 = 42) { random = RandomBits(state: seed) }

  func input(_ type: ScalarType, _ shape: Shape) -> BufferID {
    declarations.append(BufferDeclaration(type: type, shape: shape))
    return BufferID(declarations.count - 1)
  }

  func output(_ type: ScalarType, _ shape: Shape) -> BufferID { input(type, shape) }

  func load(_ buffer: BufferID, _ index: [ExprID]) -> ExprID {
    builder.load(buffer, declarations[buffer.index].type, at: index)
  }

  /// A reduction with one of the usual operations.
  func reduce(
    _ kind: Loop.Kind, _ extent: Int, _ op: BinaryOp, _ identity: Double, _ element: (ExprID) -> ExprID
  ) -> ExprID {
    // The element's type decides the identity's, but is only known inside: build one to see.
    let identity = builder.constant(identity, builder.type(of: element(builder.index(0))))
    return builder.loop(
      extent, kind, carries: [identity],
      combine: ([identity], { [self.builder.binary(op, $0[0], $1[0])] })
    ) { axis, current in [builder.binary(op, current[0], element(axis))] }[0]
  }

  private var kernel: Kernel { builder.finish(name: "test") }

  var source: NativeCompiler.Source {
    var program = Program()
    program.buffers = declarations
    return NativeCompiler.Source(kernel, in: program)
  }

  /// The kernel alone, with one output.
  func program(out: BufferID) -> Program {
    var program = Program()
    program.buffers = declarations
    program.inputs = declarations.indices.map(BufferID.init).filter { $0 != out }
    program.outputs = [out]
    program.commands = [.kernel(kernel)]
    return program
  }

  /// Runs the kernel by definition, interpreted and compiled; all must agree.
  func check(
    _ target: Native.Target, parts: [Range<Int>]? = nil, sourceLocation: SourceLocation = #_sourceLocation
  )
    throws
  {
    let memory = declarations.map { declaration in
      (0..<declaration.shape.elementCount).map { _ in random.value(declaration.type) }
    }
    let reference = ReferenceEvaluator(kernel, declarations, memory)
    reference.run()
    let native = try target.compiler.compile([source])[0].get()
    let compiled = zip(declarations, memory).map { TestBuffer($0, $1) }
    let pointers: [UnsafeMutableRawPointer?] = native.buffers.map { compiled[$0.index].pointer }
    for part in parts ?? [0..<(native.extent ?? 1)] { native(pointers, iterations: part) }
    compare(compiled, reference.memory, target.name, sourceLocation)
    let interpreted = zip(declarations, memory).map { TestBuffer($0, $1) }
    try interpret(interpreted)
    compare(interpreted, reference.memory, "interpreter", sourceLocation)
  }

  private func interpret(_ buffers: [TestBuffer]) throws {
    var program = Program()
    for declaration in declarations { _ = program.addBuffer(declaration.type, declaration.shape) }
    var stored: Set<Int> = []
    kernel.forEachStore { stored.insert($0.buffer.index) }
    program.inputs = declarations.indices.filter { !stored.contains($0) }.map(BufferID.init)
    program.outputs = stored.sorted().map(BufferID.init)
    program.commands = [.kernel(kernel)]
    try Executable(program).run(
      inputs: program.inputs.map { UnsafeRawPointer(buffers[$0.index].pointer) },
      outputs: program.outputs.map { buffers[$0.index].pointer })
  }

  private func compare(
    _ buffers: [TestBuffer], _ expected: [[UInt64]], _ who: String, _ sourceLocation: SourceLocation
  ) {
    for (number, buffer) in buffers.enumerated() {
      let (expected, found, type) = (expected[number], buffer.values, declarations[number].type)
      if let i = expected.indices.first(where: { !same(expected[$0], found[$0], type) }) {
        Issue.record(
          """
          \(who): buffer \(number) (\(type)) differs at \(i): expected 0x\(String(expected[i], radix: 16)), \
          found 0x\(String(found[i], radix: 16))
          """, sourceLocation: sourceLocation)
      }
      #expect(buffer.isIntact, "\(who): buffer \(number) was overrun", sourceLocation: sourceLocation)
    }
  }

  /// Equal bits; which NaN is not specified.
  private func same(_ a: UInt64, _ b: UInt64, _ type: ScalarType) -> Bool {
    func isNaN(_ bits: UInt64) -> Bool {
      switch type {
      case .f32: Float(bitPattern: UInt32(bits)).isNaN
      case .f64: Double(bitPattern: bits).isNaN
      case .f16: bits & 0x7fff > 0x7c00
      case .bf16: bits & 0x7fff > 0x7f80
      default: false
      }
    }
    return a == b || isNaN(a) && isNaN(b)
  }
}

/// Memory with a margin that must stay as it was.
final class TestBuffer {
  private let type: ScalarType
  private let count: Int
  private let storage: UnsafeMutableRawBufferPointer
  private static let margin = 128

  init(_ declaration: BufferDeclaration, _ values: [UInt64]) {
    type = declaration.type
    count = values.count
    storage = .allocate(byteCount: values.count * type.size + 2 * Self.margin, alignment: 64)
    storage.initializeMemory(as: UInt8.self, repeating: 0xa5)
    for (i, value) in values.enumerated() {
      withUnsafeBytes(of: value.littleEndian) { bytes in
        storage.baseAddress!.advanced(by: Self.margin + i * type.size).copyMemory(
          from: bytes.baseAddress!, byteCount: type.size)
      }
    }
  }

  deinit { storage.deallocate() }

  var pointer: UnsafeMutableRawPointer { storage.baseAddress!.advanced(by: Self.margin) }

  var values: [UInt64] {
    (0..<count).map { i in
      var value: UInt64 = 0
      withUnsafeMutableBytes(of: &value) {
        $0.baseAddress!.copyMemory(from: pointer + i * type.size, byteCount: type.size)
      }
      return value
    }
  }

  var isIntact: Bool {
    storage.prefix(Self.margin).allSatisfy { $0 == 0xa5 } && storage.suffix(Self.margin).allSatisfy { $0 == 0xa5 }
  }
}

/// Random bit patterns in which special values are frequent.
struct RandomBits {
  var state: UInt64

  /// Splitmix64 (Steele, Lea and Flood, 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func value(_ type: ScalarType) -> UInt64 {
    let bits = next()
    let choice = next() % 16
    switch type {
    case .bool: return bits & 1
    case .f32:
      if choice < 2 { return UInt64(Self.special[Int(bits % 8)].bitPattern) }
      if choice < 4 { return bits & 0xffff_ffff }
      return UInt64((Float(Int64(bitPattern: bits) >> 40) * (choice < 12 ? 0x1p-21 : 0x1p-12)).bitPattern)
    case .f64:
      if choice < 2 { return Double(Self.special[Int(bits % 8)]).bitPattern }
      if choice < 4 { return bits }
      return (Double(Int64(bitPattern: bits) >> 20) * (choice < 12 ? 0x1p-42 : 0x1p-20)).bitPattern
    default:
      let mask = UInt64.max >> UInt64(64 - 8 * type.size)
      if choice < 3 { return [0, 1, mask, mask >> 1, mask ^ (mask >> 1)][Int(bits % 5)] }
      return choice < 9 ? bits % 40 : bits & mask
    }
  }

  private static let special: [Float] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, 0.5]
}
