// Where LLVM comes from.
#ifndef SJ_COMPILER_LINKAGE_H
#define SJ_COMPILER_LINKAGE_H

#include <string>

namespace sjc {

/// Whether LLVM is the system's shared library, in which other code of the process may be
/// at work too, and whose globals are destroyed when the process exits; else it is linked in.
extern const bool isSystemLLVM;

/// LLVM's version as it is at run time, and which one of the two it is: "19.1.7 (private)".
/// Code of one may differ from code of the other.
const std::string &llvmVersion();

/// Makes LLVM's code generators known: the host's, and in the system's LLVM that for the other kind of processor too.
void registerTargets();

} // namespace sjc

#endif
