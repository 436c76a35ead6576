import Foundation

/// `sjgen kernels [--check]`: the generated part of CSJKernels.
enum KernelsCommand {
  static let path = "Sources/CSJKernels/generated/elementary.h"

  /// Returns the exit status.
  static func run(_ arguments: [String]) throws -> Int32 {
    let text = ElementaryHeader.text
    guard arguments == ["--check"] else {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return 0
    }
    if try String(contentsOfFile: path, encoding: .utf8) == text { return 0 }
    print("\(path) is not current: run `swift run sjgen kernels`")
    return 1
  }
}
