import SJElementary

/// Writes an elementary function as a C function body: one `const` per operation,
/// equal operations shared, unused ones left out.
final class CElementaryBuilder: ElementaryBuilder {
  struct Value {
    let text: String
    let type: ElementaryType
    /// The index of the operation that defines it; nil for constants and parameters.
    let operation: Int?
  }

  private struct Operation {
    let type: ElementaryType
    let expression: String
    let operands: [Int]
  }

  private var operations: [Operation] = []
  private var known: [String: Value] = [:]

  func parameter(_ name: String, _ type: ElementaryType) -> Value {
    Value(text: name, type: type, operation: nil)
  }

  /// The statements that `result` needs, ending in its return.
  func body(returning result: Value) -> String {
    var needed = Set<Int>()
    var pending = [result.operation].compactMap { $0 }
    while let next = pending.popLast() {
      if needed.insert(next).inserted { pending += operations[next].operands }
    }
    let lines = operations.indices.filter(needed.contains).map { i in
      "  const \(operations[i].type.cName) t\(i) = \(operations[i].expression);\n"
    }
    return lines.joined() + "  return \(result.text);\n"
  }

  private func emit(_ type: ElementaryType, _ expression: String, _ operands: Value...) -> Value {
    let key = "\(type) \(expression)"
    if let value = known[key] { return value }
    let value = Value(text: "t\(operations.count)", type: type, operation: operations.count)
    operations.append(
      Operation(type: type, expression: expression, operands: operands.compactMap(\.operation)))
    known[key] = value
    return value
  }

  // MARK: ElementaryBuilder

  func type(of value: Value) -> ElementaryType { value.type }

  func constant(bits: UInt64, _ type: ElementaryType) -> Value {
    Value(text: type.cConstant(bits), type: type, operation: nil)
  }

  func unary(_ op: ElementaryUnaryOp, _ a: Value) -> Value {
    switch op {
    case .neg: emit(a.type, "-\(a.text)", a)
    case .not: emit(a.type, "!\(a.text)", a)
    case .abs: emit(a.type, "__builtin_elementwise_abs(\(a.text))", a)
    case .sqrt: emit(a.type, "__builtin_elementwise_sqrt(\(a.text))", a)
    case .floor: emit(a.type, "__builtin_elementwise_floor(\(a.text))", a)
    case .ceil: emit(a.type, "__builtin_elementwise_ceil(\(a.text))", a)
    case .trunc: emit(a.type, "__builtin_elementwise_trunc(\(a.text))", a)
    case .roundEven: emit(a.type, "__builtin_elementwise_rint(\(a.text))", a)
    }
  }

  func binary(_ op: ElementaryBinaryOp, _ a: Value, _ b: Value) -> Value {
    func infix(_ sign: String) -> Value { emit(a.type, "\(a.text) \(sign) \(b.text)", a, b) }
    switch op {
    case .add: return infix("+")
    case .sub: return infix("-")
    case .mul: return infix("*")
    case .div: return infix("/")
    case .and: return infix("&")
    case .or: return infix("|")
    case .xor: return infix("^")
    case .shl: return infix("<<")
    case .shrLogical: return infix(">>")
    case .shrArithmetic:
      return emit(a.type, "(\(a.type.cName))((\(a.type.cSignedName))\(a.text) >> \(b.text))", a, b)
    case .mulHigh:
      return emit(
        a.type, "(uint64_t)(((unsigned __int128)\(a.text) * \(b.text)) >> 64)", a, b)
    }
  }

  func fma(_ a: Value, _ b: Value, _ c: Value) -> Value {
    emit(a.type, "__builtin_elementwise_fma(\(a.text), \(b.text), \(c.text))", a, b, c)
  }

  func compare(_ relation: ElementaryRelation, _ a: Value, _ b: Value) -> Value {
    let cast = a.type == .i32 || a.type == .i64 ? "(\(a.type.cSignedName))" : ""
    return emit(.mask, "\(cast)\(a.text) \(relation.cName) \(cast)\(b.text)", a, b)
  }

  func select(_ mask: Value, _ a: Value, _ b: Value) -> Value {
    a.text == b.text ? a : emit(a.type, "\(mask.text) ? \(a.text) : \(b.text)", mask, a, b)
  }

  func convert(
    _ conversion: ElementaryConversion, _ a: Value, to type: ElementaryType
  ) -> Value {
    switch conversion {
    case .bitcast: emit(type, "sj_\(type)_of_\(a.type)(\(a.text))", a)
    case .signedToFloat: emit(type, "(\(type.cName))(\(a.type.cSignedName))\(a.text)", a)
    case .widen, .narrow, .zeroExtend, .truncate: emit(type, "(\(type.cName))\(a.text)", a)
    }
  }

  func lookup(_ table: ConstantTable, _ index: Value) -> Value {
    emit(table.type, "\(table.cName)[\(index.text)]", index)
  }
}

extension ConstantTable {
  var cName: String { "sj_table_\(name)" }
}

extension ElementaryRelation {
  var cName: String {
    switch self {
    case .eq: "=="
    case .ne: "!="
    case .lt: "<"
    case .le: "<="
    case .gt: ">"
    case .ge: ">="
    }
  }
}

extension ElementaryType {
  /// Integers are unsigned in C, where they wrap.
  var cName: String {
    switch self {
    case .f32: "float"
    case .f64: "double"
    case .i32: "uint32_t"
    case .i64: "uint64_t"
    case .mask: "_Bool"
    }
  }

  var cSignedName: String { self == .i32 ? "int32_t" : "int64_t" }

  func cConstant(_ bits: UInt64) -> String {
    switch self {
    case .f32: Double(Float(bitPattern: UInt32(bits))).hexadecimal + "f"
    case .f64: Double(bitPattern: bits).hexadecimal
    case .i32: "0x\(String(bits, radix: 16))u"
    case .i64: "0x\(String(bits, radix: 16))ull"
    case .mask: bits == 0 ? "0" : "1"
    }
  }
}

extension Double {
  /// C's hexadecimal notation, which is exact; float32 appends `f`, also to SJ_INF and SJ_NAN.
  fileprivate var hexadecimal: String {
    if isNaN { return "SJ_NAN" }
    if isInfinite { return self < 0 ? "-SJ_INF" : "SJ_INF" }
    let sign = self.sign == .minus ? "-" : ""
    if self == 0 { return sign + "0.0" }
    var digits = String(significandBitPattern << 12, radix: 16)
    digits = String(repeating: "0", count: 16 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return "\(sign)0x1\(digits.isEmpty ? "" : ".")\(digits)p\(exponent)"
  }
}
