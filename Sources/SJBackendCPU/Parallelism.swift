import CSJSupport
import SJTypes

/// What is worth several threads. Dividing work changes no bit.
public enum Parallelism {
  /// Elementary operations, or nanoseconds of interpretation, below which what the calling thread prepares and runs stays on
  /// one thread: about 50 µs of machine code.
  @inline(__always) public static var threshold: Int {
    let own = sj_thread().pointee.parallel_threshold
    return own == 0 ? 200_000 : Int(own)
  }

  /// Runs `body` with another threshold on this thread: tests have small work divided too.
  public static func with<R>(threshold: Int, _ body: () throws -> R) rethrows -> R {
    try withThreadState(\.parallel_threshold, Int64(threshold), body)
  }
}
