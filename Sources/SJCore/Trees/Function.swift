import SJTypes
import Synchronization

/// A function of pytrees: a host's callback, a Swift closure, or what a
/// transformation made of one. Its identity is part of jit's cache key.
public final class Function: Handle {
  public let name: String
  public let body: (_ arguments: PyTree) throws -> PyTree
  /// What those that trace the function remember of it; lives as long as the function.
  public let memo = Mutex(Memo())

  public struct Memo: @unchecked Sendable {
    public var object: AnyObject?
  }

  /// - Parameter body: gets a tuple of arguments.
  public init(_ name: String, _ body: @escaping (_ arguments: PyTree) throws -> PyTree) {
    self.name = name
    self.body = body
    super.init(kind: .function)
  }

  public func callAsFunction(_ arguments: PyTree) throws -> PyTree { try body(arguments) }

  /// For functions of flat arguments.
  public func callAsFunction(_ arguments: Value...) throws -> PyTree { try body(.arguments(arguments)) }
}
