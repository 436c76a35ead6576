// The scalar meaning of the operations that are not elementary functions of floats
// (those are in generated/elementary.h), per class of types.
#ifndef SJ_OPERATIONS_H
#define SJ_OPERATIONS_H

#include "scalar.h"

// name, C type, unsigned C type, signed C type, width
#define SJ_EACH_SIGNED(X)          \
  X(i8, int8_t, uint8_t, int8_t, 8)     \
  X(i16, int16_t, uint16_t, int16_t, 16) \
  X(i32, int32_t, uint32_t, int32_t, 32) \
  X(i64, int64_t, uint64_t, int64_t, 64)
#define SJ_EACH_UNSIGNED(X)         \
  X(u8, uint8_t, uint8_t, int8_t, 8)      \
  X(u16, uint16_t, uint16_t, int16_t, 16)  \
  X(u32, uint32_t, uint32_t, int32_t, 32)  \
  X(u64, uint64_t, uint64_t, int64_t, 64)
#define SJ_EACH_INTEGER(X) SJ_EACH_SIGNED(X) SJ_EACH_UNSIGNED(X)
// name, C type, type of the bits
#define SJ_EACH_FLOAT(X) X(f32, float, i32) X(f64, double, i64)

// --- Integers ---------------------------------------------------------------

#define SJ_INTEGER_OPERATIONS(t, T, U, S, width)                                     \
  SJ_INLINE T sj_neg_##t(T x) { return (T)(0u - (U)x); }                             \
  SJ_INLINE T sj_not_##t(T x) { return (T)~x; }                                      \
  SJ_INLINE T sj_add_##t(T x, T y) { return (T)((U)x + (U)y); }                      \
  SJ_INLINE T sj_sub_##t(T x, T y) { return (T)((U)x - (U)y); }                      \
  SJ_INLINE T sj_mul_##t(T x, T y) { return (T)((U)((U)x * (uint64_t)(U)y)); }       \
  SJ_INLINE T sj_min_##t(T x, T y) { return x < y ? x : y; }                         \
  SJ_INLINE T sj_max_##t(T x, T y) { return x > y ? x : y; }                         \
  SJ_INLINE T sj_fma_##t(T x, T y, T z) { return sj_add_##t(sj_mul_##t(x, y), z); }  \
  SJ_INLINE T sj_shl_##t(T x, T y) {                                                 \
    return (U)y < width ? (T)((U)x << ((U)y & (width - 1))) : (T)0;                  \
  }                                                                                  \
  SJ_INLINE T sj_shr_logical_##t(T x, T y) {                                         \
    return (U)y < width ? (T)((U)x >> ((U)y & (width - 1))) : (T)0;                  \
  }                                                                                  \
  SJ_INLINE T sj_shr_arithmetic_##t(T x, T y) {                                      \
    return (T)((S)x >> ((U)y < width ? (U)y : (U)(width - 1)));                      \
  }                                                                                  \
  SJ_INLINE T sj_popcount_##t(T x) { return (T)__builtin_popcountll((U)x); }         \
  SJ_INLINE T sj_clz_##t(T x) {                                                      \
    return x == 0 ? (T)width : (T)(__builtin_clzll((U)x) - (64 - width));            \
  }                                                                                  \
  /* jnp.power: the six low bits of the exponent; more would overflow anyway. */     \
  SJ_INLINE T sj_pow_##t(T x, T y) {                                                 \
    T result = x == 0 && y != 0 ? (T)0 : (T)1;                                       \
    for (int bit = 0; bit < 6; bit++) {                                              \
      result = ((U)y >> bit) & 1 ? sj_mul_##t(result, x) : result;                   \
      x = sj_mul_##t(x, x);                                                          \
    }                                                                                \
    return result;                                                                   \
  }
SJ_EACH_INTEGER(SJ_INTEGER_OPERATIONS)

#define SJ_SIGNED_OPERATIONS(t, T, U, S, width)                                      \
  SJ_INLINE T sj_abs_##t(T x) { return x < 0 ? sj_neg_##t(x) : x; }                  \
  SJ_INLINE T sj_sign_##t(T x) { return (T)((x > 0) - (x < 0)); }                    \
  SJ_INLINE T sj_div_##t(T x, T y) {                                                 \
    T quotient = (T)(x / (y == 0 || y == -1 ? (T)1 : y));                            \
    return y == 0 ? (T)-1 : y == -1 ? sj_neg_##t(x) : quotient;                      \
  }                                                                                  \
  SJ_INLINE T sj_rem_##t(T x, T y) {                                                 \
    T remainder = (T)(x % (y == 0 || y == -1 ? (T)1 : y));                           \
    return y == 0 ? x : y == -1 ? (T)0 : remainder;                                  \
  }
SJ_EACH_SIGNED(SJ_SIGNED_OPERATIONS)

#define SJ_UNSIGNED_OPERATIONS(t, T, U, S, width)                                    \
  SJ_INLINE T sj_abs_##t(T x) { return x; }                                          \
  SJ_INLINE T sj_sign_##t(T x) { return x != 0; }                                    \
  SJ_INLINE T sj_div_##t(T x, T y) { return y == 0 ? (T)-1 : (T)(x / (y == 0 ? 1 : y)); } \
  SJ_INLINE T sj_rem_##t(T x, T y) { return y == 0 ? x : (T)(x % (y == 0 ? 1 : y)); }
SJ_EACH_UNSIGNED(SJ_UNSIGNED_OPERATIONS)

// --- Floats -----------------------------------------------------------------

// min: NaN if either is, and -0 < +0. Where the two comparisons choose differently, x
// and y are zeros or one is a NaN, and the union of the bits is what is wanted.
#define SJ_FLOAT_OPERATIONS(t, T, bits)                                              \
  SJ_INLINE T sj_neg_##t(T x) { return -x; }                                         \
  SJ_INLINE T sj_abs_##t(T x) { return __builtin_elementwise_abs(x); }               \
  SJ_INLINE T sj_floor_##t(T x) { return __builtin_elementwise_floor(x); }           \
  SJ_INLINE T sj_ceil_##t(T x) { return __builtin_elementwise_ceil(x); }             \
  SJ_INLINE T sj_trunc_##t(T x) { return __builtin_elementwise_trunc(x); }           \
  SJ_INLINE T sj_round_even_##t(T x) { return __builtin_elementwise_rint(x); }       \
  SJ_INLINE T sj_add_##t(T x, T y) { return x + y; }                                 \
  SJ_INLINE T sj_sub_##t(T x, T y) { return x - y; }                                 \
  SJ_INLINE T sj_mul_##t(T x, T y) { return x * y; }                                 \
  SJ_INLINE T sj_div_##t(T x, T y) { return x / y; }                                 \
  SJ_INLINE T sj_fma_##t(T x, T y, T z) { return __builtin_elementwise_fma(x, y, z); } \
  SJ_INLINE T sj_min_##t(T x, T y) {                                                 \
    T a = x < y ? x : y, b = y < x ? y : x;                                          \
    return sj_##t##_of_##bits(sj_##bits##_of_##t(a) | sj_##bits##_of_##t(b));        \
  }                                                                                  \
  SJ_INLINE T sj_max_##t(T x, T y) { return -sj_min_##t(-x, -y); }                   \
  SJ_INLINE _Bool sj_lt_total_##t(T x, T y) { return (x < y) | ((x == x) & (y != y)); }
SJ_EACH_FLOAT(SJ_FLOAT_OPERATIONS)

SJ_INLINE float sj_rem_f32(float x, float y) { return __builtin_fmodf(x, y); }
SJ_INLINE double sj_rem_f64(double x, double y) { return __builtin_fmod(x, y); }

// --- 16-bit floats: in f32, rounded once ------------------------------------------

#define SJ_HALF_OPERATION(op, h)                                  \
  SJ_INLINE sj_##h sj_##op##_##h(sj_##h x, sj_##h y) {            \
    return sj_##h##_of_f32(sj_##op##_f32(sj_f32_of_##h(x), sj_f32_of_##h(y))); \
  }
SJ_HALF_OPERATION(add, f16) SJ_HALF_OPERATION(mul, f16)
SJ_HALF_OPERATION(min, f16) SJ_HALF_OPERATION(max, f16)
SJ_HALF_OPERATION(add, bf16) SJ_HALF_OPERATION(mul, bf16)
SJ_HALF_OPERATION(min, bf16) SJ_HALF_OPERATION(max, bf16)

/// The neighbour of x towards y among 16-bit floats; `infinity` tells the formats apart.
SJ_INLINE uint16_t sj_nextafter_half(uint16_t x, uint16_t y, uint16_t infinity) {
  uint16_t ax = x & 0x7fff, ay = y & 0x7fff;
  int32_t sx = x & 0x8000 ? -(int32_t)ax : ax, sy = y & 0x8000 ? -(int32_t)ay : ay;
  int32_t next = sx + (sy > sx) - (sy < sx);
  uint16_t sign = next == 0 ? x & 0x8000 : next < 0 ? 0x8000 : 0;
  uint16_t moved = (uint16_t)((next < 0 ? -next : next) | sign);
  uint16_t nan = infinity == 0x7c00 ? 0x7e00 : 0x7fc0;
  return ax > infinity || ay > infinity ? nan : sx == sy ? y : moved;
}

#endif
