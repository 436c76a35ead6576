// Donated arguments: results in their memory, and what keeps that from being written.
#include <pthread.h>

#include "test.h"

static const float abc[] = {1, 2, 3};

/// The jitted body, to which the first arguments are donated.
static sj_function *donating(const char *name, sj_function_call body, int64_t count) {
  int64_t first[] = {0, 1};
  sj_function *f = function(name, body), *j = NULL;
  sj_jit_options options;
  sj_jit_options_init(&options);
  options.donate_argnums = first;
  options.donate_argnums_count = count;
  OK(sj_jit(f, &options, &j));
  sj_release(f);
  return j;
}

static sj_function *donated_square(void) { return donating("square", square_body, 1); }

static const void *data_of(const sj_array *x) {
  const void *data = NULL;
  OK(sj_data(x, &data));
  return data;
}

static int is_deleted(const sj_array *x) {
  sj_bool flag = 0;
  OK(sj_is_deleted(x, &flag));
  return flag;
}

/// One result of two arguments, which stays with its caller.
static sj_array *call_both(sj_function *f, sj_array *x, sj_array *y) {
  sj_array *both[] = {x, y}, *z = NULL;
  OK(sj_call_flat(f, both, 2, &z, 1));
  return z;
}

static void results_are_written_over_donated_arguments(void) {
  sj_function *j = donated_square();
  sj_array *x = vector(3, abc), *y = NULL;
  const void *memory = data_of(x);
  for (int i = 0; i < 3; i++) {
    OK(sj_call_flat(j, &x, 1, &y, 1));
    CHECK(is_deleted(x) && data_of(y) == memory);
    FAILS(SJ_ERR_DELETED, "deleted", sj_block_until_ready(x));
    sj_array *none = NULL;
    FAILS(SJ_ERR_DELETED, "deleted", sj_call_flat(j, &x, 1, &none, 1));
    sj_release(x);
    x = y;
  }
  EXPECT(x, 1, 256, 6561);
  sj_release(j);
}

BODY(set_body) {  // x.at[1].set(y)
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  ARGUMENT(status, arguments, 1, y);
  const sj_index_item one = sj_at(1);
  sj_array *z = NULL;
  if (!status) status = sj_at_set(x, &one, 1, y, SJ_MODE_DEFAULT, 0, 0, &z);
  return status ? status : sj_list_create(&z, 1, results);
}

static void updates_touch_what_they_update(void) {
  sj_function *j = donating("set", set_body, 1);
  sj_array *x = vector(3, abc), *y = scalar(7);
  const void *memory = data_of(x);
  sj_array *z = call_both(j, x, y);
  CHECK(data_of(z) == memory && is_deleted(x) && !is_deleted(y));
  EXPECT(z, 1, 7, 3);
  sj_release(x);
  sj_release(y);
  sj_release(j);
}

static void exported_memory_is_not_written(void) {
  sj_function *j = donated_square();
  sj_array *x = vector(3, abc), *y = NULL, *z = NULL;
  const void *memory = data_of(x);
  void *managed = NULL;
  OK(sj_to_dlpack(x, 0, &managed));
  OK(sj_call_flat(j, &x, 1, &y, 1));
  CHECK(is_deleted(x) && data_of(y) != memory);
  EXPECT(y, 1, 4, 9);
  // The export holds the memory though the array is gone.
  OK(sj_from_dlpack(managed, 0, &z));
  CHECK(data_of(z) == memory);
  // An import of our own memory borrows it.
  sj_release(x);
  OK(sj_call_flat(j, &z, 1, &y, 1));
  CHECK(data_of(y) != memory);
  EXPECT(y, 1, 4, 9);
  sj_release(z);
  sj_release(j);
}

static void exports_outlive_deletion(void) {
  sj_array *x = vector(3, abc), *y = NULL;
  void *managed = NULL, *none = NULL;
  OK(sj_to_dlpack(x, 1, &managed));
  OK(sj_delete(x));
  FAILS(SJ_ERR_DELETED, "deleted", sj_to_dlpack(x, 1, &none));
  sj_array *next = vector(3, (const float[]){7, 8, 9});
  OK(sj_from_dlpack(managed, 1, &y));
  EXPECT(y, 1, 2, 3);
  sj_release(next);
  sj_release(x);
}

static int given_back;
static void give_back(void *context) {
  (void)context;
  given_back++;
}

static void borrowed_memory_is_not_written(void) {
  sj_function *j = donated_square();
  float host[] = {1, 2, 3};
  int64_t three = 3;
  sj_array *x = NULL, *y = NULL;
  given_back = 0;
  OK(sj_array_borrow(host, SJ_FLOAT32, &three, 1, give_back, NULL, &x));
  OK(sj_call_flat(j, &x, 1, &y, 1));
  CHECK(is_deleted(x) && given_back == 1 && data_of(y) != host && host[2] == 3);
  EXPECT(y, 1, 4, 9);
  sj_release(x);
  sj_release(j);
}

static void views_are_not_written(void) {
  sj_function *j = donated_square();
  int64_t shape[] = {3, 1};
  sj_array *x = vector(3, abc), *y = NULL, *view = NULL;
  const void *memory = data_of(x);
  OK(sj_reshape(x, shape, 2, &view));
  OK(sj_call_flat(j, &x, 1, &y, 1));
  CHECK(is_deleted(x));
  // Where a reshaped array shares the memory, the result cannot have it.
  CHECK(data_of(y) != data_of(view) && (data_of(view) == memory) != (data_of(y) == memory));
  EXPECT(y, 1, 4, 9);
  EXPECT(view, 1, 2, 3);
  sj_release(x);
  sj_release(j);
}

BODY(sum_and_difference_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  ARGUMENT(status, arguments, 1, y);
  sj_array *two[2] = {NULL, NULL};
  if (!status) status = sj_add(x, y, &two[0]);
  if (!status) status = sj_subtract(x, y, &two[1]);
  return status ? status : sj_list_create(two, 2, results);
}

static void an_array_given_twice(void) {
  sj_function *first = donating("product", product_body, 1), *both = donating("both", sum_and_difference_body, 2);
  sj_array *x = vector(3, abc), *two[2];
  EXPECT(call_both(first, x, x), 1, 4, 9);
  CHECK(is_deleted(x));
  sj_release(x);
  x = vector(3, abc);
  OK(sj_call_flat(both, (sj_array *[]){x, x}, 2, two, 2));
  CHECK(is_deleted(x) && data_of(two[0]) != data_of(two[1]));
  EXPECT(two[0], 2, 4, 6);
  EXPECT(two[1], 0, 0, 0);
  sj_release(x);
  sj_release(both);
  sj_release(first);
}

BODY(swap_body) {  // (x, y, x y) → (y, x, x y)
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  ARGUMENT(status, arguments, 1, y);
  sj_array *three[] = {y, x, NULL};
  if (!status) status = sj_multiply(x, y, &three[2]);
  return status ? status : sj_list_create(three, 3, results);
}

static void arguments_that_are_results(void) {
  sj_function *j = donating("swap", swap_body, 2);
  sj_array *x = vector(3, abc), *y = vector(3, (const float[]){4, 5, 6}), *both[] = {x, y}, *three[3];
  const void *memory[] = {data_of(x), data_of(y)};
  OK(sj_call_flat(j, both, 2, three, 3));
  CHECK(is_deleted(x) && is_deleted(y));
  CHECK(data_of(three[0]) == memory[1] && data_of(three[1]) == memory[0]);
  EXPECT(three[0], 4, 5, 6);
  EXPECT(three[1], 1, 2, 3);
  EXPECT(three[2], 4, 10, 18);
  sj_release(x);
  sj_release(y);
  sj_release(j);
}

/// A program that is read after the donated one would have overwritten its operand, all of them on the stream.
static void pending_operands(void) {
  enum { SIDE = 512 };
  int64_t shape[] = {SIDE, SIDE};
  sj_function *j = donated_square();
  sj_array *ones = NULL;
  OK(sj_ones(shape, 2, SJ_FLOAT32, &ones));
  for (int i = 0; i < 3; i++) {
    sj_array *x = NULL, *before = NULL, *y = NULL, *sum = NULL, *total = NULL;
    OK(sj_matmul(ones, ones, &x));
    OK(sj_matmul(x, ones, &before));
    OK(sj_call_flat(j, &x, 1, &y, 1));
    CHECK(is_deleted(x));
    OK(sj_sum(before, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &sum));
    OK(sj_sum(y, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &total));
    const double n = SIDE;
    EXPECT(sum, n * n * n * n);
    EXPECT(total, n * n * n * n);
    sj_release(x);
    sj_release(y);
    sj_release(before);
  }
  sj_release(ones);
  sj_release(j);
}

static char last_message[300];
static void keep_message(void *context, int32_t level, const char *message, int64_t size) {
  (void)context;
  if (level == 2) snprintf(last_message, sizeof last_message, "%.*s", (int)size, message);
}

static void arguments_like_no_result_are_told(void) {
  sj_function *j = donating("sum", sum_square_body, 1), *both = donating("product", product_body, 2);
  sj_array *x = vector(3, abc), *y = NULL;
  sj_set_log(keep_message, NULL, NULL);
  OK(sj_call_flat(j, &x, 1, &y, 1));
  CHECK(is_deleted(x));
  EXPECT(y, 14);
  CHECK(strcmp(last_message, "Some donated buffers were not usable: float32[3].\n"
                             "See an explanation at https://docs.jax.dev/en/latest/faq.html#buffer-donation.") == 0);
  last_message[0] = 0;
  sj_release(x);
  x = vector(3, abc);
  OK(sj_call_flat(j, &x, 1, &y, 1));
  EXPECT(y, 14);
  CHECK(last_message[0] == 0);
  sj_release(x);
  x = vector(3, abc);
  EXPECT(call_both(both, x, x), 1, 4, 9);
  CHECK(strstr(last_message, "not usable: float32[3]."));
  sj_set_log(NULL, NULL, NULL);
  sj_release(x);
  sj_release(j);
  sj_release(both);
}

static void calls_that_fail_keep_their_arguments(void) {
  sj_function *j = donating("failing", failing_body, 1);
  sj_array *x = vector(3, abc), *y = NULL;
  FAILS(SJ_ERR_CALLBACK, "mine", sj_call_flat(j, &x, 1, &y, 1));
  CHECK(!is_deleted(x));
  EXPECT(x, 1, 2, 3);
  sj_release(j);
}

static void donation_counts_as_aliasing(void) {
  sj_function *j = donated_square();
  sj_array *x = vector(3, abc);
  sj_list *arguments = NULL;
  OK(sj_list_create(&x, 1, &arguments));
  int64_t output, alias, peak;
  OK(sj_memory_analysis(j, arguments, NULL, NULL, &output, &alias, NULL, NULL, &peak));
  CHECK(output == 12 && alias == 12 && peak == 12);
  CHECK(!is_deleted(x));
  sj_release(arguments);
  sj_release(x);
  sj_release(j);
}

static void *work(void *function) {
  int64_t bad = 0;
  for (int i = 0; i < 200; i++) {
    sj_array *x = vector(3, abc), *y = NULL;
    sj_status *status = sj_call_flat(function, &x, 1, &y, 1);
    if (status || ((const float *)data_of(y))[2] != 9 || !is_deleted(x)) bad++;
    sj_release(status);
    sj_release(x);
    sj_release(y);
  }
  return (void *)bad;
}

static void threads_donate_to_one_function(void) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  sj_function *j = donated_square();
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, j);
  for (int i = 0; i < THREADS; i++) {
    void *bad;
    pthread_join(threads[i], &bad);
    CHECK(bad == NULL);
  }
  sj_release(j);
}

const test_case donation_tests[] = {
  {"donation: results are written over donated arguments", results_are_written_over_donated_arguments},
  {"donation: updates touch what they update", updates_touch_what_they_update},
  {"donation: exported memory is not written", exported_memory_is_not_written},
  {"donation: exports outlive deletion", exports_outlive_deletion},
  {"donation: borrowed memory is not written", borrowed_memory_is_not_written},
  {"donation: views are not written", views_are_not_written},
  {"donation: an array given twice", an_array_given_twice},
  {"donation: arguments that are results", arguments_that_are_results},
  {"donation: pending operands", pending_operands},
  {"donation: arguments like no result are told", arguments_like_no_result_are_told},
  {"donation: calls that fail keep their arguments", calls_that_fail_keep_their_arguments},
  {"donation: it counts as aliasing", donation_counts_as_aliasing},
  {"donation: threads donate to one function", threads_donate_to_one_function},
  END_OF_TESTS,
};
