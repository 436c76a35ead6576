// What the driver of matrix products (gemm.c) and the kernels share.
#ifndef SJ_GEMM_H
#define SJ_GEMM_H

#include "sj_library.h"

/// dst[i] = src[i * stride], converted to the kernel's type, for i in [0, n); for
/// complex types n counts reals and the stride complex elements.
typedef void (*sj_load_fn)(int64_t n, void *dst, const void *src, int64_t stride);
/// dst[i] = src[i], converted from the kernel's type.
typedef void (*sj_store_fn)(int64_t n, void *dst, const void *src);

/// A or B as packing sees it: element (i, p) at data + i * across + p * along, p being
/// the summed index. Strides count stored elements.
typedef struct sj_source {
  const char *data;
  int64_t across, along;
  int64_t element_size;
  sj_load_fn load;
  /// Contiguous elements can be used as they lie: no conversion is needed.
  bool direct;
  /// Interleaved complex numbers.
  bool complex;
} sj_source;

/// Kernels for one accumulator type. A packed panel holds `width` rows of A (or
/// columns of B) by k: element (i, p) at p * width + i, anything beyond the edge.
typedef struct sj_gemm_kernels {
  int32_t element_size;
  /// Rows and columns of the register tile; panel width of A (at least `rows`) and of B.
  int32_t rows, columns, a_width;
  /// Packs `count` rows of A, or columns of B, from `first`, over k in [p, p + k).
  void (*pack_a)(const sj_source *a, int64_t first, int64_t count, int64_t p, int64_t k, void *out);
  void (*pack_b)(const sj_source *b, int64_t first, int64_t count, int64_t p, int64_t k, void *out);
  /// One k-block of a product of packed panels; adds to C if `accumulate`.
  void (*tile)(int64_t m, int64_t n, int64_t k, const void *a, const void *b, void *c,
               int64_t c_row, bool accumulate);
  /// The whole product, from unpacked operands of the kernel's own real type.
  void (*small)(int64_t m, int64_t n, int64_t k, const sj_source *a, const sj_source *b, void *c,
                int64_t c_row);
  /// y[i * y_stride] = sum over p of matrix(i, p) * x[p], for i in [0, n).
  void (*gemv)(int64_t n, int64_t k, const sj_source *matrix, const void *x, void *y,
               int64_t y_stride);
  /// sums[j] = the sum of SJ_DOT_BLOCK products from j * SJ_DOT_BLOCK; a and b contiguous.
  void (*dot_blocks)(int64_t k, const void *a, const void *b, void *sums);
  /// *out = sums[0] + sums[1] + ..., from the left; n > 0.
  void (*add)(int64_t n, const void *sums, void *out);
} sj_gemm_kernels;

/// The types products are summed in.
typedef enum sj_accumulator {
  SJ_ACCUMULATE_F32, SJ_ACCUMULATE_F64, SJ_ACCUMULATE_U16, SJ_ACCUMULATE_U32, SJ_ACCUMULATE_U64,
  SJ_ACCUMULATE_COUNT
} sj_accumulator;

#endif
