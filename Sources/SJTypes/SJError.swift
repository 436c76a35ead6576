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

  public var code: Code
  public var message: String
  /// What a callback attached (in C: the very status it returned).
  public var payload: AnyObject?

  public init(_ code: Code, _ message: String, payload: AnyObject? = nil) {
    self.code = code
    self.message = message
    self.payload = payload
  }

  public var description: String { message }
}
