#include "test.h"

#include <sys/wait.h>
#include <unistd.h>

static void versions(void) {
  CHECK(sj_abi_version() == SJ_ABI_VERSION);
  CHECK(strcmp(sj_version_string().data, "0.1.0") == 0);
  CHECK(strstr(sj_api_json().data, "\"sj_add\"") != NULL);
  CHECK(sj_api_json().size == (int64_t)strlen(sj_api_json().data));
}

static int destroyed;
static void count_destroy(void *context) { destroyed += *(int *)context; }

static void statuses(void) {
  int one = 1;
  destroyed = 0;
  sj_status *status = sj_status_create(SJ_ERR_IO, sj_text("no such file"), &one, count_destroy);
  CHECK(sj_status_code(status) == SJ_ERR_IO);
  CHECK(strcmp(sj_status_message(status).data, "no such file") == 0);
  CHECK(sj_status_payload(status) == &one);
  CHECK(strcmp(sj_status_exception(status).data, "OSError") == 0);
  CHECK(sj_handle_kind(status) == SJ_KIND_STATUS);
  sj_retain(status);
  sj_release(status);
  CHECK(destroyed == 0);
  sj_release(status);
  CHECK(destroyed == 1);
}

static void null_and_odd_statuses(void) {
  CHECK(sj_status_code(NULL) == SJ_OK);
  CHECK(sj_status_message(NULL).size == 0);
  CHECK(sj_status_payload(NULL) == NULL);
  CHECK(sj_status_exception(NULL).size == 0);
  sj_string_view none = {NULL, 0}, part = {"abcdef", 3};
  sj_status *status = sj_status_create(SJ_OK, none, NULL, NULL);
  CHECK(sj_status_code(status) == SJ_ERR_CALLBACK);
  sj_release(status);
  status = sj_status_create(999, part, NULL, NULL);
  CHECK(strcmp(sj_status_message(status).data, "abc") == 0);
  sj_release(status);
}

static void kinds_and_counts(void) {
  int64_t live = sj_live_handles();
  sj_array *x = scalar(1);
  CHECK(sj_handle_kind(x) == SJ_KIND_ARRAY);
  CHECK(sj_handle_kind(NULL) == SJ_KIND_NONE);
  CHECK(sj_live_handles() == live + 1);
  sj_retain(x);
  CHECK(sj_live_handles() == live + 2);
  sj_release(x);
  sj_release(x);
  CHECK(sj_live_handles() == live);
  sj_retain(NULL);
  sj_release(NULL);
  CHECK(sj_string_text(NULL).size == 0);
}

static char logged[200];
static int32_t logged_level;
static void log_call(void *context, int32_t level, const char *message, int64_t size) {
  (void)context;
  logged_level = level;
  snprintf(logged, sizeof logged, "%.*s", (int)size, message);
}

static void log_sink(void) {
  int one = 1;
  destroyed = 0;
  sj_set_log(log_call, &one, count_destroy);
  OK(sj_log_write(SJ_LOG_INFO, sj_text("hello")));
  CHECK(strcmp(logged, "hello") == 0 && logged_level == SJ_LOG_INFO);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "level", sj_log_write(77, sj_text("hello")));
  sj_set_log(NULL, NULL, NULL);
  CHECK(destroyed == 1);
}

static void configuration(void) {
  int64_t value = -1;
  OK(sj_config_get(SJ_ENABLE_X64, &value));
  CHECK(value == 0);
  OK(sj_config_push(SJ_ENABLE_X64, 1));
  OK(sj_config_get(SJ_ENABLE_X64, &value));
  CHECK(value == 1);
  sj_array *x = NULL;
  OK(sj_scalar_f64(1, &x));
  CHECK(dtype_of(x) == SJ_FLOAT64);
  sj_release(x);
  OK(sj_config_push(SJ_DEBUG_NANS, 1));
  OK(sj_config_pop());
  OK(sj_config_pop());
  OK(sj_scalar_f64(1, &x));
  CHECK(dtype_of(x) == SJ_FLOAT32);
  sj_release(x);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "scope", sj_config_pop());
  FAILS(SJ_ERR_INVALID_ARGUMENT, "setting", sj_config_get(99, &value));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "setting", sj_config_push(-1, 0));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out is NULL", sj_config_get(SJ_ENABLE_X64, NULL));
  OK(sj_config_set(SJ_LOG_COMPILES, 1));
  OK(sj_config_get(SJ_LOG_COMPILES, &value));
  CHECK(value == 1);
  OK(sj_config_set(SJ_LOG_COMPILES, 0));
  OK(sj_config_push(SJ_EXPLAIN_CACHE_MISSES, 1));
  OK(sj_config_get(SJ_EXPLAIN_CACHE_MISSES, &value));
  CHECK(value == 1);
  OK(sj_config_pop());
}

static void debug_nans(void) {
  sj_array *zero = scalar(0), *x = NULL;
  OK(sj_config_push(SJ_DEBUG_NANS, 1));
  FAILS(SJ_ERR_CHECK, "nan", sj_divide(zero, zero, &x));
  OK(sj_config_pop());
  CHECK(x == NULL);
  sj_release(zero);
}

static void compilers(void) {
  int64_t live = sj_live_handles();
  sj_bool available = 7, again = 7;
  sj_string *description = NULL;
  OK(sj_compiler_available(&available, &description));
  CHECK(available == SJ_TRUE || available == SJ_FALSE);
  const char *text = sj_string_text(description).data;
  CHECK(strstr(text, available ? "LLVM" : "SWIFTJAX_COMPILER") != NULL);
  sj_release(description);
  OK(sj_compiler_available(&again, NULL));
  CHECK(again == available);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out is NULL", sj_compiler_available(NULL, &description));
  CHECK(description == NULL);
  OK(sj_compiler_preload());
  CHECK(sj_live_handles() == live);
}

/// What a new process of this program says of its compiler.
static void asked_with(const char *variable, const char *value, char *answer, int size) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    unsetenv("SWIFTJAX_COMPILER");
    setenv(variable, value, 1);
    execl("/proc/self/exe", "conformance", "--compiler", (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  int length = 0, count;
  while (length < size - 1 && (count = (int)read(ends[0], answer + length, (size_t)(size - 1 - length))) > 0) length += count;
  answer[length] = 0;
  close(ends[0]);
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void compilers_that_there_are_not(void) {
  char answer[2000];
  asked_with("SWIFTJAX_COMPILER", "off", answer, sizeof answer);
  CHECK(strstr(answer, "available: 0\nSWIFTJAX_COMPILER=off") != NULL);
  // A program, which is no library; and no file at all.
  asked_with("SWIFTJAX_COMPILER_LIBRARY", "/proc/self/exe", answer, sizeof answer);
  CHECK(strstr(answer, "available: 0\nno compiler library: /proc/self/exe cannot be loaded") != NULL);
  CHECK(strstr(answer, "make compiler") != NULL && strstr(answer, "everything is interpreted") != NULL);
  asked_with("SWIFTJAX_COMPILER_LIBRARY", "/nowhere/compiler.so", answer, sizeof answer);
  CHECK(strstr(answer, "available: 0\nno compiler library: /nowhere/compiler.so cannot be loaded") != NULL);
}

int print_compiler(void) {
  sj_bool available = SJ_TRUE;
  sj_string *description = NULL;
  OK(sj_compiler_available(&available, &description));
  printf("available: %d\n%s\n", available, sj_string_text(description).data);
  sj_release(description);
  return 0;
}

const test_case runtime_tests[] = {
  {"runtime: versions", versions},
  {"runtime: statuses", statuses},
  {"runtime: null and odd statuses", null_and_odd_statuses},
  {"runtime: kinds and counts", kinds_and_counts},
  {"runtime: log sink", log_sink},
  {"runtime: configuration", configuration},
  {"runtime: debug_nans", debug_nans},
  {"runtime: compilers", compilers},
  {"runtime: compilers that there are not", compilers_that_there_are_not},
  END_OF_TESTS,
};
