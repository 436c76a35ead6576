import Foundation
import SJControl
import SJLax
import SJTypes
import Synchronization
import XCTest

@testable import SJCore

/// Executions in their order, their errors, and the arrays that they make.
final class ExecutionStreamTests: EngineTestCase {
  private let stream = ExecutionStream.shared

  /// Queues a program without operands and with one result of 4 bytes.
  private func submit(_ body: @escaping (UnsafeMutableRawPointer) throws -> Void, after operands: [Storage] = []) -> Storage {
    let execution = Execution(Body(body), operands.map { .init(storage: $0, byteOffset: 0) })
    let result = execution.result(.newMemory, byteCount: 4)
    stream.submit(execution)
    return result
  }

  /// Queues something that keeps the stream busy until the semaphore is signalled.
  private func blocked(_ gate: DispatchSemaphore) -> Storage { submit { _ in gate.wait() } }

  func testExecutionsRunInOrder() throws {
    let gate = DispatchSemaphore(value: 0)
    let first = blocked(gate)
    let order = Mutex<[Int]>([])
    let results = (0..<10).map { i in
      submit { target in
        order.withLock { $0.append(i) }
        target.storeBytes(of: Int32(i), as: Int32.self)
      }
    }
    XCTAssertTrue(first.isPending && results.allSatisfy(\.isPending))
    gate.signal()
    try results[9].wait()
    XCTAssertEqual(order.withLock { $0 }, Array(0..<10))
    XCTAssertEqual(results.map { $0.pointer.load(as: Int32.self) }, (0..<10).map { Int32($0) })
  }

  func testErrorsReachWhatIsComputedFromThem() throws {
    let payload = NSObject()
    let failed = submit { _ in throw SJError(.callback, "mine", raises: .valueError, payload: payload) }
    let hasRun = Atomic(false)
    let derived = submit({ _ in hasRun.store(true, ordering: .relaxed) }, after: [failed])
    let next = submit({ _ in hasRun.store(true, ordering: .relaxed) }, after: [derived])
    for storage in [next, failed, derived, next] {
      XCTAssertThrowsError(try storage.wait()) { error in
        let error = error as? SJError
        XCTAssertEqual(error?.code, .callback)
        XCTAssertEqual(error?.message, "mine")
        XCTAssertEqual(error?.exception, .valueError)
        XCTAssertTrue(error?.payload === payload)
      }
      XCTAssertFalse(storage.isPending)
    }
    XCTAssertFalse(hasRun.load(ordering: .relaxed))
    var told: String?
    next.whenReady { told = $0?.message }
    XCTAssertEqual(told, "mine")
  }

  func testTheQueueIsBounded() throws {
    let gate = DispatchSemaphore(value: 0)
    _ = blocked(gate)
    let submitted = Atomic(0)
    let done = DispatchSemaphore(value: 0)
    let client = Unchecked { [self] in
      for _ in 0..<100 {
        _ = submit { _ in }
        submitted.add(1, ordering: .relaxed)
      }
      done.signal()
    }
    Thread { client.body() }.start()
    XCTAssertEqual(done.wait(timeout: .now() + 0.3), .timedOut)
    XCTAssertLessThan(submitted.load(ordering: .relaxed), 40)
    gate.signal()
    done.wait()
    XCTAssertEqual(submitted.load(ordering: .relaxed), 100)
  }

  func testOperandsAreHeldUntilTheyAreRead() throws {
    let gate = DispatchSemaphore(value: 0)
    _ = blocked(gate)
    let isReleased = Atomic(false)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 4)
    var operand: Storage? = Storage(borrowing: memory, byteCount: 4) {
      memory.deallocate()
      isReleased.store(true, ordering: .relaxed)
    }
    let result = submit({ _ in }, after: [operand!])
    operand = nil
    XCTAssertFalse(isReleased.load(ordering: .relaxed))
    gate.signal()
    try result.wait()
    stream.finishAll()
    while !isReleased.load(ordering: .relaxed) { usleep(100) }
  }

  func testReadersOnManyThreads() throws {
    let gate = DispatchSemaphore(value: 0)
    let first = blocked(gate)
    let results = (0..<8).map { i in submit { $0.storeBytes(of: Int32(i), as: Int32.self) } }
    let right = Atomic(0)
    let all = DispatchGroup()
    let read = Unchecked {
      for (i, result) in results.enumerated().reversed() {
        try? result.wait()
        if result.pointer.load(as: Int32.self) == Int32(i) { right.add(1, ordering: .relaxed) }
      }
      all.leave()
    }
    for _ in 0..<6 {
      all.enter()
      Thread { read.body() }.start()
    }
    gate.signal()
    all.wait()
    XCTAssertEqual(right.load(ordering: .relaxed), 48)
    try first.wait()
  }

  // MARK: Arrays

  /// More than the threshold of the stream, on any machine.
  private func longSum(_ x: Value) throws -> Value {
    var x = try Lax.broadcastInDim(x, shape: [1 << 22], broadcastDimensions: [0])
    x = try Lax.sin(x)
    return try Lax.reduceSum(x, axes: [0])
  }

  func testWorkOnPendingArraysIsQueued() throws {
    let gate = DispatchSemaphore(value: 0)
    let one = try array([1])
    _ = blocked(gate)
    let sum = try longSum(one)
    let twice = try Lax.add(sum, sum)
    let jitted = try jit(unary("half") { try Lax.mul($0, Lax.scalar(0.5, .float32)) }).value(twice)
    for value in [sum, twice, jitted] { XCTAssertTrue(value.asArray!.isPending) }
    let synchronous = DispatchSemaphore(value: 0)
    let client = Unchecked {
      let value = try? Config.with({ $0.asyncDispatch = false }) { try Lax.neg(one) }
      XCTAssertEqual(value?.asArray?.isPending, false)
      synchronous.signal()
    }
    Thread { client.body() }.start()
    synchronous.wait()
    gate.signal()
    XCTAssertEqual(try floats(jitted), try floats(sum))
    let expected = try Config.with({ $0.asyncDispatch = false }) { try longSum(one) }
    XCTAssertEqual(try floats(sum), try floats(expected))
  }

  func testCallsOfTheHostRunAtOnce() throws {
    let gate = DispatchSemaphore(value: 0)
    let one = try array([1])
    let thread = pthread_self()
    var calls = 0
    let callback = HostCallback(name: "host") { inputs in
      XCTAssertEqual(pthread_self(), thread)
      calls += 1
      return inputs
    }
    let function = jit(
      unary("f") { x in
        try hostCall(Primitives.pureCallback, callback, [x.aval], [Lax.add(x, x)])[0]
      })
    _ = blocked(gate)
    let result = try function.value(one)
    XCTAssertFalse(result.asArray!.isPending)
    XCTAssertEqual(calls, 1)
    gate.signal()
    let pending = try Lax.reshape(longSum(one), [1])
    XCTAssertEqual(try floats(function.value(pending)), try floats(Lax.add(pending, pending)))
  }

  func testChecksOfResultsFailInTheCall() throws {
    let zero = try array([0])
    try Config.with({ $0.debugNaNs = true }) {
      let big = try Lax.broadcastInDim(zero, shape: [1 << 22], broadcastDimensions: [0])
      XCTAssertThrowsError(try Lax.div(big, big)) { XCTAssertEqual(($0 as? SJError)?.code, .check) }
    }
  }
}

/// A program whose run is a closure.
private final class Body: Executable {
  private let body: (UnsafeMutableRawPointer) throws -> Void

  init(_ body: @escaping (UnsafeMutableRawPointer) throws -> Void) {
    self.body = body
    super.init(expectedTime: 0, callsHost: false, overwrittenInputs: [nil])
  }

  override func run(inputs: UnsafePointer<UnsafeRawPointer>, outputs: UnsafePointer<UnsafeMutableRawPointer>) throws {
    try body(outputs[0])
  }
}

/// What a test does on another thread.
private struct Unchecked: @unchecked Sendable {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}
