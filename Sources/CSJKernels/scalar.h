// What the scalar code of the kernels is written with. Clang only: its elementwise
// builtins never set errno, so loops over them vectorise without compiler flags.
#ifndef SJ_SCALAR_H
#define SJ_SCALAR_H

#include <stdint.h>
#include <string.h>

#define SJ_INLINE static inline __attribute__((always_inline, unused))

#define SJ_INFf __builtin_inff()
#define SJ_NANf __builtin_nanf("")
#define SJ_INF __builtin_inf()
#define SJ_NAN __builtin_nan("")

#define SJ_BITCAST(to, to_type, from, from_type)           \
  SJ_INLINE to_type sj_##to##_of_##from(from_type value) { \
    to_type result;                                        \
    memcpy(&result, &value, sizeof result);                \
    return result;                                         \
  }
SJ_BITCAST(i32, uint32_t, f32, float)
SJ_BITCAST(f32, float, i32, uint32_t)
SJ_BITCAST(i64, uint64_t, f64, double)
SJ_BITCAST(f64, double, i64, uint64_t)
#undef SJ_BITCAST

// --- 16-bit floats ---------------------------------------------------------
// By integer operations, which vectorise everywhere and give the same bits with and
// without F16C. `typedef`s keep the two formats and uint16_t apart for the reader.

typedef uint16_t sj_f16;
typedef uint16_t sj_bf16;

SJ_INLINE float sj_f32_of_f16(sj_f16 h) {
  uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13;
  uint32_t sign = (uint32_t)(h & 0x8000) << 16;
  // Rebiasing by a product brings subnormals to normal form, too.
  uint32_t finite = sj_i32_of_f32(sj_f32_of_i32(magnitude) * 0x1p112f);
  uint32_t bits = magnitude >= 0x0f800000u ? magnitude | 0x7f800000u : finite;
  return sj_f32_of_i32(bits | sign);
}

SJ_INLINE sj_f16 sj_f16_of_f32(float x) {
  uint32_t bits = sj_i32_of_f32(x);
  uint32_t a = bits & 0x7fffffffu;
  // Adding 1/2 rounds to multiples of 2^-24, the smallest subnormal.
  uint32_t subnormal = sj_i32_of_f32(sj_f32_of_i32(a) + 0.5f) - 0x3f000000u;
  uint32_t normal = (a - 0x38000000u + 0xfffu + ((a >> 13) & 1u)) >> 13;
  uint32_t special = a > 0x7f800000u ? 0x7e00u | ((a >> 13) & 0x3ffu) : 0x7c00u;
  uint32_t result = a < 0x38800000u ? subnormal : a < 0x47800000u ? normal : special;
  return (sj_f16)(result | ((bits >> 16) & 0x8000u));
}

SJ_INLINE float sj_f32_of_bf16(sj_bf16 h) { return sj_f32_of_i32((uint32_t)h << 16); }

SJ_INLINE sj_bf16 sj_bf16_of_f32(float x) {
  uint32_t bits = sj_i32_of_f32(x);
  uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  uint32_t nan = (bits >> 16) | 0x40u;
  return (sj_bf16)((bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
}

/// To odd: exact, or the neighbour with an odd mantissa. Rounding the result to 16
/// bits then equals rounding x to 16 bits once (Boldo and Melquiond 2008).
SJ_INLINE float sj_f32_odd_of_f64(double x) {
  float nearest = (float)x;
  uint32_t bits = sj_i32_of_f32(nearest);
  double back = (double)nearest;
  uint32_t away = __builtin_elementwise_abs(back) > __builtin_elementwise_abs(x) ? 1u : 0u;
  uint32_t inexact = back < x || back > x ? 1u : 0u;
  return sj_f32_of_i32((bits - away) | inexact);
}

// 64-bit integers of 2^53 and more, with what a double cannot hold folded into one
// bit that still decides how the double is rounded to 16 bits.
SJ_INLINE double sj_f64_odd_of_i64(int64_t x) {
  int64_t folded = (x & ~(int64_t)0xfff) | ((x & 0xfff) != 0 ? 0x800 : 0);
  int64_t small = x < ((int64_t)1 << 53) && x > -((int64_t)1 << 53);
  return (double)(small ? x : folded);
}
SJ_INLINE double sj_f64_odd_of_u64(uint64_t x) {
  uint64_t folded = (x & ~(uint64_t)0xfff) | ((x & 0xfff) != 0 ? 0x800u : 0u);
  return (double)(x < ((uint64_t)1 << 53) ? x : folded);
}

#endif
