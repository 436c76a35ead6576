// Micro benchmarks of the C API: median seconds of a call, one JSON object on standard output.
//
//     micro [seconds for each benchmark [part of a name]]
#include "../../bindings/c/examples/formula.h"

enum { BLOCKS = 8192 };

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// Median seconds of one call over blocks of about 0.2 ms, the first fifth of which warms up.
static double median_time(void (*body)(void), double budget) {
  static double samples[BLOCKS];
  body();
  double start = seconds();
  body();
  int repeats = (int)fmax(1, 2e-4 / fmax(seconds() - start, 1e-8)), count = 0;
  for (double end = seconds() + budget; count < BLOCKS && (count < 5 || seconds() < end); count++) {
    start = seconds();
    for (int i = 0; i < repeats; i++) body();
    samples[count] = (seconds() - start) / repeats;
  }
  expect_success();
  int warm = count / 5;
  qsort(samples + warm, (size_t)(count - warm), sizeof *samples, ascending);
  return samples[warm + (count - warm) / 2];
}

static array ten, million, square_matrix, scalar, key;
static sj_function *jitted_add, *gradient, *jitted_selu;

static void done(array x) { sj_release(x); }

static void eager_add(void) {
  array out = NULL;
  TRY(sj_add(ten, ten, &out));
  done(out);
}

static void jit_hit(void) {
  array in[] = {ten, ten}, out = NULL;
  call(jitted_add, in, 2, &out, 1);
  done(out);
}

static void tiny_gradient(void) {
  array out = NULL;
  call(gradient, &scalar, 1, &out, 1);
  done(out);
}

/// scale * where(x > 0, x, alpha * exp(x) - alpha)
static array selu(array x) {
  array alpha = number(1.67), positive = apply2(sj_greater, x, number(0)), out = NULL;
  TRY(sj_where(positive, x, subtract(multiply(alpha, apply1(sj_exp, x)), alpha), &out));
  return multiply(number(1.05), out);
}

static void eager_selu(void) {
  sj_scope *scope = NULL;
  TRY(sj_scope_begin(&scope));
  TRY(sj_block_until_ready(selu(million)));
  TRY(sj_scope_end(scope, NULL, 0));
}

static void jit_selu(void) {
  array out = NULL;
  call(jitted_selu, &million, 1, &out, 1);
  TRY(sj_block_until_ready(out));
  done(out);
}

static void waited(array out) {
  TRY(sj_block_until_ready(out));
  done(out);
}

static void sum_million(void) { waited(sum(million)); }
static void matmul_512(void) { waited(apply2(sj_matmul, square_matrix, square_matrix)); }

static void normal_million(void) {
  int64_t size = 1000000;
  waited(normal(key, 1, &size));
}

static void sort_million(void) {
  sj_list *sorted = NULL;
  array out = NULL;
  TRY(sj_sort_multi(&million, 1, 0, 1, &sorted));
  TRY(sj_list_get(sorted, 0, &out));
  waited(out);
  sj_release(sorted);
}

static sj_status *add_body(void *context, const sj_list *in, const sj_tree *tree, sj_list **results, sj_tree **out_tree) {
  (void)context, (void)tree, (void)out_tree;
  array out = add(argument(in, 0), argument(in, 1));
  return results_are(results, &out, 1);
}

static sj_status *selu_body(void *context, const sj_list *in, const sj_tree *tree, sj_list **results, sj_tree **out_tree) {
  (void)context, (void)tree, (void)out_tree;
  array out = selu(argument(in, 0));
  return results_are(results, &out, 1);
}

/// x * x * x + 2 * x
static sj_status *polynomial_body(void *context, const sj_list *in, const sj_tree *tree, sj_list **results, sj_tree **out_tree) {
  (void)context, (void)tree, (void)out_tree;
  array x = argument(in, 0);
  array out = add(multiply(multiply(x, x), x), multiply(number(2), x));
  return results_are(results, &out, 1);
}

static const struct { const char *name; void (*body)(void); } benchmarks[] = {
    {"eager add 10", eager_add},
    {"jit cache hit add 10", jit_hit},
    {"grad of a tiny function, no jit", tiny_gradient},
    {"eager selu 1e6", eager_selu},
    {"jit selu 1e6", jit_selu},
    {"sum 1e6", sum_million},
    {"matmul 512", matmul_512},
    {"random normal 1e6", normal_million},
    {"sort 1e6", sort_million},
};

int main(int argc, char **argv) {
  double budget = argc > 1 ? atof(argv[1]) : 0.5;
  int64_t sides[] = {512, 512}, size = 1000000;
  TRY(sj_random_prng_key(integer(0), &key));
  TRY(sj_arange(0, 10, 1, SJ_FLOAT32, &ten));
  million = normal(key, 1, &size);
  square_matrix = normal(key, 2, sides);
  TRY(sj_full(NULL, 0, number(1.5), SJ_FLOAT32, &scalar));
  TRY(sj_jit(function("add", add_body), NULL, &jitted_add));
  TRY(sj_jit(function("selu", selu_body), NULL, &jitted_selu));
  TRY(sj_grad(function("polynomial", polynomial_body), NULL, &gradient));
  expect_success();
  const char *separator = "\n  ";
  printf("{");
  for (size_t i = 0; i < sizeof benchmarks / sizeof *benchmarks; i++) {
    if (argc > 2 && !strstr(benchmarks[i].name, argv[2])) continue;
    printf("%s\"%s\": %.4g", separator, benchmarks[i].name, median_time(benchmarks[i].body, budget));
    separator = ",\n  ";
  }
  printf("\n}\n");
}
