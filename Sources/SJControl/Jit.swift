import SJCore
import SJTransforms
import SJTypes
import Synchronization

/// `jax.jit`: a function that is traced once for each kind of arguments and then runs compiled.
///
/// The key of a trace is the tree of the arguments (static ones are nodes without leaves), their types, the
/// configuration that tracing sees, and the named axes in scope. What a function closes over is
/// a constant of its trace; where that belongs to an enclosing trace, the trace is not kept.
/// - Parameter donated: positions of arguments whose arrays are deleted by the call, which writes results into their memory
///   where it can.
public func jit(_ function: Function, donated: Set<Int> = []) -> Function {
  let cache = TraceCache(function, donated: donated)
  let flatBody: Function.FlatBody? = donated.isEmpty ? { try cache.call($0, into: $1) } : nil
  return Function(function.name, flatBody: flatBody, donated: donated, prepare: cache.prepare) { arguments in
    let config = Config.current
    if config.disableJit { return try function.body(arguments) }
    let result = try cache.call(arguments, config)
    if !donated.isEmpty { donate(arguments, donated) }
    return result
  }
}

private func donate(_ arguments: PyTree, _ donated: Set<Int>) {
  for leaf in arguments.tree.leaves(of: donated) { arguments.leaves[leaf].asArray?.delete() }
}

/// Has everything made that a call of a jitted function with such arguments needs, of which only the types count: its trace and, where
/// there is a compiler, machine code. `jax.jit(f).lower(...).compile()`.
/// - Returns: whether all of it is machine code.
/// - Throws: `invalidArgument` where the function is not jitted.
public func compile(_ function: Function, _ arguments: PyTree) throws -> Bool {
  guard let prepare = function.prepare else {
    throw SJError(.invalidArgument, "compile: \(function.name) is not what jit gave")
  }
  return try !Config.current.disableJit && prepare(arguments)
}

/// The traces of one jitted function.
final class TraceCache {
  private let function: Function
  private let donated: Set<Int>
  private let entries = Mutex<Entries>(Entries())

  /// Entries live as long as the cache.
  private struct Entries: @unchecked Sendable { var all: [Key: Entry] = [:] }
  /// The entry found last, one of `entries`.
  private let latest = Atomic<Unmanaged<Entry>?>(nil)

  struct Key: Hashable {
    let tree: Tree
    let avals: [AbstractValue]
    let config: Config
    let axes: [NamedAxis]
  }

  final class Entry: @unchecked Sendable {
    let key: Key
    let staged: Staged
    let outputTree: Tree
    let isPure: Bool
    /// Whether calls of flat arguments can take the shorter way.
    let isFlat: Bool
    /// Positions among what is hoisted and the arguments' leaves.
    let donated: [Int]
    /// The types of the arguments as numbers, which are compared without anything being counted.
    private let signature: [Int]
    /// The compiled trace, kept by `staged`.
    private let program = Atomic<Unmanaged<CompiledJaxpr>?>(nil)

    init(key: Key, staged: Staged, outputTree: Tree, donated: Set<Int>) {
      self.key = key
      self.staged = staged
      self.outputTree = outputTree
      signature = key.avals.flatMap(\.signature)
      isPure = staged.isPure
      isFlat =
        isPure && staged.hoisted.isEmpty && key.axes.isEmpty && !key.config.checksResults && !key.config.disableJit
        && key.tree == .leaves(key.avals.count)
      self.donated = key.tree.leaves(of: donated).map { staged.hoisted.count + $0 }
    }

    /// The compiled trace, once something runs it.
    @inline(__always) func compiled() throws -> CompiledJaxpr {
      if let known = program.load(ordering: .acquiring) { return known._withUnsafeGuaranteedRef { $0 } }
      let compiled = try staged.closed.compiled(donated: donated)
      program.store(Unmanaged.passUnretained(compiled), ordering: .releasing)
      return compiled
    }

    /// Whether a call of flat arguments has this entry's key.
    @inline(__always) func matches(_ arguments: UnsafeBufferPointer<Unmanaged<Value>>) -> Bool {
      guard isFlat, key.config == Config.current.forTracing, arguments.count == key.avals.count else { return false }
      return signature.withUnsafeBufferPointer { signature in
        var position = 0
        return arguments.allSatisfy { argument in
          argument._withUnsafeGuaranteedRef { !$0.isTracer && $0.aval.isNext(in: signature, &position) }
        }
      }
    }
  }

  init(_ function: Function, donated: Set<Int> = []) {
    self.function = function
    self.donated = donated
  }

  /// The shorter way for leaves: a known trace, called on arrays.
  func call(
    _ arguments: UnsafeBufferPointer<Unmanaged<Value>>, into results: UnsafeMutableBufferPointer<Unmanaged<Value>?>
  ) throws -> Bool {
    guard Trace.isEvaluating, let entry = latest.load(ordering: .acquiring) else { return false }
    return try entry._withUnsafeGuaranteedRef { entry in
      guard entry.matches(arguments) else { return false }
      return try entry.compiled().call(arguments, into: results)
    }
  }

  func call(_ arguments: PyTree, _ config: Config) throws -> PyTree {
    let entry = try entry(for: arguments, config)
    let results = try evaluated(entry, arguments.leaves, config) ?? bindJit(function.name, entry.staged, arguments.leaves)
    return PyTree(results, entry.outputTree)
  }

  /// Has the trace for such arguments compiled. (One that depends on an enclosing trace is not kept.)
  func prepare(_ arguments: PyTree) throws -> Bool { try entry(for: arguments, Config.current).compiled().prepare() }

  /// Runs the compiled trace, past the machinery of primitives; nil where a trace is involved.
  private func evaluated(_ entry: Entry, _ leaves: [Value], _ config: Config) throws -> [Value]? {
    guard Trace.isEvaluating, entry.isPure else { return nil }
    for leaf in leaves where leaf.isTracer { return nil }
    let inputs = entry.staged.hoisted.isEmpty ? leaves : entry.staged.hoisted + leaves
    // No tracer among them: all are arrays.
    let results = try entry.compiled()(unsafeBitCast(inputs, to: [ConcreteArray].self))
    if config.checksResults { try FiniteCheck.check(results, function.name, config) }
    return results
  }

  /// The trace for these arguments, made where there is none.
  func entry(for arguments: PyTree, _ config: Config) throws -> Entry {
    let axes = AxisEnvironment.current
    let config = config.forTracing
    if let latest = latest.load(ordering: .acquiring)?.takeUnretainedValue(),
      latest.key.matches(arguments, config, axes)
    {
      return latest
    }
    let key = Key(tree: arguments.tree, avals: arguments.avals, config: config, axes: axes)
    let entry = try entries.withLock({ $0.all[key] }) ?? trace(key)
    if entry.isPure { remember(entry) }
    return entry
  }

  private func remember(_ entry: Entry) {
    entries.withLock { entries in
      // Of two threads that traced at once the first one's entry stays: entries are never replaced.
      let kept = entries.all[entry.key] ?? entry
      entries.all[entry.key] = kept
      latest.store(Unmanaged.passUnretained(kept), ordering: .releasing)
    }
  }

  private func trace(_ key: Key) throws -> Entry {
    let config = Config.current
    if config.logCompiles {
      let types = key.avals.map(\.description).joined(separator: ", ")
      Log.write(.info, "Tracing and compiling \(function.name) with argument types (\(types))")
    }
    var outputTree = Tree.none
    let staged = try Log.timed("tracing \(function.name)") {
      try stage(function.name, key.avals) { leaves in
        let result = try function.body(PyTree(leaves, key.tree))
        outputTree = result.tree
        return result.leaves
      }
    }
    if config.explainCacheMisses {
      CacheMiss.explain(function.name, key, known: entries.withLock { Array($0.all.keys) }, staged)
    }
    return Entry(key: key, staged: staged, outputTree: outputTree, donated: donated)
  }
}

extension TraceCache.Key {
  /// Whether a call with these arguments has this key; without building one.
  fileprivate func matches(_ arguments: PyTree, _ config: Config, _ axes: [NamedAxis]) -> Bool {
    guard arguments.leaves.count == avals.count, tree == arguments.tree, self.config == config, self.axes == axes
    else { return false }
    for (leaf, aval) in zip(arguments.leaves, avals) where leaf.aval != aval { return false }
    return true
  }
}

extension AbstractValue {
  /// Equal for equal types alone, and no beginning of another's.
  fileprivate var signature: [Int] { [signatureHead] + shape }

  @inline(__always) private var signatureHead: Int { shape.count << 16 | Int(dtype.rawValue) << 1 | (weakType ? 1 : 0) }

  /// Whether this type's signature is at a position among others, which moves behind it.
  @inline(__always) fileprivate func isNext(in signatures: UnsafeBufferPointer<Int>, _ position: inout Int) -> Bool {
    guard signatures[position] == signatureHead else { return false }
    for axis in shape.indices where signatures[position + 1 + axis] != shape[axis] { return false }
    position += 1 + shape.count
    return true
  }
}
