import SJCore
import SJLax
import SJTypes

/// `jax.numpy`: NumPy's functions as compositions of `lax` operations, with NumPy's
/// broadcasting and JAX's type promotion. Names and defaults are those of `jax.numpy`.
public enum NumPy {}

extension NumPy {
  /// The result dtype of an operation on these values, weak types considered.
  /// - Throws: `dtype` where keys or float0 meet numbers.
  public static func resultType(_ values: [Value], _ name: String = "result_type") throws -> PromotionType {
    guard var joined = values.first?.aval.promotion else {
      throw SJError(.invalidArgument, "\(name): at least one array is needed")
    }
    let x64 = Config.current.enableX64
    for value in values.dropFirst() {
      guard let next = joined.joined(with: value.aval.promotion, x64: x64) else {
        throw SJError(
          .dtype,
          "\(name): dtypes \(joined.dtype) and \(value.dtype) have no common type; keys and float0 do not mix with numbers")
      }
      joined = next
    }
    return joined
  }

  /// The dtype that two strong dtypes go to, 64-bit ones included.
  public static func promoteTypes(_ a: DType, _ b: DType) throws -> DType {
    // Where neither has 64 bits, none comes in unless they are enabled.
    let x64 = Config.current.enableX64 || a.narrowed != a || b.narrowed != b
    guard let joined = PromotionType(a).joined(with: PromotionType(b), x64: x64) else {
      throw SJError(.dtype, "promote_types: \(a) and \(b) have no common type")
    }
    return joined.dtype
  }

  /// The values converted to their common dtype.
  public static func promoted(_ values: [Value], _ name: String) throws -> [Value] {
    let type = try resultType(values, name)
    return try values.map { try cast($0, to: type) }
  }

  /// The values converted to their common dtype, made inexact: integers and booleans become the default float.
  public static func promotedInexact(_ values: [Value], _ name: String) throws -> [Value] {
    let type = try inexact(resultType(values, name), name)
    return try values.map { try cast($0, to: type) }
  }

  /// The values converted to their common dtype and broadcast to their common shape.
  public static func promotedAndBroadcast(_ values: [Value], _ name: String) throws -> [Value] {
    try broadcast(promoted(values, name), name)
  }

  /// The default float where the type is an integer or a boolean.
  static func inexact(_ type: PromotionType, _ name: String) throws -> PromotionType {
    guard type.dtype.isNumeric else {
      throw SJError(.dtype, "\(name) does not accept dtype \(type.dtype); numbers are wanted")
    }
    return type.dtype.isInexact ? type : PromotionType(defaultFloat, weak: type.weak)
  }

  /// The dtype of Python floats: `float64` with 64-bit types enabled, else `float32`.
  public static var defaultFloat: DType { Config.current.enableX64 ? .float64 : .float32 }
  /// The dtype of Python integers.
  public static var defaultInt: DType { Config.current.enableX64 ? .int64 : .int32 }
  public static var defaultComplex: DType { Config.current.enableX64 ? .complex128 : .complex64 }

  /// A dtype as the configuration allows it: 64-bit types become 32-bit ones, with a warning, unless enabled.
  public static func canonical(_ dtype: DType) -> DType {
    Config.current.enableX64 ? dtype : dtype.narrowed
  }

  static func cast(_ x: Value, to type: PromotionType) throws -> Value {
    if x.dtype == type.dtype && x.aval.weakType == type.weak { return x }
    if let scalar = try convertedHostScalar(x, to: type) { return scalar }
    // Host scalars become literals of the right type instead of conversions in every trace.
    if x.rank == 0, !x.isTracer {
      return try Trace.with(nil) { try Lax.convertElementType(x, type.dtype, weakType: type.weak) }
    }
    return try Lax.convertElementType(x, type.dtype, weakType: type.weak)
  }

  /// The values broadcast to their common shape.
  public static func broadcast(_ values: [Value], _ name: String) throws -> [Value] {
    let shape = try broadcastShapes(values.map(\.shape), name)
    return try values.map { try broadcastTo($0, shape) }
  }

  /// The common shape by NumPy's rules.
  public static func broadcastShapes(_ shapes: [Shape], _ name: String = "broadcast_shapes") throws -> Shape {
    try shapes.reduce([]) { joined, shape in
      guard let next = joined.broadcast(with: shape) else {
        let list = shapes.map(\.tupleText).joined(separator: ", ")
        throw SJError(
          .shape, "\(name): Incompatible shapes for broadcasting: shapes=[\(list)]",
          raises: name == "indexing" || name == "broadcast_shapes" ? .valueError : nil)
      }
      return next
    }
  }

  /// `jnp.broadcast_to`.
  public static func broadcastTo(_ x: Value, _ shape: Shape) throws -> Value {
    if x.shape == shape { return x }
    guard x.rank <= shape.count, x.shape.broadcast(with: shape) == shape else {
      throw SJError(
        .shape, "broadcast_to: Incompatible shapes for broadcasting: \(x.shape.tupleText) and requested shape \(shape.tupleText)",
        raises: .valueError)
    }
    // Axes of size 1 are squeezed away and broadcast as new ones.
    let offset = shape.count - x.rank
    let ones = x.shape.indices.filter { x.shape[$0] == 1 && shape[$0 + offset] != 1 }
    let operand = ones.isEmpty ? x : try Lax.squeeze(x, ones)
    let kept = x.shape.indices.filter { !ones.contains($0) }.map { $0 + offset }
    return try Lax.broadcastInDim(operand, shape: shape, broadcastDimensions: kept)
  }

  /// The axis in 0 ..< rank.
  /// - Parameter exception: what JAX raises where there is no such axis; its functions differ.
  public static func canonicalAxis(
    _ axis: Int, rank: Int, _ name: String, raises exception: SJError.Exception = .valueError
  ) throws -> Int {
    guard axis >= -rank, axis < rank else {
      throw SJError(
        .invalidArgument, "\(name): axis \(axis) is out of bounds for array of dimension \(rank)", raises: exception)
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Distinct axes in 0 ..< rank; nil means all.
  public static func canonicalAxes(
    _ axes: [Int]?, rank: Int, _ name: String, raises exception: SJError.Exception = .valueError
  ) throws -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let resolved = try axes.map { try canonicalAxis($0, rank: rank, name, raises: exception) }
    guard Set(resolved).count == resolved.count else {
      throw SJError(.invalidArgument, "\(name): duplicate value in 'axis': \(axes)")
    }
    return resolved
  }
}
