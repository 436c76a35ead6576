// Matrix product kernels: a template, included for every type and instruction set with
//   T                the type that sums are kept in
//   N(name)          name, suffixed by type and instruction set
//   FMA(a, b, c)     a * b + c, rounded once
//   LANES            values of T in a vector register
//   MR               rows of the register tile, which has 2 * LANES columns
//   SQUARE           8 or 4: the size of the square transposed in registers
//   A_WIDTH          MR rounded up to a multiple of SQUARE
//
// The blocking is that of Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication", ACM TOMS 34 (2008), and of BLIS (ACM TOMS 41, 2015).

#define NR (2 * LANES)
#define ALWAYS static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef T N(vector) __attribute__((ext_vector_type(LANES)));
typedef T N(unaligned) __attribute__((ext_vector_type(LANES), aligned(sizeof(T)), may_alias));
typedef T N(square) __attribute__((ext_vector_type(SQUARE)));
typedef T N(half) __attribute__((ext_vector_type(SQUARE / 2)));
typedef T N(loose_half) __attribute__((ext_vector_type(SQUARE / 2), aligned(sizeof(T)), may_alias));
typedef T N(loose) __attribute__((ext_vector_type(SQUARE), aligned(sizeof(T)), may_alias));

// --- The register tile -------------------------------------------------------------

/// Copies up to NR values in pieces of powers of two.
ALWAYS void N(copy)(int64_t count, const T *in, T *out) {
  UNROLL for (int width = NR; width > 0; width /= 2) {
    if (!(count & width)) continue;
    memcpy(out, in, (size_t)width * sizeof(T));
    in += width, out += width;
  }
}

/// The edge of C, where a register tile reaches beyond the last column.
static __attribute__((noinline)) void N(store_edge)(int64_t rows, int64_t columns, const T *tile,
                                                    T *c, int64_t c_row, bool accumulate) {
  for (int64_t i = 0; i < rows; i++, tile += NR, c += c_row) {
    if (!accumulate) N(copy)(columns, tile, c);
    else for (int64_t j = 0; j < columns; j++) c[j] = (T)(c[j] + tile[j]);
  }
}

/// C[rows, columns] = (C +) the fma chains of one k-block, in registers. `rows` and
/// `vectors` are constants after inlining; columns <= vectors * LANES.
ALWAYS void N(micro)(int rows, int vectors, int64_t columns, int64_t k, const T *a, int64_t a_row,
                     int64_t a_step, const T *b, int64_t b_step, T *c, int64_t c_row,
                     bool accumulate) {
  N(vector) sum[MR][2];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = (N(vector))(T)0;
  UNROLL for (int i = 0; i < rows; i++) __builtin_prefetch(c + i * c_row, 1);
  // One pointer for three rows: x86 addresses p, p + r and p + 2r without arithmetic.
  const T *left[(MR + 2) / 3];
  UNROLL for (int i = 0; i < rows; i += 3) left[i / 3] = a + i * a_row;
  for (int64_t p = 0; p < k; p++, b += b_step) {
    N(vector) right[2];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = *(const N(unaligned) *)(b + v * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
      N(vector) factor = (N(vector))left[i / 3][i % 3 * a_row];
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(factor, right[v], sum[i][v]);
    }
    UNROLL for (int i = 0; i < rows; i += 3) left[i / 3] += a_step;
  }
  if (columns == vectors * LANES) {
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) {
        N(unaligned) *out = (N(unaligned) *)(c + i * c_row + v * LANES);
        *out = accumulate ? *out + sum[i][v] : sum[i][v];
      }
  } else {
    T tile[MR * NR];
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++)
        *(N(unaligned) *)(tile + i * NR + v * LANES) = sum[i][v];
    N(store_edge)(rows, columns, tile, c, c_row, accumulate);
  }
}

typedef void (*N(micro_fn))(int64_t columns, int64_t k, const T *a, int64_t a_row, int64_t a_step,
                            const T *b, int64_t b_step, T *c, int64_t c_row, bool accumulate);

#define MICRO(name, rows, vectors)                                                             \
  static void N(name)(int64_t columns, int64_t k, const T *a, int64_t a_row, int64_t a_step,   \
                      const T *b, int64_t b_step, T *c, int64_t c_row, bool accumulate) {      \
    N(micro)(rows, vectors, columns, k, a, a_row, a_step, b, b_step, c, c_row, accumulate);    \
  }
MICRO(micro1x1, 1, 1)
MICRO(micro1x2, 1, 2)
MICRO(micro2x1, 2, 1)
MICRO(micro2x2, 2, 2)
MICRO(micro4x1, 4, 1)
MICRO(micro4x2, 4, 2)
MICRO(micro_full_x1, MR, 1)
MICRO(micro_full_x2, MR, 2)
#undef MICRO

/// All rows of one column panel of C, in steps of MR, 4, 2 and 1. A's row i is at
/// a + (i / MR) * a_panel + (i % MR) * a_row.
static void N(rows)(int64_t m, int64_t columns, int64_t k, const T *a, int64_t a_panel,
                    int64_t a_row, int64_t a_step, const T *b, int64_t b_step, T *c,
                    int64_t c_row, bool accumulate) {
  bool wide = columns > LANES;
  N(micro_fn) full = wide ? N(micro_full_x2) : N(micro_full_x1);
  int64_t i = 0;
  for (; i + MR <= m; i += MR, a += a_panel)
    full(columns, k, a, a_row, a_step, b, b_step, c + i * c_row, c_row, accumulate);
  while (i < m) {
    int64_t step = m - i >= 4 ? 4 : m - i >= 2 ? 2 : 1;
    N(micro_fn) part = step == 4   ? wide ? N(micro4x2) : N(micro4x1)
                       : step == 2 ? wide ? N(micro2x2) : N(micro2x1)
                                   : wide ? N(micro1x2) : N(micro1x1);
    part(columns, k, a, a_row, a_step, b, b_step, c + i * c_row, c_row, accumulate);
    i += step, a += step * a_row;
  }
}

static void N(tile)(int64_t m, int64_t n, int64_t k, const void *a, const void *b, void *c,
                    int64_t c_row, bool accumulate) {
  for (int64_t j = 0; j < n; j += NR)
    N(rows)(m, n - j < NR ? n - j : NR, k, a, A_WIDTH * k, 1, A_WIDTH, (const T *)b + j * k, NR,
            (T *)c + j, c_row, accumulate);
}

// --- Packing -----------------------------------------------------------------------

#define SHUFFLE __builtin_shufflevector

/// Two half-vectors, the second loaded into the upper half: cheaper than a shuffle.
ALWAYS void N(halves)(const T *low, const T *high, N(square) *out) {
  N(half) l = *(const N(loose_half) *)low, h = *(const N(loose_half) *)high;
#if SQUARE == 8
  *out = SHUFFLE(l, h, 0, 1, 2, 3, 4, 5, 6, 7);
#else
  *out = SHUFFLE(l, h, 0, 1, 2, 3);
#endif
}

/// The transpose of a square whose rows are `step` apart: columns[j] holds element j of each.
ALWAYS void N(transpose)(const T *first, int64_t step, N(square) columns[SQUARE]) {
  const T *rows[SQUARE];
  UNROLL for (int i = 0; i < SQUARE; i++) rows[i] = first + i / 3 * 3 * step + i % 3 * step;
  UNROLL for (int half = 0; half < SQUARE; half += SQUARE / 2) {
    N(square) r[SQUARE / 2], *out = columns + half;
    UNROLL for (int i = 0; i < SQUARE / 2; i++)
      N(halves)(rows[i] + half, rows[i + SQUARE / 2] + half, &r[i]);
#if SQUARE == 8
    N(square) t[4];
    UNROLL for (int i = 0; i < 4; i += 2) {
      t[i] = SHUFFLE(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
      t[i + 1] = SHUFFLE(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    UNROLL for (int i = 0; i < 2; i++) {
      out[2 * i] = SHUFFLE(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      out[2 * i + 1] = SHUFFLE(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
#else
    out[0] = SHUFFLE(r[0], r[1], 0, 4, 2, 6);
    out[1] = SHUFFLE(r[0], r[1], 1, 5, 3, 7);
#endif
  }
}

/// A strip of one k-block in working memory: a little longer, so that equal places of different
/// strips lie in different cache sets.
#define STRIP (SJ_GEMM_BLOCK + 64 / (int)sizeof(T))

/// `rows` rows of a source as contiguous values, *step apart: where they lie, or loaded into
/// `space`. Rows from `count` on may hold anything.
static const T *N(strips)(const sj_source *s, int64_t first, int64_t count, int64_t rows, int64_t p,
                          int64_t k, bool copy, T (*space)[STRIP], int64_t *step) {
  int64_t elements = s->complex ? p / 2 : p;
  const char *data = s->data + (first * s->across + elements * s->along) * s->element_size;
  if (s->direct && s->along == 1 && count >= rows && !copy) {
    *step = s->across * s->element_size / (int64_t)sizeof(T);
    return (const T *)data;
  }
  for (int64_t i = 0; i < count && i < rows; i++)
    s->load(k, space[i], data + i * s->across * s->element_size, s->along);
  *step = STRIP;
  return space[0];
}

/// Packs up to SQUARE rows whose elements lie along k, by transposing squares.
static void N(pack_along)(const sj_source *s, int64_t width, int64_t first, int64_t count,
                          int64_t p, int64_t k, T *out) {
  T space[SQUARE][STRIP];
  int64_t step, q = 0;
  const T *rows = N(strips)(s, first, count, SQUARE, p, k, false, space, &step);
  for (; q + SQUARE <= k; q += SQUARE) {
    N(square) columns[SQUARE];
    N(transpose)(rows + q, step, columns);
    UNROLL for (int i = 0; i < SQUARE; i++) *(N(loose) *)(out + (q + i) * width) = columns[i];
  }
  for (; q < k; q++)
    for (int i = 0; i < SQUARE; i++) out[q * width + i] = rows[i * step + q];
}

/// Packs one panel whose elements lie across it.
static void N(pack_across)(const sj_source *s, int64_t width, int64_t first, int64_t count,
                           int64_t p, int64_t k, T *out) {
  const char *row = s->data + (first * s->across + p * s->along) * s->element_size;
  int64_t step = s->along * s->element_size;
  bool in_place = s->direct && s->across == 1;
  for (int64_t q = 0; q < k; q++, row += step, out += width) {
    if (in_place && count == NR) memcpy(out, row, NR * sizeof(T));
    else if (in_place && count == MR) memcpy(out, row, MR * sizeof(T));
    else if (in_place) N(copy)(count, (const T *)row, out);
    else s->load(count, out, row, s->across);
  }
}

static int64_t N(distance)(int64_t stride) { return stride < 0 ? -stride : stride; }

static void N(pack_panel)(const sj_source *s, int64_t width, int64_t first, int64_t count,
                          int64_t p, int64_t k, T *out) {
  bool across = N(distance)(s->across) < N(distance)(s->along);
  // A panel's padding is never summed into C, so its values are of no account.
  if (across && !s->complex) {
    N(pack_across)(s, width, first, count, p, k, out);
    return;
  }
  for (int64_t i = 0; i < count; i += SQUARE)
    N(pack_along)(s, width, first + i, count - i, p, k, out + i);
}

static void N(pack_a)(const sj_source *a, int64_t first, int64_t count, int64_t p, int64_t k,
                      void *out) {
  for (int64_t i = 0; i < count; i += MR)
    N(pack_panel)(a, A_WIDTH, first + i, count - i < MR ? count - i : MR, p, k,
                  (T *)out + i / MR * A_WIDTH * k);
}

/// One panel of complex B: the square ((re, im), (-im, re)) for every element.
static void N(pack_complex)(const sj_source *b, int64_t first, int64_t count, int64_t p, int64_t k,
                            T *out) {
  for (int64_t q = 0; q < k; q += 2, out += 2 * NR) {
    int64_t at = first / 2 * b->across + (p + q) / 2 * b->along;
    for (int64_t j = 0; j < NR; j += 2) {
      const T *x = (const T *)b->data + 2 * (at + (j < count ? j / 2 * b->across : 0));
      out[j] = x[0], out[j + 1] = x[1];
      out[NR + j] = (T)-x[1], out[NR + j + 1] = x[0];
    }
  }
}

static void N(pack_b)(const sj_source *b, int64_t first, int64_t count, int64_t p, int64_t k,
                      void *out) {
  for (int64_t j = 0; j < count; j += NR) {
    int64_t columns = count - j < NR ? count - j : NR;
    if (b->complex)
      N(pack_complex)(b, first + j, columns, p, k, (T *)out + j * k);
    else
      N(pack_panel)(b, NR, first + j, columns, p, k, (T *)out + j * k);
  }
}

// --- Small products ----------------------------------------------------------------

static void N(small)(int64_t m, int64_t n, int64_t k, const sj_source *a, const sj_source *b,
                     void *c, int64_t c_row) {
  T panel[SJ_GEMM_BLOCK * NR];
  for (int64_t p = 0; p < k; p += SJ_GEMM_BLOCK) {
    int64_t block = k - p < SJ_GEMM_BLOCK ? k - p : SJ_GEMM_BLOCK;
    const T *left = (const T *)a->data + p * a->along;
    for (int64_t j = 0; j < n; j += NR) {
      int64_t columns = n - j < NR ? n - j : NR, step = b->along;
      const T *right = (const T *)b->data + p * b->along + j * b->across;
      if (b->across != 1 || columns % LANES != 0) {
        N(pack_panel)(b, NR, j, columns, p, block, panel);
        right = panel, step = NR;
      }
      N(rows)(m, columns, block, left, MR * a->across, a->across, a->along, right, step,
              (T *)c + j, c_row, p > 0);
    }
  }
}

// --- Matrix times vector -----------------------------------------------------------

#define GEMV_TILE 1024

/// One k-block for outputs that lie side by side: sums[j] of up to GEMV_TILE outputs.
static void N(gemv_block_across)(int64_t n, int64_t k, const sj_source *s, int64_t first,
                                 int64_t p, const T *x, T *sums) {
  T space[4][GEMV_TILE];
  const T *rows[4];
  memset(sums, 0, (size_t)n * sizeof(T));
  for (int64_t q = 0; q < k; q += 4) {
    int64_t count = k - q < 4 ? k - q : 4;
    for (int64_t i = 0; i < count; i++) {
      const char *row = s->data + (first * s->across + (p + q + i) * s->along) * s->element_size;
      bool in_place = s->direct && s->across == 1;
      if (!in_place) s->load(n, space[i], row, s->across);
      rows[i] = in_place ? (const T *)row : space[i];
    }
    const T *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
    if (count == 4) {
      T x0 = x[q], x1 = x[q + 1], x2 = x[q + 2], x3 = x[q + 3];
      int64_t j = 0;
      for (; j + LANES <= n; j += LANES) {
        N(vector) sum = *(N(unaligned) *)(sums + j);
        sum = FMA((N(vector))x0, *(const N(unaligned) *)(r0 + j), sum);
        sum = FMA((N(vector))x1, *(const N(unaligned) *)(r1 + j), sum);
        sum = FMA((N(vector))x2, *(const N(unaligned) *)(r2 + j), sum);
        sum = FMA((N(vector))x3, *(const N(unaligned) *)(r3 + j), sum);
        *(N(unaligned) *)(sums + j) = sum;
      }
      for (; j < n; j++)
        sums[j] = SCALAR_FMA(x3, r3[j], SCALAR_FMA(x2, r2[j], SCALAR_FMA(x1, r1[j],
                             SCALAR_FMA(x0, r0[j], sums[j]))));
    } else {
      for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < n; j++) sums[j] = SCALAR_FMA(x[q + i], rows[i][j], sums[j]);
    }
  }
}

/// Squares at a time: enough chains to hide the latency of fma.
#define GEMV_SQUARES 4
#define GEMV_ROWS (GEMV_SQUARES * SQUARE)

/// One k-block for GEMV_ROWS outputs whose elements lie along k.
static void N(gemv_block_along)(int64_t n, int64_t k, const sj_source *s, int64_t first,
                                int64_t p, const T *x, T *sums) {
  T space[GEMV_ROWS][STRIP];
  int64_t step, q = 0;
  // Rows a multiple of 1 KiB apart share a few cache sets, which cannot hold them all.
  bool crowded = s->across % (1024 / (int)sizeof(T)) == 0;
  const T *rows = N(strips)(s, first, n, GEMV_ROWS, p, k, crowded, space, &step);
  N(square) sum[GEMV_SQUARES];
  UNROLL for (int g = 0; g < GEMV_SQUARES; g++) sum[g] = (N(square))(T)0;
  for (; q + SQUARE <= k; q += SQUARE) {
    UNROLL for (int g = 0; g < GEMV_SQUARES; g++) {
      N(square) columns[SQUARE];
      N(transpose)(rows + q + g * SQUARE * step, step, columns);
      UNROLL for (int i = 0; i < SQUARE; i++)
        sum[g] = FMA((N(square))x[q + i], columns[i], sum[g]);
      // Keeps the compiler from loading all squares at once, and spilling them.
      __asm__ volatile("" ::: "memory");
    }
  }
  memcpy(sums, sum, sizeof sum);
  for (; q < k; q++)
    for (int64_t i = 0; i < GEMV_ROWS; i++)
      sums[i] = SCALAR_FMA(x[q], rows[i * step + q], sums[i]);
}

static void N(gemv)(int64_t n, int64_t k, const sj_source *s, const void *x, void *y,
                    int64_t y_stride) {
  T sums[GEMV_TILE];
  bool across = N(distance)(s->across) < N(distance)(s->along);
  int64_t tile = across ? GEMV_TILE : GEMV_ROWS;
  for (int64_t first = 0; first < n; first += tile) {
    int64_t count = n - first < tile ? n - first : tile;
    T *out = (T *)y + first * y_stride;
    for (int64_t p = 0; p < k; p += SJ_GEMM_BLOCK) {
      int64_t block = k - p < SJ_GEMM_BLOCK ? k - p : SJ_GEMM_BLOCK;
      (across ? N(gemv_block_across) : N(gemv_block_along))(count, block, s, first, p,
                                                            (const T *)x + p, sums);
      for (int64_t j = 0; j < count; j++)
        out[j * y_stride] = (T)(p == 0 ? sums[j] : out[j * y_stride] + sums[j]);
    }
  }
}

// --- Inner products ----------------------------------------------------------------

#define DOT_VECTORS (SJ_DOT_LANES / LANES)

/// One block: SJ_DOT_LANES chains, then halves added to halves.
static T N(dot_block)(int64_t k, const T *a, const T *b) {
  N(vector) sum[DOT_VECTORS];
  UNROLL for (int v = 0; v < DOT_VECTORS; v++) sum[v] = (N(vector))(T)0;
  int64_t p = 0;
  for (; p + SJ_DOT_LANES <= k; p += SJ_DOT_LANES)
    UNROLL for (int v = 0; v < DOT_VECTORS; v++)
      sum[v] = FMA(*(const N(unaligned) *)(a + p + v * LANES),
                   *(const N(unaligned) *)(b + p + v * LANES), sum[v]);
  T lanes[SJ_DOT_LANES];
  memcpy(lanes, sum, sizeof lanes);
  for (int64_t i = 0; p < k; i++, p++) lanes[i] = SCALAR_FMA(a[p], b[p], lanes[i]);
  UNROLL for (int half = SJ_DOT_LANES / 2; half > 0; half /= 2)
    UNROLL for (int i = 0; i < half; i++) lanes[i] = (T)(lanes[i] + lanes[i + half]);
  return lanes[0];
}

static void N(dot_blocks)(int64_t k, const void *a, const void *b, void *sums) {
  for (int64_t p = 0; p < k; p += SJ_DOT_BLOCK)
    ((T *)sums)[p / SJ_DOT_BLOCK] =
      N(dot_block)(k - p < SJ_DOT_BLOCK ? k - p : SJ_DOT_BLOCK, (const T *)a + p, (const T *)b + p);
}

static void N(add)(int64_t n, const void *values, void *out) {
  const T *sums = values;
  T sum = sums[0];
  for (int64_t i = 1; i < n; i++) sum = (T)(sum + sums[i]);
  *(T *)out = sum;
}

static const sj_gemm_kernels N(kernels) = {
  .element_size = sizeof(T), .rows = MR, .columns = NR, .a_width = A_WIDTH,
  .pack_a = N(pack_a), .pack_b = N(pack_b), .tile = N(tile), .small = N(small),
  .gemv = N(gemv), .dot_blocks = N(dot_blocks), .add = N(add),
};

#undef NR
#undef ALWAYS
#undef UNROLL
#undef SHUFFLE
#undef STRIP
#undef GEMV_TILE
#undef GEMV_ROWS
#undef GEMV_SQUARES
#undef DOT_VECTORS
