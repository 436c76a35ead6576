#include "sj_foreign.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

// The stable part of libffi's ABI (ffi.h): declared here, so that building needs no headers
// and a program that makes no custom call needs no libffi.
typedef struct ffi_type {
  size_t size;
  unsigned short alignment;
  unsigned short type;
  struct ffi_type **elements;
} ffi_type;

#if defined(__x86_64__)
enum { default_abi = 2 };  // FFI_UNIX64
#else
enum { default_abi = 1 };  // FFI_SYSV
#endif

static struct {
  int (*prepare)(void *cif, int abi, unsigned count, ffi_type *result, ffi_type **arguments);
  void (*call)(void *cif, void (*function)(void), void *result, void **values);
  ffi_type *types[sj_foreign_f64 + 1];
} ffi;

static const char *const type_names[] = {
  "ffi_type_void",  "ffi_type_pointer", "ffi_type_sint8",  "ffi_type_sint16", "ffi_type_sint32", "ffi_type_sint64",
  "ffi_type_uint8", "ffi_type_uint16",  "ffi_type_uint32", "ffi_type_uint64", "ffi_type_float",  "ffi_type_double",
};

static int available;

static void load(void) {
  static const char *const names[] = {"libffi.so.8", "libffi.so.7", "libffi.so.6", "libffi.so"};
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  *(void **)&ffi.prepare = dlsym(library, "ffi_prep_cif");
  *(void **)&ffi.call = dlsym(library, "ffi_call");
  for (int i = 0; i <= sj_foreign_f64; i++) {
    ffi.types[i] = dlsym(library, type_names[i]);
    if (!ffi.types[i]) return;
  }
  available = ffi.prepare && ffi.call;
}

int sj_foreign_available(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return available;
}

int sj_foreign_call(
    void (*function)(void), int32_t count, const int32_t *types, void *const *values, int returns_i32, int32_t *result) {
  enum { limit = 64 };
  ffi_type *arguments[limit];
  // ffi_cif has 32 bytes, on some processors a few more.
  _Alignas(16) unsigned char cif[128];
  long long returned = 0;
  if (!sj_foreign_available() || count < 0 || count > limit) return -1;
  for (int32_t i = 0; i < count; i++) {
    if (types[i] <= sj_foreign_void || types[i] > sj_foreign_f64) return -1;
    arguments[i] = ffi.types[types[i]];
  }
  ffi_type *type = ffi.types[returns_i32 ? sj_foreign_i32 : sj_foreign_void];
  if (ffi.prepare(cif, default_abi, (unsigned)count, type, arguments) != 0) return -1;
  ffi.call(cif, function, &returned, (void **)values);
  *result = (int32_t)returned;
  return 0;
}
