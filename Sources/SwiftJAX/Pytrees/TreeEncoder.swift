import SJCore

/// Walks a pytree by its `Encodable` conformance, and collects leaves and structure.
///
/// A walk is short and many are made: its state is of one thread and is never reached while it changes, hence unchecked.
final class TreeEncoder: Encoder {
  @exclusivity(unchecked) private(set) var leaves: [Value] = []
  @exclusivity(unchecked) private var tokens: [TreeToken] = []
  /// The type whose `encode(to:)` runs.
  @exclusivity(unchecked) private var type: Any.Type = Void.self
  /// The entries of the dictionaries that are being walked: where they begin.
  @exclusivity(unchecked) private var dictionaries: [[Entry]] = []
  /// What could not be thrown where it happened.
  private var failure: JAXError?

  private struct Entry {
    let key: String
    let token: Int
    let leaf: Int
  }

  init() {
    leaves.reserveCapacity(8)
    tokens.reserveCapacity(24)
  }

  /// The tree of all that was encoded.
  func finished() throws -> PyTree {
    if let failure { throw failure }
    return PyTree(leaves, TreeTable.tree(tokens))
  }

  // MARK: Building

  func appendLeaf(_ value: Value) {
    leaves.append(value)
    tokens.append(.leaf)
  }

  func appendConstant(_ data: NodeData) { tokens.append(.constant(data)) }
  fileprivate func appendNone() { tokens.append(.none) }
  func beginTuple() { tokens.append(.tuple) }
  func endTuple() { tokens.append(.end) }

  func append<T: Encodable>(_ value: T) throws {
    if T.self == Tensor.self { return appendLeaf(unsafeBitCast(value, to: Tensor.self).value) }
    let start = tokens.count
    let outer = type
    type = T.self
    try value.encode(to: self)
    type = outer
    guard start < tokens.count else { return tokens.append(.none) }
    switch tokens[start] {
    case .list, .record: tokens.append(.end)
    case .dictionary:
      sortEntries(dictionaries.removeLast())
      tokens.append(.end)
    default: break
    }
  }

  /// Puts the entries of a dictionary, which come in any order, in the order of their keys.
  private func sortEntries(_ entries: [Entry]) {
    guard let first = entries.first, !zip(entries, entries.dropFirst()).allSatisfy({ $0.key < $1.key }) else { return }
    let tokenEnds = entries.dropFirst().map(\.token) + [tokens.count]
    let leafEnds = entries.dropFirst().map(\.leaf) + [leaves.count]
    let order = entries.indices.sorted { entries[$0].key < entries[$1].key }
    let sortedTokens = order.flatMap { tokens[entries[$0].token..<tokenEnds[$0]] }
    let sortedLeaves = order.flatMap { leaves[entries[$0].leaf..<leafEnds[$0]] }
    tokens.replaceSubrange(first.token..., with: sortedTokens)
    leaves.replaceSubrange(first.leaf..., with: sortedLeaves)
  }

  fileprivate func beginEntry(_ key: String, inDictionary: Bool) {
    if inDictionary {
      dictionaries[dictionaries.count - 1].append(Entry(key: key, token: tokens.count, leaf: leaves.count))
    }
    tokens.append(.key(key))
  }

  fileprivate func appendSingle<T: Encodable>(_ value: T) throws {
    if T.self == Tensor.self { return try append(value) }
    if let scalar = value as? any TensorScalar { return appendLeaf(try Tensor(scalar).value) }
    if let text = value as? String {
      throw JAXError(
        .tree, "\"\(text)\"\(place) is a string, which is no leaf of a pytree; wrap what is no array in Static")
    }
    try append(value)
  }

  private var place: String {
    for case .key(let key) in tokens.reversed() { return " of .\(key)" }
    return ""
  }

  fileprivate func refuse(_ what: String) {
    failure = failure ?? JAXError(.unsupported, "\(type): \(what) cannot be walked as a pytree")
  }

  // MARK: Encoder

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy keyType: Key.Type) -> KeyedEncodingContainer<Key> {
    let isDictionary = Key.self == DictionaryKey.type
    if isDictionary { dictionaries.append([]) }
    tokens.append(isDictionary ? .dictionary : .record(TypeIdentity(type: type)))
    return KeyedEncodingContainer(Entries<Key>(encoder: self, isDictionary: isDictionary))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    tokens.append(.list)
    return Elements(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }
}

private struct Entries<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: TreeEncoder
  let isDictionary: Bool
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) {
    encoder.beginEntry(key.stringValue, inDictionary: isDictionary)
    encoder.appendNone()
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    encoder.beginEntry(key.stringValue, inDictionary: isDictionary)
    try encoder.append(value)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
    encoder.refuse("an enumeration with values")
    return KeyedEncodingContainer(Entries<Nested>(encoder: encoder, isDictionary: false))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder.refuse("a nested container")
    return Elements(encoder: encoder)
  }

  func superEncoder() -> any Encoder {
    encoder.refuse("a class that inherits")
    return encoder
  }

  func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
}

private struct Elements: UnkeyedEncodingContainer {
  let encoder: TreeEncoder
  var count = 0
  var codingPath: [any CodingKey] { [] }

  init(encoder: TreeEncoder) { self.encoder = encoder }

  mutating func encodeNil() {
    encoder.appendNone()
    count += 1
  }

  mutating func encode<T: Encodable>(_ value: T) throws {
    try encoder.append(value)
    count += 1
  }

  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
    encoder.refuse("a nested container")
    return KeyedEncodingContainer(Entries<Nested>(encoder: encoder, isDictionary: false))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    encoder.refuse("a nested container")
    return Elements(encoder: encoder)
  }

  func superEncoder() -> any Encoder {
    encoder.refuse("a class that inherits")
    return encoder
  }
}

private struct Single: SingleValueEncodingContainer {
  let encoder: TreeEncoder
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { encoder.appendNone() }
  func encode<T: Encodable>(_ value: T) throws { try encoder.appendSingle(value) }
}

/// The type of key by which dictionaries encode themselves: the library's own, and hence asked for once.
enum DictionaryKey {
  static let type: Any.Type = {
    let probe = Probe()
    try? ["": 0].encode(to: probe)
    return probe.type
  }()

  private final class Probe: Encoder {
    var type: Any.Type = Void.self
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy keyType: Key.Type) -> KeyedEncodingContainer<Key> {
      type = Key.self
      return KeyedEncodingContainer(Entries<Key>(encoder: TreeEncoder(), isDictionary: false))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { Elements(encoder: TreeEncoder()) }
    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: TreeEncoder()) }
  }
}
