import CSJSupport
import SJLoopIR
import SJTypes

/// What operations take and give: an array with data, or a tracer that stands
/// for one while a function is being transformed.
open class Value: Handle {
  public let aval: AbstractValue
  public let isTracer: Bool

  init(aval: AbstractValue, isTracer: Bool) {
    self.aval = aval
    self.isTracer = isTracer
    super.init(kind: .array)
  }

  public final var dtype: DType { aval.dtype }
  public final var shape: Shape { aval.shape }
  public final var rank: Int { aval.shape.count }
  public final var asTracer: Tracer? { isTracer ? unsafeDowncast(self, to: Tracer.self) : nil }
  public final var asArray: ConcreteArray? { isTracer ? nil : unsafeDowncast(self, to: ConcreteArray.self) }
}

/// An immutable array: dense, row-major, at some offset of a storage.
public final class ConcreteArray: Value {
  /// Retained; by hand, so that a look at it does not count it.
  private var storage: Unmanaged<Storage>?
  public let byteOffset: Int

  public init(aval: AbstractValue, storage: Storage, byteOffset: Int = 0) {
    self.storage = .passRetained(storage)
    self.byteOffset = byteOffset
    super.init(aval: aval, isTracer: false)
  }

  deinit { storage?.release() }

  /// Fresh memory of the right size, not yet written.
  public convenience init(uninitialized aval: AbstractValue) throws {
    guard let bytes = aval.checkedByteCount else {
      throw SJError(.outOfMemory, "an array of type \(aval) has more bytes than memory has addresses")
    }
    self.init(aval: aval, storage: try Storage(byteCount: bytes))
  }

  /// Whether the array was donated or deleted; then every use is an error.
  public var isDeleted: Bool { storage == nil }

  /// Gives the memory up; later uses are errors.
  public func delete() {
    let old = storage
    storage = nil
    old?.release()
  }

  public func liveStorage() throws -> Storage {
    guard let storage else { throw deletion }
    return storage.takeUnretainedValue()
  }

  private var deletion: SJError {
    SJError(.deleted, "Array has been deleted with shape=\(aval.shortText). It was donated or deleted before this use.")
  }

  /// The first byte, once it is there. Valid while the array is: hold it with `withExtendedLifetime`.
  @inline(__always) public func bytes() throws -> UnsafeRawPointer {
    if let made = try bytesIfMade() { return made }
    // Held while it is waited for: another thread may delete the array.
    let storage = try liveStorage()
    try storage.wait()
    return UnsafeRawPointer(storage.pointer + byteOffset)
  }

  /// The first byte, or nil where it is still to be made.
  /// - Throws: the error of the execution that should have made it.
  @inline(__always) func bytesIfMade() throws -> UnsafeRawPointer? {
    guard let storage else { throw deletion }
    return try storage._withUnsafeGuaranteedRef { storage in
      if storage.isPending { return nil }
      try storage.wait()
      return UnsafeRawPointer(storage.pointer + byteOffset)
    }
  }

  /// Whether the bytes are still to be made, on the execution stream.
  @inline(__always) public var isPending: Bool { storage?._withUnsafeGuaranteedRef(\.isPending) ?? false }

  /// Whether the bytes are there or have failed. If not, they will be, without anybody waiting for them.
  public func checkReady() throws -> Bool {
    guard try liveStorage().isPending else { return true }
    ExecutionStream.shared.hurry()
    return false
  }

  /// Calls `body` once the bytes are there or have failed, perhaps on another thread.
  public func whenReady(_ body: @escaping (SJError?) -> Void) {
    if let storage { storage.takeUnretainedValue().whenReady(body) } else { body(deletion) }
  }

  /// The first byte of memory that nobody else has seen yet.
  @inline(__always) public func mutableBytes() throws -> UnsafeMutableRawPointer {
    try liveStorage().pointer + byteOffset
  }

  /// The same data under another type of equally many bytes: a free view.
  public func view(as aval: AbstractValue, byteOffset: Int = 0) throws -> ConcreteArray {
    ConcreteArray(aval: aval, storage: try liveStorage(), byteOffset: self.byteOffset + byteOffset)
  }
}

extension AbstractValue {
  /// Nil for more than there are addresses.
  var checkedByteCount: Int? { shape.checkedElementCount.flatMap { Int.checkedProduct($0, dtype.size) } }
}

extension Int {
  static func checkedProduct(_ a: Int, _ b: Int) -> Int? {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : product
  }
}

/// A value under transformation. What the fields mean is the trace's business:
/// a JVP trace keeps (primal, tangent), a batch trace (value, axis), a staging
/// trace the number of a jaxpr variable.
public final class Tracer: Value {
  public let trace: Trace
  public let first: Value?
  public let second: Value?
  public let number: Int

  public init(trace: Trace, aval: AbstractValue, first: Value? = nil, second: Value? = nil, number: Int = 0) {
    self.trace = trace
    self.first = first
    self.second = second
    self.number = number
    super.init(aval: aval, isTracer: true)
  }

  /// The array that is known beneath the tracer, if the trace keeps one (JVP does, staging does not).
  public var concrete: ConcreteArray? {
    guard trace.isLive, trace.keepsValues, let first else { return nil }
    return first.asArray ?? first.asTracer?.concrete
  }
}

extension Value {
  /// The array with its data.
  /// - Throws: `concretization` for an abstract tracer, `escapedTracer` for a dead one.
  public func concreteArray(for purpose: String) throws -> ConcreteArray {
    if let array = asArray { return array }
    let tracer = asTracer!
    try tracer.checkLive()
    guard let array = tracer.concrete else {
      throw SJError(
        .concretization,
        """
        \(purpose): abstract tracer value encountered where concrete value is expected: \(tracer.describe()).
        The value depends on an argument of a function under \(tracer.trace.label), so that it is not known while the function \
        is traced. Use where/select or cond for a choice, while_loop for a loop, or mark the argument as static.
        """)
    }
    return array
  }
}

extension Tracer {
  /// - Throws: `escapedTracer` once the trace has ended.
  public func checkLive() throws {
    guard trace.isLive else {
      throw SJError(
        .escapedTracer,
        """
        Encountered an unexpected tracer: a value of type \(aval) was created inside \(trace.label) and used after that \
        had ended. Return the value from the function instead of storing it elsewhere.
        """)
    }
  }

  /// The kind and the type, for messages: `JitTracer(float32[3])`.
  public func describe() -> String { "\(trace.tracerName)(\(aval.weakType ? "~" : "")\(aval))" }

  /// As JAX prints a tracer, with what is in it: `GradTracer(primal=1.0, typeof(tangent)=f32[])`.
  public func description(_ text: (Value) -> String) -> String {
    "\(trace.tracerName)(\(trace.contents(of: self, text)))"
  }
}
