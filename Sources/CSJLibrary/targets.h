// What is compiled once for every instruction set.
#ifndef SJ_TARGETS_H
#define SJ_TARGETS_H

#include "gemm.h"

typedef struct sj_threefry_kernels {
  void (*one_key)(uint32_t key0, uint32_t key1, int64_t n, const uint32_t *x0, const uint32_t *x1,
                  uint32_t *out0, uint32_t *out1);
  void (*many_keys)(int64_t n, const uint32_t *key0, const uint32_t *key1, const uint32_t *x0,
                    const uint32_t *x1, uint32_t *out0, uint32_t *out1);
  /// Counters (first0 + i, first1 + i); out1 may be NULL.
  void (*counters)(uint32_t key0, uint32_t key1, uint32_t first0, uint32_t first1, int64_t n,
                   uint32_t *out0, uint32_t *out1);
  /// Counters (high, low + i), low + n <= 2^32; words of 32 or 64 bits.
  void (*bits32)(uint32_t key0, uint32_t key1, uint32_t high, uint32_t low, int64_t n,
                 uint32_t *out);
  void (*bits64)(uint32_t key0, uint32_t key1, uint32_t high, uint32_t low, int64_t n,
                 uint64_t *out);
} sj_threefry_kernels;

typedef struct sj_target {
  const char *name;
  const sj_gemm_kernels *gemm[SJ_ACCUMULATE_COUNT];
  /// By (sj_element, sj_accumulator); NULL where there is no such conversion, or none is needed.
  sj_load_fn load[SJ_ELEMENT_COUNT][SJ_ACCUMULATE_COUNT];
  sj_store_fn store[SJ_ELEMENT_COUNT][SJ_ACCUMULATE_COUNT];
  sj_threefry_kernels threefry;
} sj_target;

#pragma GCC visibility push(hidden)
/// The instruction set in use.
const sj_target *sj_current_target(void);
extern const sj_target sj_target_baseline;
#if defined(__x86_64__)
extern const sj_target sj_target_avx2, sj_target_avx512;
#endif
#pragma GCC visibility pop

#endif
