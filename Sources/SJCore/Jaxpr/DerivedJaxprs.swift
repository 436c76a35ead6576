import Synchronization

/// A small memo table on a jaxpr: transformation name and options to result.
///
/// Without it, each call of a jitted function under grad would linearise its
/// jaxpr anew and miss every cache keyed by jaxpr identity.
public final class DerivedJaxprs: @unchecked Sendable {
  private let entries = Mutex<[Key: Entry]>([:])

  private struct Key: Hashable {
    let transformation: String
    let options: [Int]
  }
  private struct Entry: @unchecked Sendable { let value: AnyObject }

  public init() {}

  /// The stored result, or the one that `make` gives. `make` may run twice when threads race; all get the first one, which
  /// lives as long as this.
  public func result<T: AnyObject>(_ transformation: String, _ options: [Int], make: () throws -> T) rethrows -> T {
    let key = Key(transformation: transformation, options: options)
    if let known = entries.withLock({ $0[key] }) { return unsafeDowncast(known.value, to: T.self) }
    let entry = Entry(value: try make())
    let kept = entries.withLock { entries in
      let kept = entries[key] ?? entry
      entries[key] = kept
      return kept
    }
    return unsafeDowncast(kept.value, to: T.self)
  }
}
