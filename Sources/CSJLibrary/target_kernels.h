// Everything that is compiled for one instruction set: included with
//   TARGET   its name
//   VECTOR   bytes of a vector register
//   MR       rows of the register tile of matrix products
//   HALF, FROM_F16, TO_F16   f16 in memory, and how to convert it

#define PASTE3(a, b, c) a##_##b##_##c
#define PASTE2(a, b) a##_##b
#define EXPAND3(a, b, c) PASTE3(a, b, c)
#define EXPAND2(a, b) PASTE2(a, b)
#define STRING(x) #x
#define EXPAND_STRING(x) STRING(x)
#define NAME(x) EXPAND2(x, TARGET)
#define N(x) EXPAND3(x, KIND, TARGET)
#define A_WIDTH ((MR + SQUARE - 1) / SQUARE * SQUARE)
#define LANES (VECTOR / (int)sizeof(T))

#include "conversions.h"

#define WORDS (VECTOR / 4)
#include "threefry_kernels.h"
#undef WORDS

#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define SCALAR_FMA(a, b, c) __builtin_fmaf(a, b, c)
#define KIND f32
#define T float
#define SQUARE 8
#include "gemm_kernels.h"
#undef KIND
#undef T
#undef SQUARE
#undef SCALAR_FMA

#define SCALAR_FMA(a, b, c) __builtin_fma(a, b, c)
#define KIND f64
#define T double
#define SQUARE 4
#include "gemm_kernels.h"
#undef KIND
#undef T
#undef SQUARE
#undef SCALAR_FMA
#undef FMA

// Integers wrap; narrow ones are promoted to unsigned first, since int would overflow.
#define FMA(a, b, c) ((a) * (b) + (c))
#define SCALAR_FMA(a, b, c) (T)(1u * (a) * (b) + (c))
#define KIND u16
#define T uint16_t
#define SQUARE 8
#include "gemm_kernels.h"
#undef KIND
#undef T

#define KIND u32
#define T uint32_t
#include "gemm_kernels.h"
#undef KIND
#undef T
#undef SQUARE

#define KIND u64
#define T uint64_t
#define SQUARE 4
#include "gemm_kernels.h"
#undef KIND
#undef T
#undef SQUARE
#undef SCALAR_FMA
#undef FMA

#define KERNELS(kind) &EXPAND3(kernels, kind, TARGET)
const sj_target NAME(sj_target) = {
  .name = EXPAND_STRING(TARGET),
  .gemm = {
    [SJ_ACCUMULATE_F32] = KERNELS(f32), [SJ_ACCUMULATE_F64] = KERNELS(f64),
    [SJ_ACCUMULATE_U16] = KERNELS(u16), [SJ_ACCUMULATE_U32] = KERNELS(u32),
    [SJ_ACCUMULATE_U64] = KERNELS(u64),
  },
  .load = {
    [SJ_ELEMENT_F16][SJ_ACCUMULATE_F32] = NAME(load_f16),
    [SJ_ELEMENT_BF16][SJ_ACCUMULATE_F32] = NAME(load_bf16),
    [SJ_ELEMENT_F32][SJ_ACCUMULATE_F32] = NAME(load_f32),
    [SJ_ELEMENT_F64][SJ_ACCUMULATE_F64] = NAME(load_f64),
    [SJ_ELEMENT_C64][SJ_ACCUMULATE_F32] = NAME(load_c64),
    [SJ_ELEMENT_C128][SJ_ACCUMULATE_F64] = NAME(load_c128),
    [SJ_ELEMENT_I8] = {[SJ_ACCUMULATE_U16] = NAME(load_i8_u16),
                       [SJ_ACCUMULATE_U32] = NAME(load_i8_u32)},
    [SJ_ELEMENT_U8] = {[SJ_ACCUMULATE_U16] = NAME(load_u8_u16),
                       [SJ_ACCUMULATE_U32] = NAME(load_u8_u32)},
    [SJ_ELEMENT_I16] = {[SJ_ACCUMULATE_U16] = NAME(load_u16),
                        [SJ_ACCUMULATE_U32] = NAME(load_i16_u32)},
    [SJ_ELEMENT_U16] = {[SJ_ACCUMULATE_U16] = NAME(load_u16),
                        [SJ_ACCUMULATE_U32] = NAME(load_u16_u32)},
    [SJ_ELEMENT_I32][SJ_ACCUMULATE_U32] = NAME(load_u32),
    [SJ_ELEMENT_U32][SJ_ACCUMULATE_U32] = NAME(load_u32),
    [SJ_ELEMENT_I64][SJ_ACCUMULATE_U64] = NAME(load_u64),
    [SJ_ELEMENT_U64][SJ_ACCUMULATE_U64] = NAME(load_u64),
  },
  .store = {
    [SJ_ELEMENT_F16][SJ_ACCUMULATE_F32] = NAME(store_f16),
    [SJ_ELEMENT_BF16][SJ_ACCUMULATE_F32] = NAME(store_bf16),
    [SJ_ELEMENT_I8][SJ_ACCUMULATE_U16] = NAME(store_u8),
    [SJ_ELEMENT_U8][SJ_ACCUMULATE_U16] = NAME(store_u8),
  },
  .threefry = {
    .one_key = NAME(threefry_one_key), .many_keys = NAME(threefry_many_keys),
    .counters = NAME(threefry_counters), .bits32 = NAME(threefry_bits32),
    .bits64 = NAME(threefry_bits64),
  },
};

#undef KERNELS
#undef PASTE3
#undef PASTE2
#undef EXPAND3
#undef EXPAND2
#undef STRING
#undef EXPAND_STRING
#undef NAME
#undef N
#undef A_WIDTH
#undef LANES
