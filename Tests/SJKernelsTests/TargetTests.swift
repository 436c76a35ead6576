import CSJKernels
import XCTest

/// Kernels do not depend on the instruction set, on how many elements they are given at
/// a time, or on whether an operand is one value or many.
final class TargetTests: XCTestCase {
  private let count = 300

  private func operands(
    _ kernel: Kernel, _ type: ElementType, _ random: inout RandomBits
  ) -> [Elements] {
    (0..<kernel.arity).map { position in
      random.elements(count, of: kernel.name == "select" && position == 0 ? .bool : type)
    }
  }

  func testAllTargetsGiveTheSameBits() {
    var random = RandomBits(seed: 1)
    for type in ElementType.allCases {
      for kernel in (1...3).flatMap({ Kernel.all(arity: $0, type) }) {
        let operands = operands(kernel, type, &random)
        assertTargetsAgree("\(kernel.name) \(type)") {
          Kernel.named(kernel.name, type)!(operands, count: count)
        }
      }
      let values = random.elements(count, of: type)
      for other in ElementType.allCases {
        assertTargetsAgree("convert \(type) to \(other)") {
          Kernel(convert: type, to: other)([values], count: count, result: other)
        }
      }
    }
  }

  private func assertTargetsAgree(_ what: String, _ body: () -> Elements) {
    let all = supportedTargets.map { target in withTarget(target, body) }
    for (target, result) in zip(supportedTargets, all).dropFirst() {
      XCTAssert(
        result.agrees(with: all[0]), "\(what): \(target) differs from \(supportedTargets[0])")
    }
  }

  /// The functions that machine code calls, a register's elements at a time, are the kernels.
  func testVectorFunctionsAreTheKernels() throws {
    var random = RandomBits(seed: 3)
    for target in supportedTargets {
      let bytes = try XCTUnwrap(["baseline": 16, "avx2": 32, "avx512": 64][target])
      var names: Set<String> = []
      for entry in sequence(first: try XCTUnwrap(sj_vector_functions(target)), next: { $0 + 1 }).prefix(while: {
        $0.pointee.name != nil
      }) {
        let parts = String(cString: entry.pointee.name).split(separator: "_")
        let name = parts[1..<parts.count - 2].joined(separator: "_")
        let type: ElementType = parts[parts.count - 2] == "f64" ? .f64 : .f32
        XCTAssertEqual(entry.pointee.name.map { String(cString: $0) }, "sj_\(name)_\(type)_\(target)")
        names.insert(name)
        let kernel = try XCTUnwrap(Kernel.named(name, type), name)
        let operands = operands(kernel, type, &random)
        var result: [UInt8] = []
        for first in stride(from: 0, to: count - bytes / type.size + 1, by: bytes / type.size) {
          let registers = operands.map { Elements(type, Array($0.bits[first..<first + bytes / type.size])).bytes }
          result += call(entry.pointee.address, registers)
        }
        let actual = Elements(type, result.withUnsafeBytes { Elements.bits($0, size: type.size) })
        let expected = Elements(type, Array(withTarget(target) { kernel(operands, count: count) }.bits[..<actual.bits.count]))
        XCTAssert(actual.agrees(with: expected), "\(name) \(type) \(target)")
      }
      XCTAssertEqual(names.count, 30, target)
    }
  }

  /// Calls a function of one or two operands in memory, the first of which becomes the result.
  private func call(_ function: UnsafeRawPointer, _ operands: [[UInt8]]) -> [UInt8] {
    typealias Unary = @convention(c) (UnsafeMutableRawPointer) -> Void
    typealias Binary = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Void
    var first = operands[0]
    first.withUnsafeMutableBytes { x in
      if operands.count == 1 {
        unsafeBitCast(function, to: Unary.self)(x.baseAddress!)
      } else {
        operands[1].withUnsafeBytes { unsafeBitCast(function, to: Binary.self)(x.baseAddress!, $0.baseAddress!) }
      }
    }
    return first
  }

  func testResultsDoNotDependOnTheNumberOfElements() {
    var random = RandomBits(seed: 2)
    for type in [ElementType.f32, .f64, .f16, .i32, .u8] {
      for kernel in (1...3).flatMap({ Kernel.all(arity: $0, type) }) {
        let operands = operands(kernel, type, &random)
        let whole = kernel(operands, count: count)
        for n in [0, 2, 7, 31, 257] {
          let part = kernel(operands.map { Elements($0.type, Array($0.bits[..<n])) }, count: n)
          let expected = Elements(whole.type, Array(whole.bits[..<n]))
          XCTAssert(part.agrees(with: expected), "\(kernel.name) \(type), n = \(n)")
        }
      }
    }
  }

  func testAnOperandWithStepZeroStandsForCopiesOfIt() {
    var random = RandomBits(seed: 3)
    for type in ElementType.allCases {
      for kernel in (2...3).flatMap({ Kernel.all(arity: $0, type) }) {
        let operands = operands(kernel, type, &random)
        for broadcast in 1..<(1 << kernel.arity) {
          let few = operands.enumerated().map { i, x in
            broadcast >> i & 1 == 1 ? Elements(x.type, [x.bits[0]]) : x
          }
          let many = few.map {
            $0.bits.count == 1 ? Elements($0.type, .init(repeating: $0.bits[0], count: count)) : $0
          }
          let (actual, expected) = (kernel(few, count: count), kernel(many, count: count))
          XCTAssert(actual.agrees(with: expected), "\(kernel.name) \(type), steps \(broadcast)")
        }
      }
    }
  }

  func testTheResultMayReplaceAnOperand() {
    var random = RandomBits(seed: 4)
    for type in ElementType.allCases {
      let bytes = random.elements(count, of: type)
      for op in 0..<Int32(SJ_UNARY_COUNT.rawValue) {
        guard let kernel = Kernel(unary: op, type), kernel.resultType(for: type) == type,
          let function = sj_kernel_unary(op, type.rawValue)
        else { continue }
        let inPlace = results(count, of: type) { memory in
          memory.copyMemory(from: bytes.bytes, byteCount: count * type.size)
          function(Int64(count), memory, memory)
        }
        XCTAssert(inPlace.agrees(with: kernel([bytes], count: count)), "\(kernel.name) \(type)")
      }
    }
  }

  func testTheMachineHasTheTargetThatIsInUse() {
    XCTAssert(supportedTargets.contains(String(cString: sj_kernel_target())))
    XCTAssertEqual(sj_kernel_select_target("vax"), 0)
  }
}
