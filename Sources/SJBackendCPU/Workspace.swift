import CSJLibrary
import SJTypes

/// Memory for one run.
enum Workspace {
  static func allocate(_ bytes: Int) throws -> UnsafeMutableRawPointer {
    guard let memory = sj_memory_allocate(Int64(bytes)) else {
      throw SJError(.outOfMemory, "out of memory: a workspace of \(bytes) bytes")
    }
    return memory
  }

  /// Calls `body` with memory for the time of the call, at a 64-byte boundary.
  @inline(__always)
  static func with(_ bytes: Int, _ body: (UnsafeMutableRawPointer) throws -> Void) throws {
    if bytes <= 1024 {
      // Small enough to come from the stack, which larger alignments than 16 do not.
      return try withUnsafeTemporaryAllocation(byteCount: 1024 + 48, alignment: 16) {
        try body($0.baseAddress!.alignedUp(toMultipleOf: 64))
      }
    }
    let memory = try allocate(bytes)
    defer { release(memory, bytes) }
    try body(memory)
  }

  static func release(_ memory: UnsafeMutableRawPointer, _ bytes: Int) { sj_memory_release(memory, Int64(bytes)) }
}
