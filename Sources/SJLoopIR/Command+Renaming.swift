extension Command {
  /// The command on other buffers. Programs inside of it have buffers of their own.
  func renamingBuffers(_ name: (BufferID) -> BufferID) -> Command {
    switch self {
    case .kernel(let kernel): return .kernel(kernel.renamingBuffers(name))
    case .library(let call):
      return .library(
        LibraryCall(operation: call.operation, inputs: call.inputs.map(name), outputs: call.outputs.map(name)))
    case .whileLoop(var loop):
      loop.conditionConstants = loop.conditionConstants.map(name)
      loop.bodyConstants = loop.bodyConstants.map(name)
      loop.initial = loop.initial.map(name)
      loop.results = loop.results.map(name)
      return .whileLoop(loop)
    case .scan(var scan):
      scan.constants = scan.constants.map(name)
      scan.initial = scan.initial.map(name)
      scan.xs = scan.xs.map(name)
      scan.results = scan.results.map(name)
      scan.ys = scan.ys.map(name)
      return .scan(scan)
    case .branch(var branch):
      branch.index = name(branch.index)
      branch.inputs = branch.inputs.map(name)
      branch.results = branch.results.map(name)
      return .branch(branch)
    case .host(var host):
      host.inputs = host.inputs.map(name)
      host.results = host.results.map(name)
      return .host(host)
    }
  }
}

extension Kernel {
  func renamingBuffers(_ name: (BufferID) -> BufferID) -> Kernel {
    var result = self
    for (position, expr) in exprs.enumerated() {
      if case .load(let buffer, let index, let mask, let fill) = expr {
        result.exprs[position] = .load(name(buffer), index: index, mask: mask, fill: fill)
      }
    }
    result.body = body.renamingBuffers(name)
    result.passedOn = Set(passedOn.map(name))
    return result
  }
}

extension [Statement] {
  fileprivate func renamingBuffers(_ name: (BufferID) -> BufferID) -> [Statement] {
    map { statement in
      switch statement {
      case .store(var store):
        store.buffer = name(store.buffer)
        return .store(store)
      case .loop(var loop):
        loop.body = loop.body.renamingBuffers(name)
        return .loop(loop)
      case .whileLoop(var loop):
        loop.body = loop.body.renamingBuffers(name)
        return .whileLoop(loop)
      }
    }
  }
}
