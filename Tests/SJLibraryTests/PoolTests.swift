import CSJLibrary
import XCTest

/// Tasks' shared counters, one per index.
private final class Counters: @unchecked Sendable {
  let values: UnsafeMutablePointer<Int64>
  let count: Int
  init(_ count: Int) {
    self.count = count
    values = .allocate(capacity: count)
    values.initialize(repeating: 0, count: count)
  }
  deinit { values.deallocate() }

  /// Runs one task per counter; each adds one.
  func run() {
    sj_pool_run(Int64(count), { $0!.assumingMemoryBound(to: Int64.self)[Int($1)] += 1 }, values)
  }
  func assertAll(_ expected: Int64, line: UInt = #line) {
    XCTAssert(
      UnsafeBufferPointer(start: values, count: count).allSatisfy { $0 == expected }, line: line)
  }
}

final class PoolTests: XCTestCase {
  override func tearDown() { sj_pool_set_threads(0) }

  func testEveryTaskRunsOnce() {
    for threads: Int32 in [1, 2, 5, 3, 8, 1] {
      sj_pool_set_threads(threads)
      XCTAssertEqual(sj_pool_threads(), threads)
      let counters = Counters(1000)
      for _ in 0..<200 { counters.run() }
      counters.assertAll(200)
      let few = Counters(2)
      for _ in 0..<2000 { few.run() }
      few.assertAll(2000)
    }
    sj_pool_run(0, { _, _ in XCTFail("there was nothing to run") }, nil)
  }

  func testDefaultIsAtLeastOne() {
    sj_pool_set_threads(0)
    XCTAssertGreaterThan(sj_pool_threads(), 0)
  }

  func testTasksRunOnSeveralThreads() {
    sj_pool_set_threads(4)
    let threads = UnsafeMutablePointer<UInt>.allocate(capacity: 4)
    defer { threads.deallocate() }
    // Tasks long enough that each of the threads gets some.
    sj_pool_run(
      4,
      {
        usleep(20_000)
        $0!.assumingMemoryBound(to: UInt.self)[Int($1)] = UInt(pthread_self())
      }, threads)
    XCTAssertGreaterThan(Set(UnsafeBufferPointer(start: threads, count: 4)).count, 1)
  }

  func testNestedRunsAreSerial() {
    sj_pool_set_threads(4)
    let outer = Counters(64)
    for _ in 0..<50 {
      sj_pool_run(
        64,
        { values, i in
          let inner = Counters(10)
          inner.run()
          inner.assertAll(1)
          values!.assumingMemoryBound(to: Int64.self)[Int(i)] += 1
        }, outer.values)
    }
    outer.assertAll(50)
  }

  func testSeveralCallers() {
    sj_pool_set_threads(3)
    inThreads(4) { _ in
      let counters = Counters(100)
      for _ in 0..<500 { counters.run() }
      counters.assertAll(500)
    }
  }

  /// Sizes change while others run jobs.
  func testResizeUnderLoad() {
    inThreads(3) { number in
      let counters = Counters(50)
      for i in 0..<300 {
        if number == 0 { sj_pool_set_threads(Int32(1 + i % 6)) }
        counters.run()
      }
      counters.assertAll(300)
    }
  }

  /// A forked child has no workers, and makes its own.
  func testFork() {
    sj_pool_set_threads(3)
    Counters(100).run()
    typealias Fork = @convention(c) () -> pid_t
    let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
    let child = fork()
    if child == 0 {
      let counters = Counters(100)
      for _ in 0..<20 { counters.run() }
      let memory = sj_memory_allocate(100_000)
      let good = memory != nil && (0..<100).allSatisfy { counters.values[$0] == 20 }
      _exit(good ? 7 : 1)
    }
    var status: Int32 = 0
    XCTAssertEqual(waitpid(child, &status, 0), child)
    XCTAssertEqual(status, 7 << 8)
  }
}

/// Runs `body` on `count` threads and waits for them.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let threads = (0..<count).map { number in
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      body(number)
      done.signal()
    }
    return done
  }
  for done in threads { done.wait() }
}
