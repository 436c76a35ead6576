// The interface of libswiftjax-compiler.so and libswiftjax-compiler-system.so: LLVM behind
// a table of functions.
//
// The engine runs without these libraries; it loads one with dlopen (RTLD_LOCAL) at
// the first compilation and asks for the table through the one exported symbol,
// `sjc_get_api`. Nothing else of LLVM is visible, so a host process may carry
// any other LLVM of its own; the second library shares the system's with it.
//
// Errors. A function that can fail returns NULL for success, else a text owned
// by the caller (`release_text`). Outputs are untouched on failure. LLVM's fatal
// errors come back as texts too: the process is never aborted.
//
// Threads. Everything may be called from any thread; one compiler may serve
// several threads at once (each call has an LLVM context of its own).
#ifndef SJ_COMPILER_H
#define SJ_COMPILER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Counts incompatible changes of this header.
#define SJC_ABI_VERSION 2

/// A code generator for one processor at one effort.
typedef struct sjc_compiler sjc_compiler;
/// Machine code loaded into this process.
typedef struct sjc_code sjc_code;

/// How much time code generation may take; see docs/compiler.md for figures.
typedef int32_t sjc_effort;
enum {
  /// Instruction selection without optimisation, but LLVM's basic register
  /// allocator: the first native tier.
  SJC_EFFORT_FAST = 0,
  /// LLVM's level 1 without loop strength reduction and scheduling: hot kernels.
  SJC_EFFORT_LEAN = 1,
};

typedef int32_t sjc_format;
enum {
  SJC_FORMAT_OBJECT = 0,
  SJC_FORMAT_ASSEMBLY = 1,
};

/// What to generate code for. Empty or NULL texts mean the host's.
typedef struct sjc_options {
  uint32_t struct_size;
  sjc_effort effort;
  /// A target triple, such as "aarch64-linux-gnu".
  const char *triple;
  /// A processor name such as "znver3". With a foreign triple or a feature list
  /// given, empty means that architecture's baseline.
  const char *cpu;
  /// LLVM feature flags such as "+avx2,+fma".
  const char *features;
} sjc_options;

/// A name that loaded code refers to, and where it lives.
typedef struct sjc_symbol {
  const char *name;
  void *address;
} sjc_symbol;

/// Bytes owned by the caller; `release_bytes` frees them. `data[size]` is 0, so
/// that assembly text is a C string.
typedef struct sjc_bytes {
  uint8_t *data;
  int64_t size;
} sjc_bytes;

typedef struct sjc_api {
  uint32_t abi_version;
  /// LLVM's version, and whether it is in the library or the system's: "19.1.7 (private)", "19.1.7 (system)".
  const char *llvm_version;

  char *(*compiler_create)(const sjc_options *options, sjc_compiler **out);
  void (*compiler_destroy)(sjc_compiler *compiler);
  /// Triple, processor, features and effort as one line: with the IR text it
  /// determines the object code, hence a cache key. Lives as long as the compiler.
  const char *(*compiler_description)(const sjc_compiler *compiler);
  /// 1 if the processor that code is generated for has a feature of LLVM's name, such as "avx2", else 0.
  int32_t (*compiler_has_feature)(const sjc_compiler *compiler, const char *feature);

  /// Translates a module of textual LLVM IR. Triple and data layout are set by
  /// the compiler, so the text needs none.
  char *(*compile)(sjc_compiler *compiler, const char *ir, int64_t ir_size, sjc_format format,
                   sjc_bytes *out);

  /// Loads an object file into the process. Every undefined name of the object must
  /// be among the externals; neither the object nor the externals need to outlive the call.
  char *(*load)(const uint8_t *object, int64_t object_size, const sjc_symbol *externals,
                int64_t external_count, sjc_code **out);
  /// The address of a symbol that the object defines, or NULL; where it is not NULL, `size` gets the symbol's bytes.
  void *(*lookup)(const sjc_code *code, const char *name, int64_t *size);
  /// Frees the code's memory; no thread may be running it.
  void (*unload)(sjc_code *code);

  void (*release_bytes)(sjc_bytes bytes);
  void (*release_text)(char *text);
} sjc_api;

/// The table, or NULL if the library does not speak this ABI version.
const sjc_api *sjc_get_api(uint32_t abi_version);
/// Its type, for dlsym.
typedef const sjc_api *(*sjc_get_api_function)(uint32_t abi_version);

#ifdef __cplusplus
}
#endif

#endif
