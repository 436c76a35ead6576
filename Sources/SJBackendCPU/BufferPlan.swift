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
    var allocator = IntervalAllocator(alignment: 64)
    for (buffer, interval) in program.bufferLifetimes where !placed.contains(buffer) {
      let bytes = program.buffers[buffer].byteCount
      let offset = allocator.allocate(bytes, during: interval)
      temporaries.append(Temporary(buffer: buffer, offset: tableBytes + offset))
    }
    temporaryBytes = allocator.byteCount
    workspaceOffset = tableBytes + allocator.byteCount
  }

  func bind(
    _ table: BufferTable, inputs inputPointers: UnsafePointer<UnsafeRawPointer>?,
    outputs outputPointers: UnsafePointer<UnsafeMutableRawPointer>?, workspace: UnsafeMutableRawPointer
  ) {
    for i in inputs.indices { table[inputs[i]] = UnsafeMutableRawPointer(mutating: inputPointers![i]) }
    for i in outputs.indices { table[outputs[i].buffer] = outputPointers![outputs[i].output] }
    for temporary in temporaries { table[temporary.buffer] = workspace + temporary.offset }
  }
}

/// Rounded up to the alignment of buffers.
func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

extension Program {
  /// From the first to the last command that touches a buffer, in order of the first.
  var bufferLifetimes: [(buffer: Int, interval: ClosedRange<Int>)] {
    var intervals: [Int: ClosedRange<Int>] = [:]
    for (time, command) in commands.enumerated() {
      for id in command.reads + command.writes {
        intervals[id.index] = (intervals[id.index]?.lowerBound ?? time)...time
      }
    }
    return intervals.map { ($0.key, $0.value) }.sorted { ($0.1.lowerBound, $0.0) < ($1.1.lowerBound, $1.0) }
  }
}
