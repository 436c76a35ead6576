// One complete set of kernels; there is one for each instruction set.
#ifndef SJ_KERNEL_SET_H
#define SJ_KERNEL_SET_H

#include "sj_kernels.h"

typedef struct sj_kernel_set {
  const char *target;
  sj_unary_fn unary[SJ_UNARY_COUNT][SJ_TYPE_COUNT];
  sj_binary_fn binary[SJ_BINARY_COUNT][SJ_TYPE_COUNT];
  sj_ternary_fn ternary[SJ_TERNARY_COUNT][SJ_TYPE_COUNT];
  sj_unary_fn convert[SJ_TYPE_COUNT][SJ_TYPE_COUNT];
  sj_reduce_rows_fn reduce_rows[SJ_COMBINE_COUNT][SJ_TYPE_COUNT];
  sj_reduce_fn reduce[SJ_COMBINE_COUNT][SJ_TYPE_COUNT];
} sj_kernel_set;

extern const sj_kernel_set sj_kernel_set_baseline;
extern const sj_vector_function sj_vector_functions_baseline[];
#if defined(__x86_64__)
extern const sj_kernel_set sj_kernel_set_avx2;
extern const sj_vector_function sj_vector_functions_avx2[];
extern const sj_kernel_set sj_kernel_set_avx512;
extern const sj_vector_function sj_vector_functions_avx512[];
#endif

#endif
