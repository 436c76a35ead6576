// A stable sort: a template, included for every element type with
//   E          the element
//   K          its unsigned key type
//   KEY(e)     the key of an element
//   SORT(name) name, suffixed by the element's kind
//
// Short arrays are merge sorted; long ones go through a least-significant-digit radix
// sort, which passes over digits that all keys share.

static void SORT(insertion)(E *a, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    E moved = a[i];
    int64_t j = i;
    for (; j > 0 && KEY(a[j - 1]) > KEY(moved); j--) a[j] = a[j - 1];
    a[j] = moved;
  }
}

static void SORT(merge)(const E *left, int64_t lefts, const E *right, int64_t rights, E *out) {
  const E *left_end = left + lefts, *right_end = right + rights;
  while (left < left_end && right < right_end) {
    bool take_right = KEY(*right) < KEY(*left);
    *out++ = take_right ? *right : *left;
    right += take_right;
    left += !take_right;
  }
  memcpy(out, left, (size_t)(left_end - left) * sizeof(E));
  memcpy(out + (left_end - left), right, (size_t)(right_end - right) * sizeof(E));
}

static E *SORT(merge_sort)(E *a, E *b, int64_t n) {
  for (int64_t i = 0; i < n; i += INSERTION)
    SORT(insertion)(a + i, n - i < INSERTION ? n - i : INSERTION);
  for (int64_t width = INSERTION; width < n; width *= 2) {
    for (int64_t i = 0; i < n; i += 2 * width) {
      int64_t left = n - i < width ? n - i : width;
      int64_t right = n - i - left < width ? n - i - left : width;
      SORT(merge)(a + i, left, a + i + left, right, b + i);
    }
    E *swap = a;
    a = b, b = swap;
  }
  return a;
}

static void SORT(count_digits)(const E *a, int64_t n, int32_t digits, uint32_t (*counts)[RADIX]) {
  memset(counts, 0, (size_t)digits * sizeof *counts);
  for (int64_t i = 0; i < n; i++) {
    K key = KEY(a[i]);
    for (int32_t d = 0; d < digits; d++) counts[d][key >> (d * RADIX_BITS) & (RADIX - 1)]++;
  }
}

static void SORT(scatter)(const E *a, int64_t n, int32_t shift, uint32_t *next, E *b) {
  for (int64_t i = 0; i < n; i++) b[next[KEY(a[i]) >> shift & (RADIX - 1)]++] = a[i];
}

/// Counts to the positions where each digit starts; false if all elements share one digit.
static bool SORT(starts)(uint32_t *counts, int64_t n) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < RADIX; i++) {
    uint32_t count = counts[i];
    if (count == n) return false;
    counts[i] = sum;
    sum += count;
  }
  return true;
}

static E *SORT(radix_sort)(E *a, E *b, int64_t n, int32_t bits) {
  int32_t digits = (bits + RADIX_BITS - 1) / RADIX_BITS;
  uint32_t counts[sizeof(K)][RADIX];
  SORT(count_digits)(a, n, digits, counts);
  for (int32_t d = 0; d < digits; d++) {
    if (!SORT(starts)(counts[d], n)) continue;
    SORT(scatter)(a, n, d * RADIX_BITS, counts[d], b);
    E *swap = a;
    a = b, b = swap;
  }
  return a;
}

/// Sorts by the low `bits` of the keys, above which they are zero. The result is a or b.
static E *SORT(sort)(E *a, E *b, int64_t n, int32_t bits) {
  return n < SHORT ? SORT(merge_sort)(a, b, n) : SORT(radix_sort)(a, b, n, bits);
}
