#include "test.h"

static const float six[] = {1, 2, 3, 4, 5, 6};
static const int64_t two_three[] = {2, 3}, three_two[] = {3, 2};

static void creation(void) {
  sj_array *x = matrix(2, 3, six), *y = NULL, *seven = scalar(7);
  int64_t two = 2;
  OK(sj_zeros(&two, 1, SJ_INT32, &y));
  CHECK(dtype_of(y) == SJ_INT32);
  EXPECT(y, 0, 0);
  OK(sj_ones(NULL, 0, SJ_DTYPE_NONE, &y));
  EXPECT(y, 1);
  OK(sj_full(&two, 1, seven, SJ_DTYPE_NONE, &y));
  EXPECT(y, 7, 7);
  OK(sj_zeros_like(x, SJ_DTYPE_NONE, NULL, 0, &y));
  CHECK(strcmp(shape_of(y), "2,3") == 0);
  sj_release(y);
  OK(sj_ones_like(x, SJ_INT8, &two, 1, &y));
  CHECK(dtype_of(y) == SJ_INT8);
  EXPECT(y, 1, 1);
  OK(sj_full_like(x, seven, SJ_DTYPE_NONE, &two, 1, &y));
  EXPECT(y, 7, 7);
  OK(sj_arange(2, 8, 2, SJ_DTYPE_NONE, &y));
  CHECK(dtype_of(y) == SJ_INT32);
  EXPECT(y, 2, 4, 6);
  OK(sj_arange_f64(0, 1, 0.5, SJ_DTYPE_NONE, &y));
  EXPECT(y, 0, 0.5);
  OK(sj_eye(2, SJ_AXIS_NONE, 0, SJ_DTYPE_NONE, &y));
  EXPECT(y, 1, 0, 0, 1);
  OK(sj_iota(SJ_INT32, two_three, 2, 1, &y));
  EXPECT(y, 0, 1, 2, 0, 1, 2);
  int64_t negative = -1;
  FAILS(SJ_ERR_SHAPE, "", sj_zeros(&negative, 1, SJ_DTYPE_NONE, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "", sj_arange(0, 5, 0, SJ_DTYPE_NONE, &y));
  sj_release(x);
  sj_release(seven);
}

static void shapes(void) {
  sj_array *x = matrix(2, 3, six), *y = NULL, *z = NULL;
  int64_t zero = 0, one = 1, wrong[] = {4, -1}, six_axes[] = {6};
  OK(sj_reshape(x, three_two, 2, &y));
  CHECK(strcmp(shape_of(y), "3,2") == 0);
  sj_release(y);
  FAILS(SJ_ERR_SHAPE, "reshape", sj_reshape(x, wrong, 2, &y));
  OK(sj_ravel(x, &y));
  CHECK(strcmp(shape_of(y), "6") == 0);
  sj_release(y);
  OK(sj_transpose(x, NULL, 0, &y));
  EXPECT(y, 1, 4, 2, 5, 3, 6);
  OK(sj_swapaxes(x, 0, -1, &y));
  EXPECT(y, 1, 4, 2, 5, 3, 6);
  OK(sj_moveaxis(x, &zero, 1, &one, 1, &y));
  EXPECT(y, 1, 4, 2, 5, 3, 6);
  OK(sj_expand_dims(x, &zero, 1, &y));
  CHECK(strcmp(shape_of(y), "1,2,3") == 0);
  OK(sj_squeeze(y, NULL, 0, &z));
  CHECK(strcmp(shape_of(z), "2,3") == 0);
  sj_release(y);
  sj_release(z);
  FAILS(SJ_ERR_SHAPE, "", sj_squeeze(x, &zero, 1, &z));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "out of bounds", sj_swapaxes(x, 0, 9, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "", sj_expand_dims(x, six_axes, 1, &y));
  OK(sj_flip(x, &one, 1, &y));
  EXPECT(y, 3, 2, 1, 6, 5, 4);
  sj_release(x);
}

static void broadcasting(void) {
  float pair[] = {1, 2};
  sj_array *x = vector(2, pair), *column = matrix(2, 1, pair), *y = NULL, *got[2];
  sj_list *results = NULL;
  int64_t three_by_two[] = {3, 2}, last[] = {1};
  OK(sj_broadcast_to(x, three_by_two, 2, &y));
  EXPECT(y, 1, 2, 1, 2, 1, 2);
  FAILS(SJ_ERR_SHAPE, "broadcast", sj_broadcast_to(x, two_three, 2, &y));
  OK(sj_broadcast_in_dim(x, three_by_two, 2, last, 1, &y));
  EXPECT(y, 1, 2, 1, 2, 1, 2);
  sj_array *both[] = {x, column};
  OK(sj_broadcast_arrays(both, 2, &results));
  OK(sj_list_get_all(results, got, 2));
  EXPECT(got[0], 1, 2, 1, 2);
  EXPECT(got[1], 1, 1, 2, 2);
  sj_release(results);
  sj_release(x);
  sj_release(column);
}

static void joining_and_cutting(void) {
  float pair[] = {1, 2};
  sj_array *x = vector(2, pair), *both[] = {x, x}, *y = NULL, *zero = scalar(0), *got[2];
  sj_list *parts = NULL;
  int64_t sizes[] = {1, 1}, config[] = {1, 2, 1};
  OK(sj_concatenate(both, 2, 0, SJ_DTYPE_NONE, &y));
  EXPECT(y, 1, 2, 1, 2);
  OK(sj_stack(both, 2, 1, SJ_DTYPE_NONE, &y));
  EXPECT(y, 1, 1, 2, 2);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "", sj_concatenate(NULL, 0, 0, SJ_DTYPE_NONE, &y));
  OK(sj_split_sizes(x, sizes, 2, 0, &parts));
  OK(sj_list_get_all(parts, got, 2));
  EXPECT(got[0], 1);
  EXPECT(got[1], 2);
  sj_release(parts);
  OK(sj_pad_lax(x, zero, config, 3, &y));
  EXPECT(y, 0, 1, 0, 2, 0, 0);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "three for each axis", sj_pad_lax(x, zero, config, 2, &y));
  sj_release(x);
  sj_release(zero);
}

static void reductions(void) {
  sj_array *x = matrix(2, 3, six), *y = NULL, *mask = NULL, *three = scalar(3), *ten = scalar(10);
  int64_t zero = 0, one = 1, far = 4;
  OK(sj_sum(x, &zero, 1, SJ_DTYPE_NONE, 0, NULL, NULL, &y));
  EXPECT(y, 5, 7, 9);
  OK(sj_sum(x, &one, 1, SJ_DTYPE_NONE, 1, ten, NULL, &y));
  CHECK(strcmp(shape_of(y), "2,1") == 0);
  EXPECT(y, 16, 25);
  OK(sj_greater(x, three, &mask));
  OK(sj_sum(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, mask, &y));
  EXPECT(y, 15);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "axis 4", sj_sum(x, &far, 1, SJ_DTYPE_NONE, 0, NULL, NULL, &y));
  OK(sj_prod(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, NULL, &y));
  EXPECT(y, 720);
  OK(sj_max(x, &one, 1, 0, NULL, NULL, &y));
  EXPECT(y, 3, 6);
  OK(sj_min(x, &one, 1, 0, NULL, NULL, &y));
  EXPECT(y, 1, 4);
  OK(sj_all(mask, &zero, 1, 0, NULL, &y));
  EXPECT(y, 0, 0, 0);
  OK(sj_any(mask, &zero, 1, 0, NULL, &y));
  EXPECT(y, 1, 1, 1);
  OK(sj_mean(x, NULL, 0, SJ_DTYPE_NONE, 0, NULL, &y));
  EXPECT(y, 3.5);
  OK(sj_std(x, &one, 1, SJ_DTYPE_NONE, 0, 0, NULL, &y));
  EXPECT(y, 0.8164965809, 0.8164965809);
  OK(sj_argmax(x, 1, 0, &y));
  EXPECT(y, 2, 2);
  OK(sj_argmin(x, SJ_AXIS_NONE, 0, &y));
  EXPECT(y, 0);
  OK(sj_cumsum(x, 1, SJ_DTYPE_NONE, &y));
  EXPECT(y, 1, 3, 6, 4, 9, 15);
  OK(sj_cumprod(x, SJ_AXIS_NONE, SJ_DTYPE_NONE, &y));
  EXPECT(y, 1, 2, 6, 24, 120, 720);
  OK(sj_cummax(x, 1, 1, &y));
  EXPECT(y, 3, 3, 3, 6, 6, 6);
  OK(sj_cummin(x, 1, 0, &y));
  EXPECT(y, 1, 1, 1, 4, 4, 4);
  OK(sj_cumlogsumexp(x, 1, 0, &y));
  EXPECT(y, 1, 2.3132616875, 3.4076059644, 4, 5.3132616875, 6.4076059644);
  sj_release(x);
  sj_release(mask);
  sj_release(three);
  sj_release(ten);
}

static void reductions_of_lax(void) {
  int32_t data[] = {6, 3, 5, 1, 2, 7};
  int64_t first[] = {0};
  sj_array *x = ints(6, data), *y = NULL, *none = NULL;
  OK(sj_reduce_max(x, first, 1, &y));
  EXPECT(y, 7);
  OK(sj_reduce_min(x, first, 1, &y));
  EXPECT(y, 1);
  OK(sj_reduce_and(x, first, 1, &y));
  EXPECT(y, 0);
  OK(sj_reduce_or(x, first, 1, &y));
  EXPECT(y, 7);
  OK(sj_reduce_xor(x, first, 1, &y));
  EXPECT(y, 4);
  OK(sj_array_from_data(NULL, SJ_INT32, (int64_t[]){0}, 1, &none));
  OK(sj_reduce_max(none, first, 1, &y));
  EXPECT(y, INT32_MIN);
  sj_release(none);
  sj_release(x);
}

static void sorting(void) {
  float keys[] = {2, 1, 2, 0}, values[] = {10, 20, 30, 40};
  sj_array *k = vector(4, keys), *v = vector(4, values), *both[] = {k, v}, *got[2];
  sj_list *results = NULL;
  OK(sj_sort_multi(both, 2, -1, 1, &results));
  OK(sj_list_get_all(results, got, 2));
  EXPECT(got[0], 0, 1, 2, 2);
  EXPECT(got[1], 40, 20, 10, 30);
  sj_release(results);
  OK(sj_top_k(v, 2, -1, &got[0], &got[1]));
  EXPECT(got[0], 40, 30);
  EXPECT(got[1], 3, 2);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "", sj_top_k(v, 5, -1, &got[0], &got[1]));
  sj_release(k);
  sj_release(v);
}

static void products(void) {
  float ones[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, pair[] = {1, 2};
  sj_array *x = matrix(2, 3, six), *y = matrix(3, 2, ones), *v = vector(2, pair), *z = NULL;
  int64_t first = 0, last = 1;
  OK(sj_dot(x, y, &z));
  EXPECT(z, 6, 6, 15, 15);
  OK(sj_matmul(x, y, &z));
  EXPECT(z, 6, 6, 15, 15);
  OK(sj_dot_general(x, y, &last, 1, &first, 1, NULL, 0, NULL, 0, SJ_DTYPE_NONE, &z));
  EXPECT(z, 6, 6, 15, 15);
  OK(sj_tensordot(x, y, &last, 1, &first, 1, &z));
  EXPECT(z, 6, 6, 15, 15);
  OK(sj_inner(v, v, &z));
  EXPECT(z, 5);
  OK(sj_vdot(v, v, &z));
  EXPECT(z, 5);
  OK(sj_outer(v, v, &z));
  EXPECT(z, 1, 2, 2, 4);
  OK(sj_trace(x, 0, 0, 1, SJ_DTYPE_NONE, &z));
  EXPECT(z, 6);
  FAILS(SJ_ERR_SHAPE, "dot_general: ", sj_dot_general(x, x, &last, 1, &first, 1, NULL, 0, NULL, 0, SJ_DTYPE_NONE, &z));
  FAILS(SJ_ERR_SHAPE, "", sj_matmul(x, x, &z));
  sj_release(x);
  sj_release(y);
  sj_release(v);
}

const test_case numpy_tests[] = {
  {"numpy: creation", creation},
  {"numpy: shapes", shapes},
  {"numpy: broadcasting", broadcasting},
  {"numpy: joining and cutting", joining_and_cutting},
  {"numpy: reductions", reductions},
  {"numpy: reductions of lax", reductions_of_lax},
  {"numpy: sorting", sorting},
  {"numpy: products", products},
  END_OF_TESTS,
};
