import Glibc
import Synchronization

/// Where warnings and `debug.print` go: a settable sink, standard error unless set.
public enum Log {
  public enum Level: Int32, Sendable { case debug, info, warning }
  public typealias Sink = @Sendable (Level, String) -> Void

  private static let sink = Mutex<Sink?>(nil)

  public static func setSink(_ newSink: Sink?) { sink.withLock { $0 = newSink } }

  /// Runs `body` and, where `log_compiles` is set, logs how long that took.
  public static func timed<R>(_ what: @autoclosure () -> String, _ body: () throws -> R) rethrows -> R {
    guard Config.current.logCompiles else { return try body() }
    let start = nanoseconds()
    let result = try body()
    finished(what(), since: start)
    return result
  }

  /// Logs that something has been done which began at `start`.
  public static func finished(_ what: String, since start: Int) { write(.info, text(ofFinished: what, since: start)) }

  public static func text(ofFinished what: String, since start: Int) -> String {
    let micros = (nanoseconds() - start) / 1000
    let fraction = String(micros % 1000)
    let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
    return "Finished \(what) in \(micros / 1000).\(zeros)\(fraction) ms"
  }

  /// The time of a clock that only goes forward.
  public static func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  public static func write(_ level: Level, _ message: String) {
    if let sink = sink.withLock({ $0 }) { return sink(level, message) }
    fputs(message + "\n", stderr)
  }
}
