import SJTypes
import Synchronization

/// One run of a program, now or later. It holds what it reads until it is over, and its error for good.
///
/// Its results refer to it and it to its results, until it is over: an execution that was made must be run.
final class Execution {
  /// An operand, whose array may be deleted before the program runs.
  struct Operand {
    let storage: Storage
    let byteOffset: Int
  }

  private enum State: UInt8, AtomicRepresentable { case waiting, succeeded, failed }

  private let state = Atomic(State.waiting)
  /// Written before the state becomes `failed`.
  private var error: SJError?
  /// What it needs until it is over.
  private var work: Work?
  /// Bytes that it keeps from being freed while it waits: those of operands that have been made already.
  let heldBytes: Int
  /// Nanoseconds that it takes, roughly.
  let expectedTime: Int
  /// Whether somebody sleeps until it is over; the stream's.
  var isAwaited = false
  /// Whom to tell; the stream's.
  private var observers: [(SJError?) -> Void] = []

  fileprivate struct Work {
    let executable: Executable
    let operands: [Operand]
    var results: [Storage]
  }

  init(_ executable: Executable, _ operands: [Operand]) {
    expectedTime = executable.expectedTime
    heldBytes = operands.reduce(0) { $0 + ($1.storage.isPending ? 0 : $1.storage.byteCount) }
    work = Work(executable: executable, operands: operands, results: [])
  }

  /// The memory of the next result, in the program's order.
  func result(byteCount: Int) -> Storage {
    let storage = Storage(byteCount: byteCount, madeBy: self)
    work!.results.append(storage)
    return storage
  }

  // MARK: Running, by whoever works on the stream

  /// Runs the program; nobody knows before `settle`.
  func run() {
    do { try work!.run() } catch { self.error = error as? SJError ?? SJError(.internalFault, "\(error)") }
  }

  /// Says that it is over.
  /// - Returns: what is to be done then, without locks: hosts may be told, and memory of theirs released.
  func settle() -> () -> Void {
    state.store(error == nil ? .succeeded : .failed, ordering: .releasing)
    let (finished, observers, error) = (work, observers, error)
    work = nil
    self.observers = []
    return {
      withExtendedLifetime(finished) {}
      for observer in observers { observer(error) }
    }
  }

  // MARK: Readers

  @inline(__always) var isOver: Bool { state.load(ordering: .acquiring) != .waiting }

  /// Returns when the results are there.
  /// - Throws: its error.
  @inline(__always) func wait() throws {
    if state.load(ordering: .acquiring) == .succeeded { return }
    try waitLonger()
  }

  private func waitLonger() throws {
    if !isOver { ExecutionStream.shared.finish(self) }
    if let error { throw error }
  }

  func whenOver(_ observer: @escaping (SJError?) -> Void) {
    if !ExecutionStream.shared.unlessOver(self, { observers.append(observer) }) { observer(error) }
  }
}

extension Execution.Work {
  /// - Throws: the error of an operand, which becomes that of the results, or of the program.
  func run() throws {
    try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: operands.count + results.count + 1) {
      pointers in
      for (i, operand) in operands.enumerated() {
        try operand.storage.wait()
        pointers.initializeElement(at: i, to: operand.storage.pointer + operand.byteOffset)
      }
      for (i, result) in results.enumerated() {
        try result.allocate()
        pointers.initializeElement(at: operands.count + i, to: result.pointer)
      }
      let first = pointers.baseAddress!
      try first.withMemoryRebound(to: UnsafeRawPointer.self, capacity: operands.count + 1) {
        try executable.execute(inputs: $0, outputs: first + operands.count)
      }
    }
  }
}
