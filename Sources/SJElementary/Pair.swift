/// An unevaluated sum high + low, |low| <= ulp(high)/2 after normalisation.
/// (Dekker 1971; Knuth, TAOCP vol. 2, 4.2.2.)
struct Pair<B: ElementaryBuilder> {
  let high: Term<B>
  let low: Term<B>

  init(_ high: Term<B>, _ low: Term<B>) {
    self.high = high
    self.low = low
  }

  /// a + b exactly, for |a| >= |b| (or a = 0).
  init(fastSum a: Term<B>, _ b: Term<B>) {
    high = a + b
    low = (a - high) + b
  }

  /// a + b exactly.
  init(sum a: Term<B>, _ b: Term<B>) {
    let sum = a + b
    let bPart = sum - a
    high = sum
    low = (a - (sum - bPart)) + (b - bPart)
  }

  /// a * b exactly.
  init(product a: Term<B>, _ b: Term<B>) {
    high = a * b
    low = a.fma(b, -high)
  }

  var value: Term<B> { high + low }
  var normalized: Pair { Pair(fastSum: high, low) }
  static prefix func - (a: Pair) -> Pair { Pair(-a.high, -a.low) }

  /// self / b, as a number rounded almost once.
  func divided(by b: Pair) -> Term<B> {
    let q = high / b.high
    return q + remainder(of: q, by: b)
  }

  /// self / b to about twice the precision.
  func quotient(by b: Pair) -> Pair {
    let q = high / b.high
    return Pair(fastSum: q, remainder(of: q, by: b))
  }

  private func remainder(of q: Term<B>, by b: Pair) -> Term<B> {
    (q.fma(-b.high, high) + (low - q * b.low)) / b.high
  }
}

extension Term {
  func select(_ a: Pair<B>, _ b: Pair<B>) -> Pair<B> {
    Pair(select(a.high, b.high), select(a.low, b.low))
  }
}
