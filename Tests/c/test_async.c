// Arrays that are still to be made. "Holding" the stream keeps its thread busy with a callback that waits, so that
// nothing is made until somebody waits for it.
#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { SIDE = 512 };

/// [SIDE, SIDE] of ones.
static sj_array *ones(void) {
  int64_t shape[] = {SIDE, SIDE};
  sj_array *x = NULL;
  OK(sj_ones(shape, 2, SJ_FLOAT32, &x));
  OK(sj_block_until_ready(x));
  return x;
}

/// Long work: the sum of a product of ones has SIDE³ in it.
static sj_array *product(const sj_array *x) {
  sj_array *y = NULL;
  OK(sj_matmul(x, x, &y));
  return y;
}

static sj_array *total(const sj_array *x) {
  sj_array *y = NULL;
  OK(sj_sum(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &y));
  return y;
}

static const double cube = (double)SIDE * SIDE * SIDE;

static int is_ready(const sj_array *x) {
  sj_bool flag = 0;
  OK(sj_is_ready(x, &flag));
  return flag;
}

// --- Holding the stream ---------------------------------------------------------

static sem_t held, let_go;
static pthread_t holder;
static int holds;

static void hold_call(void *context, sj_status *status) {
  (void)status;
  holds = !pthread_equal(*(pthread_t *)context, pthread_self());
  if (!holds) return;  // it was ready already
  sem_post(&held);
  sem_wait(&let_go);
}

static void hold_stream(void) {
  static int initialized;
  if (!initialized++) sem_init(&held, 0, 0), sem_init(&let_go, 0, 0);
  holder = pthread_self();
  sj_array *x = ones();
  for (int held_once = 0; !held_once;) {
    sj_array *y = product(x);
    holds = 1;
    OK(sj_on_ready(y, hold_call, &holder, NULL));
    held_once = holds;
    sj_release(y);
  }
  sem_wait(&held);
  sj_release(x);
}

static void release_stream(void) {
  sem_post(&let_go);
  OK(sj_effects_barrier());
}

// --- Tests ------------------------------------------------------------------------

static void calls_return_before_the_work_is_done(void) {
  sj_array *x = ones();
  hold_stream();
  sj_array *y = product(x), *sum = total(y), *more = NULL;
  OK(sj_add(sum, sum, &more));
  CHECK(!is_ready(y) && !is_ready(sum) && !is_ready(more));
  EXPECT(more, 2 * cube);
  CHECK(is_ready(y) && is_ready(sum));
  EXPECT(sum, cube);
  release_stream();
  sj_release(x);
  sj_release(y);
}

static void synchronous_dispatch(void) {
  sj_array *x = ones();
  hold_stream();
  sj_array *pending = product(x);
  OK(sj_config_push(SJ_CPU_ENABLE_ASYNC_DISPATCH, 0));
  sj_array *y = product(x), *sum = total(pending);
  CHECK(is_ready(y) && is_ready(sum) && is_ready(pending));
  OK(sj_config_pop());
  EXPECT(sum, cube);
  release_stream();
  sj_release(pending);
  sj_release(x);
  sj_release(y);
}

static void operands_may_go_before_they_are_read(void) {
  sj_array *x = ones(), *copy = NULL;
  OK(sj_multiply(x, x, &copy));
  hold_stream();
  sj_array *y = product(x), *sum = total(y), *unused = product(copy);
  OK(sj_delete(x));
  OK(sj_delete(y));
  sj_release(copy);
  sj_release(unused);
  FAILS(SJ_ERR_DELETED, "deleted", sj_block_until_ready(y));
  EXPECT(sum, cube);
  release_stream();
  sj_release(x);
  sj_release(y);
}

static void a_long_chain_is_dispatched_and_released(void) {
  sj_array *x = ones(), *y = product(x), *next = NULL;
  for (int i = 0; i < 5000; i++) {
    OK(sj_negative(y, &next));
    sj_release(y);
    y = next;
  }
  sj_array *sum = total(y);
  EXPECT(sum, cube);
  sj_release(x);
  sj_release(y);
}

static int told;
static sem_t telling;
static void tell(void *context, sj_status *status) {
  (void)context;
  told += status ? -100 : 1;
}
static void told_last(void *context) {
  (void)context;
  sem_post(&telling);
}

static void on_ready_comes_later(void) {
  sem_init(&telling, 0, 0);
  told = 0;
  sj_array *x = ones();
  hold_stream();
  sj_array *y = product(x);
  OK(sj_on_ready(y, tell, NULL, told_last));
  CHECK(told == 0);
  release_stream();
  sem_wait(&telling);
  CHECK(told == 1);
  sj_release(x);
  sj_release(y);
}

static int begun, ended;
static void *begin(void) {
  begun++;
  return &begun;
}
static void end(void *token) { ended += token == &begun; }

static void hosts_are_told_of_waits(void) {
  begun = ended = 0;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "together", sj_set_wait_calls(begin, NULL));
  sj_array *x = ones();
  hold_stream();
  OK(sj_set_wait_calls(begin, end));
  sj_array *y = product(x), *sum = total(y);
  CHECK(begun == 0);
  EXPECT(sum, cube);
  CHECK(begun == 1 && ended == 1);
  OK(sj_block_until_ready(y));
  CHECK(begun == 1);
  OK(sj_set_wait_calls(NULL, NULL));
  release_stream();
  sj_release(x);
  sj_release(y);
}

static void *dispatch(void *wrong) {
  sj_array *x = ones();
  for (int i = 0; i < 5; i++) {
    float value = 0;
    sj_array *y = product(x), *sum = total(y);
    OK(sj_copy_to_host(sum, &value, sizeof value));
    *(int *)wrong += value != cube;
    sj_release(y);
    sj_release(sum);
  }
  sj_release(x);
  return NULL;
}

static void many_threads_dispatch(void) {
  pthread_t threads[6];
  int wrong[6] = {0};
  for (int i = 0; i < 6; i++) pthread_create(&threads[i], NULL, dispatch, &wrong[i]);
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 6; i++) CHECK(wrong[i] == 0);
}

// --- Processes ----------------------------------------------------------------------

static int exit_code(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int has_value(sj_array *x, double wanted) {
  float value = 0;
  sj_status *status = sj_copy_to_host(x, &value, sizeof value);
  sj_release(status);
  return !status && value == wanted;
}

/// What is dispatched in the parent is there in both.
static void forked_children_do_what_was_dispatched(void) {
  sj_array *x = ones();
  hold_stream();
  sj_array *y = product(x), *sum = total(y);
  pid_t child = fork();
  if (child == 0) {
    int right = has_value(sum, cube);
    sj_array *again = product(y), *more = total(again);
    _exit(right && has_value(more, cube * SIDE * SIDE) ? 0 : 1);
  }
  CHECK(exit_code(child) == 0);
  EXPECT(sum, cube);
  release_stream();
  sj_release(x);
  sj_release(y);
}

static void forks_between_programs(void) {
  sj_array *x = ones(), *y = NULL;
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 4; j++) {
      sj_release(y);
      y = product(x);
    }
    pid_t child = fork();
    if (child == 0) {
      sj_array *sum = total(y);
      _exit(has_value(sum, cube) ? 0 : 1);
    }
    CHECK(exit_code(child) == 0);
  }
  sj_release(x);
  sj_release(y);
}

/// x^(n + 2), compiled: a kernel that nothing has compiled before.
BODY(power_body) {
  (void)tree, (void)result_tree;
  sj_array *x = NULL, *y = NULL;
  sj_status *status = sj_list_get(arguments, 0, &x);
  if (!status) status = sj_multiply(x, x, &y);
  for (int i = *(const int *)context; i > 0 && !status; i--) {
    sj_array *next = NULL;
    status = sj_multiply(y, x, &next);
    y = next;
  }
  return status ? status : sj_list_create(&y, 1, results);
}

static sj_array *compiled_power(sj_array *x, int n) {
  sj_function *f = NULL, *j = NULL;
  sj_list *arguments = NULL;
  sj_array *y = NULL;
  OK(sj_function_create(sj_text("power"), power_body, &n, NULL, SJ_FUNCTION_DEFAULT, &f));
  OK(sj_jit(f, NULL, &j));
  OK(sj_list_create(&x, 1, &arguments));
  OK(sj_compile(j, arguments, NULL, NULL));
  OK(sj_call_flat(j, &x, 1, &y, 1));
  sj_release(arguments);
  sj_release(f);
  sj_release(j);
  return y;
}

/// While better code is made in the background, or the compiler is loaded.
static void forks_beside_compilation(void) {
  sj_array *x = scalar(2);
  OK(sj_compiler_preload());
  for (int n = 0; n < 10; n++) {
    if (n > 0) sj_release(compiled_power(x, n));
    pid_t child = fork();
    if (child == 0) {
      alarm(60);
      sj_array *y = compiled_power(x, 20 + n);
      _exit(has_value(y, (double)(1L << (22 + n))) ? 0 : 1);
    }
    CHECK(exit_code(child) == 0);
  }
  sj_release(x);
}

static void exit_with_work_left(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    sj_array *x = ones();
    for (int i = 0; i < 4; i++) sj_release(product(x));
    exit(0);
  }
  CHECK(exit_code(child) == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
/// From here on the system gives out 64 MB more.
static void limit_memory(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld", &pages) != 1) _exit(3);
  fclose(file);
  rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64 << 20);
  setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes});
}

/// 1 GB of zeros cannot be had, which is known when they are made.
static int errors_stay_with_values(void) {
  int64_t large = 1 << 28;
  sj_array *x = NULL, *y = NULL, *sum = NULL;
  hold_stream();
  limit_memory();
  sj_status *status = sj_zeros(&large, 1, SJ_FLOAT32, &x);
  if (!status) status = sj_sin(x, &y);
  if (!status) status = sj_sum(y, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &sum);
  if (status || is_ready(x) || is_ready(sum)) return 0;
  sj_array *waited[] = {sum, x, sum, y};
  for (int i = 0; i < 4; i++) {
    status = sj_block_until_ready(waited[i]);
    if (sj_status_code(status) != SJ_ERR_OUT_OF_MEMORY || !strstr(sj_status_message(status).data, "1073741824 bytes")) return 0;
    sj_release(status);
  }
  // What is made of them later fails in the call or, where it is long work, like them.
  status = sj_negative(sum, &x);
  if (!status) status = sj_block_until_ready(x);
  return is_ready(sum) && sj_status_code(status) == SJ_ERR_OUT_OF_MEMORY;
}

static void errors_are_stored(void) {
  pid_t child = fork();
  if (child == 0) _exit(errors_stay_with_values() ? 0 : 1);
  CHECK(exit_code(child) == 0);
}

BODY(large_body) {  // x + Σ sort of 2^28 times x
  int64_t large = 1 << 28;
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *many = NULL, *sorted = NULL, *sum = NULL, *result = NULL;
  if (!status) status = sj_broadcast_to(x, &large, 1, &many);
  if (!status) status = sj_sort(many, 0, 1, 0, &sorted);
  if (!status) status = sj_sum(sorted, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &sum);
  if (!status) status = sj_add(x, sum, &result);
  return status ? status : sj_list_create(&result, 1, results);
}

/// A call that lacks memory has taken what was donated to it, and breaks nothing else.
static int failures_take_donated_arguments(void) {
  int64_t first[] = {0};
  sj_jit_options options;
  sj_jit_options_init(&options);
  options.donate_argnums = first;
  options.donate_argnums_count = 1;
  sj_function *large = NULL, *square = NULL;
  OK(sj_jit(function("large", large_body), &options, &large));
  OK(sj_jit(function("square", square_body), &options, &square));
  sj_array *x = scalar(3), *y = NULL;
  sj_bool deleted = 0;
  limit_memory();
  for (int async = 0; async < 2; async++) {
    OK(sj_config_push(SJ_CPU_ENABLE_ASYNC_DISPATCH, async));
    sj_status *status = sj_call_flat(large, &x, 1, &y, 1);
    if (!status) status = sj_block_until_ready(y);
    if (sj_status_code(status) != SJ_ERR_OUT_OF_MEMORY) return 0;
    OK(sj_is_deleted(x, &deleted));
    x = scalar(3);
    OK(sj_call_flat(square, &x, 1, &y, 1));
    if (!deleted || !has_value(y, 9)) return 0;
    x = scalar(3);
    OK(sj_config_pop());
  }
  return 1;
}

static void donated_to_failures(void) {
  pid_t child = fork();
  if (child == 0) _exit(failures_take_donated_arguments() ? 0 : 1);
  CHECK(exit_code(child) == 0);
}
#define ERRORS_ARE_STORED                                        \
  {"async: errors are stored in values", errors_are_stored},     \
  {"async: failures take donated arguments", donated_to_failures},
#else
#define ERRORS_ARE_STORED
#endif

const test_case async_tests[] = {
  {"async: calls return before the work is done", calls_return_before_the_work_is_done},
  {"async: synchronous dispatch", synchronous_dispatch},
  {"async: operands may go before they are read", operands_may_go_before_they_are_read},
  {"async: a long chain is dispatched and released", a_long_chain_is_dispatched_and_released},
  {"async: on_ready comes later", on_ready_comes_later},
  {"async: hosts are told of waits", hosts_are_told_of_waits},
  {"async: many threads dispatch", many_threads_dispatch},
  {"async: forked children do what was dispatched", forked_children_do_what_was_dispatched},
  {"async: forks between programs", forks_between_programs},
  {"async: forks beside compilation", forks_beside_compilation},
  {"async: exit with work left", exit_with_work_left},
  ERRORS_ARE_STORED
  END_OF_TESTS,
};
