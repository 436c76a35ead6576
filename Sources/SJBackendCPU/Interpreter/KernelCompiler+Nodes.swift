import CSJKernels
import SJLoopIR
import SJTypes

// Computing nodes: each becomes at most a few instructions in the scope of its depth.
extension KernelCompiler {
  /// Computes nodes and all they need. Operands come before their users in the
  /// arena, so ascending order is an evaluation order (and needs no recursion).
  func compute(_ roots: [ExprID]) {
    var pending: [ExprID] = []
    var stack = roots
    var seen: Set<ExprID> = []
    while let id = stack.popLast() {
      if values[id.index] != nil || !seen.insert(id).inserted { continue }
      pending.append(id)
      forEachDependency(of: id) { stack.append($0) }
    }
    for id in pending.sorted(by: { $0.raw < $1.raw }) where values[id.index] == nil {
      let scope = scope(of: id)
      values[id.index] = emit(id, in: scope)
      scopes[scope].computed.append(id)
    }
  }

  func value(of id: ExprID) -> Value {
    compute([id])
    return values[id.index]!
  }

  /// Nodes that must be computed before `id` is.
  private func forEachDependency(of id: ExprID, _ body: (ExprID) -> Void) {
    if let step = recurrenceNodes[id] { return body(step.value) }
    switch kernel[id] {
    case .load(let buffer, let index, let mask, let fill):
      flattened(index, of: buffer).forEachNode(body)
      if let mask {
        if let sides = box(of: mask, in: scope(of: id)) {
          for side in sides { side.rest.forEachNode(body) }
        } else {
          body(mask)
        }
      }
      if let fill { body(fill) }
    default:
      if let form = indexForm(id) { return form.forEachNode(body) }
      kernel[id].forEachOperand(body)
    }
  }

  func flattened(_ index: [ExprID], of buffer: BufferID) -> AffineForm {
    affine.flattened(index, strides: declarations[buffer.index].shape.rowMajorStrides)
  }

  /// The affine form of index arithmetic that is computed in one step: of axes and scalars.
  private func indexForm(_ id: ExprID) -> AffineForm? {
    guard isIndexArithmetic[id.index] else { return nil }
    switch kernel[id] {
    case .unary, .binary, .floorDiv, .floorMod:
      let form = affine.form(id)
      return form.terms.allSatisfy { isScalar($0.atom, besides: id) } ? form : nil
    default:
      return nil
    }
  }

  private func isScalar(_ atom: AffineForm.Atom, besides id: ExprID) -> Bool {
    guard case .node(let node) = atom else { return true }
    return node != id && scopes[scope(of: node)].space == uniformSpace
  }

  private func emit(_ id: ExprID, in scope: Int) -> Value {
    let type = kernel.type(of: id)
    if let step = recurrenceNodes[id] { return accumulate(step, id, in: scope) }
    if let form = indexForm(id) { return linear(form, in: scope) }
    switch kernel[id] {
    case .constant(let bits): return Value(slot: constantSlot(bits), space: uniformSpace)
    case .axis(let axis): return axisValue(axis, in: scope)
    case .carry(let loop, let i): return carryValues[loop.index][i]
    case .result(let loop, let i): return resultValues[loop.index][i]
    case .partial(let loop, let i, let isRight):
      let partials = partialValues[loop.index]
      return isRight ? partials.right[i] : partials.left[i]
    case .load(let buffer, let index, let mask, let fill):
      return load(LoadNode(id: id, buffer: buffer, index: index, mask: mask, fill: fill), in: scope)
    case .unary(let op, let a):
      let function = sj_kernel_unary(Int32(op.rawValue), cType(kernel.type(of: a)))
      return operation(.unary, unsafeBitCast(function, to: UnsafeRawPointer?.self), [a], id, in: scope)
    case .convert(let a):
      if kernel.type(of: a) == type { return values[a.index]! }
      let function = sj_kernel_convert(cType(kernel.type(of: a)), cType(type))
      return operation(.unary, unsafeBitCast(function, to: UnsafeRawPointer?.self), [a], id, in: scope)
    case .binary(let op, let a, let b):
      let function = sj_kernel_binary(Int32(op.rawValue), cType(kernel.type(of: a)))
      return operation(.binary, unsafeBitCast(function, to: UnsafeRawPointer?.self), [a, b], id, in: scope)
    case .ternary(let op, let a, let b, let c):
      let function = sj_kernel_ternary(Int32(op.rawValue), cType(kernel.type(of: b)))
      return operation(.ternary, unsafeBitCast(function, to: UnsafeRawPointer?.self), [a, b, c], id, in: scope)
    case .bitcast(let a): return values[a.index]!
    case .floorDiv(let a, let divisor): return division(.floorDiv, a, divisor, id, in: scope)
    case .floorMod(let a, let divisor): return division(.floorMod, a, divisor, id, in: scope)
    }
  }

  /// A call of a C kernel: on tiles if any operand is one, else on one element.
  private func operation(
    _ opcode: Opcode, _ function: UnsafeRawPointer?, _ operands: [ExprID], _ id: ExprID, in scope: Int
  ) -> Value {
    guard let function else {
      problem = SJError(.unsupported, "\(kernel.name): no kernel for \(kernel[id]) of type \(kernel.type(of: id))")
      return values[operands[0].index]!
    }
    let inputs = operands.map { operand(values[$0.index]!, in: scope) }
    let space = inputs.contains { $0.step != 0 } ? scopes[scope].space : uniformSpace
    var instruction = Instruction(opcode: opcode, space: space, function: function)
    (instruction.a, instruction.stepA) = inputs[0]
    if inputs.count > 1 { (instruction.b, instruction.stepB) = inputs[1] }
    if inputs.count > 2 { (instruction.c, instruction.stepC) = inputs[2] }
    if case .binary(let op, let a, _) = kernel[id], space == uniformSpace,
      let scalar = ScalarOperation(op, kernel.type(of: a))
    {
      instruction.opcode = .scalarBinary
      instruction.payload = Int(scalar.rawValue)
    }
    return finish(&instruction, id, in: scope)
  }

  private func division(_ opcode: Opcode, _ a: ExprID, _ divisor: Int, _ id: ExprID, in scope: Int) -> Value {
    let (slot, step) = operand(values[a.index]!, in: scope)
    let space = step == 0 ? uniformSpace : scopes[scope].space
    var instruction = Instruction(opcode: opcode, stepA: step, space: space, a: slot, payload: divisor)
    return finish(&instruction, id, in: scope)
  }

  /// Gives an instruction its output: the destination wished for, or a new register.
  func finish(_ instruction: inout Instruction, _ id: ExprID, in scope: Int) -> Value {
    if let wish = destinations[id], wish.space == instruction.space {
      instruction.out = wish.slot
    } else {
      instruction.out = newRegister(size: kernel.type(of: id).size, space: instruction.space)
    }
    append(instruction, to: scope)
    return Value(slot: instruction.out, space: instruction.space)
  }

  private func axisValue(_ axis: AxisID, in scope: Int) -> Value {
    if axisSlots[axis.index] >= 0 { return Value(slot: axisSlots[axis.index], space: uniformSpace) }
    return linear(AffineForm(atom: .axis(axis)), in: scope)
  }

  // MARK: Index arithmetic

  /// An affine form, split by what its parts are in a scope.
  struct FormParts {
    var constant: Int
    /// Axes of the scope's tile space: element steps, in the order of its axes.
    var steps: [Int]
    /// One element each: counters of running loops and scalars.
    var scalars: [AddressTerm]
    /// Tiles.
    var tiles: [(value: Value, coefficient: Int)]
    var isTileAffine: Bool { steps.contains { $0 != 0 } }
  }

  /// The atoms that are nodes must have been computed.
  func parts(of form: AffineForm, in scope: Int) -> FormParts {
    let axes = spaces[Int(scopes[scope].space)].axes
    var parts = FormParts(
      constant: form.constant, steps: [Int](repeating: 0, count: axes.count), scalars: [], tiles: [])
    for term in form.terms {
      switch term.atom {
      case .axis(let axis):
        if let position = axes.firstIndex(of: axis) {
          parts.steps[position] = term.coefficient
        } else if axisSlots[axis.index] >= 0 {
          parts.scalars.append(AddressTerm(slot: axisSlots[axis.index], scale: term.coefficient))
        } else {
          // The axis of an outer tile space, seen from an inner scope.
          parts.tiles.append((value(ofOuterAxis: axis), term.coefficient))
        }
      case .node(let id):
        let value = values[id.index]!
        if value.space == uniformSpace {
          parts.scalars.append(AddressTerm(slot: value.slot, scale: term.coefficient))
        } else {
          parts.tiles.append((value, term.coefficient))
        }
      }
    }
    return parts
  }

  private func value(ofOuterAxis axis: AxisID) -> Value {
    let scope = scopeOfDepth[depths.ofAxis[axis.index]]
    return linear(AffineForm(atom: .axis(axis)), in: scope)
  }

  /// Computes an affine form as a value.
  func linear(_ form: AffineForm, in scope: Int) -> Value { linear(parts(of: form, in: scope), in: scope) }

  func linear(_ parts: FormParts, in scope: Int) -> Value {
    var sum: Value?
    if parts.isTileAffine || parts.tiles.isEmpty || parts.constant != 0 || !parts.scalars.isEmpty {
      sum = iota(parts, in: scope)
    }
    for (tile, coefficient) in parts.tiles {
      var term = tile
      if coefficient != 1 {
        let factor = Value(slot: constantSlot(UInt64(bitPattern: Int64(coefficient))), space: uniformSpace)
        term = arithmetic(.mul, tile, factor, in: scope)
      }
      sum = sum.map { arithmetic(.add, term, $0, in: scope) } ?? term
    }
    return sum!
  }

  private func iota(_ parts: FormParts, in scope: Int) -> Value {
    let space = parts.isTileAffine ? scopes[scope].space : uniformSpace
    var draft = AccessDraft(constant: parts.constant)
    draft.terms = parts.scalars
    if parts.isTileAffine {
      (draft.extents, draft.strides) = merged(spaces[Int(space)].extents, parts.steps)
    }
    let slot = newRegister(size: 8, space: space)
    append(Instruction(opcode: .iota, space: space, out: slot, payload: newAccess(draft)), to: scope)
    return Value(slot: slot, space: space)
  }

  private func arithmetic(_ op: BinaryOp, _ a: Value, _ b: Value, in scope: Int) -> Value {
    let (left, right) = (operand(a, in: scope), operand(b, in: scope))
    let space = left.step == 0 && right.step == 0 ? uniformSpace : scopes[scope].space
    let slot = newRegister(size: 8, space: space)
    append(
      Instruction(
        opcode: .binary, stepA: left.step, stepB: right.step, space: space, out: slot, a: left.slot, b: right.slot,
        function: unsafeBitCast(sj_kernel_binary(Int32(op.rawValue), cType(.i64)), to: UnsafeRawPointer?.self)),
      to: scope)
    return Value(slot: slot, space: space)
  }

  /// Merges adjacent axes over which an operand moves as over one; strides in elements.
  func merged(_ extents: [Int], _ strides: [Int]) -> (extents: [Int], strides: [Int]) {
    var result: (extents: [Int], strides: [Int]) = ([], [])
    for (extent, stride) in zip(extents, strides) where extent != 1 {
      if let last = result.strides.last, last == stride * extent {
        result.extents[result.extents.count - 1] *= extent
        result.strides[result.strides.count - 1] = stride
      } else {
        result.extents.append(extent)
        result.strides.append(stride)
      }
    }
    return result.extents.isEmpty ? ([1], [0]) : result
  }
}

func cType(_ type: ScalarType) -> Int32 { Int32(type.rawValue) }

extension AffineForm {
  func forEachNode(_ body: (ExprID) -> Void) {
    for case .node(let id) in terms.map(\.atom) { body(id) }
  }
}
