/// A failure as C sees it.
final class Status: Handle {
  let code: Int32
  let message: StringBox
  let exception: StringBox
  let payload: HostContext?

  init(_ code: SJError.Code, _ message: String, raises exception: SJError.Exception? = nil, payload: HostContext? = nil) {
    self.code = code.rawValue
    self.message = StringBox(message)
    self.exception = StringBox((exception ?? code.exception).rawValue)
    self.payload = payload
    super.init(kind: .status)
  }

  /// The failure in the engine's form: the status travels as the payload and comes back unchanged.
  var error: SJError {
    SJError(
      SJError.Code(rawValue: code) ?? .callback, message.string,
      raises: SJError.Exception(rawValue: exception.string), payload: self)
  }
}

/// Memory of the host with the function that frees it, called once.
final class HostContext {
  let pointer: UnsafeMutableRawPointer?
  private let destroy: sj_destroy?

  init(_ pointer: UnsafeMutableRawPointer?, _ destroy: sj_destroy?) {
    self.pointer = pointer
    self.destroy = destroy
  }

  deinit { destroy?(pointer) }
}

/// Runs the body of an exported function.
@inline(__always)
func guarded(_ body: () throws -> Void) -> OpaquePointer? {
  do {
    try body()
    return nil
  } catch { return status(of: error) }
}

/// The status of an error: that of the callback which caused it, or a new one.
@inline(never)
private func status(of error: any Error) -> OpaquePointer? {
  guard let error = error as? SJError else {
    return giveUnscoped(Status(.internalFault, "\(error)"))
  }
  return giveUnscoped(error.payload as? Status ?? Status(error.code, error.message, raises: error.exception))
}

private func status(_ pointer: OpaquePointer?) -> Status? {
  try? handleOrNil(pointer, Status.self, "", "")
}

@_cdecl("sj_status_create") @implementation
public func sj_status_create(
  _ code: sj_error, _ message: sj_string_view, _ payload: UnsafeMutableRawPointer?, _ destroy: sj_destroy?
) -> OpaquePointer? {
  // Success is no failure to report: a code that is none becomes that of a callback.
  let known = SJError.Code(rawValue: code) ?? .callback
  return giveUnscoped(Status(known, message.string ?? "", payload: HostContext(payload, destroy)))
}

@_cdecl("sj_status_code") @implementation
public func sj_status_code(_ pointer: OpaquePointer?) -> sj_error {
  if pointer == nil { return sj_error(SJ_OK) }
  return status(pointer)?.code ?? sj_error(SJ_ERR_INVALID_ARGUMENT)
}

@_cdecl("sj_status_message") @implementation
public func sj_status_message(_ pointer: OpaquePointer?) -> sj_string_view {
  status(pointer)?.message.view ?? .empty
}

@_cdecl("sj_status_payload") @implementation
public func sj_status_payload(_ pointer: OpaquePointer?) -> UnsafeMutableRawPointer? {
  status(pointer)?.payload?.pointer
}

@_cdecl("sj_status_exception") @implementation
public func sj_status_exception(_ pointer: OpaquePointer?) -> sj_string_view {
  status(pointer)?.exception.view ?? .empty
}
