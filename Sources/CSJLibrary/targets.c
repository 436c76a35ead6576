// The kernels, compiled once for every instruction set, and the choice between them.
#include "targets.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "float16.h"

// The sums below are defined term by term.
#pragma STDC FP_CONTRACT OFF

#define TARGET baseline
#define VECTOR 16
#define MR 4
#define HALF uint16_t
#define FROM_F16 sj_from_f16
#define TO_F16 sj_to_f16
#include "target_kernels.h"
#undef HALF
#undef FROM_F16
#undef TO_F16
#undef TARGET
#undef VECTOR
#undef MR

#if defined(__x86_64__)
// F16C converts in one instruction; elsewhere the compiler would call a library.
#define HALF _Float16
#define FROM_F16 (float)
#define TO_F16 (_Float16)

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define TARGET avx2
#define VECTOR 32
#define MR 6
#include "target_kernels.h"
#undef TARGET
#undef VECTOR
#undef MR
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2"))), \
    apply_to = function)
#define TARGET avx512
#define VECTOR 64
#define MR 12
#include "target_kernels.h"
#undef TARGET
#undef VECTOR
#undef MR
#pragma clang attribute pop

#undef HALF
#undef FROM_F16
#undef TO_F16
#endif

/// The target of that name if this machine can run it, else NULL.
static const sj_target *find_target(const char *name) {
  if (strcmp(name, "baseline") == 0) return &sj_target_baseline;
#if defined(__x86_64__)
  if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2") &&
      __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
      __builtin_cpu_supports("bmi2"))
    return &sj_target_avx2;
  if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2"))
    return &sj_target_avx512;
#endif
  return NULL;
}

static const sj_target *choose_target(void) {
  const char *wish = getenv("SWIFTJAX_KERNELS");
  const sj_target *target = wish ? find_target(wish) : NULL;
  if (!target) target = find_target("avx512");
  if (!target) target = find_target("avx2");
  return target ? target : &sj_target_baseline;
}

static _Atomic(const sj_target *) current;

const sj_target *sj_current_target(void) {
  const sj_target *target = atomic_load_explicit(&current, memory_order_acquire);
  if (target) return target;
  target = choose_target();
  atomic_store_explicit(&current, target, memory_order_release);
  return target;
}

const char *sj_library_target(void) { return sj_current_target()->name; }

bool sj_library_set_target(const char *name) {
  const sj_target *target = find_target(name);
  if (target) atomic_store_explicit(&current, target, memory_order_release);
  return target != NULL;
}
