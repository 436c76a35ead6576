// Host code as an operation: functions made of C callbacks, run on values by compiled code too.

func batching(_ method: sj_vmap_method) throws -> HostCallback.Batching {
  switch Int(method) {
  case SJ_VMAP_UNSUPPORTED: return .unsupported
  case SJ_VMAP_SEQUENTIAL: return .sequential
  case SJ_VMAP_EXPAND_DIMS: return .expandDims
  case SJ_VMAP_BROADCAST_ALL: return .broadcastAll
  default: throw SJError(.invalidArgument, "vmap_method is \(method), which is no sj_vmap_method")
  }
}

func hostCall(
  _ primitive: Primitive, _ function: Function, _ effects: Effects, _ types: List, _ operands: List, _ method: sj_vmap_method
) throws -> List {
  let callback = HostCallback(name: function.name, batching: try batching(method), effects: effects) { inputs in
    try function.body(.arguments(inputs)).leaves
  }
  return List(try SJControl.hostCall(primitive, callback, types.values.map(\.aval.strong), operands.values))
}

func debugCall(_ function: Function, _ operands: List, _ isOrdered: Bool) throws {
  let callback = HostCallback(
    name: function.name, batching: .sequential, effects: isOrdered ? [.io, .ordered] : .io
  ) { inputs in
    _ = try function.body(.arguments(inputs))
    return []
  }
  _ = try SJControl.hostCall(Primitives.debugCallback, callback, [], operands.values)
}

func typeOnly(_ shape: Shape, _ dtype: DType) throws -> Value {
  guard shape.allSatisfy({ $0 >= 0 }), shape.checkedElementCount != nil else {
    throw SJError(.shape, "sj_shape_dtype_struct: \(shape.text) is no shape")
  }
  return typesOnly([AbstractValue(dtype, shape)])[0]
}

/// Types as arrays without values: tracers of a trace that is over.
func typesOnly(_ avals: [AbstractValue]) -> [Value] {
  let trace = Trace(functionName: "eval_shape")
  trace.end()
  return avals.map { Tracer(trace: trace, aval: $0) }
}
