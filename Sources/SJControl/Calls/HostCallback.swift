import SJCore
import SJLax
import SJLoopIR
import SJTransforms
import SJTypes

/// Code of the host that operations call: one mechanism for `pure_callback`,
/// `io_callback`, `debug_callback` and custom calls, which differ in effects and rules only.
public final class HostCallback: Hashable {
  /// What `vmap` does with the call.
  public enum Batching: String {
    case unsupported = "None"
    /// One call for each element.
    case sequential
    /// One call with a leading axis, of size 1 where an operand is not batched.
    case expandDims = "expand_dims"
    /// One call with a leading axis of full size on every operand.
    case broadcastAll = "broadcast_all"
  }

  public let name: String
  public let batching: Batching
  public let effects: Effects
  let function: ([ConcreteArray]) throws -> [Value]

  public init(
    name: String, batching: Batching = .unsupported, effects: Effects = [],
    _ function: @escaping ([ConcreteArray]) throws -> [Value]
  ) {
    self.name = name
    self.batching = batching
    self.effects = effects
    self.function = function
  }

  public static func == (a: HostCallback, b: HostCallback) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// Calls the host, without a trace, and checks what it gives.
  func call(_ inputs: [ConcreteArray], _ outputs: [AbstractValue]) throws -> [ConcreteArray] {
    let results = try Trace.with(nil) { try function(inputs).map { try $0.concreteArray(for: name) } }
    guard results.count == outputs.count else {
      throw SJError(.callback, "\(name): the callback returned \(results.count) results where \(outputs.count) were declared")
    }
    for (i, (result, aval)) in zip(results, outputs).enumerated() where !result.aval.matches(aval) {
      throw SJError(.callback, "\(name): result \(i) of the callback has type \(result.aval), but \(aval) was declared")
    }
    return results
  }

  /// One call for each index of the mapped axis, results stacked.
  func mapped(size: Int, isBatched: [Bool], outputs: [AbstractValue]) -> HostCallback {
    HostCallback(name: name, batching: batching, effects: effects) { inputs in
      let stacked = try outputs.map { aval in
        try ConcreteArray(uninitialized: AbstractValue(aval.dtype, [size] + aval.shape))
      }
      for i in 0..<size {
        let slices = try zip(inputs, isBatched).map { input, batched in
          guard batched else { return input }
          let aval = AbstractValue(input.dtype, Array(input.shape.dropFirst()))
          return try input.view(as: aval, byteOffset: i * aval.byteCount)
        }
        for (target, result) in zip(stacked, try self.call(slices, outputs)) {
          let bytes = result.aval.byteCount
          try target.mutableBytes().advanced(by: i * bytes).copyMemory(from: result.bytes(), byteCount: bytes)
        }
      }
      return stacked
    }
  }
}

struct CallbackParams: ParamValues {
  let callback: HostCallback
  let outputs: [AbstractValue]

  var fields: [(name: String, value: String)] {
    [
      ("callback", callback.name), ("result_avals", "(" + outputs.map(\.shortText).joined(separator: ", ") + ")"),
      ("vmap_method", callback.batching.rawValue),
    ]
  }
}

/// The callback with the types of one call site, as compiled programs hold it.
private final class CallSite: HostFunction {
  let callback: HostCallback
  let inputs: [AbstractValue]
  let outputs: [AbstractValue]

  init(_ callback: HostCallback, inputs: [AbstractValue], outputs: [AbstractValue]) {
    self.callback = callback
    self.inputs = inputs
    self.outputs = outputs
    super.init(name: callback.name)
  }

  override func call(inputs pointers: [UnsafeRawPointer], outputs targets: [UnsafeMutableRawPointer]) throws {
    let arguments = try zip(pointers, inputs).map { pointer, aval in
      let copy = try ConcreteArray(uninitialized: aval)
      try copy.mutableBytes().copyMemory(from: pointer, byteCount: aval.byteCount)
      return copy
    }
    for (target, result) in zip(targets, try callback.call(arguments, outputs)) {
      target.copyMemory(from: try result.bytes(), byteCount: result.aval.byteCount)
    }
  }
}

/// Calls host code on values; under `jit` it runs whenever the compiled function does.
public func hostCall(
  _ primitive: Primitive, _ callback: HostCallback, _ outputs: [AbstractValue], _ inputs: [Value]
) throws -> [Value] {
  try bind(primitive, inputs, CallbackParams(callback: callback, outputs: outputs).boxed)
}

extension Primitives {
  /// A function of its inputs alone: may be called any number of times, or not at all.
  public static let pureCallback = callback(
    "pure_callback",
    noJVP: "Pure callbacks do not support JVP. Please use `jax.custom_jvp` to use callbacks while taking gradients.")

  /// A call with side effects, which happens exactly once per execution.
  public static let ioCallback = callback(
    "io_callback",
    noJVP: "IO callbacks do not support JVP. Please use `jax.custom_jvp` to use callbacks while taking gradients.")

  /// A registered C function.
  public static let customCall = callback(
    "custom_call", noJVP: "custom calls have no derivative of their own. Wrap the call with custom_jvp or custom_vjp.")

  /// Prints or inspects values; has no results and no influence on derivatives.
  public static let debugCallback = callback("debug_callback", noJVP: nil)

  private static func callback(_ name: String, noJVP: String?) -> Primitive {
    PrimitiveReference.define(name) { this in
      Rules(
        abstract: { _, params in
          let params = params.unbox(CallbackParams.self)
          return (params.outputs, params.callback.effects)
        },
        jvp: noJVP.map { reason in .rule { _, _, _ in throw SJError(.unsupported, reason, raises: .valueError) } }
          ?? .rule { primals, _, params in (try bind(this.primitive, primals, params), []) },
        transpose: noJVP.map { .unsupported($0) } ?? .zero,
        batch: .rule { axis, inputs, axes, params in
          try batch(this.primitive, axis, inputs, axes, params.unbox(CallbackParams.self))
        },
        lowering: .rule { context, inputs, params, outputs in
          let params = params.unbox(CallbackParams.self)
          let results = outputs.map { context.newBuffer($0) }
          let site = CallSite(
            params.callback, inputs: inputs.map { AbstractValue($0.dtype, $0.shape) }, outputs: outputs)
          context.emit(
            .host(HostCommand(function: site, inputs: try inputs.map { try context.materialize($0) }, results: results)))
          return zip(outputs, results).map { Lowered($0.dtype, $0.shape, .buffer($1)) }
        },
        evaluate: { inputs, params in
          let params = params.unbox(CallbackParams.self)
          return try params.callback.call(inputs.map { $0.asArray! }, params.outputs)
        })
    }
  }

  private static func batch(
    _ primitive: Primitive, _ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: CallbackParams
  ) throws -> (outputs: [Value], axes: [Int?]) {
    let callback = params.callback
    var operands = try zip(inputs, axes).map { try $1 == nil ? $0 : Lax.moveAxis($0, $1!, 0) }
    let outputs = params.outputs.map { AbstractValue($0.dtype, [axis.size] + $0.shape) }
    let batched: HostCallback
    switch callback.batching {
    case .unsupported:
      throw SJError(
        .unsupported,
        "vmap is only supported for \(primitive.name) if vmap_method is specified: sequential, expand_dims or broadcast_all")
    case .sequential:
      batched = callback.mapped(size: axis.size, isBatched: axes.map { $0 != nil }, outputs: params.outputs)
    case .expandDims, .broadcastAll:
      let size = callback.batching == .expandDims ? 1 : axis.size
      operands = try zip(operands, axes).map { try $1 == nil ? Batching.broadcastBatch($0, nil, size: size, to: 0) : $0 }
      batched = callback
    }
    let results = try hostCall(primitive, batched, outputs, operands)
    return (results, results.map { _ in 0 })
  }
}
