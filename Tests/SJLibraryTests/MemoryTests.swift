import CSJLibrary
import XCTest

final class MemoryTests: XCTestCase {
  override func tearDown() {
    sj_memory_set_limit(0)
    sj_memory_set_cache_limit(1 << 30)
  }

  func testAlignmentAndUse() {
    for size in [0, 1, 63, 64, 65, 500, 4095, 4096, 4097, 70_000, 1 << 20, 3 << 20] as [Int64] {
      let block = sj_memory_allocate(size)
      XCTAssertNotNil(block)
      XCTAssertEqual(Int(bitPattern: block) % 64, 0)
      if let block { memset(block, 0xab, Int(size)) }
      sj_memory_release(block, size)
    }
    sj_memory_release(nil, 100)
  }

  func testBlocksDoNotOverlap() {
    var generator = SplitMix(state: 1)
    var live: [(UnsafeMutablePointer<UInt8>, Int, UInt8)] = []
    for i in 0..<20_000 {
      if live.count > 200 {
        let (block, size, mark) = live.remove(at: Int.random(in: 0..<live.count, using: &generator))
        XCTAssert(block[0] == mark && block[size / 2] == mark && block[size - 1] == mark)
        sj_memory_release(block, Int64(size))
      }
      let size =
        1 << Int.random(in: 0...14, using: &generator) + Int.random(in: 0...63, using: &generator)
      let block = sj_memory_allocate(Int64(size))!.assumingMemoryBound(to: UInt8.self)
      memset(block, Int32(i & 255), size)
      live.append((block, size, UInt8(i & 255)))
    }
    for (block, size, _) in live { sj_memory_release(block, Int64(size)) }
  }

  func testStatistics() {
    let before = sj_memory_get_statistics()
    sj_memory_reset_peak()
    let big = sj_memory_allocate(8 << 20)
    let small = sj_memory_allocate(1000)
    var now = sj_memory_get_statistics()
    XCTAssertEqual(now.in_use - before.in_use, 8 << 20 + 1024)
    sj_memory_release(big, 8 << 20)
    sj_memory_release(small, 1000)
    now = sj_memory_get_statistics()
    XCTAssertEqual(now.in_use, before.in_use)
    XCTAssertGreaterThanOrEqual(now.peak, before.in_use + 8 << 20)
    XCTAssertGreaterThanOrEqual(now.cached, 8 << 20)
    sj_memory_trim()
    XCTAssertLessThanOrEqual(sj_memory_get_statistics().cached, now.cached - 8 << 20)
  }

  func testLargeBlocksAreReused() {
    let first = sj_memory_allocate(4 << 20)
    sj_memory_release(first, 4 << 20)
    let second = sj_memory_allocate(4 << 20)
    XCTAssertEqual(first, second)
    sj_memory_release(second, 4 << 20)
  }

  func testCacheIsBounded() {
    sj_memory_trim()
    let floor = sj_memory_get_statistics().cached
    sj_memory_set_cache_limit(3 << 20)
    let blocks = (0..<8).map { _ in sj_memory_allocate(1 << 20) }
    for block in blocks { sj_memory_release(block, 1 << 20) }
    XCTAssertEqual(sj_memory_get_statistics().cached - floor, 3 << 20)
  }

  func testOutOfMemory() {
    for size in [-1, .max, .max / 2, 1 << 60, 1 << 50] as [Int64] {
      XCTAssertNil(sj_memory_allocate(size))
    }
    sj_memory_trim()
    let all = sj_memory_get_statistics()
    sj_memory_set_limit(all.in_use + all.cached + 10 << 20)
    XCTAssertNil(sj_memory_allocate(64 << 20))
    let block = sj_memory_allocate(8 << 20)
    XCTAssertNotNil(block)
    XCTAssertNil(sj_memory_allocate(8 << 20))
    // Cached blocks make way for others.
    sj_memory_release(block, 8 << 20)
    let other = sj_memory_allocate(5 << 20)
    XCTAssertNotNil(other)
    sj_memory_release(other, 5 << 20)
    sj_memory_set_limit(0)
    XCTAssertGreaterThan(sj_memory_get_statistics().limit, 1 << 28)
  }

  /// Blocks allocated here and released there, in all sizes.
  func testThreads() {
    let before = sj_memory_get_statistics().in_use
    let mailbox = Mailbox()
    inThreads(4) { number in
      var generator = SplitMix(state: UInt64(number))
      for _ in 0..<20_000 {
        let size = Int64(1) << Int64.random(in: 3...13, using: &generator)
        let block = sj_memory_allocate(size)!
        memset(block, Int32(number), Int(min(size, 64)))
        let (other, otherSize) = mailbox.exchange(
          (block, size), at: Int.random(in: 0..<50, using: &generator))
        sj_memory_release(other, otherSize)
      }
    }
    for i in 0..<50 {
      let (block, size) = mailbox.exchange((nil, 0), at: i)
      sj_memory_release(block, size)
    }
    usleep(50_000)  // the threads' last act is to return their caches
    XCTAssertEqual(sj_memory_get_statistics().in_use, before)
  }
}

private final class Mailbox: @unchecked Sendable {
  private let lock = NSLock()
  private var slots = [(UnsafeMutableRawPointer?, Int64)](repeating: (nil, 0), count: 50)
  func exchange(
    _ new: (UnsafeMutableRawPointer?, Int64), at i: Int
  ) -> (UnsafeMutableRawPointer?, Int64) {
    lock.lock()
    defer { lock.unlock() }
    let old = slots[i]
    slots[i] = new
    return old
  }
}
