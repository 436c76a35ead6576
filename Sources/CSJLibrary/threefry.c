// Threefry: counters of jax.random's two layouts, split into tasks.
#include <stddef.h>

#include "targets.h"

/// Evaluations of one task.
#define CHUNK (1 << 15)

static int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }

void sj_threefry2x32(uint32_t key0, uint32_t key1, int64_t n, const uint32_t *x0,
                     const uint32_t *x1, uint32_t *out0, uint32_t *out1) {
  sj_current_target()->threefry.one_key(key0, key1, n, x0, x1, out0, out1);
}

void sj_threefry2x32_keys(int64_t n, const uint32_t *key0, const uint32_t *key1,
                          const uint32_t *x0, const uint32_t *x1, uint32_t *out0, uint32_t *out1) {
  sj_current_target()->threefry.many_keys(n, key0, key1, x0, x1, out0, out1);
}

typedef struct generator {
  const sj_threefry_kernels *kernels;
  uint32_t key0, key1;
  uint64_t first;
  /// Evaluations in all, and the distance of a pair's counters in the original layout.
  int64_t count, half;
  /// One of the two is set.
  uint32_t *out32;
  uint64_t *out64;
} generator;

static void generate(generator *g, void (*task)(void *, int64_t), sj_parallel_for parallel,
                     void *context) {
  g->kernels = &sj_current_target()->threefry;
  int64_t tasks = (g->count + CHUNK - 1) / CHUNK;
  if (parallel && tasks > 1) {
    parallel(context, tasks, task, g);
  } else {
    for (int64_t i = 0; i < tasks; i++) task(g, i);
  }
}

/// Pairs (i, half + i), results likewise.
static void original_task(void *arg, int64_t i) {
  const generator *g = arg;
  int64_t first = i * CHUNK, half = g->half;
  g->kernels->counters(g->key0, g->key1, (uint32_t)first, (uint32_t)(half + first),
                       min(CHUNK, g->count - first), g->out32 + first, g->out32 + half + first);
}

void sj_threefry_bits_original(uint32_t key0, uint32_t key1, int64_t count, uint32_t *out,
                               sj_parallel_for parallel, void *context) {
  generator g = {.key0 = key0, .key1 = key1, .count = count / 2, .half = (count + 1) / 2,
                 .out32 = out};
  generate(&g, original_task, parallel, context);
  if (count % 2 == 0) return;
  // The last pair of an odd count: its second counter is the padding, its second result dropped.
  uint32_t last = (uint32_t)count / 2, padding = 0, dropped;
  sj_threefry2x32(key0, key1, 1, &last, &padding, &out[last], &dropped);
}

/// Indices whose high words may differ: runs of equal ones.
static void partitionable_task(void *arg, int64_t i) {
  const generator *g = arg;
  int64_t at = i * CHUNK, end = min(at + CHUNK, g->count);
  while (at < end) {
    uint64_t index = g->first + (uint64_t)at;
    uint32_t high = (uint32_t)(index >> 32), low = (uint32_t)index;
    int64_t run = min(end - at, (1ll << 32) - low);
    if (g->out32)
      g->kernels->bits32(g->key0, g->key1, high, low, run, g->out32 + at);
    else
      g->kernels->bits64(g->key0, g->key1, high, low, run, g->out64 + at);
    at += run;
  }
}

void sj_threefry_bits_partitionable(uint32_t key0, uint32_t key1, uint64_t first, int64_t count,
                                    uint32_t *out, sj_parallel_for parallel, void *context) {
  generator g = {.key0 = key0, .key1 = key1, .first = first, .count = count, .out32 = out};
  generate(&g, partitionable_task, parallel, context);
}

void sj_threefry_bits64_partitionable(uint32_t key0, uint32_t key1, uint64_t first, int64_t count,
                                      uint64_t *out, sj_parallel_for parallel, void *context) {
  generator g = {.key0 = key0, .key1 = key1, .first = first, .count = count, .out64 = out};
  generate(&g, partitionable_task, parallel, context);
}
