import SJCore

/// The platform that computations run on: `"cpu"`. Warns once where there is no accelerator. `jax.default_backend`.
public func defaultBackend() -> String { Backend.defaultPlatform() }

/// The tensors of a pytree on the device, of which there is one so far: `jax.device_put`.
public func devicePut<P: Pytree>(_ tree: P) -> P { tree }

/// Waits until all tensors of a pytree are there: `jax.block_until_ready`.
/// - Throws: the error of the computation that should have made one.
@discardableResult
public func blockUntilReady<P: Pytree>(_ tree: P) throws -> P {
  for leaf in try treeLeaves(tree) { try leaf.blockUntilReady() }
  return tree
}
