extension Kernel {
  /// Whether the kernel could store `target` in the memory of `source`: it loads that at the very index of its only store to
  /// `target`, and before it.
  func updates(_ source: BufferID, into target: BufferID, in program: Program) -> Bool {
    guard program[source] == program[target], !storedBuffers.contains(source) else { return false }
    if storesOneElement { return true }
    guard let list = list(storing: target, in: body, of: nil),
      loads(of: source).allSatisfy({ if case .load(_, _, nil, _) = self[$0] { true } else { false } }),
      let verifier = try? KernelVerifier(renamingBuffers { $0 == target ? source : $0 }, in: program),
      (try? verifier.verify()) != nil
    else { return false }
    return loadsBeforeStoring(source, target, list.statements, in: list.loop)
  }

  /// Whether it stores a single element: then it has loaded all that it needs.
  var storesOneElement: Bool {
    if body.count == 1, case .store = body[0] { true } else { false }
  }

  private func loads(of buffer: BufferID) -> [ExprID] {
    exprs.indices.map(ExprID.init).filter { if case .load(buffer, _, _, _) = self[$0] { true } else { false } }
  }

  /// The statements among which the buffer is stored, inside of loops alone, and the innermost of these.
  private func list(
    storing buffer: BufferID, in statements: [Statement], of loop: Loop?
  ) -> (statements: [Statement], loop: Loop?)? {
    for statement in statements {
      switch statement {
      case .store(let store): if store.buffer == buffer { return (statements, loop) }
      case .loop(let loop): if let list = list(storing: buffer, in: loop.body, of: loop) { return list }
      case .whileLoop: break
      }
    }
    return nil
  }

  /// Whether what is loaded of `source` is for the stores of this list or for loops in front of the one to `target`; the
  /// carries of the loop around may need what those stores have loaded.
  private func loadsBeforeStoring(_ source: BufferID, _ target: BufferID, _ list: [Statement], in loop: Loop?) -> Bool {
    var allowed: [Statement] = []
    var loaded: Set<ExprID> = []
    var isStored = false
    for statement in list {
      if case .store(let store) = statement {
        isStored = isStored || store.buffer == target
        allowed.append(statement)
        loaded.formUnion(loads(of: [source], below: store.operands))
      } else if !isStored {
        allowed.append(statement)
      }
    }
    let carries = loads(of: [source], below: loop?.carries.flatMap { [$0.initial, $0.next] } ?? [])
    let others = body.removing(allowed, carriesOf: loaded.isSuperset(of: carries) ? loop?.id : nil)
    let needed = nodes(below: others.roots)
    return loads(of: source).allSatisfy { !needed.contains($0) }
  }
}

extension [Statement] {
  /// The statements without some, wherever these are, and without the carries of a loop.
  fileprivate func removing(_ some: [Statement], carriesOf emptied: LoopID?) -> [Statement] {
    filter { !some.contains($0) }.map { statement in
      guard case .loop(var loop) = statement else { return statement }
      if loop.id == emptied { loop.carries = [] }
      loop.body = loop.body.removing(some, carriesOf: emptied)
      return .loop(loop)
    }
  }
}
