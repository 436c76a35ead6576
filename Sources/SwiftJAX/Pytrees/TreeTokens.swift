import SJCore
import Synchronization

/// One step of a walk over a pytree.
enum TreeToken: Hashable {
  case leaf, none
  /// What follows up to `end` are the children; those of records and dictionaries come after their keys.
  case tuple, list, dictionary
  case record(TypeIdentity)
  case key(String)
  case constant(NodeData)
  case end
}

struct TypeIdentity: Hashable {
  let type: Any.Type

  static func == (a: TypeIdentity, b: TypeIdentity) -> Bool { a.type == b.type }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(type)) }
}

/// The node of a struct.
final class RecordData: NodeData {
  private let type: TypeIdentity

  init(_ type: TypeIdentity, keys: [String]) {
    self.type = type
    super.init(name: "\(type.type)", childNames: keys)
  }

  override func isEqual(to other: NodeData) -> Bool {
    (other as? RecordData)?.type == type && other.childNames == childNames
  }
  override func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(childNames)
  }
}

/// The trees of recent walks: making one costs far more than comparing tokens.
enum TreeTable {
  private static let size = 256
  private struct Entry: @unchecked Sendable {
    let tokens: [TreeToken]
    let tree: Tree
  }
  private static let entries = Mutex<[Entry?]>(Array(repeating: nil, count: size))

  static func tree(_ tokens: [TreeToken]) -> Tree {
    let place = fingerprint(tokens) % size
    if let known = entries.withLock({ $0[place] }), known.tokens == tokens { return known.tree }
    var position = 0
    let tree = build(tokens, &position)
    entries.withLock { $0[place] = Entry(tokens: tokens, tree: tree) }
    return tree
  }

  /// Cheap, and alike for few trees of one program.
  private static func fingerprint(_ tokens: [TreeToken]) -> Int {
    var result: UInt = 0
    for token in tokens {
      let part: UInt =
        switch token {
        case .leaf: 1
        case .none: 2
        case .tuple: 3
        case .list: 4
        case .dictionary: 5
        case .end: 6
        case .key(let key): 7 &+ UInt(key.utf8.count)
        case .record(let type): UInt(bitPattern: unsafeBitCast(type.type, to: Int.self) >> 4)
        case .constant(let data): UInt(bitPattern: data.hashValue)
        }
      result = (result &* 0x9E37_79B9_7F4A_7C15) ^ part
    }
    return Int((result ^ (result >> 29)) & 0xFFFF)
  }

  private static func build(_ tokens: [TreeToken], _ i: inout Int) -> Tree {
    defer { i += 1 }
    switch tokens[i] {
    case .leaf: return .leaf
    case .constant(let data): return Tree(.custom(data))
    case .tuple: return .tuple(children(tokens, &i).trees)
    case .list: return .list(children(tokens, &i).trees)
    case .dictionary:
      let (keys, trees) = children(tokens, &i)
      return .dict(zip(keys, trees).map { ($0, $1) })
    case .record(let type):
      let (keys, trees) = children(tokens, &i)
      return Tree(.custom(RecordData(type, keys: keys)), trees)
    case .none, .key, .end: return .none
    }
  }

  /// Leaves `i` at the end token.
  private static func children(_ tokens: [TreeToken], _ i: inout Int) -> (keys: [String], trees: [Tree]) {
    var keys: [String] = []
    var trees: [Tree] = []
    i += 1
    while tokens[i] != .end {
      if case .key(let key) = tokens[i] {
        keys.append(key)
        i += 1
      }
      trees.append(build(tokens, &i))
    }
    return (keys, trees)
  }
}
