import CSJCompiler
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tells `perf` the names of machine code: `SWIFTJAX_PERF=map` writes `/tmp/perf-PID.map`, which `perf report` reads
/// by itself; `SWIFTJAX_PERF=jitdump` writes `/tmp/jit-PID.dump`, which has the code too, for `perf inject --jit`.
final class Profile: Sendable {
  enum Form: String, Sendable { case map, jitdump }

  static let environmentVariable = "SWIFTJAX_PERF"

  private static let choice = getenv(environmentVariable).map { String(cString: $0) } ?? ""

  /// What the environment asks for.
  static let shared = Form(rawValue: choice).map { Profile($0, directory: "/tmp") }

  /// Why what the environment asks for cannot be had.
  static var problem: String? {
    if choice.isEmpty { return nil }
    guard let shared else { return "\(environmentVariable) is \"\(choice)\", which is neither map nor jitdump" }
    return shared.output.withLock { output in
      shared.open(&output)
      return output.file < 0 ? "cannot make \(shared.path): \(String(cString: strerror(errno)))" : nil
    }
  }

  private let form: Form
  private let directory: String

  private struct Output {
    var file: Int32 = -1
    /// A forked child writes a file of its own.
    var process: pid_t = 0
    var codeCount: UInt64 = 0
  }
  private let output = Mutex(Output())

  init(_ form: Form, directory: String) {
    self.form = form
    self.directory = directory
  }

  /// Notes where a function lies.
  func record(_ code: UnsafeRawBufferPointer, name: String) {
    // One line is one function.
    let name = String(name.map { $0.isNewline ? " " : $0 })
    output.withLock { output in
      if output.process != getpid() { open(&output) }
      if output.file < 0 { return }
      switch form {
      case .map: write(Array("\(hex(code.baseAddress)) \(hex(code.count)) \(name)\n".utf8), output.file)
      case .jitdump: write(JitDump.load(code, name: name, index: output.codeCount), output.file)
      }
      output.codeCount += 1
    }
  }

  private var path: String {
    form == .map ? "\(directory)/perf-\(getpid()).map" : "\(directory)/jit-\(getpid()).dump"
  }

  private func open(_ output: inout Output) {
    output = Output(file: -1, process: getpid())
    // What another user has put there is not written to.
    unlink(path)
    output.file = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if output.file < 0 || form == .map { return }
    write(JitDump.header, output.file)
    // perf finds the file by this mapping, which it sees as it sees those of libraries.
    mmap(nil, Int(sysconf(Int32(_SC_PAGESIZE))), PROT_READ | PROT_EXEC, MAP_PRIVATE, output.file, 0)
  }

  private func write(_ bytes: [UInt8], _ file: Int32) {
    // A line at once, so that what perf reads is whole.
    _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
  }

  private func hex(_ pointer: UnsafeRawPointer?) -> String { hex(Int(bitPattern: pointer)) }
  private func hex(_ number: Int) -> String { String(number, radix: 16) }
}

/// The records of perf's jitdump format (Linux, tools/perf/Documentation/jitdump-specification.txt), version 1.
private enum JitDump {
  private static let magic: UInt32 = 0x4a69_5444
  private static let version: UInt32 = 1
  private static let headerBytes: UInt32 = 40
  private static let codeLoad: UInt32 = 0
  private static let loadBytes = 56
  /// ELF's number of the processor.
  #if arch(arm64)
  private static let machine: UInt32 = 183
  #else
  private static let machine: UInt32 = 62
  #endif

  static var header: [UInt8] {
    words(magic, version, headerBytes, machine, 0, UInt32(getpid())) + words(now, UInt64(0))
  }

  static func load(_ code: UnsafeRawBufferPointer, name: String, index: UInt64) -> [UInt8] {
    let address = UInt64(UInt(bitPattern: code.baseAddress))
    let size = loadBytes + name.utf8.count + 1 + code.count
    return words(codeLoad, UInt32(size)) + words(now) + words(UInt32(getpid()), UInt32(sjc_thread_id()))
      + words(address, address, UInt64(code.count), index) + Array(name.utf8) + [0] + Array(code)
  }

  /// perf must be told to use the same clock: `perf record -k mono`.
  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private static func words<T: FixedWidthInteger>(_ values: T...) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
  }
}
