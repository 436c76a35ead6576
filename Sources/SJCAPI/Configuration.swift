private func flag(_ setting: sj_setting) throws -> WritableKeyPath<Config, Bool> & Sendable {
  switch Int(setting) {
  case SJ_ENABLE_X64: return \.enableX64
  case SJ_THREEFRY_PARTITIONABLE: return \.threefryPartitionable
  case SJ_DISABLE_JIT: return \.disableJit
  case SJ_DEBUG_NANS: return \.debugNaNs
  case SJ_DEBUG_INFS: return \.debugInfs
  case SJ_ENABLE_CHECKS: return \.checks
  case SJ_LOG_COMPILES: return \.logCompiles
  case SJ_EXPLAIN_CACHE_MISSES: return \.explainCacheMisses
  case SJ_CPU_ENABLE_ASYNC_DISPATCH: return \.asyncDispatch
  default: throw SJError(.invalidArgument, "config: there is no setting \(setting)")
  }
}

func setConfig(_ setting: sj_setting, _ value: Int) throws {
  let flag = try flag(setting)
  Config.update { $0[keyPath: flag] = value != 0 }
}

func getConfig(_ setting: sj_setting) throws -> Int { Config.current[keyPath: try flag(setting)] ? 1 : 0 }

func pushConfig(_ setting: sj_setting, _ value: Int) throws {
  let flag = try flag(setting)
  Config.pushOverride { $0[keyPath: flag] = value != 0 }
}

/// Callbacks may only pop what they pushed: what lies below belongs to the engine or to their callers.
func popConfig() throws {
  if let callback = Scope.callback, callback.config == sj_thread().pointee.config {
    throw SJError(.invalidArgument, "sj_config_pop: there is nothing that this callback pushed")
  }
  try Config.popOverride()
}

func preloadCompiler() { SJControl.preloadCompiler() }

func compilerAvailability() -> (Bool, StringBox) {
  let compiler = CompilerAvailability.current()
  return (compiler.isAvailable, StringBox(compiler.description))
}

@_cdecl("sj_set_log") @implementation
public func sj_set_log(_ call: sj_log_call?, _ context: UnsafeMutableRawPointer?, _ destroy: sj_destroy?) {
  let context = HostContext(context, destroy)
  guard let call else { return Log.setSink(nil) }
  Log.setSink(sink(call, context))
}

private func sink(_ call: @escaping sj_log_call, _ context: HostContext) -> Log.Sink {
  let sendable = Unchecked(value: context)
  return { level, message in
    var message = message
    message.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { call(sendable.value.pointer, level.rawValue, $0.baseAddress, Int64($0.count)) }
    }
  }
}

@_cdecl("sj_set_wait_calls") @implementation
public func sj_set_wait_calls(_ begin: sj_wait_begin?, _ end: sj_wait_end?) -> OpaquePointer? {
  guarded {
    guard (begin == nil) == (end == nil) else {
      throw SJError(.invalidArgument, "sj_set_wait_calls: begin and end are given together or not at all")
    }
    WaitCalls.set(begin.map { WaitCalls(begin: $0, end: end!) })
  }
}

/// Host contexts may be used from any thread; that is their contract.
struct Unchecked<T>: @unchecked Sendable {
  let value: T
}

@_cdecl("sj_log_write") @implementation
public func sj_log_write(_ level: sj_log_level, _ message: sj_string_view) -> OpaquePointer? {
  guarded {
    guard let level = Log.Level(rawValue: level) else {
      throw SJError(.invalidArgument, "sj_log_write: \(level) is no level")
    }
    Log.write(level, try text(message, "sj_log_write", "message"))
  }
}
