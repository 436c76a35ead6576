/// Arrays in order: the leaves of a tree.
final class List: Handle {
  let values: [Value]

  init(_ values: [Value]) {
    self.values = values
    super.init(kind: .list)
  }
}

func element(_ list: List, _ index: Int) throws -> Value {
  guard list.values.indices.contains(index) else {
    throw SJError(.invalidArgument, "sj_list_get: index \(index) is out of range for a list of \(list.values.count)")
  }
  return list.values[index]
}

func slice(_ list: List, _ start: Int, _ stop: Int) throws -> List {
  guard start >= 0, start <= stop, stop <= list.values.count else {
    throw SJError(.invalidArgument, "sj_list_slice: \(start)..<\(stop) is out of range for a list of \(list.values.count)")
  }
  return List(Array(list.values[start..<stop]))
}

@_cdecl("sj_list_get_all") @implementation
public func sj_list_get_all(
  _ list: OpaquePointer?, _ arrays: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int64
) -> OpaquePointer? {
  guarded {
    let places = try elements(UnsafePointer(arrays), count, "sj_list_get_all", "arrays")
    for i in places.indices { arrays![i] = nil }
    let values = try handle(list, List.self, "sj_list_get_all", "list").values
    guard values.count == places.count else {
      throw SJError(.invalidArgument, "sj_list_get_all: the list has \(values.count) arrays, not \(count)")
    }
    for (i, value) in values.enumerated() { arrays![i] = give(value) }
  }
}
