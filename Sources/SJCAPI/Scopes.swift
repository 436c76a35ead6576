/// Owns the handles that are made while it is open, on one thread.
///
/// Each count that C gets in a scope is one entry of `owned`, and `sj_release` removes an entry, so that at any
/// time each count has exactly one owner. For entries to be told apart, a scope never hands out an object
/// that somebody else holds too: it hands out an alias instead.
final class Scope: Handle {
  /// What surrounds the scope on its thread; kept alive by it.
  private let outer: Scope?
  /// Whether the scope owns handles; one of an unscoped callback only keeps outer scopes from owning them.
  private let collects: Bool
  private var owned: [UnsafeRawPointer] = []
  private(set) var isOpen = true
  /// The configuration at its begin, below which callbacks may not pop.
  let config: UnsafeMutableRawPointer?
  /// Whether the engine opened it, around a callback.
  private let isCallback: Bool

  private init(collects: Bool, isCallback: Bool) {
    outer = Scope.current
    self.collects = collects
    self.isCallback = isCallback
    config = sj_thread().pointee.config
    super.init(kind: .scope)
  }

  /// The innermost open scope of this thread.
  @inline(__always) static var current: Scope? {
    guard let pointer = sj_thread().pointee.scope else { return nil }
    return Unmanaged<Scope>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// The scope that new handles belong to.
  @inline(__always) static var collecting: Scope? {
    guard let scope = current, scope.collects else { return nil }
    return scope
  }

  /// The innermost callback on this thread.
  static var callback: Scope? {
    var scope = current
    while let here = scope, !here.isCallback { scope = here.outer }
    return scope
  }

  static func open(collects: Bool = true, isCallback: Bool = false) -> Scope {
    let scope = Scope(collects: collects, isCallback: isCallback)
    sj_thread().pointee.scope = Unmanaged.passRetained(scope).toOpaque()
    return scope
  }

  /// Closes this innermost scope and releases what it owns.
  func close() {
    sj_thread().pointee.scope = outer.map { Unmanaged.passUnretained($0).toOpaque() }
    isOpen = false
    let handles = owned
    owned = []
    // Destructors of what is released may call back into the library: the scope is closed before they run.
    for handle in handles.reversed() { takeBack(handle) }
    Unmanaged.passUnretained(self).release()
  }

  /// Closes scopes that were opened after this one and left open.
  func closeInner() {
    while let inner = Scope.current, inner !== self { inner.close() }
  }

  /// Hands out an object of which nobody else has a handle.
  func adopt(_ object: consuming some Handle) -> OpaquePointer {
    var object = object
    let pointer = isKnownUniquelyReferenced(&object) ? giveUnscoped(object) : giveUnscoped(object.alias)
    record(UnsafeRawPointer(pointer))
    return pointer
  }

  func record(_ handle: UnsafeRawPointer) { owned.append(handle) }

  /// Removes the latest entry of a handle, here or in the nearest outer scope that has one.
  @discardableResult
  func forget(_ handle: UnsafeRawPointer) -> Bool {
    var scope: Scope? = self
    while let here = scope {
      if here.remove(handle) { return true }
      scope = here.outer
    }
    return false
  }

  /// Passes the count of a handle to the enclosing scope, or to the caller where that owns none.
  func keep(_ handle: UnsafeRawPointer) {
    guard remove(handle), let outer, outer.collects else { return }
    outer.record(handle)
  }

  private func remove(_ handle: UnsafeRawPointer) -> Bool {
    guard let place = owned.lastIndex(of: handle) else { return false }
    owned.remove(at: place)
    return true
  }
}

extension Handle {
  /// Another object with the same meaning, for scopes.
  fileprivate var alias: Handle {
    switch self {
    case let array as ConcreteArray: (try? array.view(as: array.aval)) ?? array
    case let tracer as Tracer:
      Tracer(trace: tracer.trace, aval: tracer.aval, first: tracer.first, second: tracer.second, number: tracer.number)
    case let tree as Tree: Tree(tree.node, tree.children)
    case let list as List: List(list.values)
    case let function as Function: Function(function.name, flatBody: function.flatBody, function.body)
    default: self
    }
  }
}

@_cdecl("sj_scope_begin") @implementation
public func sj_scope_begin(_ out: UnsafeMutablePointer<OpaquePointer?>?) -> OpaquePointer? {
  out?.pointee = nil
  return guarded {
    let out = try required(out, "sj_scope_begin", "out")
    out.pointee = giveUnscoped(Scope.open())
  }
}

@_cdecl("sj_scope_end") @implementation
public func sj_scope_end(
  _ scope: OpaquePointer?, _ keep: UnsafePointer<UnsafeRawPointer?>?, _ keep_count: Int64
) -> OpaquePointer? {
  guarded {
    let function: StaticString = "sj_scope_end"
    let object = try handle(scope, Scope.self, function, "scope")
    let kept = try elements(keep, keep_count, function, "keep")
    guard object.isOpen, Scope.current === object else {
      throw SJError(.invalidArgument, "sj_scope_end: the scope is not the innermost open one of this thread")
    }
    for case let handle? in kept { object.keep(handle) }
    object.close()
    takeBack(UnsafeRawPointer(scope!))
  }
}
