/// Text that lays itself out within a width, after Wadler's "A prettier printer":
/// a group is one line if it fits, else all of its own breaks are newlines.
indirect enum Document {
  case text(String)
  /// The string where the group is flat, else a newline.
  case line(String)
  case concat([Document])
  case nest(Int, Document)
  case group(Document)

  static let space = Document.line(" ")
  static let empty = Document.concat([])

  static func join(_ separator: Document, _ parts: [Document]) -> Document {
    .concat(parts.enumerated().flatMap { $0.offset == 0 ? [$0.element] : [separator, $0.element] })
  }

  func rendered(width: Int = 80) -> String {
    var output = ""
    var column = 0
    var stack: [(indent: Int, isFlat: Bool, document: Document)] = [(0, false, self)]
    while let (indent, isFlat, document) = stack.popLast() {
      switch document {
      case .text(let text):
        output += text
        column += text.count
      case .line(let flat):
        if isFlat {
          output += flat
          column += flat.count
        } else {
          output += "\n" + String(repeating: " ", count: indent)
          column = indent
        }
      case .concat(let parts): stack.append(contentsOf: parts.reversed().map { (indent, isFlat, $0) })
      case .nest(let more, let inner): stack.append((indent + more, isFlat, inner))
      case .group(let inner):
        stack.append((indent, isFlat || inner.fits(width - column), inner))
      }
    }
    return output
  }

  /// Whether the document, laid out flat, takes at most `room` columns.
  private func fits(_ room: Int) -> Bool {
    var room = room
    var stack = [self]
    while let document = stack.popLast() {
      switch document {
      case .text(let text), .line(let text): room -= text.count
      case .concat(let parts): stack.append(contentsOf: parts.reversed())
      case .nest(_, let inner), .group(let inner): stack.append(inner)
      }
      if room < 0 { return false }
    }
    return true
  }
}
