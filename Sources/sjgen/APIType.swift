/// One C parameter that a parameter of the description becomes.
struct CParameter {
  var declaration: String
  var name: String
  /// Its type in the Swift implementation.
  var swiftType: String
}

/// How a type of the description looks in C and in the glue. One parameter may be two in C
/// (an array and its length, a list and its tree).
struct APIType {
  var parameters: [CParameter]
  /// For inputs: the Swift expression of the engine's value; throws where the argument is bad.
  var conversion: String = ""

  init?(_ parameter: APIParameter, in api: API) {
    if parameter.isOutput { self.init(output: parameter) } else { self.init(input: parameter, in: api) }
  }

  private init(_ parameters: [CParameter], _ conversion: String = "") {
    self.parameters = parameters
    self.conversion = conversion
  }

  private static let handleClasses = [
    "array": "Value", "list": "List", "tree": "Tree", "function": "Function",
  ]
  private static let pluralHandles = ["arrays": "array", "functions": "function", "trees": "tree", "lists": "list"]

  private init?(input p: APIParameter, in api: API) {
    let name = p.name
    let orNil = p.isNullable ? "OrNil" : ""
    /// A C parameter with a converter that also gets the function's and the parameter's name.
    func checked(_ c: String, _ swift: String, _ converter: String) -> APIType {
      APIType([CParameter(declaration: c, name: name, swiftType: swift)], "\(converter)(\(name), function, \"\(name)\")")
    }
    func plain(_ c: String, _ swift: String, _ expression: String) -> APIType {
      APIType([CParameter(declaration: "\(c) \(name)", name: name, swiftType: swift)], expression)
    }
    func counted(_ c: String, _ swift: String, _ converter: String) -> APIType {
      APIType(
        [
          CParameter(declaration: "\(c)\(name)", name: name, swiftType: swift),
          CParameter(declaration: "int64_t \(name)_count", name: "\(name)_count", swiftType: "Int64"),
        ], "\(converter)(\(name), \(name)_count, function, \"\(name)\")")
    }
    if let swiftClass = APIType.handleClasses[p.type] {
      self = checked("const sj_\(p.type) *\(name)", "OpaquePointer?", "handle\(orNil)")
      conversion = "handle\(orNil)(\(name), \(swiftClass).self, function, \"\(name)\")"
      return
    }
    if let handle = APIType.pluralHandles[p.type] {
      let swiftClass = APIType.handleClasses[handle]!
      self = counted("sj_\(handle) *const *", "UnsafePointer<OpaquePointer?>?", "handles")
      conversion = "handles\(orNil)(\(name), \(name)_count, \(swiftClass).self, function, \"\(name)\")"
      return
    }
    if p.type.hasPrefix("c:") {
      let c = String(p.type.dropFirst(2))
      self.init([CParameter(declaration: c.hasSuffix("*") ? "\(c)\(name)" : "\(c) \(name)", name: name, swiftType: "")])
      return
    }
    if let options = api.structs.first(where: { $0.name == p.type && $0.options == true }) {
      self = checked("const \(p.type) *\(name)", "UnsafePointer<\(p.type)>?", options.swift ?? "options")
      return
    }
    if api.enums.contains(where: { $0.name == p.type }), p.type != "sj_dtype" {
      self = plain(p.type, p.type, name)
      return
    }
    switch p.type {
    case "i64": self = plain("int64_t", "Int64", "Int(\(name))")
    case "i32": self = plain("int32_t", "Int32", "Int(\(name))")
    case "u64": self = plain("uint64_t", "UInt64", name)
    case "f64": self = plain("double", "Double", name)
    case "bool": self = plain("sj_bool", "sj_bool", "\(name) != 0")
    case "axis": self = plain("int64_t", "Int64", p.isNullable ? "axisOrNil(\(name))" : "Int(\(name))")
    case "dtype": self = checked("sj_dtype \(name)", "sj_dtype", "checkedDType\(orNil)")
    case "string": self = checked("sj_string_view \(name)", "sj_string_view", "text\(orNil)")
    case "ints": self = counted("const int64_t *", "UnsafePointer<Int64>?", "integers\(orNil)")
    case "index_items": self = counted("const sj_index_item *", "UnsafePointer<sj_index_item>?", "indexItems")
    case "pytree":
      let tree = "\(name)_tree"
      self.init(
        [
          CParameter(declaration: "const sj_list *\(name)", name: name, swiftType: "OpaquePointer?"),
          CParameter(declaration: "const sj_tree *\(tree)", name: tree, swiftType: "OpaquePointer?"),
        ], "pytree\(orNil)(\(name), \(tree), function, \"\(name)\")")
    default: return nil
    }
  }

  private init?(output p: APIParameter) {
    func out(_ c: String, _ swift: String) -> CParameter {
      CParameter(declaration: "\(c) *\(p.name)", name: p.name, swiftType: "UnsafeMutablePointer<\(swift)>?")
    }
    switch p.type {
    case "array", "list", "tree", "function", "string", "scope":
      self.init([
        CParameter(
          declaration: "sj_\(p.type) **\(p.name)", name: p.name, swiftType: "HandlePlace?")
      ])
    case "i64": self.init([out("int64_t", "Int64")])
    case "i32": self.init([out("int32_t", "Int32")])
    case "f64": self.init([out("double", "Double")])
    case "bool": self.init([out("sj_bool", "sj_bool")])
    case "dtype": self.init([out("sj_dtype", "sj_dtype")])
    case "pytree":
      self.init([
        CParameter(
          declaration: "sj_list **\(p.name)", name: p.name, swiftType: "HandlePlace?"),
        CParameter(
          declaration: "sj_tree **\(p.name)_tree", name: "\(p.name)_tree",
          swiftType: "HandlePlace?"),
      ])
    default:
      guard p.type.hasPrefix("c:") else { return nil }
      let c = String(p.type.dropFirst(2))
      self.init([CParameter(declaration: c.hasSuffix("*") ? "\(c)\(p.name)" : "\(c) \(p.name)", name: p.name, swiftType: "")])
    }
  }
}
