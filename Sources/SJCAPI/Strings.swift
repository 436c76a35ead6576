/// Text that C may look at: UTF-8 with a NUL after it.
final class StringBox: Handle {
  private let characters: UnsafeMutableBufferPointer<CChar>

  init(_ text: String) {
    var text = text
    characters = text.withUTF8 { utf8 in
      let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: utf8.count + 1)
      for (i, byte) in utf8.enumerated() { buffer.initializeElement(at: i, to: CChar(bitPattern: byte)) }
      buffer.initializeElement(at: utf8.count, to: 0)
      return buffer
    }
    super.init(kind: .string)
  }

  deinit { characters.deallocate() }

  var view: sj_string_view {
    sj_string_view(data: UnsafePointer(characters.baseAddress), size: Int64(characters.count - 1))
  }
  var string: String { view.string ?? "" }
}

extension sj_string_view {
  static var empty: sj_string_view { sj_string_view(StaticString("")) }

  init(_ text: StaticString) {
    self.init(
      data: UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self), size: Int64(text.utf8CodeUnitCount))
  }

  /// The text, repaired where it is not UTF-8; nil for NULL.
  var string: String? {
    guard let data else { return nil }
    if size < 0 { return String(cString: data) }
    let bytes = UnsafeRawBufferPointer(start: data, count: Int(size))
    return String(decoding: bytes, as: UTF8.self)
  }
}

func text(_ view: sj_string_view, _ function: StaticString, _ name: StaticString) throws -> String {
  guard let text = view.string else { throw missing(function, name) }
  return text
}

func textOrNil(_ view: sj_string_view, _ function: StaticString, _ name: StaticString) -> String? { view.string }

@_cdecl("sj_string_text") @implementation
public func sj_string_text(_ string: OpaquePointer?) -> sj_string_view {
  (try? handleOrNil(string, StringBox.self, "", ""))?.view ?? .empty
}

@_cdecl("sj_abi_version") @implementation
public func sj_abi_version() -> Int32 { abiVersion }

@_cdecl("sj_version_string") @implementation
public func sj_version_string() -> sj_string_view { sj_string_view(apiVersion) }

@_cdecl("sj_api_json") @implementation
public func sj_api_json() -> sj_string_view { sj_string_view(apiDescription) }

/// What `sj_lower_text` gives.
func loweredText(_ function: Function, _ arguments: PyTree, _ stage: sj_stage) throws -> StringBox {
  StringBox(try SJControl.text(of: function, arguments, at: known(stage, "sj_lower_text")))
}

/// What `sj_cost_analysis` gives.
func costs(_ function: Function, _ arguments: PyTree, _ stage: sj_stage) throws -> (Double, Double, Double) {
  let cost = try costAnalysis(of: function, arguments, at: known(stage, "sj_cost_analysis"))
  return (cost.flops, cost.transcendentals, cost.bytesAccessed)
}

/// What `sj_memory_analysis` gives.
func memory(_ function: Function, _ arguments: PyTree) throws -> (Int, Int, Int, Int, Int, Int) {
  let memory = try memoryAnalysis(of: function, arguments)
  return (
    memory.argumentBytes, memory.outputBytes, memory.aliasBytes, memory.temporaryBytes, memory.codeBytes, memory.peakBytes
  )
}

private func known(_ stage: sj_stage, _ function: StaticString) throws -> CompilationStage {
  guard let known = CompilationStage(rawValue: Int32(stage)) else {
    throw SJError(.invalidArgument, "\(function): \(stage) is no stage")
  }
  return known
}
