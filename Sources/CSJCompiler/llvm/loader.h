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
  void *lookup(llvm::StringRef name, int64_t *size) const;
  ~sjc_code();

private:
  class Linking;
  struct Place {
    void *address = nullptr;
    int64_t size = 0;
  };
  llvm::StringMap<Place> symbols;
  llvm::jitlink::JITLinkMemoryManager::FinalizedAlloc memory;
};

#endif
