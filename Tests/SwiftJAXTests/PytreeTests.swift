import SwiftJAX
import Testing

private struct Layer: Pytree {
  var weight: Tensor
  var bias: Tensor?
}

private struct Model: Pytree {
  var layers: [Layer]
  var extras: [String: Tensor]
  var rate = 0.5
  var name = Static("model")
}

private struct Labelled: Pytree {
  var name: String
  var x: Tensor
}

private struct Pair<A: Pytree, B: Pytree>: Pytree {
  var a: A
  var b: B
}

private func model(bias: Tensor? = 3) -> Model {
  Model(layers: [Layer(weight: 1, bias: nil), Layer(weight: 2, bias: bias)], extras: ["z": 5, "a": 4])
}

@Suite struct PytreeTests {
  @Test func leavesComeInOrder() throws {
    #expect(try treeLeaves(model()).map { try Float($0) } == [1, 2, 3, 4, 5, 0.5])
    #expect(
      try treeStructure(model()).leafPaths == [
        ".layers[0].weight", ".layers[1].weight", ".layers[1].bias", ".extras['a']", ".extras['z']", ".rate",
      ])
    #expect(try treeStructure(model()) == treeStructure(model()))
    #expect(try treeStructure(model()) != treeStructure(model(bias: nil)))
  }

  @Test func mapsKeepTheStructure() throws {
    let doubled = try treeMap(model()) { try $0 * 2 }
    #expect(try doubled.layers.map { try Float($0.weight) } == [2, 4])
    #expect(doubled.layers[0].bias == nil)
    #expect(try Float(doubled.layers[1].bias!) == 6)
    #expect(try doubled.extras.mapValues { try Float($0) } == ["a": 8, "z": 10])
    #expect(doubled.rate == 1)
    #expect(doubled.name.value == "model")
    let sum = try treeMap(model(), doubled) { try $0 + $1 }
    #expect(try Float(sum.extras["z"]!) == 15)
    let all = try treeMap([model(), model(), model()]) { try $0[0] + $0[1] + $0[2] }
    #expect(try Float(all.layers[1].weight) == 6)
    #expect(try treeReduce(model(), 0) { try $0 + Float($1) } == 15.5)
  }

  @Test func flatteningIsUndone() throws {
    let (leaves, structure) = try treeFlatten(model())
    let again: Model = try treeUnflatten(structure, leaves)
    #expect(try treeStructure(again) == structure)
    #expect(message { _ = try treeUnflatten(structure, [], as: Model.self) }.contains("has 6 leaves, but 0 were given"))
    #expect(message { _ = try treeUnflatten(structure, leaves, as: [Tensor].self) }.contains("an array is wanted"))
  }

  @Test func differencesNameThePlace() throws {
    #expect(
      message { _ = try treeMap(model(), model(bias: nil)) { x, _ in x } }.hasPrefix(
        "treeMap: trees 0 and 1 do not match: at .layers[1] one is a Layer with 2 children"))
    var other = model()
    other.name = Static("another")
    #expect(message { _ = try treeMap(model(), other) { x, _ in x } }.contains("at .name one is a Static(model)"))
  }

  @Test func containersNest() throws {
    let tree: Pair<[Tensor?], [String: [Layer]]> = Pair(a: [1, nil, 2], b: ["x": [Layer(weight: 3, bias: 4)], "b": []])
    #expect(try treeLeaves(tree).map { try Int($0) } == [1, 2, 3, 4])
    let mapped = try treeMap(tree) { try $0 + 1 }
    #expect(mapped.a[1] == nil)
    #expect(try Int(mapped.a[2]!) == 3)
    #expect(try Int(mapped.b["x"]![0].bias!) == 5)
    #expect(mapped.b["b"]!.isEmpty)
  }

  @Test func stringsAreNoLeaves() {
    #expect(
      message { _ = try treeLeaves(Labelled(name: "x", x: 1)) }
        == "\"x\" of .name is a string, which is no leaf of a pytree; wrap what is no array in Static")
  }

  @Test func numbersCannotHoldTracers() throws {
    let step = jit { (model: Model) in try model.layers[0].weight * 2 }
    #expect(
      message { _ = try step(model()) }.contains("the pytree[0].rate is a Double, which cannot hold a value under transformation")
    )
  }

  @Test func gradientsAreStructs() throws {
    let layer = Layer(weight: try Tensor([1, 2] as [Float]), bias: 3.0)
    let slope = try grad { (layer: Layer) in try (layer.weight * layer.weight * layer.bias!).sum() }(layer)
    #expect(try [Float](slope.weight) == [6, 12])
    #expect(try Float(slope.bias!) == 5)
  }
}
