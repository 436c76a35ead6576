import SJLoopIR
import SJTypes

struct OutputCopy {
  var output: Int
  var buffer: Int
  var byteCount: Int
}

/// A program's placement as lists to walk before a run.
struct BufferPlan {
  private struct Temporary {
    var buffer: Int
    var offset: Int
  }

  private var inputs: [Int] = []
  /// What is in an output's memory.
  private var outputs: [(buffer: Int, output: Int)] = []
  private var temporaries: [Temporary] = []
  let outputCopies: [OutputCopy]
  let temporaryBytes: Int
  /// Where memory for the commands begins, behind the table of buffers and the temporaries.
  let workspaceOffset: Int

  init(_ program: Program, _ placement: Placement) {
    let tableBytes = aligned(program.buffers.count * MemoryLayout<UnsafeMutableRawPointer>.size)
    inputs = program.inputs.map(\.index)
    for (buffer, place) in placement.places.enumerated() {
      switch place {
      case .output(let position): outputs.append((buffer, position))
      case .temporary(let offset): temporaries.append(Temporary(buffer: buffer, offset: tableBytes + offset))
      case .input, .nowhere: break
      }
    }
    outputCopies = placement.outputCopies.map {
      OutputCopy(output: $0.output, buffer: $0.buffer.index, byteCount: program[$0.buffer].byteCount)
    }
    temporaryBytes = placement.temporaryBytes
    workspaceOffset = tableBytes + temporaryBytes
  }

  func bind(
    _ table: BufferTable, inputs inputPointers: UnsafePointer<UnsafeRawPointer>?,
    outputs outputPointers: UnsafePointer<UnsafeMutableRawPointer>?, workspace: UnsafeMutableRawPointer
  ) {
    for i in inputs.indices { table[inputs[i]] = UnsafeMutableRawPointer(mutating: inputPointers![i]) }
    for (buffer, output) in outputs { table[buffer] = outputPointers![output] }
    for temporary in temporaries { table[temporary.buffer] = workspace + temporary.offset }
  }
}

/// Rounded up to the alignment of buffers.
func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
