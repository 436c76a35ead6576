// A stable sort: a template, included for every element type with
//   E          the element
//   K          its unsigned key type
//   KEY(e)     the key of an element
//   SORT(name) name, suffixed by the element's kind
//
// Short arrays are merge sorted; long ones go through a least-significant-digit radix
// sort, which passes over digits that all keys share.

/// Sorts four elements by exchanges of neighbours, which keep equal ones in order.
static inline void SORT(four)(E *a) {
  E moved[4];
  memcpy(moved, a, sizeof moved);
  for (int32_t end = 3; end > 0; end--)
    for (int32_t i = 0; i < end; i++) {
      bool exchange = KEY(moved[i + 1]) < KEY(moved[i]);
      E low = exchange ? moved[i + 1] : moved[i], high = exchange ? moved[i] : moved[i + 1];
      moved[i] = low, moved[i + 1] = high;
    }
  memcpy(a, moved, sizeof moved);
}

/// Merges two runs of `n` elements each from both ends: n steps cannot leave either run.
static inline void SORT(merge_equal)(const E *left, int64_t n, E *out) {
  const E *right = left + n, *left_end = right - 1, *right_end = right + n - 1;
  E *out_end = out + 2 * n - 1;
  for (int64_t i = 0; i < n; i++) {
    bool take_right = KEY(*right) < KEY(*left);
    const E *from = take_right ? right : left;
    *out++ = *from;
    right += take_right, left += !take_right;
    bool take_left = KEY(*right_end) < KEY(*left_end);
    from = take_left ? left_end : right_end;
    *out_end-- = *from;
    left_end -= take_left, right_end -= !take_left;
  }
}

static void SORT(merge)(const E *left, int64_t lefts, const E *right, int64_t rights, E *out) {
  const E *left_end = left + lefts, *right_end = right + rights;
  while (left < left_end && right < right_end) {
    bool take_right = KEY(*right) < KEY(*left);
    const E *from = take_right ? right : left;
    *out++ = *from;
    right += take_right, left += !take_right;
  }
  memcpy(out, left, (size_t)(left_end - left) * sizeof(E));
  memcpy(out + (left_end - left), right, (size_t)(right_end - right) * sizeof(E));
}

static E *SORT(merge_sort)(E *a, E *b, int64_t n) {
  // Padding with the last of all keys; it comes after equal ones, and stays there.
  for (; n % 4 != 0; n++) memset(&a[n], 0xff, sizeof(E));
  for (int64_t i = 0; i < n; i += 4) SORT(four)(a + i);
  for (int64_t width = 4; width < n; width *= 2) {
    int64_t i = 0;
    for (; i + 2 * width <= n; i += 2 * width) SORT(merge_equal)(a + i, width, b + i);
    int64_t left = n - i < width ? n - i : width;
    SORT(merge)(a + i, left, a + i + left, n - i - left, b + i);
    E *swap = a;
    a = b, b = swap;
  }
  return a;
}

/// `digits` is a constant after inlining.
static inline __attribute__((always_inline)) void SORT(count)(const E *a, int64_t n,
                                                              int32_t digits,
                                                              uint32_t (*counts)[RADIX]) {
  memset(counts, 0, (size_t)digits * sizeof *counts);
  for (int64_t i = 0; i < n; i++) {
    K key = KEY(a[i]);
    for (int32_t d = 0; d < digits; d++) counts[d][key >> (d * RADIX_BITS) & (RADIX - 1)]++;
  }
}

static void SORT(count_digits)(const E *a, int64_t n, int32_t digits, uint32_t (*counts)[RADIX]) {
  switch (digits) {
    case 1: SORT(count)(a, n, 1, counts); break;
    case 2: SORT(count)(a, n, 2, counts); break;
    case 4: SORT(count)(a, n, 4, counts); break;
    default: SORT(count)(a, n, sizeof(K), counts); break;
  }
}

static void SORT(scatter)(const E *a, int64_t n, int32_t shift, uint32_t *next, E *b) {
  for (int64_t i = 0; i < n; i++) b[next[KEY(a[i]) >> shift & (RADIX - 1)]++] = a[i];
}

static E *SORT(radix_sort)(E *a, E *b, int64_t n, int32_t bits) {
  int32_t digits = (bits + RADIX_BITS - 1) / RADIX_BITS;
  uint32_t counts[sizeof(K)][RADIX];
  SORT(count_digits)(a, n, digits, counts);
  for (int32_t d = 0; d < digits; d++) {
    if (!starts_of_chunks(&counts[d], 1, n)) continue;
    SORT(scatter)(a, n, d * RADIX_BITS, counts[d], b);
    E *swap = a;
    a = b, b = swap;
  }
  return a;
}

// A long array in chunks: each chunk counts its digits and later scatters its elements, after
// those that earlier chunks have of the same digit.

typedef struct SORT(pass) {
  const E *a;
  E *b;
  int64_t n;
  int32_t shift;
  uint32_t (*counts)[RADIX];
} SORT(pass);

static void SORT(count_task)(void *arg, int64_t chunk) {
  const SORT(pass) *p = arg;
  uint32_t *counts = p->counts[chunk];
  memset(counts, 0, sizeof *p->counts);
  for (int64_t i = chunk * p->n / CHUNKS; i < (chunk + 1) * p->n / CHUNKS; i++)
    counts[KEY(p->a[i]) >> p->shift & (RADIX - 1)]++;
}

static void SORT(scatter_task)(void *arg, int64_t chunk) {
  const SORT(pass) *p = arg;
  int64_t first = chunk * p->n / CHUNKS, end = (chunk + 1) * p->n / CHUNKS;
  SORT(scatter)(p->a + first, end - first, p->shift, p->counts[chunk], p->b);
}

static E *SORT(parallel_sort)(E *a, E *b, int64_t n, int32_t bits, const splitter *split) {
  uint32_t counts[CHUNKS][RADIX];
  for (int32_t shift = 0; shift < bits; shift += RADIX_BITS) {
    SORT(pass) pass = {a, b, n, shift, counts};
    split->parallel(split->context, CHUNKS, SORT(count_task), &pass);
    if (!starts_of_chunks(counts, CHUNKS, n)) continue;
    split->parallel(split->context, CHUNKS, SORT(scatter_task), &pass);
    E *swap = a;
    a = b, b = swap;
  }
  return a;
}

/// Sorts by the low `bits` of the keys, above which they are zero. The result is a or b, which
/// have room for SORT_PADDING more elements. `split` may be NULL.
static E *SORT(sort)(E *a, E *b, int64_t n, int32_t bits, const splitter *split) {
  if (split) return SORT(parallel_sort)(a, b, n, bits, split);
  return n < SHORT * bits / 8 ? SORT(merge_sort)(a, b, n) : SORT(radix_sort)(a, b, n, bits);
}
