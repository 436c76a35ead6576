import CSJLibrary
import Glibc
import SJCore
import Synchronization

/// What must not be under way on another thread when the process forks: the child would have the locks of a thread that it has not.
///
/// A fork waits until nobody is inside, and nobody enters until it is over.
final class ForkGate: @unchecked Sendable {
  /// Around work with the compiler, whose locks are LLVM's own.
  static let compiler = ForkGate()

  private let messages = Mutex<[(level: Log.Level, text: String)]>([])
  /// Whether the process is a child, and nobody has taken note of that.
  private let hasForked = Atomic(false)
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

  private init() {
    makeLock()
    // The order of handlers is the opposite of their registration: who is inside may need memory, so that its lock must be taken later; and
    // the execution stream, whose programs may come in here, comes to rest before (see `ExecutionStream`).
    sj_memory_release(sj_memory_allocate(1), 1)
    pthread_atfork(
      { pthread_rwlock_wrlock(ForkGate.compiler.lock) },
      { pthread_rwlock_unlock(ForkGate.compiler.lock) },
      // It belongs to a thread of the parent, by its number.
      {
        ForkGate.compiler.makeLock()
        ForkGate.compiler.hasForked.store(true, ordering: .relaxed)
      })
  }

  private func makeLock() {
    var attributes = pthread_rwlockattr_t()
    pthread_rwlockattr_init(&attributes)
    // Else threads that compile one after the other would keep a fork waiting for ever.
    pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
    pthread_rwlock_init(lock, &attributes)
    pthread_rwlockattr_destroy(&attributes)
  }

  /// Does something that is not inside already.
  func inside<R>(_ body: () throws -> R) rethrows -> R {
    defer { writeMessages() }
    pthread_rwlock_rdlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return try body()
  }

  /// Writes to the log once a thread has left: the host's sink may do anything, such as to fork or to call the engine.
  func log(_ level: Log.Level, _ text: String) { messages.withLock { $0.append((level, text)) } }

  private func writeMessages() {
    let written = messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
    for (level, text) in written { Log.write(level, text) }
  }

  /// Whether the process is a child in which nobody has asked yet.
  @inline(__always) func takeFork() -> Bool {
    hasForked.load(ordering: .relaxed) && hasForked.exchange(false, ordering: .relaxed)
  }
}
