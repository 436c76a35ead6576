import SJCore

/// What functions that are transformed take and give: tensors in structs, arrays, dictionaries and optionals.
///
/// A struct becomes a pytree by saying so; the compiler's `Codable` does the rest:
///
///     struct Layer: Pytree {
///       var weight: Tensor
///       var bias: Tensor
///       var activation: Static<Activation>
///     }
///
/// Tensors are leaves. Fields that are numbers or booleans are leaves too, as in JAX: `treeMap` gets them as
/// weakly typed scalars. But they cannot hold what `grad`, `vmap` and `jit` put in the place of a leaf, so that
/// parameters are tensors, what is the same for all calls is `Static`, and a number alone is no pytree.
/// `nil` has no leaves. Coding keys name the leaves in messages.
public protocol Pytree: Codable {}

extension Tensor: Pytree {}
extension Array: Pytree where Element: Pytree {}
/// Leaves come in the order of the sorted keys.
extension Dictionary: Pytree where Key == String, Value: Pytree {}
extension Optional: Pytree where Wrapped: Pytree {}

/// No leaves at all: the `xs` of a scan that has none.
public struct Empty: Pytree {
  public init() {}
}

/// A part of a pytree that is no leaf: a size, a choice, a name. `jit` traces anew for each value.
public struct Static<Wrapped: Hashable>: Pytree, Hashable {
  public var value: Wrapped

  public init(_ value: Wrapped) { self.value = value }

  public func encode(to encoder: any Encoder) throws {
    try treeEncoder(encoder).appendConstant(StaticData(value))
  }

  public init(from decoder: any Decoder) throws {
    let decoder = try treeDecoder(decoder)
    guard case .custom(let data) = decoder.node.node, let data = data as? StaticData<Wrapped> else {
      throw decoder.mismatch("a static \(Wrapped.self)")
    }
    value = data.value
  }
}

extension Static: Sendable where Wrapped: Sendable {}

extension Tensor {
  public func encode(to encoder: any Encoder) throws { try treeEncoder(encoder).appendLeaf(value) }

  public init(from decoder: any Decoder) throws { self.init(try treeDecoder(decoder).leaf("a tensor")) }
}

/// The node of a `Static`.
private final class StaticData<Wrapped: Hashable>: NodeData {
  let value: Wrapped

  init(_ value: Wrapped) {
    self.value = value
    super.init(name: "Static(\(value))")
  }

  override func isEqual(to other: NodeData) -> Bool { (other as? StaticData<Wrapped>)?.value == value }
  override func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

private func treeEncoder(_ encoder: any Encoder) throws -> TreeEncoder {
  guard let encoder = encoder as? TreeEncoder else {
    throw JAXError(.unsupported, "tensors are codable as parts of pytrees only; save their scalars and shapes instead")
  }
  return encoder
}

private func treeDecoder(_ decoder: any Decoder) throws -> TreeDecoder {
  guard let decoder = decoder as? TreeDecoder else {
    throw JAXError(.unsupported, "tensors are codable as parts of pytrees only; load their scalars and shapes instead")
  }
  return decoder
}
