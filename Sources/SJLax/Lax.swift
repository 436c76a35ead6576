@_exported import SJCore
@_exported import SJTypes

/// The functions of `jax.lax`, on values: `try Lax.add(x, y)`.
///
/// They promote nothing and broadcast only what `jax.lax` broadcasts (rank-0 operands and
/// axes of size 1 at equal rank). Every function throws `SJError`, and names itself in the message.
public enum Lax {}

/// The primitives behind `Lax`, one constant each.
public enum Primitives {
  /// Every primitive of this layer, for the primitive matrix. A family adds its list here.
  public static let all: [Primitive] = [
    arithmetic, powers, exponential, trigonometric, hyperbolic, specialFunctions,
    rounding, comparison, bitwise, complexParts, selection,
    conversion, bitConversion,
    shape,
    reductions, cumulatives, dotProducts,
    slicing, gathering, scattering, sorting, threefry, randomKeys, collectives,
  ].flatMap { $0 }
}
