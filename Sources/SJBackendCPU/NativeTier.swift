import Glibc
import SJCompilerLLVM
import SJTypes
import Synchronization

/// The kernels of a program, compiled together once they have run for a while.
final class KernelGroup: @unchecked Sendable {
  private struct Member {
    weak var runner: KernelRunner?
  }

  private let members: [Member]
  /// Nanoseconds of interpretation so far, roughly; negative once compilation has begun.
  private let heat = Atomic(0)
  /// What compiling takes, roughly.
  private let compilationTime: Int

  init(_ runners: [KernelRunner]) {
    members = runners.map(Member.init)
    compilationTime = 3_000_000 * runners.count
  }

  /// Notes a run and has the kernels compiled: in the background when the interpreter has spent
  /// half as long on them as compiling takes, at once when this run alone would outlast it by far.
  func willInterpret(for time: Int) {
    let spent = heat.load(ordering: .relaxed)
    if spent < 0 { return }
    let isLong = time > 4 * compilationTime
    if spent + time < compilationTime / 2, !isLong, NativeTier.mode != .always {
      // A lost update only delays the decision.
      return heat.store(spent + time, ordering: .relaxed)
    }
    guard heat.exchange(-1, ordering: .relaxed) >= 0 else { return }
    let runners = members.compactMap(\.runner)
    if isLong || NativeTier.mode == .always {
      NativeTier.shared.compile(runners)
    } else {
      NativeTier.shared.submit(runners)
    }
  }
}

/// Compiles kernels, on a thread of its own where nobody waits.
final class NativeTier: @unchecked Sendable {
  static let shared = NativeTier()

  enum Mode { case off, automatic, always }

  /// `SWIFTJAX_COMPILER`: "off" interprets everything, "always" compiles before the first run.
  static let mode: Mode = {
    guard CompilerLibrary.location != nil else { return .off }
    switch getenv("SWIFTJAX_COMPILER").map({ String(cString: $0) }) {
    case "off": return .off
    case "always": return .always
    default: return .automatic
    }
  }()

  /// Makes the kernels of a program candidates for compilation.
  static func adopt(_ runners: [KernelRunner]) {
    if runners.isEmpty || mode == .off { return }
    let group = KernelGroup(runners)
    for runner in runners { runner.group = group }
  }

  private struct Queue {
    var waiting: [KernelRunner] = []
    /// The process whose thread works on it: a forked child has none.
    var worker: pid_t?
  }

  private let queue = Mutex(Queue())
  private lazy var compiler = Result { try NativeCompiler(CodeGenerator(CompilerLibrary.shared.get())) }
  private let creation = Mutex(())

  /// The compiler, loaded when first asked for.
  /// - Throws: `unsupported` where its library cannot be found or loaded.
  func loadedCompiler() throws -> NativeCompiler { try creation.withLock { _ in compiler }.get() }

  /// Compiles in the calling thread. Kernels that cannot be compiled stay interpreted.
  func compile(_ runners: [KernelRunner]) {
    guard let compiler = try? loadedCompiler() else { return }
    for (runner, result) in zip(runners, compiler.compile(runners.map(\.source))) {
      if case .success(let native) = result { runner.install(native) }
    }
  }

  /// Has kernels compiled in the background.
  func submit(_ runners: [KernelRunner]) {
    let needsWorker = queue.withLock { queue in
      queue.waiting += runners
      defer { queue.worker = getpid() }
      return queue.worker != getpid()
    }
    if needsWorker, !startWorker() { queue.withLock { $0 = Queue() } }
  }

  private func startWorker() -> Bool {
    var thread = pthread_t()
    if pthread_create(&thread, nil, { _ in NativeTier.shared.work() }, nil) != 0 { return false }
    pthread_detach(thread)
    return true
  }

  /// Works until the queue is empty, a few kernels at a time so that the first are ready soon.
  private func work() -> UnsafeMutableRawPointer? {
    while true {
      let batch = queue.withLock { queue in
        let batch = Array(queue.waiting.prefix(20))
        queue.waiting.removeFirst(batch.count)
        if batch.isEmpty { queue.worker = nil }
        return batch
      }
      if batch.isEmpty { return nil }
      compile(batch)
    }
  }
}
