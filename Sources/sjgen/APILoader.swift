import Foundation

struct APIDescriptionError: Error, CustomStringConvertible {
  let description: String
}

/// The whole API, checked and with shared parameter lists resolved.
struct API {
  static let version = "0.1.0"
  static let abi = 1

  var families: [APIFamily]

  var functions: [APIFunction] { families.flatMap { $0.functions ?? [] } }
  var structs: [APIStruct] { families.flatMap { $0.structs ?? [] } }
  var enums: [APIEnum] { families.flatMap { $0.enums ?? [] } }

  init(directory: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    families = try names.filter { $0.hasSuffix(".json") && $0 != "schema.json" }.map { name in
      let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
      do { return try JSONDecoder().decode(APIFamily.self, from: data) } catch {
        throw APIDescriptionError(description: "\(name): \(error)")
      }
    }
    families.sort { $0.order < $1.order }
    for i in families.indices { try families[i].resolve() }
    try check()
  }

  private func check() throws {
    var seen: Set<String> = []
    for function in functions {
      guard seen.insert(function.name).inserted else {
        throw APIDescriptionError(description: "\(function.name) is described twice")
      }
      guard function.name.hasPrefix("sj_"), !function.doc.isEmpty else {
        throw APIDescriptionError(description: "\(function.name): a name begins with sj_, and each function has a doc")
      }
      for parameter in function.list where APIType(parameter, in: self) == nil {
        throw APIDescriptionError(
          description: "\(function.name): parameter \(parameter.name) has the unknown type \(parameter.type)")
      }
    }
  }
}

extension APIFamily {
  fileprivate mutating func resolve() throws {
    for i in (functions ?? []).indices {
      if case .shared(let name)? = functions![i].parameters {
        guard let list = parameterLists?[name] else {
          throw APIDescriptionError(description: "\(functions![i].name): no parameter list \(name) in family \(family)")
        }
        functions![i].list = list
      }
    }
    parameterLists = nil
  }
}
