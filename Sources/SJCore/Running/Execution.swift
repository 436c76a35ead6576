import SJTypes
import Synchronization

/// One run of a program, now or later. It holds what it reads until it is over, and its error for good.
///
/// Its results refer to it and it to its results, until it is over: an execution that was made must be run.
final class Execution {
  /// An operand, whose array may be deleted before the program runs.
  struct Operand {
    var storage: Storage
    let byteOffset: Int
  }

  /// Where a result is.
  enum Place {
    case newMemory
    /// It is an operand unchanged.
    case operand(Int)
    /// In the memory of a donated operand, which the program overwrites: if nobody else may see it, else in a copy of it.
    case donated(Int)
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
    var operands: [Operand]
    var results: [(place: Place, storage: Storage)]
  }

  init(_ executable: Executable, _ operands: [Operand]) {
    expectedTime = executable.expectedTime
    heldBytes = operands.reduce(0) { $0 + ($1.storage.isPending ? 0 : $1.storage.byteCount) }
    work = Work(executable: executable, operands: operands, results: [])
  }

  /// The memory of the next result, in the program's order.
  func result(_ place: Place, byteCount: Int) -> Storage {
    let storage =
      if case .operand(let i) = place { work!.operands[i].storage } else { Storage(byteCount: byteCount, madeBy: self) }
    work!.results.append((place, storage))
    return storage
  }

  /// Runs the program instead of the stream.
  /// - Throws: its error.
  func runNow() throws {
    run()
    settle()()
    try wait()
  }

  /// Allocates what certainly needs memory before the program runs, and donated operands are lost.
  /// - Throws: `outOfMemory`.
  func allocateResults() throws {
    for case (.newMemory, let storage) in work!.results { try storage.allocate(finishingOthers: true) }
  }

  // MARK: Running, by whoever works on the stream

  /// Runs the program; nobody knows before `settle`.
  func run() {
    do { try work!.run() } catch { self.error = error as? SJError ?? SJError(.internalFault, "\(error)") }
    work!.letGo()
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
  mutating func run() throws {
    try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: operands.count + results.count + 1) {
      pointers in
      for (i, operand) in operands.enumerated() {
        try operand.storage.wait()
        pointers.initializeElement(at: i, to: operand.storage.pointer + operand.byteOffset)
      }
      let first = pointers.baseAddress!
      for i in results.indices {
        pointers.initializeElement(at: operands.count + i, to: try memory(ofResult: i, operands: first))
      }
      try first.withMemoryRebound(to: UnsafeRawPointer.self, capacity: operands.count + 1) {
        try executable.execute(inputs: $0, outputs: first + operands.count)
      }
    }
  }

  /// Drops what is the pool's: who knows that the execution is over may donate it. Other memory may call the host when it is freed.
  mutating func letGo() {
    results = []
    operands.removeAll { $0.storage.isPooled }
  }

  /// Where a result is going to be. A donated operand moves there.
  private mutating func memory(
    ofResult i: Int, operands pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  ) throws -> UnsafeMutableRawPointer {
    let (place, storage) = results[i]
    switch place {
    case .newMemory: try storage.allocate(finishingOthers: false)
    case .operand(let operand): return pointers[operand]
    case .donated(let operand):
      if operands[operand].byteOffset != 0 || !storage.takeMemory(of: &operands[operand].storage) {
        try storage.allocate(finishingOthers: false)
        storage.pointer.copyMemory(from: pointers[operand], byteCount: storage.byteCount)
      }
      pointers[operand] = storage.pointer
    }
    return storage.pointer
  }
}
