// The JAX tutorial, section by section, printing its numbers. What depends on the machine (times) goes to standard error.
#include "formula.h"

static void print(const char *label, array x) {
  sj_string *text = NULL;
  TRY(sj_array_str(x, &text));
  expect_success();
  printf("%s%s\n", label, sj_string_text(text).data);
}

static array floats(const float *data, int64_t rank, const int64_t *shape) {
  array result = NULL;
  TRY(sj_array_from_data(data, SJ_FLOAT32, shape, rank, &result));
  return result;
}

static void products(void) {
  puts("# Products, devices");
  const float data[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const int64_t shape[] = {2, 4}, square_shape[] = {4, 4};
  sj_string *platform = NULL;
  TRY(sj_default_backend(&platform));
  array m = floats(data, 2, shape), ones = NULL, there = NULL;
  TRY(sj_ones(square_shape, 2, SJ_DTYPE_NONE, &ones));
  print("dot:\n", dot(m, ones));
  TRY(sj_device_put(m, &there));
  float back[8];
  TRY(sj_copy_to_host(there, back, sizeof back));
  printf("there and back: %s\n", memcmp(data, back, sizeof back) == 0 ? "the same" : "different");
}

static array key_of(int64_t seed) {
  array key = NULL;
  TRY(sj_random_prng_key(integer(seed), &key));
  return key;
}

static void random_numbers(void) {
  puts("# Random numbers");
  const int64_t one = 1, four = 4;
  array key = key_of(0);
  print("key: ", key);
  for (int i = 0; i < 3; i++) print("normal: ", normal(key, 1, &one));
  array keys = split(key, 2);
  print("split:\n", keys);
  for (int i = 0; i < 2; i++) print("normal: ", normal(row(keys, i), 1, &one));
  array more = split(row(keys, 0), 4);
  print("split in 4:\n", more);
  for (int i = 0; i < 4; i++) print("normal: ", normal(row(more, i), 1, &one));
  print("normal: ", normal(key, 1, &four));
}

/// x → xᵀ x / 2
static sj_status *half_square_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array x = argument(arguments, 0), y = divide(dot(transposed(x), x), number(2));
  return results_are(results, &y, 1);
}

static void gradients(void) {
  puts("# Gradients");
  const int64_t four = 4;
  array x = normal(key_of(0), 1, &four), slope = NULL;
  sj_function *gradient = NULL;
  TRY(sj_grad(function("f", half_square_body), NULL, &gradient));
  call(gradient, &x, 1, &slope, 1);
  print("x: ", x);
  print("grad of x.x / 2: ", slope);
}

/// x → (sin(x0) x1, x0 x1²) stacked
static sj_status *pair_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array x = argument(arguments, 0), x0 = row(x, 0), x1 = row(x, 1), stacked = NULL;
  array both[] = {multiply(apply1(sj_sin, x0), x1), multiply(x0, square(x1))};
  TRY(sj_stack(both, 2, 0, SJ_DTYPE_NONE, &stacked));
  return results_are(results, &stacked, 1);
}

static void directional_derivatives(void) {
  puts("# jvp and vjp");
  const float point[] = {0, 2}, direction[] = {1, 0};
  const int64_t two = 2;
  array x = floats(point, 1, &two), v = floats(direction, 1, &two), tangent = NULL, cotangent = NULL, y = NULL;
  sj_list *primals = NULL, *tangents = NULL, *output = NULL, *result = NULL;
  sj_function *f = function("f", pair_body), *pullback = NULL;
  TRY(sj_list_create(&x, 1, &primals));
  TRY(sj_list_create(&v, 1, &tangents));
  TRY(sj_jvp(f, primals, tangents, NULL, &output, NULL, &result));
  TRY(sj_list_get(output, 0, &y));
  TRY(sj_list_get(result, 0, &tangent));
  print("value: ", y);
  print("jvp: ", tangent);
  TRY(sj_vjp(f, primals, NULL, 0, &output, NULL, &pullback, NULL, NULL));
  call(pullback, &v, 1, &cotangent, 1);
  print("vjp: ", cotangent);
}

static sj_status *selu_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array x = argument(arguments, 0), alpha = number(1.67), positive = NULL, chosen = NULL;
  array bent = subtract(multiply(alpha, apply1(sj_exp, x)), alpha);
  positive = apply2(sj_greater, x, number(0));
  TRY(sj_where(positive, x, bent, &chosen));
  array y = multiply(number(1.05), chosen);
  return results_are(results, &y, 1);
}

/// Milliseconds until the result of a call is there.
static double timed_call(const sj_function *f, array x, array *result) {
  double start = seconds();
  call(f, &x, 1, result, 1);
  TRY(sj_block_until_ready(*result));
  return 1e3 * (seconds() - start);
}

static void compilation(void) {
  puts("# jit");
  const int64_t million = 1000000;
  array x = normal(key_of(0), 1, &million), eager = NULL, compiled = NULL;
  TRY(sj_block_until_ready(x));
  sj_function *selu = function("selu", selu_body), *jitted = NULL;
  TRY(sj_jit(selu, NULL, &jitted));
  double uncompiled = timed_call(selu, x, &eager), first = timed_call(jitted, x, &compiled), then = timed_call(jitted, x, &compiled);
  fprintf(stderr, "selu of 1,000,000: eager %.2f ms, first jitted call %.2f ms, then %.2f ms\n", uncompiled, first, then);
  print("selu: ", rows(eager, 0, 4));
  print("jitted: ", rows(compiled, 0, 4));
}

static sj_status *product_body(
    void *context, const sj_list *arguments, const sj_tree *tree, sj_list **results, sj_tree **result_tree) {
  (void)context, (void)tree, (void)result_tree;
  array y = dot(argument(arguments, 0), argument(arguments, 1));
  return results_are(results, &y, 1);
}

static void vectorization(void) {
  puts("# vmap");
  const int64_t matrix[] = {15, 10}, batch[] = {5, 10}, axes[] = {SJ_AXIS_NONE, 0};
  array in[] = {normal(key_of(1), 2, matrix), normal(key_of(2), 2, batch)}, out = NULL;
  sj_vmap_options options;
  sj_function *mapped = NULL;
  sj_vmap_options_init(&options);
  options.in_axes = axes;
  options.in_axes_count = 2;
  TRY(sj_vmap(function("product", product_body), &options, &mapped));
  call(mapped, in, 2, &out, 1);
  int64_t sizes[2] = {0};
  TRY(sj_shape(out, sizes, 2, NULL));
  printf("(15, 10) times each of (5, 10): (%d, %d)\n", (int)sizes[0], (int)sizes[1]);
}

static void updates(void) {
  puts("# Updates");
  // Arrays are immutable: sj_data gives a pointer to const, and an update is a copy.
  const int64_t shape[] = {2, 2};
  array x = NULL, y = NULL;
  TRY(sj_zeros(shape, 2, SJ_DTYPE_NONE, &x));
  sj_index_item corner[] = {sj_at(0), sj_at(0)};
  TRY(sj_at_set(x, corner, 2, number(3), SJ_MODE_DEFAULT, 0, 0, &y));
  print("x.at[0, 0].set(3):\n", y);
  print("x:\n", x);
}

int main(void) {
  void (*const sections[])(void) = {
    products, random_numbers, gradients, directional_derivatives, compilation, vectorization, updates,
  };
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    sj_scope *scope = NULL;
    TRY(sj_scope_begin(&scope));
    sections[i]();
    TRY(sj_scope_end(scope, NULL, 0));
    expect_success();
  }
  return 0;
}
