import CSJHost
import Synchronization

/// A plain C function with what it wants to be called with.
private struct ForeignFunction: @unchecked Sendable {
  let address: sj_plain_function
  let parameters: [sj_foreign_parameter]
  let returnsErrorCode: Bool
}

private let registry = Mutex<[String: ForeignFunction]>([:])

@_cdecl("sj_custom_call_register") @implementation
public func sj_custom_call_register(
  _ name: sj_string_view, _ call: sj_plain_function?, _ parameters: UnsafePointer<sj_foreign_parameter>?,
  _ parameter_count: Int64, _ returns: sj_foreign_return
) -> OpaquePointer? {
  let function: StaticString = "sj_custom_call_register"
  return guarded {
    let name = try text(name, function, "name")
    guard let call else { throw missing(function, "call") }
    let list = Array(try elements(parameters, parameter_count, function, "parameters"))
    guard list.count <= 64,
      list.allSatisfy({ Int($0.kind) >= SJ_FOREIGN_INPUT && Int($0.kind) <= SJ_FOREIGN_F64 && $0.index >= 0 })
    else { throw SJError(.invalidArgument, "\(function): \(name) has a parameter of unknown kind, or more than 64 of them") }
    guard Int(returns) == SJ_FOREIGN_VOID || Int(returns) == SJ_FOREIGN_ERROR_CODE else {
      throw SJError(.invalidArgument, "\(function): \(returns) is no sj_foreign_return")
    }
    guard sj_foreign_available() != 0 else {
      throw SJError(.unsupported, "\(function): custom calls need libffi, which is not installed (Debian: libffi8)")
    }
    let foreign = ForeignFunction(address: call, parameters: list, returnsErrorCode: Int(returns) == SJ_FOREIGN_ERROR_CODE)
    let isNew = registry.withLock { known in
      guard known[name] == nil else { return false }
      known[name] = foreign
      return true
    }
    guard isNew else { throw SJError(.invalidArgument, "\(function): the name \(name) is taken") }
  }
}

func customCall(_ name: String, _ types: List, _ operands: List, _ method: sj_vmap_method) throws -> List {
  guard let foreign = registry.withLock({ $0[name] }) else {
    throw SJError(.invalidArgument, "unknown custom call: \(name). Register it with sj_custom_call_register.")
  }
  let inputs = operands.values.map(\.aval)
  let outputs = types.values.map(\.aval.strong)
  try foreign.check(name, inputs, outputs)
  let callback = HostCallback(name: name, batching: try batching(method)) { arrays in
    // Under vmap a call may have leading axes that the declaration lacks: sizes come from the arrays themselves.
    let leading = batchShape(arrays, inputs)
    let results = try outputs.map { try ConcreteArray(uninitialized: $0.with(shape: leading + $0.shape)) }
    try foreign.call(name, arrays, results)
    return results
  }
  return List(try hostCall(Primitives.customCall, callback, outputs, operands.values))
}

/// The axes that `vmap` put before those of the call.
private func batchShape(_ inputs: [ConcreteArray], _ declared: [AbstractValue]) -> Shape {
  zip(inputs, declared).map { Shape($0.shape.prefix($0.rank - $1.rank)) }.max { $0.elementCount < $1.elementCount } ?? []
}

extension ForeignFunction {
  /// Whether the parameters fit these operands and results.
  func check(_ name: String, _ inputs: [AbstractValue], _ outputs: [AbstractValue]) throws {
    for parameter in parameters {
      let index = Int(parameter.index)
      switch Int(parameter.kind) {
      case SJ_FOREIGN_INPUT, SJ_FOREIGN_INPUT_SIZE:
        guard index < inputs.count else { throw absent(name, "operand", index, inputs.count) }
      case SJ_FOREIGN_OUTPUT, SJ_FOREIGN_OUTPUT_SIZE:
        guard index < outputs.count else { throw absent(name, "result", index, outputs.count) }
      case SJ_FOREIGN_INPUT_VALUE:
        guard index < inputs.count else { throw absent(name, "operand", index, inputs.count) }
        guard inputs[index].elementCount == 1, inputs[index].dtype.valueType != nil else {
          throw SJError(.shape, "custom call \(name): operand \(index) of type \(inputs[index]) cannot be passed by value")
        }
      default: break
      }
    }
  }

  private func absent(_ name: String, _ what: String, _ index: Int, _ count: Int) -> SJError {
    SJError(.invalidArgument, "custom call \(name) uses \(what) \(index), but there are \(count)")
  }

  func call(_ name: String, _ inputs: [ConcreteArray], _ outputs: [ConcreteArray]) throws {
    var types: [Int32] = []
    // One word for each argument, whose address libffi gets.
    var words: [UInt64] = []
    for parameter in parameters {
      let (type, word) = try argument(parameter, inputs, outputs)
      types.append(Int32(type.rawValue))
      words.append(word)
    }
    var code: Int32 = 0
    let made = words.withUnsafeMutableBytes { bytes in
      let values = types.indices.map { Optional(bytes.baseAddress! + 8 * $0) }
      return sj_foreign_call(address, Int32(types.count), types, values, returnsErrorCode ? 1 : 0, &code)
    }
    guard made == 0 else { throw SJError(.internalFault, "custom call \(name): libffi refused the call") }
    guard code == 0 else { throw SJError(.callback, "custom call \(name) failed with code \(code)") }
  }

  private func argument(
    _ parameter: sj_foreign_parameter, _ inputs: [ConcreteArray], _ outputs: [ConcreteArray]
  ) throws -> (sj_foreign_type, UInt64) {
    let index = Int(parameter.index)
    switch Int(parameter.kind) {
    case SJ_FOREIGN_INPUT: return (sj_foreign_pointer, UInt64(UInt(bitPattern: try inputs[index].bytes())))
    case SJ_FOREIGN_OUTPUT: return (sj_foreign_pointer, UInt64(UInt(bitPattern: try outputs[index].mutableBytes())))
    case SJ_FOREIGN_INPUT_SIZE: return (sj_foreign_i64, UInt64(inputs[index].aval.elementCount))
    case SJ_FOREIGN_OUTPUT_SIZE: return (sj_foreign_i64, UInt64(outputs[index].aval.elementCount))
    case SJ_FOREIGN_INPUT_VALUE:
      var word: UInt64 = 0
      let array = inputs[index]
      try withUnsafeMutableBytes(of: &word) { target in
        target.copyMemory(from: UnsafeRawBufferPointer(start: try array.bytes(), count: array.dtype.size))
      }
      return (array.dtype.valueType!, word)
    case SJ_FOREIGN_I64: return (sj_foreign_i64, UInt64(bitPattern: parameter.integer))
    default: return (sj_foreign_f64, parameter.number.bitPattern)
    }
  }
}

extension DType {
  /// The C type by which an element is passed, where C has it.
  fileprivate var valueType: sj_foreign_type? {
    switch self {
    case .bool, .uint8: sj_foreign_u8
    case .int8: sj_foreign_i8
    case .int16: sj_foreign_i16
    case .int32: sj_foreign_i32
    case .int64: sj_foreign_i64
    case .uint16: sj_foreign_u16
    case .uint32: sj_foreign_u32
    case .uint64: sj_foreign_u64
    case .float32: sj_foreign_f32
    case .float64: sj_foreign_f64
    default: nil
    }
  }
}
