import SJLoopIR
import SJTypes

final class LibraryRunner: CommandRunner {
  init(_ call: LibraryCall, in program: Program) throws {
    throw SJError(.internalFault, "library calls")
  }
}
