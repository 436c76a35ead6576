import SJTypes

// Matrix products and what is done to their rows, in blocks of rows: the scores of attention, or the activations between two
// layers, are never in memory as a whole, but as a block for each thread, which stays in its cache. No bit changes: every row is
// computed as before.

/// When blocks are worth it.
public struct BlockLimits: Sendable {
  /// Bytes that stay in a processor's own cache.
  public var blockBytes = 512 << 10
  /// Bytes that are worth keeping out of memory.
  public var worthwhileBytes = 1 << 20
  /// Rows of a block that keep a matrix product efficient.
  public var fewestRows = 64

  public init() {}
}

extension Program {
  /// The program with chains of matrix products and kernels on rows as scans over blocks of these, where that
  /// keeps much from going through memory.
  public func blocked(_ limits: BlockLimits = BlockLimits()) -> Program {
    guard commands.contains(where: { $0.isDot }) else { return self }
    let uses = BufferUses(self)
    var result = self
    result.commands = []
    // From `next` on, commands are still to be looked at.
    var (rest, next) = (commands, 0)
    while let position = rest[next...].firstIndex(where: { $0.isDot }) {
      let window = max(next, position - RowChain.reach)..<min(position + 1 + RowChain.reach, rest.count)
      guard let chain = RowChain(around: position, in: rest[window], of: self, limits),
        let blocks = chain.blocks(limits, uses)
      else {
        result.commands += rest[next...position]
        next = position + 1
        continue
      }
      result.commands += rest[next..<window.lowerBound] + chain.before
      result.commands += blocks.parts.scan(parts: blocks.count, locals: blocks.locals, addingTo: &result)
      next = window.upperBound - chain.after.count
      rest.replaceSubrange(next..<window.upperBound, with: chain.after)
    }
    result.commands += rest[next...]
    return result
  }
}

/// How many commands of a program touch a buffer, and how many write it.
private struct BufferUses {
  private var touching: [BufferID: Int] = [:]
  private var writing: [BufferID: Int] = [:]

  init(_ program: Program) {
    self.init(program.commands)
    // A program's outputs are needed beyond all commands.
    for id in program.outputs { touching[id, default: 0] += 1 }
  }

  init(_ commands: [Command]) {
    for command in commands {
      for id in Set(command.reads + command.writes) { touching[id, default: 0] += 1 }
      for id in Set(command.writes) { writing[id, default: 0] += 1 }
    }
  }

  /// What some commands write that no others touch; nil where others write something of that too.
  func locals(of commands: [Command]) -> Set<BufferID>? {
    let own = BufferUses(commands)
    if own.writing.contains(where: { $0.value < writing[$0.key]! }) { return nil }
    return Set(own.writing.keys.filter { own.touching[$0] == touching[$0] })
  }
}

extension Command {
  fileprivate var isDot: Bool {
    if case .library(let call) = self, case .dot = call.operation { return true }
    return false
  }
}

/// The longest chain of commands around a matrix product that can be cut along their rows.
private struct RowChain {
  /// How far on the next command of a chain may be.
  static let reach = 16
  /// Commands that the chain has not, to be run before it and behind it.
  private(set) var before: [Command]
  private(set) var after: [Command]
  private var members: [Command]
  private let program: Program
  /// What the number of blocks divides: the members of a batch, or the rows.
  private let count: Int
  private let isBatch: Bool

  /// - Parameter commands: those around the product that are looked at.
  init?(around position: Int, in commands: ArraySlice<Command>, of program: Program, _ limits: BlockLimits) {
    guard case .library(let call) = commands[position], case .dot(let batch, let m, _, _, _, _, _) = call.operation else {
      return nil
    }
    self.program = program
    isBatch = batch > 1
    count = isBatch ? batch : m
    members = [commands[position]]
    before = Array(commands[..<position])
    after = Array(commands[(position + 1)...])
    // Mostly there is little to save.
    let bytes = commands.reduce(0) { $1.writes.reduce($0) { $0 + program[$1].byteCount } }
    if bytes <= limits.worthwhileBytes || parts == nil { return nil }
    takeFollowers()
    takePredecessors()
  }

  private var parts: CommandParts? { CommandParts(members, in: program, dividing: count) }

  private mutating func takeFollowers() {
    var skipped: [Command] = []
    for command in after {
      let written = Set(members.flatMap(\.writes))
      let isNext = !written.isDisjoint(with: command.reads) && command.isIndependent(of: skipped)
      members.append(command)
      if isNext && parts != nil { continue }
      members.removeLast()
      if case .kernel = command, command.isIndependent(of: members + skipped) {
        before.append(command)
      } else {
        skipped.append(command)
      }
    }
    after = skipped
  }

  private mutating func takePredecessors() {
    var skipped: [Command] = []
    for command in before.reversed() {
      let read = Set(members.flatMap(\.reads))
      let isPrevious = !read.isDisjoint(with: command.writes) && command.isIndependent(of: skipped)
      members.insert(command, at: 0)
      if isPrevious && parts != nil { continue }
      members.removeFirst()
      skipped.insert(command, at: 0)
    }
    before = skipped
  }

  /// The chain cut into blocks, and what nothing else needs of its results, if that keeps enough out of memory.
  func blocks(_ limits: BlockLimits, _ uses: BufferUses) -> (parts: CommandParts, count: Int, locals: Set<BufferID>)? {
    // What is filled elsewhere and updated here is not made here.
    guard let parts, let locals = uses.locals(of: members) else { return nil }
    let bytes = locals.reduce(0) { $0 + program[$1].byteCount }
    guard bytes > limits.worthwhileBytes else { return nil }
    let divisors = count.divisors.filter { $0 > 1 && count / $0 >= (isBatch ? 1 : limits.fewestRows) }
    guard let blocks = divisors.first(where: { bytes / $0 <= limits.blockBytes }) ?? divisors.last else { return nil }
    return (parts, blocks, locals)
  }
}

extension Command {
  /// Whether it can change places with others: none of them writes what it touches, nor reads what it writes.
  fileprivate func isIndependent(of others: [Command]) -> Bool {
    let written = Set(others.flatMap(\.writes))
    return written.isDisjoint(with: reads + writes) && Set(others.flatMap(\.reads)).isDisjoint(with: writes)
  }
}

extension Int {
  /// In ascending order.
  fileprivate var divisors: [Int] {
    let small = sequence(first: 1) { $0 + 1 }.prefix { $0 * $0 <= self }.filter { self % $0 == 0 }
    return small + small.reversed().map { self / $0 }.filter { $0 * $0 > self }
  }
}
