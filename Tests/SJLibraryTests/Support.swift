import CSJLibrary
import XCTest

/// A small reproducible generator (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The library's element types, as the tests name them.
func element(_ code: sj_element) -> Int32 { Int32(code.rawValue) }

/// Runs `body` for every instruction set that this machine has, then restores the first choice.
func forEachTarget(_ body: (String) throws -> Void) rethrows {
  let chosen = String(cString: sj_library_target())
  defer { sj_library_set_target(chosen) }
  for name in ["baseline", "avx2", "avx512"] where sj_library_set_target(name) { try body(name) }
}
