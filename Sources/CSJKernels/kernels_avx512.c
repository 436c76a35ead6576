#include "operations.h"
#include "kernel_set.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512cd,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#define SJ_TARGET avx512
#define SJ_VECTOR_BYTES 64
#include "kernels_template.h"
#pragma clang attribute pop
#endif
