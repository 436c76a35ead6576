// 16-bit floats to and from f32, in operations that compilers vectorise.
#ifndef SJ_FLOAT16_H
#define SJ_FLOAT16_H

#include <stdint.h>
#include <string.h>

static inline uint32_t sj_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float sj_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline float sj_from_bf16(uint16_t h) { return sj_float((uint32_t)h << 16); }

static inline uint16_t sj_to_bf16(float x) {
  uint32_t bits = sj_bits(x);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;  // to nearest, ties to even
  return (uint16_t)(x != x ? (bits >> 16) | 0x40 : rounded);
}

static inline float sj_from_f16(uint16_t h) {
  uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13;
  // Multiplying corrects the exponent bias (15 to 127), exactly, subnormals included.
  uint32_t finite = sj_bits(sj_float(magnitude) * 0x1p112f);
  uint32_t bits = (h & 0x7c00) == 0x7c00 ? magnitude | 0x7f800000 : finite;
  return sj_float(bits | (uint32_t)(h & 0x8000) << 16);
}

static inline uint16_t sj_to_f16(float x) {
  uint32_t bits = sj_bits(x), magnitude = bits & 0x7fffffff;
  uint32_t normal = (magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // 0.5 has the spacing of f16's subnormals, so the addition rounds to them.
  uint32_t subnormal = sj_bits(sj_float(magnitude) + 0.5f) - 0x3f000000;
  uint32_t result = magnitude < 0x38800000 ? subnormal : normal;
  result = magnitude >= 0x477ff000 ? 0x7c00 : result;  // 65520 rounds to infinity
  result = magnitude > 0x7f800000 ? 0x7e00 : result;
  return (uint16_t)(result | (bits >> 16 & 0x8000));
}

#endif
