import Glibc
import Testing

@testable import SJCompilerLLVM

/// The files that perf reads.
@Suite struct ProfileTests {
  private let code: [UInt8] = [0x90, 0x90, 0xc3]

  /// What a profile writes of two functions.
  private func written(_ form: Profile.Form, _ name: String) throws -> (bytes: [UInt8], address: UInt64) {
    var template = Array("/tmp/sj-profile-XXXXXX".utf8CString)
    let directory = String(cString: try #require(mkdtemp(&template)))
    let path = "\(directory)/\(name)"
    defer {
      unlink(path)
      rmdir(directory)
    }
    let profile = Profile(form, directory: directory)
    let address = code.withUnsafeBytes { code in
      profile.record(code, name: "jit(f)/mul")
      profile.record(code, name: "two\nlines")
      return UInt64(UInt(bitPattern: code.baseAddress))
    }
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return (bytes, address)
  }

  @Test func mapsAreLinesOfAddressSizeAndName() throws {
    let (bytes, address) = try written(.map, "perf-\(getpid()).map")
    let start = String(address, radix: 16)
    #expect(String(decoding: bytes, as: UTF8.self) == "\(start) 3 jit(f)/mul\n\(start) 3 two lines\n")
  }

  @Test func dumpsHaveTheCode() throws {
    let (bytes, address) = try written(.jitdump, "jit-\(getpid()).dump")
    func word<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }
    // The header: magic number, version, its size, …, process.
    #expect(word(0, UInt32.self) == 0x4a69_5444)
    #expect(word(4, UInt32.self) == 1)
    #expect(word(8, UInt32.self) == 40)
    #expect(word(20, UInt32.self) == UInt32(getpid()))
    // A record: kind, size, time, process, thread, address twice, size of the code, number, name, code.
    let name = Array("jit(f)/mul".utf8) + [0]
    let size = 56 + name.count + code.count
    #expect(word(40, UInt32.self) == 0)
    #expect(word(44, UInt32.self) == UInt32(size))
    #expect(word(48, UInt64.self) > 0)
    #expect(word(64, UInt64.self) == address)
    #expect(word(72, UInt64.self) == address)
    #expect(word(80, UInt64.self) == 3)
    #expect(word(88, UInt64.self) == 0)
    #expect(Array(bytes[96..<(96 + name.count)]) == name)
    #expect(Array(bytes[(96 + name.count)..<(40 + size)]) == code)
    // The next one follows at once.
    #expect(word(40 + size, UInt32.self) == 0)
    #expect(word(40 + size + 48, UInt64.self) == 1)
    #expect(bytes.count == 40 + size + 56 + "two lines".utf8.count + 1 + code.count)
  }
}
