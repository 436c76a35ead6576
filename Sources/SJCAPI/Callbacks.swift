/// A function whose body is a C callback.
struct HostFunctionBody {
  let name: String
  let call: sj_function_call
  let context: HostContext
  let isScoped: Bool

  /// Nested callbacks beyond this are taken for endless recursion, before they exhaust the stack.
  private static let depthLimit = 256

  func callAsFunction(_ arguments: PyTree) throws -> PyTree {
    let thread = sj_thread()
    guard thread.pointee.depth < HostFunctionBody.depthLimit else {
      throw SJError(.invalidArgument, "\(name): callbacks are nested more than \(HostFunctionBody.depthLimit) deep")
    }
    thread.pointee.depth += 1
    let scope = Scope.open(collects: isScoped, isCallback: true)
    defer {
      scope.closeInner()
      restoreConfig(scope)
      scope.close()
      thread.pointee.depth -= 1
    }
    return try run(List(arguments.leaves), arguments.tree)
  }

  private func run(_ list: List, _ tree: Tree) throws -> PyTree {
    var results: OpaquePointer?
    var resultTree: OpaquePointer?
    let failure = withExtendedLifetime((list, tree)) {
      call(context.pointer, address(list), address(tree), &results, &resultTree)
    }
    defer { if !isScoped { release(results); release(resultTree) } }
    if let failure { throw taken(failure) }
    guard let list = try handleOrNil(results, List.self, "callback", "*results") else {
      throw SJError(.invalidArgument, "\(name): the callback returned neither results nor a status")
    }
    let given = try handleOrNil(resultTree, Tree.self, "callback", "*result_tree")
    do { return try valueTree(list, given) } catch let error as SJError {
      throw SJError(error.code, "\(name): the callback's results do not fit: \(error.message)")
    }
  }

  private func address(_ object: Handle) -> OpaquePointer { OpaquePointer(Unmanaged.passUnretained(object).toOpaque()) }

  private func release(_ handle: OpaquePointer?) { if let handle { takeBack(UnsafeRawPointer(handle)) } }

  /// Takes over a status that the callback returned.
  private func taken(_ pointer: OpaquePointer) -> SJError {
    defer { takeBack(UnsafeRawPointer(pointer)) }
    do { return try handle(pointer, Status.self, "callback", "the returned status").error } catch {
      return error as? SJError ?? SJError(.internalFault, "\(error)")
    }
  }

  /// Pops what the callback pushed and left.
  private func restoreConfig(_ scope: Scope) {
    while sj_thread().pointee.config != scope.config {
      guard (try? Config.popOverride()) != nil else { return }
    }
  }
}

@_cdecl("sj_function_create") @implementation
public func sj_function_create(
  _ name: sj_string_view, _ call: sj_function_call?, _ context: UnsafeMutableRawPointer?, _ destroy: sj_destroy?,
  _ flags: Int32, _ out: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
  let function: StaticString = "sj_function_create"
  out?.pointee = nil
  let context = HostContext(context, destroy)
  return guarded {
    let out = try required(out, function, "out")
    guard let call else { throw missing(function, "call") }
    guard flags == SJ_FUNCTION_DEFAULT || flags == SJ_FUNCTION_UNSCOPED else {
      throw SJError(.invalidArgument, "sj_function_create: \(flags) is no sum of sj_function_flags")
    }
    let body = HostFunctionBody(
      name: try text(name, function, "name"), call: call, context: context, isScoped: flags == SJ_FUNCTION_DEFAULT)
    out.pointee = give(Function(body.name, body.callAsFunction))
  }
}

/// Calls a function from C.
func call(_ function: Function, _ list: List, _ tree: Tree?) throws -> (List, Tree) {
  let result = try function.body(argumentTree(list, tree))
  return (List(result.leaves), result.tree)
}

/// Calls a jitted function the short way, where that can be.
private func called(
  _ function: Function, _ operands: UnsafeBufferPointer<OpaquePointer?>, _ places: UnsafeBufferPointer<OpaquePointer?>,
  _ results: UnsafeMutablePointer<OpaquePointer?>?
) throws -> Bool {
  // Handles are the addresses of their objects (Handles.swift), and no longer NULL here.
  let arguments = UnsafeRawBufferPointer(operands).bindMemory(to: Unmanaged<Value>.self)
  let values = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: results, count: places.count))
    .bindMemory(to: Unmanaged<Value>?.self)
  guard try function.flatBody!(arguments, values) else { return false }
  for i in places.indices { results![i] = give(values[i]!.takeRetainedValue()) }
  return true
}

@_cdecl("sj_call_flat") @implementation
public func sj_call_flat(
  _ fn: OpaquePointer?, _ arguments: UnsafePointer<OpaquePointer?>?, _ argument_count: Int64,
  _ results: UnsafeMutablePointer<OpaquePointer?>?, _ result_count: Int64
) -> OpaquePointer? {
  let function: StaticString = "sj_call_flat"
  return guarded {
    let places = try elements(UnsafePointer(results), result_count, function, "results")
    for i in places.indices { results![i] = nil }
    let callee = try handle(fn, Function.self, function, "fn")
    let operands = try elements(arguments, argument_count, function, "arguments")
    for operand in operands { try checkHandle(operand, Value.self, function, "arguments") }
    if callee.flatBody != nil, try called(callee, operands, places, results) { return }
    let values = try handles(arguments, argument_count, Value.self, function, "arguments")
    let given = try callee.body(.arguments(values)).leaves
    guard given.count == places.count else {
      throw SJError(.tree, "sj_call_flat: \(callee.name) has \(given.count) results, not \(result_count)")
    }
    for (i, value) in given.enumerated() { results![i] = give(value) }
  }
}
