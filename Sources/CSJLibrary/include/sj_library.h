// The library calls of the CPU backend: matrix products, sorting, threefry, a
// thread pool and the memory pool.
//
// Results are defined bit for bit by the arguments alone: never by the
// instruction set (baseline x86-64, AVX2+FMA, AVX-512, chosen once by cpuid; the
// environment variable SWIFTJAX_KERNELS=baseline|avx2|avx512 overrides), and never
// by the number of threads. NaN payloads are not part of the definition.
#ifndef SJ_LIBRARY_H
#define SJ_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

// Linked into one image with their callers, and not part of the public C ABI.
#pragma GCC visibility push(hidden)

/// Element types. The first thirteen are numbered as LoopIR's scalar types.
enum sj_element {
  SJ_ELEMENT_BOOL, SJ_ELEMENT_I8, SJ_ELEMENT_I16, SJ_ELEMENT_I32, SJ_ELEMENT_I64,
  SJ_ELEMENT_U8, SJ_ELEMENT_U16, SJ_ELEMENT_U32, SJ_ELEMENT_U64,
  SJ_ELEMENT_F16, SJ_ELEMENT_BF16, SJ_ELEMENT_F32, SJ_ELEMENT_F64,
  SJ_ELEMENT_C64, SJ_ELEMENT_C128, SJ_ELEMENT_COUNT
};

/// What a library call returns.
enum sj_status { SJ_OK, SJ_UNSUPPORTED, SJ_OUT_OF_MEMORY };

/// "baseline", "avx2" or "avx512".
const char *sj_library_target(void);
/// Switches the instruction set by name, for tests; false if this machine lacks it.
bool sj_library_set_target(const char *name);

/// Calls task(arg, i) once for every i in [0, tasks), in any order, on any threads,
/// and returns when all are done. `context` belongs to the implementation.
typedef void (*sj_parallel_for)(void *context, int64_t tasks, void (*task)(void *arg, int64_t i),
                                void *arg);

// --- Threads ----------------------------------------------------------------

/// Runs task(arg, i) for every i in [0, tasks) on the pool; the caller takes part.
/// Nested calls, and calls made while another thread uses the pool, run serially
/// on the calling thread. A forked child starts its own workers when it first needs them.
void sj_pool_run(int64_t tasks, void (*task)(void *arg, int64_t i), void *arg);
/// sj_pool_run as an `sj_parallel_for`; the context is ignored.
void sj_pool_parallel_for(void *context, int64_t tasks, void (*task)(void *arg, int64_t i),
                          void *arg);
/// Sets the number of threads, the caller included; 0 restores the default, the
/// number of processors this process may run on. Takes effect with the next run.
void sj_pool_set_threads(int32_t threads);
int32_t sj_pool_threads(void);

// --- Memory -----------------------------------------------------------------

/// 64-byte aligned memory, contents undefined; NULL when out of memory, above the
/// limit, or for a negative size. Zero bytes give a valid pointer.
void *sj_memory_allocate(int64_t bytes);
/// Gives memory back; `bytes` is what was asked for. Any thread may do it.
void sj_memory_release(void *pointer, int64_t bytes);
/// Returns cached large blocks (above 4 KiB) to the system.
void sj_memory_trim(void);
/// Bounds bytes in use plus cached; 0 restores the default, the physical memory
/// (or the control group's share of it).
void sj_memory_set_limit(int64_t bytes);
/// Whether so many bytes could be allocated if nothing else were in use.
bool sj_memory_is_within_limit(int64_t bytes);
/// Bounds the bytes kept for reuse in blocks above 4 KiB (1 GiB unless set).
void sj_memory_set_cache_limit(int64_t bytes);

/// Sizes are rounded up to size classes. `peak` counts small blocks waiting in
/// per-thread caches as used.
typedef struct sj_memory_statistics {
  int64_t in_use, peak, cached, limit;
} sj_memory_statistics;
sj_memory_statistics sj_memory_get_statistics(void);
/// Starts `peak` again from what is in use now.
void sj_memory_reset_peak(void);

// --- Matrix products --------------------------------------------------------

/// The number of k of one block of a matrix product (of real elements).
#define SJ_GEMM_BLOCK 256
/// Lanes of an inner product (m == n == 1), and the number of k of its blocks.
#define SJ_DOT_LANES 32
#define SJ_DOT_BLOCK 4096

/// C[b] = A[b] B[b] for b in [0, batch): A is [m, k], B is [k, n], C is [m, n].
/// Strides count elements (complex ones for complex types) and may be anything for
/// A and B; C's columns are contiguous. C must not overlap A or B.
typedef struct sj_matmul {
  int32_t type;      ///< of A and B: any sj_element but bool
  int32_t out_type;  ///< of C: `type`, or f32 for f16 and bf16, or i32/u32 for 8 and 16 bits
  int64_t m, n, k;
  const void *a;
  int64_t a_row, a_column;
  const void *b;
  int64_t b_row, b_column;
  void *c;
  int64_t c_row;
  int64_t batch, a_batch, b_batch, c_batch;
  const void *packed_b;  ///< what `sj_gemm_pack` made of B, or NULL: then b is not read
} sj_matmul;

/// Every element of C is a function of its row of A and its column of B only (so a row of
/// a product equals the product of the row), defined as
///
///     c = s_0 + s_1 + ...          added from the left, s_j the sum of block j:
///     s = 0; for p in block: s = fma(a[p], b[p], s)      SJ_GEMM_BLOCK values of p
///
/// - Real inner products (m == n == 1), which would wait for each fma: in blocks of
///   SJ_DOT_BLOCK, lane j = p mod SJ_DOT_LANES has a chain of its own from 0; then lanes j and
///   j + 16, j + 8, j + 4, j + 2, j + 1 are added; block sums are added from the left.
/// - f16, bf16: in f32, rounded once at the end if C is 16 bits wide.
/// - Complex: the product of the real matrices [m, 2k] and [2k, 2n] in which a is the
///   row (re, im) and b the square ((re, im), (-im, re)).
/// - Integers wrap.
///
/// `parallel` is NULL (serial) or splits the work; the split depends on shapes only.
/// Returns an sj_status.
int32_t sj_gemm(const sj_matmul *product, sj_parallel_for parallel, void *context);

/// Columns that packing may add to B.
#define SJ_GEMM_PADDING 64
/// Puts B of a real product into the order in which products read it, for many products to use:
/// k · (n + SJ_GEMM_PADDING) elements of C's type. `batch` is 1, A and C are not looked at.
int32_t sj_gemm_pack(const sj_matmul *product, void *packed, sj_parallel_for parallel, void *context);

// --- Sorting ----------------------------------------------------------------

/// One operand: `rows` lanes of `length` contiguous elements. In place if the two are equal.
typedef struct sj_sort_operand {
  int32_t type;
  const void *input;
  void *output;
} sj_sort_operand;

/// Sorts every lane stably by the first `num_keys` operands (lexicographically) and
/// permutes all operands alike, as `lax.sort` does: -0 equals 0, all NaNs are equal
/// and last, complex numbers compare by (re, im), false < true. (Subnormal numbers
/// are numbers; XLA's CPU backend flushes them to zero in the comparison.)
/// Lanes of 2^32 - 1 elements or more are unsupported. Returns an sj_status; on failure the
/// outputs are undefined.
int32_t sj_sort_rows(int64_t rows, int64_t length, int32_t count, int32_t num_keys,
                     const sj_sort_operand *operands, sj_parallel_for parallel, void *context);

// --- Threefry ---------------------------------------------------------------
// Threefry-2x32, 20 rounds (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC11), as jax.random uses it. Outputs may be the inputs, element by element.

/// One key for all counters.
void sj_threefry2x32(uint32_t key0, uint32_t key1, int64_t n, const uint32_t *x0,
                     const uint32_t *x1, uint32_t *out0, uint32_t *out1);
/// One key per counter.
void sj_threefry2x32_keys(int64_t n, const uint32_t *key0, const uint32_t *key1,
                          const uint32_t *x0, const uint32_t *x1, uint32_t *out0, uint32_t *out1);
/// `count` (< 2^32) random words with jax_threefry_partitionable false: the counters
/// 0 .. count-1, padded with a zero if odd, are split into halves which form the pairs.
void sj_threefry_bits_original(uint32_t key0, uint32_t key1, int64_t count, uint32_t *out,
                               sj_parallel_for parallel, void *context);
/// Words [first, first + count) with jax_threefry_partitionable true: the pair is the
/// 64-bit index (high, low), the word the exclusive or of the two results.
void sj_threefry_bits_partitionable(uint32_t key0, uint32_t key1, uint64_t first, int64_t count,
                                    uint32_t *out, sj_parallel_for parallel, void *context);
/// The same for 64-bit words: high result << 32 | low result.
void sj_threefry_bits64_partitionable(uint32_t key0, uint32_t key1, uint64_t first, int64_t count,
                                      uint64_t *out, sj_parallel_for parallel, void *context);

#pragma GCC visibility pop
#endif
