// Options and trees of the transformations.

/// A copy of an options struct of this or an older version of the header: later fields have their defaults.
func versioned<T>(
  _ pointer: UnsafePointer<T>, _ defaults: T, size: UInt32, _ function: StaticString
) throws -> T {
  guard size >= 8, size <= 4096 else {
    throw SJError(.invalidArgument, "\(function): options.struct_size is \(size); set the options up with their _init function")
  }
  var result = defaults
  withUnsafeMutableBytes(of: &result) { target in
    target.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: min(Int(size), target.count)))
  }
  return result
}

func gradientOptions(
  _ pointer: UnsafePointer<sj_grad_options>?, _ function: StaticString, _ name: StaticString
) throws -> GradientOptions {
  guard let pointer else { return GradientOptions() }
  let options = try versioned(pointer, sj_grad_options(), size: pointer.pointee.struct_size, function)
  let (aux, holomorphic, ints) = (options.has_aux != 0, options.holomorphic != 0, options.allow_int != 0)
  guard let argnums = try integersOrNil(options.argnums, options.argnums_count, function, "options.argnums") else {
    return GradientOptions(argnum: Int(options.argnum), hasAux: aux, holomorphic: holomorphic, allowInt: ints)
  }
  return GradientOptions(argnums: argnums, hasAux: aux, holomorphic: holomorphic, allowInt: ints)
}

func jitOptions(
  _ pointer: UnsafePointer<sj_jit_options>?, _ function: StaticString, _ name: StaticString
) throws -> Set<Int> {
  guard let pointer else { return [] }
  let options = try versioned(pointer, sj_jit_options(), size: pointer.pointee.struct_size, function)
  return Set(try integers(options.donate_argnums, options.donate_argnums_count, function, "options.donate_argnums"))
}

struct CheckpointOptions {
  var policy = CheckpointPolicy.nothing
  var preventCSE = true
}

func checkpointOptions(
  _ pointer: UnsafePointer<sj_checkpoint_options>?, _ function: StaticString, _ name: StaticString
) throws -> CheckpointOptions {
  guard let pointer else { return CheckpointOptions() }
  var defaults = sj_checkpoint_options()
  defaults.prevent_cse = 1
  let options = try versioned(pointer, defaults, size: pointer.pointee.struct_size, function)
  guard let operations = CheckpointPolicy.Operations(rawValue: options.operations) else {
    throw SJError(.invalidArgument, "\(function): options.operations is \(options.operations), none of sj_saved_operations")
  }
  let names = Set(
    try elements(options.names, options.names_count, function, "options.names").map {
      try text($0, function, "options.names")
    })
  let policy = CheckpointPolicy(operations, names: options.all_but_names != 0 ? .allBut(names) : .only(names))
  return CheckpointOptions(policy: policy, preventCSE: options.prevent_cse != 0)
}

func checkpoint(_ function: Function, _ options: CheckpointOptions) -> Function {
  SJControl.checkpoint(function, policy: options.policy, preventCSE: options.preventCSE)
}

struct VmapOptions {
  var inAxes = AxisSpec.all(0)
  var outAxes = AxisSpec.all(0)
  var axisName: String?
  var axisSize: Int?
}

func vmapOptions(
  _ pointer: UnsafePointer<sj_vmap_options>?, _ function: StaticString, _ name: StaticString
) throws -> VmapOptions {
  guard let pointer else { return VmapOptions() }
  var defaults = sj_vmap_options()
  defaults.axis_size = -1
  let options = try versioned(pointer, defaults, size: pointer.pointee.struct_size, function)
  guard options.axis_size >= -1 else {
    throw SJError(.invalidArgument, "\(function): axis_size is \(options.axis_size)")
  }
  return VmapOptions(
    inAxes: try axes(options.in_axes, options.in_axes_count, options.in_axes_tree, function, "options.in_axes"),
    outAxes: try axes(options.out_axes, options.out_axes_count, options.out_axes_tree, function, "options.out_axes"),
    axisName: options.axis_name.string, axisSize: options.axis_size < 0 ? nil : Int(options.axis_size))
}

private func axes(
  _ values: UnsafePointer<Int64>?, _ count: Int64, _ tree: OpaquePointer?, _ function: StaticString, _ name: StaticString
) throws -> AxisSpec {
  guard values != nil || tree != nil else { return .all(0) }
  let axes = try elements(values, count, function, name).map(axisOrNil)
  guard let tree = try handleOrNil(tree, Tree.self, function, name) else {
    return axes.count == 1 ? .all(axes[0]) : .arguments(axes)
  }
  guard tree.leafCountWithNones == axes.count else {
    throw SJError(
      .tree, "\(function): \(name) has \(axes.count) axes for the \(tree.leafCountWithNones) leaves and Nones of \(tree)")
  }
  return AxisSpec(tree: tree, axes: axes)
}

func vectorized(_ function: Function, _ options: VmapOptions) -> Function {
  vmap(
    function, inAxes: options.inAxes, outAxes: options.outAxes, axisName: options.axisName, axisSize: options.axisSize)
}

func forward(_ function: Function, _ primals: List, _ tangents: List, _ tree: Tree?) throws -> (PyTree, List) {
  let (output, tangent, _) = try jvp(function, argumentTree(primals, tree), argumentTree(tangents, tree))
  return (output, List(tangent.leaves))
}

func reverse(
  _ function: Function, _ primals: List, _ tree: Tree?, _ hasAux: Bool
) throws -> (PyTree, Function, PyTree?) {
  try vjp(function, argumentTree(primals, tree), hasAux: hasAux)
}

func linearized(_ function: Function, _ primals: List, _ tree: Tree?) throws -> (PyTree, Function) {
  let (output, map, _) = try linearize(function, argumentTree(primals, tree))
  return (output, map)
}

func scanned(
  _ function: Function, _ initial: PyTree, _ xs: PyTree, _ length: Int, _ reverse: Bool, _ unroll: Int
) throws -> (List, PyTree) {
  let (carry, ys) = try scan(
    function, initial, xs, length: length < 0 ? nil : length, reverse: reverse, unroll: unroll)
  return (List(carry.leaves), ys)
}

func shapes(_ function: Function, _ arguments: PyTree) throws -> PyTree {
  let (avals, tree) = try evalShape(function, arguments.tree, arguments.avals)
  return PyTree(typesOnly(avals), tree)
}
