import CSJLibrary
import SJCompilerLLVM
import SJCore
import SJLoopIR
import SJTypes
import Synchronization

/// A command on the interpreter until there is machine code for it. Both give the same bits, so
/// that it may change over between any two runs, or two iterations of a loop.
class CompilableRunner: CommandRunner {
  /// What the compiler gets; nil for what only the interpreter can run.
  let source: NativeCompiler.Source?
  /// How many kernels it counts for where the compiler's time is estimated.
  let kernelCount: Int
  /// A retained `NativeKernel`, the best that there is.
  private let native = Atomic<UnsafeRawPointer?>(nil)
  /// The one before, which another thread may still be running.
  private let replaced = Atomic<UnsafeRawPointer?>(nil)
  private let hasGivenUp = Atomic(false)
  /// Nil where there is no compiler.
  var group: KernelGroup?

  init(_ source: NativeCompiler.Source?, kernelCount: Int = 1) {
    self.source = source
    self.kernelCount = kernelCount
  }

  deinit {
    for slot in [native.load(ordering: .acquiring), replaced.load(ordering: .acquiring)] {
      if let slot { Unmanaged<NativeKernel>.fromOpaque(slot).release() }
    }
  }

  var isCompiled: Bool { native.load(ordering: .relaxed) != nil }

  /// Whether there is nothing better to be had than what it runs on.
  var isOptimized: Bool { native.load(ordering: .acquiring).map(Self.effort(of:)) == .lean }

  /// Makes machine code the way this runs from now on, unless there is some that is as good.
  func install(_ kernel: NativeKernel) {
    let new = Unmanaged.passRetained(kernel)
    var current = native.load(ordering: .acquiring)
    while current.map({ Self.effort(of: $0).rawValue < kernel.effort.rawValue }) ?? true {
      let (isDone, found) = native.compareExchange(
        expected: current, desired: UnsafeRawPointer(new.toOpaque()), ordering: .acquiringAndReleasing)
      // There are two efforts, hence one change from one to the other.
      if isDone {
        if let current { replaced.store(current, ordering: .releasing) }
        return
      }
      current = found
    }
    new.release()
  }

  private static func effort(of kernel: UnsafeRawPointer) -> CodeGenerator.Effort {
    Unmanaged<NativeKernel>.fromOpaque(kernel)._withUnsafeGuaranteedRef { $0.effort }
  }

  /// What a run takes on the interpreter, roughly, in nanoseconds, where that is known.
  var runTime: Int { 0 }

  /// What compiling it takes, roughly, in nanoseconds.
  var compilationTime: Int { 3_000_000 * kernelCount }
  var quickCompilationTime: Int { 800_000 * kernelCount }

  /// Whether a single run is worth good code from the start: nothing changes over in its middle.
  var runsLong: Bool { isOpenEnded || runTime > 30 * compilationTime }

  /// Whether it is not known how long a run takes.
  private var isOpenEnded: Bool {
    switch source?.code {
    case .kernel(let kernel): kernel.isOpenEnded
    case .loop(.whileLoop): true
    case .loop(.scan(let scan)): scan.body.isOpenEnded
    case nil: false
    }
  }

  /// What may become machine code on its own where this cannot.
  var inside: [CompilableRunner] { [] }

  /// Whether compiling it may get it better code.
  var canImprove: Bool { source != nil && !isOptimized && !hasGivenUp.load(ordering: .relaxed) }

  /// Leaves it to the interpreter, and what is inside to the compiler.
  func giveUp() {
    if isCompiled || hasGivenUp.exchange(true, ordering: .relaxed) { return }
    NativeTier.adopt(inside, isLogged: group?.isLogged ?? false)
  }

  /// The machine code, if there is some. Asks for it to be made where the interpreter, which takes about `time`
  /// nanoseconds for what is to be done, has been at work for long enough.
  final func nativeKernel(insteadOf time: Int) -> Unmanaged<NativeKernel>? {
    if let known = native.load(ordering: .acquiring) { return .fromOpaque(known) }
    guard let group else { return nil }
    group.willInterpret(for: time)
    // The group may have had it compiled at once.
    return native.load(ordering: .acquiring).map { .fromOpaque($0) }
  }

  /// Runs machine code. What quick code takes counts towards better code.
  @inline(__always)
  final func noting(_ kernel: NativeKernel, _ run: () -> Void) {
    guard kernel.effort == .fast, let group else { return run() }
    let start = Log.nanoseconds()
    run()
    group.didRunQuickCode(for: Log.nanoseconds() - start)
  }
}

final class KernelRunner: CompilableRunner {
  let kernel: Kernel
  /// What the interpreter takes for a run, roughly, in nanoseconds.
  let interpretationTime: Int
  private let declarations: [BufferDeclaration]
  /// The kernel's buffers, in the order that its code takes their pointers.
  private let buffers: UnsafeMutableBufferPointer<Int>
  /// A retained `TileProgram`, made when it is asked for: what is compiled at once is never interpreted.
  private let tiles = Atomic<UnsafeRawPointer?>(nil)

  init(_ kernel: Kernel, in program: Program) {
    self.kernel = kernel
    declarations = program.buffers
    interpretationTime = kernel.interpretationTime
    buffers = copied(kernel.buffers.map(\.index))
    super.init(NativeCompiler.Source(kernel, in: program))
  }

  deinit {
    buffers.deallocate()
    if let tiles = tiles.load(ordering: .acquiring) { Unmanaged<TileProgram>.fromOpaque(tiles).release() }
  }

  override var runTime: Int { interpretationTime }
  override var compilable: [CompilableRunner] { [self] }

  override func run(_ table: BufferTable, workspace: UnsafeMutableRawPointer) throws {
    try run { table[buffers[$0]] }
  }

  /// - Parameter pointer: gives the kernel's buffers by their position among `kernel.buffers`.
  @inline(__always)
  func run(_ pointer: (Int) -> UnsafeMutableRawPointer) throws {
    guard let kernel = nativeKernel(insteadOf: interpretationTime) else {
      return try tileProgram()._withUnsafeGuaranteedRef { try $0.run(buffers.count, pointer) }
    }
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: buffers.count) { pointers in
      for position in 0..<buffers.count { pointers[position] = pointer(position) }
      kernel._withUnsafeGuaranteedRef { run($0, pointers.baseAddress!) }
    }
  }

  private func tileProgram() throws -> Unmanaged<TileProgram> {
    if let known = tiles.load(ordering: .acquiring) { return .fromOpaque(known) }
    let new = Unmanaged.passRetained(try KernelCompiler.compile(kernel, declarations))
    let (isFirst, known) = tiles.compareExchange(
      expected: nil, desired: UnsafeRawPointer(new.toOpaque()), ordering: .acquiringAndReleasing)
    if isFirst { return new }
    // Another thread was faster.
    new.release()
    return .fromOpaque(known!)
  }

  // MARK: Machine code

  private func run(_ kernel: NativeKernel, _ pointers: UnsafePointer<UnsafeMutableRawPointer?>) {
    noting(kernel) {
      if let parts = parts(of: kernel) { runParts(kernel, pointers, parts) } else { kernel(pointers) }
    }
  }

  /// How the iterations are divided over threads; nil for small work.
  private func parts(of kernel: NativeKernel) -> (count: Int, size: Int)? {
    guard let extent = kernel.extent, interpretationTime > Parallelism.threshold else { return nil }
    let threads = Int(sj_pool_threads())
    if threads == 1 { return nil }
    let units = (extent + kernel.granularity - 1) / kernel.granularity
    // A few parts for each thread even out what else the processors do.
    let count = min(units, 4 * threads)
    return count < 2 ? nil : (count, (units + count - 1) / count * kernel.granularity)
  }

  private struct Split {
    let kernel: Unmanaged<NativeKernel>
    let pointers: UnsafePointer<UnsafeMutableRawPointer?>
    let extent: Int
    let size: Int
  }

  private func runParts(
    _ kernel: NativeKernel, _ pointers: UnsafePointer<UnsafeMutableRawPointer?>, _ parts: (count: Int, size: Int)
  ) {
    var split = Split(kernel: .passUnretained(kernel), pointers: pointers, extent: kernel.extent!, size: parts.size)
    sj_pool_run(
      Int64(parts.count),
      { context, part in
        let split = context!.assumingMemoryBound(to: Split.self)
        let begin = Int(part) * split.pointee.size
        let end = min(begin + split.pointee.size, split.pointee.extent)
        if begin >= end { return }
        split.pointee.kernel._withUnsafeGuaranteedRef { $0(split.pointee.pointers, iterations: begin..<end) }
      }, &split)
  }
}
