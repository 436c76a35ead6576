import CSJLibrary
import Glibc
import SJCompilerLLVM
import SJCore
import SJTypes
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
  let isLogged = Config.current.logCompiles

  init(_ runners: [CompilableRunner]) {
    members = runners.map(Member.init)
    let kernels = runners.reduce(0) { $0 + $1.kernelCount }
    quickCompilation = 800_000 * kernels
    compilation = 3_000_000 * kernels
  }

  private var runners: [CompilableRunner] { members.compactMap(\.runner) }

  /// Notes a run and has the kernels compiled: in the background when the interpreter has spent
  /// half as long on them as compiling takes, at once when this run alone would outlast it by far.
  func willInterpret(for time: Int) {
    let spent = interpretation.load(ordering: .relaxed)
    if spent < 0 { return }
    let wait = quickCompilation + (NativeTier.isLoaded ? 0 : KernelGroup.loading)
    let isLong = time > 4 * wait
    if spent + time < wait / 2, !isLong, NativeTier.mode != .always {
      // A lost update only delays the decision.
      interpretation.store(spent + time, ordering: .relaxed)
      if spent + time > compilation / KernelGroup.lookUpSpeed { lookUp() }
      return
    }
    guard interpretation.exchange(-1, ordering: .relaxed) >= 0 else { return }
    if isLong || NativeTier.mode == .always {
      // What runs for so long at once is worth good code from the start.
      let effort: CodeGenerator.Effort = NativeTier.mode == .always || time > 30 * compilation ? .lean : .fast
      NativeTier.shared.compile(runners, effort, threads: Int(sj_pool_threads()))
    } else {
      NativeTier.shared.submit(runners, .compile(.fast))
    }
  }

  /// Notes a run on quick code and has better code made in the background when that has been at work for as long as making it takes.
  func didRunQuickCode(for time: Int) {
    let spent = quickRuns.load(ordering: .relaxed)
    if spent < 0 { return }
    if spent + time < compilation { return quickRuns.store(spent + time, ordering: .relaxed) }
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

  /// Compiles a program's kernels and loops now, or looks them up, if there is a compiler; better code is made in the background.
  /// Gives whether none stays interpreted.
  static func compile(_ candidates: [CompilableRunner]) -> Bool {
    let runners = candidates.filter { $0.source != nil }
    if mode != .off, !runners.isEmpty {
      shared.compile(runners, mode == .always ? .lean : .fast, threads: Int(sj_pool_threads()))
      shared.submit(runners, .compile(.lean))
    }
    return candidates.allSatisfy(\.isCompiled)
  }

  /// What the background thread does: finds machine code that there is, or makes it.
  enum Task: Equatable {
    case lookUp
    case compile(CodeGenerator.Effort)
  }

  private struct Queue {
    /// Better code for what has some comes last.
    var urgent: [(runner: CompilableRunner, task: Task)] = []
    var rest: [(runner: CompilableRunner, task: Task)] = []
    /// The process whose thread works on it: a forked child has none.
    var worker: pid_t?

    mutating func add(_ runners: [CompilableRunner], _ task: Task) {
      let new = runners.map { ($0, task) }
      if task == .compile(.lean) { rest += new } else { urgent += new }
    }

    /// A few that wait for the same, so that the first are ready soon.
    mutating func next() -> (runners: [CompilableRunner], task: Task)? {
      guard let task = urgent.first?.task ?? rest.first?.task else { return nil }
      func take(_ list: inout [(runner: CompilableRunner, task: Task)], _ count: Int) -> [CompilableRunner] {
        let batch = list.prefix(count).prefix { $0.task == task }.map(\.runner)
        list.removeFirst(batch.count)
        return batch
      }
      return (urgent.isEmpty ? take(&rest, 10) : take(&urgent, 20), task)
    }
  }

  private let queue = Mutex(Queue())
  private let compilers = Mutex<[CodeGenerator.Effort: Result<NativeCompiler, any Error>]>([:])
  /// Code of earlier processes.
  fileprivate static let disk = ObjectCache.ofEnvironment { Log.write(.warning, "swiftjax: \($0)") }
  private static let hasLoaded = Atomic(false)

  /// Whether the compiler was asked for before.
  static var isLoaded: Bool { hasLoaded.load(ordering: .relaxed) }

  /// The compiler, loaded when first asked for.
  /// - Throws: `io` where its library cannot be found or loaded.
  func compiler() throws -> NativeCompiler { try ForkGate.compiler.inside { try compiler(.lean) } }

  private func compiler(_ effort: CodeGenerator.Effort) throws -> NativeCompiler {
    defer { NativeTier.hasLoaded.store(true, ordering: .relaxed) }
    return try compilers.withLock { compilers in
      if let known = compilers[effort] { return known }
      let new = Result { try NativeTier.makeCompiler(effort, isFirst: compilers.isEmpty) }
      compilers[effort] = new
      return new
    }.get()
  }

  private static func makeCompiler(_ effort: CodeGenerator.Effort, isFirst: Bool) throws -> NativeCompiler {
    func warn(_ text: String) { if isFirst { Log.write(.warning, "swiftjax: \(text)") } }
    if let problem = NativeCompiler.profileProblem { warn(problem) }
    do {
      let library = try CompilerLibrary.shared.get()
      if let problem = library.problem { warn("\(problem); \(library.path) serves instead") }
      return try NativeCompiler(CodeGenerator(library, effort: effort), disk: disk)
    } catch let error as SJError where CompilerLibrary.exists {
      warn("everything is interpreted: \(error.message)")
      throw error
    }
  }

  /// Loads the compiler in the background, if there is one and nobody has asked for it.
  static func preload() {
    if mode == .off || isLoaded { return }
    _ = startThread { _ in
      ForkGate.compiler.inside {
        guard let library = try? CompilerLibrary.shared.get() else { return }
        // The system's LLVM does not survive an exit during its first call (docs/compiler.md).
        if !library.isSystem { (try? NativeTier.shared.compiler(.fast))?.warmUp() }
      }
      return nil
    }
  }

  /// Compiles in the calling thread. Kernels that cannot be compiled stay interpreted.
  /// - Parameters:
  ///   - effort: `fast` has no effect on what is compiled, and is not for loops whose end is not known: nothing changes over inside of those.
  ///   - threads: so many may share the work.
  func compile(_ runners: [CompilableRunner], _ effort: CodeGenerator.Effort, threads: Int) {
    ForkGate.compiler.inside { compileInside(runners, effort, threads: threads) }
  }

  private func compileInside(_ runners: [CompilableRunner], _ effort: CodeGenerator.Effort, threads: Int) {
    let runners = runners.filter { effort == .fast ? !$0.isCompiled : !$0.isOptimized }
    if runners.isEmpty { return }
    let start = Log.nanoseconds()
    let quick = effort == .fast ? runners.filter { !$0.isOpenEnded } : []
    let good = effort == .fast ? runners.filter(\.isOpenEnded) : runners
    compileNow(quick, .fast, threads)
    compileNow(good, .lean, threads)
    let logged = runners.filter { $0.group?.isLogged ?? false }.compactMap { $0.source?.name }
    if logged.isEmpty { return }
    let names = logged.joined(separator: ", ")
    Log.finished("compiling \(names) to machine code\(effort == .fast ? ", quickly" : "")", since: start)
  }

  private func compileNow(_ runners: [CompilableRunner], _ effort: CodeGenerator.Effort, _ threads: Int) {
    guard !runners.isEmpty, let compiler = try? compiler(effort) else { return }
    for (runner, _) in SJBackendCPU.compile(runners, with: compiler, threads: threads) where !runner.isCompiled {
      NativeTier.adopt(runner.inside)
    }
  }

  /// Installs the code that there is, in memory or on disk.
  private func lookUp(_ runners: [CompilableRunner]) {
    for effort in [CodeGenerator.Effort.lean, .fast] {
      let runners = runners.filter { !$0.isCompiled }
      guard !runners.isEmpty, let compiler = try? compiler(effort) else { return }
      for (runner, native) in zip(runners, compiler.compiledBefore(runners.compactMap(\.source))) {
        if let native { runner.install(native) }
      }
    }
  }

  /// Has something done about kernels in the background.
  func submit(_ runners: [CompilableRunner], _ task: Task) {
    let needsWorker = queue.withLock { queue in
      queue.add(runners, task)
      defer { queue.worker = getpid() }
      return queue.worker != getpid()
    }
    if needsWorker, !NativeTier.startThread({ _ in NativeTier.shared.work() }) { queue.withLock { $0 = Queue() } }
  }

  private static func startThread(
    _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
  ) -> Bool {
    // Made before there is another thread.
    _ = ForkGate.compiler
    var thread = pthread_t()
    if pthread_create(&thread, nil, body, nil) != 0 { return false }
    pthread_detach(thread)
    return true
  }

  /// Works until the queue is empty.
  private func work() -> UnsafeMutableRawPointer? {
    while ForkGate.compiler.inside(workOnce) {}
    return nil
  }

  /// Gives whether there was something to do.
  private func workOnce() -> Bool {
    let next = queue.withLock { queue in
      let next = queue.next()
      if next == nil { queue.worker = nil }
      return next
    }
    guard let next else { return false }
    switch next.task {
    case .lookUp: lookUp(next.runners)
    case .compile(let effort): compileInside(next.runners, effort, threads: 1)
    }
    return true
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
