/// The kinds of object that cross the C boundary.
public enum HandleKind: UInt32, Sendable {
  case array = 0x534A_0001
  case list, tree, function, status, scope, string, compiled, indexItems
}

/// The base of everything that C holds a pointer to. Its first word is a tag, so
/// that a pointer of the wrong kind is recognised before it is used.
open class Handle {
  public let kind: HandleKind
  public init(kind: HandleKind) { self.kind = kind }
}
