import SJTypes

/// A kernel that others join.
///
/// A kernel joins by having its parallel loops paired with loops of equal extent, the outermost first, and its reductions,
/// inside of those, with loops that store what they add up; its statements follow those already there. What it loads of the
/// group's stores is replaced by the values stored, which must be at the very index of the load: then both are in the same
/// iteration. Or loops of the same outer iteration have stored it: then the kernel passes it on (see `Kernel`).
final class FusedKernel {
  private var names: [String]
  private lazy var builder = KernelBuilder(continuing: original!)
  private var body: [Statement]
  /// All that it loads, also what it has stored itself, and all that it stores.
  private(set) var reads: Set<BufferID>
  private(set) var writes: Set<BufferID>
  /// What each stored buffer's only store puts there; nil where loads cannot be replaced by it.
  private var forwarding: [BufferID: KernelCopier.KnownStore?] = [:]
  private let declarations: [BufferDeclaration]
  /// The one kernel, as long as it is alone.
  private var original: Kernel?

  /// Beyond so many nodes, a kernel takes longer to compile than fusion saves.
  private static let sizeLimit = 600
  /// Outer iterations that are enough to divide among threads.
  private static let enoughIterations = 32
  /// Elements below which no work is divided.
  private static let smallWork = 1 << 16

  init(_ kernel: Kernel, in program: Program) {
    original = kernel
    declarations = program.buffers
    names = [kernel.name]
    body = kernel.body
    reads = Set(kernel.loadedBuffers)
    writes = Set(kernel.storedBuffers)
    indexStores()
  }

  var kernel: Kernel {
    if let original { return original }
    return builder.finish(name: name, body: body).compacted(keepingStoresTo: nil)!
  }

  private var name: String {
    let distinct = names.enumerated().filter { !names[..<$0.offset].contains($0.element) }.map(\.element)
    return distinct.prefix(4).joined(separator: "+") + (distinct.count > 4 ? "+…" : "")
  }

  /// Takes a kernel in, at the end; false, with the same statements as before, where that cannot be or does not pay.
  func absorb(_ kernel: Kernel) -> Bool {
    guard shares(kernel), builder.exprs.count + kernel.exprs.count <= FusedKernel.sizeLimit, pays(kernel),
      writes.isDisjoint(with: kernel.storedBuffers), reads.isDisjoint(with: kernel.storedBuffers)
    else { return false }
    var copier = KernelCopier(kernel, into: builder, forwarding: forwarding)
    guard let joined = place(kernel.body, in: body, depth: 0, &copier) else { return false }
    let passedOn = kernel.passedOn.union(copier.passedOn)
    guard canPassOn(passedOn, in: joined) else { return false }
    builder.passedOn.formUnion(passedOn)
    body = joined
    original = nil
    names.append(kernel.name)
    reads.formUnion(kernel.loadedBuffers)
    writes.formUnion(kernel.storedBuffers)
    indexStores()
    return true
  }

  /// Whether what is passed on is stored before it is loaded, and so on (see `Kernel`).
  private func canPassOn(_ buffers: Set<BufferID>, in body: [Statement]) -> Bool {
    if buffers.isEmpty { return true }
    let rows = PassedOnRows(builder.finish(name: "", body: body), declarations)
    return buffers.allSatisfy { rows.problem($0) == nil }
  }

  private func indexStores() {
    forwarding = [:]
    body.forEachStore { store, loops in
      let isPlain = store.mask == nil && store.combine == .none && loops.allSatisfy { $0.kind == .parallel || $0.kind == .lanes }
      let isOnly = forwarding[store.buffer] == nil
      forwarding[store.buffer] = .some(isPlain && isOnly ? .init(store: store, axes: loops.compactMap(\.axis)) : nil)
    }
  }

  /// Whether the kernel loads what the group stores or loads. Scalars alone are no reason to put much work together, whose operands
  /// would all have to be there at once.
  private func shares(_ kernel: Kernel) -> Bool {
    let loaded = kernel.loadedBuffers
    if !writes.isDisjoint(with: loaded) { return true }
    let isSmall = max(body.work, kernel.body.work) <= FusedKernel.smallWork
    return loaded.contains { reads.contains($0) && (isSmall || declarations[$0.index].shape.elementCount != 1) }
  }

  /// Whether threads and vectors keep enough to do. Whole nests of one shape do; others meet in their outermost
  /// loops alone, so that only these are divided and only the loops inside are vectorised.
  private func pays(_ kernel: Kernel) -> Bool {
    let (mine, its) = (body.parallelExtents, kernel.body.parallelExtents)
    let works = [body.work, kernel.body.work]
    if mine.isEmpty && its.isEmpty { return works.max()! <= FusedKernel.smallWork }
    if mine == its { return true }
    let shared = zip(mine, its).prefix { $0 == $1 }.reduce(1) { $0 * $1.0 }
    guard shared > 1, body.count == 1, kernel.body.count == 1 else { return false }
    let rows = [body, kernel.body].compactMap(\.shortestRow)
    return (shared >= FusedKernel.enoughIterations || works.max()! <= FusedKernel.smallWork)
      && rows.allSatisfy { $0 >= FusionLimits.longRow }
  }

  // MARK: Placing statements

  /// `list` with the statements behind or inside its own; nil where a load cannot be forwarded.
  private func place(
    _ statements: [Statement], in list: [Statement], depth: Int, _ copier: inout KernelCopier
  ) -> [Statement]? {
    var list = list
    for statement in statements {
      if case .loop(let loop) = statement, loop.kind == .parallel, loop.carries.isEmpty {
        guard let longer = place(loop, in: list, depth: depth, &copier) else { return nil }
        list = longer
      } else if case .loop(let loop) = statement, depth > 0, let joined = join(loop, with: list, &copier) {
        list = joined
      } else {
        guard let copy = copier.copy(statement) else { return nil }
        list.append(copy)
      }
    }
    return list
  }

  private func place(_ loop: Loop, in list: [Statement], depth: Int, _ copier: inout KernelCopier) -> [Statement]? {
    for position in list.indices.reversed() {
      guard case .loop(var host) = list[position], host.admits(loop),
        // Parts of one buffer, as of a concatenation, are stored by loops of their own.
        host.body.storedBuffers.isDisjoint(with: loop.body.storedBuffers)
      else { continue }
      var trial = copier.entering(host.axis, as: loop.axis)
      guard let joined = place(loop.body, in: host.body, depth: depth + 1, &trial),
        areKnown(joined, in: host, before: list[(position + 1)...], newlyPassedOn: trial.passedOn.subtracting(copier.passedOn))
      else { continue }
      host.body = joined
      copier = trial.leaving()
      var result = list
      result[position] = .loop(host)
      return result
    }
    guard let copy = copier.copy(.loop(loop)) else { return nil }
    return list + [copy]
  }

  /// Whether statements need nothing that the loop around them, or later statements give.
  private func areKnown(
    _ statements: [Statement], in host: Loop, before later: ArraySlice<Statement>, newlyPassedOn: Set<BufferID>
  ) -> Bool {
    !builder.mentions(resultsOf: later.loopIDs.union([host.id]), in: statements)
      && newlyPassedOn.isDisjoint(with: Array(later).storedBuffers)
  }

  /// A reduction of what a parallel loop of the list stores, done by that loop while it has the values; nil where there is none.
  private func join(_ loop: Loop, with list: [Statement], _ copier: inout KernelCopier) -> [Statement]? {
    guard loop.kind == .lanes, loop.body.isEmpty else { return nil }
    for position in list.indices.reversed() {
      guard case .loop(let host) = list[position], host.kind == .parallel, host.extent == loop.extent, host.body.areStores,
        copier.loads(host.body.storedBuffers, in: loop)
      else { continue }
      var trial = copier
      guard let joined = trial.copy(loop, countingWith: host),
        areKnown(
          [.loop(joined)], in: host, before: list[(position + 1)...], newlyPassedOn: trial.passedOn.subtracting(copier.passedOn))
      else { continue }
      copier = trial
      var result = list
      result[position] = .loop(joined)
      return result
    }
    return nil
  }
}

extension Loop {
  /// Whether a parallel loop's iterations can be done by its own: reductions store what they add up, and nothing else runs in them.
  fileprivate func admits(_ loop: Loop) -> Bool {
    extent == loop.extent
      && (kind == .parallel && carries.isEmpty || kind == .lanes && !body.isEmpty && body.areStores && loop.body.areStores)
  }
}

extension [Statement] {
  typealias LoopAround = (kind: Loop.Kind, axis: AxisID?)

  /// Visits every store with the loops around it; a `while` counts as sequential, and has no counter.
  func forEachStore(_ visit: (_ store: Store, _ loops: [LoopAround]) -> Void) { forEachStore(around: [], visit) }

  private func forEachStore(around loops: [LoopAround], _ visit: (Store, [LoopAround]) -> Void) {
    for statement in self {
      switch statement {
      case .store(let store): visit(store, loops)
      case .loop(let loop): loop.body.forEachStore(around: loops + [(loop.kind, loop.axis)], visit)
      case .whileLoop(let loop): loop.body.forEachStore(around: loops + [(.sequential, nil)], visit)
      }
    }
  }

  var storedBuffers: Set<BufferID> {
    var buffers: Set<BufferID> = []
    forEachStore { store, _ in buffers.insert(store.buffer) }
    return buffers
  }

  /// The least extent of the loops inside the outermost ones; nil where there are none.
  var shortestRow: Int? {
    var shortest: Int?
    for case .loop(let outer) in self {
      for case .loop(let inner) in outer.body {
        let row = [Statement.loop(inner)].shortestRow ?? inner.extent
        shortest = Swift.min(shortest ?? row, row)
      }
    }
    return shortest
  }

  /// The extents of the nest of parallel loops that is all there is.
  var parallelExtents: [Int] {
    guard count == 1, case .loop(let loop) = self[0], loop.kind == .parallel else { return [] }
    return [loop.extent] + loop.body.parallelExtents
  }

  /// Iterations of the innermost loops.
  var work: Int {
    reduce(0) { sum, statement in
      switch statement {
      case .store: sum + 1
      case .loop(let loop): sum + loop.extent * Swift.max(loop.body.work, 1)
      case .whileLoop(let loop): sum + 16 * Swift.max(loop.body.work, 1)
      }
    }
  }
}

extension Sequence<Statement> {
  /// All loops in it.
  var loopIDs: Set<LoopID> {
    var ids: Set<LoopID> = []
    for statement in self {
      switch statement {
      case .store: break
      case .loop(let loop):
        ids.insert(loop.id)
        ids.formUnion(loop.body.loopIDs)
      case .whileLoop(let loop):
        ids.insert(loop.id)
        ids.formUnion(loop.body.loopIDs)
      }
    }
    return ids
  }
}
