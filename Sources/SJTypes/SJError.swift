/// What went wrong, in a form that crosses the C boundary unchanged.
public struct SJError: Error, CustomStringConvertible {
  public enum Code: Int32, Sendable {
    /// A value is out of its domain: axis out of range, unknown name…
    case invalidArgument = 1
    /// Shapes do not fit.
    case shape
    /// Dtypes do not fit.
    case dtype
    /// The concrete value of a tracer was asked for.
    case concretization
    /// A tracer outlived its trace.
    case escapedTracer
    /// Trees do not match.
    case tree
    /// A donated or deleted array was used.
    case deleted
    case outOfMemory
    /// JAX has no such rule either (`while` in reverse mode), or the type has no meaning for the op.
    case unsupported
    /// A host callback failed; `payload` holds what it gave.
    case callback
    /// Files and other input and output.
    case io
    /// A debugging check fired: NaN found, key reused…
    case check
    /// A fault of the engine itself.
    case internalFault
  }

  /// The exceptions that JAX raises, by their names in Python. A code says what went wrong; JAX's kind of exception for it
  /// often follows from the code alone, and is given where it does not.
  public enum Exception: String, Sendable {
    case typeError = "TypeError"
    case valueError = "ValueError"
    case indexError = "IndexError"
    case nameError = "NameError"
    case overflowError = "OverflowError"
    case notImplementedError = "NotImplementedError"
    case memoryError = "MemoryError"
    case osError = "OSError"
    case floatingPointError = "FloatingPointError"
    case runtimeError = "RuntimeError"
    case concretization = "ConcretizationTypeError"
    case nonConcreteBooleanIndex = "NonConcreteBooleanIndexError"
    case unexpectedTracer = "UnexpectedTracerError"
    case jaxRuntime = "JaxRuntimeError"
  }

  public var code: Code
  public var message: String
  /// JAX's exception for this failure.
  public var exception: Exception
  /// What a callback attached (in C: the very status it returned).
  public var payload: AnyObject?

  /// - Parameter exception: where JAX raises another kind than is usual for the code.
  public init(_ code: Code, _ message: String, raises exception: Exception? = nil, payload: AnyObject? = nil) {
    self.code = code
    self.message = message
    self.exception = exception ?? code.exception
    self.payload = payload
  }

  public var description: String { message }
}

extension SJError.Code {
  /// The exception that JAX usually raises for such a failure.
  public var exception: SJError.Exception {
    switch self {
    case .invalidArgument, .tree: .valueError
    case .shape, .dtype: .typeError
    case .concretization: .concretization
    case .escapedTracer: .unexpectedTracer
    case .deleted, .internalFault: .runtimeError
    case .outOfMemory: .memoryError
    case .unsupported: .notImplementedError
    case .callback: .jaxRuntime
    case .io: .osError
    case .check: .floatingPointError
    }
  }
}
