// Moving elements between tiles and strided memory. Bound by memory, so compiled once.
#include <stddef.h>
#include <string.h>

#include "sj_kernels.h"

#define SJ_MAX_RANK 64

// Elements of each size, wherever they lie.
#define SJ_ANYWHERE __attribute__((aligned(1), may_alias))
typedef uint8_t sj_element_1 SJ_ANYWHERE;
typedef uint16_t sj_element_2 SJ_ANYWHERE;
typedef uint32_t sj_element_4 SJ_ANYWHERE;
typedef uint64_t sj_element_8 SJ_ANYWHERE;
typedef struct SJ_ANYWHERE {
  uint64_t low, high;
} sj_element_16;

#define SJ_BY_SIZE(element_size, CASE)           \
  switch (element_size) {                        \
    case 1: CASE(sj_element_1) break;            \
    case 2: CASE(sj_element_2) break;            \
    case 4: CASE(sj_element_4) break;            \
    case 8: CASE(sj_element_8) break;            \
    case 16: CASE(sj_element_16) break;          \
  }

/// to[i * to_stride] = from[i * from_stride], strides in bytes.
static inline void sj_copy_strided(int32_t element_size, int64_t n, char *to, int64_t to_stride,
                                   const char *from, int64_t from_stride) {
  if (to_stride == element_size && from_stride == element_size) {
    memcpy(to, from, (size_t)(n * element_size));
    return;
  }
#define SJ_COPY(T) \
  for (int64_t i = 0; i < n; i++) *(T *)(to + i * to_stride) = *(const T *)(from + i * from_stride);
  SJ_BY_SIZE(element_size, SJ_COPY)
#undef SJ_COPY
}

void sj_load_strided(int32_t element_size, int64_t n, void *dst, const void *src, int64_t stride) {
  sj_copy_strided(element_size, n, dst, element_size, src, stride);
}

void sj_store_strided(int32_t element_size, int64_t n, void *dst, int64_t stride,
                      const void *src) {
  sj_copy_strided(element_size, n, dst, stride, src, element_size);
}

// --- Iteration spaces ----------------------------------------------------------

/// A place in a row-major iteration space, advanced by runs along the last axis.
typedef struct sj_cursor {
  int32_t rank;
  const int64_t *extents, *strides;
  int64_t offset;
  int64_t index[SJ_MAX_RANK];
} sj_cursor;

/// Rank 0 is treated as one axis of extent 1.
static void sj_cursor_start(sj_cursor *c, int32_t rank, const int64_t *extents,
                            const int64_t *strides, int64_t first) {
  static const int64_t one = 1, zero = 0;
  c->rank = rank > 0 ? rank : 1;
  c->extents = rank > 0 ? extents : &one;
  c->strides = rank > 0 ? strides : &zero;
  c->offset = 0;
  for (int32_t k = c->rank - 1; k >= 0; k--) {
    c->index[k] = first % c->extents[k];
    first /= c->extents[k];
    c->offset += c->index[k] * c->strides[k];
  }
}

/// At most `n` elements that follow one another with stride strides[rank - 1].
static int64_t sj_cursor_run(const sj_cursor *c, int64_t n) {
  int64_t left = c->extents[c->rank - 1] - c->index[c->rank - 1];
  return left < n ? left : n;
}

static void sj_cursor_advance(sj_cursor *c, int64_t run) {
  int32_t k = c->rank - 1;
  c->index[k] += run;
  c->offset += run * c->strides[k];
  for (; k > 0 && c->index[k] == c->extents[k]; k--) {
    c->offset += c->strides[k - 1] - c->extents[k] * c->strides[k];
    c->index[k] = 0;
    c->index[k - 1]++;
  }
}

#define SJ_FOR_RUNS(c, run, n)                                                      \
  for (int64_t run; (n) > 0 && (run = sj_cursor_run(&(c), n), 1);                   \
       sj_cursor_advance(&(c), run), (n) -= run)

void sj_load_nd(int32_t element_size, int64_t n, void *dst, const void *src, int32_t rank,
                const int64_t *extents, const int64_t *strides, int64_t first) {
  sj_cursor c;
  if (n <= 0) return;
  sj_cursor_start(&c, rank, extents, strides, first);
  char *to = dst;
  SJ_FOR_RUNS(c, run, n) {
    const char *from = (const char *)src + c.offset;
    sj_copy_strided(element_size, run, to, element_size, from, c.strides[c.rank - 1]);
    to += run * element_size;
  }
}

void sj_store_nd(int32_t element_size, int64_t n, void *dst, int32_t rank, const int64_t *extents,
                 const int64_t *strides, int64_t first, const void *src) {
  sj_cursor c;
  if (n <= 0) return;
  sj_cursor_start(&c, rank, extents, strides, first);
  const char *from = src;
  SJ_FOR_RUNS(c, run, n) {
    char *to = (char *)dst + c.offset;
    sj_copy_strided(element_size, run, to, c.strides[c.rank - 1], from, element_size);
    from += run * element_size;
  }
}

void sj_store_nd_masked(int32_t element_size, int64_t n, void *dst, int32_t rank,
                        const int64_t *extents, const int64_t *strides, int64_t first,
                        const void *src, const uint8_t *mask) {
  sj_cursor c;
  if (n <= 0) return;
  sj_cursor_start(&c, rank, extents, strides, first);
  const char *from = src;
  SJ_FOR_RUNS(c, run, n) {
    char *to = (char *)dst + c.offset;
    int64_t stride = c.strides[c.rank - 1];
#define SJ_STORE(T)                                                                 \
  for (int64_t i = 0; i < run; i++) {                                               \
    if (mask[i]) *(T *)(to + i * stride) = ((const T *)from)[i];                    \
  }
    SJ_BY_SIZE(element_size, SJ_STORE)
#undef SJ_STORE
    from += run * element_size;
    mask += run;
  }
}

void sj_iota_nd(int64_t n, int64_t *dst, int32_t rank, const int64_t *extents,
                const int64_t *steps, int64_t base, int64_t first) {
  sj_cursor c;
  if (n <= 0) return;
  sj_cursor_start(&c, rank, extents, steps, first);
  SJ_FOR_RUNS(c, run, n) {
    int64_t start = base + c.offset, step = c.strides[c.rank - 1];
    for (int64_t i = 0; i < run; i++) dst[i] = start + i * step;
    dst += run;
  }
}

void sj_gather_elements(int32_t element_size, int64_t n, void *dst, const void *src, const int64_t *index,
               const uint8_t *mask, const void *fill) {
#define SJ_GATHER(T)                                                                \
  {                                                                                 \
    T *to = dst;                                                                    \
    const T *from = src;                                                            \
    if (mask == NULL) {                                                             \
      for (int64_t i = 0; i < n; i++) to[i] = from[index[i]];                       \
    } else {                                                                        \
      T other = *(const T *)fill;                                                   \
      for (int64_t i = 0; i < n; i++) to[i] = mask[i] ? from[index[i]] : other;     \
    }                                                                               \
  }
  SJ_BY_SIZE(element_size, SJ_GATHER)
#undef SJ_GATHER
}
