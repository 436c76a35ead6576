// Formulas in C: operations that remember the first failure, so that they nest,
//
//     array loss = mean(square(subtract(predicted, wanted)));
//
// and one question at the end: `return failure_of(...)`. Handles belong to a scope: the engine's in a
// callback, one of the program's own elsewhere. For programs of one thread.
#ifndef FORMULA_H
#define FORMULA_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "swiftjax.h"

typedef sj_array *array;

static sj_status *failure;

/// Runs a call unless an earlier one failed.
#define TRY(call) (failure ? (void)0 : (void)(failure = (call)))

/// The failure so far, or NULL, for a callback to return.
static inline sj_status *failed(void) {
  sj_status *status = failure;
  failure = NULL;
  return status;
}

/// Ends the program if anything failed.
static inline void expect_success(void) {
  if (!failure) return;
  fprintf(stderr, "error: %s\n", sj_status_message(failure).data);
  exit(1);
}

static inline array apply1(sj_status *(*operation)(const sj_array *, sj_array **), array x) {
  array result = NULL;
  TRY(operation(x, &result));
  return result;
}

static inline array apply2(sj_status *(*operation)(const sj_array *, const sj_array *, sj_array **), array x, array y) {
  array result = NULL;
  TRY(operation(x, y, &result));
  return result;
}

#define add(x, y) apply2(sj_add, x, y)
#define subtract(x, y) apply2(sj_subtract, x, y)
#define multiply(x, y) apply2(sj_multiply, x, y)
#define divide(x, y) apply2(sj_divide, x, y)
#define power(x, y) apply2(sj_power, x, y)
#define dot(x, y) apply2(sj_dot, x, y)
#define negative(x) apply1(sj_negative, x)
#define square(x) apply1(sj_square, x)
#define root(x) apply1(sj_sqrt, x)

/// A number, which takes the dtype of what it meets.
static inline array number(double value) {
  array result = NULL;
  TRY(sj_scalar_f64(value, &result));
  return result;
}

static inline array integer(int64_t value) {
  array result = NULL;
  TRY(sj_scalar_i64(value, &result));
  return result;
}

static inline array transposed(array x) {
  array result = NULL;
  TRY(sj_transpose(x, NULL, 0, &result));
  return result;
}

static inline array reshaped(array x, int64_t rows, int64_t columns) {
  int64_t shape[] = {rows, columns};
  array result = NULL;
  TRY(sj_reshape(x, shape, 2, &result));
  return result;
}

/// The sum over all axes.
static inline array sum(array x) {
  array result = NULL;
  TRY(sj_sum(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &result));
  return result;
}

static inline array mean(array x) {
  array result = NULL;
  TRY(sj_mean(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, &result));
  return result;
}

static inline array normal(array key, int64_t rank, const int64_t *shape) {
  array result = NULL;
  TRY(sj_random_normal(key, shape, rank, SJ_DTYPE_NONE, &result));
  return result;
}

/// Rows from `start` up to `stop`, not included.
static inline array rows(array x, int64_t start, int64_t stop) {
  int64_t sizes[8] = {0}, starts[8] = {0}, rank = 0;
  array result = NULL;
  TRY(sj_shape(x, sizes, 8, &rank));
  starts[0] = start;
  sizes[0] = stop;
  TRY(sj_slice(x, starts, rank, sizes, rank, NULL, 0, &result));
  return result;
}

/// One row, without its axis.
static inline array row(array x, int64_t index) {
  int64_t first = 0;
  array result = NULL;
  TRY(sj_squeeze(rows(x, index, index + 1), &first, 1, &result));
  return result;
}

/// `count` keys, one in a row.
static inline array split(array key, int64_t count) {
  array result = NULL;
  TRY(sj_random_split(key, &count, 1, &result));
  return result;
}

static inline double value(array x) {
  double result = NAN;
  TRY(sj_item_f64(x, &result));
  expect_success();
  return result;
}

static inline array argument(const sj_list *arguments, int64_t index) {
  array result = NULL;
  TRY(sj_list_get(arguments, index, &result));
  return result;
}

/// Gives the results of a callback.
static inline sj_status *results_are(sj_list **results, array *values, int64_t count) {
  TRY(sj_list_create(values, count, results));
  return failed();
}

static inline sj_function *function(const char *name, sj_function_call call) {
  sj_function *result = NULL;
  TRY(sj_function_create(sj_text(name), call, NULL, NULL, SJ_FUNCTION_DEFAULT, &result));
  return result;
}

/// Calls a function of leaves.
static inline void call(const sj_function *f, array *arguments, int64_t count, array *results, int64_t result_count) {
  TRY(sj_call_flat(f, arguments, count, results, result_count));
}

static inline double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
