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

const test_case slicing_tests[] = {
  {"slicing: slices", slices},
  {"slicing: gathers", gathers},
  {"slicing: scatters", scatters},
  END_OF_TESTS,
};
