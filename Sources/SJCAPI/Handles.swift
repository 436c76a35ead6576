import Synchronization

// A handle is the address of a Swift object itself: borrowing one costs a tag check, handing one out a retain.

/// Counts of handles that C holds.
let liveHandles = Atomic<Int>(0)

// MARK: Coming in

/// The object behind a handle.
/// - Throws: `invalidArgument` naming the parameter, for NULL and for handles of another kind.
@inline(__always)
func handle<T: Handle>(_ pointer: OpaquePointer?, _ type: T.Type, _ function: StaticString, _ name: StaticString) throws -> T {
  guard let pointer else { throw missing(function, name) }
  let object = Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  guard object.kind == T.handleKind else { throw wrongKind(object, T.handleKind, function, name) }
  return unsafeDowncast(object, to: T.self)
}

/// The check alone, without counting a reference.
@inline(__always)
func checkHandle<T: Handle>(
  _ pointer: OpaquePointer?, _ type: T.Type, _ function: StaticString, _ name: StaticString
) throws {
  guard let pointer else { throw missing(function, name) }
  try Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer))._withUnsafeGuaranteedRef {
    if $0.kind != T.handleKind { throw wrongKind($0, T.handleKind, function, name) }
  }
}

@inline(__always)
func handleOrNil<T: Handle>(
  _ pointer: OpaquePointer?, _ type: T.Type, _ function: StaticString, _ name: StaticString
) throws -> T? {
  try pointer == nil ? nil : handle(pointer, type, function, name)
}

func handles<T: Handle>(
  _ pointers: UnsafePointer<OpaquePointer?>?, _ count: Int64, _ type: T.Type, _ function: StaticString, _ name: StaticString
) throws -> [T] {
  try elements(pointers, count, function, name).map { try handle($0, type, function, name) }
}

/// `count` elements of C memory.
/// - Throws: `invalidArgument` for a negative count, and for NULL unless the count is 0.
func elements<T>(
  _ pointer: UnsafePointer<T>?, _ count: Int64, _ function: StaticString, _ name: StaticString
) throws -> UnsafeBufferPointer<T> {
  guard count >= 0, count <= Int64(Int32.max) else {
    throw SJError(.invalidArgument, "\(function): \(name) cannot have \(count) elements")
  }
  guard count == 0 || pointer != nil else { throw missing(function, name) }
  return UnsafeBufferPointer(start: pointer, count: Int(count))
}

/// The place for a result.
@inline(__always)
func required<T>(
  _ pointer: UnsafeMutablePointer<T>?, _ function: StaticString, _ name: StaticString
) throws -> UnsafeMutablePointer<T> {
  guard let pointer else { throw missing(function, name) }
  return pointer
}

func missing(_ function: StaticString, _ name: StaticString) -> SJError {
  SJError(.invalidArgument, "\(function): \(name) is NULL")
}

private func wrongKind(_ object: Handle, _ wanted: HandleKind, _ function: StaticString, _ name: StaticString) -> SJError {
  SJError(.invalidArgument, "\(function): \(name) is a handle of kind \(object.kind), where \(wanted) is wanted")
}

extension Handle {
  /// The kind of handle that a class has.
  @inline(__always) static var handleKind: HandleKind {
    if self == Value.self { return .array }
    if self == List.self { return .list }
    if self == Tree.self { return .tree }
    if self == Function.self { return .function }
    if self == Status.self { return .status }
    return self == Scope.self ? .scope : .string
  }
}

// MARK: Going out

/// Where C wants a handle stored.
public typealias HandlePlace = UnsafeMutablePointer<OpaquePointer?>

/// Hands an object to C: one count, which the innermost scope owns where there is one.
@inline(__always)
func give(_ object: consuming some Handle) -> OpaquePointer {
  if let scope = Scope.collecting { return scope.adopt(object) }
  return giveUnscoped(object)
}

/// Runs the body of an exported function that makes one handle.
@inline(__always)
func giving(
  _ function: StaticString, _ out: HandlePlace?, named name: StaticString = "out",
  _ make: (StaticString) throws -> some Handle
) -> OpaquePointer? {
  out?.pointee = nil
  return guarded {
    let out = try required(out, function, name)
    out.pointee = give(try make(function))
  }
}

/// Hands out a count that no scope owns.
@inline(__always)
func giveUnscoped(_ object: Handle) -> OpaquePointer {
  liveHandles.add(1, ordering: .relaxed)
  return OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// Hands out leaves and, if asked for, their tree.
func give(
  _ value: PyTree?, _ list: HandlePlace?, _ tree: HandlePlace?
) {
  guard let value else { return }
  list?.pointee = give(List(value.leaves))
  if tree != nil { tree?.pointee = give(value.tree) }
}

/// Takes one count back.
@inline(__always)
func takeBack(_ pointer: UnsafeRawPointer) {
  liveHandles.subtract(1, ordering: .relaxed)
  Unmanaged<AnyObject>.fromOpaque(pointer).release()
}

@_cdecl("sj_retain") @implementation
public func sj_retain(_ handle: UnsafeRawPointer?) {
  guard let handle else { return }
  liveHandles.add(1, ordering: .relaxed)
  _ = Unmanaged<AnyObject>.fromOpaque(handle).retain()
  Scope.collecting?.record(handle)
}

@_cdecl("sj_release") @implementation
public func sj_release(_ handle: UnsafeRawPointer?) {
  guard let handle else { return }
  Scope.current?.forget(handle)
  takeBack(handle)
}

@_cdecl("sj_handle_kind") @implementation
public func sj_handle_kind(_ handle: UnsafeRawPointer?) -> sj_kind {
  guard let handle else { return sj_kind(SJ_KIND_NONE) }
  switch Unmanaged<Handle>.fromOpaque(handle).takeUnretainedValue().kind {
  case .array: return sj_kind(SJ_KIND_ARRAY)
  case .list: return sj_kind(SJ_KIND_LIST)
  case .tree: return sj_kind(SJ_KIND_TREE)
  case .function: return sj_kind(SJ_KIND_FUNCTION)
  case .status: return sj_kind(SJ_KIND_STATUS)
  case .scope: return sj_kind(SJ_KIND_SCOPE)
  default: return sj_kind(SJ_KIND_STRING)
  }
}

@_cdecl("sj_live_handles") @implementation
public func sj_live_handles() -> Int64 { Int64(liveHandles.load(ordering: .relaxed)) }
