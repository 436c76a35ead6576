import SJLax
import XCTest

/// Shape operations against tables from real JAX.
final class ShapeGoldenTests: LaxTestCase {
  func testShapes() throws { try checkGolden("lax_shape", Self.calls) }

  static let calls: [String: Call] = [
    "lax.broadcast_in_dim": { c in
      [try Lax.broadcastInDim(c.inputs[0], shape: c.ints("shape")!, broadcastDimensions: c.ints("broadcast_dimensions")!)]
    },
    "lax.broadcast": { [try Lax.broadcast($0.inputs[0], $0.ints("sizes")!)] },
    "lax.broadcast_to_rank": { [try Lax.broadcastToRank($0.inputs[0], $0.int("rank")!)] },
    "lax.reshape": { [try Lax.reshape($0.inputs[0], $0.ints("new_sizes")!, dimensions: $0.ints("dimensions"))] },
    "lax.transpose": { [try Lax.transpose($0.inputs[0], $0.ints("permutation")!)] },
    "lax.rev": { [try Lax.rev($0.inputs[0], $0.ints("dimensions")!)] },
    "lax.concatenate": { [try Lax.concatenate($0.inputs, dimension: $0.int("dimension")!)] },
    "lax.pad": { c in
      let config = (c.parameters["padding_config"] as! [[Int]]).map { ($0[0], $0[1], $0[2]) }
      return [try Lax.pad(c.inputs[0], c.inputs[1], config)]
    },
    "lax.squeeze": { [try Lax.squeeze($0.inputs[0], $0.ints("dimensions")!)] },
    "lax.expand_dims": { [try Lax.expandDims($0.inputs[0], $0.ints("dimensions")!)] },
    "lax.collapse": { [try Lax.collapse($0.inputs[0], $0.int("start_dimension")!, $0.int("stop_dimension"))] },
    "lax.split": { try Lax.split($0.inputs[0], sizes: $0.ints("sizes")!, axis: $0.int("axis") ?? 0) },
    "lax.iota": { [try Lax.iota(try $0.dtype("dtype"), $0.int("size")!)] },
    "lax.broadcasted_iota": { c in
      [try Lax.broadcastedIota(try c.dtype("dtype"), c.ints("shape")!, c.int("dimension")!)]
    },
    "lax.full_like": { [try Lax.fullLike($0.inputs[0], $0.parameters["fill_value"] as! Double)] },
  ]
}
