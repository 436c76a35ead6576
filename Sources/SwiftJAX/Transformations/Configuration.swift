import SJControl
import SJCore

/// Settings that change what operations mean: `enableX64`, `threefryPartitionable`, `disableJit`, `debugNaNs`, `debugInfs`,
/// `checks`, `logCompiles`, `explainCacheMisses`, `asyncDispatch`. Environment variables such as `SWIFTJAX_ENABLE_X64` set the defaults of the process.
public typealias Configuration = SJCore.Config

/// Runs `body` with other settings on this thread.
///
///     try withConfiguration({ $0.debugNaNs = true }) { try step(params, batch) }
public func withConfiguration<Result>(
  _ change: (inout Configuration) -> Void, _ body: () throws -> Result
) rethrows -> Result {
  try Config.with(change, body)
}

/// Runs `body` with 64-bit types, or without: `jax.enable_x64`.
public func withX64<Result>(_ isEnabled: Bool = true, _ body: () throws -> Result) rethrows -> Result {
  try Config.with({ $0.enableX64 = isEnabled }, body)
}

/// Runs `body` with `jit` doing nothing, so that values can be seen: `jax.disable_jit`.
public func disableJit<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Config.with({ $0.disableJit = true }, body)
}

/// Returns when all dispatched work is done: `jax.effects_barrier`.
public func effectsBarrier() { SJCore.effectsBarrier() }

/// Changes the defaults of the process: `jax.config.update`.
public func updateConfiguration(_ change: @Sendable (inout Configuration) -> Void) { Config.update(change) }

/// Whether functions can become machine code, and by which compiler or why not; without one they are interpreted, with
/// the same bits. Asking loads the compiler.
///
///     print(compilerAvailability().description)  // LLVM 19.1.7 (private), /usr/local/lib/libswiftjax-compiler.so
public func compilerAvailability() -> CompilerAvailability { .current() }

/// Has the compiler loaded on a thread of its own, if there is one, so that the first compilation need not wait for that.
public func preloadCompiler() { SJControl.preloadCompiler() }
