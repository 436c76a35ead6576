import Glibc
import Synchronization

/// Where warnings and `debug.print` go: a settable sink, standard error unless set.
public enum Log {
  public enum Level: Int32, Sendable { case debug, info, warning }
  public typealias Sink = @Sendable (Level, String) -> Void

  private static let sink = Mutex<Sink?>(nil)

  public static func setSink(_ newSink: Sink?) { sink.withLock { $0 = newSink } }

  public static func write(_ level: Level, _ message: String) {
    if let sink = sink.withLock({ $0 }) { return sink(level, message) }
    fputs(message + "\n", stderr)
  }
}
