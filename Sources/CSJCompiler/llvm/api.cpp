// The exported table: argument checks, ownership and error recovery around codegen.cpp
// and loader.cpp.
#include "sj_compiler.h"

#include "codegen.h"
#include "linkage.h"
#include "loader.h"
#include "recovery.h"

#include <cstdlib>
#include <cstring>

using namespace sjc;

namespace {

/// NULL for success: the convention of the header.
char *asResult(const std::string &error) { return error.empty() ? nullptr : strdup(error.c_str()); }

sjc_bytes copyOut(llvm::ArrayRef<char> bytes) {
  auto *data = static_cast<uint8_t *>(std::malloc(bytes.size() + 1));
  if (!data)
    llvm::report_bad_alloc_error("out of memory");
  std::memcpy(data, bytes.data(), bytes.size());
  data[bytes.size()] = 0;
  return {data, static_cast<int64_t>(bytes.size())};
}

char *compilerCreate(const sjc_options *options, sjc_compiler **out) {
  if (!options || !out || options->struct_size < sizeof(sjc_options))
    return asResult("compiler_create: missing or outdated options");
  return asResult(recovering([&]() -> std::string {
    std::string error = initializeLLVM();
    if (!error.empty())
      return error;
    auto compiler = std::make_unique<sjc_compiler>();
    error = compiler->configure(*options);
    if (error.empty())
      *out = compiler.release();
    return error;
  }));
}

void compilerDestroy(sjc_compiler *compiler) { delete compiler; }

const char *compilerDescription(const sjc_compiler *compiler) {
  return compiler->description().c_str();
}

int32_t compilerHasFeature(const sjc_compiler *compiler, const char *feature) {
  return compiler->hasFeature(feature);
}

char *compile(sjc_compiler *compiler, const char *ir, int64_t size, sjc_format format,
              sjc_bytes *out) {
  if (!compiler || !ir || size < 0 || !out)
    return asResult("compile: missing argument");
  return asResult(recovering([&]() -> std::string {
    llvm::SmallVector<char, 0> bytes;
    std::string error =
        compiler->compile(llvm::StringRef(ir, static_cast<size_t>(size)), format, bytes);
    if (error.empty())
      *out = copyOut(bytes);
    return error;
  }));
}

char *load(const uint8_t *object, int64_t size, const sjc_symbol *externals, int64_t count,
           sjc_code **out) {
  if (!object || size < 0 || count < 0 || (count > 0 && !externals) || !out)
    return asResult("load: missing argument");
  return asResult(recovering([&]() -> std::string {
    auto code = std::make_unique<sjc_code>();
    llvm::StringRef bytes(reinterpret_cast<const char *>(object), static_cast<size_t>(size));
    std::string error =
        code->link(bytes, llvm::ArrayRef<sjc_symbol>(externals, static_cast<size_t>(count)));
    if (error.empty())
      *out = code.release();
    return error;
  }));
}

void *lookup(const sjc_code *code, const char *name, int64_t *size) {
  return code->lookup(name, size);
}

void unload(sjc_code *code) {
  recovering([&]() -> std::string {
    delete code;
    return "";
  });
}

void releaseBytes(sjc_bytes bytes) { std::free(bytes.data); }

void releaseText(char *text) { std::free(text); }

const sjc_api &table() {
  static const sjc_api api = {
      SJC_ABI_VERSION,
      llvmVersion().c_str(),
      compilerCreate,
      compilerDestroy,
      compilerDescription,
      compilerHasFeature,
      compile,
      load,
      lookup,
      unload,
      releaseBytes,
      releaseText,
  };
  return api;
}

} // namespace

// Globals are never destroyed: a thread of the host may still be compiling when another calls exit.
// Defined here, this takes the place of libc's for the whole library, with LLVM where it is linked in.
extern "C" int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }

extern "C" __attribute__((visibility("default"))) const sjc_api *
sjc_get_api(uint32_t abi_version) {
  return abi_version == SJC_ABI_VERSION ? &table() : nullptr;
}
