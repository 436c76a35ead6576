import CSJLibrary
import Glibc
import SJCompilerLLVM
import SJCore
import SJLoopIR
import SJTypes
import Synchronization

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
  static func adopt(_ candidates: [CompilableRunner], isLogged: Bool = Config.current.logCompiles) {
    let runners = candidates.filter { $0.source != nil }
    if runners.isEmpty || mode == .off { return }
    let group = KernelGroup(runners, isLogged: isLogged)
    for runner in runners { runner.group = group }
  }

  /// Compiles a program's kernels and loops now, or looks them up, if there is a compiler; better code is made in the background.
  /// Gives whether none stays interpreted.
  static func compile(_ candidates: [CompilableRunner]) -> Bool {
    if mode != .off {
      shared.compile(candidates, mode == .always ? .lean : .fast)
      shared.submit(candidates.filter { $0.isCompiled && !$0.isOptimized }, .compile(.lean))
    }
    return candidates.allSatisfy(\.isCompiled)
  }

  /// What the background thread does: finds machine code that there is, or makes it.
  enum Job: Equatable {
    case lookUp
    case compile(CodeGenerator.Effort)
  }

  private struct Queue {
    private typealias Entry = (runner: CompilableRunner, job: Job)
    /// Better code for what has some comes last.
    private var urgent: [Entry] = []
    private var rest: [Entry] = []
    /// What makes a program to be tried out when there is nothing else to do.
    var rehearsal: (@Sendable () throws -> Program)?
    /// The process whose thread works on it: a forked child has none.
    var worker: pid_t?

    var isEmpty: Bool { urgent.isEmpty && rest.isEmpty && rehearsal == nil }

    mutating func add(_ runners: [CompilableRunner], _ job: Job) {
      let new = runners.map { ($0, job) }
      if job == .compile(.lean) { rest += new } else { urgent += new }
    }

    /// A few that wait for the same: the first are ready soon, and a fork need not wait for long.
    mutating func next() -> (runners: [CompilableRunner], job: Job)? {
      urgent.isEmpty ? Queue.take(&rest, kernels: 8) : Queue.take(&urgent, kernels: 20)
    }

    private static func take(_ entries: inout [Entry], kernels: Int) -> (runners: [CompilableRunner], job: Job)? {
      guard let job = entries.first?.job else { return nil }
      var count = 0
      let batch = entries.prefix { entry in
        defer { count += entry.runner.kernelCount }
        return entry.job == job && count < kernels
      }
      entries.removeFirst(batch.count)
      return (batch.map(\.runner), job)
    }
  }

  private let queue = Mutex(Queue())
  private let compilers = Mutex<[CodeGenerator.Effort: Result<NativeCompiler, any Error>]>([:])
  /// Code of earlier processes.
  static let disk = ObjectCache.ofEnvironment { ForkGate.compiler.log(.warning, "swiftjax: \($0)") }
  private static let hasLoaded = Atomic(false)
  private static let hasRehearsed = Atomic(false)
  /// How many threads need the compiler now.
  private static let needs = Atomic(0)

  /// Whether the compiler was asked for before.
  static var isLoaded: Bool { hasLoaded.load(ordering: .relaxed) }

  /// Does something with the compiler, which is loaded when first asked for.
  /// - Throws: `io` where its library cannot be found or loaded.
  func withCompiler<R>(_ body: (NativeCompiler) throws -> R) throws -> R {
    try NativeTier.needing { try body(compiler(.lean)) }
  }

  private static func needing<R>(_ body: () throws -> R) rethrows -> R {
    needs.wrappingAdd(1, ordering: .relaxed)
    defer { needs.wrappingSubtract(1, ordering: .relaxed) }
    return try ForkGate.compiler.inside(body)
  }

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
    func warn(_ text: String) { if isFirst { ForkGate.compiler.log(.warning, "swiftjax: \(text)") } }
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

  /// Loads the compiler in the background, if there is one, and has it compile a program when there is nothing else to compile; once.
  static func preload(rehearsing program: @escaping @Sendable () throws -> Program) {
    // The system's LLVM does not survive an exit while it starts (docs/compiler.md).
    if mode == .off || CompilerLibrary.prefersSystem || hasRehearsed.exchange(true, ordering: .relaxed) { return }
    shared.startWorker { $0.rehearsal = program }
  }

  /// Compiles in the calling thread, and others of the pool's number. What cannot be compiled stays interpreted.
  /// - Parameter effort: `fast` leaves alone what has code, and makes lean code of what runs for long at once.
  func compile(_ runners: [CompilableRunner], _ effort: CodeGenerator.Effort) {
    NativeTier.needing { compileInside(runners, effort, threads: Int(sj_pool_threads())) }
  }

  private func compileInside(_ runners: [CompilableRunner], _ effort: CodeGenerator.Effort, threads: Int) {
    let runners = runners.filter { $0.canImprove && (effort == .lean || !$0.isCompiled) }
    if runners.isEmpty { return }
    let start = Log.nanoseconds()
    let quick = effort == .fast ? runners.filter { !$0.runsLong } : []
    let failed = make(quick, .fast, threads)
    let hopeless = make((effort == .fast ? runners.filter(\.runsLong) : runners) + failed, .lean, threads)
    for runner in hopeless { runner.giveUp() }
    let logged = runners.filter { $0.group?.isLogged ?? false }.compactMap { $0.source?.name }
    if logged.isEmpty { return }
    let what = "compiling \(logged.joined(separator: ", ")) to machine code\(effort == .fast ? ", quickly" : "")"
    ForkGate.compiler.log(.info, Log.text(ofFinished: what, since: start))
  }

  /// Gives those for which there is no code.
  private func make(_ runners: [CompilableRunner], _ effort: CodeGenerator.Effort, _ threads: Int) -> [CompilableRunner] {
    guard !runners.isEmpty, let compiler = try? compiler(effort) else { return [] }
    return SJBackendCPU.compile(runners, with: compiler, threads: threads).map(\.runner)
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
  func submit(_ runners: [CompilableRunner], _ job: Job) {
    if runners.isEmpty { return }
    startWorker { $0.add(runners, job) }
  }

  /// Goes on in a forked child with what the parent's thread had not done.
  func resumeInChild() {
    if ForkGate.compiler.takeFork() { startWorker { _ in } }
  }

  private func startWorker(_ change: (inout Queue) -> Void) {
    // Not locked while the process forks.
    let isNeeded = ForkGate.compiler.inside {
      queue.withLock { queue in
        change(&queue)
        if queue.isEmpty || queue.worker == getpid() { return false }
        queue.worker = getpid()
        return true
      }
    }
    if isNeeded, !NativeTier.startThread({ _ in NativeTier.shared.work() }) {
      ForkGate.compiler.inside { queue.withLock { $0 = Queue() } }
    }
  }

  private static func startThread(
    _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
  ) -> Bool {
    var thread = pthread_t()
    if pthread_create(&thread, nil, body, nil) != 0 { return false }
    pthread_detach(thread)
    return true
  }

  /// Works until the queue is empty.
  private func work() -> UnsafeMutableRawPointer? {
    while NativeTier.needing(workOnce) {}
    return nil
  }

  /// Gives whether there was something to do.
  private func workOnce() -> Bool {
    let (next, rehearsal) = queue.withLock { queue in
      let next = queue.next()
      let rehearsal = next == nil ? queue.rehearsal.take() : nil
      if next == nil && rehearsal == nil { queue.worker = nil }
      return (next, rehearsal)
    }
    if let rehearsal { rehearse(rehearsal) }
    guard let next else { return rehearsal != nil }
    switch next.job {
    case .lookUp: lookUp(next.runners)
    case .compile(let effort): compileInside(next.runners, effort, threads: 1)
    }
    return true
  }
}

extension NativeTier {
  /// Loads the compiler, and has it compile a program unless somebody else needs it by then (and would have to share the processor).
  private func rehearse(_ program: () throws -> Program) {
    guard let compiler = try? compiler(.fast), NativeTier.needs.load(ordering: .relaxed) == 1,
      let executable = try? Executable(interpreting: program())
    else { return }
    try? compiler.rehearse(executable.sources)
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
