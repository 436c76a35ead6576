// Scatter: in order of i, so that equal indices have one meaning. Not vectorised.
#include <stddef.h>

#include "operations.h"
#include "sj_kernels.h"
#pragma STDC FP_CONTRACT OFF

#define SJ_SCATTER_LOOP(combined)                        \
  for (int64_t i = 0; i < n; i++) {                      \
    if (mask != NULL && !mask[i]) continue;              \
    T *old = to + index[i];                              \
    T new = from[i];                                     \
    *old = combined;                                     \
  }                                                      \
  break;

#define SJ_SCATTER(t, Type, BITWISE)                                                  \
  static void sj_scatter_##t(int32_t combine, int64_t n, Type *to, const int64_t *index, \
                             const Type *from, const uint8_t *mask) {                 \
    typedef Type T;                                                                   \
    switch (combine) {                                                                \
      case SJ_COMBINE_NONE: SJ_SCATTER_LOOP(new)                                      \
      case SJ_COMBINE_ADD: SJ_SCATTER_LOOP(sj_add_##t(*old, new))                     \
      case SJ_COMBINE_MUL: SJ_SCATTER_LOOP(sj_mul_##t(*old, new))                     \
      case SJ_COMBINE_MIN: SJ_SCATTER_LOOP(sj_min_##t(*old, new))                     \
      case SJ_COMBINE_MAX: SJ_SCATTER_LOOP(sj_max_##t(*old, new))                     \
      BITWISE                                                                         \
    }                                                                                 \
  }
#define SJ_BITWISE                                       \
  case SJ_COMBINE_AND: SJ_SCATTER_LOOP(*old & new)       \
  case SJ_COMBINE_OR: SJ_SCATTER_LOOP(*old | new)

SJ_INLINE uint8_t sj_add_bool(uint8_t x, uint8_t y) { return x | y; }
SJ_INLINE uint8_t sj_mul_bool(uint8_t x, uint8_t y) { return x & y; }
SJ_INLINE uint8_t sj_min_bool(uint8_t x, uint8_t y) { return x & y; }
SJ_INLINE uint8_t sj_max_bool(uint8_t x, uint8_t y) { return x | y; }

#define SJ_SCATTER_INTEGER(t, T, U, S, width) SJ_SCATTER(t, T, SJ_BITWISE)
#define SJ_SCATTER_FLOAT(t, T, bits) SJ_SCATTER(t, T, )
SJ_EACH_INTEGER(SJ_SCATTER_INTEGER)
SJ_EACH_FLOAT(SJ_SCATTER_FLOAT)
SJ_SCATTER(f16, sj_f16, )
SJ_SCATTER(bf16, sj_bf16, )
SJ_SCATTER(bool, uint8_t, SJ_BITWISE)

void sj_scatter_elements(int32_t type, int32_t combine, int64_t n, void *dst, const int64_t *index,
                const void *src, const uint8_t *mask) {
  switch (type) {
    case SJ_BOOL: sj_scatter_bool(combine, n, dst, index, src, mask); break;
    case SJ_I8: sj_scatter_i8(combine, n, dst, index, src, mask); break;
    case SJ_I16: sj_scatter_i16(combine, n, dst, index, src, mask); break;
    case SJ_I32: sj_scatter_i32(combine, n, dst, index, src, mask); break;
    case SJ_I64: sj_scatter_i64(combine, n, dst, index, src, mask); break;
    case SJ_U8: sj_scatter_u8(combine, n, dst, index, src, mask); break;
    case SJ_U16: sj_scatter_u16(combine, n, dst, index, src, mask); break;
    case SJ_U32: sj_scatter_u32(combine, n, dst, index, src, mask); break;
    case SJ_U64: sj_scatter_u64(combine, n, dst, index, src, mask); break;
    case SJ_F16: sj_scatter_f16(combine, n, dst, index, src, mask); break;
    case SJ_BF16: sj_scatter_bf16(combine, n, dst, index, src, mask); break;
    case SJ_F32: sj_scatter_f32(combine, n, dst, index, src, mask); break;
    case SJ_F64: sj_scatter_f64(combine, n, dst, index, src, mask); break;
  }
}
