import SJTypes

/// The `debug_nans` and `debug_infs` checks.
public enum FiniteCheck {
  /// - Throws: `check` naming the operation where an output holds what the configuration forbids.
  public static func check(_ outputs: [Value], _ operation: String, _ config: Config) throws {
    for case let array? in outputs.map(\.asArray) where array.dtype.isInexact {
      let (nan, infinite) = try array.nonFinite()
      if nan && config.debugNaNs { throw failure("nan", operation, array) }
      if infinite && config.debugInfs { throw failure("inf", operation, array) }
    }
  }

  private static func failure(_ kind: String, _ operation: String, _ array: ConcreteArray) -> SJError {
    SJError(.check, "invalid value (\(kind)) encountered in \(operation), in a result of type \(array.aval)")
  }
}

extension ConcreteArray {
  fileprivate func nonFinite() throws -> (nan: Bool, infinite: Bool) {
    let pointer = try bytes()
    let count = aval.elementCount * dtype.componentCount
    var nan = false
    var infinite = false
    func scan<Word: FixedWidthInteger & UnsignedInteger>(_ type: Word.Type, exponent: Word) {
      let words = pointer.assumingMemoryBound(to: Word.self)
      let mantissa = (Word.max >> 1) & ~exponent
      for i in 0..<count where words[i] & exponent == exponent {
        if words[i] & mantissa == 0 { infinite = true } else { nan = true }
      }
    }
    switch dtype.scalar {
    case .f16: scan(UInt16.self, exponent: 0x7C00)
    case .bf16: scan(UInt16.self, exponent: 0x7F80)
    case .f32: scan(UInt32.self, exponent: 0x7F80_0000)
    default: scan(UInt64.self, exponent: 0x7FF0_0000_0000_0000)
    }
    return (nan, infinite)
  }
}
