import CSJCompiler
import CSJKernels

/// What machine code may call: a few functions of libc and libm, and the elementary functions that are compiled already.
public enum HostSymbols {
  static let all: [sjc_symbol] = {
    var count: Int64 = 0
    let runtime = sjc_runtime_symbols(&count)
    return UnsafeBufferPointer(start: runtime, count: Int(count))
      + ["baseline", "avx2", "avx512"].flatMap(vectorFunctions)
  }()

  public static let names = Set(all.map { String(cString: $0.name) })

  private static func vectorFunctions(_ target: String) -> [sjc_symbol] {
    guard let functions = sj_vector_functions(target) else { return [] }
    return sequence(first: functions) { $0 + 1 }.prefix { $0.pointee.name != nil }
      .map { sjc_symbol(name: $0.pointee.name, address: UnsafeMutableRawPointer(mutating: $0.pointee.address)) }
  }
}
