import SJCore
import SJLax
import SJNumPy

/// An immutable array of numbers, booleans or random keys: `jax.Array`.
///
/// Operations throw `JAXError`, so that a statement has one `try`:
///
///     let x = try Tensor([[1, 2], [3, 4.5]])  // float32[2,2]
///     let y = try (2 * x + 1).sum(axis: 0)
///
/// Literals are weakly typed scalars: `2 * x` keeps the dtype of `x`.
/// Inside a transformation (`grad`, `vmap`, `jit`…) a tensor may stand for a value that is not known yet.
public struct Tensor: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }

  /// The sizes of the axes; `[]` for a scalar.
  public var shape: Shape { value.shape }
  /// The number of axes.
  public var ndim: Int { value.rank }
  /// The number of elements.
  public var size: Int { value.aval.elementCount }
  /// The number of bytes of all elements.
  public var nbytes: Int { value.aval.byteCount }
  public var dtype: DType { value.dtype }
  /// Whether the dtype gives way to that of the other operand, as that of literals does.
  public var weakType: Bool { value.aval.weakType }
  /// Whether it stands for a value that is not known yet.
  public var isTracer: Bool { value.isTracer }
  /// The device that holds the data: `"cpu"`.
  public var device: String { Backend.current.platformName }

  /// The tensor with its axes reversed.
  public var T: Tensor { get throws { Tensor(try SJNumPy.NumPy.transpose(value)) } }

  /// Whether the data is gone: donated to a call, or deleted.
  public var isDeleted: Bool { value.asArray?.isDeleted ?? false }

  /// Gives the memory up; later uses throw `deleted`.
  /// - Throws: `concretization` inside `jit` or `vmap`.
  public func delete() throws { try value.concreteArray(for: "delete").delete() }

  /// Waits until the data is there; throws the error of the computation that should have made it.
  @discardableResult
  public func blockUntilReady() throws -> Tensor {
    _ = try value.concreteArray(for: "blockUntilReady").bytes()
    return self
  }

  /// Whether the data is there, or has failed, so that reading it would not wait.
  /// - Throws: `concretization` inside `jit` or `vmap`.
  public var isReady: Bool { get throws { try value.concreteArray(for: "isReady").checkReady() } }

  /// A tensor of a type without data, for `evalShape` and the results of callbacks: `jax.ShapeDtypeStruct`.
  public static func abstract(_ shape: Shape, dtype: DType = .float32) throws -> Tensor {
    guard shape.allSatisfy({ $0 >= 0 }), shape.checkedElementCount != nil else {
      throw JAXError(.shape, "abstract: \(shape.text) is no shape")
    }
    return Tensor(typeOnly(AbstractValue(dtype, shape)))
  }
}

/// A type without data: a tracer of a trace that is over.
func typeOnly(_ aval: AbstractValue) -> Value {
  let trace = Trace(functionName: "evalShape")
  trace.end()
  return Tracer(trace: trace, aval: aval)
}

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// As NumPy prints it: `[1. 2. 3.]`.
  public var description: String { text(SJNumPy.NumPy.arrayStr) }

  /// As JAX shows it: `Array([1., 2., 3.], dtype=float32)`.
  public var debugDescription: String { text(SJNumPy.NumPy.arrayRepr) }

  private func text(_ print: (Value) throws -> String) -> String {
    do { return try print(value) } catch { return "<\(error)>" }
  }
}
