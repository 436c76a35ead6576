// Unary, binary and ternary kernels of the operations in operations.h.

#define SJ_SCALAR

#define SJ_UNARY_KERNEL(name, TO, T, expression)                      \
  static void name(int64_t n, void *out, const void *a) {             \
    TO *o = out;                                                      \
    const T *p = a;                                                   \
    SJ_VECTORIZE                                                      \
    for (int64_t i = 0; i < n; i++) {                                 \
      T x = p[i];                                                     \
      o[i] = expression;                                              \
    }                                                                 \
  }

// An operand with step 0 becomes a tile of copies, read again for every tile.
#define SJ_OPERAND(T, p, a, step)                                     \
  T p##_copies[SJ_TILE];                                              \
  const T *p = a;                                                     \
  if (step == 0 && n > 0) {                                           \
    T value = *p;                                                     \
    for (int64_t i = 0; i < sj_smaller(n, SJ_TILE); i++) p##_copies[i] = value; \
    p = p##_copies;                                                   \
  }

#define SJ_BINARY_KERNEL(name, TO, T, expression) \
  SJ_BINARY_KERNEL_WITH(SJ_VECTORIZE, name, TO, T, expression)
#define SJ_BINARY_KERNEL_WITH(LOOP, name, TO, T, expression)          \
  static void name(int64_t n, void *out, const void *a, int64_t a_step, const void *b, \
                   int64_t b_step) {                                  \
    TO *o = out;                                                      \
    SJ_OPERAND(T, p, a, a_step)                                       \
    SJ_OPERAND(T, q, b, b_step)                                       \
    for (; n > 0; n -= SJ_TILE) {                                     \
      int64_t count = sj_smaller(n, SJ_TILE);                         \
      LOOP                                                            \
      for (int64_t i = 0; i < count; i++) {                           \
        T x = p[i], y = q[i];                                         \
        o[i] = expression;                                            \
      }                                                               \
      o += SJ_TILE;                                                   \
      p += SJ_TILE * a_step;                                          \
      q += SJ_TILE * b_step;                                          \
    }                                                                 \
  }

#define SJ_TERNARY_KERNEL(name, TA, T, expression)                    \
  static void name(int64_t n, void *out, const void *a, int64_t a_step, const void *b, \
                   int64_t b_step, const void *c, int64_t c_step) {   \
    T *o = out;                                                       \
    SJ_OPERAND(TA, p, a, a_step)                                      \
    SJ_OPERAND(T, q, b, b_step)                                       \
    SJ_OPERAND(T, r, c, c_step)                                       \
    for (; n > 0; n -= SJ_TILE) {                                     \
      int64_t count = sj_smaller(n, SJ_TILE);                         \
      SJ_VECTORIZE                                                    \
      for (int64_t i = 0; i < count; i++) {                           \
        TA x = p[i];                                                  \
        T y = q[i], z = r[i];                                         \
        o[i] = expression;                                            \
      }                                                               \
      o += SJ_TILE;                                                   \
      p += SJ_TILE * a_step;                                          \
      q += SJ_TILE * b_step;                                          \
      r += SJ_TILE * c_step;                                          \
    }                                                                 \
  }

#define SJ_COMPARISONS(t, T)                       \
  SJ_BINARY_KERNEL(eq_##t, uint8_t, T, x == y)     \
  SJ_BINARY_KERNEL(ne_##t, uint8_t, T, x != y)     \
  SJ_BINARY_KERNEL(lt_##t, uint8_t, T, x < y)      \
  SJ_BINARY_KERNEL(le_##t, uint8_t, T, x <= y)     \
  SJ_BINARY_KERNEL(gt_##t, uint8_t, T, x > y)      \
  SJ_BINARY_KERNEL(ge_##t, uint8_t, T, x >= y)

#define SJ_U(op, t, T) SJ_UNARY_KERNEL(op##_##t, T, T, sj_##op##_##t(x))
#define SJ_B(op, t, T) SJ_BINARY_KERNEL(op##_##t, T, T, sj_##op##_##t(x, y))

#define SJ_COMMON_KERNELS(t, T)                    \
  SJ_COMPARISONS(t, T)                             \
  SJ_U(neg, t, T) SJ_U(abs, t, T)                  \
  SJ_B(add, t, T) SJ_B(sub, t, T) SJ_B(mul, t, T) SJ_B(div, t, T) \
  SJ_B(min, t, T) SJ_B(max, t, T)                  \
  SJ_TERNARY_KERNEL(fma_##t, T, T, sj_fma_##t(x, y, z)) \
  SJ_TERNARY_KERNEL(clamp_##t, T, T, sj_min_##t(sj_max_##t(y, x), z))

#define SJ_INTEGER_KERNELS(t, T, U, S, width)      \
  SJ_COMMON_KERNELS(t, T)                          \
  SJ_U(sign, t, T) SJ_U(not, t, T) SJ_U(popcount, t, T) SJ_U(clz, t, T) \
  SJ_B(rem, t, T) SJ_B(pow, t, T) SJ_B(shl, t, T) SJ_B(shr_arithmetic, t, T) SJ_B(shr_logical, t, T) \
  SJ_BINARY_KERNEL(and_##t, T, T, x & y)           \
  SJ_BINARY_KERNEL(or_##t, T, T, x | y)            \
  SJ_BINARY_KERNEL(xor_##t, T, T, x ^ y)
SJ_EACH_INTEGER(SJ_INTEGER_KERNELS)

#define SJ_FLOAT_KERNELS(t, T, bits)               \
  SJ_COMMON_KERNELS(t, T)                          \
  SJ_BINARY_KERNEL_WITH(SJ_SCALAR, rem_##t, T, T, sj_rem_##t(x, y)) /* libm's fmod */ \
  SJ_U(floor, t, T) SJ_U(ceil, t, T) SJ_U(trunc, t, T) SJ_U(round_even, t, T) \
  SJ_BINARY_KERNEL(lt_total_##t, uint8_t, T, sj_lt_total_##t(x, y))
SJ_EACH_FLOAT(SJ_FLOAT_KERNELS)

SJ_COMPARISONS(bool, uint8_t)
SJ_UNARY_KERNEL(not_bool, uint8_t, uint8_t, x ^ 1)
SJ_BINARY_KERNEL(and_bool, uint8_t, uint8_t, x & y)
SJ_BINARY_KERNEL(or_bool, uint8_t, uint8_t, x | y)

SJ_TERNARY_KERNEL(select_u8, uint8_t, uint8_t, x ? y : z)
SJ_TERNARY_KERNEL(select_u16, uint8_t, uint16_t, x ? y : z)
SJ_TERNARY_KERNEL(select_u32, uint8_t, uint32_t, x ? y : z)
SJ_TERNARY_KERNEL(select_u64, uint8_t, uint64_t, x ? y : z)

// --- 16-bit floats: a tile at a time through the f32 kernel -------------------------

#define SJ_WIDEN(h, wide, p, count)                \
  SJ_VECTORIZE                                     \
  for (int64_t i = 0; i < count; i++) wide[i] = sj_f32_of_##h((p)[i]);
#define SJ_NARROW(h, p, wide, count)               \
  SJ_VECTORIZE                                     \
  for (int64_t i = 0; i < count; i++) (p)[i] = sj_##h##_of_f32(wide[i]);

#define SJ_HALF_DRIVERS(h, H)                                                             \
  static void half_unary_##h(int64_t n, void *out, const void *a, sj_unary_fn kernel) {   \
    float x[SJ_TILE];                                                                     \
    for (int64_t start = 0; start < n; start += SJ_TILE) {                                \
      int64_t count = sj_smaller(n - start, SJ_TILE);                                     \
      SJ_WIDEN(h, x, (const H *)a + start, count)                                         \
      kernel(count, x, x);                                                                \
      SJ_NARROW(h, (H *)out + start, x, count)                                            \
    }                                                                                     \
  }                                                                                       \
  static void half_predicate_##h(int64_t n, void *out, const void *a, sj_unary_fn kernel) { \
    float x[SJ_TILE];                                                                     \
    for (int64_t start = 0; start < n; start += SJ_TILE) {                                \
      int64_t count = sj_smaller(n - start, SJ_TILE);                                     \
      SJ_WIDEN(h, x, (const H *)a + start, count)                                         \
      kernel(count, (uint8_t *)out + start, x);                                           \
    }                                                                                     \
  }                                                                                       \
  static void half_binary_##h(int64_t n, void *out, const void *a, int64_t a_step,        \
                              const void *b, int64_t b_step, sj_binary_fn kernel,         \
                              int is_comparison) {                                        \
    float x[SJ_TILE], y[SJ_TILE];                                                         \
    for (int64_t start = 0; start < n; start += SJ_TILE) {                                \
      int64_t count = sj_smaller(n - start, SJ_TILE);                                     \
      SJ_WIDEN(h, x, (const H *)a + start * a_step, (a_step ? count : 1))                 \
      SJ_WIDEN(h, y, (const H *)b + start * b_step, (b_step ? count : 1))                 \
      if (is_comparison) {                                                                \
        kernel(count, (uint8_t *)out + start, x, a_step, y, b_step);                      \
        continue;                                                                         \
      }                                                                                   \
      float result[SJ_TILE];                                                              \
      kernel(count, result, x, a_step, y, b_step);                                        \
      SJ_NARROW(h, (H *)out + start, result, count)                                       \
    }                                                                                     \
  }                                                                                       \
  static void half_ternary_##h(int64_t n, void *out, const void *a, int64_t a_step,       \
                               const void *b, int64_t b_step, const void *c,              \
                               int64_t c_step, sj_ternary_fn kernel) {                    \
    float x[SJ_TILE], y[SJ_TILE], z[SJ_TILE], result[SJ_TILE];                            \
    for (int64_t start = 0; start < n; start += SJ_TILE) {                                \
      int64_t count = sj_smaller(n - start, SJ_TILE);                                     \
      SJ_WIDEN(h, x, (const H *)a + start * a_step, (a_step ? count : 1))                 \
      SJ_WIDEN(h, y, (const H *)b + start * b_step, (b_step ? count : 1))                 \
      SJ_WIDEN(h, z, (const H *)c + start * c_step, (c_step ? count : 1))                 \
      kernel(count, result, x, a_step, y, b_step, z, c_step);                             \
      SJ_NARROW(h, (H *)out + start, result, count)                                       \
    }                                                                                     \
  }
SJ_HALF_DRIVERS(f16, sj_f16)
SJ_HALF_DRIVERS(bf16, sj_bf16)

#define SJ_EACH_HALF(X, op) X(op, f16) X(op, bf16)
#define SJ_HALF_UNARY(op, h)                                                              \
  static void op##_##h(int64_t n, void *out, const void *a) {                             \
    half_unary_##h(n, out, a, op##_f32);                                                  \
  }
#define SJ_HALF_BINARY_OF(op, h, is_comparison)                                           \
  static void op##_##h(int64_t n, void *out, const void *a, int64_t a_step, const void *b, \
                       int64_t b_step) {                                                  \
    half_binary_##h(n, out, a, a_step, b, b_step, op##_f32, is_comparison);               \
  }
#define SJ_HALF_BINARY(op, h) SJ_HALF_BINARY_OF(op, h, 0)
#define SJ_HALF_COMPARISON(op, h) SJ_HALF_BINARY_OF(op, h, 1)
#define SJ_HALF_TERNARY(op, h)                                                            \
  static void op##_##h(int64_t n, void *out, const void *a, int64_t a_step, const void *b, \
                       int64_t b_step, const void *c, int64_t c_step) {                   \
    half_ternary_##h(n, out, a, a_step, b, b_step, c, c_step, op##_f32);                  \
  }

SJ_EACH_HALF(SJ_HALF_UNARY, neg)
SJ_EACH_HALF(SJ_HALF_UNARY, abs)
SJ_EACH_HALF(SJ_HALF_UNARY, floor)
SJ_EACH_HALF(SJ_HALF_UNARY, ceil)
SJ_EACH_HALF(SJ_HALF_UNARY, trunc)
SJ_EACH_HALF(SJ_HALF_UNARY, round_even)
SJ_EACH_HALF(SJ_HALF_BINARY, add)
SJ_EACH_HALF(SJ_HALF_BINARY, sub)
SJ_EACH_HALF(SJ_HALF_BINARY, mul)
SJ_EACH_HALF(SJ_HALF_BINARY, div)
SJ_EACH_HALF(SJ_HALF_BINARY, rem)
SJ_EACH_HALF(SJ_HALF_BINARY, min)
SJ_EACH_HALF(SJ_HALF_BINARY, max)
SJ_EACH_HALF(SJ_HALF_COMPARISON, eq)
SJ_EACH_HALF(SJ_HALF_COMPARISON, ne)
SJ_EACH_HALF(SJ_HALF_COMPARISON, lt)
SJ_EACH_HALF(SJ_HALF_COMPARISON, le)
SJ_EACH_HALF(SJ_HALF_COMPARISON, gt)
SJ_EACH_HALF(SJ_HALF_COMPARISON, ge)
SJ_EACH_HALF(SJ_HALF_COMPARISON, lt_total)
SJ_EACH_HALF(SJ_HALF_TERNARY, fma)
SJ_EACH_HALF(SJ_HALF_TERNARY, clamp)
