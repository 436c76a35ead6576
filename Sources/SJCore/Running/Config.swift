import CSJSupport
import SJTypes
import Synchronization

/// Settings that change what operations mean. Process-wide defaults come from
/// the environment (`JAX_ENABLE_X64` style names with the prefix `SWIFTJAX_`); a scope overrides
/// them on one thread; jit caches and queued work remember the values they saw.
public struct Config: Hashable, Sendable {
  /// One bit for each setting, so that comparing and reading settings costs next to nothing.
  private var bits: UInt64 = 0

  public init() {}

  private subscript(bit: Int) -> Bool {
    get { bits >> bit & 1 != 0 }
    set { bits = bits & ~(1 << bit) | (newValue ? 1 << bit : 0) }
  }

  /// Whether 64-bit types exist; else they become 32-bit ones.
  public var enableX64: Bool {
    get { self[0] }
    set { self[0] = newValue }
  }
  /// The newer random-bit layout (default of JAX since 0.5).
  public var threefryPartitionable: Bool {
    get { self[1] }
    set { self[1] = newValue }
  }
  /// Whether `jit` is ignored.
  public var disableJit: Bool {
    get { self[2] }
    set { self[2] = newValue }
  }
  /// Whether a NaN in any result of an eager or compiled call is an error.
  public var debugNaNs: Bool {
    get { self[3] }
    set { self[3] = newValue }
  }
  /// Whether an infinity in any result of an eager or compiled call is an error.
  public var debugInfs: Bool {
    get { self[4] }
    set { self[4] = newValue }
  }
  /// Whether jaxprs are type-checked after every pass, and lowered programs verified.
  public var checks: Bool {
    get { self[5] }
    set { self[5] = newValue }
  }
  /// Whether each tracing, lowering and compiling of a jitted function is logged, with its time.
  public var logCompiles: Bool {
    get { self[6] }
    set { self[6] = newValue }
  }
  /// Whether each tracing of a jitted function is logged with its reason.
  public var explainCacheMisses: Bool {
    get { self[7] }
    set { self[7] = newValue }
  }

  /// Whether long work is done on the execution stream, so that its callers need not wait.
  public var asyncDispatch: Bool {
    get { !self[8] }  // so that the default settings are all zero bits
    set { self[8] = !newValue }
  }

  /// The settings that what is traced may depend on: all but those that only report, and when work is done.
  @inline(__always) public var forTracing: Config {
    var config = Config()
    config.bits = bits & ~0b1_1100_0000
    return config
  }

  /// The names of settings, by their bits.
  private static let names = [
    "enable_x64", "threefry_partitionable", "disable_jit", "debug_nans", "debug_infs", "enable_checks", "log_compiles",
    "explain_cache_misses",
  ]

  /// The names of the settings that differ, with their values: "enable_x64 is now true".
  public func differences(from other: Config) -> [String] {
    Config.names.indices.filter { self[$0] != other[$0] }.map { "\(Config.names[$0]) is now \(self[$0])" }
  }

  /// Whether results are searched for NaN or infinity.
  public var checksResults: Bool { debugNaNs || debugInfs }

  private static let processDefault = Atomic<UInt64>(Config(environment: ()).bits)

  private init(environment: Void) {
    enableX64 = Environment.flag("SWIFTJAX_ENABLE_X64") ?? false
    threefryPartitionable = Environment.flag("SWIFTJAX_THREEFRY_PARTITIONABLE") ?? false
    disableJit = Environment.flag("SWIFTJAX_DISABLE_JIT") ?? false
    debugNaNs = Environment.flag("SWIFTJAX_DEBUG_NANS") ?? false
    debugInfs = Environment.flag("SWIFTJAX_DEBUG_INFS") ?? false
    checks = Environment.flag("SWIFTJAX_ENABLE_CHECKS") ?? false
    logCompiles = Environment.flag("SWIFTJAX_LOG_COMPILES") ?? false
    explainCacheMisses = Environment.flag("SWIFTJAX_EXPLAIN_CACHE_MISSES") ?? false
    asyncDispatch = Environment.flag("SWIFTJAX_CPU_ENABLE_ASYNC_DISPATCH") ?? true
  }

  /// The settings in force on this thread.
  @inline(__always) public static var current: Config {
    if let override = sj_thread().pointee.config { return config(of: override) }
    var config = Config()
    config.bits = processDefault.load(ordering: .relaxed)
    return config
  }

  private static func config(of override: UnsafeMutableRawPointer) -> Config {
    Unmanaged<ConfigBox>.fromOpaque(override)._withUnsafeGuaranteedRef { $0.config }
  }

  /// Changes the process-wide default.
  public static func update(_ change: (inout Config) -> Void) {
    var config = Config()
    config.bits = processDefault.load(ordering: .relaxed)
    while true {
      var changed = config
      change(&changed)
      let (exchanged, original) = processDefault.compareExchange(
        expected: config.bits, desired: changed.bits, ordering: .relaxed)
      if exchanged { return }
      config.bits = original
    }
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
