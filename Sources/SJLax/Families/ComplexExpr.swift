import SJLoopIR

/// A complex number inside a kernel.
public struct ComplexExpr {
  public var re: ExprID
  public var im: ExprID

  public init(_ re: ExprID, _ im: ExprID) {
    self.re = re
    self.im = im
  }

  public init(_ element: Element) { (re, im) = element.pair }

  public var element: Element { .pair(re, im) }
}

extension KernelBuilder {
  public func add(_ x: ComplexExpr, _ y: ComplexExpr) -> ComplexExpr {
    ComplexExpr(binary(.add, x.re, y.re), binary(.add, x.im, y.im))
  }
}
