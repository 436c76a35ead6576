import SJTypes

// What one loop of an iteration passes on to the loops behind it: a row that is stored, and loaded again while it is in the cache.

extension Kernel {
  /// Buffers that it both loads and stores, loading before it stores.
  public var inPlaceBuffers: Set<BufferID> { Set(loadedBuffers).intersection(storedBuffers).subtracting(passedOn) }

  /// What it reads of what was there before.
  public var reads: [BufferID] {
    passedOn.isEmpty ? loadedBuffers : loadedBuffers.filter { !passedOn.contains($0) }
  }
}

/// The rules of what is passed on, and whose memory may serve for it.
struct PassedOnRows {
  private let kernel: Kernel
  private let declarations: [BufferDeclaration]
  private let affine: AffineAnalysis

  init(_ kernel: Kernel, _ declarations: [BufferDeclaration], _ affine: AffineAnalysis? = nil) {
    self.kernel = kernel
    self.declarations = declarations
    self.affine = affine ?? AffineAnalysis(kernel)
  }

  /// Why a buffer cannot be passed on as it is; nil if it can: one loop of a parallel iteration stores a row of it, all of it, and
  /// loops behind, in the same iteration, load from the row.
  func problem(_ buffer: BufferID) -> String? {
    guard let row = Row(of: buffer, in: kernel) else { return "it is not stored once, plainly, in independent iterations" }
    for (depth, level) in row.path.enumerated() {
      for (position, statement) in level.list.enumerated() {
        let isLast = depth == row.path.count - 1
        // Of loops around the store the carries alone: what is inside comes next.
        let looked = position == level.position && !isLast ? statement.withoutBody : statement
        let used = loads(of: buffer, below: [looked].roots)
        if used.isEmpty { continue }
        guard position > level.position, !isLast else { return "it is loaded before or beside its store" }
        if !used.allSatisfy({ row.contains(index($0), above: depth, affine, strides(buffer)) }) {
          return "it is loaded where the iteration may not have stored it"
        }
      }
    }
    return nil
  }

  private func strides(_ buffer: BufferID) -> [Int] { declarations[buffer.index].shape.rowMajorStrides }

  private func loads(of buffer: BufferID, below roots: [ExprID]) -> Set<ExprID> { Set(kernel.loads(of: [buffer], below: roots)) }

  private func index(_ load: ExprID) -> [ExprID] { if case .load(_, let index, _, _) = kernel[load] { index } else { [] } }

  // MARK: Memory

  /// Pairs of a buffer that is passed on and one that can have the same memory: its row is stored, by a loop of its own, when that
  /// of the first is needed no more, or only for the very element, and has been loaded for that.
  var takeovers: [(source: BufferID, target: BufferID)] {
    let inPlace = kernel.inPlaceBuffers
    let targets = kernel.storedBuffers.filter { !inPlace.contains($0) }.compactMap { Row(of: $0, in: kernel) }
    var taken: Set<BufferID> = []
    return kernel.passedOn.sorted { $0.raw < $1.raw }.compactMap { source in
      guard let row = Row(of: source, in: kernel),
        let target = targets.first(where: { !taken.contains($0.buffer) && canTakeOver($0, row) })
      else { return nil }
      taken.insert(target.buffer)
      return (source, target.buffer)
    }
  }

  private func canTakeOver(_ target: Row, _ source: Row) -> Bool {
    guard target.buffer != source.buffer, declarations[target.buffer.index] == declarations[source.buffer.index],
      let depth = source.path.indices.first(where: {
        $0 >= target.path.count || target.path[$0].position != source.path[$0].position
      }),
      depth < min(source.path.count, target.path.count), target.path[depth].position > source.path[depth].position,
      target.path[(depth + 1)...].allSatisfy({ $0.list.count == 1 }),
      source.contains(target.index, above: depth, affine, strides(source.buffer))
    else { return false }
    let place = target.index.map(affine.form)
    let loadedForStore = loads(of: source.buffer, below: target.store.operands)
    for (depthOfUse, level) in source.path[...depth].enumerated() {
      for (position, statement) in level.list.enumerated() where position != level.position {
        let used = loads(of: source.buffer, below: [statement].roots)
        if used.isEmpty || depthOfUse == depth && position < target.path[depth].position { continue }
        let isAtOnce = depthOfUse == depth && position == target.path[depth].position
        guard isAtOnce, used.isSubset(of: loadedForStore), used.allSatisfy({ index($0).map(affine.form) == place }) else {
          return false
        }
      }
    }
    return true
  }
}

/// The rows of a buffer that a kernel stores once, plainly, in loops whose iterations are independent but for what they add up.
private struct Row {
  let store: Store
  /// The statements among which each of the loops around the store is, and at last the store itself.
  let path: [(list: [Statement], position: Int)]
  private let loops: [Loop]

  var buffer: BufferID { store.buffer }
  var index: [ExprID] { store.index }

  init?(of buffer: BufferID, in kernel: Kernel) {
    var count = 0
    kernel.body.forEachStore { store, _ in if store.buffer == buffer { count += 1 } }
    guard count == 1, let path = Row.path(to: buffer, in: kernel.body), let (list, position) = path.last,
      case .store(let store) = list[position], store.mask == nil, store.combine == .none
    else { return nil }
    self.store = store
    self.path = path
    loops = path.dropLast().compactMap { if case .loop(let loop) = $0.list[$0.position] { loop } else { nil } }
    if !loops.allSatisfy({ $0.kind == .parallel || $0.kind == .lanes }) { return nil }
  }

  private static func path(to buffer: BufferID, in list: [Statement]) -> [(list: [Statement], position: Int)]? {
    for (position, statement) in list.enumerated() {
      switch statement {
      case .store(let store): if store.buffer == buffer { return [(list, position)] }
      case .loop(let loop): if let rest = path(to: buffer, in: loop.body) { return [(list, position)] + rest }
      case .whileLoop: break
      }
    }
    return nil
  }

  /// Whether an access in a later loop, inside the outermost `depth` loops too, lies in what the loops further in have stored.
  func contains(_ access: [ExprID], above depth: Int, _ affine: AffineAnalysis, _ strides: [Int]) -> Bool {
    let (stored, accessed) = (affine.flattened(index, strides: strides), affine.flattened(access, strides: strides))
    // What both have in common says where the row is.
    let rest = AffineForm(accessed.constant - stored.constant, accessed.terms.filter { !stored.terms.contains($0) })
    // Such an access cannot be made before the loop around it begins.
    guard loops[..<depth].allSatisfy({ $0.kind == .parallel }),
      rest.terms.contains(where: { if case .axis = $0.atom { true } else { false } }),
      let length = rowLength(stored.terms.filter { !accessed.terms.contains($0) }, loops[depth...].filter { $0.extent > 1 })
    else { return false }
    guard let range = rest.range(of: affine.axisRange) else { return false }
    return range.lowerBound >= 0 && range.upperBound < length
  }

  /// How many elements, without a gap, the counters of loops reach by an affine form's terms.
  private func rowLength(_ terms: [AffineForm.Term], _ loops: [Loop]) -> Int? {
    guard terms.count == loops.count else { return nil }
    let digits = loops.map { loop in (weight: terms.first { $0.atom == .axis(loop.axis) }?.coefficient ?? 0, extent: loop.extent)
    }
    return digits.sorted { $0.weight < $1.weight }.reduce(1) { length, digit in
      guard let length, digit.weight == length else { return nil }
      return length * digit.extent
    }
  }
}

extension Statement {
  /// A loop's carries alone.
  fileprivate var withoutBody: Statement {
    switch self {
    case .store: return self
    case .loop(var loop):
      loop.body = []
      return .loop(loop)
    case .whileLoop(var loop):
      loop.body = []
      return .whileLoop(loop)
    }
  }
}
