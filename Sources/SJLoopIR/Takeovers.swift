import SJTypes

// Where one buffer may take over another's memory: a command that begins with a
// copy of a buffer which nothing reads afterwards (the copy before an in-place
// update, the initial value of a loop's carry) needs no second memory. Neither does
// a kernel for a row that it passes on until another takes its place.

extension Command {
  /// Pairs of buffers such that the command starts by copying the first to the second and uses the first for nothing else.
  func takeovers(in program: Program) -> [(source: BufferID, target: BufferID)] {
    let pairs: [(source: BufferID, target: BufferID)]
    switch self {
    case .kernel(let kernel): pairs = kernel.wholeCopy(in: program).map { [$0] } ?? []
    case .whileLoop(let loop): pairs = zip(loop.initial, loop.results).map { ($0, $1) }
    case .scan(let scan): pairs = zip(scan.initial, scan.results).map { ($0, $1) }
    default: return []
    }
    return pairs.filter { pair in reads.filter { $0 == pair.source }.count == 1 }
  }
}

extension Command {
  /// Pairs of buffers that the command itself writes, such that the second can have the memory of the first.
  fileprivate func takeoversWithin(_ program: Program) -> [(source: BufferID, target: BufferID)] {
    guard case .kernel(let kernel) = self, !kernel.passedOn.isEmpty else { return [] }
    return PassedOnRows(kernel, program.buffers).takeovers
  }
}

extension Program {
  /// For every buffer that takes over the memory of a temporary one, that buffer.
  func takeovers(lifetimes: [Int: ClosedRange<Int>]) -> [Int: Int] {
    let fixed = Set(inputs + outputs)
    var result: [Int: Int] = [:]
    for (time, command) in commands.enumerated() {
      for (source, target) in command.takeovers(in: self) + command.takeoversWithin(self) {
        let isLast = lifetimes[source.index]?.upperBound == time && !fixed.contains(source)
        if isLast && lifetimes[target.index]?.lowerBound == time && !inputs.contains(target) {
          result[target.index] = source.index
        }
      }
    }
    return result
  }

  /// Of a loop body: whether a carry's output may be written where its input is.
  public func updatesInPlace(input: BufferID, output: BufferID) -> Bool {
    let time = commands.firstIndex { $0.takeovers(in: self).contains { $0.source == input && $0.target == output } }
    guard let time, outputs.filter({ $0 == output }).count == 1, !outputs.contains(input) else { return false }
    let isReadLater = commands[firstRewrite(of: output, after: time)...].contains { $0.reads.contains(input) }
    let isWrittenBefore = commands[..<time].contains { $0.writes.contains(output) || $0.reads.contains(output) }
    return !isReadLater && !isWrittenBefore
  }
}

extension Program {
  /// The first command that finds a copy which is no longer like its original, where the command at `time` makes the
  /// copy. A loop has rewritten its own by its end; a kernel that stores a single element has read what it needs by then.
  private func firstRewrite(of copy: BufferID, after time: Int) -> Int {
    guard case .kernel = commands[time] else { return time + 1 }
    let rest = commands[(time + 1)...]
    guard let update = rest.firstIndex(where: { $0.writes.contains(copy) }) else { return commands.count }
    if case .kernel(let kernel) = commands[update], kernel.storesOneElement { return update + 1 }
    return update
  }
}

/// How a carry gets from one iteration to the next.
public enum CarryMode: Hashable, Sendable {
  /// The body's output is its input.
  case unchanged
  /// The body changes what it got.
  case inPlace
  /// The body reads one memory and writes another, in turn.
  case alternating

  /// Those of a loop body whose carries are the `count` inputs from `firstInput` on and the first outputs.
  public static func modes(_ body: Program, firstInput: Int, count: Int) -> [CarryMode] {
    (0..<count).map { i in
      let (input, output) = (body.inputs[firstInput + i], body.outputs[i])
      if input == output { return .unchanged }
      return body.updatesInPlace(input: input, output: output) ? .inPlace : .alternating
    }
  }
}
