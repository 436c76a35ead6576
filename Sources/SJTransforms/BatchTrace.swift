import SJCore
import SJLax
import SJTypes

/// Vectorisation: tracers carry a value with one more axis than they show.
final class BatchTrace: Trace {
  let axis: BatchAxis

  init(functionName: String, axis: BatchAxis) {
    self.axis = axis
    super.init(functionName: functionName)
  }

  override var label: String { "vmap of \(functionName)" }
  override var tracerName: String { "VmapTracer" }
  override func contents(of tracer: Tracer, _ text: (Value) -> String) -> String {
    "aval=\(tracer.aval), batched=\(tracer.first!.aval)"
  }
  override var namedAxis: NamedAxis? { axis.name.map { NamedAxis(name: $0, size: axis.size) } }

  func tracer(_ value: Value, _ batchAxis: Int?) -> Value {
    guard let batchAxis else { return value }
    var aval = value.aval
    aval.shape.remove(at: batchAxis)
    return Tracer(trace: self, aval: aval, first: value, number: batchAxis)
  }

  func parts(_ value: Value) throws -> (value: Value, axis: Int?) {
    guard let tracer = value.asTracer, tracer.trace === self else { return (value, nil) }
    try tracer.checkLive()
    return (tracer.first!, tracer.number)
  }

  override func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    let parts = try inputs.map(self.parts)
    let values = parts.map(\.value)
    let axes = parts.map(\.axis)
    return try Trace.with(parent) {
      let overThisAxis = axis.name.map { params.axisNames.contains($0) } ?? false
      if !overThisAxis && axes.allSatisfy({ $0 == nil }) { return try bind(primitive, values, params) }
      let (outputs, outputAxes) = try batch(primitive, values, axes, params)
      return zip(outputs, outputAxes).map(tracer)
    }
  }

  private func batch(
    _ primitive: Primitive, _ values: [Value], _ axes: [Int?], _ params: Params
  ) throws -> (outputs: [Value], axes: [Int?]) {
    switch primitive.rules.batch {
    case .rule(let rule): return try rule(axis, values, axes, params)
    case .zero, .unsupported(""):
      throw SJError(.unsupported, "Batching rule for '\(primitive.name)' not available")
    case .unsupported(let reason):
      throw SJError(.unsupported, "Batching rule for '\(primitive.name)' not available: \(reason)")
    }
  }
}

/// The flat vmap.
/// - Parameters:
///   - inputAxes: the mapped axis of each input, nil where it is shared. In range.
///   - outputAxes: asks, for each output, where its mapped axis shall be (nil: it must not depend on the mapped inputs).
public func vmap(
  _ name: String, axis: BatchAxis, _ inputs: [Value], _ inputAxes: [Int?],
  outputAxes: (_ outputs: [AbstractValue]) throws -> [Int?], _ body: ([Value]) throws -> [Value]
) throws -> [Value] {
  let trace = BatchTrace(functionName: name, axis: axis)
  let results = try trace.run { try body(zip(inputs, inputAxes).map(trace.tracer)).map { ($0.aval, try trace.parts($0)) } }
  let wanted = try outputAxes(results.map(\.0))
  return try zip(results, wanted).map { result, target in
    try moveBatchAxis(result.1.value, from: result.1.axis, to: target, axis, aval: result.0, name: name)
  }
}

/// The results of a flat batched body wherever their batch axes are.
public func batched(
  _ name: String, axis: BatchAxis, _ inputs: [Value], _ inputAxes: [Int?], _ body: ([Value]) throws -> [Value]
) throws -> (outputs: [Value], axes: [Int?]) {
  let trace = BatchTrace(functionName: name, axis: axis)
  let results = try trace.run { try body(zip(inputs, inputAxes).map(trace.tracer)).map(trace.parts) }
  return (results.map(\.value), results.map(\.axis))
}

private func moveBatchAxis(
  _ value: Value, from source: Int?, to target: Int?, _ axis: BatchAxis, aval: AbstractValue, name: String
) throws -> Value {
  switch (source, target) {
  case (nil, nil): return value
  case (nil, let target?): return try Batching.broadcastBatch(value, nil, size: axis.size, to: target)
  case (let source?, let target?): return try Lax.moveAxis(value, source, target)
  case (_?, nil):
    throw SJError(
      .invalidArgument,
      """
      vmap has mapped output (axis_name=\(axis.name ?? "None")) but out_axes is None: an output of \(name) of type \(aval) \
      depends on a mapped input, so it needs an axis in out_axes.
      """)
  }
}
