// Threefry-2x32 kernels: a template, included for every instruction set with
// WORDS lanes of 32 bits in a register and the suffix NAME(x).

typedef uint32_t NAME(words) __attribute__((ext_vector_type(WORDS)));
typedef uint32_t NAME(loose_words) __attribute__((ext_vector_type(WORDS), aligned(4), may_alias));
typedef uint64_t NAME(longs) __attribute__((ext_vector_type(WORDS)));
typedef uint64_t NAME(loose_longs) __attribute__((ext_vector_type(WORDS), aligned(8), may_alias));

/// Blocks of one call to the rounds: independent chains hide the latency of each.
#define CHAINS 2
#define UNROLL _Pragma("clang loop unroll(full)")
#define FOR_CHAINS UNROLL for (int c = 0; c < CHAINS; c++)

static inline __attribute__((always_inline)) void NAME(rounds)(const NAME(words) *k0,
                                                               const NAME(words) *k1,
                                                               NAME(words) *x0, NAME(words) *x1) {
  static const int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  NAME(words) keys[3][CHAINS];
  // 0x1BD11BDA is the parity constant of Skein's key schedule.
  FOR_CHAINS keys[0][c] = k0[c], keys[1][c] = k1[c], keys[2][c] = k0[c] ^ k1[c] ^ 0x1BD11BDAu;
  FOR_CHAINS x0[c] += keys[0][c], x1[c] += keys[1][c];
  UNROLL for (int group = 0; group < 5; group++) {
    UNROLL for (int i = 0; i < 4; i++) {
      const int r = rotations[group % 2][i];
      FOR_CHAINS {
        x0[c] += x1[c];
        x1[c] = (x1[c] << (uint32_t)r | x1[c] >> (uint32_t)(32 - r)) ^ x0[c];
      }
    }
    FOR_CHAINS x0[c] += keys[(group + 1) % 3][c];
    FOR_CHAINS x1[c] += keys[(group + 2) % 3][c] + (uint32_t)(group + 1);
  }
}

static inline __attribute__((always_inline)) NAME(words) NAME(iota)(void) {
  NAME(words) result;
  UNROLL for (int i = 0; i < WORDS; i++) result[i] = (uint32_t)i;
  return result;
}

#define STEP (CHAINS * WORDS)
#define READ(p) (*(const NAME(loose_words) *)(p))
#define WRITE(p) (*(NAME(loose_words) *)(p))


static void NAME(threefry_many_keys)(int64_t n, const uint32_t *key0, const uint32_t *key1,
                                     const uint32_t *in_x0, const uint32_t *in_x1,
                                     uint32_t *out0, uint32_t *out1) {
  int64_t i = 0;
  for (; i + STEP <= n; i += STEP) {
    NAME(words) k0[CHAINS], k1[CHAINS], x0[CHAINS], x1[CHAINS];
    FOR_CHAINS k0[c] = READ(key0 + i + c * WORDS), k1[c] = READ(key1 + i + c * WORDS);
    FOR_CHAINS x0[c] = READ(in_x0 + i + c * WORDS), x1[c] = READ(in_x1 + i + c * WORDS);
    NAME(rounds)(k0, k1, x0, x1);
    FOR_CHAINS WRITE(out0 + i + c * WORDS) = x0[c], WRITE(out1 + i + c * WORDS) = x1[c];
  }
  if (i == n) return;
  uint32_t padded[4][STEP] = {{0}};
  size_t bytes = (size_t)(n - i) * sizeof(uint32_t);
  memcpy(padded[0], key0 + i, bytes);
  memcpy(padded[1], key1 + i, bytes);
  memcpy(padded[2], in_x0 + i, bytes);
  memcpy(padded[3], in_x1 + i, bytes);
  NAME(threefry_many_keys)(STEP, padded[0], padded[1], padded[2], padded[3], padded[2], padded[3]);
  memcpy(out0 + i, padded[2], bytes);
  memcpy(out1 + i, padded[3], bytes);
}

static void NAME(threefry_one_key)(uint32_t key0, uint32_t key1, int64_t n, const uint32_t *in_x0,
                                   const uint32_t *in_x1, uint32_t *out0, uint32_t *out1) {
  NAME(words) k0[CHAINS], k1[CHAINS], x0[CHAINS], x1[CHAINS];
  FOR_CHAINS k0[c] = (NAME(words))key0, k1[c] = (NAME(words))key1;
  int64_t i = 0;
  for (; i + STEP <= n; i += STEP) {
    FOR_CHAINS x0[c] = READ(in_x0 + i + c * WORDS), x1[c] = READ(in_x1 + i + c * WORDS);
    NAME(rounds)(k0, k1, x0, x1);
    FOR_CHAINS WRITE(out0 + i + c * WORDS) = x0[c], WRITE(out1 + i + c * WORDS) = x1[c];
  }
  if (i == n) return;
  uint32_t padded[2][STEP] = {{0}};
  size_t bytes = (size_t)(n - i) * sizeof(uint32_t);
  memcpy(padded[0], in_x0 + i, bytes);
  memcpy(padded[1], in_x1 + i, bytes);
  NAME(threefry_one_key)(key0, key1, STEP, padded[0], padded[1], padded[0], padded[1]);
  memcpy(out0 + i, padded[0], bytes);
  memcpy(out1 + i, padded[1], bytes);
}

/// Runs `emit` for every step of counters (first0 + step0 * i, first1 + i), with the step's
/// results in x0 and x1 and its number of elements in `count`.
#define FOR_COUNTERS(first0, step0, first1, emit)                                              \
  NAME(words) k0[CHAINS], k1[CHAINS], x0[CHAINS], x1[CHAINS], iota = NAME(iota)();             \
  FOR_CHAINS k0[c] = (NAME(words))key0, k1[c] = (NAME(words))key1;                             \
  for (int64_t i = 0; i < n; i += STEP) {                                                      \
    size_t count = n - i < STEP ? (size_t)(n - i) : STEP;                                      \
    FOR_CHAINS {                                                                               \
      NAME(words) index = iota + (uint32_t)(i + c * WORDS);                                    \
      x0[c] = index * (uint32_t)(step0) + (first0);                                            \
      x1[c] = index + (first1);                                                                \
    }                                                                                          \
    NAME(rounds)(k0, k1, x0, x1);                                                              \
    emit                                                                                       \
  }

static void NAME(threefry_counters)(uint32_t key0, uint32_t key1, uint32_t first0, uint32_t first1,
                                    int64_t n, uint32_t *out0, uint32_t *out1) {
  FOR_COUNTERS(first0, 1, first1, {
    memcpy(out0 + i, x0, count * sizeof(uint32_t));
    memcpy(out1 + i, x1, count * sizeof(uint32_t));
  })
}

static void NAME(threefry_bits32)(uint32_t key0, uint32_t key1, uint32_t high, uint32_t low,
                                  int64_t n, uint32_t *out) {
  FOR_COUNTERS(high, 0, low, {
    FOR_CHAINS x0[c] ^= x1[c];
    memcpy(out + i, x0, count * sizeof(uint32_t));
  })
}

static void NAME(threefry_bits64)(uint32_t key0, uint32_t key1, uint32_t high, uint32_t low,
                                  int64_t n, uint64_t *out) {
  FOR_COUNTERS(high, 0, low, {
    uint64_t words[STEP];
    FOR_CHAINS {
      NAME(longs) both = __builtin_convertvector(x0[c], NAME(longs)) << 32 |
                         __builtin_convertvector(x1[c], NAME(longs));
      *(NAME(loose_longs) *)(words + c * WORDS) = both;
    }
    memcpy(out + i, words, count * sizeof(uint64_t));
  })
}

#undef CHAINS
#undef UNROLL
#undef FOR_CHAINS
#undef STEP
#undef READ
#undef WRITE
#undef FOR_COUNTERS
