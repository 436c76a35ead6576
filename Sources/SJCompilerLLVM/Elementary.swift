import SJElementary
import SJLoopIR

/// The elementary functions' table, written as LLVM IR.
extension FunctionBuilder: ElementaryBuilder {
  typealias Value = IRValue

  func type(of value: IRValue) -> ElementaryType { value.type.elementary }

  func constant(bits: UInt64, _ type: ElementaryType) -> IRValue { IRValue(constant: bits, type.scalar) }

  func unary(_ op: ElementaryUnaryOp, _ a: IRValue) -> IRValue {
    switch op {
    case .neg: negated(a)
    case .abs: intrinsic("fabs", [a])
    case .sqrt: intrinsic("sqrt", [a])
    case .floor: intrinsic("floor", [a])
    case .ceil: intrinsic("ceil", [a])
    case .trunc: intrinsic("trunc", [a])
    case .roundEven: intrinsic("roundeven", [a])
    case .not: binary("xor", a, .bool(true))
    }
  }

  func binary(_ op: ElementaryBinaryOp, _ a: IRValue, _ b: IRValue) -> IRValue {
    let isFloat = a.type.isFloat
    switch op {
    case .add: return binary(isFloat ? "fadd" : "add", a, b)
    case .sub: return binary(isFloat ? "fsub" : "sub", a, b)
    case .mul: return binary(isFloat ? "fmul" : "mul", a, b)
    case .div: return binary("fdiv", a, b)
    case .and: return binary("and", a, b)
    case .or: return binary("or", a, b)
    case .xor: return binary("xor", a, b)
    case .shl: return binary("shl", a, b)
    case .shrLogical: return binary("lshr", a, b)
    case .shrArithmetic: return binary("ashr", a, b)
    case .mulHigh: return upperProduct(a, b)
    }
  }

  func fma(_ a: IRValue, _ b: IRValue, _ c: IRValue) -> IRValue { intrinsic("fma", [a, b, c]) }

  func compare(_ relation: ElementaryRelation, _ a: IRValue, _ b: IRValue) -> IRValue {
    compare(relation, a, b, isSigned: true)
  }

  func convert(_ conversion: ElementaryConversion, _ a: IRValue, to type: ElementaryType) -> IRValue {
    switch conversion {
    case .bitcast: cast("bitcast", a, to: type.scalar)
    case .signedToFloat: cast("sitofp", a, to: type.scalar)
    case .widen: cast("fpext", a, to: type.scalar)
    case .narrow: cast("fptrunc", a, to: type.scalar)
    case .zeroExtend: cast("zext", a, to: type.scalar)
    case .truncate: cast("trunc", a, to: type.scalar)
    }
  }

  func lookup(_ table: ConstantTable, _ index: IRValue) -> IRValue {
    declare(table)
    let type = table.type.scalar
    return perLane(type, index.lanes, level: index.level) { lane in
      let position = extract(index, lane)
      let address = pointer(
        "getelementptr \(type.memory(1)), ptr @\(table.name), i64 \(position.text)", level: position.level)
      return instruction(
        "load \(type.memory(1)), ptr \(address.text), align 8", type, lanes: 1, level: address.level)
    }
  }
}

// MARK: - LoopIR's operations among them

extension FunctionBuilder {
  func elementary(_ op: UnaryOp, _ a: IRValue) throws -> IRValue {
    guard let function = ElementaryFunction(op) else { throw unsupported("\(op)", a.type) }
    return elementary(function, [a])
  }

  func elementary(_ op: BinaryOp, _ a: IRValue, _ b: IRValue) throws -> IRValue {
    let lanes = max(a.lanes, b.lanes)
    let arguments = [splat(a, lanes), splat(b, lanes)]
    switch op {
    case .pow: return elementary(.pow, arguments)
    case .atan2: return elementary(.atan2, arguments)
    case .nextafter: return elementary(.nextAfter, arguments)
    default: throw unsupported("\(op)", a.type)
    }
  }

  private func elementary(_ function: ElementaryFunction, _ arguments: [IRValue]) -> IRValue {
    if let set = target.vectorFunctions, arguments[0].lanes > 1, function.isCompiled { return call(function, set, arguments) }
    let terms = arguments.map { Term($0, self) }
    let common = function.common(terms).value
    guard let rare = function.rare(terms) else { return common }
    return rareCase(rare.condition.value, common, arguments) { scalars in
      function.rare(scalars.map { Term($0, self) })!.value().value
    }
  }

  /// The function that is compiled already, for as many elements as a register holds. A call is much less to compile, but all
  /// registers go through memory.
  private func call(_ function: ElementaryFunction, _ set: String, _ arguments: [IRValue]) -> IRValue {
    let (type, lanes) = (arguments[0].type, arguments[0].lanes)
    let count = target.vectorBytes / type.size
    func part(_ first: Int) -> IRValue {
      let places = (first..<first + count).map { min($0, lanes - 1) }
      return callInMemory(
        "sj_\(function.rawValue)_\(type)_\(set)", arguments.map { lanes == count ? $0 : shuffle($0, places) })
    }
    let result = concatenated(stride(from: 0, to: lanes, by: count).map(part))
    return lanes < count ? shuffle(result, Array(0..<lanes)) : result
  }

  /// `rare` in the lanes where the condition holds, `common` in the others. The rare
  /// code is branched around, and is scalar: seldom run, it should be short.
  private func rareCase(
    _ condition: IRValue, _ common: IRValue, _ arguments: [IRValue], rare: ([IRValue]) -> IRValue
  ) -> IRValue {
    inline {
      let (take, join) = (fresh("rare"), fresh("join"))
      let here = level
      let origin = block
      line("br \(any(condition).typed), label %\(take), label %\(join)")
      begin(block: take)
      let inputs = arguments.map(spill)
      let isRare = spill(cast("zext", condition, to: .u8))
      let output = spill(common)
      _ = countedLoop(from: .index(0), to: .index(common.lanes), step: 1, carries: []) { lane, _ in
        let (compute, next) = (fresh("lane"), fresh("next"))
        let test = compare("icmp ne", isRare.element(lane, self), ScalarType.u8.zero)
        line("br \(test.typed), label %\(compute), label %\(next)")
        begin(block: compute)
        let result = rare(inputs.map { $0.element(lane, self) })
        line("store \(result.typed), ptr \(output.address(lane, self).text), align \(result.type.size)")
        line("br label %\(next)")
        begin(block: next)
        return []
      }
      let mixed = instruction(
        "load \(common.typeText), ptr \(output.slot.text), align 64", common.type, lanes: common.lanes, level: here)
      let end = block
      line("br label %\(join)")
      begin(block: join)
      let result = IRValue(name: freshRegister(), type: common.type, lanes: common.lanes, level: here)
      phi(result, [(common, origin), (mixed, end)])
      return result
    }.at(level: level)
  }

  /// A vector on the stack, whose elements are used one at a time.
  private struct Spilled {
    let slot: Pointer
    let type: ScalarType

    func address(_ lane: IRValue, _ builder: FunctionBuilder) -> Pointer {
      builder.pointer(
        "getelementptr \(type.register(1)), ptr \(slot.text), i64 \(lane.text)", level: builder.level)
    }

    func element(_ lane: IRValue, _ builder: FunctionBuilder) -> IRValue {
      builder.instruction(
        "load \(type.register(1)), ptr \(address(lane, builder).text), align \(type.size)", type, lanes: 1,
        level: builder.level)
    }
  }

  private func spill(_ value: IRValue) -> Spilled {
    let slot = stackSlot(value.typeText)
    line("store \(value.typed), ptr \(slot.text), align 64")
    return Spilled(slot: slot, type: value.type)
  }

  /// Whether a mask holds in any lane.
  func any(_ mask: IRValue) -> IRValue {
    if mask.lanes == 1 { return mask }
    let function = "@llvm.vector.reduce.or.v\(mask.lanes)i1"
    declare("i1 \(function)(<\(mask.lanes) x i1>)")
    return instruction("call i1 \(function)(\(mask.typed))", .bool, lanes: 1, level: mask.level)
  }
}

extension ElementaryFunction {
  /// Whether it is among those of vector_functions.h.
  fileprivate var isCompiled: Bool {
    switch self {
    case .sign, .round, .sqrt, .rsqrt, .isFinite: false
    default: true
    }
  }

  /// Nil for operations that are instructions. (By their names it would be shorter; looking those up takes two milliseconds.)
  init?(_ op: UnaryOp) {
    switch op {
    case .neg, .abs, .floor, .ceil, .roundEven, .trunc, .not, .popcount, .clz: return nil
    case .sign: self = .sign
    case .round: self = .round
    case .sqrt: self = .sqrt
    case .rsqrt: self = .rsqrt
    case .cbrt: self = .cbrt
    case .exp: self = .exp
    case .exp2: self = .exp2
    case .expm1: self = .expm1
    case .log: self = .log
    case .log1p: self = .log1p
    case .logistic: self = .logistic
    case .sin: self = .sin
    case .cos: self = .cos
    case .tan: self = .tan
    case .asin: self = .asin
    case .acos: self = .acos
    case .atan: self = .atan
    case .sinh: self = .sinh
    case .cosh: self = .cosh
    case .tanh: self = .tanh
    case .asinh: self = .asinh
    case .acosh: self = .acosh
    case .atanh: self = .atanh
    case .erf: self = .erf
    case .erfc: self = .erfc
    case .erfInv: self = .erfInv
    case .lgamma: self = .lgamma
    case .digamma: self = .digamma
    case .besselI0e: self = .besselI0e
    case .besselI1e: self = .besselI1e
    case .isFinite: self = .isFinite
    case .log1pXLA: self = .log1pXLA
    }
  }
}

extension FunctionBuilder {
  /// Shared with LoopIR's comparisons, where integers may be unsigned.
  func compare(_ relation: ElementaryRelation, _ a: IRValue, _ b: IRValue, isSigned: Bool) -> IRValue {
    if a.type.isFloat {
      let predicate =
        switch relation {
        case .eq: "oeq"
        case .ne: "une"
        case .lt: "olt"
        case .le: "ole"
        case .gt: "ogt"
        case .ge: "oge"
        }
      return compare("fcmp \(predicate)", a, b)
    }
    let sign = isSigned ? "s" : "u"
    let predicate =
      switch relation {
      case .eq: "eq"
      case .ne: "ne"
      case .lt: sign + "lt"
      case .le: sign + "le"
      case .gt: sign + "gt"
      case .ge: sign + "ge"
      }
    return compare("icmp \(predicate)", a, b)
  }

  func negated(_ a: IRValue) -> IRValue {
    instruction("fneg \(a.typed)", a.type, lanes: a.lanes, level: a.level)
  }

  /// A vector assembled from a scalar for each lane.
  /// - Parameter count: of the first lanes; zeros are in the others.
  func perLane(
    _ type: ScalarType, _ lanes: Int, count: Int? = nil, level: Int, _ element: (Int) throws -> IRValue
  ) rethrows -> IRValue {
    if lanes == 1 { return try element(0) }
    let count = count ?? lanes
    var vector = count < lanes ? "zeroinitializer" : "poison"
    var result: IRValue?
    for lane in 0..<count {
      let scalar = try element(lane)
      let next = instruction(
        "insertelement \(type.register(lanes)) \(vector), \(scalar.typed), i64 \(lane)", type, lanes: lanes,
        level: max(level, scalar.level, result?.level ?? 0))
      vector = next.text
      result = next
    }
    return result!
  }

  /// The upper half of an unsigned 64-bit product: LLVM recognises the widening multiplication.
  private func upperProduct(_ a: IRValue, _ b: IRValue) -> IRValue {
    let lanes = max(a.lanes, b.lanes)
    return perLane(a.type, lanes, level: max(a.level, b.level)) { lane in
      let x = extract(a, lane)
      let y = extract(b, lane)
      let level = max(x.level, y.level)
      let wideX = pointer("zext i64 \(x.text) to i128", level: x.level).text
      let wideY = pointer("zext i64 \(y.text) to i128", level: y.level).text
      let product = pointer("mul i128 \(wideX), \(wideY)", level: level).text
      let upper = pointer("lshr i128 \(product), 64", level: level).text
      return instruction("trunc i128 \(upper) to i64", a.type, lanes: 1, level: level)
    }
  }
}

extension ScalarType {
  /// For the types of the formulas, which have 4 or 8 bytes: `apply` sends only f32 and f64 here, and LLVM refuses the mixture of
  /// types that formulas would become on others.
  var elementary: ElementaryType {
    if self == .bool { return .mask }
    return isFloat ? (size == 8 ? .f64 : .f32) : (size == 8 ? .i64 : .i32)
  }
}

extension ElementaryType {
  var scalar: ScalarType {
    switch self {
    case .f32: .f32
    case .f64: .f64
    case .i32: .i32
    case .i64: .i64
    case .mask: .bool
    }
  }
}
