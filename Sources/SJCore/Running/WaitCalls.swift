import Synchronization

/// What the host does around a wait on one of its threads. A host with a lock of its own, such as Python's, gives it up meanwhile,
/// so that others get on, among them the threads that are waited for.
public struct WaitCalls: Sendable {
  /// What it gives goes to `end`.
  public typealias Begin = @convention(c) () -> UnsafeMutableRawPointer?
  public typealias End = @convention(c) (UnsafeMutableRawPointer?) -> Void

  private let begin: Begin
  private let end: End

  public init(begin: @escaping Begin, end: @escaping End) {
    self.begin = begin
    self.end = end
  }

  private static let current = Mutex<WaitCalls?>(nil)

  public static func set(_ calls: WaitCalls?) { current.withLock { $0 = calls } }

  static func around(_ wait: () -> Void) {
    guard let calls = current.withLock({ $0 }) else { return wait() }
    let token = calls.begin()
    wait()
    calls.end(token)
  }
}
