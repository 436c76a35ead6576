import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Object code on disk, so that a second process need not compile what a first one has.
///
/// One file holds the code of kernels that were compiled together and has a name, a hard link, for each of
/// them: the hash of the kernel's text and of the processor that it is for. Files are complete before they get their names,
/// are never changed, and carry a checksum; processes need no locks. Whatever goes wrong costs a
/// compilation and is reported once.
public final class ObjectCache: Sendable {
  /// Some kernels' code. Positions are those of the kernels in it.
  struct Entry {
    let kernels: [ContentHash]
    let object: [UInt8]
  }

  /// Counts incompatible changes of the files; the directory is named after it.
  private static let format = 1
  private static let magic: UInt64 = 0x3153_4a43_4143_4845
  /// What processes that were killed have left behind is removed after so many seconds.
  private static let leftoverAge = 3600
  /// Between two checks of the size, so many files are written.
  private static let writesBetweenChecks = 64

  private let directory: String
  private let byteLimit: Int
  private let report: @Sendable (String) -> Void
  private struct State {
    var isUsable = true
    var hasReported = false
    var writes = 0
  }
  private let state = Mutex(State())

  /// - Parameters:
  ///   - directory: made, with those above it, at the first write.
  ///   - byteLimit: beyond it the files least recently used are removed.
  ///   - report: gets the first problem, once.
  public init(directory: String, byteLimit: Int = 256 << 20, report: @escaping @Sendable (String) -> Void) {
    self.directory = "\(directory)/kernels-\(Self.format)"
    self.byteLimit = byteLimit
    self.report = report
  }

  /// The cache that the environment asks for: `SWIFTJAX_CACHE=off` forbids it, `SWIFTJAX_CACHE_DIR` says where it is, else
  /// `$XDG_CACHE_HOME/swiftjax` or `~/.cache/swiftjax`. Nil where there is none.
  public static func ofEnvironment(report: @escaping @Sendable (String) -> Void) -> ObjectCache? {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    if let choice = variable("SWIFTJAX_CACHE"), ["off", "0", "false", "no"].contains(choice) { return nil }
    let parent = variable("XDG_CACHE_HOME") ?? variable("HOME").map { "\($0)/.cache" }
    guard let directory = variable("SWIFTJAX_CACHE_DIR") ?? parent.map({ "\($0)/swiftjax" }) else { return nil }
    return ObjectCache(directory: directory, report: report)
  }

  /// Whether anything was ever written.
  public var exists: Bool { access(directory, R_OK | X_OK) == 0 }

  private var isUsable: Bool { state.withLock { $0.isUsable } }

  private func problem(_ text: String, fatal: Bool) {
    let isFirst = state.withLock { state in
      if fatal { state.isUsable = false }
      defer { state.hasReported = true }
      return !state.hasReported
    }
    if isFirst { report("kernel cache: \(text)") }
  }

  private func path(_ kernel: ContentHash) -> String { "\(directory)/\(kernel.text)" }

  // MARK: Reading

  /// The entry that has a kernel's code, if there is one.
  func entry(of kernel: ContentHash) -> Entry? {
    guard isUsable else { return nil }
    let path = path(kernel)
    let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    // A file that cannot be written to, because the disk cannot, can still be read.
    let descriptor = file >= 0 ? file : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0 { return nil }
    defer { close(descriptor) }
    guard let bytes = contents(descriptor) else { return nil }
    guard let entry = Self.decoded(bytes), entry.kernels.contains(kernel) else {
      unlink(path)
      problem("\(path) was damaged; its kernel is compiled again", fatal: false)
      return nil
    }
    // The time of the last use decides what is removed first.
    futimens(descriptor, nil)
    return entry
  }

  /// A file's bytes, if it is our own: what others could have written is not run.
  private func contents(_ descriptor: Int32) -> [UInt8]? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= byteLimit
    else { return nil }
    let size = Int(status.st_size)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = read(descriptor, buffer.baseAddress! + count, size - count)
        if got <= 0 { break }
        count += got
      }
    }
  }

  // MARK: Writing

  func write(_ entry: Entry) {
    guard isUsable, makeDirectory() else { return }
    let number = Self.files.add(1, ordering: .relaxed).newValue
    let temporary = "\(directory)/\(getpid())-\(UInt64(bitPattern: Int64(clock())))-\(number)-\(entry.kernels[0].text).new"
    guard writeFile(temporary, Self.encoded(entry)) else {
      problem("cannot write to \(directory): \(String(cString: strerror(errno)))", fatal: true)
      unlink(temporary)
      return
    }
    for kernel in entry.kernels where link(temporary, path(kernel)) != 0 && errno != EEXIST {
      problem("cannot make \(path(kernel)): \(String(cString: strerror(errno)))", fatal: true)
      break
    }
    unlink(temporary)
    let isTime = state.withLock { state in
      defer { state.writes += 1 }
      return state.writes % Self.writesBetweenChecks == 0
    }
    if isTime { removeLeastUsed() }
  }

  /// Files that this process has begun.
  private static let files = Atomic(0)

  private func makeDirectory() -> Bool {
    var path = ""
    for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
      path += part
      if !path.isEmpty, mkdir(path, 0o700) != 0, errno != EEXIST, access(path, X_OK) != 0 {
        problem("cannot make \(path): \(String(cString: strerror(errno)))", fatal: true)
        return false
      }
      path += "/"
    }
    return true
  }

  private func writeFile(_ path: String, _ bytes: [UInt8]) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { return false }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      done += count
    }
    // Some file systems only tell now that they are full.
    return close(descriptor) == 0 && done == bytes.count
  }

  // MARK: Size

  private struct File {
    var name: String
    var bytes: Int
    var lastUse: Int
  }

  /// Removes the files least recently used until a quarter of the limit is free.
  func removeLeastUsed() {
    let files = files()
    let now = time(nil)
    for file in files where file.name.hasSuffix(".new") && now - file.lastUse > Self.leftoverAge {
      unlink("\(directory)/\(file.name)")
    }
    var total = files.reduce(0) { $0 + $1.bytes }
    if total <= byteLimit { return }
    for file in files.sorted(by: { $0.lastUse < $1.lastUse }) where total > byteLimit / 4 * 3 {
      if unlink("\(directory)/\(file.name)") == 0 { total -= file.bytes }
    }
  }

  /// A file with several names counts in parts.
  private func files() -> [File] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var files: [File] = []
    while let item = readdir(stream) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var status = stat()
      guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG else {
        continue
      }
      files.append(
        File(name: name, bytes: Int(status.st_size) / max(Int(status.st_nlink), 1), lastUse: status.st_mtim.tv_sec))
    }
    return files
  }

  // MARK: The files

  /// Magic number, checksum of what follows, number of kernels, their hashes, object code.
  private static func encoded(_ entry: Entry) -> [UInt8] {
    var body: [UInt8] = []
    func append(_ value: UInt64, to bytes: inout [UInt8]) {
      withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
    append(UInt64(entry.kernels.count), to: &body)
    for kernel in entry.kernels {
      append(kernel.high, to: &body)
      append(kernel.low, to: &body)
    }
    body += entry.object
    var file: [UInt8] = []
    append(magic, to: &file)
    append(body.withUnsafeBytes { ContentHash($0) }.low, to: &file)
    return file + body
  }

  private static func decoded(_ file: [UInt8]) -> Entry? {
    file.withUnsafeBytes { file in
      func word(_ position: Int) -> UInt64 {
        UInt64(littleEndian: file.loadUnaligned(fromByteOffset: 8 * position, as: UInt64.self))
      }
      guard file.count >= 24, word(0) == magic,
        word(1) == ContentHash(UnsafeRawBufferPointer(rebasing: file[16...])).low
      else { return nil }
      // What has the right checksum is as it was written.
      let count = Int(truncatingIfNeeded: word(2))
      let kernels = (0..<count).map { ContentHash(high: word(3 + 2 * $0), low: word(4 + 2 * $0)) }
      return Entry(kernels: kernels, object: Array(file[(24 + 16 * count)...]))
    }
  }
}

/// 128 bits that stand for some bytes. Not meant to withstand attacks: the cache's files are the user's own.
struct ContentHash: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Two chains of 64×64→128-bit products whose halves are folded together.
  init(_ bytes: UnsafeRawBufferPointer) {
    var (a, b): (UInt64, UInt64) = (0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f)
    func folded(_ x: UInt64, _ y: UInt64) -> UInt64 {
      let product = x.multipliedFullWidth(by: y)
      return product.high ^ product.low
    }
    func mix(_ word: UInt64) {
      a = folded(a ^ word, 0xa076_1d64_78bd_642f) &+ word
      b = folded(b &+ word, 0xe703_7ed1_a0b4_28db) ^ (word << 32 | word >> 32)
    }
    var position = 0
    while position + 8 <= bytes.count {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      position += 8
    }
    var last: UInt64 = 0
    while position < bytes.count {
      last = last << 8 | UInt64(bytes[position])
      position += 1
    }
    mix(last)
    mix(UInt64(bytes.count))
    mix(0x1656_67b1_9e37_79f9)
    (high, low) = (a, b)
  }

  init(_ text: String) {
    var text = text
    self = text.withUTF8 { ContentHash(UnsafeRawBufferPointer($0)) }
  }

  /// 32 hexadecimal digits.
  var text: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
