import SJLoopIR
import SJTypes

struct OutputCopy {
  var output: Int
  var buffer: Int
  var byteCount: Int
}

/// Where the buffers of a program are during a run: in the caller's memory, or in
/// the workspace, where buffers share memory that are not needed at the same time.
struct BufferPlan {
  private struct Temporary {
    var buffer: Int
    var offset: Int
  }

  private let inputs: [Int]
  /// Outputs written in place: position among the outputs, and buffer.
  private let outputs: [(output: Int, buffer: Int)]
  /// Temporaries whose memory an output takes over.
  private var shared: [(buffer: Int, output: Int)] = []
  private var temporaries: [Temporary] = []
  private(set) var outputCopies: [OutputCopy] = []
  private(set) var temporaryBytes = 0
  /// Where memory for the commands begins, behind the table of buffers and the temporaries.
  private(set) var workspaceOffset = 0

  init(_ program: Program) {
    inputs = program.inputs.map(\.index)
    var placed = Set(inputs)
    var direct: [(output: Int, buffer: Int)] = []
    for (position, id) in program.outputs.enumerated() {
      if placed.insert(id.index).inserted {
        direct.append((position, id.index))
      } else {
        outputCopies.append(OutputCopy(output: position, buffer: id.index, byteCount: program[id].byteCount))
      }
    }
    outputs = direct
    let tableBytes = aligned(program.buffers.count * MemoryLayout<UnsafeMutableRawPointer>.size)
    var lifetimes = program.bufferLifetimes
    let takeovers = program.takeovers(lifetimes: lifetimes)
    // Later buffers hand their lifetime on to the one whose memory they take.
    for (target, source) in takeovers.sorted(by: { lifetimes[$0.key]!.lowerBound > lifetimes[$1.key]!.lowerBound }) {
      lifetimes[source] = lifetimes[source]!.lowerBound...lifetimes[target]!.upperBound
    }
    var owners: [Int: Int] = [:]
    for buffer in takeovers.keys {
      var owner = buffer
      while let source = takeovers[owner] { owner = source }
      owners[buffer] = owner
    }
    // What ends as an output is in the output's memory from the start.
    for (position, buffer) in direct {
      guard let owner = owners[buffer], placed.insert(owner).inserted else { continue }
      shared.append((buffer: owner, output: position))
    }
    var allocator = IntervalAllocator(alignment: 64)
    var offsets: [Int: Int] = [:]
    let order = lifetimes.sorted { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) }
    for (buffer, interval) in order where !placed.contains(buffer) && owners[buffer] == nil {
      offsets[buffer] = tableBytes + allocator.allocate(program.buffers[buffer].byteCount, during: interval)
    }
    for (buffer, owner) in owners where !placed.contains(buffer) {
      if let offset = offsets[owner] {
        offsets[buffer] = offset
      } else if let position = shared.first(where: { $0.buffer == owner })?.output {
        shared.append((buffer: buffer, output: position))
      }
    }
    temporaries = offsets.map { Temporary(buffer: $0.key, offset: $0.value) }
    temporaryBytes = allocator.byteCount
    workspaceOffset = tableBytes + allocator.byteCount
  }

  func bind(
    _ table: BufferTable, inputs inputPointers: UnsafePointer<UnsafeRawPointer>?,
    outputs outputPointers: UnsafePointer<UnsafeMutableRawPointer>?, workspace: UnsafeMutableRawPointer
  ) {
    for i in inputs.indices { table[inputs[i]] = UnsafeMutableRawPointer(mutating: inputPointers![i]) }
    for i in outputs.indices { table[outputs[i].buffer] = outputPointers![outputs[i].output] }
    for (buffer, output) in shared { table[buffer] = outputPointers![output] }
    for temporary in temporaries { table[temporary.buffer] = workspace + temporary.offset }
  }
}

/// Rounded up to the alignment of buffers.
func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

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
}
