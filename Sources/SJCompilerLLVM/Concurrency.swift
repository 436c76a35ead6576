import Glibc

/// Calls `body` with 0 ..< count, each on a thread of its own but for the first, which has the caller's, and gives the results
/// in order. What no thread can be had for is done by the caller too.
func concurrently<R>(_ count: Int, _ body: (Int) -> R) -> [R] {
  withoutActuallyEscaping(body) { body in
    let jobs = (0..<count).map { i in Job { body(i) } }
    let threads = jobs.dropFirst().map(start)
    jobs.first?.run()
    for (job, thread) in zip(jobs.dropFirst(), threads) {
      if let thread { pthread_join(thread, nil) } else { job.run() }
    }
    return jobs.map { $0.result! }
  }
}

private class Work {
  func run() {}
}

private final class Job<R>: Work {
  private let body: () -> R
  private(set) var result: R?

  init(_ body: @escaping () -> R) { self.body = body }

  override func run() { result = body() }
}

/// A thread that does a piece of work, which outlives it; nil where there are no more threads.
private func start(_ work: Work) -> pthread_t? {
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { work in
      Unmanaged<Work>.fromOpaque(work!).takeUnretainedValue().run()
      return nil
    }, Unmanaged.passUnretained(work).toOpaque())
  return status == 0 ? thread : nil
}
