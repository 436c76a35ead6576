import SJElementary
import SJLoopIR

/// Writes a kernel as text: blocks of an LLVM function that several kernels may share.
///
/// Every local name begins with a dollar sign, to be replaced by a prefix of the kernel's own.
///
/// Scopes nest as the loops do. A scope collects the text of its own blocks; when it
/// closes, its text goes into the scope around it. Until then code may be added to any open
/// scope, so an instruction goes to the outermost scope that has its operands: loop invariants
/// leave their loops without a pass over the code.
final class FunctionBuilder {
  enum ScopeKind {
    case block
    /// The condition of a `while`: what only the body needs is not computed here,
    /// since it would run once more, when the condition fails.
    case whileHeader
    /// Straight-line code that joins the scope around it.
    case inline
  }

  private struct Scope {
    var kind: ScopeKind
    var text = ""
    /// The block that the end of `text` belongs to.
    var block: String
    /// Called when the scope closes, to forget what lives in it.
    var cleanup: [() -> Void] = []
  }

  private struct SplatKey: Hashable {
    let value: String
    /// LLVM's types have no sign, operations on the vector do.
    let type: ScalarType
    let lanes: Int
  }

  private var scopes: [Scope] = [Scope(kind: .block, block: FunctionBuilder.entryBlock)]
  private var counter = 0
  private var splats: [SplatKey: IRValue] = [:]
  private(set) var declarations: Set<String> = []
  private(set) var tables: [String: ConstantTable] = [:]
  /// Stack slots: LLVM wants them at the very start of a function.
  private(set) var slots = ""
  private var slotInitializers = ""

  static let entryBlock = "$entry"

  let target: VectorTarget
  /// Memory for the operands of calls.
  private var operandSlots: [Pointer] = []

  init(_ target: VectorTarget) { self.target = target }

  /// The innermost scope.
  var level: Int { scopes.count - 1 }

  // MARK: Names and scopes

  func fresh(_ prefix: String) -> String {
    counter += 1
    return "$\(prefix)\(counter)"
  }

  func freshRegister() -> String { "%" + fresh("v") }

  func open(_ kind: ScopeKind, block: String) { scopes.append(Scope(kind: kind, block: block)) }

  /// Closes the innermost scope: its text and the block it ended in.
  func close() -> (text: String, block: String) {
    let scope = scopes.removeLast()
    for action in scope.cleanup { action() }
    return (scope.text, scope.block)
  }

  /// Runs `action` when the scope at `level` closes.
  func whenClosed(_ level: Int, _ action: @escaping () -> Void) { scopes[level].cleanup.append(action) }

  /// Runs `body` in a scope of its own that joins the current one.
  func inline<R>(_ body: () throws -> R) rethrows -> R {
    open(.inline, block: scopes[level].block)
    let result = try body()
    join(close())
    return result
  }

  /// Goes on after the code of an inline scope.
  func join(_ inside: (text: String, block: String)) {
    scopes[level].text += inside.text
    scopes[level].block = inside.block
  }

  /// Where code for values of this level goes.
  private func home(_ level: Int) -> Int {
    scopes[level].kind == .whileHeader && self.level > level ? level + 1 : level
  }

  // MARK: Text

  var block: String { scopes[level].block }

  func line(_ text: String) { write("  ", text, "\n", level: level) }

  /// Piece by piece: interpolation would make a string of them first.
  private func write(_ pieces: String..., level: Int) { for piece in pieces { scopes[level].text += piece } }
  func append(_ text: String) { scopes[level].text += text }

  /// Ends the current block (its terminator is already written) and begins another.
  func begin(block: String) {
    scopes[level].text += "\(block):\n"
    scopes[level].block = block
  }

  /// Writes an instruction into the outermost possible scope.
  func instruction(_ text: String, _ type: ScalarType, lanes: Int, level: Int) -> IRValue {
    let name = freshRegister()
    let home = home(level)
    write("  ", name, " = ", text, "\n", level: home)
    return IRValue(name: name, type: type, lanes: lanes, level: home)
  }

  /// A pointer-valued instruction: its register and where it lives.
  func pointer(_ text: String, level: Int) -> Pointer {
    let name = freshRegister()
    let home = home(level)
    write("  ", name, " = ", text, "\n", level: home)
    return Pointer(text: name, level: home)
  }

  /// One of the pointers that the function is called with.
  func argument(_ position: Int) -> Pointer {
    pointer("load ptr, ptr \(argumentSlot(position).text), align 8", level: 0)
  }

  /// Where the caller keeps it.
  func argumentSlot(_ position: Int) -> Pointer {
    pointer("getelementptr ptr, ptr %buffers, i64 \(position)", level: 0)
  }

  func declare(_ text: String) { declarations.insert("declare \(text)") }
  func declare(_ table: ConstantTable) { tables[table.name] = table }

  /// Stack memory that lasts for the whole call.
  func stackSlot(_ type: String, count: Int = 1, isZeroed: Bool = true) -> Pointer {
    let name = "%" + fresh("s")
    let array = "[\(count) x \(type)]"
    slots += "  \(name) = alloca \(array), align 64\n"
    if isZeroed { slotInitializers += "  store \(array) zeroinitializer, ptr \(name), align 64\n" }
    return Pointer(text: name, level: 0)
  }

  /// The kernel's blocks. Every scope but the outermost is closed.
  func finish() -> String {
    precondition(scopes.count == 1)
    return "\(Self.entryBlock):\n" + slotInitializers + scopes[0].text + "  ret void\n"
  }

  // MARK: Calls

  /// A call of a function that finds its operands in memory, and puts the result where the first is.
  func callInMemory(_ function: String, _ arguments: [IRValue]) -> IRValue {
    let home = home(arguments.map(\.level).max()!)
    while operandSlots.count < arguments.count {
      operandSlots.append(stackSlot("i8", count: target.vectorBytes, isZeroed: false))
    }
    let slots = operandSlots.prefix(arguments.count).map(\.text)
    for (slot, argument) in zip(slots, arguments) {
      write("  store ", argument.typed, ", ptr ", slot, ", align 64\n", level: home)
    }
    let pointers = slots.map { "ptr \($0)" }.joined(separator: ", ")
    write("  call void @", function, "(", pointers, ")\n", level: home)
    declare("void @\(function)(\(slots.map { _ in "ptr" }.joined(separator: ", ")))")
    let (first, result) = (arguments[0], freshRegister())
    write("  ", result, " = load ", first.typeText, ", ptr ", slots[0], ", align 64\n", level: home)
    return IRValue(name: result, type: first.type, lanes: first.lanes, level: home)
  }

  // MARK: Values

  /// The operand's text as a vector of `lanes`.
  func operand(_ value: IRValue, _ lanes: Int) -> String {
    if value.lanes == lanes { return value.text }
    if value.bits != nil { return "splat (\(value.typed))" }
    return splat(value, lanes).text
  }

  func typedOperand(_ value: IRValue, _ lanes: Int) -> String {
    "\(value.type.register(lanes)) \(operand(value, lanes))"
  }

  /// A scalar in all lanes, made once beside the scalar.
  func splat(_ value: IRValue, _ lanes: Int) -> IRValue {
    if value.lanes == lanes { return value }
    let key = SplatKey(value: value.text, type: value.type, lanes: lanes)
    if let known = splats[key] { return known }
    let vector = value.type.register(lanes)
    let first = instruction(
      "insertelement \(vector) poison, \(value.typed), i64 0", value.type, lanes: lanes, level: value.level)
    let all = instruction(
      "shufflevector \(first.typed), \(vector) poison, <\(lanes) x i32> zeroinitializer", value.type, lanes: lanes,
      level: value.level)
    splats[key] = all
    whenClosed(all.level) { [unowned self] in splats[key] = nil }
    return all
  }

  /// One lane of a vector.
  func extract(_ value: IRValue, _ lane: Int) -> IRValue {
    if value.lanes == 1 { return value }
    return instruction("extractelement \(value.typed), i64 \(lane)", value.type, lanes: 1, level: value.level)
  }

  /// The lanes of a vector that have these numbers.
  func shuffle(_ value: IRValue, _ lanes: [Int]) -> IRValue {
    let mask = lanes.map { "i32 \($0)" }.joined(separator: ", ")
    return instruction(
      "shufflevector \(value.typed), \(value.typeText) poison, <\(lanes.count) x i32> <\(mask)>", value.type,
      lanes: lanes.count, level: value.level)
  }

  /// The lanes of vectors of one type, one after another; a power of two of them.
  func concatenated(_ values: [IRValue]) -> IRValue {
    if values.count == 1 { return values[0] }
    let (low, high) = (concatenated(Array(values[..<(values.count / 2)])), concatenated(Array(values[(values.count / 2)...])))
    let mask = (0..<2 * low.lanes).map { "i32 \($0)" }.joined(separator: ", ")
    return instruction(
      "shufflevector \(low.typed), \(high.typed), <\(2 * low.lanes) x i32> <\(mask)>", low.type, lanes: 2 * low.lanes,
      level: max(low.level, high.level))
  }

  /// True in the first lanes.
  func mask(_ count: Int, of lanes: Int) -> IRValue {
    let bits = (0..<lanes).map { $0 < count ? "i1 true" : "i1 false" }.joined(separator: ", ")
    return IRValue(name: "<\(bits)>", type: .bool, lanes: lanes, level: 0)
  }

  /// 0, 1, 2… in the lanes of an i64 vector.
  func laneNumbers(_ lanes: Int) -> String {
    "<" + (0..<lanes).map { "i64 \($0)" }.joined(separator: ", ") + ">"
  }

  /// `opcode a, b` on equal types.
  func binary(_ opcode: String, _ a: IRValue, _ b: IRValue, as type: ScalarType? = nil) -> IRValue {
    let lanes = max(a.lanes, b.lanes)
    return instruction(
      "\(opcode) \(typedOperand(a, lanes)), \(operand(b, lanes))", type ?? a.type, lanes: lanes,
      level: max(a.level, b.level))
  }

  /// A comparison: `icmp` or `fcmp` with its predicate.
  func compare(_ opcode: String, _ a: IRValue, _ b: IRValue) -> IRValue { binary(opcode, a, b, as: .bool) }

  /// A scalar condition selects between whole vectors.
  func select(_ mask: IRValue, _ a: IRValue, _ b: IRValue) -> IRValue {
    let lanes = max(mask.lanes, a.lanes, b.lanes)
    return instruction(
      "select \(mask.typed), \(typedOperand(a, lanes)), \(typedOperand(b, lanes))", a.type, lanes: lanes,
      level: max(mask.level, a.level, b.level))
  }

  /// `opcode a to type`.
  func cast(_ opcode: String, _ a: IRValue, to type: ScalarType) -> IRValue {
    let target = type.register(a.lanes)
    // Signedness is not part of LLVM's types: such a cast is none.
    if opcode == "bitcast", target == a.typeText {
      return a.bits.map { IRValue(constant: $0, type) }
        ?? IRValue(name: a.text, type: type, lanes: a.lanes, level: a.level)
    }
    return instruction("\(opcode) \(a.typed) to \(target)", type, lanes: a.lanes, level: a.level)
  }

  /// A call of an intrinsic overloaded on its result type, or on `overload`.
  func intrinsic(
    _ name: String, _ arguments: [IRValue], as type: ScalarType? = nil, overloads: [ScalarType]? = nil,
    immediate: String? = nil
  ) -> IRValue {
    let lanes = arguments.map(\.lanes).max()!
    let result = type ?? arguments[0].type
    let suffix = (overloads ?? [result]).map { "." + $0.mangled(lanes) }.joined()
    let function = "@llvm.\(name)\(suffix)"
    var types = arguments.map { $0.type.register(lanes) }
    var operands = arguments.map { typedOperand($0, lanes) }
    if let immediate {
      types.append(String(immediate.prefix { $0 != " " }))
      operands.append(immediate)
    }
    declare("\(result.register(lanes)) \(function)(\(types.joined(separator: ", ")))")
    return instruction(
      "call \(result.register(lanes)) \(function)(\(operands.joined(separator: ", ")))", result, lanes: lanes,
      level: arguments.map(\.level).max()!)
  }
}

/// A pointer in a register.
struct Pointer {
  let text: String
  let level: Int

  /// The same pointer, pinned to an inner scope: what is read through it stays there.
  func at(level: Int) -> Pointer { Pointer(text: text, level: level) }
}
