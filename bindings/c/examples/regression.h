// The data of the linear regression: W ∈ R^{5×10} and b ∈ R^5 random, 20 samples x ∈ R^10, y = W x + b + 0.1 noise.
#ifndef REGRESSION_H
#define REGRESSION_H

#include "formula.h"

enum { SAMPLES = 20, INPUTS = 10, OUTPUTS = 5, STEPS = 101 };
static const double RATE = 0.3;

static array xs, ys;

/// The squared error of one sample: (W, b, x, y) → |y - (W x + b)|² / 2
static sj_status *squared_error_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array w = argument(arguments, 0), b = argument(arguments, 1), x = argument(arguments, 2), y = argument(arguments, 3);
  array difference = subtract(y, add(dot(w, x), b));
  array error = divide(apply2(sj_inner, difference, difference), number(2));
  return results_are(results, &error, 1);
}

static sj_function *batched_error;

/// The mean over the samples: (W, b) → loss
static sj_status *loss_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array in[] = {argument(arguments, 0), argument(arguments, 1), xs, ys}, errors = NULL;
  call(batched_error, in, 4, &errors, 1);
  array loss = mean(errors);
  return results_are(results, &loss, 1);
}

/// W x + b of one sample.
static sj_status *predict_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array y = add(dot(argument(arguments, 0), argument(arguments, 2)), argument(arguments, 1));
  return results_are(results, &y, 1);
}

/// The function mapped over samples: W and b are the same for all.
static sj_function *over_samples(const char *name, sj_function_call body, int64_t arguments) {
  int64_t axes[] = {SJ_AXIS_NONE, SJ_AXIS_NONE, 0, 0};
  sj_vmap_options options;
  sj_function *result = NULL;
  sj_vmap_options_init(&options);
  options.in_axes = axes;
  options.in_axes_count = arguments;
  TRY(sj_vmap(function(name, body), &options, &result));
  return result;
}

static void make_samples(array *w, array *b) {
  const int64_t matrix[] = {OUTPUTS, INPUTS}, samples[] = {SAMPLES, INPUTS}, noise[] = {SAMPLES, OUTPUTS};
  array key = NULL, exact = NULL;
  TRY(sj_random_prng_key(integer(0), &key));
  array keys = split(key, 2), sample_keys = split(row(keys, 0), 2);
  *w = normal(row(keys, 0), 2, matrix);
  *b = normal(row(keys, 1), 1, noise + 1);
  xs = normal(row(sample_keys, 0), 2, samples);
  array in[] = {*w, *b, xs};
  call(over_samples("predict", predict_body, 3), in, 3, &exact, 1);
  ys = add(exact, multiply(number(0.1), normal(row(sample_keys, 1), 2, noise)));
  batched_error = over_samples("squared_error", squared_error_body, 4);
}

static array zeros_like(array x) {
  array result = NULL;
  TRY(sj_zeros_like(x, SJ_DTYPE_NONE, NULL, 0, &result));
  return result;
}

#endif
