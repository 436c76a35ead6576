// One block of the fixed reduction tree (see sj_kernels.h): SJ_REDUCE_LANES lanes,
// then halves on halves.
#define SJ_REDUCE_KERNEL(op, t, T, IDENTITY, COMBINE)                          \
  static void reduce_##op##_##t(int64_t n, void *out, const void *a) {         \
    const T *p = a;                                                            \
    T lanes[SJ_REDUCE_LANES];                                                  \
    for (int j = 0; j < SJ_REDUCE_LANES; j++) lanes[j] = IDENTITY;             \
    for (; n >= SJ_REDUCE_LANES; n -= SJ_REDUCE_LANES, p += SJ_REDUCE_LANES) { \
      SJ_VECTORIZE                                                             \
      for (int j = 0; j < SJ_REDUCE_LANES; j++) lanes[j] = COMBINE(lanes[j], p[j]); \
    }                                                                          \
    for (int64_t j = 0; j < n; j++) lanes[j] = COMBINE(lanes[j], p[j]);        \
    for (int half = SJ_REDUCE_LANES / 2; half > 0; half /= 2) {                \
      for (int j = 0; j < half; j++) lanes[j] = COMBINE(lanes[j], lanes[j + half]); \
    }                                                                          \
    *(T *)out = lanes[0];                                                      \
  }                                                                            \
  static void reduce_rows_##op##_##t(int64_t rows, int64_t n, void *out, const void *a) { \
    for (int64_t row = 0; row < rows; row++) {                                 \
      reduce_##op##_##t(n, (T *)out + row, (const T *)a + row * n);            \
    }                                                                          \
  }

#define SJ_AND(x, y) ((x) & (y))
#define SJ_OR(x, y) ((x) | (y))

#define SJ_INTEGER_REDUCTIONS(t, T, U, S, width, SMALLEST, LARGEST)            \
  SJ_REDUCE_KERNEL(add, t, T, 0, sj_add_##t)                                   \
  SJ_REDUCE_KERNEL(mul, t, T, 1, sj_mul_##t)                                   \
  SJ_REDUCE_KERNEL(min, t, T, LARGEST, sj_min_##t)                             \
  SJ_REDUCE_KERNEL(max, t, T, SMALLEST, sj_max_##t)                            \
  SJ_REDUCE_KERNEL(and, t, T, (T)-1, SJ_AND)                                   \
  SJ_REDUCE_KERNEL(or, t, T, 0, SJ_OR)
#define SJ_SIGNED_REDUCTIONS(t, T, U, S, width)                                \
  SJ_INTEGER_REDUCTIONS(t, T, U, S, width, (T)((U)1 << (width - 1)), (T)((U)-1 >> 1))
#define SJ_UNSIGNED_REDUCTIONS(t, T, U, S, width) \
  SJ_INTEGER_REDUCTIONS(t, T, U, S, width, 0, (T)-1)
SJ_EACH_SIGNED(SJ_SIGNED_REDUCTIONS)
SJ_EACH_UNSIGNED(SJ_UNSIGNED_REDUCTIONS)

#define SJ_FLOAT_REDUCTIONS(t, T, ONE, INFINITE, NEGATIVE_INFINITE)            \
  SJ_REDUCE_KERNEL(add, t, T, 0, sj_add_##t)                                   \
  SJ_REDUCE_KERNEL(mul, t, T, ONE, sj_mul_##t)                                 \
  SJ_REDUCE_KERNEL(min, t, T, INFINITE, sj_min_##t)                            \
  SJ_REDUCE_KERNEL(max, t, T, NEGATIVE_INFINITE, sj_max_##t)
SJ_FLOAT_REDUCTIONS(f32, float, 1, SJ_INFf, -SJ_INFf)
SJ_FLOAT_REDUCTIONS(f64, double, 1, SJ_INF, -SJ_INF)
SJ_FLOAT_REDUCTIONS(f16, sj_f16, 0x3c00, 0x7c00, 0xfc00)
SJ_FLOAT_REDUCTIONS(bf16, sj_bf16, 0x3f80, 0x7f80, 0xff80)

SJ_REDUCE_KERNEL(add, bool, uint8_t, 0, SJ_OR)
SJ_REDUCE_KERNEL(mul, bool, uint8_t, 1, SJ_AND)
SJ_REDUCE_KERNEL(min, bool, uint8_t, 1, SJ_AND)
SJ_REDUCE_KERNEL(max, bool, uint8_t, 0, SJ_OR)
SJ_REDUCE_KERNEL(and, bool, uint8_t, 1, SJ_AND)
SJ_REDUCE_KERNEL(or, bool, uint8_t, 0, SJ_OR)
