import CSJKernels
import SJLoopIR

/// One side of a box: the axis (a position in the tile's space, -1 for a condition
/// on scalars alone) and the form that must not be negative, without the axis.
struct BoxSide {
  var axis: Int
  /// 1: axis + rest >= 0. -1: rest - axis >= 0.
  var sign: Int
  var rest: AffineForm
}

struct BoxSideCode {
  var axis: Int32
  var sign: Int32
  /// Position among the accesses: constant and terms of `rest`.
  var rest: Int
}

/// The limits of a masked load that is plain inside a box and filled outside.
struct BoxCode {
  var access: Int
  var sides: UnsafeMutableBufferPointer<BoxSideCode>
}

// Masks that only compare axes with limits (padding, slices at run-time
// positions) make a box. Whole runs of elements are copied or filled; no mask is computed.
extension KernelCompiler {
  /// Rows shorter than this are not worth it.
  private static let shortestRun = 16

  /// The sides of the box that a load's mask describes in a scope, or nil if it is no box.
  func box(of mask: ExprID, in scope: Int) -> [BoxSide]? {
    let space = spaces[Int(scopes[scope].space)]
    guard let last = space.extents.last(where: { $0 != 1 }), last >= KernelCompiler.shortestRun else { return nil }
    var sides: [BoxSide] = []
    var stack = [mask]
    while let id = stack.popLast() {
      switch kernel[id] {
      case .binary(.and, let a, let b): stack += [a, b]
      case .binary(let op, let a, let b) where kernel.type(of: a) == .i64:
        guard let form = nonNegative(op, a, b), let side = side(form, space, scope) else { return nil }
        sides.append(side)
      default: return nil
      }
    }
    return sides.contains { $0.axis >= 0 } ? sides : nil
  }

  /// The form that is not negative exactly where the comparison holds.
  private func nonNegative(_ op: BinaryOp, _ a: ExprID, _ b: ExprID) -> AffineForm? {
    var form = AffineForm()
    switch op {
    case .ge, .gt:
      form.add(affine.form(a))
      form.add(affine.form(b), times: -1)
    case .le, .lt:
      form.add(affine.form(b))
      form.add(affine.form(a), times: -1)
    default: return nil
    }
    if op == .gt || op == .lt { form.constant -= 1 }
    return form
  }

  private func side(_ form: AffineForm, _ space: TileSpace, _ scope: Int) -> BoxSide? {
    var side = BoxSide(axis: -1, sign: 1, rest: form)
    for term in form.terms {
      switch term.atom {
      case .node(let id):
        if scopes[self.scope(of: id)].space != uniformSpace { return nil }
      case .axis(let axis):
        guard let position = space.axes.firstIndex(of: axis) else {
          if axisSlots[axis.index] < 0 { return nil }
          continue
        }
        if side.axis >= 0 || abs(term.coefficient) != 1 { return nil }
        side.axis = position
        side.sign = term.coefficient
        side.rest.add(term.atom, -term.coefficient)
      }
    }
    return side
  }

  /// The load of a box, if its mask is one.
  func boxLoad(_ node: LoadNode, _ parts: FormParts, _ size: Int, in scope: Int) -> Value? {
    guard let mask = node.mask, parts.tiles.isEmpty, let sides = box(of: mask, in: scope) else { return nil }
    let space = spaces[Int(scopes[scope].space)]
    var draft = AccessDraft()
    for (extent, step) in zip(space.extents, parts.steps) {
      draft.extents.append(extent)
      draft.strides.append(step * size)
    }
    let codes = sides.map { side in
      let parts = self.parts(of: side.rest, in: scope)
      let rest = AccessDraft(constant: parts.constant, terms: parts.scalars)
      return BoxSideCode(axis: Int32(side.axis), sign: Int32(side.sign), rest: newAccess(rest))
    }
    boxes.append(BoxCode(access: newAccess(draft), sides: copied(codes)))
    var instruction = Instruction(opcode: .loadBox, space: scopes[scope].space, size: Int32(size))
    instruction.a = address(of: node.buffer, parts, size, in: scope)
    instruction.payload = boxes.count - 1
    if let fill = node.fill {
      (instruction.c, instruction.stepC) = operand(values[fill.index]!, in: scope)
    } else {
      instruction.c = constantSlot(0)
    }
    return finish(&instruction, node.id, in: scope)
  }
}

extension Machine {
  private typealias Limits = UnsafeMutablePointer<(low: Int, high: Int, index: Int)>

  func loadBox(_ i: UnsafeMutablePointer<Instruction>, _ n: Int) {
    let box = boxes + i.pointee.payload
    let access = accesses + box.pointee.access
    let rank = access.pointee.extents.count
    withUnsafeTemporaryAllocation(of: (low: Int, high: Int, index: Int).self, capacity: rank) { limits in
      let limits = limits.baseAddress!
      var position = first(i)
      for axis in stride(from: rank - 1, through: 0, by: -1) {
        let extent = Int(access.pointee.extents[axis])
        limits[axis] = (0, extent - 1, position % extent)
        position /= extent
      }
      var isEmpty = false
      for side in box.pointee.sides { if !narrow(limits, side) { isEmpty = true } }
      if isEmpty { limits[rank - 1].high = -1 }
      runs(i, n, access, limits, rank)
    }
  }

  /// Applies one side; false if its condition, on scalars alone, does not hold.
  private func narrow(_ limits: Limits, _ side: BoxSideCode) -> Bool {
    let access = accesses + side.rest
    let rest = access.pointee.constant &+ scalarSum(access)
    if side.axis < 0 { return rest >= 0 }
    let axis = Int(side.axis)
    if side.sign > 0 {
      limits[axis].low = max(limits[axis].low, -rest)
    } else {
      limits[axis].high = min(limits[axis].high, rest)
    }
    return true
  }

  /// Walks along the last axis, row by row.
  private func runs(
    _ i: UnsafeMutablePointer<Instruction>, _ n: Int, _ access: UnsafeMutablePointer<AccessCode>, _ limits: Limits,
    _ rank: Int
  ) {
    let last = rank - 1
    let (rowLength, stride) = (Int(access.pointee.extents[last]), Int(access.pointee.strides[last]))
    var done = 0
    while done < n {
      let begin = limits[last].index
      let end = min(rowLength, begin + n - done)
      var offset = 0
      var isInside = true
      for axis in 0..<last {
        offset &+= limits[axis].index &* Int(access.pointee.strides[axis])
        if limits[axis].index < limits[axis].low || limits[axis].index > limits[axis].high { isInside = false }
      }
      let low = isInside ? min(max(limits[last].low, begin), end) : end
      let high = isInside ? max(min(limits[last].high + 1, end), low) : end
      fill(i, done, low - begin)
      move(i, done + low - begin, high - low, self[i.pointee.a] + (offset &+ low &* stride), stride)
      fill(i, done + high - begin, end - high)
      done += end - begin
      limits[last].index = 0
      var axis = last - 1
      while axis >= 0 {
        limits[axis].index += 1
        if limits[axis].index < Int(access.pointee.extents[axis]) { break }
        limits[axis].index = 0
        axis -= 1
      }
    }
  }

  private func move(
    _ i: UnsafeMutablePointer<Instruction>, _ at: Int, _ n: Int, _ source: UnsafeMutableRawPointer, _ stride: Int
  ) {
    if n <= 0 { return }
    let size = Int(i.pointee.size)
    let target = self[i.pointee.out] + at &* size
    if stride == size {
      target.copyMemory(from: source, byteCount: n &* size)
    } else {
      sj_load_strided(i.pointee.size, Int64(n), target, source, Int64(stride))
    }
  }

  private func fill(_ i: UnsafeMutablePointer<Instruction>, _ at: Int, _ n: Int) {
    if n <= 0 { return }
    let size = Int(i.pointee.size)
    let step = Int(i.pointee.stepC)
    copy(self[i.pointee.out] + at &* size, self[i.pointee.c] + at &* size &* step, step, n, i.pointee.size)
  }
}
