import SJCore
import SJTransforms
import SJTypes
import Synchronization

/// `jax.jit`: a function that is traced once for each kind of arguments and then runs compiled.
///
/// The key of a trace is the tree of the arguments (static ones are nodes without leaves), their types, the
/// configuration that tracing sees, and the named axes in scope. What a function closes over is
/// a constant of its trace; where that belongs to an enclosing trace, the trace is not kept.
/// - Parameter donated: positions of arguments whose arrays are deleted by the call.
public func jit(_ function: Function, donated: Set<Int> = []) -> Function {
  let cache = TraceCache(function)
  return Function(function.name) { arguments in
    if Config.current.disableJit { return try function.body(arguments) }
    let result = try cache.call(arguments)
    if !donated.isEmpty { donate(arguments, donated) }
    return result
  }
}

private func donate(_ arguments: PyTree, _ donated: Set<Int>) {
  for (i, argument) in arguments.children.enumerated() where donated.contains(i) {
    for leaf in argument.leaves { leaf.asArray?.delete() }
  }
}

/// The traces of one jitted function.
final class TraceCache {
  private let function: Function
  private let entries = Mutex<Entries>(Entries())

  private struct Entries: @unchecked Sendable {
    var latest: Entry?
    var all: [Key: Entry] = [:]
  }

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
    init(key: Key, staged: Staged, outputTree: Tree) {
      self.key = key
      self.staged = staged
      self.outputTree = outputTree
    }
  }

  init(_ function: Function) { self.function = function }

  func call(_ arguments: PyTree) throws -> PyTree {
    let entry = try entry(for: arguments)
    return PyTree(try bindJit(function.name, entry.staged, arguments.leaves), entry.outputTree)
  }

  /// The trace for these arguments, made where there is none.
  func entry(for arguments: PyTree) throws -> Entry {
    let config = Config.current
    let axes = AxisEnvironment.current
    if let latest = entries.withLock({ $0.latest }), latest.key.matches(arguments, config, axes) { return latest }
    let key = Key(tree: arguments.tree, avals: arguments.avals, config: config, axes: axes)
    if let known = entries.withLock({ $0.all[key] }) {
      entries.withLock { $0.latest = known }
      return known
    }
    let entry = try trace(arguments, key)
    if entry.staged.isPure {
      entries.withLock {
        $0.all[key] = entry
        $0.latest = entry
      }
    }
    return entry
  }

  private func trace(_ arguments: PyTree, _ key: Key) throws -> Entry {
    if key.config.logCompiles {
      let types = arguments.avals.map(\.description).joined(separator: ", ")
      Log.write(.info, "Tracing and compiling \(function.name) with argument types (\(types))")
    }
    var outputTree = Tree.none
    let staged = try stage(function.name, arguments.avals) { leaves in
      let result = try function.body(PyTree(leaves, arguments.tree))
      outputTree = result.tree
      return result.leaves
    }
    return Entry(key: key, staged: staged, outputTree: outputTree)
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
