/// What is worth several threads. Dividing work changes no bit.
public enum Parallelism {
  /// Elementary operations, or nanoseconds of interpretation, below which work stays on one thread: about 50 µs of machine
  /// code. Tests lower it, so that small work is divided too.
  nonisolated(unsafe) public static var threshold = 200_000
}
