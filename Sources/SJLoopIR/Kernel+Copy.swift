import SJTypes

extension Kernel {
  /// The two buffers, if all that the kernel does is to copy one to another of the same shape.
  public func wholeCopy(in program: Program) -> (source: BufferID, target: BufferID)? {
    var axes: [AxisID] = []
    var extents: [Int] = []
    var statements = body
    while statements.count == 1, case .loop(let loop) = statements[0], loop.kind == .parallel {
      axes.append(loop.axis)
      extents.append(loop.extent)
      statements = loop.body
    }
    guard statements.count == 1, case .store(let store) = statements[0], store.mask == nil, store.combine == .none,
      case .load(let source, store.index, nil, nil) = self[widened(store.value)]
    else { return nil }
    let shape = program[store.buffer].shape
    guard program[source] == program[store.buffer], extents.filter({ $0 != 1 }) == shape.filter({ $0 != 1 }) else { return nil }
    let counters = zip(axes, extents).filter { $0.1 != 1 }.map { Expr.axis($0.0) }
    guard zip(store.index, shape).filter({ $0.1 != 1 }).map({ self[$0.0] }) == counters else { return nil }
    return (source, store.buffer)
  }

  /// The operand of a conversion to a wider float and back.
  private func widened(_ id: ExprID) -> ExprID {
    guard case .convert(let wide) = self[id], case .convert(let narrow) = self[wide], type(of: narrow) == type(of: id),
      type(of: id).isFloat, type(of: wide).isFloat, type(of: wide).size > type(of: id).size
    else { return id }
    return narrow
  }
}
