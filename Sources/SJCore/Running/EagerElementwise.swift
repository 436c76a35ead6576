import SJLoopIR
import SJTypes

// The eager fast path: one elementwise operation on arrays of one type goes
// straight to its kernel, without operand arrays, parameters, or a cache lookup.

extension Primitive {
  /// `bind1` of a unary operation without parameters.
  public func callAsFunction(_ x: Value) throws -> Value {
    if Trace.isEvaluating, let result = try directly(x) { return result }
    return try bind1(self, [x])
  }

  /// `bind1` of a binary operation without parameters.
  public func callAsFunction(_ x: Value, _ y: Value) throws -> Value {
    if Trace.isEvaluating, let result = try directly(x, y) { return result }
    return try bind1(self, [x, y])
  }

  /// The result of the kernel, where the fast path applies: nothing but arrays that are there, and no checks of the result.
  @inline(__always) func directly(_ x: Value) throws -> Value? {
    guard let array = x.asArray, let kernel = unaryKernel(x.aval), !Config.current.checksResults, !array.isPending
    else { return nil }
    let result = try ConcreteArray(uninitialized: x.aval)
    kernel(Int64(x.aval.elementCount), try result.mutableBytes(), try array.bytes())
    return result
  }

  @inline(__always) func directly(_ x: Value, _ y: Value) throws -> Value? {
    guard let a = x.asArray, let b = y.asArray, a.dtype == b.dtype, let (shape, aStep, bStep) = steps(a.shape, b.shape),
      let kernel = binaryKernel(a.dtype, shape), !Config.current.checksResults,
      !a.isPending, !b.isPending
    else { return nil }
    let aval = AbstractValue(kernel.result ?? a.dtype, shape, weakType: a.aval.weakType && b.aval.weakType)
    let result = try ConcreteArray(uninitialized: aval)
    kernel.code(Int64(aval.elementCount), try result.mutableBytes(), try a.bytes(), aStep, try b.bytes(), bStep)
    return result
  }

  /// Above this many elements a program, which runs on several threads, is worth its overhead.
  private static let directLimit = 1 << 16

  private func accepts(_ dtype: DType) -> Bool { rules.elementwiseDTypes >> UInt32(dtype.rawValue) & 1 != 0 }

  private func unaryKernel(_ aval: AbstractValue) -> UnaryKernel? {
    guard case .unary(let op) = rules.elementwise, !op.isPredicate, accepts(aval.dtype), aval.dtype.componentCount == 1,
      aval.elementCount <= Primitive.directLimit
    else { return nil }
    return Backend.current.unaryKernel(op, aval.dtype.scalar)
  }

  private func binaryKernel(_ dtype: DType, _ shape: Shape) -> (code: BinaryKernel, result: DType?)? {
    guard case .binary(let op) = rules.elementwise, accepts(dtype), dtype.componentCount == 1, dtype.isNumeric,
      shape.elementCount <= Primitive.directLimit, let code = Backend.current.binaryKernel(op, dtype.scalar)
    else { return nil }
    return (code, op.isPredicate ? .bool : nil)
  }

  /// The result shape where operands are alike or one is a scalar, with the step of each.
  @inline(__always) private func steps(_ a: Shape, _ b: Shape) -> (Shape, Int64, Int64)? {
    if a == b { return (a, 1, 1) }
    if a.isEmpty { return (b, 0, 1) }
    if b.isEmpty { return (a, 1, 0) }
    return nil
  }
}
