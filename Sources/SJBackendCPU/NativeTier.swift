import CSJLibrary
import Glibc
import SJCompilerLLVM
import SJCore
import SJTypes
import Synchronization

/// The kernels of a program, compiled together once they have run for a while.
final class KernelGroup: @unchecked Sendable {
  private struct Member {
    weak var runner: CompilableRunner?
  }

  private let members: [Member]
  /// Whether the disk has been asked for them.
  private let isLookedUp = Atomic(false)
  /// Nanoseconds of interpretation so far, roughly; negative once compilation has begun.
  private let heat = Atomic(0)
  /// What compiling takes, roughly.
  private let compilationTime: Int
  /// Whether its compilation is logged: `log_compiles` where the program was made.
  let isLogged = Config.current.logCompiles

  init(_ runners: [CompilableRunner]) {
    members = runners.map(Member.init)
    compilationTime = 3_000_000 * runners.reduce(0) { $0 + $1.kernelCount }
  }

  /// Notes a run and has the kernels compiled: in the background when the interpreter has spent
  /// half as long on them as compiling takes, at once when this run alone would outlast it by far.
  func willInterpret(for time: Int) {
    let spent = heat.load(ordering: .relaxed)
    if spent < 0 { return }
    let isLong = time > 4 * compilationTime
    if spent + time < compilationTime / 2, !isLong, NativeTier.mode != .always {
      // A lost update only delays the decision.
      heat.store(spent + time, ordering: .relaxed)
      if spent + time > compilationTime / KernelGroup.lookUpSpeed { lookUp() }
      return
    }
    guard heat.exchange(-1, ordering: .relaxed) >= 0 else { return }
    let runners = members.compactMap(\.runner)
    if isLong || NativeTier.mode == .always {
      NativeTier.shared.compile(runners, threads: Int(sj_pool_threads()))
    } else {
      NativeTier.shared.submit(runners, .compile)
    }
  }
}

extension KernelGroup {
  /// Looking up what another process has compiled is so many times faster than compiling.
  private static let lookUpSpeed = 20

  private func lookUp() {
    if isLookedUp.load(ordering: .relaxed) || isLookedUp.exchange(true, ordering: .relaxed) { return }
    // Looking up needs the compiler, which takes time and memory to load.
    guard let disk = NativeTier.disk, disk.exists else { return }
    NativeTier.shared.submit(members.compactMap(\.runner), .lookUp)
  }
}

/// Compiles kernels, on a thread of its own where nobody waits.
final class NativeTier: @unchecked Sendable {
  static let shared = NativeTier()

  enum Mode { case off, automatic, always }

  /// `SWIFTJAX_COMPILER`: "off" interprets everything, "always" compiles before the first run.
  static let mode: Mode = {
    if isForbidden || !CompilerLibrary.exists { return .off }
    return setting == "always" ? .always : .automatic
  }()
  private static let setting = Environment.string("SWIFTJAX_COMPILER")
  static var isForbidden: Bool { setting == "off" }

  /// Makes the kernels and loops of a program candidates for compilation.
  static func adopt(_ candidates: [CompilableRunner]) {
    let runners = candidates.filter { $0.source != nil }
    if runners.isEmpty || mode == .off { return }
    let group = KernelGroup(runners)
    for runner in runners { runner.group = group }
  }

  /// Compiles a program's kernels and loops now, or looks them up, if there is a compiler. Gives whether none stays interpreted.
  static func compile(_ candidates: [CompilableRunner]) -> Bool {
    if mode != .off { shared.compile(candidates.filter { $0.source != nil }, threads: Int(sj_pool_threads())) }
    return candidates.allSatisfy(\.isCompiled)
  }

  /// What the background thread does: finds machine code that there is, or makes it.
  enum Task { case lookUp, compile }

  private struct Queue {
    var waiting: [(runner: CompilableRunner, task: Task)] = []
    /// The process whose thread works on it: a forked child has none.
    var worker: pid_t?
  }

  private let queue = Mutex(Queue())
  private lazy var compiler = Result { try NativeTier.makeCompiler() }
  /// Code of earlier processes.
  fileprivate static let disk = ObjectCache.ofEnvironment { Log.write(.warning, "swiftjax: \($0)") }
  private let creation = Mutex(())

  /// The compiler, loaded when first asked for.
  /// - Throws: `io` where its library cannot be found or loaded.
  func loadedCompiler() throws -> NativeCompiler { try creation.withLock { _ in compiler }.get() }

  private static func makeCompiler() throws -> NativeCompiler {
    func warn(_ text: String) { Log.write(.warning, "swiftjax: \(text)") }
    if let problem = NativeCompiler.profileProblem { warn(problem) }
    do {
      let library = try CompilerLibrary.shared.get()
      if let problem = library.problem { warn("\(problem); \(library.path) serves instead") }
      return try NativeCompiler(CodeGenerator(library), disk: disk)
    } catch let error as SJError where CompilerLibrary.exists {
      warn("everything is interpreted: \(error.message)")
      throw error
    }
  }

  /// Compiles in the calling thread. Kernels that cannot be compiled stay interpreted.
  /// - Parameter threads: so many may share the work.
  func compile(_ runners: [CompilableRunner], threads: Int = 1) {
    let runners = runners.filter { !$0.isCompiled }
    guard let compiler = try? loadedCompiler() else { return }
    let start = Log.nanoseconds()
    let failed = SJBackendCPU.compile(runners, with: compiler, threads: threads)
    let logged = runners.filter { $0.group?.isLogged ?? false }.compactMap { $0.source?.name }
    if !logged.isEmpty { Log.finished("compiling \(logged.joined(separator: ", ")) to machine code", since: start) }
    for (runner, _) in failed { NativeTier.adopt(runner.inside) }
  }

  private func lookUp(_ runners: [CompilableRunner]) {
    let runners = runners.filter { !$0.isCompiled }
    guard let compiler = try? loadedCompiler() else { return }
    for (runner, native) in zip(runners, compiler.compiledBefore(runners.compactMap(\.source))) {
      if let native { runner.install(native) }
    }
  }

  /// Has something done about kernels in the background.
  func submit(_ runners: [CompilableRunner], _ task: Task) {
    let needsWorker = queue.withLock { queue in
      queue.waiting += runners.map { ($0, task) }
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
      let (batch, task) = queue.withLock { queue in
        let task = queue.waiting.first?.task ?? .compile
        let batch = queue.waiting.prefix(20).prefix { $0.task == task }.map(\.runner)
        queue.waiting.removeFirst(batch.count)
        if batch.isEmpty { queue.worker = nil }
        return (batch, task)
      }
      if batch.isEmpty { return nil }
      switch task {
      case .lookUp: lookUp(batch)
      case .compile: compile(batch)
      }
    }
  }
}

/// Compiles runners together. Gives those that have no machine code, and why.
func compile(
  _ runners: [CompilableRunner], with compiler: NativeCompiler, threads: Int = 1
) -> [(runner: CompilableRunner, error: SJError)] {
  let runners = runners.filter { $0.source != nil }
  return zip(runners, compiler.compile(runners.compactMap(\.source), threads: threads)).compactMap { runner, result in
    switch result {
    case .success(let native):
      runner.install(native)
      return nil
    case .failure(let error): return (runner, error)
    }
  }
}
