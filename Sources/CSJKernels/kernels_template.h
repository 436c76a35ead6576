// All kernels, once per instruction set: included by kernels_*.c with SJ_TARGET set.
// No include guard; everything here is static but the one table at the end.
#pragma STDC FP_CONTRACT OFF

#include "generated/elementary.h"

// A kernel may write over an operand (same start), never elsewhere into one, so its
// loops carry no dependence: every element is read before it is written.
#define SJ_VECTORIZE _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#define SJ_INTERLEAVE _Pragma("clang loop vectorize(assume_safety) interleave_count(4) unroll(disable)")
/// Elements that a binary or ternary kernel takes at a time.
#define SJ_TILE 256
/// Elements that an elementary function takes at a time: enough independent chains of
/// operations to hide their latency, and not much more, for the sake of small n.
#define SJ_CHUNK(T) (128 / (int)sizeof(T))

SJ_INLINE int64_t sj_smaller(int64_t a, int64_t b) { return a < b ? a : b; }

#include "kernels_arithmetic.h"
#include "kernels_elementary.h"
#include "kernels_convert.h"
#include "kernels_reduce.h"

// --- The table ------------------------------------------------------------------

#define SJ_AT(t, kernel) [SJ_TYPE_##t] = kernel
#define SJ_TYPE_bool SJ_BOOL
#define SJ_TYPE_i8 SJ_I8
#define SJ_TYPE_i16 SJ_I16
#define SJ_TYPE_i32 SJ_I32
#define SJ_TYPE_i64 SJ_I64
#define SJ_TYPE_u8 SJ_U8
#define SJ_TYPE_u16 SJ_U16
#define SJ_TYPE_u32 SJ_U32
#define SJ_TYPE_u64 SJ_U64
#define SJ_TYPE_f16 SJ_F16
#define SJ_TYPE_bf16 SJ_BF16
#define SJ_TYPE_f32 SJ_F32
#define SJ_TYPE_f64 SJ_F64

#define SJ_INTEGERS(op)                                                                       \
  SJ_AT(i8, op##_i8), SJ_AT(i16, op##_i16), SJ_AT(i32, op##_i32), SJ_AT(i64, op##_i64),       \
      SJ_AT(u8, op##_u8), SJ_AT(u16, op##_u16), SJ_AT(u32, op##_u32), SJ_AT(u64, op##_u64)
#define SJ_FLOATS(op) \
  SJ_AT(f16, op##_f16), SJ_AT(bf16, op##_bf16), SJ_AT(f32, op##_f32), SJ_AT(f64, op##_f64)
#define SJ_NUMBERS(op) SJ_INTEGERS(op), SJ_FLOATS(op)
#define SJ_EVERY(op) SJ_AT(bool, op##_bool), SJ_NUMBERS(op)
// Kernels that depend on the size of the element only.
#define SJ_BY_SIZE(op)                                                                        \
  SJ_AT(bool, op##_u8), SJ_AT(i8, op##_u8), SJ_AT(u8, op##_u8), SJ_AT(i16, op##_u16),         \
      SJ_AT(u16, op##_u16), SJ_AT(f16, op##_u16), SJ_AT(bf16, op##_u16), SJ_AT(i32, op##_u32), \
      SJ_AT(u32, op##_u32), SJ_AT(f32, op##_u32), SJ_AT(i64, op##_u64), SJ_AT(u64, op##_u64), \
      SJ_AT(f64, op##_u64)

#define SJ_FLOAT_ROW(op) [SJ_UNARY_##op] = {SJ_FLOATS(op)},
#define SJ_REDUCE_ROW(COMBINE, op, types) [SJ_COMBINE_##COMBINE] = {types(op)},
#define SJ_REDUCE_TABLE(prefix)                                                               \
  {                                                                                           \
    [SJ_COMBINE_ADD] = {SJ_EVERY(prefix##_add)}, [SJ_COMBINE_MUL] = {SJ_EVERY(prefix##_mul)}, \
    [SJ_COMBINE_MIN] = {SJ_EVERY(prefix##_min)}, [SJ_COMBINE_MAX] = {SJ_EVERY(prefix##_max)}, \
    [SJ_COMBINE_AND] = {SJ_AT(bool, prefix##_and_bool), SJ_INTEGERS(prefix##_and)},           \
    [SJ_COMBINE_OR] = {SJ_AT(bool, prefix##_or_bool), SJ_INTEGERS(prefix##_or)},              \
  }
#define SJ_PASTE(a, b) a##b
#define SJ_NAMED(prefix, target) SJ_PASTE(prefix, target)
#define SJ_STRING(target) SJ_QUOTE(target)
#define SJ_QUOTE(target) #target

#include "vector_functions.h"

const sj_kernel_set SJ_NAMED(sj_kernel_set_, SJ_TARGET) = {
  .target = SJ_STRING(SJ_TARGET),
  .unary = {
    SJ_EACH_ELEMENTARY_UNARY(SJ_FLOAT_ROW)
    [SJ_UNARY_neg] = {SJ_NUMBERS(neg)},
    [SJ_UNARY_abs] = {SJ_NUMBERS(abs)},
    [SJ_UNARY_sign] = {SJ_NUMBERS(sign)},
    [SJ_UNARY_floor] = {SJ_FLOATS(floor)},
    [SJ_UNARY_ceil] = {SJ_FLOATS(ceil)},
    [SJ_UNARY_trunc] = {SJ_FLOATS(trunc)},
    [SJ_UNARY_round_even] = {SJ_FLOATS(round_even)},
    [SJ_UNARY_not] = {SJ_AT(bool, not_bool), SJ_INTEGERS(not)},
    [SJ_UNARY_popcount] = {SJ_INTEGERS(popcount)},
    [SJ_UNARY_clz] = {SJ_INTEGERS(clz)},
  },
  .binary = {
    [SJ_BINARY_add] = {SJ_AT(bool, or_bool), SJ_NUMBERS(add)},
    [SJ_BINARY_sub] = {SJ_NUMBERS(sub)},
    [SJ_BINARY_mul] = {SJ_AT(bool, and_bool), SJ_NUMBERS(mul)},
    [SJ_BINARY_div] = {SJ_NUMBERS(div)},
    [SJ_BINARY_rem] = {SJ_NUMBERS(rem)},
    [SJ_BINARY_min] = {SJ_AT(bool, and_bool), SJ_NUMBERS(min)},
    [SJ_BINARY_max] = {SJ_AT(bool, or_bool), SJ_NUMBERS(max)},
    [SJ_BINARY_pow] = {SJ_NUMBERS(pow)},
    [SJ_BINARY_atan2] = {SJ_FLOATS(atan2)},
    [SJ_BINARY_nextafter] = {SJ_FLOATS(nextafter)},
    [SJ_BINARY_and] = {SJ_AT(bool, and_bool), SJ_INTEGERS(and)},
    [SJ_BINARY_or] = {SJ_AT(bool, or_bool), SJ_INTEGERS(or)},
    [SJ_BINARY_xor] = {SJ_AT(bool, ne_bool), SJ_INTEGERS(xor)},
    [SJ_BINARY_shl] = {SJ_INTEGERS(shl)},
    [SJ_BINARY_shr_arithmetic] = {SJ_INTEGERS(shr_arithmetic)},
    [SJ_BINARY_shr_logical] = {SJ_INTEGERS(shr_logical)},
    [SJ_BINARY_eq] = {SJ_EVERY(eq)},
    [SJ_BINARY_ne] = {SJ_EVERY(ne)},
    [SJ_BINARY_lt] = {SJ_EVERY(lt)},
    [SJ_BINARY_le] = {SJ_EVERY(le)},
    [SJ_BINARY_gt] = {SJ_EVERY(gt)},
    [SJ_BINARY_ge] = {SJ_EVERY(ge)},
    [SJ_BINARY_lt_total] = {SJ_AT(bool, lt_bool), SJ_INTEGERS(lt), SJ_FLOATS(lt_total)},
  },
  .ternary = {
    [SJ_TERNARY_select] = {SJ_BY_SIZE(select)},
    [SJ_TERNARY_fma] = {SJ_NUMBERS(fma)},
    [SJ_TERNARY_clamp] = {SJ_NUMBERS(clamp)},
  },
  .convert = {
    SJ_AT(bool, {SJ_EVERY(convert_bool)}), SJ_AT(i8, {SJ_EVERY(convert_i8)}),
    SJ_AT(i16, {SJ_EVERY(convert_i16)}), SJ_AT(i32, {SJ_EVERY(convert_i32)}),
    SJ_AT(i64, {SJ_EVERY(convert_i64)}), SJ_AT(u8, {SJ_EVERY(convert_u8)}),
    SJ_AT(u16, {SJ_EVERY(convert_u16)}), SJ_AT(u32, {SJ_EVERY(convert_u32)}),
    SJ_AT(u64, {SJ_EVERY(convert_u64)}), SJ_AT(f16, {SJ_EVERY(convert_f16)}),
    SJ_AT(bf16, {SJ_EVERY(convert_bf16)}), SJ_AT(f32, {SJ_EVERY(convert_f32)}),
    SJ_AT(f64, {SJ_EVERY(convert_f64)}),
  },
  .reduce = SJ_REDUCE_TABLE(reduce),
  .reduce_rows = SJ_REDUCE_TABLE(reduce_rows),
};
