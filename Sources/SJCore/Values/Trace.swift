import CSJSupport
import SJTypes

/// What happens to operations while a function is transformed: the interpreter
/// of one transformation. The current trace is thread-local; none means that
/// operations run at once.
open class Trace {
  /// The trace that was current when this one began.
  public let parent: Trace?
  /// Whether the traced function is still running.
  public private(set) var isLive = true
  /// The name of the transformed function, for messages.
  public let functionName: String

  public init(functionName: String) {
    parent = Trace.current
    self.functionName = functionName
  }

  /// What the transformation is called in messages: `jit of f`.
  open var label: String { functionName }
  /// What a tracer of this trace is called in messages, as in JAX.
  open var tracerName: String { "Tracer" }
  /// What is in a tracer of this trace, as JAX prints it; `text` prints the values of which it is made.
  open func contents(of tracer: Tracer, _ text: (Value) -> String) -> String {
    "\(tracer.aval.weakType ? "~" : "")\(tracer.aval)"
  }
  /// Whether `first` of a tracer holds the value itself, so that it can be read.
  open var keepsValues: Bool { false }

  /// The named axis that the trace binds.
  open var namedAxis: NamedAxis? { nil }

  open func process(_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value] {
    throw SJError(.internalFault, "\(label) cannot process \(primitive.name)")
  }

  /// The thread's current trace.
  public static var current: Trace? {
    guard let pointer = sj_thread().pointee.trace else { return nil }
    return Unmanaged<Trace>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Whether no trace is current: the test of the eager fast path.
  @inline(__always) public static var isEvaluating: Bool { sj_thread().pointee.trace == nil }

  /// Runs `body` with `trace` current (nil: evaluating), and restores the former one on every exit.
  public static func with<R>(_ trace: Trace?, _ body: () throws -> R) rethrows -> R {
    let state = sj_thread()
    let former = state.pointee.trace
    state.pointee.trace = trace.map { Unmanaged.passUnretained($0).toOpaque() }
    defer { state.pointee.trace = former }
    return try withExtendedLifetime(trace) { try body() }
  }

  /// Runs `body` with this trace current and ends the trace afterwards: its tracers are then escaped.
  public final func run<R>(_ body: () throws -> R) rethrows -> R {
    defer { isLive = false }
    return try Trace.with(self, body)
  }

  /// Ends a trace that `run` did not run.
  public final func end() { isLive = false }
}
