import SJCore

/// Makes a pytree of leaves and a tree, by its `Decodable` conformance.
final class TreeDecoder: Decoder {
  private let leaves: [Value]
  private let root: Tree
  /// The place of the next leaf.
  @exclusivity(unchecked) fileprivate var next = 0
  /// The node of the value whose `init(from:)` runs.
  @exclusivity(unchecked) private(set) var node: Tree

  init(_ tree: PyTree) {
    leaves = tree.leaves
    root = tree.tree
    node = tree.tree
  }

  func make<T: Decodable>(_ type: T.Type, from node: Tree) throws -> T {
    let outer = self.node
    self.node = node
    defer { self.node = outer }
    if T.self == Tensor.self { return unsafeBitCast(Tensor(try leaf("a tensor")), to: T.self) }
    return try T(from: self)
  }

  /// The leaf that the node is.
  func leaf(_ wanted: String) throws -> Value {
    guard node.isLeaf, next < leaves.count else { throw mismatch(wanted) }
    defer { next += 1 }
    return leaves[next]
  }

  fileprivate func scalar<S: TensorScalar>(_ type: S.Type) throws -> S {
    let path = path
    let value = try leaf("a number")
    guard value.asTracer == nil else {
      throw JAXError(
        .concretization,
        "\(path) is a \(type), which cannot hold a value under transformation; declare it as a Tensor, or as Static<\(type)> if it is no variable of the function"
      )
    }
    return try S(Tensor(value))
  }

  func mismatch(_ wanted: String) -> JAXError {
    JAXError(.tree, "\(path): \(wanted) is wanted, but there is \(node.isLeaf ? "a leaf" : "\(node)")")
  }

  /// Where the next leaf is.
  private var path: String {
    let paths = root.leafPaths
    return "the pytree" + (next < paths.count ? paths[next] : "")
  }

  fileprivate func skip(_ children: ArraySlice<Tree>) { for child in children { next += child.leafCount } }

  // MARK: Decoder

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    switch node.node {
    case .dict(let keys): return KeyedDecodingContainer(Children<Key>(self, keys: keys))
    case .custom(let data): return KeyedDecodingContainer(Children<Key>(self, keys: data.childNames))
    default: throw mismatch("a struct or dictionary")
    }
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard node.node == .list || node.node == .tuple else { throw mismatch("an array") }
    return Elements(self)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }
}

/// The children of a struct or a dictionary; asked for in order as a rule.
private final class Children<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: TreeDecoder
  let node: Tree
  let keys: [String]
  let firstLeaf: Int
  @exclusivity(unchecked) var cursor = 0

  init(_ decoder: TreeDecoder, keys: [String]) {
    self.decoder = decoder
    node = decoder.node
    self.keys = keys
    firstLeaf = decoder.next
  }

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { keys.compactMap(Key.init(stringValue:)) }
  func contains(_ key: Key) -> Bool { place(of: key.stringValue) != nil }

  private func place(of key: String) -> Int? {
    cursor < keys.count && keys[cursor] == key ? cursor : keys.firstIndex(of: key)
  }

  /// The child, with the decoder before its first leaf.
  private func child(_ key: Key) throws -> Tree {
    let name = key.stringValue
    guard let place = place(of: name), place < node.children.count else { throw decoder.mismatch("a child .\(name)") }
    if place != cursor {
      decoder.next = firstLeaf
      decoder.skip(node.children[..<place])
    }
    cursor = place + 1
    return node.children[place]
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    guard let place = place(of: key.stringValue) else { return true }
    return node.children[place].node == .none
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder.make(type, from: child(key)) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw decoder.mismatch("no nested container") }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw decoder.mismatch("no nested container")
  }
  func superDecoder() throws -> any Decoder { throw decoder.mismatch("no class that inherits") }
  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder() }
}

private struct Elements: UnkeyedDecodingContainer {
  let decoder: TreeDecoder
  let children: [Tree]
  var currentIndex = 0

  init(_ decoder: TreeDecoder) {
    self.decoder = decoder
    children = decoder.node.children
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { children.count }
  var isAtEnd: Bool { currentIndex == children.count }

  private mutating func child() throws -> Tree {
    guard currentIndex < children.count else { throw decoder.mismatch("one more element") }
    defer { currentIndex += 1 }
    return children[currentIndex]
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, children[currentIndex].node == .none else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.make(type, from: child()) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    throw decoder.mismatch("no nested container")
  }
  func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw decoder.mismatch("no nested container") }
  func superDecoder() throws -> any Decoder { throw decoder.mismatch("no class that inherits") }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: TreeDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { decoder.node.node == .none }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if let scalar = type as? any TensorScalar.Type { return try decoder.scalar(scalar) as! T }
    if type == String.self { throw decoder.mismatch("a string, which is no leaf of a pytree,") }
    return try decoder.make(type, from: decoder.node)
  }
}
