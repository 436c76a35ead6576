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
