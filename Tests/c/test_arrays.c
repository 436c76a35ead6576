#include "test.h"

static int destroyed;
static void count_destroy(void *context) { (void)context, destroyed++; }

static void from_data(void) {
  float data[] = {1, 2, 3, 4, 5, 6};
  sj_array *x = matrix(2, 3, data);
  int64_t size = 0, sizes[1] = {0}, rank = 0;
  sj_bool flag = 1;
  CHECK(strcmp(shape_of(x), "2,3") == 0);
  CHECK(dtype_of(x) == SJ_FLOAT32);
  OK(sj_ndim(x, &size));
  CHECK(size == 2);
  OK(sj_nbytes(x, &size));
  CHECK(size == 24);
  OK(sj_shape(x, sizes, 1, &rank));
  CHECK(sizes[0] == 2 && rank == 2);
  OK(sj_is_tracer(x, &flag));
  CHECK(!flag);
  OK(sj_weak_type(x, &flag));
  CHECK(!flag);
  float copy[6];
  OK(sj_copy_to_host(x, copy, sizeof copy));
  CHECK(memcmp(copy, data, sizeof data) == 0);
  FAILS(SJ_ERR_SHAPE, "24 bytes", sj_copy_to_host(x, copy, 4));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "target is NULL", sj_copy_to_host(x, NULL, 24));
  OK(sj_block_until_ready(x));
  sj_string *text = NULL;
  OK(sj_device_of(x, &text));
  EXPECT_TEXT(text, "cpu");
  OK(sj_default_backend(&text));
  EXPECT_TEXT(text, "cpu");
  OK(sj_array_str(x, &text));
  EXPECT_TEXT(text, "[[1. 2. 3.]\n [4. 5. 6.]]");
  OK(sj_array_repr(x, &text));
  EXPECT_TEXT(text, "Array([[1., 2., 3.],\n       [4., 5., 6.]], dtype=float32)");
  sj_array *put = NULL;
  OK(sj_device_put(x, &put));
  sj_release(put);
  EXPECT(x, 1, 2, 3, 4, 5, 6);
}

static void sizes_are_checked(void) {
  sj_array *x = NULL;
  int64_t negative[] = {2, -1}, huge[] = {1LL << 40, 1LL << 40}, large[] = {1LL << 46};
  float data[1] = {0};
  FAILS(SJ_ERR_SHAPE, "negative", sj_array_from_data(data, SJ_FLOAT32, negative, 2, &x));
  FAILS(SJ_ERR_OUT_OF_MEMORY, "bytes", sj_array_from_data(data, SJ_FLOAT32, huge, 2, &x));
  FAILS(SJ_ERR_OUT_OF_MEMORY, "memory", sj_zeros(large, 1, SJ_DTYPE_NONE, &x));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "sj_dtype", sj_array_from_data(data, 99, NULL, 0, &x));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "data is NULL", sj_array_from_data(NULL, SJ_FLOAT32, NULL, 0, &x));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "shape is NULL", sj_array_from_data(data, SJ_FLOAT32, NULL, 2, &x));
  CHECK(x == NULL);
  int64_t zero = 0;
  OK(sj_array_from_data(NULL, SJ_FLOAT32, &zero, 1, &x));
  CHECK(strcmp(shape_of(x), "0") == 0);
  sj_release(x);
}

static void borrowed_memory(void) {
  static float data[] = {1, 2, 3};
  int64_t three = 3;
  sj_array *x = NULL, *y = NULL;
  const void *address = NULL;
  destroyed = 0;
  OK(sj_array_borrow(data, SJ_FLOAT32, &three, 1, count_destroy, NULL, &x));
  OK(sj_data(x, &address));
  CHECK(address == data);
  OK(sj_reshape(x, &three, 1, &y));
  sj_release(x);
  CHECK(destroyed == (y == x ? 0 : destroyed));
  EXPECT(y, 1, 2, 3);
  CHECK(destroyed == 1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "aligned", sj_array_borrow((char *)data + 1, SJ_FLOAT32, &three, 1, count_destroy, NULL, &x));
  CHECK(destroyed == 2);
  FAILS(SJ_ERR_DTYPE, "64-bit", sj_array_borrow(data, SJ_FLOAT64, NULL, 0, count_destroy, NULL, &x));
  CHECK(destroyed == 3);
  uint8_t odd[] = {0, 2, 1};
  FAILS(SJ_ERR_INVALID_ARGUMENT, "0 or 1", sj_array_borrow(odd, SJ_BOOL, &three, 1, count_destroy, NULL, &x));
  CHECK(destroyed == 4 && x == NULL);
  OK(sj_array_from_data(odd, SJ_BOOL, &three, 1, &x));
  EXPECT(x, 0, 1, 1);
}

static void narrowing(void) {
  double data[] = {1.5, 2.5};
  int64_t longs[] = {1, 2}, two = 2;
  sj_array *x = NULL;
  OK(sj_array_from_data(data, SJ_FLOAT64, &two, 1, &x));
  CHECK(dtype_of(x) == SJ_FLOAT32);
  EXPECT(x, 1.5, 2.5);
  OK(sj_array_from_data(longs, SJ_INT64, &two, 1, &x));
  CHECK(dtype_of(x) == SJ_INT32);
  EXPECT(x, 1, 2);
  OK(sj_config_push(SJ_ENABLE_X64, 1));
  OK(sj_array_from_data(data, SJ_FLOAT64, &two, 1, &x));
  CHECK(dtype_of(x) == SJ_FLOAT64);
  EXPECT(x, 1.5, 2.5);
  OK(sj_config_pop());
}

static void scalars_and_items(void) {
  sj_array *x = NULL;
  sj_bool flag = 0;
  int64_t integer_value = 0;
  double real = 0, imaginary = 0;
  OK(sj_scalar_bool(3, &x));
  OK(sj_item_bool(x, &flag));
  CHECK(flag == 1 && dtype_of(x) == SJ_BOOL);
  sj_release(x);
  OK(sj_scalar_i64(-7, &x));
  OK(sj_weak_type(x, &flag));
  OK(sj_item_i64(x, &integer_value));
  CHECK(flag && integer_value == -7 && dtype_of(x) == SJ_INT32);
  sj_release(x);
  OK(sj_scalar_f64(2.75, &x));
  OK(sj_item_f64(x, &real));
  OK(sj_item_i64(x, &integer_value));
  CHECK(real == 2.75 && integer_value == 2);
  sj_release(x);
  OK(sj_scalar_c128(1, -2, &x));
  OK(sj_item_c128(x, &real, &imaginary));
  CHECK(real == 1 && imaginary == -2 && dtype_of(x) == SJ_COMPLEX64);
  FAILS(SJ_ERR_DTYPE, "complex", sj_item_f64(x, &real));
  sj_release(x);
  OK(sj_scalar_f64(NAN, &x));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "no integer", sj_item_i64(x, &integer_value));
  sj_release(x);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "int32", sj_scalar_i64(1LL << 40, &x));
  float data[] = {1, 2};
  x = vector(2, data);
  FAILS(SJ_ERR_SHAPE, "one element", sj_item_f64(x, &real));
  sj_release(x);
}

static void weak_types_give_way(void) {
  int32_t data[] = {1, 2};
  sj_array *x = ints(2, data), *two = integer(2), *y = NULL, *half = NULL;
  OK(sj_multiply(x, two, &y));
  CHECK(dtype_of(y) == SJ_INT32);
  EXPECT(y, 2, 4);
  OK(sj_scalar_f64(0.5, &half));
  OK(sj_multiply(x, half, &y));
  CHECK(dtype_of(y) == SJ_FLOAT32);
  EXPECT(y, 0.5, 1);
  sj_release(x);
  sj_release(two);
  sj_release(half);
}

static void deleted_arrays(void) {
  sj_array *x = scalar(1), *y = NULL;
  sj_bool flag = 0;
  double value;
  const void *data;
  OK(sj_is_deleted(x, &flag));
  CHECK(!flag);
  OK(sj_delete(x));
  OK(sj_is_deleted(x, &flag));
  CHECK(flag && dtype_of(x) == SJ_FLOAT32);
  FAILS(SJ_ERR_DELETED, "deleted", sj_add(x, x, &y));
  FAILS(SJ_ERR_DELETED, "deleted", sj_sin(x, &y));
  FAILS(SJ_ERR_DELETED, "deleted", sj_item_f64(x, &value));
  FAILS(SJ_ERR_DELETED, "deleted", sj_data(x, &data));
  FAILS(SJ_ERR_DELETED, "deleted", sj_block_until_ready(x));
  sj_release(x);
}

static int ready;
static void ready_call(void *context, sj_status *status) { (void)context, ready = status ? -1 : 1; }

static void on_ready(void) {
  sj_array *x = scalar(1);
  ready = destroyed = 0;
  OK(sj_on_ready(x, ready_call, NULL, count_destroy));
  CHECK(ready == 1 && destroyed == 1);
  OK(sj_delete(x));
  OK(sj_on_ready(x, ready_call, NULL, count_destroy));
  CHECK(ready == -1 && destroyed == 2);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "call is NULL", sj_on_ready(x, NULL, NULL, count_destroy));
  CHECK(destroyed == 3);
  sj_release(x);
}

static void printing(void) {
  const float data[] = {1.5, -2.25, 1000.125, 0};
  sj_array *x = matrix(2, 2, data), *n = NULL;
  sj_string *text = NULL;
  OK(sj_array_str(x, &text));
  EXPECT_TEXT(text, "[[   1.5     -2.25 ]\n [1000.125    0.   ]]");
  OK(sj_array_repr(x, &text));
  EXPECT_TEXT(text, "Array([[   1.5  ,   -2.25 ],\n       [1000.125,    0.   ]], dtype=float32)");
  OK(sj_arange(0, 1001, 1, SJ_DTYPE_NONE, &n));
  OK(sj_array_str(n, &text));
  EXPECT_TEXT(text, "[   0    1    2 ...  998  999 1000]");
  sj_release(n);
  OK(sj_scalar_i64(3, &n));
  OK(sj_array_repr(n, &text));
  EXPECT_TEXT(text, "Array(3, dtype=int32, weak_type=True)");
  sj_release(n);
  sj_release(x);
}

static void dtypes(void) {
  sj_string *name = NULL;
  sj_dtype dtype = SJ_DTYPE_NONE;
  int64_t size = 0;
  OK(sj_dtype_name(SJ_BFLOAT16, &name));
  EXPECT_TEXT(name, "bfloat16");
  OK(sj_dtype_name(SJ_KEY, &name));
  EXPECT_TEXT(name, "key<fry>");
  OK(sj_dtype_from_name(sj_text("uint32"), &dtype));
  CHECK(dtype == SJ_UINT32);
  OK(sj_dtype_size(SJ_COMPLEX128, &size));
  CHECK(size == 16);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "float31", sj_dtype_from_name(sj_text("float31"), &dtype));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "sj_dtype", sj_dtype_size(SJ_DTYPE_NONE, &size));
}

const test_case array_tests[] = {
  {"arrays: from data", from_data},
  {"arrays: sizes are checked", sizes_are_checked},
  {"arrays: borrowed memory", borrowed_memory},
  {"arrays: narrowing", narrowing},
  {"arrays: scalars and items", scalars_and_items},
  {"arrays: weak types give way", weak_types_give_way},
  {"arrays: deleted arrays", deleted_arrays},
  {"arrays: on_ready", on_ready},
  {"arrays: printing", printing},
  {"arrays: dtypes", dtypes},
  END_OF_TESTS,
};
