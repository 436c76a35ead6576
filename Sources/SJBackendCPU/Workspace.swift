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

  static func release(_ memory: UnsafeMutableRawPointer, _ bytes: Int) { sj_memory_release(memory, Int64(bytes)) }
}
