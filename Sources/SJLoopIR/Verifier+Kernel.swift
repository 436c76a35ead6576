import SJTypes

/// Types and scoping of one kernel; bounds and races are in extensions.
final class KernelVerifier {
  let kernel: Kernel
  let program: Program
  let affine: AffineAnalysis
  let ranges: [ClosedRange<Int>?]
  /// The loops around the statement at hand, outermost first.
  var enclosing: [Loop] = []
  var stores: [PlacedStore] = []
  private var carryTypes: [LoopID: [ScalarType]] = [:]
  private var boundAxes: Set<AxisID> = []
  /// What expressions may mention at the statement at hand.
  private var visible = Visible()
  /// Nodes known to be good here, and the scope in which they were found so.
  private var scopeOfNode: [Int?]
  private var scope = 0

  private struct Visible {
    var axes: Set<AxisID> = []
    var carries: Set<LoopID> = []
    var results: Set<LoopID> = []
    var partials: Set<LoopID> = []
  }

  init(_ kernel: Kernel, in program: Program) throws {
    self.kernel = kernel
    self.program = program
    if kernel.exprs.count != kernel.types.count { throw fault("a kernel without a type for every node") }
    scopeOfNode = Array(repeating: nil, count: kernel.exprs.count)
    try KernelVerifier.collect(kernel.body, kernel, &carryTypes, &boundAxes)
    try TypeChecker(kernel: kernel, program: program, carryTypes: carryTypes).check()
    affine = AffineAnalysis(kernel)
    ranges = valueRanges(of: kernel)
  }

  func verify() throws {
    do {
      try check(kernel.body)
      try checkAliasing()
      try checkRaces()
    } catch let error as SJError {
      throw SJError(.internalFault, "kernel \"\(kernel.name)\": \(error.message)")
    }
  }

  /// Every axis and loop is bound once; gathers the types of carries.
  private static func collect(
    _ statements: [Statement], _ kernel: Kernel, _ types: inout [LoopID: [ScalarType]], _ axes: inout Set<AxisID>
  ) throws {
    for statement in statements {
      let (id, carries, body): (LoopID, [Carry], [Statement])
      switch statement {
      case .store: continue
      case .loop(let loop):
        (id, carries, body) = (loop.id, loop.carries, loop.body)
        if !(0..<kernel.axisCount).contains(loop.axis.index) || !axes.insert(loop.axis).inserted {
          throw fault("axis a\(loop.axis.raw) is bound twice or out of range")
        }
      case .whileLoop(let loop): (id, carries, body) = (loop.id, loop.carries, loop.body)
      }
      if !(0..<kernel.loopCount).contains(id.index) || types.updateValue(carries.map(\.type), forKey: id) != nil {
        throw fault("loop l\(id.raw) is bound twice or out of range")
      }
      try collect(body, kernel, &types, &axes)
    }
  }

  // MARK: Statements

  private func check(_ statements: [Statement]) throws {
    for statement in statements {
      switch statement {
      case .store(let store): try check(store)
      case .loop(let loop): try check(loop)
      case .whileLoop(let loop): try check(loop)
      }
    }
  }

  /// Runs `body` with more in scope.
  private func within(_ change: (inout Visible) -> Void, _ body: () throws -> Void) rethrows {
    let saved = visible
    change(&visible)
    scope += 1
    try body()
    for i in scopeOfNode.indices where scopeOfNode[i] == scope { scopeOfNode[i] = nil }
    scope -= 1
    visible = saved
  }

  private func check(_ loop: Loop) throws {
    let name = "loop l\(loop.id.raw)"
    if loop.extent < 0 { throw fault("\(name) has extent \(loop.extent)") }
    try checkCarries(loop.carries, name)
    let isReduction = loop.kind == .lanes || loop.kind == .blocks
    if loop.kind == .parallel && !loop.carries.isEmpty { throw fault("\(name) is parallel and has carries") }
    if isReduction != (loop.combine != nil) {
      throw fault("\(name) is \(loop.kind) and its combine region does not fit")
    }
    if let combine = loop.combine { try check(combine, of: loop, name) }
    // A body that never runs cannot be wrong about bounds.
    if loop.extent > 0 {
      enclosing.append(loop)
      try within({
        $0.axes.insert(loop.axis)
        $0.carries.insert(loop.id)
      }) {
        try check(loop.body)
        for carry in loop.carries { try check(carry.next, carry.type, "\(name): next value") }
      }
      enclosing.removeLast()
    }
    visible.results.insert(loop.id)
  }

  private func check(_ combine: Combine, of loop: Loop, _ name: String) throws {
    if combine.identity.count != loop.carries.count || combine.merged.count != loop.carries.count {
      throw fault("\(name): \(loop.carries.count) carries do not fit the combine region")
    }
    for (i, carry) in loop.carries.enumerated() { try check(combine.identity[i], carry.type, "\(name): identity") }
    try within({ $0.partials.insert(loop.id) }) {
      for (i, carry) in loop.carries.enumerated() { try check(combine.merged[i], carry.type, "\(name): merged value") }
    }
  }

  private func check(_ loop: WhileLoop) throws {
    let name = "while loop l\(loop.id.raw)"
    try checkCarries(loop.carries, name)
    try within({ $0.carries.insert(loop.id) }) {
      try check(loop.condition, .bool, "\(name): condition")
      try check(loop.body)
      for carry in loop.carries { try check(carry.next, carry.type, "\(name): next value") }
    }
    visible.results.insert(loop.id)
  }

  private func checkCarries(_ carries: [Carry], _ name: String) throws {
    for carry in carries { try check(carry.initial, carry.type, "\(name): initial value") }
  }

  private func check(_ store: Store) throws {
    guard program.buffers.indices.contains(store.buffer.index) else {
      throw fault("a store to b\(store.buffer.raw), which does not exist")
    }
    let declaration = program[store.buffer]
    let name = "store to b\(store.buffer.raw): \(declaration.text)"
    if store.index.count != declaration.shape.count { throw fault("\(name): \(store.index.count) indices") }
    try check(store.value, declaration.type, name)
    for id in store.index { try check(id, .i64, "\(name): index") }
    if let mask = store.mask { try check(mask, .bool, "\(name): mask") }
    try checkBounds(store.index, declaration.shape, isMasked: store.mask != nil, name)
    stores.append(PlacedStore(store: store, loops: enclosing))
  }

  // MARK: Expressions

  /// Checks that a node has the type, and that it and all below may be used here.
  private func check(_ root: ExprID, _ type: ScalarType, _ role: @autoclosure () -> String) throws {
    guard kernel.exprs.indices.contains(root.index) else { throw fault("\(role()): no node %\(root.raw)") }
    if kernel.type(of: root) != type { throw fault("\(role()) is \(kernel.type(of: root)), not \(type)") }
    var stack = [root]
    while let id = stack.popLast() {
      if scopeOfNode[id.index] != nil { continue }
      scopeOfNode[id.index] = scope
      try checkVisible(id, role())
      if case .load(let buffer, let index, let mask, _) = kernel[id] {
        let name = "\(role()): load %\(id.raw) of b\(buffer.raw): \(program[buffer].text)"
        try checkBounds(index, program[buffer].shape, isMasked: mask != nil, name)
      }
      kernel[id].forEachOperand { stack.append($0) }
    }
  }

  private func checkVisible(_ id: ExprID, _ role: String) throws {
    switch kernel[id] {
    case .axis(let axis) where !visible.axes.contains(axis):
      throw fault("\(role): axis a\(axis.raw) outside its loop")
    case .carry(let loop, _) where !visible.carries.contains(loop):
      throw fault("\(role): a carry of l\(loop.raw) outside its loop")
    case .result(let loop, _) where !visible.results.contains(loop):
      throw fault("\(role): a result of l\(loop.raw) where the loop has not run")
    case .partial(let loop, _, _) where !visible.partials.contains(loop):
      throw fault("\(role): a partial result of l\(loop.raw) outside its combine region")
    default: break
    }
  }
}

/// The type rules of nodes.
private struct TypeChecker {
  let kernel: Kernel
  let program: Program
  let carryTypes: [LoopID: [ScalarType]]

  func check() throws {
    for position in kernel.exprs.indices {
      let id = ExprID(position)
      var isOrdered = true
      kernel[id].forEachOperand { if !(0..<position).contains($0.index) { isOrdered = false } }
      if !isOrdered { throw fault("%\(position) uses a node that does not come before it") }
      if let problem = problem(kernel[id], kernel.type(of: id)) {
        throw fault("%\(position) = \(kernel[id]) of type \(kernel.type(of: id)): \(problem)")
      }
    }
  }

  private func type(_ id: ExprID) -> ScalarType { kernel.type(of: id) }

  private func problem(_ expr: Expr, _ type: ScalarType) -> String? {
    switch expr {
    case .constant: return nil
    case .axis: return type == .i64 ? nil : "an axis is i64"
    case .carry(let loop, let i), .result(let loop, let i), .partial(let loop, let i, _):
      guard let types = carryTypes[loop], types.indices.contains(i) else { return "there is no such carry" }
      return types[i] == type ? nil : "the carry is \(types[i])"
    case .load(let buffer, let index, let mask, let fill):
      guard program.buffers.indices.contains(buffer.index) else { return "there is no such buffer" }
      if program[buffer].type != type { return "the buffer is \(program[buffer].text)" }
      if index.count != program[buffer].shape.count { return "\(index.count) indices for \(program[buffer].text)" }
      if index.contains(where: { self.type($0) != .i64 }) { return "an index is i64" }
      if let mask, self.type(mask) != .bool { return "a mask is bool" }
      if let fill, self.type(fill) != type { return "the fill is \(self.type(fill))" }
      return nil
    case .unary(let op, let a):
      if type != (op.isPredicate ? .bool : self.type(a)) { return "the operand is \(self.type(a))" }
      return op.accepts(self.type(a)) ? nil : "no such operation on \(self.type(a))"
    case .binary(let op, let a, let b):
      if self.type(a) != self.type(b) { return "operands are \(self.type(a)) and \(self.type(b))" }
      if type != (op.isPredicate ? .bool : self.type(a)) { return "operands are \(self.type(a))" }
      return op.accepts(self.type(a)) ? nil : "no such operation on \(self.type(a))"
    case .ternary(let op, let a, let b, let c):
      let first: ScalarType = op == .select ? .bool : type
      if self.type(a) != first || self.type(b) != type || self.type(c) != type {
        return "operands are \(self.type(a)), \(self.type(b)) and \(self.type(c))"
      }
      switch op {
      case .select: return nil
      case .fma: return type == .f32 || type == .f64 ? nil : "fma works on f32 and f64"
      case .clamp: return type.isNumber ? nil : "clamp works on numbers"
      }
    case .convert: return nil
    case .bitcast(let a): return self.type(a).size == type.size ? nil : "the operand is \(self.type(a))"
    case .floorDiv(let a, let divisor), .floorMod(let a, let divisor):
      if type != .i64 || self.type(a) != .i64 { return "index arithmetic is i64" }
      return divisor > 0 ? nil : "division by \(divisor)"
    }
  }
}

extension ScalarType {
  /// Whether arithmetic exists: not on bool, nor on 16-bit floats.
  fileprivate var isNumber: Bool { isInteger || self == .f32 || self == .f64 }
}

extension UnaryOp {
  fileprivate func accepts(_ type: ScalarType) -> Bool {
    switch self {
    case .neg, .abs, .sign: type.isNumber
    case .not: !type.isFloat
    case .popcount, .clz: type.isInteger
    default: type == .f32 || type == .f64
    }
  }
}

extension BinaryOp {
  fileprivate func accepts(_ type: ScalarType) -> Bool {
    switch self {
    case .add, .sub, .mul, .div, .rem, .min, .max: type.isNumber
    case .pow: type.isNumber
    case .atan2, .nextafter: type == .f32 || type == .f64
    case .and, .or, .xor: !type.isFloat
    case .shl, .shrArithmetic, .shrLogical: type.isInteger
    case .eq, .ne, .lt, .le, .gt, .ge, .ltTotal: type != .f16 && type != .bf16
    }
  }
}
