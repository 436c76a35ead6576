import SJTypes
import Synchronization

/// The memory behind one or more arrays.
///
/// Either the bytes are there from the start, or an `Execution` makes them: then the memory is allocated when that runs,
/// and whoever needs the bytes waits for it.
public final class Storage {
  public let byteCount: Int
  /// Nil where an execution has not allocated it, or never will.
  private var memory: UnsafeMutableRawPointer?
  /// What makes the bytes, retained; nil where they were there from the start.
  private let execution: Unmanaged<Execution>?
  /// Frees memory that the pool does not own (borrowed host memory, DLPack).
  private let onRelease: (() -> Void)?

  /// Uninitialised memory from the backend's pool.
  /// - Throws: `outOfMemory`.
  public init(byteCount: Int) throws {
    memory = try Storage.allocate(byteCount, finishingOthers: true)
    self.byteCount = byteCount
    execution = nil
    onRelease = nil
  }

  /// Memory that belongs to somebody else until `onRelease` is called.
  public init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, onRelease: @escaping () -> Void) {
    memory = pointer
    self.byteCount = byteCount
    execution = nil
    self.onRelease = onRelease
  }

  /// A result of an execution, which calls `allocate` before it writes there.
  init(byteCount: Int, madeBy execution: Execution) {
    self.byteCount = byteCount
    self.execution = .passRetained(execution)
    onRelease = nil
  }

  deinit {
    execution?.release()
    guard let memory else { return }
    if let onRelease { return onRelease() }
    Backend.uncounted._withUnsafeGuaranteedRef { $0.release(memory, byteCount) }
  }

  /// The first byte. Valid after `wait`, and for memory that is being written for the first time.
  @inline(__always) public var pointer: UnsafeMutableRawPointer { memory.unsafelyUnwrapped }

  /// Whether the memory is the backend's.
  var isPooled: Bool { onRelease == nil }

  // MARK: Memory of results

  /// Gives the result of an execution its memory, unless it has it.
  /// - Parameter finishingOthers: whether to wait for the execution stream where no memory is left; not from there.
  /// - Throws: `outOfMemory`.
  func allocate(finishingOthers: Bool) throws {
    if memory == nil { memory = try Storage.allocate(byteCount, finishingOthers: finishingOthers) }
  }

  /// Gives the result of an execution the memory of `donated`, unless anybody else may see that.
  func takeMemory(of donated: inout Storage) -> Bool {
    guard donated.isPooled, donated.byteCount == byteCount, isKnownUniquelyReferenced(&donated) else { return false }
    // Who referred to it before has read what it wanted.
    atomicMemoryFence(ordering: .acquiring)
    swap(&memory, &donated.memory)
    return true
  }

  private static func allocate(_ byteCount: Int, finishingOthers: Bool) throws -> UnsafeMutableRawPointer {
    if let memory = Backend.uncounted._withUnsafeGuaranteedRef({ $0.allocate(byteCount) }) { return memory }
    if finishingOthers {
      // What waits on the stream keeps operands from being freed.
      ExecutionStream.shared.finishAll()
      return try allocate(byteCount, finishingOthers: false)
    }
    throw SJError(
      .outOfMemory,
      "out of memory: cannot allocate \(byteCount) bytes; release arrays, or raise the memory limit")
  }

  // MARK: Readers

  /// Whether the bytes are still to be made.
  @inline(__always) public var isPending: Bool { execution?._withUnsafeGuaranteedRef { !$0.isOver } ?? false }

  /// Returns when the bytes are there.
  /// - Throws: the error of the execution that should have made them.
  @inline(__always) public func wait() throws { try execution?._withUnsafeGuaranteedRef { try $0.wait() } }

  /// Calls `body` with the error, if any, once the bytes are there or have failed: at once where they are, else on the
  /// thread that makes them.
  public func whenReady(_ body: @escaping (SJError?) -> Void) {
    if let execution { execution.takeUnretainedValue().whenOver(body) } else { body(nil) }
  }
}
