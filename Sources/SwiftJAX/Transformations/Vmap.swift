import SJCore
import SJTransforms

/// Which axes `vmap` maps: one for all leaves (`0`), none (`nil`), one for each argument (`[0, nil]`), or one
/// for each part of an argument (`["weight": 0, "bias": nil]` for structs and dictionaries, `[0, 1]` for arrays).
public enum MappedAxes: ExpressibleByIntegerLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, Sendable
{
  case axis(Int?)
  case children([MappedAxes])
  case named([String: MappedAxes])

  public init(integerLiteral axis: Int) { self = .axis(axis) }
  public init(nilLiteral: ()) { self = .axis(nil) }
  public init(arrayLiteral children: MappedAxes...) { self = .children(children) }
  public init(dictionaryLiteral children: (String, MappedAxes)...) {
    self = .named(Dictionary(children) { _, last in last })
  }

  /// One axis for each leaf of a tree.
  fileprivate func axes(over tree: Tree, _ what: String, _ path: String) throws -> [Int?] {
    switch self {
    case .axis(let axis): return Array(repeating: axis, count: tree.leafCount)
    case .children(let children):
      guard !tree.isLeaf, children.count == tree.children.count else {
        let given = "\(what)\(path) has \(children.count) entries"
        throw JAXError(.tree, "\(given), but the value there \(tree.isLeaf ? "is a leaf" : "has \(tree.children.count) parts")")
      }
      return try zip(children, tree.children).enumerated().flatMap { i, pair in
        try pair.0.axes(over: pair.1, what, "\(path)[\(i)]")
      }
    case .named(let children):
      let keys = tree.keys
      guard Set(keys) == Set(children.keys) else {
        throw JAXError(.tree, "\(what)\(path) names \(children.keys.sorted()), but the value there has the parts \(keys)")
      }
      return try zip(keys, tree.children).flatMap { key, child in
        try children[key]!.axes(over: child, what, "\(path).\(key)")
      }
    }
  }

  fileprivate func spec(over tree: Tree, _ what: String) throws -> AxisSpec {
    if case .axis(let axis) = self { return .all(axis) }
    return .arguments(try axes(over: tree, what, ""))
  }

  /// For results, whose tree is not known yet.
  fileprivate func resultSpec() throws -> AxisSpec {
    switch self {
    case .axis(let axis): return .all(axis)
    case .children(let children):
      let axes: [Int?] = try children.map { child in
        guard case .axis(let axis) = child else { throw JAXError(.tree, "vmap outAxes: one axis for each result is wanted") }
        return axis
      }
      return .arguments(axes)
    case .named: throw JAXError(.tree, "vmap outAxes: one axis for each result is wanted")
    }
  }
}

extension Tree {
  fileprivate var keys: [String] {
    switch node {
    case .dict(let keys): keys
    case .custom(let data): data.childNames
    default: []
    }
  }
}

private func mapped(
  _ function: Function, _ inAxes: MappedAxes, _ outAxes: MappedAxes, _ axisName: String?, _ axisSize: Int?
) -> Function {
  Function("vmap(\(function.name))") { arguments in
    // Axes are given leaf by leaf, so that the tree is flat.
    let spec = try inAxes.spec(over: arguments.tree, "vmap inAxes")
    let flat = Function(function.name) { try function.body(PyTree($0.leaves, arguments.tree)) }
    let map = SJTransforms.vmap(
      flat, inAxes: spec, outAxes: try outAxes.resultSpec(), axisName: axisName, axisSize: axisSize)
    return try map.body(.arguments(arguments.leaves))
  }
}

/// A function over one more axis: `jax.vmap`.
///
///     let products = try vmap({ (m: Tensor, v: Tensor) in try m • v }, inAxes: [nil, 0])(matrix, vectors)
/// - Parameters:
///   - inAxes: the axis of the arguments that is mapped; `nil` for what is the same for all.
///   - outAxes: where the axis goes in the results.
///   - axisName: its name for collectives such as `Lax.psum`.
///   - axisSize: its size, where no argument tells.
/// - Throws (when called): `shape` where sizes differ, `invalidArgument` for an axis out of range, `tree` where axes do not fit.
public func vmap<each A: Pytree, each R: Pytree>(
  _ function: @escaping (repeat each A) throws -> (repeat each R), inAxes: MappedAxes = 0, outAxes: MappedAxes = 0,
  axisName: String? = nil, axisSize: Int? = nil
) -> (repeat each A) throws -> (repeat each R) {
  swiftFunction(mapped(engineFunction("closure", function), inAxes, outAxes, axisName, axisSize)) {
    try unflattenResults(repeat (each R).self, from: $0)
  }
}

public func vmap<A: Pytree, R: Pytree>(
  _ function: @escaping (A) throws -> R, inAxes: MappedAxes = 0, outAxes: MappedAxes = 0, axisName: String? = nil,
  axisSize: Int? = nil
) -> (A) throws -> R {
  swiftFunction(mapped(engineFunction("closure", function), inAxes, outAxes, axisName, axisSize), read(R.self))
}

public func vmap<A: Pytree, B: Pytree, R: Pytree>(
  _ function: @escaping (A, B) throws -> R, inAxes: MappedAxes = 0, outAxes: MappedAxes = 0, axisName: String? = nil,
  axisSize: Int? = nil
) -> (A, B) throws -> R {
  swiftFunction(mapped(engineFunction("closure", function), inAxes, outAxes, axisName, axisSize), read(R.self))
}

public func vmap<A: Pytree, B: Pytree, C: Pytree, R: Pytree>(
  _ function: @escaping (A, B, C) throws -> R, inAxes: MappedAxes = 0, outAxes: MappedAxes = 0, axisName: String? = nil,
  axisSize: Int? = nil
) -> (A, B, C) throws -> R {
  swiftFunction(mapped(engineFunction("closure", function), inAxes, outAxes, axisName, axisSize), read(R.self))
}
