import CSJSupport

/// Runs `body` with another value of something that this thread has for itself.
public func withThreadState<V, R>(
  _ field: WritableKeyPath<sj_thread_state, V>, _ value: V, _ body: () throws -> R
) rethrows -> R {
  let state = sj_thread()
  let before = state.pointee[keyPath: field]
  state.pointee[keyPath: field] = value
  defer { state.pointee[keyPath: field] = before }
  return try body()
}
