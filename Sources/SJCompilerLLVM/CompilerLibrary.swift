import CSJCompiler
import SJTypes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// LLVM behind a table of functions: `libswiftjax-compiler.so`, which has LLVM in it, or else a layer over the system's.
/// Loaded when it is first asked for. Everything works without it, interpreted.
public final class CompilerLibrary: @unchecked Sendable {
  let api: sjc_api
  /// The file it came from.
  public let path: String
  /// Why a file that would have been preferred is not used.
  public let problem: String?
  /// LLVM's version, and whether it is the system's: "19.1.7 (private)".
  public var llvmVersion: String { String(cString: api.llvm_version) }

  /// Whether there is a file to load.
  public static let exists = (try? candidates()) != nil
  /// Whether the first choice is the layer over the system's LLVM.
  public static let prefersSystem = (try? candidates())?.first?.hasSuffix(fileNames[1]) ?? false

  /// The process's library, or why there is none. Asking loads it.
  public static let shared: Result<CompilerLibrary, SJError> = {
    do { return .success(try load(candidates())) } catch {
      return .failure(error as? SJError ?? SJError(.internalFault, "\(error)"))
    }
  }()

  /// The layer over the system's LLVM, which makes code for x86-64 and AArch64 wherever it runs.
  public static let system = Result { try CompilerLibrary(path: "\(directoryOfThisCode ?? ".")/\(fileNames[1])") }

  /// Loads the library, which stays loaded.
  public init(path: String, problem: String? = nil) throws {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw SJError(.io, "\(path) cannot be loaded: \(String(cString: dlerror()))")
    }
    guard let symbol = dlsym(handle, "sjc_get_api") else {
      throw SJError(.io, "\(path) is not a SwiftJAX compiler library")
    }
    let getAPI = unsafeBitCast(symbol, to: sjc_get_api_function.self)
    guard let table = getAPI(UInt32(SJC_ABI_VERSION)) else {
      throw SJError(.io, "\(path) is for another version of SwiftJAX")
    }
    self.api = table.pointee
    self.path = path
    self.problem = problem
  }

  /// The first one that can be loaded.
  static func load(_ candidates: [String]) throws -> CompilerLibrary {
    var problems: [String] = []
    for path in candidates {
      do {
        return try CompilerLibrary(path: path, problem: problems.first)
      } catch let error as SJError {
        problems.append(error.message)
      }
    }
    throw SJError(.io, "no compiler library: \(problems.joined(separator: "; ")). \(remedy)")
  }

  // MARK: Where it is

  /// In the order of preference.
  private static let fileNames = ["libswiftjax-compiler.so", "libswiftjax-compiler-system.so"]
  private static let environmentVariable = "SWIFTJAX_COMPILER_LIBRARY"
  private static let remedy = "`make compiler` builds it; \(environmentVariable) names the file where it is elsewhere"

  /// The environment's choice, else what is beside the library or program that this code is in.
  private static func candidates() throws -> [String] {
    if let chosen = getenv(environmentVariable) { return [String(cString: chosen)] }
    let directory = directoryOfThisCode ?? "."
    let paths = fileNames.map { directory + "/" + $0 }
    let present = paths.filter { access($0, R_OK) == 0 }
    if !present.isEmpty { return present }
    throw SJError(.io, "no compiler library: \(directory) has neither \(fileNames.joined(separator: " nor ")). \(remedy)")
  }

  private static var directoryOfThisCode: String? {
    guard let name = sjc_host_path() else { return nil }
    let path = String(cString: name)
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return String(path[..<slash])
  }

  // MARK: Errors

  /// Throws the text that a function of the table returned.
  func check(_ text: UnsafeMutablePointer<CChar>?, _ code: SJError.Code = .internalFault) throws {
    guard let text else { return }
    defer { api.release_text(text) }
    throw SJError(code, String(cString: text))
  }
}
