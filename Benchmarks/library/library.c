// Speed of the library calls, on one thread unless it says otherwise; numpy_library.py
// beside this file measures NumPy's counterparts. From the root of the repository:
//
//     clang -O2 -ISources/CSJLibrary/include Benchmarks/library/library.c
//         Sources/CSJLibrary/*.c -lm -lpthread -o library && ./library
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sj_library.h"

#define WORDS 1000000

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/// The best of ten measurements of `statement` repeated, in seconds each.
#define BEST(repetitions, statement)                                \
  ({                                                                \
    double best = 1e9;                                              \
    for (int round = 0; round < 10; round++) {                      \
      double start = now();                                         \
      for (int64_t i = 0; i < (repetitions); i++) { statement; }    \
      double each = (now() - start) / (double)(repetitions);        \
      best = each < best ? each : best;                             \
    }                                                               \
    best;                                                           \
  })

static void products(int32_t type, const char *name, sj_parallel_for parallel) {
  for (int64_t n = 8; n <= 1024; n *= 2) {
    int64_t bytes = 3 * n * n * (int64_t)sizeof(double);
    double *a = memset(sj_memory_allocate(bytes), 0, (size_t)bytes), *b = a + n * n, *c = b + n * n;
    sj_matmul p = {.type = type, .out_type = type, .m = n, .n = n, .k = n, .a = a, .a_row = n,
                   .a_column = 1, .b = b, .b_row = n, .b_column = 1, .c = c, .c_row = n, .batch = 1};
    double flops = 2.0 * (double)(n * n * n);
    double time = BEST(1 + (int64_t)(1e7 / flops), sj_gemm(&p, parallel, NULL));
    printf("gemm %s %4ld: %10.0f ns %7.1f GFLOP/s\n", name, (long)n, time * 1e9, flops / time / 1e9);
    sj_memory_release(a, bytes);
  }
}

static void vectors(int64_t n) {
  float *a = calloc(n * n, sizeof(float)), *x = calloc(2 * n, sizeof(float)), *y = x + n;
  sj_matmul column = {.type = SJ_ELEMENT_F32, .out_type = SJ_ELEMENT_F32, .m = n, .n = 1, .k = n,
                      .a = a, .a_row = n, .a_column = 1, .b = x, .b_row = 1, .b_column = 1, .c = y,
                      .c_row = 1, .batch = 1};
  sj_matmul row = {.type = SJ_ELEMENT_F32, .out_type = SJ_ELEMENT_F32, .m = 1, .n = n, .k = n,
                   .a = x, .a_row = n, .a_column = 1, .b = a, .b_row = n, .b_column = 1, .c = y,
                   .c_row = n, .batch = 1};
  double bytes = 4.0 * (double)(n * n);
  int64_t repetitions = 1 + 4000000 / (n * n);
  printf("gemv f32 %ld: matrix x vector %.1f GB/s, vector x matrix %.1f GB/s\n", (long)n,
         bytes / BEST(repetitions, sj_gemm(&column, NULL, NULL)) / 1e9,
         bytes / BEST(repetitions, sj_gemm(&row, NULL, NULL)) / 1e9);
  free(a), free(x);
}

static void sorts(const char *name, int32_t type, int32_t count, int64_t rows) {
  double *keys = malloc(4 * WORDS * sizeof(double)), *sorted = keys + WORDS;
  int32_t *places = (int32_t *)(sorted + WORDS), *order = places + WORDS;
  for (int64_t i = 0; i < WORDS; i++) {
    double key = drand48() + drand48() - 1;
    if (type == SJ_ELEMENT_F64) keys[i] = key;
    else ((float *)keys)[i] = (float)key;
    places[i] = (int32_t)i;
  }
  sj_sort_operand operands[2] = {{type, keys, sorted}, {SJ_ELEMENT_I32, places, order}};
  printf("sort %s: %.2f ms\n", name,
         1e3 * BEST(1, sj_sort_rows(rows, WORDS / rows, count, 1, operands, NULL, NULL)));
  free(keys);
}

int main(void) {
  printf("%s, %d threads\n", sj_library_target(), sj_pool_threads());
  products(SJ_ELEMENT_F32, "f32", NULL);
  products(SJ_ELEMENT_F64, "f64", NULL);
  products(SJ_ELEMENT_F32, "f32 on all threads", sj_pool_parallel_for);
  vectors(256), vectors(2048);
  sorts("1e6 f32", SJ_ELEMENT_F32, 1, 1);
  sorts("1e6 f64", SJ_ELEMENT_F64, 1, 1);
  sorts("1e6 f32 + iota", SJ_ELEMENT_F32, 2, 1);
  sorts("10000 x 100 f32", SJ_ELEMENT_F32, 1, 10000);
  uint32_t *words = malloc(16 * WORDS * sizeof *words);
  double bytes = 16.0 * WORDS * sizeof *words;
  printf("threefry original %.2f GB/s, partitionable %.2f GB/s\n",
         bytes / BEST(1, sj_threefry_bits_original(1, 2, 16 * WORDS, words, NULL, NULL)) / 1e9,
         bytes / BEST(1, sj_threefry_bits_partitionable(1, 2, 0, 16 * WORDS, words, NULL, NULL)) / 1e9);
  printf("allocate + release: 1000 B %.1f ns, 4 MB %.1f ns\n",
         1e9 * BEST(WORDS, sj_memory_release(sj_memory_allocate(1000), 1000)),
         1e9 * BEST(WORDS, sj_memory_release(sj_memory_allocate(4 << 20), 4 << 20)));
  free(words);
}
