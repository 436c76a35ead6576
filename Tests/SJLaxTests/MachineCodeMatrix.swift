import CSJCompiler
import SJCompilerLLVM
import SJControl
import SJLax
import XCTest

@testable import SJHarnesses

/// Every primitive as machine code: the interpreter's bits on this processor, for any number of threads, and code that
/// links on others.
final class MachineCodeMatrix: LaxTestCase {
  /// The harnesses, elementwise ones with several vectors to a row, the last of which is partial.
  private static let harnesses = Harnesses.all.map { harness in
    guard harness.isElementwise, harness.arguments.allSatisfy({ $0.shape == [3, 4] }) else { return harness }
    var harness = harness
    harness.arguments = harness.arguments.map { Argument($0.dtype, [5, 37], $0.range) }
    return harness
  }

  private func compiler(_ target: CodeGenerator.Target = .init(), _ effort: CodeGenerator.Effort = .fast) throws -> NativeCompiler
  {
    #if arch(arm64)
    let isOther = target.triple.hasPrefix("x86_64")
    #else
    let isOther = target.triple.hasPrefix("aarch64")
    #endif
    guard let library = isOther ? try? CompilerLibrary.system.get() : try? CompilerLibrary.shared.get() else {
      throw XCTSkip("needs libswiftjax-compiler\(isOther ? "-system" : "").so (make compiler)")
    }
    return NativeCompiler(try CodeGenerator(library, target: target, effort: effort))
  }

  private func forEach(_ body: (Harness, LoweredFunction) throws -> Void) {
    Config.with({ $0.enableX64 = true }) {
      for harness in Self.harnesses {
        do {
          let inputs = try harness.sample(seed: 3)
          try body(harness, LoweredFunction(harness.name, inputs, blocks: .smallest, harness.function))
        } catch { XCTFail("\(harness.name): \(error)") }
      }
    }
  }

  func testMachineCodeAgreesWithTheInterpreter() throws {
    let compilers = [("host", try compiler()), ("baseline", try compiler(.init(cpu: "x86-64"), .lean))]
    let threads: [Int32] = [1, 2, 5]
    forEach { harness, lowered in
      let results = try lowered.run(on: .interpreter, threads: threads)
      func check(_ bits: [[[UInt8]]], _ way: String) {
        for (count, given) in zip(threads, bits) {
          let isRight = zip(zip(results[0], given), lowered.results).allSatisfy { sameBits($0.0, $0.1, $1) }
          XCTAssert(isRight, "\(harness.name): \(way), \(count) threads")
        }
      }
      check(results, "interpreter")
      for (name, compiler) in compilers { check(try lowered.run(on: .machineCode(compiler), threads: threads), name) }
    }
  }

  /// With results written over inputs, where that is possible.
  func testOverwritingInputsChangesNoBit() throws {
    let compiler = try compiler()
    var overwrites = 0
    forEach { harness, lowered in
      let donating = lowered.donating()
      overwrites += donating.overwrites
      try donating.verify()
      let expected = try lowered.run(on: .interpreter, threads: [1])[0]
      for executor in [LoweredFunction.Executor.interpreter, .machineCode(compiler)] {
        for given in try donating.run(on: executor, threads: [1, 3]) {
          let isRight = zip(zip(expected, given), lowered.results).allSatisfy { sameBits($0.0, $0.1, $1) }
          XCTAssert(isRight, "\(harness.name): \(executor)")
        }
      }
    }
    XCTAssertGreaterThan(overwrites, Self.harnesses.count / 4)
  }

  /// Nothing is selected that the processor lacks, nor called that the library does not have.
  func testCodeForOtherProcessorsLinks() throws {
    var sources: [NativeCompiler.Source] = []
    forEach { _, lowered in sources += try lowered.sources() }
    let targets: [(triple: String, cpu: String, effort: CodeGenerator.Effort)] = [
      ("x86_64-linux-gnu", "sapphirerapids", .lean), ("x86_64-linux-gnu", "haswell", .fast),
      ("x86_64-linux-gnu", "x86-64", .fast), ("aarch64-linux-gnu", "generic", .lean),
    ]
    for (triple, cpu, effort) in targets {
      let compiler = try compiler(.init(triple: triple, cpu: cpu), effort)
      for first in stride(from: 0, to: sources.count, by: 100) {
        let object = try compiler.object(Array(sources[first..<min(first + 100, sources.count)]))
        XCTAssertEqual(undefinedSymbols(ofObject: object).subtracting(HostSymbols.names), [], cpu)
      }
    }
  }
}

/// The symbols that a 64-bit ELF object refers to and does not define.
private func undefinedSymbols(ofObject object: [UInt8]) -> Set<String> {
  object.withUnsafeBytes { bytes in
    func read<T: FixedWidthInteger>(_ type: T.Type, _ offset: Int) -> Int {
      Int(bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
    let (sections, size, count) = (read(UInt64.self, 0x28), read(UInt16.self, 0x3a), read(UInt16.self, 0x3c))
    func section(_ number: Int) -> (type: Int, offset: Int, size: Int, link: Int) {
      let header = sections + number * size
      return (
        read(UInt32.self, header + 4), read(UInt64.self, header + 0x18), read(UInt64.self, header + 0x20),
        read(UInt32.self, header + 0x28)
      )
    }
    var names: Set<String> = []
    for table in (0..<count).map(section) where table.type == 2 {  // SHT_SYMTAB
      let strings = section(table.link).offset
      // The first entry is none.
      for symbol in stride(from: table.offset + 24, to: table.offset + table.size, by: 24)
      where read(UInt16.self, symbol + 6) == 0 {
        let name = bytes.baseAddress! + strings + read(UInt32.self, symbol)
        names.insert(String(cString: name.assumingMemoryBound(to: CChar.self)))
      }
    }
    return names
  }
}
