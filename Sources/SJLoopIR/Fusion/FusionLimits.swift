import CSJSupport
import SJTypes

/// Which kernels are worth being one. Fusion changes no bit.
public enum FusionLimits {
  /// Elements of a row over which a loop vectorises well: kernels that have the outer loops in common alone join if their rows are
  /// as long.
  static var longRow: Int {
    let own = sj_thread().pointee.long_row
    return own == 0 ? 64 : Int(own)
  }

  /// Runs `body` with another limit on this thread: tests have kernels with short rows joined too.
  public static func with<R>(longRow: Int, _ body: () throws -> R) rethrows -> R {
    try withThreadState(\.long_row, Int64(longRow), body)
  }
}
