/// What an equation does besides computing its results.
public struct Effects: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Observable, so never removed (`debug_callback`).
  public static let io = Effects(rawValue: 1)
  /// Observable in order with all other ordered effects.
  public static let ordered = Effects(rawValue: 2)
  /// Depends on the named axes in scope, so never moved out of them.
  public static let namedAxis = Effects(rawValue: 4)

  /// Effects that keep an equation alive when its results are unused.
  public var preventRemoval: Bool { !isDisjoint(with: [.io, .ordered]) }
}
