// Vector kernels of the interpreter.
//
// Every kernel works on contiguous tiles; the interpreter brings operands into
// tiles and takes results out. A kernel's result is defined bit for bit by the
// operation, never by the instruction set that runs it: the same source is
// compiled for baseline x86-64, AVX2+FMA and AVX-512 and one set is chosen once,
// by cpuid. No contraction, no reassociation, explicit fma only.
#ifndef SJ_KERNELS_H
#define SJ_KERNELS_H

#include <stdint.h>

/// Element types of LoopIR (same order as Swift's `SJLoopIR.ScalarType`).
/// Complex numbers do not exist here: lowering splits them into two reals.
typedef enum sj_type {
  SJ_BOOL, SJ_I8, SJ_I16, SJ_I32, SJ_I64, SJ_U8, SJ_U16, SJ_U32, SJ_U64,
  SJ_F16, SJ_BF16, SJ_F32, SJ_F64, SJ_TYPE_COUNT
} sj_type;

/// out[i] = op(a[i * a_step]); steps are 0 (one value for the whole tile) or 1. `out`
/// may be where an operand of at least its element size is (the same start), and must
/// not overlap an operand otherwise.
typedef void (*sj_unary_fn)(int64_t n, void *out, const void *a);
typedef void (*sj_binary_fn)(int64_t n, void *out, const void *a, int64_t a_step,
                             const void *b, int64_t b_step);
typedef void (*sj_ternary_fn)(int64_t n, void *out, const void *a, int64_t a_step,
                              const void *b, int64_t b_step, const void *c, int64_t c_step);

// X(name) lists keep the C and the Swift enumerations in step (a test compares them).
#define SJ_UNARY_OPS(X) \
  X(neg) X(abs) X(sign) X(floor) X(ceil) X(round) X(round_even) X(trunc) \
  X(sqrt) X(rsqrt) X(cbrt) X(exp) X(exp2) X(expm1) X(log) X(log1p) X(logistic) \
  X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) \
  X(asinh) X(acosh) X(atanh) X(erf) X(erfc) X(erf_inv) X(lgamma) X(digamma) \
  X(bessel_i0e) X(bessel_i1e) X(not) X(popcount) X(clz) X(is_finite) \
  X(log1p_xla)

// Comparisons write bool (one byte, 0 or 1). min and max propagate NaN. Integer
// division by zero gives -1 (all ones), remainder by zero the dividend, and
// INT_MIN / -1 is INT_MIN, rem 0, as XLA has it. div truncates; rem has the sign
// of the dividend. Shifts by at least the width give 0 (or the sign, for shr on
// signed types; shr_arithmetic takes its operand for signed, as XLA does, whatever its
// type). lt_total orders floats as sort does: -0 == 0, NaN of either sign last. min and
// max take -0 for smaller than 0. On bool add and max are or, mul and min are and. pow
// of integers uses the six low bits of the exponent, as jnp.power does.
#define SJ_BINARY_OPS(X) \
  X(add) X(sub) X(mul) X(div) X(rem) X(min) X(max) X(pow) X(atan2) X(nextafter) \
  X(and) X(or) X(xor) X(shl) X(shr_arithmetic) X(shr_logical) \
  X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(lt_total)

// select: a is bool, b where true, c where false. fma: a*b+c rounded once.
// clamp: min(max(b, a), c), NaN propagating.
#define SJ_TERNARY_OPS(X) X(select) X(fma) X(clamp)

#define SJ_DECLARE_OP(name) SJ_UNARY_##name,
typedef enum sj_unary_op { SJ_UNARY_OPS(SJ_DECLARE_OP) SJ_UNARY_COUNT } sj_unary_op;
#undef SJ_DECLARE_OP
#define SJ_DECLARE_OP(name) SJ_BINARY_##name,
typedef enum sj_binary_op { SJ_BINARY_OPS(SJ_DECLARE_OP) SJ_BINARY_COUNT } sj_binary_op;
#undef SJ_DECLARE_OP
#define SJ_DECLARE_OP(name) SJ_TERNARY_##name,
typedef enum sj_ternary_op { SJ_TERNARY_OPS(SJ_DECLARE_OP) SJ_TERNARY_COUNT } sj_ternary_op;
#undef SJ_DECLARE_OP

/// NULL where the operation has no meaning for the type. 16-bit floats have
/// arithmetic kernels too: each op computes in f32 and rounds once to the type.
sj_unary_fn sj_kernel_unary(int32_t op, int32_t type);
sj_binary_fn sj_kernel_binary(int32_t op, int32_t type);
sj_ternary_fn sj_kernel_ternary(int32_t op, int32_t type);

/// Value conversion as XLA's convert: float to integer truncates and saturates,
/// NaN becomes 0; to bool is "!= 0"; integers wrap; floats round to nearest even.
sj_unary_fn sj_kernel_convert(int32_t from, int32_t to);

const char *sj_unary_name(int32_t op);
const char *sj_binary_name(int32_t op);
const char *sj_ternary_name(int32_t op);
/// "baseline", "avx2" or "avx512": the best that the machine has, or what the
/// environment variable SWIFTJAX_KERNELS names, if the machine has that.
const char *sj_kernel_target(void);
/// For tests: uses this target from now on (NULL: as at the start). 0, and no change,
/// if the machine lacks it. Kernels fetched before stay what they were.
int32_t sj_kernel_select_target(const char *target);

// --- Functions for machine code to call -------------------------------------

/// `sj_exp_f32_avx2`: an elementary function of as many elements as a vector register of that instruction set holds, put where
/// they are (`void (float *x)`; of two operands `void (float *x, const float *y)`). The bits are the kernels'.
typedef struct sj_vector_function {
  const char *name;
  const void *address;
} sj_vector_function;
/// Those of an instruction set ("baseline", "avx2", "avx512"), whether or not this machine has it; the last has no name.
/// NULL for another.
const sj_vector_function *sj_vector_functions(const char *target);

// --- Moving data between tiles and buffers -------------------------------

/// dst[i] = src + i*stride (bytes), element size 1, 2, 4, 8 or 16.
void sj_load_strided(int32_t element_size, int64_t n, void *dst, const void *src, int64_t stride);
void sj_store_strided(int32_t element_size, int64_t n, void *dst, int64_t stride, const void *src);
/// Copies elements [first, first+n) of the row-major iteration space `extents`
/// (rank entries, at most 64) whose element (i0, i1, ..) lies at src + sum(i_k * strides[k]) bytes.
void sj_load_nd(int32_t element_size, int64_t n, void *dst, const void *src, int32_t rank,
                const int64_t *extents, const int64_t *strides, int64_t first);
/// The inverse: tile to strided memory.
void sj_store_nd(int32_t element_size, int64_t n, void *dst, int32_t rank, const int64_t *extents,
                 const int64_t *strides, int64_t first, const void *src);
/// As sj_store_nd, only where mask (n bytes) is non-zero.
void sj_store_nd_masked(int32_t element_size, int64_t n, void *dst, int32_t rank,
                        const int64_t *extents, const int64_t *strides, int64_t first,
                        const void *src, const uint8_t *mask);
/// dst[i] = sum over k of index_k(first + i) * steps[k] + base, for the same space.
void sj_iota_nd(int64_t n, int64_t *dst, int32_t rank, const int64_t *extents,
                const int64_t *steps, int64_t base, int64_t first);
/// dst[i] = mask[i] ? src[index[i]] : fill (mask may be NULL; fill points to one element).
void sj_gather_elements(int32_t element_size, int64_t n, void *dst, const void *src, const int64_t *index,
               const uint8_t *mask, const void *fill);

/// How a store combines with what is there.
typedef enum sj_combine {
  SJ_COMBINE_NONE, SJ_COMBINE_ADD, SJ_COMBINE_MUL, SJ_COMBINE_MIN, SJ_COMBINE_MAX,
  SJ_COMBINE_AND, SJ_COMBINE_OR, SJ_COMBINE_COUNT
} sj_combine;
/// dst[index[i]] = combine(dst[index[i]], src[i]) in order of i, where mask[i] (may be NULL).
void sj_scatter_elements(int32_t type, int32_t combine, int64_t n, void *dst, const int64_t *index,
                const void *src, const uint8_t *mask);

// --- Reductions -----------------------------------------------------------

/// The number of virtual lanes of a lanes-reduction, whatever the machine.
#define SJ_REDUCE_LANES 32
/// Elements of one block of a lanes-reduction.
#define SJ_REDUCE_BLOCK 4096

/// One block (n <= SJ_REDUCE_BLOCK, contiguous) of the fixed reduction tree: lane
/// j = i mod 32 starts at the identity and combines its elements in order of i;
/// then lanes j and j+16, j+8, j+4, j+2, j+1 are combined (the lower on the left).
/// `combine` is ADD, MUL, MIN, MAX, AND or OR. Writes one element to out.
typedef void (*sj_reduce_fn)(int64_t n, void *out, const void *a);
sj_reduce_fn sj_kernel_reduce(int32_t combine, int32_t type);
/// The same for `rows` rows of `n` elements each (n <= SJ_REDUCE_BLOCK): out[rows].
typedef void (*sj_reduce_rows_fn)(int64_t rows, int64_t n, void *out, const void *a);
sj_reduce_rows_fn sj_kernel_reduce_rows(int32_t combine, int32_t type);

#endif
