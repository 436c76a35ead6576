import CSJLibrary
import SJCompilerLLVM
import SJCore
import Synchronization

/// The kernels of a program, compiled together once they have run for a while: quickly at first, then well.
final class KernelGroup: @unchecked Sendable {
  private struct Member {
    weak var runner: CompilableRunner?
  }

  private let members: [Member]
  /// Whether the disk has been asked for them.
  private let isLookedUp = Atomic(false)
  /// Nanoseconds of interpretation so far, roughly; negative once compilation has begun.
  private let interpretation = Atomic(0)
  /// Nanoseconds on quick code so far; negative once better code is on its way.
  private let quickRuns = Atomic(0)
  /// What compiling takes, roughly.
  private let quickCompilation: Int
  private let compilation: Int
  /// Whether its compilation is logged: `log_compiles` where the program was made.
  let isLogged: Bool

  init(_ runners: [CompilableRunner], isLogged: Bool) {
    members = runners.map(Member.init)
    quickCompilation = runners.reduce(0) { $0 + $1.quickCompilationTime }
    compilation = runners.reduce(0) { $0 + $1.compilationTime }
    self.isLogged = isLogged
  }

  private var runners: [CompilableRunner] { members.compactMap(\.runner) }

  /// Notes a run and has the kernels compiled: in the background when the interpreter has spent
  /// half as long on them as compiling takes, at once when this run alone would outlast it by far.
  func willInterpret(for time: Int) {
    let spent = interpretation.load(ordering: .relaxed)
    if spent < 0 { return NativeTier.shared.resumeInChild() }
    let wait = quickCompilation + (NativeTier.isLoaded ? 0 : KernelGroup.loading)
    let isLong = time > 4 * wait
    if spent + time < wait / 2, !isLong, NativeTier.mode != .always {
      interpretation.add(time, to: spent)
      if spent + time > wait / KernelGroup.lookUpSpeed { lookUp() }
      return
    }
    guard interpretation.exchange(-1, ordering: .relaxed) >= 0 else { return }
    if NativeTier.mode == .always {
      NativeTier.shared.compile(runners, .lean)
    } else if isLong {
      NativeTier.shared.compile(runners, .fast)
    } else {
      NativeTier.shared.submit(runners, .compile(.fast))
    }
  }

  /// Notes a run on quick code and has better code made in the background when that has been at work for as long as making it takes.
  func didRunQuickCode(for time: Int) {
    let spent = quickRuns.load(ordering: .relaxed)
    if spent < 0 { return NativeTier.shared.resumeInChild() }
    if spent + time < compilation { return quickRuns.add(time, to: spent) }
    if quickRuns.exchange(-1, ordering: .relaxed) >= 0 { NativeTier.shared.submit(runners, .compile(.lean)) }
  }
}

extension KernelGroup {
  /// What loading the compiler takes, in nanoseconds, roughly.
  private static let loading = 5_000_000
  /// Looking up what another process has compiled is so many times faster than compiling.
  private static let lookUpSpeed = 20

  private func lookUp() {
    if isLookedUp.load(ordering: .relaxed) || isLookedUp.exchange(true, ordering: .relaxed) { return }
    // Looking up needs the compiler, which takes time and memory to load.
    guard let disk = NativeTier.disk, disk.exists else { return }
    NativeTier.shared.submit(runners, .lookUp)
  }
}

extension Atomic<Int> {
  /// Adds to a sum, unless another thread has changed it meanwhile: a lost run only delays a decision.
  fileprivate borrowing func add(_ time: Int, to spent: Int) {
    _ = weakCompareExchange(expected: spent, desired: spent + time, ordering: .relaxed)
  }
}
