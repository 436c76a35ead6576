#include "test.h"

static void saxpy(int64_t n, float a, const float *x, float *y) {
  for (int64_t i = 0; i < n; i++) y[i] = a * x[i];
}

static int32_t fails(const float *x, double limit, int64_t code) { return x[0] > limit ? (int32_t)code : 0; }

static sj_list *list(sj_array *a, sj_array *b) {
  sj_array *both[] = {a, b};
  sj_list *result = NULL;
  OK(sj_list_create(both, b ? 2 : 1, &result));
  return result;
}


BODY(calls_saxpy) {
  sj_status *status = NULL;
  UNUSED(context, tree, result_tree);
  ARGUMENT(status, arguments, 1, x);
  sj_list *types = NULL;
  if (!status) status = sj_list_create(&x, 1, &types);
  return status ? status : sj_custom_call(sj_text("saxpy"), types, arguments, SJ_VMAP_SEQUENTIAL, results);
}

static void register_saxpy(void) {
  static int done;
  const sj_foreign_parameter parameters[] = {
    {SJ_FOREIGN_INPUT_SIZE, 1, 0, 0}, {SJ_FOREIGN_INPUT_VALUE, 0, 0, 0},
    {SJ_FOREIGN_INPUT, 1, 0, 0}, {SJ_FOREIGN_OUTPUT, 0, 0, 0},
  };
  if (done++) return;
  OK(sj_custom_call_register(sj_text("saxpy"), (sj_plain_function)saxpy, parameters, 4, SJ_FOREIGN_VOID));
}

static void plain_functions(void) {
  float data[] = {1, 2, 3};
  register_saxpy();
  sj_function *f = function("saxpy", calls_saxpy), *j = NULL, *v = NULL, *g = NULL;
  sj_array *a = scalar(2), *x = vector(3, data), *y = NULL, *both[] = {a, x};
  EXPECT(call2(f, a, x), 2, 4, 6);
  OK(sj_jit(f, NULL, &j));
  EXPECT(call2(j, a, x), 2, 4, 6);
  EXPECT(call2(j, a, x), 2, 4, 6);
  sj_vmap_options options;
  sj_vmap_options_init(&options);
  int64_t axes[] = {SJ_AXIS_NONE, 0};
  options.in_axes = axes;
  options.in_axes_count = 2;
  OK(sj_vmap(f, &options, &v));
  EXPECT(call2(v, a, x), 2, 4, 6);
  OK(sj_grad(f, NULL, &g));
  FAILS(SJ_ERR_UNSUPPORTED, "custom", sj_call_flat(g, both, 2, &y, 1));
  sj_release(f);
  sj_release(j);
  sj_release(v);
  sj_release(g);
  sj_release(a);
  sj_release(x);
}

static void what_can_go_wrong(void) {
  register_saxpy();
  sj_array *x = scalar(5);
  sj_list *operands = list(x, NULL), *none = NULL, *results = NULL;
  OK(sj_list_create(NULL, 0, &none));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "unknown custom call: nothing", sj_custom_call(sj_text("nothing"), none, operands, 0, &results));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "taken", sj_custom_call_register(sj_text("saxpy"), (sj_plain_function)saxpy, NULL, 0, SJ_FOREIGN_VOID));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "call is NULL", sj_custom_call_register(sj_text("null"), NULL, NULL, 0, SJ_FOREIGN_VOID));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "operand 1", sj_custom_call(sj_text("saxpy"), none, operands, 0, &results));
  static int done;
  const sj_foreign_parameter parameters[] = {{SJ_FOREIGN_INPUT, 0, 0, 0}, {SJ_FOREIGN_F64, 0, 0, 3}, {SJ_FOREIGN_I64, 0, 42, 0}};
  if (!done++) OK(sj_custom_call_register(sj_text("fails"), (sj_plain_function)fails, parameters, 3, SJ_FOREIGN_ERROR_CODE));
  FAILS(SJ_ERR_CALLBACK, "code 42", sj_custom_call(sj_text("fails"), none, operands, 0, &results));
  sj_release(x);
  sj_release(operands);
  sj_release(none);
}

static int host_calls;
BODY(host_square) {  // gets arrays, never tracers
  sj_bool tracer = 1;
  host_calls++;
  sj_status *status = NULL;
  ARGUMENT(status, arguments, 0, x);
  if (!status) status = sj_is_tracer(x, &tracer);
  CHECK(!tracer);
  return status ? status : square_body(context, arguments, tree, results, result_tree);
}

static sj_function *host;
static int kind_of_callback;
BODY(calls_host) {
  UNUSED(context, tree, result_tree);
  sj_status *status = NULL;
  ARGUMENT(status, arguments, 0, x);
  sj_array *type = NULL;
  sj_list *types = NULL;
  sj_dtype dtype = SJ_DTYPE_NONE;
  if (!status) status = sj_dtype_of(x, &dtype);
  if (!status) status = sj_shape_dtype_struct(NULL, 0, dtype, &type);
  if (!status) status = sj_list_create(&type, 1, &types);
  if (status) return status;
  if (kind_of_callback == 0) return sj_pure_callback(host, types, arguments, SJ_VMAP_SEQUENTIAL, results);
  if (kind_of_callback == 1) return sj_io_callback(host, types, arguments, 1, results);
  status = sj_debug_callback(host, arguments, 0);
  return status ? status : sj_list_slice(arguments, 0, 1, results);
}

static void callbacks(void) {
  host = function("host", host_square);
  sj_function *f = function("f", calls_host), *j = NULL;
  sj_array *x = scalar(3);
  const double wanted[] = {9, 9, 3};
  for (kind_of_callback = 0; kind_of_callback < 3; kind_of_callback++) {
    OK(sj_jit(f, NULL, &j));
    host_calls = 0;
    EXPECT(call1(f, x), wanted[kind_of_callback]);
    EXPECT(call1(j, x), wanted[kind_of_callback]);
    EXPECT(call1(j, x), wanted[kind_of_callback]);
    CHECK(host_calls == 3);
    sj_release(j);
  }
  sj_release(host);
  host = function("failing", failing_body);
  kind_of_callback = 0;
  OK(sj_jit(f, NULL, &j));
  sj_array *y = NULL;
  FAILS(SJ_ERR_CALLBACK, "mine", sj_call_flat(j, &x, 1, &y, 1));
  sj_release(j);
  sj_release(host);
  sj_release(f);
  sj_release(x);
}

const test_case custom_call_tests[] = {
  {"custom calls: plain functions", plain_functions},
  {"custom calls: what can go wrong", what_can_go_wrong},
  {"custom calls: callbacks", callbacks},
  END_OF_TESTS,
};
