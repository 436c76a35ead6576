/// The kinds of dtype that an operation accepts.
public struct DTypeSet: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let bool = DTypeSet(rawValue: 1)
  public static let signed = DTypeSet(rawValue: 2)
  public static let unsigned = DTypeSet(rawValue: 4)
  public static let float = DTypeSet(rawValue: 8)
  public static let complex = DTypeSet(rawValue: 16)
  public static let key = DTypeSet(rawValue: 32)
  public static let single = DTypeSet(rawValue: 64)

  public static let integer: DTypeSet = [.signed, .unsigned]
  public static let inexact: DTypeSet = [.float, .complex]
  /// JAX's `_num`.
  public static let number: DTypeSet = [.integer, .float, .complex]
  /// JAX's `_ordered`.
  public static let ordered: DTypeSet = [.bool, .integer, .float]
  /// JAX's `_any`.
  public static let any: DTypeSet = [.bool, .integer, .float, .complex]
  /// JAX's `_complex_elem_types`: float32 and float64.
  public static let complexParts: DTypeSet = .single

  public func contains(_ dtype: DType) -> Bool {
    switch dtype {
    case .bool: contains(DTypeSet.bool)
    case .float32, .float64: contains(DTypeSet.float) || contains(DTypeSet.single)
    case .float16, .bfloat16: contains(DTypeSet.float)
    case .complex64, .complex128: contains(DTypeSet.complex)
    case .float0: false
    case .key: contains(DTypeSet.key)
    default: contains(dtype.isSignedInteger ? DTypeSet.signed : DTypeSet.unsigned)
    }
  }

  /// A bit for the raw value of each dtype.
  var mask: UInt32 {
    DType.allCases.reduce(0) { $0 | (contains($1) ? 1 << UInt32($1.rawValue) : 0) }
  }

  /// The names of NumPy's abstract types, as JAX's messages list them.
  var text: String {
    var names: [String] = []
    if contains(DTypeSet.integer) {
      names.append("integer")
    } else {
      if contains(DTypeSet.signed) { names.append("signedinteger") }
      if contains(DTypeSet.unsigned) { names.append("unsignedinteger") }
    }
    if contains(DTypeSet.float) { names.append("floating") }
    if contains(DTypeSet.single) { names += ["float32", "float64"] }
    if contains(DTypeSet.complex) { names.append("complexfloating") }
    if contains(DTypeSet.bool) { names.append("bool") }
    return names.joined(separator: ", ")
  }
}

/// Dtype checks that several families share, in JAX's words.
enum DTypeCheck {
  /// - Throws: `dtype` where a unary operation does not take `dtype`.
  static func unary(_ name: String, _ dtype: DType, _ accepted: DTypeSet) throws {
    if accepted.contains(dtype) { return }
    if dtype == .float0 { throw float0(name, "array") }
    throw SJError(.dtype, "\(name) does not accept dtype \(dtype). Accepted dtypes are subtypes of \(accepted.text).")
  }

  /// - Throws: `dtype` where an operand is of a type that its position does not take.
  static func nary(_ name: String, _ avals: [AbstractValue], _ accepted: [DTypeSet]) throws {
    for (i, aval) in avals.enumerated() where !accepted[i].contains(aval.dtype) {
      if aval.dtype == .float0 { throw float0(name, "at position \(i)") }
      throw SJError(
        .dtype,
        """
        \(name) does not accept dtype \(aval.dtype) at position \(i). \
        Accepted dtypes at position \(i) are subtypes of \(accepted[i].text).
        """)
    }
  }

  /// - Throws: `dtype` unless all dtypes are equal.
  static func same(_ name: String, _ avals: [AbstractValue]) throws {
    guard let first = avals.first, !avals.allSatisfy({ $0.dtype == first.dtype }) else { return }
    let list = avals.map(\.dtype.name).joined(separator: ", ")
    throw SJError(
      .dtype,
      "lax.\(name) requires arguments to have the same dtypes, got \(list). Convert with convert_element_type, or use the numpy-level function, which promotes."
    )
  }

  private static func float0(_ name: String, _ place: String) -> SJError {
    SJError(
      .dtype,
      """
      Called \(name) with a float0 \(place). float0s do not support any operations by design, because they are not \
      compatible with non-trivial vector spaces. If you didn't expect to get a float0 you might have accidentally \
      taken a gradient with respect to an integer argument.
      """)
  }
}
