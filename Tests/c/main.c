#include "test.h"

static int passed, failed, failures_in_test;
static const char *running;

void test_failed(const char *file, int line, const char *what) {
  if (failures_in_test++ == 0) printf("FAILED %s\n", running);
  printf("  %s:%d: %s\n", file, line, what);
}

void expect_success(sj_status *status, const char *file, int line, const char *what) {
  if (!status) return;
  test_failed(file, line, what);
  printf("    status %d: %s\n", sj_status_code(status), sj_status_message(status).data);
  sj_release(status);
}

void expect_failure(sj_status *status, sj_error code, const char *text, const char *file, int line, const char *what) {
  if (sj_status_code(status) != code || !strstr(sj_status_message(status).data, text)) {
    test_failed(file, line, what);
    printf("    wanted %d: %s\n    got %d: %s\n", code, text, sj_status_code(status), sj_status_message(status).data);
  }
  sj_release(status);
}

sj_array *floats(const float *data, int64_t rank, const int64_t *shape) {
  sj_array *array = NULL;
  OK(sj_array_from_data(data, SJ_FLOAT32, shape, rank, &array));
  return array;
}

sj_array *vector(int64_t count, const float *data) { return floats(data, 1, &count); }

sj_array *matrix(int64_t rows, int64_t columns, const float *data) {
  int64_t shape[] = {rows, columns};
  return floats(data, 2, shape);
}

sj_array *ints(int64_t count, const int32_t *data) {
  sj_array *array = NULL;
  OK(sj_array_from_data(data, SJ_INT32, &count, 1, &array));
  return array;
}

sj_array *scalar(double value) {
  float data = (float)value;
  return floats(&data, 0, NULL);
}

sj_array *integer(int64_t value) {
  sj_array *array = NULL;
  OK(sj_scalar_i64(value, &array));
  return array;
}

static double element(const void *data, sj_dtype dtype, int64_t i) {
  switch (dtype) {
    case SJ_BOOL: case SJ_UINT8: return ((const uint8_t *)data)[i];
    case SJ_INT8: return ((const int8_t *)data)[i];
    case SJ_INT16: return ((const int16_t *)data)[i];
    case SJ_INT32: return ((const int32_t *)data)[i];
    case SJ_INT64: return (double)((const int64_t *)data)[i];
    case SJ_UINT16: return ((const uint16_t *)data)[i];
    case SJ_UINT32: return ((const uint32_t *)data)[i];
    case SJ_FLOAT32: return ((const float *)data)[i];
    case SJ_FLOAT64: return ((const double *)data)[i];
    default: return NAN;
  }
}

static int close_to(double got, double wanted) {
  if (isnan(wanted)) return isnan(got);
  if (isinf(wanted)) return got == wanted;
  return fabs(got - wanted) <= 2e-6 * fmax(1, fabs(wanted));
}

void expect_values(sj_array *array, const double *wanted, int64_t count, const char *file, int line, const char *what) {
  int64_t size = -1;
  const void *data = NULL;
  if (!array) return test_failed(file, line, what);
  expect_success(sj_size(array, &size), file, line, what);
  expect_success(sj_data(array, &data), file, line, what);
  if (size != count) {
    test_failed(file, line, what);
    printf("    %lld elements, wanted %lld\n", (long long)size, (long long)count);
  }
  for (int64_t i = 0; data && i < size && i < count; i++) {
    double got = element(data, dtype_of(array), i);
    if (close_to(got, wanted[i])) continue;
    test_failed(file, line, what);
    printf("    element %lld is %.9g, wanted %.9g\n", (long long)i, got, wanted[i]);
  }
  sj_release(array);
}

void expect_list(sj_list *list, const double *wanted, int64_t count, const char *file, int line, const char *what) {
  int64_t items = 0, size = 0, done = 0;
  expect_success(sj_list_size(list, &items), file, line, what);
  for (int64_t i = 0; i < items; i++, done += size) {
    sj_array *item = NULL;
    expect_success(sj_list_get(list, i, &item), file, line, what);
    expect_success(sj_size(item, &size), file, line, what);
    if (done + size > count) test_failed(file, line, what);
    if (done + size <= count) expect_values(item, wanted + done, size, file, line, what);
  }
  if (done != count) test_failed(file, line, what);
  sj_release(list);
}

void expect_text(sj_string *string, const char *text, const char *file, int line) {
  if (strcmp(sj_string_text(string).data, text) != 0) {
    test_failed(file, line, text);
    printf("    got %s\n", sj_string_text(string).data);
  }
  sj_release(string);
}

const char *shape_of(const sj_array *array) {
  static char text[200];
  int64_t sizes[16], rank = 0;
  int length = 0;
  OK(sj_shape(array, sizes, 16, &rank));
  text[0] = 0;
  for (int64_t i = 0; i < rank; i++) {
    length += snprintf(text + length, sizeof text - (size_t)length, i ? ",%lld" : "%lld", (long long)sizes[i]);
  }
  return text;
}

sj_dtype dtype_of(const sj_array *array) {
  sj_dtype dtype = SJ_DTYPE_NONE;
  OK(sj_dtype_of(array, &dtype));
  return dtype;
}

sj_function *function(const char *name, sj_function_call call) {
  sj_function *result = NULL;
  OK(sj_function_create(sj_text(name), call, NULL, NULL, SJ_FUNCTION_DEFAULT, &result));
  return result;
}

sj_array *call1(const sj_function *f, sj_array *x) {
  sj_array *result = NULL;
  OK(sj_call_flat(f, &x, 1, &result, 1));
  return result;
}

sj_array *call2(const sj_function *f, sj_array *x, sj_array *y) {
  sj_array *arguments[] = {x, y}, *result = NULL;
  OK(sj_call_flat(f, arguments, 2, &result, 1));
  return result;
}

BODY(square_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *y = NULL;
  if (!status) status = sj_multiply(x, x, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

BODY(sum_square_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *y = NULL, *total = NULL;
  if (!status) status = sj_multiply(x, x, &y);
  if (!status) status = sj_sum(y, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &total);
  return status ? status : sj_list_create(&total, 1, results);
}

BODY(identity_body) {
  UNUSED(context, tree, result_tree);
  int64_t size = 0;
  sj_status *status = sj_list_size(arguments, &size);
  return status ? status : sj_list_slice(arguments, 0, size, results);
}

BODY(failing_body) {
  UNUSED(context, tree, result_tree);
  UNUSED(arguments, results, 0);
  return sj_status_create(SJ_ERR_CALLBACK, sj_text("mine"), NULL, NULL);
}

BODY(product_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  ARGUMENT(status, arguments, 1, y);
  sj_array *z = NULL;
  if (!status) status = sj_multiply(x, y, &z);
  return status ? status : sj_list_create(&z, 1, results);
}

BODY(sine_body) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 0, x);
  sj_array *y = NULL;
  if (!status) status = sj_sin(x, &y);
  return status ? status : sj_list_create(&y, 1, results);
}

static void run(const test_case *tests, const char *only) {
  for (; tests->name; tests++) {
    if (only && !strstr(tests->name, only)) continue;
    running = tests->name;
    failures_in_test = 0;
    int64_t live = sj_live_handles();
    tests->run();
    if (sj_live_handles() != live) {
      test_failed(__FILE__, __LINE__, "handles leaked");
      printf("    %lld\n", (long long)(sj_live_handles() - live));
    }
    if (failures_in_test) failed++; else passed++;
    fflush(stdout);
  }
}

int main(int count, char **arguments) {
  const char *only = count > 1 ? arguments[1] : NULL;
  if (only && strcmp(only, "--compiler") == 0) return print_compiler();
  const test_case *lists[] = {
    runtime_tests, scope_tests, array_tests, interchange_tests, tree_tests, function_tests, transformation_tests, control_tests,
    elementwise_tests, numpy_tests, slicing_tests, random_tests, nn_tests, ufunc_tests, family_tests, custom_call_tests, error_tests, thread_tests, async_tests,
    donation_tests,
  };
  for (int64_t i = 0; i < COUNT(lists); i++) run(lists[i], only);
  printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
