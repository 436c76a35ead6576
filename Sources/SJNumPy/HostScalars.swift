import SJCore
import SJLax
import SJTypes

/// A weak int32 or float32 scalar as one of a float type, by arithmetic here instead of a program: the `1` in `x + 1` is
/// converted at each call. Nil for other values and types.
func convertedHostScalar(_ x: Value, to type: PromotionType) throws -> Value? {
  guard x.rank == 0, x.aval.weakType, type.dtype.isFloat, let array = x.asArray else { return nil }
  return try withExtendedLifetime(array) {
    switch x.dtype {
    case .int32: try Lax.scalar(Double(array.bytes().load(as: Int32.self)), type.dtype, weakType: type.weak)
    case .float32: try Lax.scalar(Double(array.bytes().load(as: Float.self)), type.dtype, weakType: type.weak)
    default: nil
    }
  }
}
