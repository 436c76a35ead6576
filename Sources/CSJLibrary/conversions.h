// Loads into, and stores from, the types that products are summed in: a template,
// included for every instruction set, whose suffix NAME(x) adds, with
// FROM_F16 and TO_F16 to convert f16, held as HALF.

#define LOAD(name, from, to, convert)                                                          \
  static void NAME(load_##name)(int64_t n, void *out, const void *in, int64_t stride) {        \
    to *dst = out;                                                                             \
    const from *src = in;                                                                      \
    if (stride == 1)                                                                           \
      for (int64_t i = 0; i < n; i++) dst[i] = convert(src[i]);                                \
    else                                                                                       \
      for (int64_t i = 0; i < n; i++) dst[i] = convert(src[i * stride]);                       \
  }
#define LOAD_COMPLEX(name, real)                                                               \
  static void NAME(load_##name)(int64_t n, void *out, const void *in, int64_t stride) {        \
    real *dst = out;                                                                           \
    const real *src = in;                                                                      \
    for (int64_t i = 0; i < n; i += 2)                                                         \
      dst[i] = src[i * stride], dst[i + 1] = src[i * stride + 1];                              \
  }
#define STORE(name, from, to, convert)                                                         \
  static void NAME(store_##name)(int64_t n, void *out, const void *in) {                       \
    to *dst = out;                                                                             \
    const from *src = in;                                                                      \
    for (int64_t i = 0; i < n; i++) dst[i] = convert(src[i]);                                  \
  }

LOAD(f32, float, float, )
LOAD(f64, double, double, )
LOAD(f16, HALF, float, FROM_F16)
LOAD(bf16, uint16_t, float, sj_from_bf16)
LOAD(i8_u16, int8_t, uint16_t, (uint16_t))
LOAD(u8_u16, uint8_t, uint16_t, )
LOAD(u16, uint16_t, uint16_t, )
LOAD(i8_u32, int8_t, uint32_t, (uint32_t))
LOAD(u8_u32, uint8_t, uint32_t, )
LOAD(i16_u32, int16_t, uint32_t, (uint32_t))
LOAD(u16_u32, uint16_t, uint32_t, )
LOAD(u32, uint32_t, uint32_t, )
LOAD(u64, uint64_t, uint64_t, )
LOAD_COMPLEX(c64, float)
LOAD_COMPLEX(c128, double)
STORE(f16, float, HALF, TO_F16)
STORE(bf16, float, uint16_t, sj_to_bf16)
STORE(u8, uint16_t, uint8_t, (uint8_t))

#undef LOAD
#undef LOAD_COMPLEX
#undef STORE
