import Glibc

/// Environment variables, read once at start.
public enum Environment {
  public static func string(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// `1`, `true`, `yes`, `on` or their opposites; nil where unset or something else.
  public static func flag(_ name: String) -> Bool? {
    switch string(name)?.lowercased() {
    case "1", "true", "yes", "on": true
    case "0", "false", "no", "off": false
    default: nil
    }
  }
}
