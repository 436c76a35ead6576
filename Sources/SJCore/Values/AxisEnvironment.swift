import SJTypes

/// A named axis of an enclosing `vmap`.
public struct NamedAxis: Hashable, Sendable {
  public let name: String
  public let size: Int

  public init(name: String, size: Int) {
    self.name = name
    self.size = size
  }
}

/// The named axes in scope on this thread.
public enum AxisEnvironment {
  /// Innermost first.
  public static var current: [NamedAxis] {
    var axes: [NamedAxis] = []
    var trace = Trace.current
    while let here = trace {
      if let axis = here.namedAxis { axes.append(axis) }
      trace = here.parent
    }
    return axes
  }

  /// - Throws: `invalidArgument` where no enclosing `vmap` has the name.
  public static func size(of name: String) throws -> Int {
    guard let axis = current.first(where: { $0.name == name }) else {
      throw SJError(
        .invalidArgument, "unbound axis name: \(name). Bind it with vmap(..., axis_name='\(name)').", raises: .nameError)
    }
    return axis.size
  }
}
