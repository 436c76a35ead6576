// The choice of the kernel set, and the entry points that look into it.
#include <stdlib.h>
#include <string.h>

#include "kernel_set.h"

static const sj_kernel_set *const sj_sets[] = {
#if defined(__x86_64__)
  &sj_kernel_set_avx512,
  &sj_kernel_set_avx2,
#endif
  &sj_kernel_set_baseline,
};

static int sj_is_supported(const sj_kernel_set *set) {
#if defined(__x86_64__)
  if (set == &sj_kernel_set_avx512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
  }
  if (set == &sj_kernel_set_avx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt");
  }
#endif
  return 1;
}

/// NULL if the machine cannot run it or the name is unknown.
static const sj_kernel_set *sj_find_set(const char *target) {
  for (size_t i = 0; i < sizeof sj_sets / sizeof *sj_sets; i++) {
    if ((target == NULL || strcmp(target, sj_sets[i]->target) == 0) && sj_is_supported(sj_sets[i]))
      return sj_sets[i];
  }
  return NULL;
}

static const sj_kernel_set *sj_choose_set(void) {
  const char *wanted = getenv("SWIFTJAX_KERNELS");
  const sj_kernel_set *set = wanted ? sj_find_set(wanted) : NULL;
  return set ? set : sj_find_set(NULL);
}

/// Set once; threads that race here all find the same set.
static const sj_kernel_set *sj_current_set;

static const sj_kernel_set *sj_kernels(void) {
  const sj_kernel_set *set = __atomic_load_n(&sj_current_set, __ATOMIC_ACQUIRE);
  if (set == NULL) {
    set = sj_choose_set();
    __atomic_store_n(&sj_current_set, set, __ATOMIC_RELEASE);
  }
  return set;
}

int32_t sj_kernel_select_target(const char *target) {
  const sj_kernel_set *set = target ? sj_find_set(target) : sj_choose_set();
  if (set == NULL) return 0;
  __atomic_store_n(&sj_current_set, set, __ATOMIC_RELEASE);
  return 1;
}

const sj_vector_function *sj_vector_functions(const char *target) {
#if defined(__x86_64__)
  if (strcmp(target, "avx512") == 0) return sj_vector_functions_avx512;
  if (strcmp(target, "avx2") == 0) return sj_vector_functions_avx2;
#endif
  return strcmp(target, "baseline") == 0 ? sj_vector_functions_baseline : NULL;
}

#define SJ_IN_RANGE(value, count) ((value) >= 0 && (value) < (count))

sj_unary_fn sj_kernel_unary(int32_t op, int32_t type) {
  if (!SJ_IN_RANGE(op, SJ_UNARY_COUNT) || !SJ_IN_RANGE(type, SJ_TYPE_COUNT)) return NULL;
  return sj_kernels()->unary[op][type];
}

sj_binary_fn sj_kernel_binary(int32_t op, int32_t type) {
  if (!SJ_IN_RANGE(op, SJ_BINARY_COUNT) || !SJ_IN_RANGE(type, SJ_TYPE_COUNT)) return NULL;
  return sj_kernels()->binary[op][type];
}

sj_ternary_fn sj_kernel_ternary(int32_t op, int32_t type) {
  if (!SJ_IN_RANGE(op, SJ_TERNARY_COUNT) || !SJ_IN_RANGE(type, SJ_TYPE_COUNT)) return NULL;
  return sj_kernels()->ternary[op][type];
}

sj_unary_fn sj_kernel_convert(int32_t from, int32_t to) {
  if (!SJ_IN_RANGE(from, SJ_TYPE_COUNT) || !SJ_IN_RANGE(to, SJ_TYPE_COUNT)) return NULL;
  return sj_kernels()->convert[from][to];
}

sj_reduce_fn sj_kernel_reduce(int32_t combine, int32_t type) {
  if (!SJ_IN_RANGE(combine, SJ_COMBINE_COUNT) || !SJ_IN_RANGE(type, SJ_TYPE_COUNT)) return NULL;
  return sj_kernels()->reduce[combine][type];
}

sj_reduce_rows_fn sj_kernel_reduce_rows(int32_t combine, int32_t type) {
  if (!SJ_IN_RANGE(combine, SJ_COMBINE_COUNT) || !SJ_IN_RANGE(type, SJ_TYPE_COUNT)) return NULL;
  return sj_kernels()->reduce_rows[combine][type];
}

const char *sj_kernel_target(void) { return sj_kernels()->target; }

#define SJ_NAME(name) #name,
static const char *const sj_unary_names[] = {SJ_UNARY_OPS(SJ_NAME)};
static const char *const sj_binary_names[] = {SJ_BINARY_OPS(SJ_NAME)};
static const char *const sj_ternary_names[] = {SJ_TERNARY_OPS(SJ_NAME)};

const char *sj_unary_name(int32_t op) {
  return SJ_IN_RANGE(op, SJ_UNARY_COUNT) ? sj_unary_names[op] : NULL;
}
const char *sj_binary_name(int32_t op) {
  return SJ_IN_RANGE(op, SJ_BINARY_COUNT) ? sj_binary_names[op] : NULL;
}
const char *sj_ternary_name(int32_t op) {
  return SJ_IN_RANGE(op, SJ_TERNARY_COUNT) ? sj_ternary_names[op] : NULL;
}
