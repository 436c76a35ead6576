import CSJSupport
import SJTypes
import Synchronization

/// Settings that change what operations mean. Process-wide defaults come from
/// the environment (`JAX_ENABLE_X64` style names with the prefix `SWIFTJAX_`); a scope overrides
/// them on one thread; jit caches and queued work remember the values they saw.
public struct Config: Hashable, Sendable {
  /// Whether 64-bit types exist; else they become 32-bit ones.
  public var enableX64 = false
  /// The newer random-bit layout (default of JAX since 0.5).
  public var threefryPartitionable = false
  /// Whether `jit` is ignored.
  public var disableJit = false
  /// Whether a NaN in any result of an eager or compiled call is an error.
  public var debugNaNs = false
  /// Whether an infinity in any result of an eager or compiled call is an error.
  public var debugInfs = false
  /// Whether jaxprs are type-checked after every pass, and lowered programs verified.
  public var checks = false
  /// Whether each tracing of a jitted function is logged.
  public var logCompiles = false

  public init() {}

  private static let processDefault: Mutex<Config> = {
    let config = Config(environment: true)
    defaultChecksResults.store(config.debugNaNs || config.debugInfs, ordering: .relaxed)
    return Mutex(config)
  }()

  private init(environment: Bool) {
    enableX64 = Environment.flag("SWIFTJAX_ENABLE_X64") ?? false
    threefryPartitionable = Environment.flag("SWIFTJAX_THREEFRY_PARTITIONABLE") ?? false
    disableJit = Environment.flag("SWIFTJAX_DISABLE_JIT") ?? false
    debugNaNs = Environment.flag("SWIFTJAX_DEBUG_NANS") ?? false
    debugInfs = Environment.flag("SWIFTJAX_DEBUG_INFS") ?? false
    checks = Environment.flag("SWIFTJAX_ENABLE_CHECKS") ?? false
    logCompiles = Environment.flag("SWIFTJAX_LOG_COMPILES") ?? false
  }

  /// The settings in force on this thread.
  public static var current: Config {
    if let override = sj_thread().pointee.config {
      return Unmanaged<ConfigBox>.fromOpaque(override).takeUnretainedValue().config
    }
    return processDefault.withLock { $0 }
  }

  /// Changes the process-wide default.
  public static func update(_ change: @Sendable (inout Config) -> Void) {
    processDefault.withLock {
      change(&$0)
      defaultChecksResults.store($0.debugNaNs || $0.debugInfs, ordering: .relaxed)
    }
  }

  private static let defaultChecksResults = Atomic<Bool>(false)

  /// Whether results are searched for NaN or infinity: asked by every eager operation.
  static var checksResults: Bool {
    if sj_thread().pointee.config == nil { return defaultChecksResults.load(ordering: .relaxed) }
    let config = current
    return config.debugNaNs || config.debugInfs
  }

  /// Runs `body` with other settings on this thread.
  public static func with<R>(_ change: (inout Config) -> Void, _ body: () throws -> R) rethrows -> R {
    let state = sj_thread()
    let former = state.pointee.config
    var config = current
    change(&config)
    let box = ConfigBox(config)
    state.pointee.config = Unmanaged.passUnretained(box).toOpaque()
    defer { state.pointee.config = former }
    return try withExtendedLifetime(box) { try body() }
  }

  /// Enters a scope that `popOverride` leaves: for hosts whose scopes are not closures.
  public static func pushOverride(_ change: (inout Config) -> Void) {
    let state = sj_thread()
    var config = current
    change(&config)
    let box = ConfigBox(config, outer: state.pointee.config)
    state.pointee.config = Unmanaged.passRetained(box).toOpaque()
  }

  /// Leaves the scope entered last by `pushOverride`.
  /// - Throws: `invalidArgument` where there is none.
  public static func popOverride() throws {
    let state = sj_thread()
    guard let pointer = state.pointee.config else {
      throw SJError(.invalidArgument, "config: there is no scope to leave on this thread")
    }
    let box = Unmanaged<ConfigBox>.fromOpaque(pointer)
    state.pointee.config = box.takeUnretainedValue().outer
    box.release()
  }
}

private final class ConfigBox {
  let config: Config
  let outer: UnsafeMutableRawPointer?
  init(_ config: Config, outer: UnsafeMutableRawPointer? = nil) {
    self.config = config
    self.outer = outer
  }
}
