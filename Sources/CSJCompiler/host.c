#define _GNU_SOURCE
#include "sj_compiler_host.h"

#include <dlfcn.h>
#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYMBOL(function) {#function, (void *)function}

// The engine never changes the rounding mode, so rint rounds halves to even.
static const sjc_symbol runtime_symbols[] = {
    SYMBOL(fmodf), SYMBOL(fmod),  SYMBOL(fmaf),  SYMBOL(fma),
    SYMBOL(floorf), SYMBOL(floor), SYMBOL(ceilf), SYMBOL(ceil),
    SYMBOL(truncf), SYMBOL(trunc), {"roundevenf", (void *)rintf}, {"roundeven", (void *)rint},
    SYMBOL(memcpy), SYMBOL(memmove), SYMBOL(memset),
};

const sjc_symbol *sjc_runtime_symbols(int64_t *count) {
  *count = sizeof runtime_symbols / sizeof *runtime_symbols;
  return runtime_symbols;
}

int32_t sjc_thread_id(void) { return (int32_t)syscall(SYS_gettid); }

const char *sjc_host_path(void) {
  Dl_info info;
  return dladdr((const void *)sjc_host_path, &info) ? info.dli_fname : NULL;
}
