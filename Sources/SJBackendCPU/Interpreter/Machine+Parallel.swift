import CSJLibrary
import SJLoopIR

// Loops at the top of a kernel may be split over threads. Every piece runs on a
// machine of its own: a copy of the tables, with its own registers. What is
// split, and where, never changes a result: iterations are independent, and
// reductions are split between blocks whose results then meet in the one tree.

private struct Pieces {
  let machine: Machine
  let memory: UnsafeMutableRawPointer
  let bytes: Int
  let body: (Machine, Int) -> Void
}

private func runPiece(_ argument: UnsafeMutableRawPointer?, _ index: Int64) {
  let pieces = argument!.assumingMemoryBound(to: Pieces.self).pointee
  let memory = pieces.memory + Int(index) * pieces.bytes
  let machine = pieces.machine.program._withUnsafeGuaranteedRef { $0.copy(of: pieces.machine, in: memory) }
  pieces.body(machine, Int(index))
}

extension Machine {
  /// How many pieces a loop over `extent` iterations is worth; 1 where it is not worth splitting.
  @inline(__always)
  private func pieceCount(_ loop: LoopPointer) -> Int {
    let (grain, extent) = (loop.pointee.grain, loop.pointee.extent)
    if grain == 0 || extent < 3 * grain { return 1 }
    let threads = Int(sj_pool_threads())
    return threads == 1 ? 1 : min(extent / grain, 2 * threads)
  }

  /// Runs `body` for every piece, each on its own machine; false if there is no memory for them.
  private func runPieces(_ count: Int, _ body: (Machine, Int) -> Void) -> Bool {
    let bytes = program._withUnsafeGuaranteedRef { $0.workspaceBytes }
    guard let memory = sj_memory_allocate(Int64(count * bytes)) else { return false }
    withoutActuallyEscaping(body) { body in
      var pieces = Pieces(machine: self, memory: memory, bytes: bytes, body: body)
      withUnsafeMutablePointer(to: &pieces) { sj_pool_run(Int64(count), runPiece, UnsafeMutableRawPointer($0)) }
    }
    sj_memory_release(memory, Int64(count * bytes))
    return true
  }

  /// Runs `body` over the loop's iterations, split at multiples of `unit` if that pays.
  @inline(__always)
  func split(_ loop: LoopPointer, unit: Int, _ body: (Machine, _ begin: Int, _ end: Int) -> Void) {
    let extent = loop.pointee.extent
    let count = pieceCount(loop)
    if count > 1 {
      let piece = ((extent + count - 1) / count + unit - 1) / unit * unit
      let done = runPieces((extent + piece - 1) / piece) { machine, index in
        body(machine, index * piece, min((index + 1) * piece, extent))
      }
      if done { return }
    }
    body(self, 0, extent)
  }

  /// Runs `block` for all blocks of a reduction on several threads and then `merge`, which is to find the results
  /// of the blocks one after another in the carries. False if the loop is not worth it.
  func splitReduction(
    _ loop: LoopPointer, blockLength: Int, _ block: (Machine, _ begin: Int, _ end: Int) -> Void,
    merge: (_ block: (_ begin: Int, _ end: Int) -> Void) -> Void
  ) -> Bool {
    let extent = loop.pointee.extent
    let blocks = (extent + blockLength - 1) / blockLength
    let count = min(pieceCount(loop), blocks)
    if count <= 1 { return false }
    // Carries are single elements here; each has 8 bytes.
    let width = 8 * loop.pointee.carries.count
    guard let results = sj_memory_allocate(Int64(blocks * width)) else { return false }
    defer { sj_memory_release(results, Int64(blocks * width)) }
    let perPiece = (blocks + count - 1) / count
    let done = runPieces(count) { machine, index in
      for b in index * perPiece..<max(index * perPiece, min((index + 1) * perPiece, blocks)) {
        block(machine, b * blockLength, min((b + 1) * blockLength, extent))
        machine.copyCarries(loop, results + b * width, isSaving: true)
      }
    }
    if done { merge { begin, _ in copyCarries(loop, results + begin / blockLength * width, isSaving: false) } }
    return done
  }

  private func copyCarries(_ loop: LoopPointer, _ memory: UnsafeMutableRawPointer, isSaving: Bool) {
    for (i, carry) in loop.pointee.carries.enumerated() {
      let place = memory + 8 * i
      if isSaving {
        copy(place, self[carry.carry], 1, 1, carry.size)
      } else {
        copy(self[carry.carry], place, 1, 1, carry.size)
      }
    }
  }
}
