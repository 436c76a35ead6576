import SJTypes

extension Program: CustomStringConvertible {
  /// The program as text, for people.
  ///
  ///     (b0: f32[3], b1: f32[3]) -> (b2) {
  ///       kernel "add" {
  ///         parallel a0 < 3 {
  ///           b2[a0] = add(b0[a0], b1[a0])
  ///         }
  ///       }
  ///     }
  public var description: String {
    var printer = Printer()
    printer.write(self)
    return printer.text
  }
}

extension Kernel: CustomStringConvertible {
  public var description: String {
    var printer = Printer()
    printer.write(self)
    return printer.text
  }
}

private func name(_ id: BufferID) -> String { "b\(id.raw)" }
private func names(_ ids: [BufferID]) -> String { ids.map(name).joined(separator: ", ") }

private struct Printer {
  private(set) var text = ""
  private var indentation = 0

  private mutating func line(_ content: String) {
    text += String(repeating: "  ", count: indentation) + content + "\n"
  }

  private mutating func block(_ head: String, _ body: (inout Printer) -> Void) {
    line(head + " {")
    indentation += 1
    body(&self)
    indentation -= 1
    line("}")
  }

  // MARK: Programs

  mutating func write(_ program: Program) {
    let inputs = program.inputs.map { "\(name($0)): \(program[$0].text)" }.joined(separator: ", ")
    block("(\(inputs)) -> (\(names(program.outputs)))") { printer in
      let inputs = Set(program.inputs)
      for (i, declaration) in program.buffers.enumerated() where !inputs.contains(BufferID(i)) {
        printer.line("b\(i): \(declaration.text)")
      }
      for command in program.commands { printer.write(command) }
    }
  }

  private mutating func write(_ command: Command) {
    switch command {
    case .kernel(let kernel): write(kernel)
    case .library(let call): line("\(names(call.outputs)) = \(call.operation)(\(names(call.inputs)))")
    case .host(let host): line("\(names(host.results)) = host \"\(host.function.name)\"(\(names(host.inputs)))")
    case .whileLoop(let loop):
      block("\(names(loop.results)) = while carries (\(names(loop.initial)))") {
        $0.nested("condition with (\(names(loop.conditionConstants)))", loop.condition)
        $0.nested("body with (\(names(loop.bodyConstants)))", loop.body)
      }
    case .scan(let scan):
      let direction = scan.reverse ? " in reverse" : ""
      block("\(names(scan.results + scan.ys)) = scan \(scan.length) steps\(direction) carries (\(names(scan.initial)))") {
        $0.nested("body with (\(names(scan.constants))) over (\(names(scan.xs)))", scan.body)
      }
    case .branch(let branch):
      block("\(names(branch.results)) = branch \(name(branch.index)) of (\(names(branch.inputs)))") {
        for (i, program) in branch.branches.enumerated() { $0.nested("case \(i)", program) }
      }
    }
  }

  private mutating func nested(_ title: String, _ program: Program) {
    line(title)
    indentation += 1
    write(program)
    indentation -= 1
  }

  // MARK: Kernels

  mutating func write(_ kernel: Kernel) {
    let nodes = NodeTexts(kernel)
    let passedOn = kernel.passedOn.sorted { $0.raw < $1.raw }.map(name).joined(separator: ", ")
    block("kernel \"\(kernel.name)\"" + (passedOn.isEmpty ? "" : " passing on \(passedOn)")) { printer in
      for definition in nodes.definitions { printer.line(definition) }
      printer.write(kernel.body, nodes)
    }
  }

  private mutating func write(_ statements: [Statement], _ nodes: NodeTexts) {
    for statement in statements {
      switch statement {
      case .store(let store): line(nodes.text(store))
      case .loop(let loop): write(loop, nodes)
      case .whileLoop(let loop):
        block("while l\(loop.id.raw) \(nodes[loop.condition])\(initial(loop.carries, nodes))") {
          $0.write(loop.body, nodes)
          $0.next(loop.id, loop.carries, nodes)
        }
      }
    }
  }

  private mutating func write(_ loop: Loop, _ nodes: NodeTexts) {
    let id = loop.carries.isEmpty ? "" : " l\(loop.id.raw)"
    block("\(loop.kind)\(id) a\(loop.axis.raw) < \(loop.extent)\(initial(loop.carries, nodes))") { printer in
      printer.write(loop.body, nodes)
      printer.next(loop.id, loop.carries, nodes)
      guard let combine = loop.combine else { return }
      let merged = combine.merged.map { nodes[$0] }.joined(separator: ", ")
      printer.line("combine from (\(combine.identity.map { nodes[$0] }.joined(separator: ", "))) by (\(merged))")
    }
  }

  private func initial(_ carries: [Carry], _ nodes: NodeTexts) -> String {
    carries.isEmpty ? "" : " from (\(carries.map { "\($0.type) \(nodes[$0.initial])" }.joined(separator: ", ")))"
  }

  private mutating func next(_ id: LoopID, _ carries: [Carry], _ nodes: NodeTexts) {
    for (i, carry) in carries.enumerated() { line("l\(id.raw).\(i) := \(nodes[carry.next])") }
  }
}

/// The text of every node: nodes used more than once are named `%i` and defined once.
private struct NodeTexts {
  private var texts: [String] = []
  private(set) var definitions: [String] = []

  init(_ kernel: Kernel) {
    var uses = [Int](repeating: 0, count: kernel.exprs.count)
    for expr in kernel.exprs { expr.forEachOperand { uses[$0.index] += 1 } }
    for (i, expr) in kernel.exprs.enumerated() {
      let text = render(expr, kernel.types[i])
      if uses[i] > 1 && !expr.isLeaf {
        definitions.append("%\(i): \(kernel.types[i]) = \(text)")
        texts.append("%\(i)")
      } else {
        texts.append(text)
      }
    }
  }

  subscript(id: ExprID) -> String { texts[id.index] }

  func text(_ store: Store) -> String {
    let sign = store.combine == .none ? "=" : "\(store.combine)="
    let mask = store.mask.map { " where \(self[$0])" } ?? ""
    return "\(element(store.buffer, store.index)) \(sign) \(self[store.value])\(mask)"
  }

  private func list(_ ids: [ExprID]) -> String { ids.map { self[$0] }.joined(separator: ", ") }

  private func element(_ buffer: BufferID, _ index: [ExprID]) -> String { "b\(buffer.raw)[\(list(index))]" }

  private func render(_ expr: Expr, _ type: ScalarType) -> String {
    switch expr {
    case .constant(let bits): constant(bits, type)
    case .axis(let axis): "a\(axis.raw)"
    case .carry(let loop, let i): "l\(loop.raw).\(i)"
    case .result(let loop, let i): "l\(loop.raw).result\(i)"
    case .partial(let loop, let i, let isRight): "l\(loop.raw).\(isRight ? "right" : "left")\(i)"
    case .load(let buffer, let index, let mask, let fill):
      element(buffer, index) + (mask.map { " where \(self[$0])" } ?? "") + (fill.map { " else \(self[$0])" } ?? "")
    case .unary(let op, let a): "\(op)(\(list([a])))"
    case .binary(let op, let a, let b): "\(op)(\(list([a, b])))"
    case .ternary(let op, let a, let b, let c): "\(op)(\(list([a, b, c])))"
    case .convert(let a): "\(type)(\(list([a])))"
    case .bitcast(let a): "bits \(type)(\(list([a])))"
    case .floorDiv(let a, let divisor): "floorDiv(\(list([a])), \(divisor))"
    case .floorMod(let a, let divisor): "floorMod(\(list([a])), \(divisor))"
    }
  }

  private func constant(_ bits: UInt64, _ type: ScalarType) -> String {
    switch type {
    case .bool: bits == 0 ? "false" : "true"
    case .f32: "\(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))"
    case .f64: "\(Double(bitPattern: bits))"
    case .f16, .bf16: "\(type) bits \(bits)"
    case .i8: "\(Int8(truncatingIfNeeded: bits))"
    case .i16: "\(Int16(truncatingIfNeeded: bits))"
    case .i32: "\(Int32(truncatingIfNeeded: bits))"
    case .i64: "\(Int64(bitPattern: bits))"
    case .u8, .u16, .u32, .u64: "\(bits)"
    }
  }
}

extension Expr {
  fileprivate var isLeaf: Bool {
    switch self {
    case .constant, .axis, .carry, .result, .partial: true
    default: false
    }
  }
}
