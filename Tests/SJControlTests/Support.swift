import SJBackendCPU
import SJControl
import SJCore
import SJLax
import SJTransforms
import SJTypes
import XCTest

/// Installs the backend once for a test process.
private let installed: Void = CPUBackend.install()

class EngineTestCase: XCTestCase {
  override func setUp() {
    _ = installed
    Config.update { $0.checks = true }
  }
}

func array(_ values: [Float], _ shape: Shape? = nil) throws -> Value {
  let result = try ConcreteArray(uninitialized: AbstractValue(.float32, shape ?? [values.count]))
  try values.withUnsafeBytes { try result.mutableBytes().copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  return result
}

func scalar(_ value: Float) throws -> Value { try array([value], []) }

func floats(_ value: Value) throws -> [Float] {
  let array = try value.concreteArray(for: "test")
  return try withExtendedLifetime(array) {
    let pointer = try array.bytes().assumingMemoryBound(to: Float.self)
    return (0..<array.aval.elementCount).map { pointer[$0] }
  }
}

/// A function of one array to one array.
func unary(_ name: String, _ body: @escaping (Value) throws -> Value) -> Function {
  Function(name) { PyTree(try body($0.leaves[0])) }
}

extension Function {
  func value(_ arguments: Value...) throws -> Value { try self(PyTree.arguments(arguments)).leaves[0] }
}
