/// One axis or several; negative ones count from the end: `x.sum(axis: -1)`, `x.sum(axis: [0, 1])`.
public struct Axes: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, Hashable, Sendable {
  public let axes: [Int]

  public init(_ axes: [Int]) { self.axes = axes }
  public init(_ axis: Int) { axes = [axis] }
  public init(integerLiteral axis: Int) { axes = [axis] }
  public init(arrayLiteral axes: Int...) { self.axes = axes }
}
