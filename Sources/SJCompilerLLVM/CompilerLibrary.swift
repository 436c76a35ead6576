import CSJCompiler
import SJTypes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `libswiftjax-compiler.so`, loaded when it is first asked for. Everything works without it, interpreted.
public final class CompilerLibrary: @unchecked Sendable {
  let api: sjc_api
  /// The file it came from.
  public let path: String
  public var llvmVersion: String { String(cString: api.llvm_version) }

  /// Where the library is, whether or not it is loaded yet.
  public static let location: String? = try? find()

  /// The process's library, or why there is none. Asking loads it.
  public static let shared: Result<CompilerLibrary, SJError> = {
    do { return .success(try CompilerLibrary(path: find())) } catch {
      return .failure(error as? SJError ?? SJError(.internalFault, "\(error)"))
    }
  }()

  /// Loads the library, which stays loaded.
  public init(path: String) throws {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw SJError(.io, "cannot load the compiler library: \(String(cString: dlerror()))")
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
  }

  // MARK: Where it is

  static let fileName = "libswiftjax-compiler.so"
  static let environmentVariable = "SWIFTJAX_COMPILER_LIBRARY"

  /// The environment's choice, else beside the library or program that this code is in, else in `build`.
  private static func find() throws -> String {
    if let chosen = getenv(environmentVariable) { return String(cString: chosen) }
    let candidate = (directoryOfThisCode ?? ".") + "/\(fileName)"
    if access(candidate, R_OK) == 0 { return candidate }
    throw SJError(.io, "no compiler library: \(candidate) does not exist, and \(environmentVariable) is not set")
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
