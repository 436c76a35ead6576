// The host's side of the compiler library: what generated code may call, and
// where to look for the library.
#ifndef SJ_COMPILER_HOST_H
#define SJ_COMPILER_HOST_H

#include "sj_compiler.h"

/// Functions of the C library that stand in for instructions a processor lacks
/// (rounding before SSE 4.1, fma before FMA), and exact remainders.
const sjc_symbol *sjc_runtime_symbols(int64_t *count);

/// The kernel's number of the calling thread.
int32_t sjc_thread_id(void);

/// The file that this function was loaded from: the program or a shared library. May be NULL.
const char *sjc_host_path(void);

#endif
