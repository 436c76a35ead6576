/// The API description: what `api/*.json` holds. `api/schema.json` states the same for editors and CI.
struct APIFamily: Codable {
  var family: String
  /// Place in the header and the reference page.
  var order: Int
  var title: String
  var doc: String?
  var handles: [APIHandle]?
  var enums: [APIEnum]?
  var structs: [APIStruct]?
  var callbacks: [APICallback]?
  /// Parameter lists that several functions share, by name.
  var parameterLists: [String: [APIParameter]]?
  var functions: [APIFunction]?
}

struct APIHandle: Codable {
  var name: String
  var doc: String
}

struct APIEnum: Codable {
  struct Value: Codable {
    var name: String
    var value: Int
    var doc: String?
  }
  var name: String
  var doc: String
  var values: [Value]
}

struct APIStruct: Codable {
  struct Field: Codable {
    var name: String
    /// The C type.
    var type: String
    var doc: String?
    /// What `_init` sets; zero unless given.
    var `default`: String?
  }
  var name: String
  var doc: String
  var fields: [Field]
  /// Whether it is an options struct: begins with `struct_size` and has an `_init` function.
  var options: Bool?
  /// The Swift function that turns a pointer to it into the engine's type.
  var swift: String?
}

struct APICallback: Codable {
  var name: String
  var doc: String
  /// The C return type.
  var returns: String
  /// The C parameter list.
  var parameters: String
}

struct APIFunction: Codable {
  enum Parameters: Codable {
    case list([APIParameter])
    /// One of the family's `parameterLists`.
    case shared(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let name = try? container.decode(String.self) {
        self = .shared(name)
      } else {
        self = .list(try container.decode([APIParameter].self))
      }
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .list(let list): try container.encode(list)
      case .shared(let name): try container.encode(name)
      }
    }
  }

  var name: String
  var doc: String
  /// JAX's name for it, where there is one.
  var jax: String?
  var since: String?
  var parameters: Parameters?
  /// `status` unless given: functions that cannot fail return their value.
  var returns: String?
  /// Error codes that it gives, besides those of bad handles.
  var errors: [String]?
  var example: String?
  /// The expression that implements it; without one it is written by hand in SJCAPI.
  var swift: String?

  /// The parameters, once the loader has resolved shared lists.
  var list: [APIParameter] {
    get { if case .list(let list)? = parameters { list } else { [] } }
    set { parameters = .list(newValue) }
  }
  var inputs: [APIParameter] { list.filter { !$0.isOutput } }
  var outputs: [APIParameter] { list.filter(\.isOutput) }
  var returnsStatus: Bool { returns == nil }
}

struct APIParameter: Codable {
  var name: String
  /// A name of `APIType`, or `c:` and a C type for functions written by hand.
  var type: String
  /// `out`, or nothing for an input.
  var direction: String?
  var nullable: Bool?
  /// `borrowed` (inputs) and `owned` (outputs) unless given.
  var ownership: String?
  /// The array parameter whose length it is.
  var lengthOf: String?
  var `default`: String?
  /// Whether a host scalar may stand here, as a weak array.
  var weak: Bool?
  var doc: String?

  var isOutput: Bool { direction == "out" }
  var isNullable: Bool { nullable ?? false }
}
