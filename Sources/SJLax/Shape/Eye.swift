import SJCore
import SJTypes

extension Lax {
  /// Ones where `row + offset == column`, else zeros: shape [rows, columns].
  public static func eye(rows: Int, columns: Int, offset: Int = 0, dtype: DType) throws -> Value {
    let shape = [rows, columns]
    let row = try add(broadcastedIota(.int32, shape, 0), full(shape, Double(offset), .int32))
    return try convertElementType(eq(row, broadcastedIota(.int32, shape, 1)), dtype)
  }
}
