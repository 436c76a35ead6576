import SJTypes

extension ClosedJaxpr: CustomStringConvertible {
  /// As JAX prints it: `{ lambda ; a:f32[3]. let b:f32[3] = sin a in (b,) }`.
  public var description: String {
    var names = VariableNames()
    var printer = JaxprPrinter(jaxpr, &names, inherited: [:])
    return printer.document(&names).rendered()
  }
}

/// Letters in the order of definition: a, b, …, z, ba, bb, …
private struct VariableNames {
  private var count = 0

  mutating func next() -> String {
    var number = count
    count += 1
    var letters: [Character] = []
    repeat {
      letters.append(Character(UnicodeScalar(UInt8(97 + number % 26))))
      number /= 26
    } while number > 0
    return String(letters.reversed())
  }
}

/// Prints one jaxpr; inner jaxprs get printers of their own that share the names.
private struct JaxprPrinter {
  let jaxpr: Jaxpr
  private var names: [Int: String]
  private let used: [Int]

  /// - Parameter inherited: names of variables that are those of an enclosing jaxpr (operands of `jit`).
  init(_ jaxpr: Jaxpr, _ allNames: inout VariableNames, inherited: [Int: String]) {
    self.jaxpr = jaxpr
    names = inherited
    used = jaxpr.lastUses()
    for id in jaxpr.constants + jaxpr.inputs where names[id] == nil { names[id] = allNames.next() }
  }

  mutating func document(_ allNames: inout VariableNames) -> Document {
    var equations: [Document] = []
    for equation in jaxpr.equations { equations.append(document(equation, &allNames)) }
    let outputs = jaxpr.outputs.map(operand)
    let results = "(" + outputs.joined(separator: ", ") + (outputs.count == 1 ? ",)" : ")")
    let head = "{ lambda \(typed(jaxpr.constants)); \(typed(jaxpr.inputs)). let"
    return .group(
      .concat([
        .nest(
          2,
          .concat([
            .text(head), .nest(2, .concat([.space, .join(.line("; "), equations)])), .space, .text("in " + results),
          ])),
        .text(" }"),
      ]))
  }

  private func typed(_ ids: [Int]) -> String {
    ids.map { "\(names[$0]!):\(jaxpr.avals[$0].shortText)" }.joined(separator: " ")
  }

  private mutating func document(_ equation: Equation, _ allNames: inout VariableNames) -> Document {
    for id in equation.outputs where names[id] == nil { names[id] = used[id] >= 0 ? allNames.next() : "_" }
    let operands = equation.inputs.map(operand).joined(separator: " ")
    let left = equation.outputs.isEmpty ? "" : typed(equation.outputs) + " = "
    return .concat([
      .text(left + equation.primitive.name), parameters(equation, &allNames), .text(" " + operands),
    ])
  }

  private func operand(_ atom: Atom) -> String {
    if let id = atom.variable { return names[id]! }
    let literal = jaxpr.literals[atom.literal!]
    return "\(literal.literalText):\(literal.aval.shortText)"
  }

  private func parameters(_ equation: Equation, _ allNames: inout VariableNames) -> Document {
    var entries = equation.params.fields.map { (name: $0.name, value: Document.text("\($0.name)=\($0.value)")) }
    var inner: [String: [Document]] = [:]
    var order: [String] = []
    // Names are given in the order of printing, which is alphabetical.
    for (name, closed) in equation.params.jaxprs.enumerated().sorted(by: {
      ($0.element.name, $0.offset) < ($1.element.name, $1.offset)
    }).map(\.element) {
      var printer = JaxprPrinter(
        closed.jaxpr, &allNames, inherited: equation.primitive.name == "jit" ? operandNames(equation, closed.jaxpr) : [:])
      if inner[name] == nil { order.append(name) }
      inner[name, default: []].append(printer.document(&allNames))
    }
    for name in order {
      let documents = inner[name]!
      let value: Document = documents.count == 1 && name != "branches" ? documents[0] : tuple(documents)
      entries.append((name, .concat([.text("\(name)="), value])))
    }
    guard !entries.isEmpty else { return .empty }
    entries.sort { ($0.name != "name" ? 1 : 0, $0.name) < ($1.name != "name" ? 1 : 0, $1.name) }
    return .group(
      .concat([
        .nest(2, .concat([.text("["), .line(""), .join(.space, entries.map(\.value))])), .line(""), .text("]"),
      ]))
  }

  private func tuple(_ documents: [Document]) -> Document {
    .group(
      .concat([.nest(2, .concat([.text("("), .line(""), .join(.space, documents)])), .line(""), .text(")")]))
  }

  /// A jitted function's inputs and outputs are shown under the caller's names.
  private func operandNames(_ equation: Equation, _ inner: Jaxpr) -> [Int: String] {
    var shared: [Int: String] = [:]
    for (id, atom) in zip(inner.inputs, equation.inputs) { if let outer = atom.variable { shared[id] = names[outer] } }
    for (atom, id) in zip(inner.outputs, equation.outputs) {
      if let own = atom.variable, shared[own] == nil, names[id] != "_" { shared[own] = names[id] }
    }
    return shared
  }
}

extension ConcreteArray {
  /// A scalar as literals print it: shortest round-trip digits.
  fileprivate var literalText: String {
    guard let pointer = try? bytes() else { return "<deleted>" }
    switch dtype {
    case .bool: return pointer.load(as: UInt8.self) != 0 ? "True" : "False"
    case .float32: return floatText(Double(pointer.load(as: Float.self)), "\(pointer.load(as: Float.self))")
    case .float64: return floatText(pointer.load(as: Double.self), "\(pointer.load(as: Double.self))")
    case .float16, .bfloat16:
      let value = HalfFloat.float(pointer.load(as: UInt16.self), dtype)
      return floatText(Double(value), "\(value)")
    case .complex64:
      return "(\(pointer.load(as: Float.self))+\(pointer.load(fromByteOffset: 4, as: Float.self))j)"
    case .complex128:
      return "(\(pointer.load(as: Double.self))+\(pointer.load(fromByteOffset: 8, as: Double.self))j)"
    case .uint64: return "\(pointer.load(as: UInt64.self))"
    case .int8: return "\(pointer.load(as: Int8.self))"
    case .int16: return "\(pointer.load(as: Int16.self))"
    case .int32: return "\(pointer.load(as: Int32.self))"
    case .uint8: return "\(pointer.load(as: UInt8.self))"
    case .uint16: return "\(pointer.load(as: UInt16.self))"
    case .uint32: return "\(pointer.load(as: UInt32.self))"
    case .int64: return "\(pointer.load(as: Int64.self))"
    case .float0, .key: return dtype.name
    }
  }

  private func floatText(_ value: Double, _ digits: String) -> String {
    value.isNaN ? "nan" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : digits
  }
}
