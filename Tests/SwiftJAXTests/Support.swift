import SwiftJAX
import Testing

/// A tensor of float32 numbers.
func floats(_ values: Float...) throws -> Tensor { try Tensor(values) }

/// The message of the `JAXError` that the body throws.
func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return (error as? JAXError)?.message ?? "not a JAXError: \(error)" }
  return "nothing was thrown"
}

struct UserError: Error, Equatable { let number: Int }
