import SJCore
import SJTypes

extension Jaxpr {
  /// JAX's warning where donated inputs are like no output: in shape and dtype or, as far as outputs are left, in the number of
  /// elements. Inputs that nothing uses do not count.
  /// - Parameter donated: positions among constants and inputs.
  func warnOfUnusable(_ donated: [Int]) {
    let used = Set(equations.flatMap(\.inputs).compactMap(\.variable) + outputs.compactMap(\.variable))
    var unusable = donated.map { (constants + inputs)[$0] }.filter(used.contains).map { avals[$0] }
    var results = outputAvals
    for isLike in [AbstractValue.isLike, AbstractValue.isAsLarge] {
      unusable.removeAll { aval in
        guard let match = results.firstIndex(where: { isLike(aval)($0) }) else { return false }
        results.remove(at: match)
        return true
      }
    }
    if unusable.isEmpty { return }
    Log.write(
      .warning,
      """
      Some donated buffers were not usable: \(unusable.map(\.description).joined(separator: ", ")).
      See an explanation at https://docs.jax.dev/en/latest/faq.html#buffer-donation.
      """)
  }
}

extension AbstractValue {
  fileprivate func isLike(_ other: AbstractValue) -> Bool { shape == other.shape && dtype == other.dtype }
  fileprivate func isAsLarge(_ other: AbstractValue) -> Bool { elementCount == other.elementCount }
}
