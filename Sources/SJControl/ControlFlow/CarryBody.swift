import SJCore
import SJLax
import SJTransforms
import SJTypes

/// Stages a loop body whose output carry must have the types of its input carry.
///
/// A weakly typed initial carry that comes back with another dtype is converted first, and then is weak no more, as in JAX.
/// Whether another carry is weak may change.
/// - Parameters:
///   - carry: the initial carry as the first argument(s) of the body.
///   - extra: types of further arguments that are not carried.
///   - outputCarry: the part of the body's result that is the next carry.
/// - Returns: the body and the initial carry, converted.
func stageCarryBody(
  _ body: Function, _ carry: PyTree, extra: PyTree = PyTree([], .tuple([])), extraAvals: [AbstractValue] = [],
  what: String, outputCarry: (Tree) throws -> Tree
) throws -> (body: StagedBody, initial: [Value]) {
  var initial = carry.leaves
  let tree = Tree.tuple(carry.tree.children + extra.tree.children)
  for attempt in 0... {
    let staged = try StagedBody(body, tree, initial.map(\.aval) + extraAvals)
    let nextTree = try outputCarry(staged.outputTree)
    if let difference = carry.tree.children[0].difference(from: nextTree) {
      throw SJError(
        .tree,
        "\(what) body function carry input and carry output must have the same pytree structure, but they differ: \(difference)",
        raises: .typeError)
    }
    let next = Array(staged.avals.prefix(initial.count))
    if zip(initial, next).allSatisfy({ $0.aval.matches($1) }) { return (staged, initial) }
    guard attempt < 3, let types = promoted(initial.map(\.aval), next) else {
      throw carryError(initial, next, carry.tree.children[0].leafPaths, what)
    }
    initial = try zip(initial, types).map { try converted($0, to: $1) }
  }
  throw SJError(.internalFault, "\(what): carry types did not settle")
}

/// The types of the initial carry after those that are weak gave way to what the body made of them; nil where that does not help.
private func promoted(_ carry: [AbstractValue], _ next: [AbstractValue]) -> [AbstractValue]? {
  var types: [AbstractValue] = []
  for (before, after) in zip(carry, next) {
    if before.matches(after) {
      types.append(before)
      continue
    }
    guard before.weakType, before.shape == after.shape,
      let joined = before.promotion.joined(with: after.promotion, x64: Config.current.enableX64),
      joined.dtype != before.dtype
    else { return nil }
    types.append(before.with(dtype: joined.dtype, weakType: false))
  }
  return types
}

private func carryError(_ initial: [Value], _ next: [AbstractValue], _ paths: [String], _ what: String) -> SJError {
  let lines = zip(initial, next).enumerated().filter { !$0.element.0.aval.matches($0.element.1) }.map { i, pair in
    "the input carry component carry\(paths[i]) has type \(pair.0.aval) but the corresponding output carry component has type \(pair.1), \(typeMismatch(pair.0.aval, pair.1))"
  }
  return SJError(
    .dtype,
    "\(what) body function carry input and carry output must have equal types, but they differ: \(lines.joined(separator: "; ")). Convert the initial carry or the result with convert_element_type or reshape."
  )
}
