// Sorting: keys become unsigned integers of the same order, which are sorted together with
// what identifies their element.
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "sj_library.h"

/// From SHORT elements for every byte of the key, radix sort is faster than merge sort.
#define SHORT 100
/// Elements that the sort may append.
#define SORT_PADDING 4
#define RADIX_BITS 8
#define RADIX (1 << RADIX_BITS)
/// Elements worth a task of their own.
#define TASK_LENGTH (1 << 15)

/// A lane of PARALLEL_LENGTH elements is sorted by several threads, in CHUNKS.
#define PARALLEL_LENGTH (1 << 18)
#define CHUNKS 16

/// How to run tasks.
typedef struct splitter {
  sj_parallel_for parallel;
  void *context;
} splitter;

/// Turns the counts of every chunk's digits into the positions where they go: digit by digit, and
/// chunk by chunk within a digit. False if all n elements share one digit.
static bool starts_of_chunks(uint32_t (*counts)[RADIX], int32_t chunks, int64_t n) {
  uint32_t sum = 0;
  for (int32_t digit = 0; digit < RADIX; digit++) {
    uint32_t before = sum;
    for (int32_t chunk = 0; chunk < chunks; chunk++) {
      uint32_t count = counts[chunk][digit];
      counts[chunk][digit] = sum;
      sum += count;
    }
    if (sum - before == n) return false;
  }
  return true;
}

// A key alone; a key of 32 bits over a word; a key of 64 bits and a value.
typedef struct pair {
  uint64_t key, value;
} pair;

#define E uint32_t
#define K uint32_t
#define KEY(e) (e)
#define SORT(name) name##_words
#include "stable_sort.h"
#undef E
#undef K
#undef SORT

#define E uint64_t
#define K uint64_t
#define SORT(name) name##_longs
#include "stable_sort.h"
#undef K
#undef KEY
#undef SORT

#define K uint32_t
#define KEY(e) ((uint32_t)((e) >> 32))
#define SORT(name) name##_tagged
#include "stable_sort.h"
#undef E
#undef K
#undef KEY
#undef SORT

#define E pair
#define K uint64_t
#define KEY(e) ((e).key)
#define SORT(name) name##_pairs
#include "stable_sort.h"
#undef E
#undef K
#undef KEY
#undef SORT

static const int8_t element_size[SJ_ELEMENT_COUNT] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};

// --- Keys as unsigned integers -----------------------------------------------------

/// A column of keys: `bits` wide, every `step`th element of `data`.
typedef struct key_column {
  int32_t type, bits;
  const char *data;
  int64_t step;
} key_column;

// out[i] orders as data[i * step]. Floats: both zeros become one number, all NaNs another,
// the greatest; else the bits of negative numbers are inverted, those of others get the sign.
#define ORDINALS(U, expression)                                                                \
  for (int64_t i = 0; i < n; i++) {                                                            \
    U x = ((const U *)key->data)[i * key->step];                                               \
    out[i] = (U)(expression);                                                                  \
  }
#define SIGN(U) ((U)1 << (8 * sizeof(U) - 1))
#define MAGNITUDE(U) (x & (U)~SIGN(U))
#define FLOAT_ORDINAL(U, infinity)                                                             \
  MAGNITUDE(U) == 0 ? SIGN(U)                                                                  \
  : MAGNITUDE(U) > (infinity) ? (U)~(U)0                                                       \
  : x & SIGN(U) ? ~x : x ^ SIGN(U)

static void narrow_ordinals(int64_t n, const key_column *key, uint32_t *out) {
  switch (key->type) {
    case SJ_ELEMENT_BOOL: case SJ_ELEMENT_U8: ORDINALS(uint8_t, x) break;
    case SJ_ELEMENT_I8: ORDINALS(uint8_t, x ^ SIGN(uint8_t)) break;
    case SJ_ELEMENT_U16: ORDINALS(uint16_t, x) break;
    case SJ_ELEMENT_I16: ORDINALS(uint16_t, x ^ SIGN(uint16_t)) break;
    case SJ_ELEMENT_F16: ORDINALS(uint16_t, FLOAT_ORDINAL(uint16_t, 0x7c00)) break;
    case SJ_ELEMENT_BF16: ORDINALS(uint16_t, FLOAT_ORDINAL(uint16_t, 0x7f80)) break;
    case SJ_ELEMENT_U32: ORDINALS(uint32_t, x) break;
    case SJ_ELEMENT_I32: ORDINALS(uint32_t, x ^ SIGN(uint32_t)) break;
    default: ORDINALS(uint32_t, FLOAT_ORDINAL(uint32_t, 0x7f800000)) break;
  }
}

static void wide_ordinals(int64_t n, const key_column *key, uint64_t *out) {
  switch (key->type) {
    case SJ_ELEMENT_U64: ORDINALS(uint64_t, x) break;
    case SJ_ELEMENT_I64: ORDINALS(uint64_t, x ^ SIGN(uint64_t)) break;
    default: ORDINALS(uint64_t, FLOAT_ORDINAL(uint64_t, 0x7ff0000000000000)) break;
  }
}

// The inverse, for columns without -0 and NaN.
#define KEYS(U, expression)                                                                    \
  for (int64_t i = 0; i < n; i++) {                                                            \
    U x = (U)ordinals[i];                                                                      \
    ((U *)out)[i] = (U)(expression);                                                           \
  }
#define FLOAT_KEY(U) x & SIGN(U) ? x ^ SIGN(U) : ~x

static void narrow_keys(int32_t type, int64_t n, const uint32_t *ordinals, void *out) {
  switch (type) {
    case SJ_ELEMENT_BOOL: case SJ_ELEMENT_U8: KEYS(uint8_t, x) break;
    case SJ_ELEMENT_I8: KEYS(uint8_t, x ^ SIGN(uint8_t)) break;
    case SJ_ELEMENT_U16: KEYS(uint16_t, x) break;
    case SJ_ELEMENT_I16: KEYS(uint16_t, x ^ SIGN(uint16_t)) break;
    case SJ_ELEMENT_F16: case SJ_ELEMENT_BF16: KEYS(uint16_t, FLOAT_KEY(uint16_t)) break;
    case SJ_ELEMENT_U32: KEYS(uint32_t, x) break;
    case SJ_ELEMENT_I32: KEYS(uint32_t, x ^ SIGN(uint32_t)) break;
    default: KEYS(uint32_t, FLOAT_KEY(uint32_t)) break;
  }
}

static void wide_keys(int32_t type, int64_t n, const uint64_t *ordinals, void *out) {
  switch (type) {
    case SJ_ELEMENT_U64: KEYS(uint64_t, x) break;
    case SJ_ELEMENT_I64: KEYS(uint64_t, x ^ SIGN(uint64_t)) break;
    default: KEYS(uint64_t, FLOAT_KEY(uint64_t)) break;
  }
}

#define ANY_SPECIAL(U, infinity)                                                               \
  {                                                                                            \
    U any = 0;                                                                                 \
    for (int64_t i = 0; i < n; i++) {                                                          \
      U x = ((const U *)key->data)[i];                                                         \
      any |= (U)(x == SIGN(U)) | (U)(MAGNITUDE(U) > (infinity));                               \
    }                                                                                          \
    return any != 0;                                                                           \
  }

/// Whether ordinals do not determine the keys: there is a -0 or a NaN.
static bool has_specials(int64_t n, const key_column *key) {
  switch (key->type) {
    case SJ_ELEMENT_F16: ANY_SPECIAL(uint16_t, 0x7c00)
    case SJ_ELEMENT_BF16: ANY_SPECIAL(uint16_t, 0x7f80)
    case SJ_ELEMENT_F32: ANY_SPECIAL(uint32_t, 0x7f800000)
    case SJ_ELEMENT_F64: ANY_SPECIAL(uint64_t, 0x7ff0000000000000)
    default: return false;
  }
}

// --- One lane ----------------------------------------------------------------------

/// A call, and one task's working memory.
typedef struct sorter {
  int64_t rows, length, group;
  int32_t count, num_keys;
  const sj_sort_operand *operands;
  /// Whether a key has 64 bits.
  bool wide;
  int64_t bytes;
  /// For long lanes; else NULL.
  const splitter *split;
  atomic_int *status;
} sorter;

typedef struct workspace {
  /// Two arrays of elements, one of ordinals, a permutation, one operand.
  void *a, *b, *ordinals;
  uint32_t *permutation;
  void *moved;
} workspace;

static int32_t bits_of(int32_t type) { return element_size[type] * 8; }

static bool is_complex(int32_t type) { return type == SJ_ELEMENT_C64 || type == SJ_ELEMENT_C128; }

static const char *input(const sorter *s, int32_t i, int64_t row) {
  const sj_sort_operand *o = &s->operands[i];
  return (const char *)o->input + row * s->length * element_size[o->type];
}

static char *output(const sorter *s, int32_t i, int64_t row) {
  const sj_sort_operand *o = &s->operands[i];
  return (char *)o->output + row * s->length * element_size[o->type];
}

static key_column column(const sorter *s, int32_t i, int64_t row) {
  int32_t type = s->operands[i].type;
  return (key_column){type, bits_of(type), input(s, i, row), 1};
}

static void sort_keys(const sorter *s, const workspace *w, int64_t row) {
  key_column key = column(s, 0, row);
  if (key.bits <= 32) {
    narrow_ordinals(s->length, &key, w->a);
    const uint32_t *sorted = sort_words(w->a, w->b, s->length, key.bits, s->split);
    narrow_keys(key.type, s->length, sorted, output(s, 0, row));
  } else {
    wide_ordinals(s->length, &key, w->a);
    const uint64_t *sorted = sort_longs(w->a, w->b, s->length, 64, s->split);
    wide_keys(key.type, s->length, sorted, output(s, 0, row));
  }
}

// Payloads of 1, 2, 4 or 8 bytes, to and from 64 bits.
#define FOR_SIZE(size, ...)                                                                    \
  switch (size) {                                                                              \
    case 1: { typedef uint8_t U; __VA_ARGS__ } break;                                          \
    case 2: { typedef uint16_t U; __VA_ARGS__ } break;                                         \
    case 4: { typedef uint32_t U; __VA_ARGS__ } break;                                         \
    default: { typedef uint64_t U; __VA_ARGS__ } break;                                        \
  }

/// Sorts keys of at most 32 bits with a payload of at most 32. The payload may be the key itself,
/// where ordinals do not determine it.
static void sort_tagged_payload(const sorter *s, const workspace *w, int64_t row, int32_t payload) {
  key_column key = column(s, 0, row);
  int64_t n = s->length;
  uint32_t *ordinals = w->ordinals;
  uint64_t *a = w->a;
  const char *in = input(s, payload, row);
  char *out = output(s, payload, row);
  int32_t size = element_size[s->operands[payload].type];
  narrow_ordinals(n, &key, ordinals);
  FOR_SIZE(size, for (int64_t i = 0; i < n; i++)
                   a[i] = (uint64_t)ordinals[i] << 32 | (uint32_t)((const U *)in)[i];)
  const uint64_t *sorted = sort_tagged(a, w->b, n, key.bits, s->split);
  FOR_SIZE(size, for (int64_t i = 0; i < n; i++) ((U *)out)[i] = (U)sorted[i];)
  if (payload == 0) return;
  for (int64_t i = 0; i < n; i++) ordinals[i] = (uint32_t)(sorted[i] >> 32);
  narrow_keys(key.type, n, ordinals, output(s, 0, row));
}

/// The same for keys of 64 bits and payloads of at most 64.
static void sort_paired_payload(const sorter *s, const workspace *w, int64_t row, int32_t payload) {
  key_column key = column(s, 0, row);
  int64_t n = s->length;
  uint64_t *ordinals = w->ordinals;
  pair *a = w->a;
  const char *in = input(s, payload, row);
  char *out = output(s, payload, row);
  int32_t size = element_size[s->operands[payload].type];
  wide_ordinals(n, &key, ordinals);
  FOR_SIZE(size, for (int64_t i = 0; i < n; i++)
                   a[i] = (pair){ordinals[i], ((const U *)in)[i]};)
  const pair *sorted = sort_pairs(a, w->b, n, 64, s->split);
  FOR_SIZE(size, for (int64_t i = 0; i < n; i++) ((U *)out)[i] = (U)sorted[i].value;)
  if (payload == 0) return;
  for (int64_t i = 0; i < n; i++) ordinals[i] = sorted[i].key;
  wide_keys(key.type, n, ordinals, output(s, 0, row));
}

static void sort_payload(const sorter *s, const workspace *w, int64_t row, int32_t payload) {
  if (s->wide) sort_paired_payload(s, w, row, payload);
  else sort_tagged_payload(s, w, row, payload);
}

/// Reorders the permutation stably by one key.
static void permute_by(const sorter *s, const workspace *w, const key_column *key) {
  int64_t n = s->length;
  uint32_t *permutation = w->permutation;
  if (key->bits <= 32) {
    const uint32_t *ordinals = w->ordinals;
    uint64_t *a = w->a;
    narrow_ordinals(n, key, w->ordinals);
    for (int64_t i = 0; i < n; i++)
      a[i] = (uint64_t)ordinals[permutation[i]] << 32 | permutation[i];
    const uint64_t *sorted = sort_tagged(a, w->b, n, key->bits, s->split);
    for (int64_t i = 0; i < n; i++) permutation[i] = (uint32_t)sorted[i];
  } else {
    const uint64_t *ordinals = w->ordinals;
    pair *a = w->a;
    wide_ordinals(n, key, w->ordinals);
    for (int64_t i = 0; i < n; i++) a[i] = (pair){ordinals[permutation[i]], permutation[i]};
    const pair *sorted = sort_pairs(a, w->b, n, 64, s->split);
    for (int64_t i = 0; i < n; i++) permutation[i] = (uint32_t)sorted[i].value;
  }
}

/// The imaginary part, then the real part, which decides.
static void permute_by_complex(const sorter *s, const workspace *w, const key_column *key) {
  bool wide = key->type == SJ_ELEMENT_C128;
  for (int32_t part = 1; part >= 0; part--) {
    key_column half = {wide ? SJ_ELEMENT_F64 : SJ_ELEMENT_F32, wide ? 64 : 32,
                       key->data + part * (wide ? 8 : 4), 2};
    permute_by(s, w, &half);
  }
}

static void gather(int64_t n, int32_t size, const void *in, const uint32_t *permutation,
                   void *out) {
  if (size == 16) {
    for (int64_t i = 0; i < n; i++) ((pair *)out)[i] = ((const pair *)in)[permutation[i]];
  } else {
    FOR_SIZE(size, for (int64_t i = 0; i < n; i++) ((U *)out)[i] = ((const U *)in)[permutation[i]];)
  }
}

/// Any number of keys and operands: keys sort a permutation, the last key first.
static void sort_permutation(const sorter *s, const workspace *w, int64_t row) {
  int64_t n = s->length;
  for (int64_t i = 0; i < n; i++) w->permutation[i] = (uint32_t)i;
  for (int32_t k = s->num_keys - 1; k >= 0; k--) {
    key_column key = column(s, k, row);
    (is_complex(key.type) ? permute_by_complex : permute_by)(s, w, &key);
  }
  for (int32_t i = 0; i < s->count; i++) {
    const char *in = input(s, i, row);
    int32_t size = element_size[s->operands[i].type];
    if (in == output(s, i, row)) in = memcpy(w->moved, in, (size_t)(n * size));
    gather(n, size, in, w->permutation, output(s, i, row));
  }
}

static void sort_lane(const sorter *s, const workspace *w, int64_t row) {
  key_column key = column(s, 0, row);
  bool simple = s->num_keys == 1 && s->count <= 2 && !is_complex(key.type);
  if (simple && s->count == 1) {
    if (has_specials(s->length, &key)) sort_payload(s, w, row, 0);
    else sort_keys(s, w, row);
  } else if (simple && element_size[s->operands[1].type] <= (s->wide ? 8 : 4) &&
             !has_specials(s->length, &key)) {
    sort_payload(s, w, row, 1);
  } else {
    sort_permutation(s, w, row);
  }
}

// --- All lanes ---------------------------------------------------------------------

static void sort_task(void *arg, int64_t i) {
  const sorter *s = arg;
  char *memory = sj_memory_allocate(s->bytes);
  if (!memory) {
    atomic_store(s->status, SJ_OUT_OF_MEMORY);
    return;
  }
  int64_t n = s->length + SORT_PADDING, element = s->wide ? sizeof(pair) : sizeof(uint64_t);
  workspace w = {.moved = memory};
  w.a = memory + n * sizeof(pair);
  w.b = (char *)w.a + n * element;
  w.ordinals = (char *)w.b + n * element;
  w.permutation = (uint32_t *)((char *)w.ordinals + n * (int64_t)sizeof(uint64_t));
  int64_t end = (i + 1) * s->group < s->rows ? (i + 1) * s->group : s->rows;
  for (int64_t row = i * s->group; row < end; row++) sort_lane(s, &w, row);
  sj_memory_release(memory, s->bytes);
}

int32_t sj_sort_rows(int64_t rows, int64_t length, int32_t count, int32_t num_keys,
                     const sj_sort_operand *operands, sj_parallel_for parallel, void *context) {
  atomic_int status = SJ_OK;
  sorter s = {.rows = rows, .length = length, .count = count, .num_keys = num_keys,
              .operands = operands, .status = &status};
  if (num_keys < 1 || num_keys > count || length >= UINT32_MAX) return SJ_UNSUPPORTED;
  for (int32_t i = 0; i < count; i++) {
    int32_t type = operands[i].type;
    if (type < 0 || type >= SJ_ELEMENT_COUNT) return SJ_UNSUPPORTED;
    if (i < num_keys && bits_of(type) >= 64 && type != SJ_ELEMENT_C64) s.wide = true;
  }
  if (rows <= 0 || length <= 0) return SJ_OK;
  int64_t element = (s.wide ? 3 : 2) * sizeof(pair) + sizeof(uint64_t) + sizeof(uint32_t);
  s.bytes = (length + SORT_PADDING) * element;
  s.group = (TASK_LENGTH + length - 1) / length;
  int64_t tasks = (rows + s.group - 1) / s.group;
  splitter split = {parallel, context};
  if (parallel && length >= PARALLEL_LENGTH) s.split = &split;
  if (parallel && tasks > 1 && !s.split) {
    parallel(context, tasks, sort_task, &s);
  } else {
    for (int64_t i = 0; i < tasks; i++) sort_task(&s, i);
  }
  return atomic_load(&status);
}
