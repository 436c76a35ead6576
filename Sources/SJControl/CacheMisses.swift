import SJCore
import SJTransforms
import SJTypes
import Synchronization

/// Why a jitted function was traced: `jax_explain_cache_misses`.
enum CacheMiss {
  /// Writes the reason to the log.
  /// - Parameter known: the keys of the traces that there were.
  static func explain(_ name: String, _ key: TraceCache.Key, known: [TraceCache.Key], _ staged: Staged) {
    Log.write(.warning, "TRACING CACHE MISS of \(name): \(reason(name, key, known, staged))")
  }

  private static func reason(
    _ name: String, _ key: TraceCache.Key, _ known: [TraceCache.Key], _ staged: Staged
  ) -> String {
    if !staged.isPure { return "it closes over values of an enclosing trace, so that its own is not kept" }
    return known.isEmpty ? firstCall(name, staged.closed) : nearestDifferences(key, known)
  }

  // MARK: Functions that were never called

  /// Of functions that were traced, name and jaxpr.
  private static let traced = Mutex<Set<Int>>([])
  /// Functions remembered; beyond it the memory starts anew.
  private static let limit = 4096

  private static func firstCall(_ name: String, _ jaxpr: ClosedJaxpr) -> String {
    let identity = "\(name) \(jaxpr)".hashValue
    let isNew = traced.withLock { traced in
      if traced.count >= limit { traced.removeAll() }
      return traced.insert(identity).inserted
    }
    return isNew
      ? "this function was not called before"
      : "this function was not called before, but another one of the same name and content was. Is it made anew for each "
        + "call? Traces belong to a function: make it once, and keep what jit returns"
  }

  // MARK: Others

  private static func nearestDifferences(_ key: TraceCache.Key, _ known: [TraceCache.Key]) -> String {
    // Types of leaves can be compared where the trees are the same only, so that these are nearest.
    let nearest = known.min { distance(key, $0) < distance(key, $1) }.map { differences(key, $0) } ?? []
    let count = known.count == 1 ? "the call before" : "the nearest of \(known.count) kinds of calls before"
    let list = nearest.map { "\n  \($0)" }.joined()
    if nearest.isEmpty { return "another thread has traced it at the same time" }
    return "it differs from \(count):\(list)"
  }

  private static func distance(_ new: TraceCache.Key, _ old: TraceCache.Key) -> (Int, Int, String) {
    let differences = differences(new, old)
    // The text decides between equals, lest the order of a hash table does.
    return (new.tree == old.tree ? 0 : 1, differences.count, differences.joined())
  }

  private static func differences(_ new: TraceCache.Key, _ old: TraceCache.Key) -> [String] {
    var result = new.config.differences(from: old.config).map { "configuration: \($0)" }
    if new.axes != old.axes {
      result.append("named axes: now \(text(new.axes)), before \(text(old.axes))")
    }
    if let (path, now, before) = new.tree.firstDifference(from: old.tree, path: "args") {
      result.append(
        now == before ? "\(path): \(now) that is not equal to the one before" : "\(path): now \(now), before \(before)")
    } else {
      result += zip(new.tree.leafPaths, zip(new.avals, old.avals)).filter { $1.0 != $1.1 }.map { path, avals in
        "args\(path): now \(text(avals.0, avals.1)), before \(text(avals.1, avals.0))"
      }
    }
    return result
  }

  private static func text(_ axes: [NamedAxis]) -> String {
    axes.isEmpty ? "none" : axes.map { "\($0.name) of size \($0.size)" }.joined(separator: ", ")
  }

  /// A type, with its weakness where that is what differs.
  private static func text(_ aval: AbstractValue, _ other: AbstractValue) -> String {
    if aval.weakType == other.weakType { return "\(aval)" }
    return "\(aval)" + (aval.weakType ? " of weak type, as Python's numbers and literals are" : " of a type that is not weak")
  }
}
