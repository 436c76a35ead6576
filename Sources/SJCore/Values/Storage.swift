import SJLoopIR
import SJTypes

/// The memory behind one or more arrays.
///
/// A storage is `ready`, `pending` (being computed on the execution stream), or
/// `failed`; whoever needs the bytes calls `wait`. Work runs synchronously
/// today, so that only `ready` is ever seen from outside, but every reader
/// goes through `wait` already.
public final class Storage {
  public enum State {
    case ready
    case pending(any PendingWork)
    case failed(SJError)
  }

  public let pointer: UnsafeMutableRawPointer
  public let byteCount: Int
  public private(set) var state: State = .ready
  /// Frees memory that the pool does not own (borrowed host memory, DLPack).
  private let onRelease: (() -> Void)?

  /// Uninitialised memory from the backend's pool.
  /// - Throws: `outOfMemory`.
  public init(byteCount: Int) throws {
    guard let memory = Backend.current.allocate(byteCount) else {
      throw SJError(
        .outOfMemory,
        "out of memory: cannot allocate \(byteCount) bytes; release arrays, or raise the memory limit")
    }
    pointer = memory
    self.byteCount = byteCount
    onRelease = nil
  }

  /// Memory that belongs to somebody else until `onRelease` is called.
  public init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, onRelease: @escaping () -> Void) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.onRelease = onRelease
  }

  deinit {
    if let onRelease { onRelease() } else { Backend.current.release(pointer, byteCount) }
  }

  /// Returns when the bytes are there.
  /// - Throws: the error of the computation that should have made them.
  @inline(__always) public func wait() throws {
    if case .ready = state { return }
    try settle()
  }

  private func settle() throws {
    switch state {
    case .ready: return
    case .failed(let error): throw error
    case .pending(let work):
      do {
        try work.finish()
        state = .ready
      } catch let error as SJError {
        state = .failed(error)
        throw error
      }
    }
  }
}

/// Work on the execution stream that some storage waits for.
public protocol PendingWork: AnyObject {
  func finish() throws
}
