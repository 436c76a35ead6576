// Object files to running code.
#ifndef SJ_COMPILER_LOADER_H
#define SJ_COMPILER_LOADER_H

#include "sj_compiler.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"

#include <string>

struct sjc_code {
  /// Returns an error text, empty for success.
  std::string link(llvm::StringRef object, llvm::ArrayRef<sjc_symbol> externals);
  void *lookup(llvm::StringRef name) const;
  ~sjc_code();

private:
  class Linking;
  llvm::StringMap<void *> symbols;
  llvm::jitlink::JITLinkMemoryManager::FinalizedAlloc memory;
};

#endif
