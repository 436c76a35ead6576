#include "test.h"

static const float six[] = {1, 2, 3, 4, 5, 6};

static void slices(void) {
  sj_array *x = matrix(2, 3, six), *y = NULL, *row = integer(1), *column = integer(9);
  int64_t start[] = {0, 1}, limit[] = {2, 3}, strides[] = {1, 2}, sizes[] = {1, 2};
  sj_array *starts[] = {row, column};
  OK(sj_slice(x, start, 2, limit, 2, NULL, 0, &y));
  EXPECT(y, 2, 3, 5, 6);
  OK(sj_slice(x, start, 2, limit, 2, strides, 2, &y));
  EXPECT(y, 2, 5);
  limit[1] = 9;
  FAILS(SJ_ERR_SHAPE, "slice", sj_slice(x, start, 2, limit, 2, NULL, 0, &y));
  OK(sj_dynamic_slice(x, starts, 2, sizes, 2, &y));
  EXPECT(y, 5, 6);  // moved inside
  sj_array *update = NULL, *z = NULL;
  OK(sj_zeros(sizes, 2, SJ_FLOAT32, &update));
  OK(sj_dynamic_update_slice(x, update, starts, 2, &z));
  EXPECT(z, 1, 2, 3, 4, 0, 0);
  sj_release(update);
  sj_release(x);
  sj_release(row);
  sj_release(column);
}

/// Rows of a [rows, 1] index array.
static sj_array *index_vectors(int64_t count, const int32_t *data) {
  sj_array *flat = ints(count, data), *result = NULL;
  int64_t shape[] = {count, 1};
  OK(sj_reshape(flat, shape, 2, &result));
  sj_release(flat);
  return result;
}

static void gathers(void) {
  sj_array *x = vector(6, six), *y = NULL;
  int32_t places[] = {5, 0, 9};
  sj_array *indices = index_vectors(3, places);
  int64_t zero = 0, one = 1;
  sj_gather_options options;
  sj_gather_options_init(&options);
  CHECK(options.mode == SJ_MODE_PROMISE_IN_BOUNDS);
  options.collapsed_slice_dims = options.start_index_map = &zero;
  options.collapsed_slice_dims_count = options.start_index_map_count = 1;
  options.slice_sizes = &one;
  options.slice_sizes_count = 1;
  options.mode = SJ_MODE_CLIP;
  OK(sj_gather(x, indices, &options, &y));
  EXPECT(y, 6, 1, 6);
  options.mode = SJ_MODE_FILL_OR_DROP;
  OK(sj_gather(x, indices, &options, &y));
  EXPECT(y, 6, 1, NAN);
  options.mode = 77;
  FAILS(SJ_ERR_INVALID_ARGUMENT, "sj_mode", sj_gather(x, indices, &options, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "options is NULL", sj_gather(x, indices, NULL, &y));
  sj_release(x);
  sj_release(indices);
}

static void scatters(void) {
  float twos[] = {2, 2, 2};
  int32_t places[] = {0, 2, 9};
  sj_array *x = vector(6, six), *updates = vector(3, twos), *indices = index_vectors(3, places), *y = NULL;
  int64_t zero = 0;
  sj_scatter_options options;
  sj_scatter_options_init(&options);
  options.inserted_window_dims = options.scatter_dims_to_operand_dims = &zero;
  options.inserted_window_dims_count = options.scatter_dims_to_operand_dims_count = 1;
  OK(sj_scatter(x, indices, updates, &options, &y));
  EXPECT(y, 2, 2, 2, 4, 5, 6);
  OK(sj_scatter_add(x, indices, updates, &options, &y));
  EXPECT(y, 3, 2, 5, 4, 5, 6);
  OK(sj_scatter_sub(x, indices, updates, &options, &y));
  EXPECT(y, -1, 2, 1, 4, 5, 6);
  OK(sj_scatter_mul(x, indices, updates, &options, &y));
  EXPECT(y, 2, 2, 6, 4, 5, 6);
  OK(sj_scatter_min(x, indices, updates, &options, &y));
  EXPECT(y, 1, 2, 2, 4, 5, 6);
  OK(sj_scatter_max(x, indices, updates, &options, &y));
  EXPECT(y, 2, 2, 3, 4, 5, 6);
  sj_release(x);
  sj_release(updates);
  sj_release(indices);
}

static void indices(void) {
  sj_array *x = matrix(2, 3, six), *y = NULL, *mask = NULL, *three = scalar(3);
  sj_index_item row[] = {sj_at(-1)}, part[] = {sj_at(0), sj_slice_of(1, SJ_AXIS_NONE, SJ_AXIS_NONE)};
  sj_index_item reversed[] = {{SJ_ITEM_ELLIPSIS, 0, 0, 0, 0, NULL}, sj_slice_of(SJ_AXIS_NONE, SJ_AXIS_NONE, -1)};
  sj_index_item axis[] = {{SJ_ITEM_NEW_AXIS, 0, 0, 0, 0, NULL}, sj_at(1)};
  OK(sj_index(x, row, 1, &y));
  EXPECT(y, 4, 5, 6);
  OK(sj_index(x, part, 2, &y));
  EXPECT(y, 2, 3);
  OK(sj_index(x, reversed, 2, &y));
  EXPECT(y, 3, 2, 1, 6, 5, 4);
  OK(sj_index(x, axis, 2, &y));
  CHECK(strcmp(shape_of(y), "1,3") == 0);
  sj_release(y);
  int32_t places[] = {2, 0};
  sj_array *picked = ints(2, places);
  sj_index_item pick[] = {sj_slice_of(SJ_AXIS_NONE, SJ_AXIS_NONE, SJ_AXIS_NONE), sj_pick(picked)};
  OK(sj_index(x, pick, 2, &y));
  EXPECT(y, 3, 1, 6, 4);
  OK(sj_greater(x, three, &mask));
  sj_index_item chosen[] = {sj_pick(mask)};
  OK(sj_index(x, chosen, 1, &y));
  EXPECT(y, 4, 5, 6);
  sj_index_item many[] = {sj_at(0), sj_at(0), sj_at(0)}, odd[] = {{99, 0, 0, 0, 0, NULL}}, none[] = {sj_pick(NULL)};
  FAILS(SJ_ERR_INVALID_ARGUMENT, "", sj_index(x, many, 3, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "sj_item_kind", sj_index(x, odd, 1, &y));
  FAILS(SJ_ERR_INVALID_ARGUMENT, "array is NULL", sj_index(x, none, 1, &y));
  sj_release(picked);
  sj_release(mask);
  sj_release(three);
  sj_release(x);
}

static void updates_at_indices(void) {
  const float data[] = {1, 2, 8};
  sj_array *x = vector(3, data), *two = scalar(2), *y = NULL;
  sj_index_item last[] = {sj_at(2)}, far[] = {sj_pick(NULL)};
  OK(sj_at_set(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 2);
  OK(sj_at_add(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 10);
  OK(sj_at_multiply(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 16);
  OK(sj_at_divide(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 4);
  OK(sj_at_power(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 64);
  OK(sj_at_min(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 2);
  OK(sj_at_max(x, last, 1, two, SJ_MODE_DEFAULT, 0, 0, &y));
  EXPECT(y, 1, 2, 8);
  int32_t places[] = {0, 7};
  sj_array *picked = ints(2, places);
  far[0] = sj_pick(picked);
  OK(sj_at_get(x, far, 1, SJ_MODE_DEFAULT, NAN, &y));
  EXPECT(y, 1, 8);
  OK(sj_at_get(x, far, 1, SJ_MODE_FILL_OR_DROP, NAN, &y));
  EXPECT(y, 1, NAN);
  OK(sj_at_get(x, far, 1, SJ_MODE_FILL_OR_DROP, -1, &y));
  EXPECT(y, 1, -1);
  FAILS(SJ_ERR_INVALID_ARGUMENT, "sj_mode", sj_at_set(x, far, 1, two, 9, 0, 0, &y));
  sj_release(picked);
  sj_release(two);
  EXPECT(x, 1, 2, 8);
}

const test_case slicing_tests[] = {
  {"slicing: slices", slices},
  {"slicing: indices", indices},
  {"slicing: updates at indices", updates_at_indices},
  {"slicing: gathers", gathers},
  {"slicing: scatters", scatters},
  END_OF_TESTS,
};
