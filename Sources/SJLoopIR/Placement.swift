/// Where the buffers of a program are during a run: in the caller's memory, or among
/// the temporaries, which share memory where they are not needed at the same time.
public struct Placement {
  public enum Place: Hashable, Sendable {
    /// In the memory of an input or output, by its position.
    case input(Int)
    case output(Int)
    /// At this offset in the memory of temporaries.
    case temporary(Int)
    /// No command touches it.
    case nowhere
  }

  /// Of an output that is an input or repeats another: where its bytes come from.
  public struct OutputCopy {
    public let output: Int
    public let buffer: BufferID
  }

  /// The place of each buffer.
  public private(set) var places: [Place]
  public private(set) var outputCopies: [OutputCopy] = []
  public private(set) var temporaryBytes = 0
  /// Commands that would copy a buffer to itself, since the target has taken over its memory: command and source.
  public private(set) var needlessCopies: [Int: BufferID] = [:]

  public static let alignment = 64

  /// - Parameter inPlace: for each input that an output shares its memory with, the position of that output.
  public init(_ program: Program, inPlace: [Int: Int] = [:]) {
    places = Array(repeating: .nowhere, count: program.buffers.count)
    placeInputsAndOutputs(program)
    var lifetimes = program.bufferLifetimes
    let takeovers = program.takeovers(lifetimes: lifetimes)
    let owners = takeovers.mapValues { source in
      var owner = source
      while let next = takeovers[owner] { owner = next }
      return owner
    }
    for (buffer, owner) in owners {
      let end = max(lifetimes[owner]!.upperBound, lifetimes[buffer]!.upperBound)
      lifetimes[owner] = lifetimes[owner]!.lowerBound...end
    }
    // What ends as an output is in the output's memory from the start.
    for (buffer, owner) in owners where places[owner] == .nowhere {
      if case .output = places[buffer] { places[owner] = places[buffer] }
    }
    var allocator = IntervalAllocator(alignment: Placement.alignment)
    let order = lifetimes.sorted { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) }
    for (buffer, interval) in order where places[buffer] == .nowhere && owners[buffer] == nil {
      places[buffer] = .temporary(allocator.allocate(program.buffers[buffer].byteCount, during: interval))
    }
    for (buffer, owner) in owners where places[buffer] == .nowhere { places[buffer] = places[owner] }
    temporaryBytes = allocator.byteCount
    findNeedlessCopies(program, inPlace)
  }

  private mutating func placeInputsAndOutputs(_ program: Program) {
    for (position, id) in program.inputs.enumerated() { places[id.index] = .input(position) }
    let overwritten = program.overwrittenInputs
    for (position, id) in program.outputs.enumerated() where overwritten[position] == nil {
      if places[id.index] == .nowhere {
        places[id.index] = .output(position)
      } else {
        outputCopies.append(OutputCopy(output: position, buffer: id))
      }
    }
  }

  private mutating func findNeedlessCopies(_ program: Program, _ inPlace: [Int: Int]) {
    func memory(_ id: BufferID) -> Place {
      if case .input(let position) = places[id.index], let output = inPlace[position] { return .output(output) }
      return places[id.index]
    }
    for (position, command) in program.commands.enumerated() {
      guard case .kernel(let kernel) = command, let copy = kernel.wholeCopy(in: program) else { continue }
      if memory(copy.source) == memory(copy.target) { needlessCopies[position] = copy.source }
    }
  }
}

extension Program {
  /// For every buffer the first and the last command that touches it.
  var bufferLifetimes: [Int: ClosedRange<Int>] {
    var intervals: [Int: ClosedRange<Int>] = [:]
    for (time, command) in commands.enumerated() {
      for id in command.reads + command.writes {
        intervals[id.index] = (intervals[id.index]?.lowerBound ?? time)...time
      }
    }
    return intervals
  }

  /// Of a loop body: for each carry's input that its output shares memory with, that output.
  public func sharedCarries(_ modes: [CarryMode], firstInput: Int) -> [Int: Int] {
    var shared: [Int: Int] = [:]
    for (i, mode) in modes.enumerated() where mode == .inPlace { shared[firstInput + i] = i }
    return shared
  }
}
