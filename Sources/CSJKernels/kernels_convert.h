// Conversions between all types.

#define SJ_CONVERT(from, F, to, T, expression) \
  SJ_UNARY_KERNEL(convert_##from##_##to, T, F, expression)

// Extra arguments pass through to X.
#define SJ_EACH_SIGNED_WITH(X, ...)                                                  \
  X(i8, int8_t, 7, __VA_ARGS__) X(i16, int16_t, 15, __VA_ARGS__)                     \
  X(i32, int32_t, 31, __VA_ARGS__) X(i64, int64_t, 63, __VA_ARGS__)
#define SJ_EACH_UNSIGNED_WITH(X, ...)                                                \
  X(u8, uint8_t, 8, __VA_ARGS__) X(u16, uint16_t, 16, __VA_ARGS__)                   \
  X(u32, uint32_t, 32, __VA_ARGS__) X(u64, uint64_t, 64, __VA_ARGS__)

// From integers and bool. WIDE(x) is a double that rounds to 16 bits as x would.
#define SJ_FROM_INTEGER_TO(t, T, width, f, F) SJ_CONVERT(f, F, t, T, (T)x)
#define SJ_FROM_INTEGER(f, F, WIDE)                                                  \
  SJ_CONVERT(f, F, bool, uint8_t, x != 0)                                            \
  SJ_EACH_SIGNED_WITH(SJ_FROM_INTEGER_TO, f, F)                                      \
  SJ_EACH_UNSIGNED_WITH(SJ_FROM_INTEGER_TO, f, F)                                    \
  SJ_CONVERT(f, F, f32, float, (float)x)                                             \
  SJ_CONVERT(f, F, f64, double, (double)x)                                           \
  SJ_CONVERT(f, F, f16, sj_f16, sj_f16_of_f32(sj_f32_odd_of_f64(WIDE(x))))           \
  SJ_CONVERT(f, F, bf16, sj_bf16, sj_bf16_of_f32(sj_f32_odd_of_f64(WIDE(x))))
#define SJ_EXACT(x) ((double)(x))

SJ_FROM_INTEGER(bool, uint8_t, SJ_EXACT)
SJ_FROM_INTEGER(i8, int8_t, SJ_EXACT)
SJ_FROM_INTEGER(i16, int16_t, SJ_EXACT)
SJ_FROM_INTEGER(i32, int32_t, SJ_EXACT)
SJ_FROM_INTEGER(i64, int64_t, sj_f64_odd_of_i64)
SJ_FROM_INTEGER(u8, uint8_t, SJ_EXACT)
SJ_FROM_INTEGER(u16, uint16_t, SJ_EXACT)
SJ_FROM_INTEGER(u32, uint32_t, SJ_EXACT)
SJ_FROM_INTEGER(u64, uint64_t, sj_f64_odd_of_u64)

// From floats: VALUE(x) is the float32 or float64 that x stands for. To integers,
// truncation, saturation and 0 for NaN; `power` is the type's first value too large.
#define SJ_TO_SIGNED(t, T, digits, f, F, VALUE)                                      \
  SJ_CONVERT(f, F, t, T,                                                             \
    VALUE(x) >= 0x1p##digits ? (T)~((uint64_t)1 << digits)                           \
    : VALUE(x) < -0x1p##digits ? (T)((uint64_t)1 << digits)                          \
    : VALUE(x) == VALUE(x) ? (T)VALUE(x) : (T)0)
#define SJ_TO_UNSIGNED(t, T, digits, f, F, VALUE)                                    \
  SJ_CONVERT(f, F, t, T,                                                             \
    VALUE(x) >= 0x1p##digits ? (T)-1 : VALUE(x) > 0 ? (T)VALUE(x) : (T)0)
#define SJ_FROM_FLOAT(f, F, VALUE)                                                   \
  SJ_CONVERT(f, F, bool, uint8_t, VALUE(x) != 0)                                     \
  SJ_EACH_SIGNED_WITH(SJ_TO_SIGNED, f, F, VALUE)                                     \
  SJ_EACH_UNSIGNED_WITH(SJ_TO_UNSIGNED, f, F, VALUE)
#define SJ_SELF(x) (x)

SJ_FROM_FLOAT(f16, sj_f16, sj_f32_of_f16)
SJ_FROM_FLOAT(bf16, sj_bf16, sj_f32_of_bf16)
SJ_FROM_FLOAT(f32, float, SJ_SELF)
SJ_FROM_FLOAT(f64, double, SJ_SELF)

SJ_CONVERT(f16, sj_f16, f16, sj_f16, x)
SJ_CONVERT(f16, sj_f16, bf16, sj_bf16, sj_bf16_of_f32(sj_f32_of_f16(x)))
SJ_CONVERT(f16, sj_f16, f32, float, sj_f32_of_f16(x))
SJ_CONVERT(f16, sj_f16, f64, double, (double)sj_f32_of_f16(x))
SJ_CONVERT(bf16, sj_bf16, f16, sj_f16, sj_f16_of_f32(sj_f32_of_bf16(x)))
SJ_CONVERT(bf16, sj_bf16, bf16, sj_bf16, x)
SJ_CONVERT(bf16, sj_bf16, f32, float, sj_f32_of_bf16(x))
SJ_CONVERT(bf16, sj_bf16, f64, double, (double)sj_f32_of_bf16(x))
SJ_CONVERT(f32, float, f16, sj_f16, sj_f16_of_f32(x))
SJ_CONVERT(f32, float, bf16, sj_bf16, sj_bf16_of_f32(x))
SJ_CONVERT(f32, float, f32, float, x)
SJ_CONVERT(f32, float, f64, double, (double)x)
SJ_CONVERT(f64, double, f16, sj_f16, sj_f16_of_f32(sj_f32_odd_of_f64(x)))
SJ_CONVERT(f64, double, bf16, sj_bf16, sj_bf16_of_f32(sj_f32_odd_of_f64(x)))
SJ_CONVERT(f64, double, f32, float, (float)x)
SJ_CONVERT(f64, double, f64, double, x)
