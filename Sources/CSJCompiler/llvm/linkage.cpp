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

// The headers of targets are not installed.
#define SJC_TARGET(name)                                                                           \
  extern "C" {                                                                                     \
  void LLVMInitialize##name##TargetInfo();                                                         \
  void LLVMInitialize##name##Target();                                                             \
  void LLVMInitialize##name##TargetMC();                                                           \
  void LLVMInitialize##name##AsmPrinter();                                                         \
  }                                                                                                \
  static void register##name() {                                                                   \
    LLVMInitialize##name##TargetInfo();                                                            \
    LLVMInitialize##name##Target();                                                                \
    LLVMInitialize##name##TargetMC();                                                              \
    LLVMInitialize##name##AsmPrinter();                                                            \
  }

#if SJC_SYSTEM_LLVM || defined(__x86_64__)
SJC_TARGET(X86)
#endif
#if SJC_SYSTEM_LLVM || defined(__aarch64__)
SJC_TARGET(AArch64)
#endif

void sjc::registerTargets() {
#if SJC_SYSTEM_LLVM || defined(__x86_64__)
  registerX86();
#endif
#if SJC_SYSTEM_LLVM || defined(__aarch64__)
  registerAArch64();
#endif
}
