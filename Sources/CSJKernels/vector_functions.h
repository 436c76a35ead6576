// The elementary functions of one vector register's elements, for machine code to call: included by kernels_template.h.
//
// By way of memory, since how wide vectors are passed depends on how a file is compiled. The few functions that are hardly more
// than an instruction are not among them.
#define SJ_LANES(T) (SJ_VECTOR_BYTES / (int)sizeof(T))
#define SJ_VECTOR_NAME(name, t) SJ_NAMED(sj_##name##_##t##_, SJ_TARGET)

#define SJ_VECTOR_UNARY(name, t, T)                                       \
  static void SJ_VECTOR_NAME(name, t)(T *x) {                             \
    SJ_VECTORIZE                                                          \
    for (int j = 0; j < SJ_LANES(T); j++) x[j] = sj_##name##_##t(x[j]);   \
  }

// If a vector holds a rare case, all of it takes the slow way, to the same bits.
#define SJ_VECTOR_RARE(name, t, T)                                        \
  __attribute__((noinline)) static void SJ_VECTOR_NAME(name##_slow, t)(T *x) { \
    _Pragma("clang loop vectorize(disable) unroll(disable)")              \
    for (int j = 0; j < SJ_LANES(T); j++) x[j] = sj_##name##_##t(x[j]);   \
  }                                                                       \
  static void SJ_VECTOR_NAME(name, t)(T *x) {                             \
    uint32_t rare = 0;                                                    \
    for (int j = 0; j < SJ_LANES(T); j++) rare |= sj_##name##_##t##_is_rare(x[j]); \
    if (rare) return SJ_VECTOR_NAME(name##_slow, t)(x);                   \
    SJ_VECTORIZE                                                          \
    for (int j = 0; j < SJ_LANES(T); j++) x[j] = sj_##name##_##t##_common(x[j]); \
  }

#define SJ_VECTOR_BINARY(name, t, T)                                      \
  static void SJ_VECTOR_NAME(name, t)(T *x, const T *y) {                 \
    SJ_VECTORIZE                                                          \
    for (int j = 0; j < SJ_LANES(T); j++) x[j] = sj_##name##_##t(x[j], y[j]); \
  }

#define SJ_EACH_CALLED_UNARY(X)                                           \
  X(cbrt) X(exp) X(exp2) X(expm1) X(log) X(log1p) X(logistic)             \
  X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) \
  X(erf) X(erfc) X(erf_inv) X(bessel_i0e) X(bessel_i1e) X(log1p_xla)
#define SJ_EACH_CALLED_BINARY(X) X(pow) X(atan2) X(nextafter)

// The baseline has no fma, so that some of these stay scalar.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#define SJ_BOTH(name) SJ_VECTOR_UNARY(name, f32, float) SJ_VECTOR_UNARY(name, f64, double)
SJ_EACH_CALLED_UNARY(SJ_BOTH)
#undef SJ_BOTH
#define SJ_BOTH(name) SJ_VECTOR_RARE(name, f32, float) SJ_VECTOR_RARE(name, f64, double)
SJ_EACH_RARE_UNARY(SJ_BOTH)
#undef SJ_BOTH
#define SJ_BOTH(name) SJ_VECTOR_BINARY(name, f32, float) SJ_VECTOR_BINARY(name, f64, double)
SJ_EACH_CALLED_BINARY(SJ_BOTH)
#undef SJ_BOTH
#pragma clang diagnostic pop

#define SJ_VECTOR_ENTRY(name, t) {"sj_" #name "_" #t "_" SJ_STRING(SJ_TARGET), (const void *)SJ_VECTOR_NAME(name, t)},
#define SJ_BOTH(name) SJ_VECTOR_ENTRY(name, f32) SJ_VECTOR_ENTRY(name, f64)
const sj_vector_function SJ_NAMED(sj_vector_functions_, SJ_TARGET)[] = {
  SJ_EACH_CALLED_UNARY(SJ_BOTH) SJ_EACH_RARE_UNARY(SJ_BOTH) SJ_EACH_CALLED_BINARY(SJ_BOTH) {NULL, NULL},
};
#undef SJ_BOTH
