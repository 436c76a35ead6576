#include <pthread.h>

#include "test.h"

enum { THREADS = 8, ROUNDS = 200 };

static sj_array *shared;
static sj_function *gradient, *jitted;

static void *work(void *failures) {
  int64_t *bad = failures;
  for (int i = 0; i < ROUNDS; i++) {
    sj_array *y = NULL, *g = NULL;
    const void *data = NULL;
    sj_status *status = sj_add(shared, shared, &y);
    if (!status) status = sj_call_flat(i % 2 ? jitted : gradient, &y, 1, &g, 1);
    if (!status) status = sj_data(g, &data);
    if (status || ((const float *)data)[1] != 8) (*bad)++;
    sj_release(status);
    sj_release(y);
    sj_release(g);
  }
  return NULL;
}

static void many_threads_share_arrays_and_functions(void) {
  float two[] = {1, 2};
  pthread_t threads[THREADS];
  int64_t bad[THREADS] = {0};
  sj_function *f = function("f", sum_square_body);
  shared = vector(2, two);
  OK(sj_grad(f, NULL, &gradient));
  OK(sj_jit(gradient, NULL, &jitted));
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, &bad[i]);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) CHECK(bad[i] == 0);
  sj_release(shared);
  sj_release(f);
  sj_release(gradient);
  sj_release(jitted);
}

static void *x64_here(void *result) {
  sj_array *x = NULL;
  int64_t *dtype = result;
  sj_status *status = sj_config_push(SJ_ENABLE_X64, 1);
  if (!status) status = sj_scalar_f64(1, &x);
  sj_dtype got = SJ_DTYPE_NONE;
  if (!status) status = sj_dtype_of(x, &got);
  *dtype = got;
  if (!status) status = sj_config_pop();
  sj_release(status);
  sj_release(x);
  return NULL;
}

static void settings_belong_to_a_thread(void) {
  pthread_t thread;
  int64_t there = 0;
  pthread_create(&thread, NULL, x64_here, &there);
  pthread_join(thread, NULL);
  sj_array *x = NULL;
  OK(sj_scalar_f64(1, &x));
  CHECK(there == SJ_FLOAT64 && dtype_of(x) == SJ_FLOAT32);
  sj_release(x);
}

static sj_array *foreign;
static void *use_tracer(void *result) {
  sj_array *y = NULL;
  sj_status *status = sj_sin(foreign, &y);
  *(int64_t *)result = sj_status_code(status);
  sj_release(status);
  sj_release(y);
  return NULL;
}

BODY(hands_tracer_to_a_thread) {
  UNUSED(tree, result_tree, 0);
  sj_status *status = sj_list_get(arguments, 0, &foreign);
  pthread_t thread;
  pthread_create(&thread, NULL, use_tracer, context);
  pthread_join(thread, NULL);
  return status ? status : sj_list_slice(arguments, 0, 1, results);
}

static void tracers_belong_to_their_thread(void) {
  int64_t code = 0;
  sj_function *f = NULL, *j = NULL;
  sj_array *x = scalar(1);
  OK(sj_function_create(sj_text("f"), hands_tracer_to_a_thread, &code, NULL, 0, &f));
  OK(sj_jit(f, NULL, &j));
  EXPECT(call1(j, x), 1);
  CHECK(code == SJ_ERR_ESCAPED_TRACER);
  sj_release(f);
  sj_release(j);
  sj_release(x);
}

const test_case thread_tests[] = {
  {"threads: many threads share arrays and functions", many_threads_share_arrays_and_functions},
  {"threads: settings belong to a thread", settings_belong_to_a_thread},
  {"threads: tracers belong to their thread", tracers_belong_to_their_thread},
  END_OF_TESTS,
};
