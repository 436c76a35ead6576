#include "operations.h"
#include "kernel_set.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#define SJ_TARGET avx2
#define SJ_VECTOR_BYTES 32
#include "kernels_template.h"
#pragma clang attribute pop
#endif
