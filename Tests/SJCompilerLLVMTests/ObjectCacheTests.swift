import Glibc
import SJLoopIR
import SJTypes
import Synchronization
import Testing

@testable import SJCompilerLLVM

/// A directory that goes away with the object, and what a cache in it reports.
private final class CacheDirectory: Sendable {
  let path: String
  private let reported = Mutex<[String]>([])

  init() {
    var template = Array("/tmp/swiftjax-cache-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit {
    for file in files { unlink("\(kernels)/\(file)") }
    rmdir(kernels)
    rmdir(path)
  }

  var kernels: String { "\(path)/kernels-1" }
  var reports: [String] { reported.withLock { $0 } }

  func cache(_ subdirectory: String = "", byteLimit: Int = 1 << 30) -> ObjectCache {
    ObjectCache(directory: path + subdirectory, byteLimit: byteLimit) { text in self.reported.withLock { $0.append(text) } }
  }

  var files: [String] {
    guard let stream = opendir(kernels) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let item = readdir(stream) {
      names.append(
        withUnsafePointer(to: &item.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.filter { $0 != "." && $0 != ".." }
  }

  /// Changes the bytes of every file.
  func damage(_ change: (inout [UInt8]) -> Void) {
    for name in files {
      let file = open("\(kernels)/\(name)", O_RDWR)
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      bytes.removeLast(bytes.count - read(file, &bytes, bytes.count))
      change(&bytes)
      ftruncate(file, 0)
      pwrite(file, bytes, bytes.count, 0)
      close(file)
    }
  }
}

@Suite(.enabled(if: Native.isAvailable), .serialized) struct ObjectCacheTests {
  private static func compiler(_ cache: ObjectCache?) throws -> NativeCompiler {
    NativeCompiler(try CodeGenerator(try CompilerLibrary.shared.get()), disk: cache)
  }

  /// `x + constant`, on eight elements.
  private static func source(_ constant: Int) -> NativeCompiler.Source {
    let k = KernelBuilder()
    k.parallel([8]) { i in
      k.store(k.binary(.add, k.load(BufferID(0), .f32, at: i), k.constant(constant, .f32)), to: BufferID(1), at: i)
    }
    var program = Program()
    program.buffers = Array(repeating: BufferDeclaration(type: .f32, shape: [8]), count: 2)
    return .init(k.finish(name: "add"), in: program)
  }

  private static let sources = (1...23).map(source)

  private static func areRight(_ kernels: [NativeKernel?]) -> Bool {
    kernels.enumerated().allSatisfy { number, kernel in
      guard let kernel else { return false }
      var (x, y): ([Float], [Float]) = ([1, 2, 3, 4, 5, 6, 7, 8], Array(repeating: 0, count: 8))
      x.withUnsafeMutableBytes { x in
        y.withUnsafeMutableBytes { y in kernel([x.baseAddress, y.baseAddress]) }
      }
      return y == x.map { $0 + Float(number + 1) }
    }
  }

  private static func compiled(_ cache: ObjectCache) throws -> [NativeKernel?] {
    try compiler(cache).compile(sources).map { try $0.get() }
  }

  @Test func anotherCompilerFindsTheCode() throws {
    let directory = CacheDirectory()
    #expect(try Self.compiler(directory.cache()).compiledBefore(Self.sources).allSatisfy { $0 == nil })
    #expect(Self.areRight(try Self.compiled(directory.cache())))
    #expect(directory.files.count == Self.sources.count)
    // In another order, and beside unknown ones.
    let second = try Self.compiler(directory.cache())
    let found = second.compiledBefore([Self.source(100)] + Self.sources.reversed())
    #expect(found[0] == nil)
    #expect(Self.areRight(found.dropFirst().reversed()))
    #expect(directory.reports.isEmpty)
  }

  @Test func otherTargetsHaveOtherCode() throws {
    let directory = CacheDirectory()
    _ = try Self.compiled(directory.cache())
    let library = try CompilerLibrary.shared.get()
    for generator in [
      try CodeGenerator(library, effort: .fast), try CodeGenerator(library, target: .init(cpu: "x86-64")),
    ] {
      let compiler = NativeCompiler(generator, disk: directory.cache())
      #expect(compiler.compiledBefore(Self.sources).allSatisfy { $0 == nil })
    }
  }

  @Test(arguments: ["flipped", "cut", "empty", "longer", "foreign"])
  func damagedFilesAreCompiledAgain(damage: String) throws {
    let directory = CacheDirectory()
    _ = try Self.compiled(directory.cache())
    directory.damage { bytes in
      switch damage {
      case "flipped": bytes[bytes.count / 2] ^= 1
      case "cut": bytes.removeLast(bytes.count / 3)
      case "empty": bytes = []
      case "longer": bytes.append(0)
      default: bytes = Array("some other program's file".utf8)
      }
    }
    #expect(Self.areRight(try Self.compiled(directory.cache())))
    #expect(directory.reports.count == 1)
    #expect(Self.areRight(try Self.compiler(directory.cache()).compiledBefore(Self.sources)))
    #expect(directory.reports.count == 1)
  }

  /// A process was killed while it wrote.
  @Test func unfinishedFilesAreIgnoredAndRemoved() throws {
    let directory = CacheDirectory()
    mkdir(directory.kernels, 0o700)
    let leftover = "\(directory.kernels)/1234-5-abc.new"
    close(open(leftover, O_CREAT | O_WRONLY, 0o600))
    #expect(Self.areRight(try Self.compiled(directory.cache())))
    #expect(access(leftover, F_OK) == 0)
    var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
    utimensat(AT_FDCWD, leftover, &times, 0)
    directory.cache().removeLeastUsed()
    #expect(access(leftover, F_OK) != 0)
    #expect(directory.files.count == Self.sources.count)
    #expect(directory.reports.isEmpty)
  }

  /// Processes that die while they write leave entries that are complete, and nothing that disturbs.
  @Test func killedWriters() throws {
    let directory = CacheDirectory()
    func entry(_ number: UInt64) -> ObjectCache.Entry {
      .init(kernels: [ContentHash(high: number, low: 1)], object: Array(repeating: UInt8(number % 251), count: 1 << 18))
    }
    let entries = (0..<64 as Range<UInt64>).map(entry)
    // Where the machine is busy, children take longer to write their first entry.
    var round = 0
    while round < 40 || (directory.files.allSatisfy { $0.hasSuffix(".new") } && round < 400) {
      defer { round += 1 }
      let cache = directory.cache()
      let child = fork()
      if child == 0 {
        for entry in entries[(round % entries.count)...] { cache.write(entry) }
        _exit(0)
      }
      usleep(UInt32(500 + 97 * round))
      kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    let cache = directory.cache()
    var complete = 0
    for (number, expected) in entries.enumerated() {
      let path = "\(directory.kernels)/\(expected.kernels[0].text)"
      if access(path, F_OK) != 0 { continue }
      complete += 1
      #expect(cache.entry(of: expected.kernels[0])?.object == expected.object, "entry \(number)")
    }
    #expect(complete > 0 && directory.reports.isEmpty)
    #expect(Self.areRight(try Self.compiled(cache)))
    #expect(directory.files.count { !$0.hasSuffix(".new") } == complete + Self.sources.count)
  }

  /// No directory can be made (as in a home that is read-only).
  @Test(arguments: ["/proc/swiftjax", "/dev/null/swiftjax"]) func placesThatCannotBeWritten(path: String) throws {
    let reports = Mutex(0)
    let cache = ObjectCache(directory: path) { _ in reports.withLock { $0 += 1 } }
    let compiler = try Self.compiler(cache)
    for source in Self.sources { _ = try compiler.compile([source])[0].get() }
    #expect(reports.withLock { $0 } == 1)
  }

  @Test func fullDisk() throws {
    let directory = CacheDirectory()
    let cache = directory.cache()
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(1), &limit)
    var small = rlimit(rlim_cur: 4 << 20, rlim_max: limit.rlim_max)
    signal(SIGXFSZ, SIG_IGN)
    setrlimit(__rlimit_resource_t(1), &small)
    for number in 0..<3 as Range<UInt64> {
      cache.write(.init(kernels: [ContentHash(high: 1, low: number)], object: Array(repeating: 1, count: 8 << 20)))
    }
    setrlimit(__rlimit_resource_t(1), &limit)
    #expect(directory.files.isEmpty)
    #expect(directory.reports.count == 1)
    // The process goes on without it.
    #expect(Self.areRight(try Self.compiled(cache)))
  }

  @Test func oldFilesMakeRoom() throws {
    let directory = CacheDirectory()
    let cache = directory.cache(byteLimit: 10_000)
    for number in 0..<20 as Range<UInt64> {
      cache.write(.init(kernels: [ContentHash(high: 0, low: number)], object: Array(repeating: 1, count: 1000)))
      var times = [timespec(tv_sec: Int(number), tv_nsec: 0), timespec(tv_sec: Int(number), tv_nsec: 0)]
      utimensat(AT_FDCWD, "\(directory.kernels)/\(ContentHash(high: 0, low: number).text)", &times, 0)
    }
    // Used again: now the youngest.
    #expect(cache.entry(of: ContentHash(high: 0, low: 2)) != nil)
    cache.removeLeastUsed()
    #expect((5...8).contains(directory.files.count))
    let remaining = (0..<20 as Range<UInt64>).filter { cache.entry(of: ContentHash(high: 0, low: $0)) != nil }
    #expect(remaining.contains(2) && remaining.contains(19) && !remaining.contains(0))
  }

  /// As many processes would: nobody knows of the others.
  @Test func manyAtOnce() async throws {
    let directory = CacheDirectory()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { Self.areRight(try Self.compiled(directory.cache())) } }
      for try await isRight in group { #expect(isRight) }
    }
    #expect(directory.files.count == Self.sources.count)
    #expect(Self.areRight(try Self.compiler(directory.cache()).compiledBefore(Self.sources)))
    #expect(directory.reports.isEmpty)
  }
}
