// The one source that is compiled differently for the two libraries.
#include "linkage.h"

#include "llvm-c/Core.h"

const bool sjc::isSystemLLVM = SJC_SYSTEM_LLVM;

const std::string &sjc::llvmVersion() {
  static const std::string text = [] {
    unsigned major, minor, patch;
    LLVMGetVersion(&major, &minor, &patch);
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) +
           (isSystemLLVM ? " (system)" : " (private)");
  }();
  return text;
}
