// Kernels of the elementary functions in generated/elementary.h.
//
// A chunk has constant length, so that its loop has no scalar remainder; the last
// elements are computed in a padded chunk. (Ones: no function's rare case.)
#define SJ_CHUNKS(T, TO, BODY)                                       \
  const T *x = a;                                                    \
  TO *o = out;                                                       \
  for (; n > 0; n -= SJ_CHUNK(T), x += SJ_CHUNK(T), o += SJ_CHUNK(T)) {       \
    T padded[SJ_CHUNK(T)];                                              \
    TO results[SJ_CHUNK(T)];                                            \
    const T *p = x;                                                  \
    TO *r = o;                                                       \
    if (n < SJ_CHUNK(T)) {                                              \
      for (int j = 0; j < SJ_CHUNK(T); j++) padded[j] = 1;              \
      memcpy(padded, x, (size_t)n * sizeof(T));                      \
      p = padded;                                                    \
      r = results;                                                   \
    }                                                                \
    BODY                                                             \
    if (n < SJ_CHUNK(T)) memcpy(o, results, (size_t)n * sizeof(TO));    \
  }

#define SJ_ELEMENTARY_KERNEL(name, t, T, TO)                         \
  static void name##_##t(int64_t n, void *out, const void *a) {      \
    SJ_CHUNKS(T, TO,                                                 \
      SJ_INTERLEAVE                                                   \
      for (int j = 0; j < SJ_CHUNK(T); j++) r[j] = sj_##name##_##t(p[j]);) \
  }

// If a chunk holds a rare case, all of it takes the slow way, to the same bits.
#define SJ_RARE_KERNEL(name, t, T)                                   \
  __attribute__((noinline)) static void name##_slow_##t(T *r, const T *p) { \
    _Pragma("clang loop vectorize(disable) unroll(disable)")         \
    for (int j = 0; j < SJ_CHUNK(T); j++) r[j] = sj_##name##_##t(p[j]); \
  }                                                                  \
  static void name##_##t(int64_t n, void *out, const void *a) {      \
    SJ_CHUNKS(T, T,                                                  \
      uint32_t rare = 0;                                             \
      for (int j = 0; j < SJ_CHUNK(T); j++) rare |= sj_##name##_##t##_is_rare(p[j]); \
      if (rare) {                                                    \
        name##_slow_##t(r, p);                                       \
      } else {                                                       \
        SJ_INTERLEAVE                                                 \
        for (int j = 0; j < SJ_CHUNK(T); j++) r[j] = sj_##name##_##t##_common(p[j]); \
      })                                                             \
  }

#define SJ_ELEMENTARY_BINARY_KERNEL(name, t, T)                      \
  static void name##_##t(int64_t n, void *out, const void *a, int64_t a_step, const void *b, \
                         int64_t b_step) {                           \
    const T *x = a, *y = b;                                          \
    T *o = out;                                                      \
    T first[SJ_CHUNK(T)], second[SJ_CHUNK(T)], results[SJ_CHUNK(T)];          \
    for (int j = 0; n > 0 && j < SJ_CHUNK(T); j++) first[j] = *x, second[j] = *y; \
    for (; n > 0; n -= SJ_CHUNK(T), o += SJ_CHUNK(T)) {                    \
      const T *p = a_step ? x : first, *q = b_step ? y : second;     \
      T *r = o;                                                      \
      if (n < SJ_CHUNK(T)) {                                            \
        if (a_step) memcpy(first, x, (size_t)n * sizeof(T));         \
        if (b_step) memcpy(second, y, (size_t)n * sizeof(T));        \
        p = first, q = second, r = results;                          \
      }                                                              \
      SJ_INTERLEAVE                                                   \
      for (int j = 0; j < SJ_CHUNK(T); j++) r[j] = sj_##name##_##t(p[j], q[j]); \
      if (n < SJ_CHUNK(T)) memcpy(o, results, (size_t)n * sizeof(T));   \
      x += SJ_CHUNK(T) * a_step;                                        \
      y += SJ_CHUNK(T) * b_step;                                        \
    }                                                                \
  }

#define SJ_EACH_REGULAR_UNARY(X)                                     \
  X(round) X(sqrt) X(rsqrt) X(cbrt) X(exp) X(exp2) X(expm1) X(log) X(log1p) X(logistic) \
  X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) \
  X(erf) X(erfc) X(erf_inv) X(bessel_i0e) X(bessel_i1e) X(log1p_xla)
#define SJ_EACH_RARE_UNARY(X) X(sin) X(cos) X(tan) X(lgamma) X(digamma)
#define SJ_EACH_ELEMENTARY_UNARY(X) SJ_EACH_REGULAR_UNARY(X) SJ_EACH_RARE_UNARY(X) X(is_finite)

#define SJ_REGULAR_KERNELS(name)                                     \
  SJ_ELEMENTARY_KERNEL(name, f32, float, float)                      \
  SJ_ELEMENTARY_KERNEL(name, f64, double, double)                    \
  SJ_EACH_HALF(SJ_HALF_UNARY, name)
SJ_EACH_REGULAR_UNARY(SJ_REGULAR_KERNELS)
SJ_REGULAR_KERNELS(sign)

#define SJ_RARE_KERNELS(name)                                        \
  SJ_RARE_KERNEL(name, f32, float)                                   \
  SJ_RARE_KERNEL(name, f64, double)                                  \
  SJ_EACH_HALF(SJ_HALF_UNARY, name)
SJ_EACH_RARE_UNARY(SJ_RARE_KERNELS)

SJ_ELEMENTARY_KERNEL(is_finite, f32, float, uint8_t)
SJ_ELEMENTARY_KERNEL(is_finite, f64, double, uint8_t)
#define SJ_HALF_PREDICATE(op, h)                                     \
  static void op##_##h(int64_t n, void *out, const void *a) {        \
    half_predicate_##h(n, out, a, op##_f32);                         \
  }
SJ_EACH_HALF(SJ_HALF_PREDICATE, is_finite)

SJ_ELEMENTARY_BINARY_KERNEL(pow, f32, float)
SJ_ELEMENTARY_BINARY_KERNEL(pow, f64, double)
SJ_ELEMENTARY_BINARY_KERNEL(atan2, f32, float)
SJ_ELEMENTARY_BINARY_KERNEL(atan2, f64, double)
SJ_ELEMENTARY_BINARY_KERNEL(nextafter, f32, float)
SJ_ELEMENTARY_BINARY_KERNEL(nextafter, f64, double)
SJ_EACH_HALF(SJ_HALF_BINARY, pow)
SJ_EACH_HALF(SJ_HALF_BINARY, atan2)
SJ_BINARY_KERNEL(nextafter_f16, uint16_t, uint16_t, sj_nextafter_half(x, y, 0x7c00))
SJ_BINARY_KERNEL(nextafter_bf16, uint16_t, uint16_t, sj_nextafter_half(x, y, 0x7f80))
