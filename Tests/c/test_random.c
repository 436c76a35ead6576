// Numbers of JAX 0.10.2 with jax_threefry_partitionable off.
#include "test.h"

static sj_array *key(int64_t seed) {
  sj_array *number = integer(seed), *result = NULL;
  OK(sj_random_prng_key(number, &result));
  sj_release(number);
  return result;
}

static const int64_t one = 1, two = 2, four = 4;

static void keys(void) {
  sj_array *seed = integer(0), *typed = NULL, *data = NULL, *k = key(0);
  CHECK(dtype_of(k) == SJ_UINT32);
  EXPECT(k, 0, 0);
  OK(sj_random_key(seed, &typed));
  CHECK(dtype_of(typed) == SJ_KEY && strcmp(shape_of(typed), "") == 0);
  OK(sj_random_key_data(typed, &data));
  sj_release(typed);
  OK(sj_random_wrap_key_data(data, &typed));
  CHECK(dtype_of(typed) == SJ_KEY);
  sj_array *wrong = scalar(1), *bits = NULL;
  FAILS(SJ_ERR_DTYPE, "", sj_random_bits(wrong, &one, 1, SJ_DTYPE_NONE, &bits));
  FAILS(SJ_ERR_DTYPE, "integer", sj_random_key(wrong, &bits));
  sj_release(wrong);
  sj_release(typed);
  EXPECT(data, 0, 0);
  sj_release(seed);
}

static void splitting(void) {
  sj_array *k = key(0), *parts = NULL, *n = integer(7), *folded = NULL;
  OK(sj_random_split(k, &two, 1, &parts));
  EXPECT(parts, 4146024105, 967050713, 2718843009, 1272950319);
  OK(sj_random_fold_in(k, n, &folded));
  CHECK(strcmp(shape_of(folded), "2") == 0);
  sj_release(folded);
  sj_release(k);
  sj_release(n);
}

static void the_tutorials_numbers(void) {
  sj_array *k = key(0), *x = NULL;
  OK(sj_random_normal(k, &one, 1, SJ_DTYPE_NONE, &x));
  EXPECT(x, -0.20584226);
  OK(sj_random_normal(k, &four, 1, SJ_DTYPE_NONE, &x));
  EXPECT(x, 1.8160863, -0.75488514, 0.33988908, -0.53483534);
  OK(sj_config_push(SJ_THREEFRY_PARTITIONABLE, 1));
  OK(sj_random_normal(k, &one, 1, SJ_DTYPE_NONE, &x));
  EXPECT(x, 1.6226422);
  OK(sj_config_pop());
  sj_release(k);
}

/// Checks that all elements lie between two bounds, and releases the array.
static void between(sj_array *x, double low, double high) {
  sj_array *least = NULL, *greatest = NULL;
  double a = 0, b = 0;
  OK(sj_min(x, NULL, 0, 0, NULL, NULL, &least));
  OK(sj_max(x, NULL, 0, 0, NULL, NULL, &greatest));
  OK(sj_item_f64(least, &a));
  OK(sj_item_f64(greatest, &b));
  CHECK(a >= low && b <= high && a < b);
  sj_release(least);
  sj_release(greatest);
  sj_release(x);
}

static void distributions(void) {
  int64_t many = 500;
  sj_array *k = key(1), *x = NULL, *low = integer(3), *high = integer(9), *p = scalar(0.25);
  OK(sj_random_bits(k, &many, 1, SJ_DTYPE_NONE, &x));
  between(x, 0, 4294967295.0);
  OK(sj_random_uniform(k, &many, 1, SJ_DTYPE_NONE, NULL, NULL, &x));
  between(x, 0, 1);
  OK(sj_random_uniform(k, &many, 1, SJ_DTYPE_NONE, low, high, &x));
  between(x, 3, 9);
  OK(sj_random_randint(k, &many, 1, low, high, SJ_DTYPE_NONE, &x));
  between(x, 3, 8);
  OK(sj_random_bernoulli(k, p, &many, 1, &x));
  CHECK(dtype_of(x) == SJ_BOOL);
  sj_array *share = NULL;
  double mean = 0;
  OK(sj_mean(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, &share));
  OK(sj_item_f64(share, &mean));
  CHECK(mean > 0.15 && mean < 0.35);
  sj_release(x);
  sj_release(share);
  OK(sj_random_gumbel(k, &many, 1, SJ_DTYPE_NONE, &x));
  between(x, -4, 30);
  OK(sj_random_exponential(k, &many, 1, SJ_DTYPE_NONE, &x));
  between(x, 0, 30);
  float logits[] = {0, 1, 2};
  sj_array *l = vector(3, logits);
  OK(sj_random_categorical(k, l, -1, &many, 1, 1, &x));
  between(x, 0, 2);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "axis", sj_random_categorical(k, l, 4, NULL, 0, 1, &x));
  sj_release(l);
  sj_release(k);
  sj_release(low);
  sj_release(high);
  sj_release(p);
}

static void permutations(void) {
  sj_array *k = key(2), *x = NULL, *sorted = NULL, *total = NULL;
  int64_t ten = 10;
  double sum = 0;
  OK(sj_random_permutation_range(k, 10, &x));
  OK(sj_sum(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &total));
  OK(sj_item_f64(total, &sum));
  CHECK(sum == 45);
  sj_release(total);
  OK(sj_random_permutation(k, x, 0, 0, &sorted));
  CHECK(strcmp(shape_of(sorted), "10") == 0);
  sj_release(sorted);
  OK(sj_random_choice(k, x, &ten, 1, 1, NULL, 0, &sorted));
  between(sorted, 0, 9);
  OK(sj_random_choice_range(k, 10, &ten, 1, 0, NULL, &sorted));
  OK(sj_sum(sorted, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &total));
  OK(sj_item_f64(total, &sum));
  CHECK(sum == 45);
  sj_release(total);
  sj_release(sorted);
  sj_release(x);
  sj_release(k);
}

const test_case random_tests[] = {
  {"random: keys", keys},
  {"random: splitting", splitting},
  {"random: the tutorial's numbers", the_tutorials_numbers},
  {"random: distributions", distributions},
  {"random: permutations", permutations},
  END_OF_TESTS,
};
