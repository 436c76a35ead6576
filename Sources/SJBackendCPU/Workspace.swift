import Glibc
import SJTypes

/// Memory for one run.
enum Workspace {
  static func allocate(_ bytes: Int) throws -> UnsafeMutableRawPointer {
    var pointer: UnsafeMutableRawPointer?
    if posix_memalign(&pointer, 64, bytes) != 0 {
      throw SJError(.outOfMemory, "out of memory: a workspace of \(bytes) bytes")
    }
    return pointer!
  }

  static func release(_ pointer: UnsafeMutableRawPointer, _ bytes: Int) { free(pointer) }
}
