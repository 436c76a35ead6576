import SJTypes
import Synchronization

/// A function of pytrees: a host's callback, a Swift closure, or what a
/// transformation made of one. Its identity is part of jit's cache key.
public final class Function: Handle {
  public let name: String
  public let body: (_ arguments: PyTree) throws -> PyTree
  /// A shorter way for flat arguments, where the function has one.
  public let flatBody: FlatBody?
  /// Positions of arguments that a call deletes, and may overwrite with results.
  public let donated: Set<Int>

  /// Makes what a call with such arguments needs, without calling, and says whether it is all machine code; nil where nothing
  /// is made in advance.
  public let prepare: ((_ arguments: PyTree) throws -> Bool)?

  /// Calls a function on leaves without building trees or arrays of them.
  /// - Parameter results: places for as many results, each of which becomes a retained reference.
  /// - Returns: false, having done nothing, where the general way must be taken.
  public typealias FlatBody = (
    _ arguments: UnsafeBufferPointer<Unmanaged<Value>>, _ results: UnsafeMutableBufferPointer<Unmanaged<Value>?>
  ) throws -> Bool

  /// What those that trace the function remember of it; lives as long as the function.
  public let memo = Mutex(Memo())

  public struct Memo: @unchecked Sendable {
    public var object: AnyObject?
  }

  /// - Parameter body: gets a tuple of arguments.
  public init(
    _ name: String, flatBody: FlatBody? = nil, donated: Set<Int> = [],
    prepare: ((_ arguments: PyTree) throws -> Bool)? = nil,
    _ body: @escaping (_ arguments: PyTree) throws -> PyTree
  ) {
    self.name = name
    self.body = body
    self.flatBody = flatBody
    self.donated = donated
    self.prepare = prepare
    super.init(kind: .function)
  }

  public func callAsFunction(_ arguments: PyTree) throws -> PyTree { try body(arguments) }

  /// For functions of flat arguments.
  public func callAsFunction(_ arguments: Value...) throws -> PyTree { try body(.arguments(arguments)) }
}
